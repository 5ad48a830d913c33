"""What is kept of an exception where it is caught, to be described later.

Capturing runs on the request's thread, before the answer: it only follows links between objects of
the interpreter's, calls no code of the app, and its time is bounded by the number of links. The
frames themselves are kept, so the description sees the variables as they are by then.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple, Optional, TypeVar, Union

from ..base import limits

__all__ = [
    "Captured",
    "Link",
    "capture",
    "file_of",
    "is_library",
    "is_ours",
    "left_out",
    "links_of",
    "select",
]

_HERE = str(Path(__file__).resolve().parents[1]) + os.sep
_BESIDE = tuple(str(Path(_HERE).parent / name) + os.sep for name in ("framework", "launcher"))
_IMPORT_MACHINERY = ("<frozen importlib", "<frozen runpy")
_PACKAGES = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_OUTERMOST = limits.ERROR_FRAMES // 3
_INNERMOST = limits.ERROR_FRAMES - _OUTERMOST
_OWN = 3  # frames of the project at either end that stay, wherever they are
_DEPTH = 50  # errors behind errors
_ERRORS = 100  # all of them
_MEMBERS = 15  # of an ExceptionGroup, as many as Python prints

T = TypeVar("T")


class Link(NamedTuple):
    """A frame of a traceback, and where in it the exception came through.

    :ivar line: its number
    :ivar lasti: the instruction
    """

    frame: FrameType
    line: int
    lasti: int


class Captured(NamedTuple):
    """An exception, and those behind it.

    :ivar links: the frames that are kept, without those of the server, the outermost first; a
        number stands for so many that are left out
    :ivar behind: each with its relation, as in :class:`~server.events.Cause`
    """

    error: BaseException
    traceback: Optional[TracebackType]
    links: tuple[Union[Link, int], ...]
    behind: tuple[tuple[str, Captured], ...]

    def all_links(self) -> Iterator[Link]:
        """The frames of this error, the innermost first, and of those behind it."""
        for link in reversed(self.links):
            if isinstance(link, Link):
                yield link
        for _, other in self.behind:
            yield from other.all_links()

    def all_errors(self) -> Iterator[Captured]:
        """This one and all behind it."""
        yield self
        for _, other in self.behind:
            yield from other.all_errors()


def capture(error: BaseException) -> Captured:
    """Keep an exception for its description. Calls no code of the app."""
    return _capture(error, {id(error)}, 0)


def _capture(error: BaseException, seen: set[int], depth: int) -> Captured:
    behind: list[tuple[str, Captured]] = []
    if depth < _DEPTH:
        for relation, other in _behind(error):
            if id(other) not in seen and len(seen) < _ERRORS:
                seen.add(id(other))
                behind.append((relation, _capture(other, seen, depth + 1)))
    traceback = _asked(BaseException.__traceback__, error)
    links = select(links_of(traceback), file_of)
    return Captured(error, traceback, tuple(links), tuple(behind))


def _behind(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """The errors behind an error that Python would print, by the interpreter's own fields."""
    cause = _asked(BaseException.__cause__, error)
    if cause is not None:
        yield "cause", cause
    elif not _asked(BaseException.__suppress_context__, error):
        context = _asked(BaseException.__context__, error)
        if context is not None:
            yield "context", context
    group: Any = getattr(sys.modules["builtins"], "BaseExceptionGroup", None)
    if group is not None and issubclass(type(error), group):
        members = _asked(group.exceptions, error)
        for member in members[:_MEMBERS]:
            yield "group", member


def _asked(field: Any, error: BaseException) -> Any:
    """A field of the interpreter's, also where a class of the app's has put another before it."""
    return field.__get__(error, type(error))


def links_of(traceback: Optional[TracebackType]) -> list[Link]:
    """The links of a traceback that aren't the server's, the outermost first."""
    found: list[Link] = []
    while traceback is not None:
        frame = traceback.tb_frame
        if not is_ours(frame.f_code.co_filename):
            found.append(Link(frame, traceback.tb_lineno or 0, traceback.tb_lasti))
        traceback = traceback.tb_next
    return found


def file_of(link: Link) -> str:
    """The file of a frame's code."""
    return link.frame.f_code.co_filename


def select(items: list[T], file: Callable[[T], str]) -> Iterator[Union[T, int]]:
    """Of many frames the outermost and the innermost, and the project's own ones next to them,
    however deep the libraries around them have gone; a number stands for so many between.

    :param file: the file of a frame
    """
    if len(items) <= limits.ERROR_FRAMES:
        yield from items
        return
    own = [number for number, item in enumerate(items) if not is_library(file(item))]
    kept = sorted({
        *range(_OUTERMOST), *range(len(items) - _INNERMOST, len(items)), *own[:_OWN], *own[-_OWN:],
    })  # fmt: skip
    before = -1
    for number in kept:
        if number - before > 1:
            yield number - before - 1
        yield items[number]
        before = number


def left_out(count: int) -> str:
    """What stands in the place of frames that are left out."""
    return f"{count:,} frame{'' if count == 1 else 's'} left out"


def is_ours(filename: str) -> bool:
    """Whether a file is of the server, or of what imports modules."""
    if filename.startswith(_IMPORT_MACHINERY):
        return True
    return filename.startswith(_HERE) or filename.endswith("/importlib/__init__.py")


@functools.lru_cache(maxsize=4096)
def is_library(filename: str) -> bool:
    """Whether a file is of an installed package or of the standard library, not of a project."""
    if filename.startswith("<"):
        return filename != "<template>"  # of Jinja2, from a string of the project's
    if any(part in filename for part in _PACKAGES):
        return True
    return filename.startswith((*_standard_library(), *_BESIDE))


@functools.lru_cache(maxsize=1)
def _standard_library() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {
        paths["stdlib"],
        paths["platstdlib"],
        paths["scripts"],
        str(Path(os.__file__).parent),
    }
    return tuple(folder + os.sep for folder in folders)
