"""An exception of the user's app as an ``AppError``: its traceback, without frames of ours.

Runs in the thread in which the exception was caught, while its frames are still alive.
"""

from __future__ import annotations

import dis
import linecache
import os
import reprlib
import traceback
from pathlib import Path
from types import CodeType, TracebackType
from typing import Optional

from ..events import AppError, Frame

__all__ = ["app_breach", "app_error", "has_own_frames", "one_line", "traceback_text"]

_HERE = str(Path(__file__).resolve().parents[1]) + os.sep
_IMPORT_MACHINERY = ("<frozen importlib", "<frozen runpy")
_CONTEXT = 5
_MAX_FRAMES = 60
_MAX_LOCALS = 60

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 300
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 12


def _is_ours(filename: str) -> bool:
    if filename.startswith(_IMPORT_MACHINERY):
        return True
    return filename.startswith(_HERE) or filename.endswith("/importlib/__init__.py")


def traceback_text(error: BaseException) -> str:
    """The traceback as Python prints it, without frames of the server."""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    _cut(told, set())
    return "".join(told.format())


def _cut(told: traceback.TracebackException, seen: set[int]) -> None:
    """Take frames of ours out of a traceback, and out of those of the errors behind it."""
    seen.add(id(told))
    frames = [frame for frame in told.stack if not _is_ours(frame.filename)]
    told.stack = traceback.StackSummary.from_list(frames[-_MAX_FRAMES:])
    # The last is what an ExceptionGroup holds, from Python 3.11 on.
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        if other is not None and id(other) not in seen:
            _cut(other, seen)


def app_error(error: BaseException, id: int, request_id: Optional[int]) -> AppError:
    """Describe an exception that was caught.

    :param id: the error's number in its session
    :param request_id: the request it happened in, or None
    """
    cls = type(error)
    name = (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )
    return AppError(
        id=id,
        request_id=request_id,
        type=name,
        message=_safe_str(error),
        text=traceback_text(error),
        frames=tuple(_frames(error)),
    )


def app_breach(message: str, code: CodeType, offset: int, id: int, request_id: int) -> AppError:
    """Describe a broken rule of WSGI that no exception tells of.

    :param code: the app's code that called ``start_response``
    :param offset: the instruction in there, as in ``frame.f_lasti``; -1 for its first line
    """
    line = _line_at(code, offset)
    source, first_line = _source(code.co_filename, line)
    text = f'  File "{code.co_filename}", line {line}, in {code.co_name}\n'
    if source:
        text += f"    {source[line - first_line].strip()}\n"
    return AppError(
        id=id,
        request_id=request_id,
        type="AppBreach",
        message=message,
        text=f"{text}AppBreach: {message}\n",
        frames=(Frame(code.co_filename, line, code.co_name, source, first_line),),
    )


def _line_at(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, found in dis.findlinestarts(code):
        if start > offset:
            break
        line = found or line
    return line


def one_line(error: BaseException) -> str:
    """The exception's class and the first line of its message, for a sentence about it."""
    first_line = _safe_str(error).strip().partition("\n")[0].rstrip()
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def has_own_frames(error: BaseException) -> bool:
    """Whether the exception came through code of the app."""
    return any(
        not _is_ours(frame.f_code.co_filename)
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def _safe_str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as own:
        return f"<its message can't be shown: {type(own).__name__}>"


def _frames(error: BaseException) -> list[Frame]:
    shown: list[TracebackType] = []
    tb = error.__traceback__
    while tb is not None:
        if not _is_ours(tb.tb_frame.f_code.co_filename):
            shown.append(tb)
        tb = tb.tb_next
    frames = [_frame(tb) for tb in shown[-_MAX_FRAMES:]]
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        source, first_line = _source(error.filename, error.lineno)
        frames.append(Frame(error.filename, error.lineno, "<module>", source, first_line))
    return frames[-_MAX_FRAMES:]


def _frame(tb: TracebackType) -> Frame:
    frame = tb.tb_frame
    filename = frame.f_code.co_filename
    source, first_line = _source(filename, tb.tb_lineno, frame.f_globals)
    shown: list[tuple[str, str]] = []
    if frame.f_code.co_name != "<module>":
        for name, value in list(frame.f_locals.items())[:_MAX_LOCALS]:
            try:
                shown.append((str(name), _repr.repr(value)))
            except Exception as own:
                shown.append((str(name), f"<repr failed: {type(own).__name__}>"))
    return Frame(filename, tb.tb_lineno, frame.f_code.co_name, source, first_line, tuple(shown))


def _source(
    filename: str, line: int, module_globals: Optional[dict[str, object]] = None
) -> tuple[tuple[str, ...], int]:
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, module_globals)
    if not lines:
        return (), 0
    start = max(0, line - 1 - _CONTEXT)
    return tuple(text.rstrip("\r\n") for text in lines[start : line + _CONTEXT]), start + 1
