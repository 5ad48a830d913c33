"""What is shown of a log, and in which order: a list of row numbers between store and table.

Pure data without locks, on the thread of its log, which in the window is the GUI thread. A log
knows nothing of its views; there may be several. :meth:`View.sync` catches up with the log, by what
was appended, dropped and replaced since the last call, and not by going through all rows.

Three lists come into play. Rows in the order of arrival without a filter are a ``range``: such a
view costs nothing, however many rows there are. With a filter they are a sorted list of numbers.
With a sort key they are a sorted list of ``(key, number)``, so that equal keys stay in the order of
arrival and each row is found again by bisection. Descending order is the same list, counted from
its end.

Each change is reported twice, before and after it is made, since a Qt model has to announce it
before it is visible. A batch is reported as few ranges: what lies side by side is one. Where it
would be more than :data:`MAX_RANGES`, because the rows of a batch are scattered over a sorted list,
all is arranged anew and reported as one reset.
"""

from __future__ import annotations

import enum
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .rows import Log

T = TypeVar("T")

MAX_RANGES = 100
"""How many ranges are added or removed one by one."""


class Kind(enum.Enum):
    """What can happen to a view."""

    ADDED = enum.auto()
    REMOVED = enum.auto()
    CHANGED = enum.auto()
    RESET = enum.auto()


@dataclass(frozen=True, slots=True)
class Change:
    """A range of positions that something happens to.

    :param start: the first position: of rows added, where they are afterwards; of rows removed,
        where they were
    :param stop: one more than the last position
    """

    kind: Kind
    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many positions there are."""
        return self.stop - self.start


Listener = Callable[[Change], None]


def _ignore(_change: Change) -> None:
    pass


class View(Generic[T]):
    """The rows of a log that pass a filter, in an order.

    Until the next :meth:`sync`, positions and numbers stay as they were, also when the log has
    dropped a row: such a row is None.

    :param keep: says which rows are shown; all of them by default
    :param key: what is sorted by; its values must be comparable with each other. By default the
        order is that of arrival
    :param descending: the other way round
    """

    def __init__(
        self,
        log: Log[T],
        keep: Callable[[T], bool] | None = None,
        key: Callable[[T], Any] | None = None,
        *,
        descending: bool = False,
    ) -> None:
        self._log = log
        self._cursor = log.cursor()
        self._before: Listener = _ignore
        self._after: Listener = _ignore
        self._arrange(keep, key, descending)

    def listen(self, before: Listener, after: Listener) -> None:
        """Have each change reported, on the thread of :meth:`sync`.

        :param before: called when the view is still as it was
        :param after: called when the change is made
        """
        self._before, self._after = before, after

    def arrange(
        self,
        keep: Callable[[T], bool] | None = None,
        key: Callable[[T], Any] | None = None,
        *,
        descending: bool = False,
    ) -> None:
        """Use another filter and order: one reset. The parameters are the constructor's."""
        self._before(Change(Kind.RESET, 0, len(self)))
        self._arrange(keep, key, descending)
        self._after(Change(Kind.RESET, 0, len(self)))

    # What is asked

    def __len__(self) -> int:
        return len(self._items)

    def number(self, position: int) -> int | None:
        """The number of the row at a position, or None where there is no such position."""
        if not 0 <= position < len(self._items):
            return None
        return self._number(self._items[self._mirrored(position)])

    def row(self, position: int) -> T | None:
        """The row at a position, or None where there is none, or the log has dropped it."""
        number = self.number(position)
        return None if number is None else self._log.get(number)

    def position(self, number: int) -> int | None:
        """Where the row with that number is, or None where it isn't shown."""
        index = self._index(number)
        return None if index is None else self._mirrored(index)

    def numbers(self) -> list[int]:
        """All numbers in their order."""
        numbers = [self._number(item) for item in self._items]
        return numbers[::-1] if self._descending else numbers

    # Catching up

    def sync(self) -> list[Change]:
        """Take over what has happened in the log since the last call; returns what was changed.

        Removals come first, then additions, then rows that were replaced: of these the one range
        that has all of them in it.
        """
        log, cursor = self._log, self._cursor
        old_first, old_end = cursor.first, cursor.end
        first, end = log.first, log.end
        changed = sorted(number for number in cursor.changed if number >= first)
        if first >= old_end and len(self):
            return self._reset()
        self._move_cursor()
        changes: list[Change] = []
        if isinstance(self._items, range):
            self._slide(first, end, changes)
        else:
            removed = self._trimmed(old_first, first)
            added = [
                item
                for number, row in enumerate(log.since(old_end), max(old_end, first))
                if (item := self._wanted(number, row)) is not None
            ]
            changed = self._sort_out(changed, removed, added)
            if not (self._remove(removed, changes) and self._add(added, changes)):
                return self._reset()
        self._replace(changed, changes)
        return changes

    def _move_cursor(self) -> None:
        cursor = self._cursor
        cursor.first, cursor.end = self._log.first, self._log.end
        cursor.changed.clear()

    def _arrange(
        self, keep: Callable[[T], bool] | None, key: Callable[[T], Any] | None, descending: bool
    ) -> None:
        self._keep, self._key, self._descending = keep, key, descending
        self._placed: dict[int, Any] = {}
        self._move_cursor()
        first, end = self._cursor.first, self._cursor.end
        self._items: range | list[Any] = range(first, end)
        if keep is not None or key is not None:
            rows = enumerate(self._log, first)
            self._items = sorted(
                item for number, row in rows if (item := self._wanted(number, row)) is not None
            )
            self._remember(self._items)

    def _reset(self) -> list[Change]:
        self.arrange(self._keep, self._key, descending=self._descending)
        return [Change(Kind.RESET, 0, len(self))]

    # Items: a number, or with a key (key, number)

    def _number(self, item: Any) -> int:
        number: int = item if self._key is None else item[1]
        return number

    def _wanted(self, number: int, row: T) -> Any:
        """The row's item, or None where the filter leaves it out."""
        if self._keep is not None and not self._keep(row):
            return None
        return number if self._key is None else (self._key(row), number)

    def _remember(self, items: Iterable[Any]) -> None:
        """Keep by which key each row was placed: its row may have another one by now."""
        if self._key is not None:
            self._placed.update((item[1], item) for item in items)

    def _index(self, number: int) -> int | None:
        """Where a number is in the ascending list."""
        items = self._items
        if isinstance(items, range):
            return number - items.start if number in items else None
        item = number if self._key is None else self._placed.get(number)
        if item is None:
            return None
        index = bisect_left(items, item)
        return index if index < len(items) and items[index] == item else None

    def _mirrored(self, index: int) -> int:
        return len(self._items) - 1 - index if self._descending else index

    def _range(self, kind: Kind, start: int, stop: int, length: int) -> Change:
        """A range of the ascending list, as positions in a view of that length."""
        if self._descending:
            start, stop = length - stop, length - start
        return Change(kind, start, stop)

    # Changes of the list

    def _slide(self, first: int, end: int, changes: list[Change]) -> None:
        """The list without filter and key: its range moves on."""
        old = self._items
        assert isinstance(old, range)
        if first > old.start and len(old):
            gone = self._range(Kind.REMOVED, 0, first - old.start, len(old))
            with self._reported(gone, changes):
                self._items = range(first, old.stop)
        elif not len(old):
            self._items = range(first, first)
        kept = self._items
        if end > first + len(kept):
            more = self._range(Kind.ADDED, len(kept), end - first, end - first)
            with self._reported(more, changes):
                self._items = range(first, end)

    def _trimmed(self, old_first: int, first: int) -> list[Any]:
        """The items of the rows that the log has dropped."""
        if self._key is None:
            return list(self._items[: bisect_left(self._items, first)])
        placed = self._placed
        return [placed[number] for number in range(old_first, first) if number in placed]

    def _sort_out(self, changed: list[int], removed: list[Any], added: list[Any]) -> list[int]:
        """Divide replaced rows into those that come, go or move, and those that stay in place.

        :returns: the numbers of the latter
        """
        stay = []
        for number in changed:
            row = self._log.get(number)
            new = None if row is None else self._wanted(number, row)
            index = self._index(number)
            old = None if index is None else self._items[index]
            if old is not None and old == new:
                stay.append(number)
                continue
            if old is not None:
                removed.append(old)
            if new is not None:
                added.append(new)
        return stay

    def _remove(self, removed: list[Any], changes: list[Change]) -> bool:
        """Take items out, from the end on; False where they are in too many ranges."""
        items = self._items
        assert isinstance(items, list)
        indexes = sorted(bisect_left(items, item) for item in removed)
        ranges: list[list[int]] = []
        for index in indexes:
            if ranges and ranges[-1][1] == index:
                ranges[-1][1] += 1
            else:
                ranges.append([index, index + 1])
        if len(ranges) > MAX_RANGES:
            return False
        for start, stop in reversed(ranges):
            with self._reported(self._range(Kind.REMOVED, start, stop, len(items)), changes):
                del items[start:stop]
        for item in removed if self._key is not None else ():
            del self._placed[item[1]]
        return True

    def _add(self, added: list[Any], changes: list[Change]) -> bool:
        """Put items where they belong, from the end on; False where that is too many places."""
        items = self._items
        assert isinstance(items, list)
        ranges: dict[int, list[Any]] = {}
        for item in added:
            insort(ranges.setdefault(bisect_left(items, item), []), item)
        if len(ranges) > MAX_RANGES:
            return False
        self._remember(added)
        for start in sorted(ranges, reverse=True):
            more = ranges[start]
            length = len(items) + len(more)
            change = self._range(Kind.ADDED, start, start + len(more), length)
            with self._reported(change, changes):
                items[start:start] = more
        return True

    def _replace(self, changed: list[int], changes: list[Change]) -> None:
        places = [place for number in changed if (place := self.position(number)) is not None]
        if places:
            with self._reported(Change(Kind.CHANGED, min(places), max(places) + 1), changes):
                pass  # the rows are in the log already

    @contextmanager
    def _reported(self, change: Change, changes: list[Change]) -> Iterator[None]:
        """Report a change before and after the body makes it."""
        self._before(change)
        yield
        self._after(change)
        changes.append(change)
