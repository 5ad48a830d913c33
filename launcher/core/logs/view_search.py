"""What a view asks of its log's archive: to search, or to sort, what isn't in memory.

The archive does so elsewhere, and reports in the view's thread. What it has found stays here, until
the view's next ``sync`` takes it; the log is woken so that it comes. One that was stopped takes
nothing more; the view begins another one.
"""

from __future__ import annotations

from array import array
from collections import deque
from typing import Any, Generic, TypeVar

from .listed import Keys, Listed
from .orders import Filter, Order
from .rows import Cancel, Log

__all__ = ["ArchiveSearch"]

T = TypeVar("T")


class ArchiveSearch(Generic[T]):
    """One search, or one sort.

    :ivar searched: how many rows have been gone through
    :ivar parts: what a search has found so far and is to be put in front, the newest first
    """

    def __init__(self, log: Log[T]) -> None:
        self._log = log
        self._cancel: Cancel | None = None
        self._is_running = False
        self._is_stopped = False
        self.searched = 0
        self.parts: deque[array[int]] = deque()
        self._first: list[tuple[Any, int]] = []
        self._previewed: set[tuple[Any, int]] = set()
        self._whole: Listed | None = None
        self._known: list[tuple[Any, int]] = []

    @property
    def is_pending(self) -> bool:
        """Whether something is to come, or has come and isn't taken yet."""
        return self._is_running or self._whole is not None or bool(self.parts)

    def stop(self) -> None:
        """Look no further, and report nothing more."""
        self._is_stopped = True
        cancel, self._cancel = self._cancel, None
        if cancel is not None and self._is_running:
            cancel()
        self._is_running = False

    def find(self, filter: Filter[T], low: int, high: int) -> None:
        """Have the archive look for rows between two numbers."""
        archive = self._log.archive
        if archive is None or low >= high:
            return

        def part(numbers: array[int], done: int, total: int) -> None:
            if self._is_stopped:
                return
            self.searched = done
            if done >= total:
                self._is_running = False
            self.parts.append(numbers)
            self._log.wake()

        self._is_running = True
        self._cancel = archive.find(filter, low, high, part)

    def sort(
        self, filter: Filter[T] | None, order: Order[T], low: int, high: int, rows: Listed
    ) -> None:
        """Have the archive sort what is between two numbers.

        :param rows: those in memory, which it is to sort in
        """
        archive = self._log.archive
        if archive is None or low >= high:
            return
        self._known = list(zip(rows.keys or (), rows.numbers, strict=True))

        def first(numbers: array[int], keys: Keys) -> None:
            if not self._is_stopped:
                self._first = list(zip(keys, numbers, strict=True))
                self._log.wake()

        def done(numbers: array[int], keys: Keys) -> None:
            if not self._is_stopped:
                self._whole = Listed(numbers, keys)
                self._is_running = False
                self._log.wake()

        self._is_running = True  # it may be over before it returns
        self._cancel = archive.sort(filter, order, low, high, self._known, first, done)

    def take_first(self) -> list[tuple[Any, int]]:
        """The rows that come first, to be shown until all are sorted; each time only once."""
        if self._whole is not None:
            return []
        first, self._first = self._first, []
        if first:
            self._previewed = set(first)
        return first

    def take_sorted(self, shown: Listed) -> Listed | None:
        """All rows that were sorted, with what has come in or changed meanwhile; once.

        :param shown: those that are shown by now
        """
        whole, self._whole = self._whole, None
        if whole is None:
            return None
        before, self._known = self._previewed.union(self._known), []
        self._first = []
        self._previewed = set()
        now = {shown.item(index) for index in range(len(shown))}
        gone = [index for item in before - now if (index := whole.find(item)) is not None]
        return whole.spliced(gone, now - before)
