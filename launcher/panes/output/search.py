"""A search in the output, as it goes on; GUI thread, with one thread of a pool that searches.

The lines that are there are searched block by block, the newest first, and what comes later is
searched as it comes. The searching thread has blocks, which never change, and puts what it finds
beside the number of its search: what belongs to an older one is dropped, and a search is over once
all that it has found was taken. The lines of before are searched in the history meanwhile, the
newest first as well.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from functools import partial
from time import monotonic

from PySide6.QtCore import QObject, Qt, Signal, Slot

from launcher.core.logs.line_store import Block, LineStore
from launcher.core.logs.output_search import (
    Pattern,
    Query,
    QueryError,
    TooSlow,
    compiled,
    condition,
    hits,
    spans,
)
from launcher.core.logs.rows import Cancel
from launcher.pool import Background, Waker

from .shapes import Mark

__all__ = ["Search"]

_REPORT_SECONDS = 0.05
_KEPT = 500


class Search(QObject):
    """The lines that have what is searched for.

    :param lines: where it is searched
    :ivar numbers: of the lines with a hit, in their order
    :ivar current: the number of the one that was gone to last, or None
    :ivar problem: why there is no search, a sentence; "" where there is one, or none is wanted
    :ivar running: the lines that are there aren't searched yet, not all of them
    :ivar looks_back: those of before aren't
    """

    changed = Signal()
    """There are more hits, or fewer, or the search has ended."""

    def __init__(self, lines: LineStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._query: Query | None = None
        self._pattern: Pattern = None
        self._ticket = 0
        self._searched = 0  # the number up to which all is searched, or being searched
        self._first = lines.first
        self._past = (lines.epoch, min(0, lines.oldest))
        self._end_older: Cancel | None = None
        self._again = False
        self._marks: dict[tuple[int, str], list[tuple[int, int]]] = {}
        self.numbers: list[int] = []
        self.current: int | None = None
        self.problem = ""
        self.running = False
        self.looks_back = False
        self._background = Background(self)
        self._background.finished.connect(self._over)
        self._reported: deque[tuple[int, list[int]]] = deque()
        self._waker = Waker()
        self._waker.woken.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def active(self) -> bool:
        """Whether something is searched for."""
        return self._query is not None

    @property
    def place(self) -> int:
        """Which of the hits is the current one, counted from 1; 0 where none is."""
        if self.current is None:
            return 0
        at = bisect_left(self.numbers, self.current)
        return at + 1 if at < len(self.numbers) and self.numbers[at] == self.current else 0

    def look_for(self, query: Query) -> None:
        """Search for something else; for nothing, where the query isn't about some lines only."""
        self._ticket += 1
        self._query, self._pattern, self.problem = None, None, ""
        self.numbers, self.current, self.running = [], None, False
        self._marks.clear()
        self._searched = self._first = self._lines.first
        if query.active:
            try:
                self._pattern = compiled(query)
                self._query = query
            except QueryError as error:
                self.problem = str(error)
        self._look_back()
        self.follow(set())
        self.changed.emit()

    def follow(self, changed: set[int]) -> None:
        """Lines have come, gone or been replaced.

        :param changed: the numbers of those that were replaced
        """
        first = self._lines.first
        if self._past != (self._lines.epoch, min(0, self._lines.oldest)):
            self._look_back()
            self.changed.emit()
        gone = bisect_left(self.numbers, self._lines.oldest)
        if gone:
            del self.numbers[:gone]
            self.changed.emit()
        if self._query is None:
            return
        if first < self._first:  # lines are there again that were hidden
            self._searched = first
        self._first = first
        start = max(first, min(changed | {self._searched}))
        if start >= self._lines.end:
            return
        if self.running:
            self._again = True
            self._searched = min(self._searched, start)
            return
        at = bisect_left(self.numbers, start)
        del self.numbers[at:]
        self._searched = self._lines.end
        self.running = True
        blocks = self._lines.blocks(start)
        ticket, query, pattern = self._ticket, self._query, self._pattern
        self._background.run(lambda: self._search(ticket, query, pattern, blocks, start))

    def _look_back(self) -> None:
        """Search the lines of before, all of them anew."""
        if self._end_older is not None:
            self._end_older()
            self._end_older = None
        self.looks_back = False
        del self.numbers[: bisect_left(self.numbers, 0)]
        self._past = (self._lines.epoch, min(0, self._lines.oldest))
        wanted = None if self._query is None else condition(self._query, self._pattern)
        if wanted is not None:
            ticket = self._ticket
            self._end_older = self._lines.find_older(wanted, partial(self._take_older, ticket))
            self.looks_back = self._end_older is not None

    def _take_older(self, ticket: int, numbers: array[int], done: int, total: int) -> None:
        """On the GUI thread: a part of the lines of before has been searched."""
        if ticket == self._ticket:
            self.looks_back = done < total
            self.numbers[:0] = numbers
            self.changed.emit()

    def go(self, forwards: bool, start: int) -> int | None:
        """Make the next hit the current one, around the end.

        :param start: the number of the line from which on it is looked for, where none is current
        :returns: its number, or None where there is none
        """
        if not self.numbers:
            return None
        if self.current is None:
            at = (
                bisect_left(self.numbers, start)
                if forwards
                else bisect_right(self.numbers, start) - 1
            )
        elif forwards:
            at = bisect_right(self.numbers, self.current)
        else:
            at = bisect_left(self.numbers, self.current) - 1
        self.current = self.numbers[at % len(self.numbers)]
        self.changed.emit()
        return self.current

    def marks(self, number: int, text: str) -> list[Mark]:
        """The hits in a line that is painted."""
        if self._pattern is None:
            return []
        found = self._marks.get((number, text))
        if found is None:
            if len(self._marks) >= _KEPT:
                self._marks.clear()
            found = self._marks[number, text] = spans(self._pattern, text)
        ground = "find_current" if number == self.current else "find"
        return [Mark(start, end, ground) for start, end in found]

    def _search(
        self, ticket: int, query: Query, pattern: Pattern, blocks: list[Block], start: int
    ) -> tuple[int, str]:
        """On a thread of the pool."""
        found: list[list[int]] = []
        last = monotonic()
        problem = ""
        try:
            for numbers in hits(query, pattern, blocks[::-1], lambda: ticket != self._ticket):
                if numbers:
                    found.append(numbers)
                if found and monotonic() - last > _REPORT_SECONDS:
                    self._report(ticket, found, start)
                    found, last = [], monotonic()
        except TooSlow:
            problem = "This expression takes too long: the search has been given up."
        self._report(ticket, found, start)
        return ticket, problem

    def _report(self, ticket: int, found: list[list[int]], start: int) -> None:
        """Hand over what some blocks had, of which the last is the oldest."""
        numbers = [number for block in reversed(found) for number in block if number >= start]
        if numbers:
            self._reported.append((ticket, numbers))
            self._waker.wake()

    @Slot()
    def _take(self) -> None:
        while self._reported:
            ticket, numbers = self._reported.popleft()
            if ticket == self._ticket:
                at = bisect_left(self.numbers, numbers[0])
                self.numbers[at:at] = numbers
                self.changed.emit()

    @Slot(object)
    def _over(self, result: tuple[int, str] | None) -> None:
        self._take()  # the end may arrive with the bell of the search before
        if result is None or result[0] != self._ticket:
            return
        self.running = False
        self.problem = result[1]
        if self.problem:
            self._query = None
        again, self._again = self._again, False
        self.changed.emit()
        if again:
            self.follow(set())
