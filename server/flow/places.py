"""The user's own line that asked for something: the innermost frame of the project's own code.

It is looked for with each span, so it has to be quick. Frames are followed by a dictionary of the
files that are the project's, which is right in all but the first look. (A code object would make a
slower key: its hash is that of all it holds.) What costs most is that the interpreter makes an
object of each frame that is looked at. So the way that was followed for a statement is remembered:
where the same one is asked for from the same instruction of the same code, equally deep, and the
frame halfway is at the same instruction, too, those between need not be looked at again.

Templates count as the user's own. Jinja2 compiles them to code whose lines are others than those
of the file, and says which; Django goes through them as nodes, and the node that is being rendered
knows its line. A greenlet, on which SQLAlchemy runs what is asynchronous, has frames of its own:
the search goes on with those of the one that waits for it.

Any thread; calls no code of the app.

Sources: ``jinja2.Template.get_corresponding_lineno``; ``django.template.base.Node``.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple, Optional

from ..reporting.captured import is_library, is_ours

__all__ = ["NOWHERE", "Place", "own_line", "own_line_in", "own_line_of"]

Place = tuple[str, int, str]
"""File, line and function."""

NOWHERE: Place = ("", 0, "")

_MOST_FILES = 10_000
_MOST_WAYS = 1_000
_SHORTEST_WAY = 4  # frames; below, the two that are looked at save nothing
_LONGEST_ASKED = 2_048
_MOST_GREENLETS = 5
_OTHERS, _OWN, _DJANGO = range(3)
_DJANGO_NODES = ("django/template/base.py", "django\\template\\base.py")
_RENDER = "render_annotated"

_files: dict[str, int] = {}
"""Whose a file is. Only ever added to, or cleared."""


class _Way(NamedTuple):
    """How a line was found: two frames by their distance, and what they were executing."""

    distance: int
    code: CodeType
    instruction: int
    halfway: int
    halfway_code: CodeType
    halfway_instruction: int
    place: Place


_ways: dict[str, _Way] = {}
"""The last way for each statement. Only ever added to, or cleared."""


def own_line(depth: int = 1, asked: str = "") -> Place:
    """The line of the running code; :data:`NOWHERE` where no frame is the project's.

    :param depth: how many frames, this one among them, are known to be ours: each that is not even
        looked at is time saved
    :param asked: what is asked for, such as a statement; what comes again by the same way is found
        quicker
    """
    way = _ways.get(asked)
    if way is not None:
        distance, code, instruction, halfway, halfway_code, halfway_instruction, place = way
        try:
            frame = sys._getframe(distance)
            if frame.f_code is code and frame.f_lasti == instruction:
                frame = sys._getframe(halfway)
                if frame.f_code is halfway_code and frame.f_lasti == halfway_instruction:
                    return place
        except ValueError:  # the stack is not as deep
            pass
    found = _searched(sys._getframe(depth))
    if asked and found != NOWHERE and len(asked) <= _LONGEST_ASKED:
        _remember(asked, depth, found)
    return found


def _remember(asked: str, depth: int, found: Place) -> None:
    """Keep the way to the line that the caller's caller has asked for.

    Only where it is the line of a frame: what is at a node of Django's can't be known by that.

    :param depth: as that of :func:`own_line`
    """
    frame: Optional[FrameType] = sys._getframe(depth + 1)
    distance = depth
    while frame is not None and _files.get(frame.f_code.co_filename) == _OTHERS:
        frame = frame.f_back
        distance += 1
    if frame is None or distance - depth < _SHORTEST_WAY or frame.f_code.co_filename != found[0]:
        return
    halfway = (depth + distance) // 2
    between = sys._getframe(halfway + 1)
    if len(_ways) >= _MOST_WAYS:
        _ways.clear()
    _ways[asked] = _Way(
        distance, frame.f_code, frame.f_lasti,
        halfway, between.f_code, between.f_lasti, found,
    )  # fmt: skip


def _searched(frame: Optional[FrameType]) -> Place:
    """The line of a stack, and of the greenlets that wait for the running one.

    :param frame: the innermost one
    """
    greenlet: Any = None
    for _ in range(_MOST_GREENLETS):
        found = own_line_in(frame)
        if found is not None:
            return found
        greenlet = _waiting_greenlet(greenlet)
        if greenlet is None:
            break
        frame = greenlet.gr_frame
    return NOWHERE


def own_line_of(error: BaseException) -> Place:
    """The line that an exception came from, or through."""
    found = NOWHERE
    tb = error.__traceback__
    while tb is not None:
        if _whose(tb.tb_frame.f_code.co_filename) == _OWN:
            found = _place(tb.tb_frame, tb.tb_lineno)
        tb = tb.tb_next
    return found


def own_line_in(frame: Optional[FrameType]) -> Optional[Place]:
    """The line of a stack, also another thread's; None where no frame is the project's.

    :param frame: the innermost one
    """
    known = _files
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        try:
            whose = known[file]
        except KeyError:
            whose = _whose(file)
        if whose:
            if whose == _OWN:
                return _place(frame, frame.f_lineno)
            if code.co_name == _RENDER:
                found = _of_node(frame)
                if found is not None:
                    return found
        frame = frame.f_back
    return None


def _whose(file: str) -> int:
    whose = _files.get(file)
    if whose is None:
        if len(_files) >= _MOST_FILES:
            _files.clear()
        whose = _OTHERS if is_library(file) or is_ours(file) else _OWN
        if whose == _OTHERS and file.endswith(_DJANGO_NODES):
            whose = _DJANGO
        _files[file] = whose
    return whose


def _place(frame: FrameType, line: Optional[int]) -> Place:
    template = frame.f_globals.get("__jinja_template__")
    written_at = getattr(template, "get_corresponding_lineno", None)
    if written_at is not None and line is not None:
        return frame.f_code.co_filename, written_at(line), "template"
    return frame.f_code.co_filename, line or 0, frame.f_code.co_name


def _of_node(frame: FrameType) -> Optional[Place]:
    """The line of the project's template that a node is written in."""
    try:  # the node may be of a class of the app's, which isn't asked
        node = object.__getattribute__(frame.f_locals.get("self"), "__dict__")
    except AttributeError:
        return None
    file = getattr(node.get("origin"), "name", None)
    line = getattr(node.get("token"), "lineno", None)
    if type(file) is not str or type(line) is not int or _whose(file) != _OWN:
        return None
    return file, line, "template"


def _waiting_greenlet(greenlet: Any) -> Any:
    """The greenlet that has switched to this one, or None."""
    if greenlet is None:
        library: Any = sys.modules.get("greenlet")
        current = getattr(library, "getcurrent", None)
        if current is None:
            return None
        greenlet = current()
    return greenlet.parent
