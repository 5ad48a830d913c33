"""From the marks of a request's recorder to the rows of its time line.

A recorder appends a mark and a time for each thing that happens: a :class:`Stage` where one begins,
``ENDED`` or ``FAILED`` where the innermost one ends, and four more for what the server sees. Marks
are flat, and four things make their reading more than matching brackets:

- *Implicit stages* have no end of their own. ``write`` and ``first byte`` begin when the answer is
  about to be sent, a view when Flask asks for it; each ends with the stage around it, or when the
  last bytes are sent. ``_end`` therefore closes implicit stages until it has closed one that isn't.
- *Marks may be missing or out of place*: an app that answers from another thread, a generator that
  is closed late, a handler of the user's that overrides a step. Nothing here raises: what has no
  beginning is skipped, what has no end is closed at the request's end.
- *What the server does after an exception*, describing it and making the page to answer with, is a
  step of its own, ``error page``: it begins where the exception was caught, and ends where the page
  is about to be sent.
- *What failed* is the innermost stage that an exception left. While the answer is being sent it is
  ``write``: the function that yields the bytes is called from inside of ``first byte``.

The depth of a row is the number of stages that are open when it begins; a row is named when it
begins, since whether a function is a view or a hook depends on the step that calls it.

Which stage lies in which, which of them failed and where each is written is the same for all
requests whose marks are the same, only their times differ. So a sequence of marks is read once into
a :class:`Way`, which is kept: afterwards a request costs one look-up and picking its times out by
index. Ways are kept only so many, and only short ones; when there are too many, all are dropped.

Any thread: the dictionary of ways is only ever read, added to, or cleared in single steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple, Optional

from .stages import Stage

__all__ = ["BROKEN", "ENDED", "FAILED", "FIRST_BYTE", "MAX_MARKS", "SENT", "WRITE", "WRITTEN",
           "Places", "Way", "way_of"]  # fmt: skip

Places = tuple[tuple[str, str, int], ...]

MAX_MARKS = 8192  # of one request: begins and ends
_MAX_KEPT_MARKS = 400  # of a way that is remembered
_MAX_WAYS = 512

# The marks beside a stage that begins.
ENDED = Stage("(ended)")
FAILED = Stage("(ended by an exception)")
BROKEN = Stage("(the server caught an exception)")
SENT = Stage("(first byte sent)")
WRITTEN = Stage("(last byte sent)")

WRITE = "write"
FIRST_BYTE = Stage("first byte", implicit=True)
ERROR_PAGE = Stage("error page", implicit=True)
_TEARDOWN = "teardown"
_INNER_APP = "wsgi_app"
_VIEW_CALLERS = ("dispatch_request", "app", "asgi")  # Django: behind its last middleware


class Way(NamedTuple):
    """What all requests with the same marks have in common.

    :ivar names: of its stages, in order of their beginning
    :ivar begins: takes the times of their beginnings out of all times; the last of these is now
    :ivar ends: the same for their ends
    """

    names: tuple[str, ...]
    begins: Callable[[Sequence[int]], tuple[int, ...]]
    ends: Callable[[Sequence[int]], tuple[int, ...]]
    depths: tuple[int, ...]
    places: Places
    failed: Optional[int]


_ways: dict[tuple[Stage, ...], Way] = {}


def way_of(marks: tuple[Stage, ...]) -> Way:
    """Read the marks of a request, without their times."""
    way = _ways.get(marks)
    if way is None:
        way = _Reader(marks).way()
        if len(marks) <= _MAX_KEPT_MARKS:
            if len(_ways) >= _MAX_WAYS:
                _ways.clear()
            _ways[marks] = way
    return way


class _Row:
    __slots__ = ("begin", "depth", "end", "name", "stage")

    def __init__(self, stage: Stage, name: str, begin: int, depth: int) -> None:
        self.stage = stage
        self.name = name
        self.begin = begin
        self.end = -1  # the request's end
        self.depth = depth


class _Reader:
    """Reads the marks of one request, which may be incomplete; see the module."""

    def __init__(self, marks: tuple[Stage, ...]) -> None:
        self._marks = marks
        self._rows: list[_Row] = []
        self._open: list[_Row] = []
        self._ended: dict[int, _Row] = {}  # the last one that ended, by depth
        self._failed: Optional[_Row] = None
        self._written = False

    def way(self) -> Way:
        """Put the marks together."""
        for index, mark in enumerate(self._marks):
            if mark is ENDED or mark is FAILED:
                self._end(index, mark is FAILED)
            elif mark is BROKEN:
                self._break(index)
            elif mark is SENT:
                if self._open and self._open[-1].stage is FIRST_BYTE:
                    self._close(index)
            elif mark is WRITTEN:
                self._written = True
                if self._open and self._open[-1].name == WRITE:
                    self._close(index)
            else:
                self._begin(mark, index)
        while self._open:
            self._close(-1)
        places: dict[tuple[str, str, int], None] = {}
        for row in self._rows:
            if row.stage.file:
                places[row.name, row.stage.file, row.stage.line] = None
        rows = self._rows  # at least three: those that a recorder begins with
        return Way(
            tuple([row.name for row in rows]),
            itemgetter(*[row.begin for row in rows]),
            itemgetter(*[row.end for row in rows]),
            tuple([row.depth for row in rows]),
            tuple(places),
            self._rows.index(self._failed) if self._failed is not None else None,
        )

    def _begin(self, stage: Stage, index: int) -> None:
        if self._open and self._open[-1].stage is ERROR_PAGE:
            self._close(index)
        depth = len(self._open)
        before = self._ended.get(depth)
        if before is not None and before.name == stage.name == _TEARDOWN:
            # A framework tears down the request and then the app's context: one step.
            self._open.append(before)
            return
        row = _Row(stage, self._name(stage), index, depth)
        self._rows.append(row)
        self._open.append(row)

    def _name(self, stage: Stage) -> str:
        if not stage.function:
            return stage.name
        for row in reversed(self._open):
            if not row.stage.function:
                is_view = row.name in _VIEW_CALLERS or row.name.startswith("middleware ")
                return f"{'view' if is_view else 'hook'} {stage.name}"
        return f"hook {stage.name}"

    def _end(self, index: int, failed: bool) -> None:
        """End the innermost stage that doesn't end by itself, and those in it that do."""
        rewrite: Optional[Stage] = None
        sending = bool(self._open) and self._open[-1].stage is FIRST_BYTE
        while self._open:
            row = self._open[-1]
            own = row.name == WRITE if sending else row.stage.function or not row.stage.implicit
            if failed and own and self._failed is None:
                self._failed = row
            self._close(index)
            if not row.stage.implicit:
                break
            if row.name == WRITE and not self._written:
                rewrite = row.stage
        if rewrite is not None:  # an app that called write(): the rest is sent outside of it
            self._begin(rewrite, index)

    def _break(self, index: int) -> None:
        if self._failed is None and self._open:
            written = [row for row in self._rows if row.name == WRITE]
            self._failed = written[-1] if written else self._open[-1]
        if len(self._open) > 2 and self._rows[-1].name == "parse_request":
            self._close(index)
        while self._open and self._open[-1].depth > 2:
            self._close(index)
        if len(self._open) > 2:  # in run_wsgi, not while a request is parsed
            self._begin(ERROR_PAGE, index)

    def _close(self, index: int) -> None:
        row = self._open.pop()
        row.end = index
        self._ended[row.depth] = row
        for depth in [depth for depth in self._ended if depth > row.depth]:
            inner = self._ended.pop(depth)
            if row.stage.implicit and row.name == _INNER_APP and inner.name == _TEARDOWN:
                row.end = inner.end  # the last thing it does; what follows is the middleware's
