"""What is shown of a log, and in which order: a list of row numbers between store and table.

Pure data without locks, on the thread of its log, which in the window is the GUI thread. A log
knows nothing of its views; there may be several. :meth:`View.sync` catches up with the log, by what
was appended, dropped and replaced since the last call, and not by going through all rows.

Three lists come into play. Rows in the order of arrival without a filter are a ``range``: such a
view costs nothing, however many rows there are. With a filter they are an array of numbers. With a
sort key they are keys and numbers side by side (:class:`~launcher.core.logs.listed.Listed`), found
by bisection. Descending order is the same list, counted from its end.

Each change is reported twice, before and after it is made, since a Qt model has to announce it
before it is visible. A batch is reported as few ranges: what lies side by side is one. Where it
would be more than :data:`MAX_RANGES`, because the rows of a batch are scattered over a sorted list,
the list is made anew in one pass and reported as one reset.

**Many rows.** A filter isn't applied to all rows at once, which would hold up the window. Rows in
memory are looked at in slices of some milliseconds, the newest first; :attr:`View.progress` says
how far it is, and each further :meth:`View.sync` goes on. Then the log's archive is asked for what
isn't in memory: it searches elsewhere, and what it finds arrives in parts, which the next ``sync``
puts in front. A sort takes longer: until it is done the rows that come first are shown, with those
in memory, and then all of them by one reset. What comes in or changes meanwhile is put in place as
ever.
"""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from .listed import Listed
from .orders import ARRIVAL, Filter, Order
from .rows import Log
from .view_changes import Change, Kind, Listener, Progress, ranges_of
from .view_search import ArchiveSearch

__all__ = ["MAX_RANGES", "Change", "Filter", "Kind", "Listener", "Order", "Progress", "View"]

T = TypeVar("T")

MAX_RANGES = 100
"""How many ranges are added or removed one by one."""

_FIRST_SLICE = 1  # a single row may take long, where a body is searched
_SLICE = 500
_SLICE_SECONDS = 0.008
_QUICK_SECONDS = 0.001


def _ignore(_change: Change) -> None:
    pass


class View(Generic[T]):
    """The rows of a log that pass a filter, in an order.

    Until the next :meth:`sync`, positions and numbers stay as they were, also when the log has
    dropped a row: such a row is None.

    :param filter: decides which rows are shown; all of them by default
    :param order: what is sorted by; by default the order is that of arrival
    """

    def __init__(
        self, log: Log[T], filter: Filter[T] | None = None, order: Order[T] = ARRIVAL
    ) -> None:
        self._log = log
        self._cursor = log.cursor()
        self._before: Listener = _ignore
        self._after: Listener = _ignore
        self._search = ArchiveSearch(log)
        self._arrange(filter, order)

    def listen(self, before: Listener, after: Listener) -> None:
        """Have each change reported, on the thread of :meth:`sync`.

        :param before: called when the view is still as it was
        :param after: called when the change is made
        """
        self._before, self._after = before, after

    def arrange(self, filter: Filter[T] | None = None, order: Order[T] = ARRIVAL) -> None:
        """Use another filter and order: one reset. What was still being looked for isn't any more.

        The parameters are the constructor's.
        """
        self._before(Change(Kind.RESET, 0, len(self)))
        self._arrange(filter, order)
        self._after(Change(Kind.RESET, 0, len(self)))

    # What is asked

    @property
    def total(self) -> int:
        """How many rows the log had when it was last looked at; as many are shown, or fewer."""
        return self._cursor.end - self._lower

    @property
    def waiting(self) -> int:
        """How many rows have come since the log was last looked at."""
        return self._log.end - self._cursor.end

    def __len__(self) -> int:
        return len(self._items)

    @property
    def progress(self) -> Progress | None:
        """How far it is; None where everything has been looked at."""
        if self._backlog is None and not self._search.is_pending:
            return None
        total = self._log.end - self._lower
        looked = self._log.end - (self._backlog or (self._looked, self._looked))[1]
        return Progress(min(looked + self._search.searched, total), total)

    @property
    def filter(self) -> Filter[T] | None:
        """What says which rows are shown; None for all."""
        return self._filter

    @property
    def order(self) -> Order[T]:
        """What is sorted by."""
        return self._order

    def number(self, position: int) -> int | None:
        """The number of the row at a position, or None where there is no such position."""
        if not 0 <= position < len(self._items):
            return None
        number: int = self._items.numbers[self._mirrored(position)]
        return number

    def row(self, position: int) -> T | None:
        """The row at a position, or None where there is none, the log has dropped it, or it is
        being read."""
        number = self.number(position)
        return None if number is None else self._log.get(number)

    def position(self, number: int) -> int | None:
        """Where the row with that number is, or None where it isn't shown."""
        index = self._index(number)
        return None if index is None else self._mirrored(index)

    def numbers(self) -> list[int]:
        """All numbers in their order."""
        numbers = list(self._items.numbers)
        return numbers[::-1] if self._order.descending else numbers

    def is_dropped(self, number: int) -> bool:
        """Whether a row isn't shown any more, since there is no room for it or Clear hides it."""
        return number < self._log.oldest

    # Catching up

    def sync(self) -> list[Change]:
        """Take over what has happened in the log since the last call; returns what was changed.

        Removals come first, then additions, then rows that were replaced: of these the one range
        that has all of them in it. Then a filter goes on, if it isn't through with all rows.
        """
        log, cursor = self._log, self._cursor
        old_lower, old_first, old_end = self._lower, cursor.first, cursor.end
        lower, first, end = log.oldest, log.first, log.end
        simple = isinstance(self._items.numbers, range)
        if (
            log.epoch != self._epoch
            or (lower >= old_end and len(self))
            or (lower < old_lower and not simple)  # shown again, or found in the history
            or (first > old_end and not simple)  # rows that were never looked at
            or (lower > old_lower and self._search.is_pending)
            or (not simple and any(old_first <= number < first for number in cursor.changed))
        ):
            return self._reset()
        changed = sorted(number for number in cursor.changed if number >= lower)
        self._move_cursor()
        changes: list[Change] = []
        if simple:
            self._slide(lower, end, changes)
        else:
            removed = self._trimmed(old_lower, lower)
            for number in range(old_first, first):  # from memory into the history
                self._placed.pop(number, None)
            added = [
                item
                for number, row in enumerate(log.since(old_end), max(old_end, first))
                if number >= lower and (item := self._wanted(number, row)) is not None
            ]
            recent = [number for number in changed if number >= first]
            if self._keyed and self._backlog is not None:
                self._gathered += added  # sorted in with the others
                added = []
            stay = self._sort_out(recent, removed, added)
            changed = [number for number in changed if number < first] + stay
            self._remove_and_add(removed, added, changes)
        self._replace(changed, changes)
        self._go_on(changes)
        return changes

    def _move_cursor(self) -> None:
        cursor, log = self._cursor, self._log
        self._lower = log.oldest
        self._epoch = log.epoch
        cursor.first, cursor.end = log.first, log.end
        cursor.changed.clear()

    def _reset(self) -> list[Change]:
        self.arrange(self._filter, self._order)
        return [Change(Kind.RESET, 0, len(self))]

    # Going through the rows

    def _arrange(self, filter: Filter[T] | None, order: Order[T]) -> None:
        self._search.stop()
        self._search = ArchiveSearch(self._log)
        self._filter, self._order = filter, order
        self._keyed = order.key is not None
        self._placed: dict[int, Any] = {}
        self._move_cursor()
        low, end = max(self._lower, self._log.first), self._log.end
        self._backlog: tuple[int, int] | None = None
        self._gathered: list[Any] = []
        self._looked = end
        if filter is None and not self._keyed:
            self._items = Listed(range(self._lower, end))
            return
        self._items = Listed.of((), keyed=self._keyed)
        self._backlog = (low, end)
        self._look()

    def _go_on(self, changes: list[Change]) -> None:
        """Take what the archive has found, or look at the next slice of the rows in memory."""
        search = self._search
        if first := search.take_first():
            with self._reset_reported(changes):
                self._items = self._items.spliced((), first)
        if (whole := search.take_sorted(self._items)) is not None:
            with self._reset_reported(changes):
                self._items = whole
        while search.parts:
            self._put_in_front(search.parts.popleft(), changes)
        if self._backlog is None:
            return
        if self._keyed:
            if self._look_further():
                with self._reset_reported(changes):
                    self._look_through()
            return
        self._put_in_front(self._next_slices(), changes)

    def _look(self) -> None:
        """The first slices, within a reset."""
        if not self._keyed:
            self._items = Listed.of(self._next_slices(), keyed=False)
        elif self._look_further():
            self._look_through()

    def _look_further(self) -> bool:
        """Gather what is to be sorted; returns whether that is all."""
        self._gathered += self._next_slices()
        return self._backlog is None

    def _look_through(self) -> None:
        """All rows in memory are known: sort them in, and have the archive sort the others."""
        gathered, self._gathered = self._gathered, []
        self._remember(gathered)
        self._items = self._items.spliced((), gathered)
        self._search.sort(self._filter, self._order, self._lower, self._looked, self._items)

    def _next_slices(self) -> list[Any]:
        """The items of as many rows as can be looked at in some milliseconds, the newest first;
        in order."""
        slices: list[list[Any]] = []
        now = time.monotonic()
        until = now + _SLICE_SECONDS
        size = _FIRST_SLICE
        while self._backlog is not None:
            low = max(self._backlog[0], self._log.first, self._lower)
            high = self._backlog[1]
            start, began = max(low, high - size), now
            if start < high:
                slices.append(
                    [
                        item
                        for number, row in enumerate(self._log.between(start, high), start)
                        if (item := self._wanted(number, row)) is not None
                    ]
                )
            if start <= low:
                self._backlog, self._looked = None, min(high, low)
                if not self._keyed and self._filter is not None:
                    self._search.find(self._filter, self._lower, self._looked)
                break
            self._backlog = (low, start)
            now = time.monotonic()
            if now - began < _QUICK_SECONDS:
                size = min(2 * size, _SLICE)
            if now > until:
                self._log.wake()
                break
        return [item for found in reversed(slices) for item in found]

    def _put_in_front(self, numbers: Sequence[int], changes: list[Change]) -> None:
        if numbers:
            more = self._range(Kind.ADDED, 0, len(numbers), len(self) + len(numbers))
            with self._reported(more, changes):
                self._items.insert(0, numbers)

    # Items: a number, or with a key (key, number)

    def _wanted(self, number: int, row: T) -> Any:
        """The row's item, or None where the filter leaves it out."""
        if self._filter is not None and not self._filter.keep(row):
            return None
        key = self._order.key
        return number if key is None else (key(row), number)

    def _remember(self, items: Iterable[Any]) -> None:
        """Keep by which key each row in memory was placed: it may have another one by now."""
        if self._keyed:
            self._placed.update((item[1], item) for item in items)

    def _index(self, number: int) -> int | None:
        """Where a number is in the ascending list."""
        numbers = self._items.numbers
        if isinstance(numbers, range):
            return number - numbers.start if number in numbers else None
        if not self._keyed:
            return self._items.find(number)
        item = self._placed.get(number)
        if item is not None:
            return self._items.find(item)
        if number >= self._log.first:
            return None
        try:
            return numbers.index(number)
        except ValueError:
            return None

    def _mirrored(self, index: int) -> int:
        return len(self._items) - 1 - index if self._order.descending else index

    def _range(self, kind: Kind, start: int, stop: int, length: int) -> Change:
        """A range of the ascending list, as positions in a view of that length."""
        if self._order.descending:
            start, stop = length - stop, length - start
        return Change(kind, start, stop)

    # Changes of the list

    def _slide(self, lower: int, end: int, changes: list[Change]) -> None:
        """The list without filter and key: its range moves on."""
        old = self._items.numbers
        assert isinstance(old, range)
        if not old:
            old = self._set_range(lower, lower)
        if lower > old.start:
            with self._reported(self._range(Kind.REMOVED, 0, lower - old.start, len(old)), changes):
                old = self._set_range(lower, old.stop)
        elif lower < old.start:
            more = old.start - lower
            with self._reported(self._range(Kind.ADDED, 0, more, len(old) + more), changes):
                old = self._set_range(lower, old.stop)
        if end > old.stop:
            length = end - lower
            with self._reported(self._range(Kind.ADDED, len(old), length, length), changes):
                self._set_range(lower, end)

    def _set_range(self, start: int, stop: int) -> range:
        numbers = range(start, stop)
        self._items = Listed(numbers)
        return numbers

    def _trimmed(self, old_lower: int, lower: int) -> list[Any]:
        """The items of the rows that aren't shown any more."""
        items = self._items
        if lower <= old_lower:
            return []
        if not self._keyed:
            return list(items.numbers[: items.place(lower)])
        return [items.item(at) for at, number in enumerate(items.numbers) if number < lower]

    def _sort_out(self, changed: list[int], removed: list[Any], added: list[Any]) -> list[int]:
        """Divide replaced rows into those that come, go or move, and those that stay in place.

        Those that haven't been looked at yet are none of these.

        :returns: the numbers of those that stay
        """
        stay = []
        ahead = 0 if self._backlog is None else self._backlog[1]
        waiting = {item[1]: item for item in self._gathered} if self._keyed and changed else {}
        for number in changed:
            row = self._log.get(number)
            if number < ahead or row is None:
                continue
            new = self._wanted(number, row)
            if self._backlog is not None and self._keyed:  # gathered, and not shown yet
                waiting.pop(number, None)
                if new is not None:
                    waiting[number] = new
                continue
            index = self._index(number)
            old = None if index is None else self._items.item(index)
            if old is not None and old == new:
                stay.append(number)
                continue
            if old is not None:
                removed.append(old)
            if new is not None:
                added.append(new)
        if self._backlog is not None and self._keyed and changed:
            self._gathered = list(waiting.values())
        return stay

    def _remove_and_add(self, removed: list[Any], added: list[Any], changes: list[Change]) -> None:
        """Take items out and put items in, range by range, or all at once where that is many."""
        items = self._items
        if self._keyed:
            for item in removed:
                self._placed.pop(item[1], None)
            self._remember(added)
        gone = sorted(items.place(item) for item in removed)
        ranges = ranges_of(gone)
        if len(ranges) + len({items.place(item) for item in added}) > MAX_RANGES:
            with self._reset_reported(changes):
                self._items = items.spliced(gone, added)
            return
        for start, stop in reversed(ranges):
            with self._reported(self._range(Kind.REMOVED, start, stop, len(items)), changes):
                items.delete(start, stop)
        groups: dict[int, list[Any]] = {}
        for item in added:
            insort(groups.setdefault(items.place(item), []), item)
        for start in sorted(groups, reverse=True):
            more = groups[start]
            length = len(items) + len(more)
            change = self._range(Kind.ADDED, start, start + len(more), length)
            with self._reported(change, changes):
                items.insert(start, more)

    def _replace(self, changed: list[int], changes: list[Change]) -> None:
        if not changed or not len(self):
            return
        first = self._log.first
        if self._keyed and changed[0] < first:  # to find each of these would take long
            low, high = 0, len(self)
        else:
            places = [at for number in changed if (at := self.position(number)) is not None]
            low, high = min(places, default=0), max(places, default=-1) + 1
        if low < high:
            with self._reported(Change(Kind.CHANGED, low, high), changes):
                pass  # the rows are in the log already

    @contextmanager
    def _reported(self, change: Change, changes: list[Change]) -> Iterator[None]:
        """Report a change before and after the body makes it."""
        self._before(change)
        yield
        self._after(change)
        changes.append(change)

    @contextmanager
    def _reset_reported(self, changes: list[Change]) -> Iterator[None]:
        """Report that all of it may be other rows."""
        self._before(Change(Kind.RESET, 0, len(self)))
        yield
        change = Change(Kind.RESET, 0, len(self))
        self._after(change)
        changes.append(change)
