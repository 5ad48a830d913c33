"""An exception of the user's app as an ``AppError``: its traceback, without frames of ours.

Runs in the thread in which the exception was caught, while its frames are still alive. Whatever is
asked of the app's objects may raise anything, never end, or be of any size: each question is asked
alone, and each answer bounded (:mod:`server.limits`). Where even the standard library's traceback
can't be had, as after a MemoryError or of a class whose name is no text, a plain one takes its
place.
"""

from __future__ import annotations

import dis
import linecache
import os
import reprlib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Optional, TypeVar

from .. import limits
from ..events import AppError, Frame
from ..limits import cut, cut_middle, size_of

__all__ = [
    "app_breach",
    "app_error",
    "has_own_frames",
    "is_ours",
    "one_line",
    "traceback_text",
    "type_name",
]

_HERE = str(Path(__file__).resolve().parents[1]) + os.sep
_IMPORT_MACHINERY = ("<frozen importlib", "<frozen runpy")
_CONTEXT = 5
_OUTERMOST = limits.ERROR_FRAMES // 3
_INNERMOST = limits.ERROR_FRAMES - _OUTERMOST
_MARK = "<…>"  # stands for the file where frames are left out

T = TypeVar("T")


class _Repr(reprlib.Repr):
    """Short texts of the app's objects, shorter where they are in a container."""

    _NESTED = 300  # characters

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxdeque = self.maxarray = 12
        self.maxstring = self.maxother = self.maxlong = self._NESTED

    def repr1(self, x: Any, level: int) -> str:
        """As ``reprlib`` does; longer where it is the whole of it."""
        if level != self.maxlevel:
            return super().repr1(x, level)
        if type(x) in (str, bytes, bytearray):
            more = len(x) - limits.ERROR_LOCAL
            text = repr(x if more <= 0 else x[: limits.ERROR_LOCAL])
            if more > 0:
                text += f"… ({len(x):,} {'characters' if type(x) is str else 'bytes'})"
            return text
        self.maxother = limits.ERROR_LOCAL
        try:
            return super().repr1(x, level)
        finally:
            self.maxother = self._NESTED


def _repr(value: Any) -> str:
    return _Repr().repr(value)  # one for each: threads must not share its limits


def is_ours(filename: str) -> bool:
    """Whether a file of a frame is the server's, or of what imports modules."""
    if filename.startswith(_IMPORT_MACHINERY):
        return True
    return filename.startswith(_HERE) or filename.endswith("/importlib/__init__.py")


def traceback_text(error: BaseException) -> str:
    """The traceback as Python prints it, without frames of the server, bounded."""
    try:
        described = traceback.TracebackException(type(error), error, error.__traceback__)
        _cut(described, set())
        text = "".join(described.format())
    except BaseException:  # see the module
        text = _plain_text(error)
    return cut_middle(text, limits.ERROR_TEXT)


def _cut(described: traceback.TracebackException, seen: set[int]) -> None:
    """Take frames of ours out of a traceback, and out of those of the errors behind it."""
    seen.add(id(described))
    frames = [frame for frame in described.stack if not is_ours(frame.filename)]
    outer, count, inner = _ends(frames)
    if count:
        what = f"{count} frames left out"
        outer.append(traceback.FrameSummary(_MARK, 0, what, lookup_line=False, line=""))
    described.stack = traceback.StackSummary.from_list(outer + inner)
    # The last is what an ExceptionGroup holds, from Python 3.11 on.
    for other in (
        described.__cause__,
        described.__context__,
        *(getattr(described, "exceptions", None) or ()),
    ):
        if other is not None and id(other) not in seen:
            _cut(other, seen)


def _plain_text(error: BaseException) -> str:
    """A traceback of file names, lines and the message alone."""
    lines = ["Traceback (most recent call last):\n"]
    outer, _, inner = _ends(_own_tracebacks(error))
    for tb in outer + inner:
        code = tb.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {tb.tb_lineno}, in {code.co_name}\n')
    message = _message(error)
    lines.append(f"{type_name(error)}: {message}\n" if message else f"{type_name(error)}\n")
    return "".join(lines)


def _ends(items: list[T]) -> tuple[list[T], int, list[T]]:
    """The outermost of many, the number of those that are left out, and the innermost."""
    count = len(items) - limits.ERROR_FRAMES
    if count <= 0:
        return list(items), 0, []
    return items[:_OUTERMOST], count, items[-_INNERMOST:]


def app_error(error: BaseException, id: int, request_id: Optional[int]) -> AppError:
    """Describe an exception that was caught.

    :param id: the error's number in its session
    :param request_id: the request it happened in, or None
    """
    return _bounded(
        id, request_id, type_name(error), _message(error), traceback_text(error), _frames(error)
    )


def app_breach(message: str, code: CodeType, offset: int, id: int, request_id: int) -> AppError:
    """Describe a broken rule of WSGI that raised no exception.

    :param code: the app's code that called ``start_response``
    :param offset: the instruction in there, as in ``frame.f_lasti``; -1 for its first line
    """
    line = _line_at(code, offset)
    source, first_line = _source(code.co_filename, line)
    text = f'  File "{code.co_filename}", line {line}, in {code.co_name}\n'
    if source:
        text += f"    {source[line - first_line].strip()}\n"
    message = cut(message, limits.ERROR_MESSAGE)
    frame = Frame(_name(code.co_filename), line, _name(code.co_name), source, first_line)
    text = cut_middle(f"{text}AppBreach: {message}\n", limits.ERROR_TEXT)
    return _bounded(id, request_id, "AppBreach", message, text, [frame])


def _bounded(
    id: int, request_id: Optional[int], name: str, message: str, text: str, frames: list[Frame]
) -> AppError:
    """An error whose parts are bounded, with as many of its frames as there is room for."""
    room = limits.ERROR - size_of(text) - size_of(message) - size_of(name)
    return AppError(
        id=id,
        request_id=request_id,
        type=name,
        message=message,
        text=text,
        frames=tuple(_within(frames, room)),
    )


def _within(frames: list[Frame], room: int) -> list[Frame]:
    """The innermost and the outermost frames that fit; where some don't, a mark in their place."""
    sizes = [_frame_size(frame) for frame in frames]
    if sum(sizes) <= room:
        return frames
    room -= _frame_size(_left_out(len(frames)))
    first, last = 0, len(frames)  # what is between them is left out
    innermost = True
    while first < last:
        place = last - 1 if innermost else first
        if sizes[place] > room:
            break
        room -= sizes[place]
        first, last = (first, last - 1) if innermost else (first + 1, last)
        innermost = not innermost
    return [*frames[:first], _left_out(last - first), *frames[last:]]


def _left_out(count: int) -> Frame:
    return Frame(_MARK, 0, f"{count} frames left out")


def _frame_size(frame: Frame) -> int:
    texts = [frame.file, frame.function, *frame.source]
    for pair in frame.locals:
        texts += pair
    return sum(map(size_of, texts))


def _line_at(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, found in dis.findlinestarts(code):
        if start > offset:
            break
        line = found or line
    return line


def one_line(error: BaseException) -> str:
    """The exception's class and the first line of its message, for a sentence about it."""
    first_line = _whole_message(error).strip().partition("\n")[0].rstrip()
    name = type_name(error).rpartition(".")[2]
    return cut(f"{name}: {first_line}" if first_line else name, limits.ERROR_SENTENCE)


def has_own_frames(error: BaseException) -> bool:
    """Whether the exception came through code of the app."""
    return bool(_own_tracebacks(error))


def type_name(error: BaseException) -> str:
    """The exception's class, with its module unless that is ``builtins``.

    A class may have anything for a name and a module, or raise where it is asked for them.
    """
    cls = type(error)
    name = _asked(lambda: cls.__qualname__)
    if name is None:
        name = _asked(lambda: type.__dict__["__name__"].__get__(cls)) or "<unknown>"
    module = _asked(lambda: cls.__module__)
    return _name(name if module in ("builtins", None) else f"{module}.{name}")


def _asked(ask: Callable[[], Any]) -> Optional[str]:
    """What a class states, where it is text."""
    try:
        found = ask()
        return str.__str__(found) if isinstance(found, str) else None
    except BaseException:
        return None


def _name(text: str) -> str:
    return cut(text, limits.ERROR_NAME)


def _message(error: BaseException) -> str:
    return cut(_whole_message(error), limits.ERROR_MESSAGE)


def _whole_message(error: BaseException) -> str:
    try:
        return str.__str__(str(error))  # a subclass of str may be whatever it likes
    except BaseException as own:  # also SystemExit, and what ends generators
        return f"<its message can't be shown: {type(own).__name__}>"


def _own_tracebacks(error: BaseException) -> list[TracebackType]:
    """The links of a traceback that aren't ours, the outermost first."""
    found: list[TracebackType] = []
    tb = error.__traceback__
    while tb is not None:
        if not is_ours(tb.tb_frame.f_code.co_filename):
            found.append(tb)
        tb = tb.tb_next
    return found


def _frames(error: BaseException) -> list[Frame]:
    outer, count, inner = _ends(_own_tracebacks(error))
    frames = [*map(_frame, outer), *([_left_out(count)] if count else []), *map(_frame, inner)]
    if isinstance(error, SyntaxError):
        place = error.filename, error.lineno
        if isinstance(place[0], str) and isinstance(place[1], int) and place[0] and place[1]:
            source, first_line = _source(place[0], place[1])
            frames.append(Frame(_name(place[0]), place[1], "<module>", source, first_line))
    return frames


def _frame(tb: TracebackType) -> Frame:
    frame = tb.tb_frame
    filename = frame.f_code.co_filename
    source, first_line = _source(filename, tb.tb_lineno, frame.f_globals)
    shown = () if frame.f_code.co_name == "<module>" else _locals(frame)
    return Frame(
        _name(filename), tb.tb_lineno, _name(frame.f_code.co_name), source, first_line, shown
    )


def _locals(frame: FrameType) -> tuple[tuple[str, str], ...]:
    try:
        found = list(frame.f_locals.items())  # those of a class may be any mapping
        return tuple(
            (_name(str(name)), _shown(value)) for name, value in found[: limits.ERROR_LOCALS]
        )
    except BaseException:  # see the module
        return ()


def _shown(value: Any) -> str:
    """A local variable."""
    try:
        return cut(_repr(value), limits.ERROR_LOCAL)
    except BaseException as own:  # also SystemExit, and what ends generators
        return f"<repr failed: {type(own).__name__}>"


def _source(
    filename: str, line: int, module_globals: Optional[dict[str, object]] = None
) -> tuple[tuple[str, ...], int]:
    lines: Sequence[str] = ()
    try:
        linecache.checkcache(filename)
        lines = linecache.getlines(filename, module_globals)
    except BaseException:  # a loader of the app's own
        return (), 0
    if not lines:
        return (), 0
    start = max(0, line - 1 - _CONTEXT)
    kept = lines[start : line + _CONTEXT]
    return tuple(cut(text.rstrip("\r\n"), limits.ERROR_SOURCE_LINE) for text in kept), start + 1
