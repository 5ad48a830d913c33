"""A bounded list whose rows keep their number for life, and what the logs of the window share.

Pure data without locks: it belongs to the thread that fills it, which in the window is the GUI
thread. A row's number counts up from 0 and is never given twice, so a number that is kept (by a
selection, or a link from an error to its request) leads to the same row again or to none.

A log is filled through its own methods. It is read by number (:meth:`Log.get`) or through a
:class:`~launcher.core.logs.view.View`, which has a :class:`Cursor` in it.

What memory has no room for may be had from the history: then the log has an :class:`Archive`, and
goes back further than its rows, below 0 to what was there before this window. :attr:`Log.first` is
the oldest row in memory, :attr:`Log.oldest` the oldest that can be shown. Clear hides all rows up
to now, by a floor under what is shown, and drops none, so that it can be undone.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from .listed import Keys
from .orders import Filter, Order

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Part = Callable[["array[int]", int, int], None]
"""Takes what a part of a search has found: numbers, ascending and all below those of the parts
before; how many rows have been gone through, and how many there are to go through."""

Sorted = Callable[["array[int]", Keys], None]
"""Takes the numbers of rows in their order, and the key of each."""

Cancel = Callable[[], None]
"""Ends a search; nothing is reported of it afterwards."""


class Archive(Protocol[T_co]):
    """The rows that aren't in memory; of the thread of its log, to which it reports everything.

    What it can't answer at once it reads elsewhere, and reports by ``Log.touch``.
    """

    @property
    def oldest(self) -> int:
        """The number of its oldest row; the log's first or more where it has none."""

    def get(self, number: int) -> T_co | None:
        """A row; None while it is being read, and where it isn't kept any more."""

    def is_missing(self, number: int) -> bool:
        """Whether it is known that a row isn't kept any more, or never was."""

    def find(self, filter: Filter[Any], low: int, high: int, part: Part) -> Cancel:
        """Look for rows from a number up to another, without it, the newest first."""

    def sort(
        self,
        filter: Filter[Any] | None,
        order: Order[Any],
        low: int,
        high: int,
        others: list[tuple[Any, int]],
        first: Sorted,
        done: Sorted,
    ) -> Cancel:
        """Sort rows from a number up to another, without it, together with others.

        :param others: keys and numbers, ascending
        :param first: where sorting takes long, takes those of the rows that come first in the order
            (in a descending one, the last of the list), without the others
        :param done: takes all of them
        """


def _rest() -> None:
    """Nobody has to be woken."""


class Cursor:
    """How far one reader of a log has come.

    :ivar first: the number of the oldest row when it last read
    :ivar end: one more than the number of the newest row then
    :ivar changed: the numbers below ``end`` whose rows have been replaced since
    """

    __slots__ = ("changed", "end", "first")

    def __init__(self, first: int, end: int) -> None:
        self.first = first
        self.end = end
        self.changed: set[int] = set()


class Rows(Generic[T]):
    """The newest rows of an endless series; the oldest are dropped in blocks.

    :param capacity: how many rows are kept at least, once there are that many
    :param block: how many more are let in before the oldest are dropped at one go
    """

    def __init__(self, capacity: int, block: int = 1000) -> None:
        self.capacity = capacity
        self.block = block
        self.first = 0
        self.dropped = 0
        self._items: list[T] = []
        self._cursors: list[Cursor] = []

    @property
    def end(self) -> int:
        """One more than the number of the newest row."""
        return self.first + len(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def get(self, number: int) -> T | None:
        """The row with that number, or None where it was dropped or never was."""
        index = number - self.first
        return self._items[index] if 0 <= index < len(self._items) else None

    def since(self, number: int) -> list[T]:
        """The rows with that number and above, the newest last."""
        return self._items[max(0, number - self.first) :]

    def between(self, start: int, stop: int) -> list[T]:
        """The rows from a number up to another, without it."""
        return self._items[max(0, start - self.first) : max(0, stop - self.first)]

    def append(self, item: T) -> list[T]:
        """Add the newest row, numbered :attr:`end`; returns the rows dropped to make room."""
        return self.extend((item,))

    def extend(self, items: Iterable[T]) -> list[T]:
        """Add rows, the newest last; returns the rows dropped to make room."""
        self._items.extend(items)
        excess = len(self._items) - self.capacity
        return self.drop(excess) if excess >= self.block else []

    def drop(self, count: int) -> list[T]:
        """Drop the oldest rows, so many of them; returns them."""
        gone = self._items[:count]
        del self._items[:count]
        self.first += len(gone)
        self.dropped += len(gone)
        return gone

    def replace(self, number: int, item: T) -> None:
        """Put a new value in place of a row; does nothing where the row is gone."""
        index = number - self.first
        if not 0 <= index < len(self._items):
            return
        self._items[index] = item
        for cursor in self._cursors:
            if number < cursor.end:
                cursor.changed.add(number)

    def set_front(self, items: Iterable[T]) -> None:
        """Put rows below number 0, in place of those that were there."""
        if self.first <= 0:
            before = list(items)
            self._items[: -self.first] = before
            self.first = -len(before)

    def touch(self, numbers: Iterable[int]) -> None:
        """What readers know of these rows isn't so any more."""
        changed = list(numbers)
        for cursor in self._cursors:
            cursor.changed.update(changed)

    def clear(self) -> None:
        """Drop all rows, without counting them as dropped. Their numbers are not used again."""
        self.first = self.end
        self._items.clear()
        self.dropped = 0

    def cursor(self) -> Cursor:
        """A cursor that has read everything up to now."""
        cursor = Cursor(self.first, self.end)
        self._cursors.append(cursor)
        return cursor


class Log(Generic[T]):
    """What can be read of every log: its rows, by their numbers.

    :param capacity: how many rows are kept in memory
    :param block: how many are dropped at one go
    :ivar archive: where those are that aren't in memory; None for nowhere; see :meth:`attach`
    :ivar epoch: how often there was another archive
    :ivar wake: called when views have something to take over that nobody else reports
    """

    def __init__(self, capacity: int, block: int) -> None:
        self._rows: Rows[T] = Rows(capacity, block)
        self._floors: list[int] = []
        self.archive: Archive[T] | None = None
        self.epoch = 0
        self.wake: Callable[[], None] = _rest

    @property
    def first(self) -> int:
        """The number of the oldest row in memory."""
        return self._rows.first

    @property
    def bottom(self) -> int:
        """The number of the oldest row that there is, hidden or not."""
        archive = self.archive
        return self.first if archive is None else min(archive.oldest, self.first)

    @property
    def oldest(self) -> int:
        """The number of the oldest row that is shown."""
        return max(self.bottom, self._floors[-1]) if self._floors else self.bottom

    @property
    def end(self) -> int:
        """One more than the number of the newest row: the number that the next one gets."""
        return self._rows.end

    @property
    def dropped(self) -> int:
        """How many rows came and had to make room, and can't be had any more."""
        return 0 if self.archive is not None else self._rows.dropped

    def attach(self, archive: Archive[T] | None, hidden: Iterable[int] = ()) -> None:
        """Have rows that aren't in memory, from there; or no longer.

        :param hidden: up to which numbers Clear has hidden rows, ascending
        """
        self.archive = archive
        own = [floor for floor in self._floors if floor > 0]
        self._floors = [floor for floor in hidden if floor <= 0] + own
        self.epoch += 1
        self.wake()

    def is_of_another(self, number: int | None, epoch: int) -> bool:
        """Whether a number means another row now, since there is another archive.

        :param number: what a reader has of it; None for nothing
        :param epoch: what :attr:`epoch` was then
        """
        return number is not None and number < 0 and epoch != self.epoch

    def absence(self, number: int) -> str:
        """Why a row isn't there: ``"reading"``, ``"gone"``, or "" where the log has dropped it."""
        archive = self.archive
        if archive is None or number >= self.first:
            return ""
        return "gone" if archive.is_missing(number) else "reading"

    @property
    def hidden(self) -> int:
        """How many rows there are that Clear has hidden."""
        return self.oldest - self.bottom

    def hide(self, below: int | None = None) -> int:
        """Clear: hide what is there up to now; returns how many rows that are.

        :param below: hide only rows below this number
        """
        floor = self.end if below is None else below
        count = max(0, floor - self.oldest)
        if count:
            self._floors.append(floor)
        return count

    def unhide(self) -> int:
        """Show again what the last :meth:`hide` has hidden; returns how many rows that are."""
        if not self._floors:
            return 0
        before = self.oldest
        self._floors.pop()
        return before - self.oldest

    def set_capacity(self, capacity: int) -> None:
        """Keep so many rows in memory from now on; where there are more, they go with the next."""
        self._rows.capacity = capacity

    def touch(self, numbers: Iterable[int]) -> None:
        """Rows have come from the archive: have them painted anew."""
        self._rows.touch(numbers)
        self.wake()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows)

    def get(self, number: int) -> T | None:
        """The row with that number; None where it was dropped or never was, and while it is being
        read from the archive."""
        row = self._rows.get(number)
        if row is None and self.archive is not None and number < self.first:
            return self.archive.get(number)
        return row

    def between(self, start: int, stop: int) -> list[T]:
        """The rows in memory from a number up to another, without it."""
        return self._rows.between(start, stop)

    def since(self, number: int) -> list[T]:
        """The rows with that number and above, the newest last."""
        return self._rows.since(number)

    def cursor(self) -> Cursor:
        """A new reader's cursor; for :class:`~launcher.core.logs.view.View`."""
        return self._rows.cursor()
