"""An exception of the user's app as text: its class, its message, its traceback.

The traceback is as Python prints it, without frames of ours. An exception's class may raise
anything where it is asked, and its text be of any size: each question is asked alone, and each
answer bounded (:mod:`server.base.limits`). Where even the standard library's traceback can't be
had, as after a MemoryError or of a class whose name is no text, a plain one takes its place.

Any thread. What is asked of the app's classes may also never end: what may not wait for that runs
on a thread of :mod:`server.reporting.describe`, or takes :func:`plain_message` and
:func:`plain_text`, which call no code of the app.
"""

from __future__ import annotations

import traceback
from operator import attrgetter
from types import TracebackType
from typing import Any, Optional

from ..base import limits
from ..base.limits import cut, cut_middle
from .captured import file_of, is_ours, left_out, links_of, select
from .values import full_name

__all__ = [
    "has_own_frames",
    "message_of",
    "one_line",
    "plain_message",
    "plain_text",
    "traceback_text",
    "type_name",
]

_MARK = "<…>"  # stands for the file where frames are left out
_SIMPLE = (str, int, float, bytes, bool, type(None))


def traceback_text(error: BaseException, tb: Optional[TracebackType] = None) -> str:
    """The traceback as Python prints it, without frames of the server, bounded.

    :param tb: the error's, as it was when it was caught; by default as it is now
    """
    try:
        described = traceback.TracebackException(type(error), error, tb or error.__traceback__)
        _cut(described, set())
        text = "".join(described.format())
    except BaseException:  # see the module
        return plain_text(error, message_of(error))
    return cut_middle(text, limits.ERROR_TEXT)


def _cut(described: traceback.TracebackException, seen: set[int]) -> None:
    """Take frames of ours out of a traceback, and out of those of the errors behind it."""
    seen.add(id(described))
    frames = [frame for frame in described.stack if not is_ours(frame.filename)]
    described.stack = traceback.StackSummary.from_list(
        [
            traceback.FrameSummary(_MARK, 0, left_out(frame), lookup_line=False, line="")
            if isinstance(frame, int)
            else frame
            for frame in select(frames, attrgetter("filename"))
        ]
    )
    # The last is what an ExceptionGroup holds, from Python 3.11 on.
    for other in (
        described.__cause__,
        described.__context__,
        *(getattr(described, "exceptions", None) or ()),
    ):
        if other is not None and id(other) not in seen:
            _cut(other, seen)


def plain_text(error: BaseException, message: str) -> str:
    """A traceback of file names, lines and the message alone; calls no code of the app.

    :param message: what the error says
    """
    lines = ["Traceback (most recent call last):\n"]
    for link in select(links_of(error.__traceback__), file_of):
        if isinstance(link, int):
            lines.append(f"  {left_out(link)}\n")
            continue
        code = link.frame.f_code
        lines.append(f'  File "{code.co_filename}", line {link.line}, in {code.co_name}\n')
    lines.append(f"{type_name(error)}: {message}\n" if message else f"{type_name(error)}\n")
    return cut_middle("".join(lines), limits.ERROR_TEXT)


def one_line(error: BaseException) -> str:
    """The exception's class and the first line of its message, for a sentence about it."""
    first_line = _whole_message(error).strip().partition("\n")[0].rstrip()
    name = type_name(error).rpartition(".")[2]
    return cut(f"{name}: {first_line}" if first_line else name, limits.ERROR_SENTENCE)


def has_own_frames(error: BaseException) -> bool:
    """Whether the exception came through code of the app."""
    return bool(links_of(error.__traceback__))


def type_name(error: BaseException) -> str:
    """The exception's class, with its module unless that is ``builtins``.

    Calls no code of the app: a metaclass may do anything where a class is asked.
    """
    return cut(full_name(type(error)), limits.ERROR_NAME)


def plain_message(error: BaseException) -> str:
    """What an exception says, as far as that can be known without code of the app."""
    fields: dict[str, Any] = BaseException.__dict__  # type: ignore[assignment]
    args = fields["args"].__get__(error)
    if not args or any(type(arg) not in _SIMPLE for arg in args):
        return ""
    is_key = issubclass(type(error), KeyError)
    if len(args) == 1 and type(args[0]) is str and not is_key:
        return cut(args[0], limits.ERROR_MESSAGE)
    return cut(repr(args[0] if len(args) == 1 else args), limits.ERROR_MESSAGE)


def message_of(error: BaseException) -> str:
    """What an exception says, bounded."""
    return cut(_whole_message(error), limits.ERROR_MESSAGE)


def _whole_message(error: BaseException) -> str:
    try:
        return str.__str__(str(error))  # a subclass of str may be whatever it likes
    except BaseException as own:  # also SystemExit, and what ends generators
        return f"<its message can't be shown: {type(own).__name__}>"
