"""How many requests of the history each chip and rule stands for; on the thread of its log.

The history is asked for some rows at a time, and for the next when they have come, so that what a
user looks for meanwhile waits for one portion at the most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from launcher.core.logs.history.conditions import Condition
from launcher.core.logs.orders import Filter
from launcher.core.logs.requests import RequestLog
from launcher.core.logs.rows import Cancel

from .predicates import predicate

__all__ = ["PORTION", "OlderTally"]

PORTION = 100_000
"""Rows that the history is asked for at one go."""


class OlderTally:
    """The counts of the rows that aren't in memory.

    :param changed: called when more has been counted
    :ivar counts: by what a condition stands for
    """

    def __init__(self, log: RequestLog, changed: Callable[[], None]) -> None:
        self._log = log
        self._changed = changed
        self.counts: dict[int, int] = {}
        self._asked: tuple[object, ...] = ()
        self._jobs: deque[tuple[int, Condition, int, int]] = deque()
        self._cancel: Cancel | None = None

    def sync(self, conditions: Sequence[tuple[int, Condition]]) -> None:
        """Count anew where other rows are to be counted, or for other conditions.

        :param conditions: each with what it stands for
        """
        log = self._log
        asked = (log.epoch, log.oldest if log.archive is not None else None, *conditions)
        if asked == self._asked:
            return
        self._asked = asked
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        self.counts = dict.fromkeys((mark for mark, _ in conditions), 0)
        self._jobs.clear()
        if log.archive is not None:
            for high in range(log.first, log.oldest, -PORTION):
                low = max(log.oldest, high - PORTION)
                self._jobs += [(mark, condition, low, high) for mark, condition in conditions]
        self._next()

    def add(self, marks: Iterable[int]) -> None:
        """Rows have left the memory; each was counted for these."""
        if self._log.archive is not None:
            for row in marks:
                for mark in self.counts:
                    if row & mark:
                        self.counts[mark] += 1

    def forget(self) -> None:
        """Count anew with the next :meth:`sync`."""
        self._asked = ()

    def _next(self) -> None:
        archive = self._log.archive
        if not self._jobs or archive is None:
            return
        mark, condition, low, high = self._jobs.popleft()
        self._cancel = None
        wanted: Filter[Any] = Filter(predicate(condition), condition)
        cancel = archive.find(wanted, low, high, partial(self._found, mark))
        if self._cancel is None:
            self._cancel = cancel

    def _found(self, mark: int, numbers: Sequence[int], done: int, total: int) -> None:
        self.counts[mark] += len(numbers)
        if numbers:
            self._changed()
        if done >= total:
            self._next()
