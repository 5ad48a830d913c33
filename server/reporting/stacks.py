"""What a thread is doing now, taken by another thread.

Reading a stack runs no code of the app: names and lines alone are taken, and the text of a line
from the file. Under gevent and eventlet one thread of the system's has many stacks, of which only
one runs; those of the others are kept by their greenlets.
"""

from __future__ import annotations

import gc
import linecache
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Optional

from ..base import limits
from ..base.limits import cut
from ..events import Frame, Where
from .captured import is_ours

__all__ = ["bounded", "described", "stack_of", "where_of"]


def stack_of(thread: int, base: Optional[FrameType] = None) -> list[FrameType]:
    """A thread's frames inside of the server's, without any of these, the outermost first; none
    where it has ended.

    :param base: a frame of the server's, where another stack than that which its thread runs now
        may be the one with it
    """
    found = _frames(sys._current_frames().get(thread))
    if base is not None and base not in found:
        found = next((frames for frames in _suspended() if base in frames), found)
    outermost = -1
    for index, frame in enumerate(found):
        if is_ours(frame.f_code.co_filename):
            outermost = index  # what is further out is what runs the server
    return (
        [frame for frame in found[:outermost][::-1] if not is_ours(frame.f_code.co_filename)]
        if outermost >= 0
        else []
    )


def _frames(frame: Optional[FrameType]) -> list[FrameType]:
    """A frame and those that it was called by, the innermost first."""
    found: list[FrameType] = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def _suspended() -> Iterator[list[FrameType]]:
    """The frames of each greenlet that doesn't run now."""
    greenlet = getattr(sys.modules.get("greenlet"), "greenlet", None)
    if type(greenlet) is not type:
        return
    for item in gc.get_objects():
        if greenlet in type(item).__mro__ and (frame := item.gr_frame) is not None:
            yield _frames(frame)


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
