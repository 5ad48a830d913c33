"""What a thread is doing now, taken by another thread.

Reading a stack runs no code of the app: names and lines alone are taken, and the text of a line
from the file.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from types import FrameType
from typing import Optional

from .. import limits
from ..events import Frame, Where
from ..limits import cut
from .captured import is_ours

__all__ = ["bounded", "described", "stack_of", "where_of"]


def stack_of(thread: int) -> list[FrameType]:
    """A thread's frames inside of the server's, without any of these, the outermost first; none
    where it has ended."""
    found: list[FrameType] = []
    imported: list[FrameType] = []
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if is_ours(frame.f_code.co_filename):
            imported = list(found)  # what is further out is what runs the server
        else:
            found.append(frame)
        frame = frame.f_back
    return imported[::-1]


def bounded(stack: list[FrameType]) -> list[FrameType]:
    """The outermost and the innermost frames of a stack, as many as are reported."""
    outermost = limits.ERROR_FRAMES // 3
    if len(stack) <= limits.ERROR_FRAMES:
        return stack
    return stack[:outermost] + stack[outermost - limits.ERROR_FRAMES :]


def described(frame: FrameType, *, with_source: bool = False) -> Frame:
    """A frame's place; with its line of source, where that is wanted and can be read."""
    file, line = frame.f_code.co_filename, frame.f_lineno or frame.f_code.co_firstlineno
    text = linecache.getline(file, line).strip() if with_source else ""
    return Frame(
        cut(file, limits.ERROR_NAME),
        line,
        cut(frame.f_code.co_name, limits.ERROR_NAME),
        (cut(text, limits.ERROR_SOURCE_LINE),) if text else (),
        line if text else 0,
    )


def where_of(request_id: int, thread: Optional[int], is_own: Callable[[str], bool]) -> Where:
    """Where a request stands.

    :param thread: by which it is being answered; None where that isn't known
    :param is_own: whether a file is one of the app's own
    """
    stack = [] if thread is None else stack_of(thread)
    own = [frame for frame in stack if is_own(frame.f_code.co_filename)]
    return Where(
        request_id,
        described(own[-1], with_source=True) if own else None,
        tuple(described(frame, with_source=True) for frame in bounded(stack)),
    )
