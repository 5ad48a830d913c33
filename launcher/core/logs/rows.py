"""A bounded list whose rows keep their number for life, and what the logs of the window share.

Pure data without locks: it belongs to the thread that fills it, which in the window is the GUI
thread. A row's number counts up from 0 and is never given twice, so a number that is kept (by a
selection, or a link from an error to its request) leads to the same row again or to none.

A log is filled through its own methods. It is read by number (:meth:`Log.get`) or through a
:class:`~launcher.core.logs.view.View`, which has a :class:`Cursor` in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


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

    :param capacity: how many rows are kept
    :param block: how many are dropped at one go
    """

    def __init__(self, capacity: int, block: int) -> None:
        self._rows: Rows[T] = Rows(capacity, block)

    @property
    def first(self) -> int:
        """The number of the oldest row that is kept."""
        return self._rows.first

    @property
    def end(self) -> int:
        """One more than the number of the newest row: the number that the next one gets."""
        return self._rows.end

    @property
    def dropped(self) -> int:
        """How many rows came and had to make room since the log was last cleared."""
        return self._rows.dropped

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows)

    def get(self, number: int) -> T | None:
        """The row with that number, or None where it was dropped or never was."""
        return self._rows.get(number)

    def since(self, number: int) -> list[T]:
        """The rows with that number and above, the newest last."""
        return self._rows.since(number)

    def cursor(self) -> Cursor:
        """A new reader's cursor; for :class:`~launcher.core.logs.view.View`."""
        return self._rows.cursor()
