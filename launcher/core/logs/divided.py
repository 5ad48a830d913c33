"""A view of the requests with the dividers between them; pure data, on the thread of its logs.

To whom reads it, it is a :class:`~launcher.core.logs.view.View` with more positions: a divider has
one, but no row and no number. Dividers stand where they belong as long as the rows are in the order
of arrival; in any other order they would mean nothing, and are left out.

Each divider is kept as the position, in the view beneath, of the row that it stands before. Rows
that are appended change none of these, so the usual case costs nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Generic, TypeVar

from .dividers import Divider, DividerLog
from .orders import ARRIVAL, Filter, Order
from .rows import Log
from .view import Change, Kind, Listener, Progress, View

__all__ = ["DividedView"]

T = TypeVar("T")


def _ignore(_change: Change) -> None:
    pass


class DividedView(Generic[T]):
    """The rows of a view, and between them the dividers.

    :param log: the log that the view is of
    :param view: nobody else may listen to it
    """

    def __init__(self, log: Log[T], view: View[T], dividers: DividerLog) -> None:
        self._log = log
        self._view = view
        self._dividers = dividers
        self._ordered = True
        self._before: Listener = _ignore
        self._after: Listener = _ignore
        self._changes: list[Change] = []
        self._announced: Change | None = None
        # In step: the dividers that are shown, before which position of the view each stands, and
        # at which position of ours.
        self._numbers: list[int] = []
        self._at: list[int] = []
        self._places: list[int] = []
        self._next = self._first = dividers.first
        self._oldest = log.oldest
        self._arrange_dividers()
        view.listen(self._rows_before, self._rows_after)

    def listen(self, before: Listener, after: Listener) -> None:
        """Have each change reported, before and after it is made; see :meth:`View.listen`."""
        self._before, self._after = before, after

    def arrange(self, filter: Filter[T] | None = None, order: Order[T] = ARRIVAL) -> None:
        """Use another filter and order: one reset; see :meth:`View.arrange`."""
        self._ordered = order.key is None and not order.descending
        self._view.arrange(filter, order)

    # What is asked

    @property
    def progress(self) -> Progress | None:
        """How far a filter or a sort is; see :attr:`View.progress`."""
        return self._view.progress

    @property
    def filter(self) -> Filter[T] | None:
        """What says which rows are shown; None for all."""
        return self._view.filter

    @property
    def order(self) -> Order[T]:
        """What is sorted by."""
        return self._view.order

    def __len__(self) -> int:
        return len(self._view) + len(self._at)

    @property
    def rows(self) -> int:
        """How many rows there are, without the dividers."""
        return len(self._view)

    @property
    def total(self) -> int:
        """How many there were when the log was last looked at; see :attr:`View.total`."""
        return self._view.total

    @property
    def waiting(self) -> int:
        """How many rows have come since then; see :attr:`View.waiting`."""
        return self._view.waiting

    def number(self, position: int) -> int | None:
        """The number of the row at a position; None at a divider, or where nothing is."""
        below = self._below(position)
        return None if below is None else self._view.number(below)

    def row(self, position: int) -> T | None:
        """The row at a position; None at a divider, or where the log has dropped it."""
        below = self._below(position)
        return None if below is None else self._view.row(below)

    def divider(self, position: int) -> Divider | None:
        """The divider at a position; None at a row."""
        number = self.divider_number(position)
        return None if number is None else self._dividers.get(number)

    def divider_number(self, position: int) -> int | None:
        """The number, in their log, of the divider at a position; None at a row."""
        index = bisect_left(self._places, position)
        found = index < len(self._places) and self._places[index] == position
        return self._numbers[index] if found else None

    def position(self, number: int) -> int | None:
        """Where the row with that number is, or None where it isn't shown."""
        below = self._view.position(number)
        return None if below is None else self._above(below)

    def absence(self, position: int) -> str:
        """Why there is no row at a position; see :meth:`Log.absence`."""
        number = self.number(position)
        return "" if number is None else self._log.absence(number)

    def is_dropped(self, number: int) -> bool:
        """Whether a row isn't shown any more, since there is no room for it or Clear hides it."""
        return number < self._log.oldest

    # Catching up

    def sync(self) -> list[Change]:
        """Take over what has happened in both logs; returns what was changed."""
        self._changes = []
        oldest, first = self._log.oldest, self._dividers.first
        again = oldest < self._oldest or first < self._first
        self._oldest, self._first = oldest, first
        if again or (self._numbers and self._numbers[0] < first):
            # Rows of before are shown, or the dividers have been cleared: all of it is one reset.
            self._reset_with(self._view.sync)
            return self._changes
        self._view.sync()
        self._drop_stale()
        for number in range(max(self._next, self._dividers.first), self._dividers.end):
            self._insert(number)
        self._next = self._dividers.end
        return self._changes

    def _reset_with(self, action: Callable[[], object]) -> None:
        before, after = self._before, self._after
        before(Change(Kind.RESET, 0, len(self)))
        self._before = self._after = _ignore
        action()
        self._before, self._after = before, after
        self._arrange_dividers()
        change = Change(Kind.RESET, 0, len(self))
        after(change)
        self._changes = [change]

    def _arrange_dividers(self) -> None:
        """Find the place of each divider anew."""
        self._numbers, self._at = [], []
        self._next = self._dividers.end
        if self._ordered:
            for number in range(self._dividers.first, self._next):
                divider = self._dividers.get(number)
                if divider is not None and divider.before >= self._log.oldest:
                    self._numbers.append(number)
                    self._at.append(self._find(divider.before))
        self._number_places()

    def _insert(self, number: int) -> None:
        """Show a divider that is new; it comes after all others."""
        divider = self._dividers.get(number)
        if not self._ordered or divider is None or divider.before < self._log.oldest:
            return
        self._add(len(self._at), number, self._find(divider.before))

    def _add(self, index: int, number: int, at: int) -> None:
        change = Change(Kind.ADDED, at + index, at + index + 1)
        self._before(change)
        self._numbers.insert(index, number)
        self._at.insert(index, at)
        self._number_places()
        self._made(change)

    def _drop_stale(self) -> None:
        """Dividers go with the rows that they stood before."""
        first = self._log.oldest
        count = 0
        for number, at in zip(self._numbers, self._at, strict=True):
            divider = self._dividers.get(number)
            if at or (divider is not None and divider.before >= first):
                break
            count += 1
        if count:
            change = Change(Kind.REMOVED, 0, count)
            self._before(change)
            del self._numbers[:count], self._at[:count]
            self._number_places()
            self._made(change)

    # What happens to the view beneath

    def _rows_before(self, change: Change) -> None:
        start, stop = change.start, change.stop
        if change.kind is Kind.RESET:
            ours = Change(Kind.RESET, 0, len(self))
        elif change.kind is Kind.ADDED:
            # What stands before this place stays before it; put right afterwards where it is wrong.
            place = start + bisect_right(self._at, start)
            ours = Change(Kind.ADDED, place, place + change.count)
        elif change.kind is Kind.CHANGED:
            ours = Change(Kind.CHANGED, self._above(start), self._above(stop - 1) + 1)
        else:
            ours = self._removal(start, stop)
        self._announced = ours
        self._before(ours)

    def _removal(self, start: int, stop: int) -> Change:
        """The range that goes with rows; with dividers in the midst of it that stay, a reset."""
        if not start and all(
            self._is_stale(number) for number in self._numbers[: bisect_left(self._at, stop)]
        ):
            return Change(Kind.REMOVED, 0, stop + bisect_left(self._at, stop))
        if bisect_right(self._at, start) < bisect_left(self._at, stop):
            return Change(Kind.RESET, 0, len(self))
        place = self._above(start)
        return Change(Kind.REMOVED, place, place + stop - start)

    def _is_stale(self, number: int) -> bool:
        divider = self._dividers.get(number)
        return divider is None or divider.before < self._log.oldest

    def _rows_after(self, change: Change) -> None:
        ours, self._announced = self._announced, None
        assert ours is not None
        start, stop, count = change.start, change.stop, change.count
        if ours.kind is Kind.RESET:
            self._arrange_dividers()
            ours = Change(Kind.RESET, 0, len(self))
        elif change.kind is Kind.ADDED and self._at and self._at[-1] > start:
            self._at = [at if at <= start else at + count for at in self._at]
            self._number_places()
        elif change.kind is Kind.REMOVED:
            kept = 0 if start or ours.count == count else bisect_left(self._at, stop)
            del self._numbers[:kept]
            self._at = [at if at <= start else max(start, at - count) for at in self._at[kept:]]
            self._number_places()
        self._made(ours)
        if change.kind is Kind.ADDED and self._at and self._at[-1] >= start:
            self._put_right(start)

    def _put_right(self, start: int) -> None:
        """Move the dividers behind rows that were put in between, where they belong."""
        last = bisect_right(self._at, start) - 1
        for index in range(last, bisect_left(self._at, start) - 1, -1):
            number = self._numbers[index]
            divider = self._dividers.get(number)
            at = start if divider is None else self._find(divider.before)
            if at == start:
                return
            change = Change(Kind.REMOVED, start + index, start + index + 1)
            self._before(change)
            del self._numbers[index], self._at[index]
            self._number_places()
            self._made(change)
            self._add(index, number, at)

    # Positions

    def _made(self, change: Change) -> None:
        self._after(change)
        self._changes.append(change)

    def _find(self, number: int) -> int:
        """The position, in the view beneath, of the first row with that number or a higher one."""
        view = self._view
        end = len(view)
        newest = view.number(end - 1)
        if newest is None or newest < number:
            return end
        return bisect_left(range(end), number, key=lambda position: view.number(position) or 0)

    def _number_places(self) -> None:
        self._places = [at + index for index, at in enumerate(self._at)]

    def _above(self, below: int) -> int:
        """Our position of a position in the view beneath."""
        return below + bisect_right(self._at, below)

    def _below(self, position: int) -> int | None:
        """The position in the view beneath; None at a divider."""
        index = bisect_left(self._places, position)
        if index < len(self._places) and self._places[index] == position:
            return None
        return position - index
