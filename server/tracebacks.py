"""An exception of the user's app as an ``AppError``: its traceback, without frames of ours.

Runs in the thread in which the exception was caught, while its frames are still alive.
"""

from __future__ import annotations

import linecache
import reprlib
import traceback
from pathlib import Path
from types import TracebackType
from typing import Optional

from .events import AppError, Frame

__all__ = ["app_error", "own_frames_cut", "traceback_text"]

_HERE = str(Path(__file__).resolve().parent)
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


def own_frames_cut(tb: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback from the first frame on that isn't the server's or the import machinery's."""
    while tb is not None and _is_ours(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return tb


def traceback_text(error: BaseException) -> str:
    """The traceback as Python prints it, from the app's first frame on."""
    lines = traceback.format_exception(
        type(error), error, own_frames_cut(error.__traceback__), limit=-_MAX_FRAMES
    )
    return "".join(_without_import_machinery(lines))


def _without_import_machinery(lines: list[str]) -> list[str]:
    """Frames of the import system between the app's own tell nothing."""
    return [line for line in lines if not line.startswith('  File "<frozen importlib')]


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


def _safe_str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as own:
        return f"<its message can't be shown: {type(own).__name__}>"


def _frames(error: BaseException) -> list[Frame]:
    frames: list[Frame] = []
    tb = own_frames_cut(error.__traceback__)
    while tb is not None:
        filename = tb.tb_frame.f_code.co_filename
        if not filename.startswith(_IMPORT_MACHINERY):
            frames.append(_frame(tb, filename))
        tb = tb.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        source, first_line = _source(error.filename, error.lineno)
        frames.append(Frame(error.filename, error.lineno, "<module>", source, first_line))
    return frames[-_MAX_FRAMES:]


def _frame(tb: TracebackType, filename: str) -> Frame:
    frame = tb.tb_frame
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
