"""How many requests each chip and rule stands for; pure data, on the thread of its log.

Each row in memory is looked at once, and again when it is another one, for some milliseconds at a
time, so that a flood doesn't hold the window up. Those that aren't in memory the history counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from launcher.core.logs.history.conditions import Compare, Condition
from launcher.core.logs.requests import RequestLog

from .fields import FAILED, LOOPED, SLOW
from .older_tally import OlderTally
from .predicates import Predicate, predicate
from .quick import STATIC, ruled_out

__all__ = ["SLICE", "SLICE_SECONDS", "Tally"]

SLICE_SECONDS = 0.003
"""After so long the next sync goes on."""
SLICE = 50
"""Rows between two looks at the clock."""

_FAILED, _SLOW, _STATIC, _LOOPED, _QUERYING, _RULED = (1 << bit for bit in range(6))
_MADE_QUERIES = Compare("sql_total", ">", 0)


def _nothing() -> None:
    """Nobody has to know."""


class Tally:
    """The counts of one log.

    :param changed: called when the history has counted more
    """

    def __init__(self, log: RequestLog, changed: Callable[[], None] = _nothing) -> None:
        self._log = log
        self._older = OlderTally(log, changed)
        self._cursor = log.cursor()
        self._conditions: list[tuple[int, Condition]] = [
            (_FAILED, FAILED),
            (_SLOW, SLOW),
            (_STATIC, STATIC),
            (_LOOPED, LOOPED),
            (_QUERYING, _MADE_QUERIES),
        ]
        self._always = len(self._conditions)
        self._tests: list[tuple[int, Predicate]] = []
        self._marks: dict[int, int] = {}
        self._changed: set[int] = set()  # looked at, and another one since
        self._counts: dict[int, int] = {}
        self._first = self._next = 0
        self._start_over()

    def set_rules(self, rules: Sequence[str]) -> None:
        """Count for other rules, from the beginning."""
        del self._conditions[self._always :]
        if rules:
            self._conditions.append((_RULED, ruled_out(rules)))
        self._start_over()

    @property
    def failed(self) -> int:
        """Requests that failed."""
        return self._count_of(_FAILED)

    @property
    def slow(self) -> int:
        """Slow ones."""
        return self._count_of(_SLOW)

    @property
    def static(self) -> int:
        """Static files that the chip hides."""
        return self._count_of(_STATIC)

    @property
    def looped(self) -> int:
        """Requests that make queries in a loop."""
        return self._count_of(_LOOPED)

    @property
    def querying(self) -> int:
        """Requests that make queries at all."""
        return self._count_of(_QUERYING)

    @property
    def ruled(self) -> int:
        """What the rules hide."""
        return self._count_of(_RULED)

    def _count_of(self, mark: int) -> int:
        return self._counts[mark] + self._older.counts.get(mark, 0)

    def sync(self) -> bool:
        """Catch up with the log; returns whether there is more to do than could be done at once."""
        log, cursor = self._log, self._cursor
        first = max(log.first, log.oldest)
        if first < self._first:  # Clear has been undone
            self._start_over()
        elif first > self._first:
            self._first = first
            gone = [self._marks.pop(number) for number in list(self._marks) if number < first]
            for marks in gone:
                self._count(marks, -1)
            self._older.add(gone)
        self._changed.update(number for number in cursor.changed if number < self._next)
        cursor.changed.clear()
        cursor.first, cursor.end = log.first, log.end
        if self._next < log.first or any(number < log.first for number in self._changed):
            self._older.forget()  # rows have left the memory before they were looked at
        self._older.sync(self._conditions)
        return self._go_on(first)

    def _go_on(self, first: int) -> bool:
        """Look at rows until the time is up; returns whether there are more.

        :param first: the oldest that counts
        """
        until = time.monotonic() + SLICE_SECONDS
        waiting = sorted(number for number in self._changed if number >= first)
        self._changed.clear()
        self._next = max(self._next, first)
        while waiting or self._next < self._log.end:
            portion: Sequence[int] = waiting[-SLICE:]
            if portion:
                del waiting[-SLICE:]
            else:
                portion = range(self._next, min(self._next + SLICE, self._log.end))
                self._next = portion.stop
            self._look(portion)
            if time.monotonic() > until:
                break
        self._changed.update(waiting)
        return bool(waiting) or self._next < self._log.end

    def _start_over(self) -> None:
        self._tests = [(mark, predicate(condition)) for mark, condition in self._conditions]
        self._marks = {}
        self._changed.clear()
        self._counts = dict.fromkeys((_FAILED, _SLOW, _STATIC, _LOOPED, _QUERYING, _RULED), 0)
        self._first = self._next = max(self._log.first, self._log.oldest)

    def _look(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            row = self._log.get(number)
            old = self._marks.pop(number, 0)
            new = 0
            if row is not None:
                for mark, test in self._tests:
                    if test(row):
                        new |= mark
            if new:
                self._marks[number] = new
            if new != old:
                self._count(old, -1)
                self._count(new, 1)

    def _count(self, marks: int, by: int) -> None:
        for mark in self._counts:
            if marks & mark:
                self._counts[mark] += by
