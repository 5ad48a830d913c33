"""An ``AppError`` of a captured exception, and what is known of it by then.

Composing calls no code of the app: what has not been asked for yet is left out. The size of an
event is bounded (:mod:`server.base.limits`): where there is no room for all frames, those at the
ends stay, and what is behind the error gets the rest. Any thread.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType
from typing import Optional

from ..base import limits
from ..base.limits import cut, cut_middle, size_of
from ..events import AppError, Cause, Frame
from .captured import Captured, is_library
from .frames import frame_at, frames_of, left_out
from .tracebacks import plain_message, plain_text, type_name
from .values import Values

__all__ = ["Known", "breach", "compose", "group_of"]

_LEFT_OUT_SIZE = 64


class Known:
    """What is known of an exception so far; filled on one thread, and read on another.

    :ivar messages: what it and those behind it say, by the ``id`` of the exception
    :ivar text: its traceback as text
    :ivar values: the texts of variables, by the ``id`` of their values
    """

    def __init__(self) -> None:
        self.messages: dict[int, str] = {}
        self.text: Optional[str] = None
        self.values: dict[int, str] = {}

    def text_of(self) -> Callable[[object], str]:
        """What gives the text of a variable; one that isn't known is described by its type."""
        texts, plain = dict(self.values), Values(asks=False)

        def text(value: object) -> str:
            found = texts.get(id(value))
            if found is None:
                found = texts[id(value)] = plain.text(value)
            return found

        return text


def compose(
    captured: Captured,
    known: Known,
    id: int,
    request_id: Optional[int],
    moment: float,
    *,
    kept: bool = False,
) -> AppError:
    """The event of an exception.

    :param id: the error's number in its session
    :param request_id: the request it happened in, or None
    :param moment: when it was caught, in unix seconds
    :param kept: the frames are kept, for a console: each gets its number
    """
    error = captured.error
    message = _message(captured, known)
    whole = plain_text(error, message) if known.text is None else known.text
    text = known.text_of()
    numbers = _numbers(captured) if kept else {}
    frames = frames_of(captured, text, numbers)
    name = type_name(error)
    room = _Room(limits.ERROR - size_of(whole) - size_of(message) - size_of(name))
    return AppError(
        id=id,
        request_id=request_id,
        type=name,
        message=message,
        text=whole,
        frames=room.fit(frames),
        time=moment,
        causes=_causes(captured, known, text, numbers, room),
        group=group_of(name, frames),
    )


def _message(captured: Captured, known: Known) -> str:
    found = known.messages.get(id(captured.error))
    return plain_message(captured.error) if found is None else found


def _numbers(captured: Captured) -> dict[int, int]:
    """The number of each link, by its ``id``, as ``Consoles.keep`` counts them."""
    return {id(link): number for number, link in enumerate(captured.all_links(), 1)}


def _causes(
    captured: Captured,
    known: Known,
    text: Callable[[object], str],
    numbers: Mapping[int, int],
    room: _Room,
) -> tuple[Cause, ...]:
    found = []
    for relation, other in captured.behind:
        name, message = type_name(other.error), _message(other, known)
        if not room.take(size_of(name) + size_of(message)):
            message = ""
        kept = room.fit(frames_of(other, text, numbers))
        causes = _causes(other, known, text, numbers, room)
        found.append(Cause(relation, name, message, kept, causes))
    return tuple(found)


def breach(message: str, code: CodeType, offset: int, id: int, request_id: int) -> AppError:
    """The event of a broken rule of WSGI that raised no exception.

    :param code: the app's code that called ``start_response``
    :param offset: the instruction in there, as in ``frame.f_lasti``; -1 for its first line
    """
    line = _line_at(code, offset)
    own = not is_library(code.co_filename)
    frame = frame_at(code.co_filename, line, code.co_name, own=own)
    text = f'  File "{code.co_filename}", line {line}, in {code.co_name}\n'
    if frame.source:
        text += f"    {frame.source[line - frame.first_line].strip()}\n"
    message = cut(message, limits.ERROR_MESSAGE)
    text = cut_middle(f"{text}AppBreach: {message}\n", limits.ERROR_TEXT)
    group = group_of("AppBreach", (frame,))
    return AppError(id, request_id, "AppBreach", message, text, (frame,), group=group)


def _line_at(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, found in dis.findlinestarts(code):
        if start > offset:
            break
        line = found or line
    return line


def group_of(name: str, frames: Sequence[Frame]) -> str:
    """What errors have in common that are one and the same: the class and the place in the user's
    own code, where there is one. The place is the function and the text of its line, so that the
    group stays while lines move; in an endless recursion it is where that was entered.

    :param name: the exception's class
    """
    real = [frame for frame in frames if frame.line]
    own = [frame for frame in real if frame.own] or real
    if not own:
        return name
    frame = own[0] if name == "RecursionError" else own[-1]
    at = frame.line - frame.first_line
    line = frame.source[at].strip() if 0 <= at < len(frame.source) else str(frame.line)
    return cut(" · ".join((name, frame.file, frame.function, line)), 2 * limits.ERROR_NAME)


class _Room:
    """Bytes that are left for an event's parts."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """Use so many, where they are there."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def fit(self, frames: Sequence[Frame]) -> tuple[Frame, ...]:
        """The innermost and the outermost frames that fit; where some don't, a mark in their place,
        with the number of them."""
        sizes = [_size(frame) for frame in frames]
        if self.take(sum(sizes)):
            return tuple(frames)
        if not self.take(_LEFT_OUT_SIZE):
            return ()
        first, last = 0, len(frames)  # what is between them is left out
        innermost = True
        while first < last and self.take(sizes[last - 1 if innermost else first]):
            first, last = (first, last - 1) if innermost else (first + 1, last)
            innermost = not innermost
        count = sum(_count(frame) for frame in frames[first:last])
        return (*frames[:first], left_out(count), *frames[last:])


def _count(frame: Frame) -> int:
    """How many frames one stands for."""
    return 1 if frame.line else int(frame.function.split()[0].replace(",", ""))


def _size(frame: Frame) -> int:
    return sum(map(size_of, _texts(frame)))


def _texts(frame: Frame) -> Iterable[str]:
    yield from (frame.file, frame.function, *frame.source)
    for pair in (*frame.locals, *frame.types):
        yield from pair
