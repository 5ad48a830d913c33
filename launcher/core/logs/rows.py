"""A bounded list whose rows keep their number for life: what the logs of the window are made of.

Pure data without locks: it belongs to the thread that fills it, which in the window is the GUI
thread. A row's number counts up from 0 and is never given twice, so whoever remembers a number
(a selection, a link from an error to its request) either finds the same row again or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


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
        self._changed: tuple[int, int] | None = None

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

    def append(self, item: T) -> list[T]:
        """Add the newest row, numbered :attr:`end`; returns the rows dropped to make room."""
        return self.extend((item,))

    def extend(self, items: Iterable[T]) -> list[T]:
        """Add rows, the newest last; returns the rows dropped to make room."""
        self._items.extend(items)
        excess = len(self._items) - self.capacity
        if excess < self.block:
            return []
        gone = self._items[:excess]
        del self._items[:excess]
        self.first += excess
        self.dropped += excess
        return gone

    def replace(self, number: int, item: T) -> None:
        """Put a new value in place of a row; does nothing where the row is gone."""
        index = number - self.first
        if not 0 <= index < len(self._items):
            return
        self._items[index] = item
        low, high = self._changed or (number, number)
        self._changed = (min(low, number), max(high, number))

    def clear(self) -> None:
        """Forget all rows. Their numbers are not used again."""
        self.first = self.end
        self._items.clear()
        self._changed = None
        self.dropped = 0

    def take_changed(self) -> tuple[int, int] | None:
        """The lowest and highest number replaced since the last call, or None."""
        changed, self._changed = self._changed, None
        return changed
