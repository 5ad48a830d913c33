"""A log that is filled by hand, and what a table would show of a view of it."""

from __future__ import annotations

from typing import NamedTuple

from launcher.core.logs.history.conditions import All
from launcher.core.logs.rows import Log
from launcher.core.logs.view import Change, Filter, Kind, Order, View


class Item(NamedTuple):
    number: int
    size: int
    is_kept: bool


class ItemLog(Log[Item]):
    """A log that is filled by hand."""

    def add(self, *values: tuple[int, bool]) -> None:
        for size, is_kept in values:
            self._rows.append(Item(self.end, size, is_kept))

    def put(self, number: int, size: int, is_kept: bool) -> None:
        self._rows.replace(number, Item(number, size, is_kept))

    def clear(self) -> None:
        self._rows.clear()


def is_kept(item: Item) -> bool:
    return item.is_kept


def size(item: Item) -> int:
    return item.size


KEPT = Filter(is_kept, All(()))


def by_size(*, descending: bool = False) -> Order[Item]:
    return Order("size", size, descending)


class Mirror:
    """What a table would show that only hears of changes, as a Qt view does."""

    def __init__(self, view: View[Item]) -> None:
        self.view = view
        self.numbers = view.numbers()
        view.listen(self.before, self.after)

    def before(self, change: Change) -> None:
        assert self.numbers == self.view.numbers(), "announced when it is made already"
        if change.kind is Kind.REMOVED:
            assert 0 <= change.start < change.stop <= len(self.numbers)
            del self.numbers[change.start : change.stop]

    def after(self, change: Change) -> None:
        shown = self.view.numbers()
        if change.kind is Kind.ADDED:
            self.numbers[change.start : change.start] = shown[change.start : change.stop]
        elif change.kind is Kind.RESET:
            self.numbers = shown
        assert self.numbers == shown
