"""The view over memory and an archive, beside a plain list that is made anew each time."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st
from viewed import KEPT, Item, ItemLog, Mirror, by_size, is_kept, size

from launcher.core.logs.orders import ARRIVAL, Filter, Order
from launcher.core.logs.rows import Cancel, Part, Sorted
from launcher.core.logs.view import Change, Kind, View


class Everything:
    """An archive that has every row that ever was, and answers when it is asked to."""

    def __init__(self, log: ItemLog, older: int) -> None:
        self.log = log
        self.oldest = -older
        self.rows = {n: Item(n, -n % 4, n % 3 == 0) for n in range(-older, 0)}
        self.previews = True
        self.waiting: deque[tuple[list[bool], Callable[[], None]]] = deque()

    def remember(self) -> None:
        self.rows.update((row.number, row) for row in self.log)

    def get(self, number: int) -> Item | None:
        return self.rows.get(number)

    def find(self, filter: Filter[Any], low: int, high: int, part: Part) -> Cancel:
        live = [True]
        for stop in range(high, low, -5):
            start = max(low, stop - 5)
            found = [n for n in range(start, stop) if filter.keep(self.rows[n])]
            self._later(live, lambda f=found, s=start: part(array("q", f), high - s, high - low))
        return lambda: live.clear()

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
        live = [True]
        key = order.key
        assert key is not None
        rows = [self.rows[n] for n in range(low, high)]
        items = [(key(row), row.number) for row in rows if filter is None or filter.keep(row)]
        few = sorted(items, reverse=order.descending)[:7]
        few.sort()
        if self.previews:
            self._later(live, lambda: first(array("q", [i[1] for i in few]), [i[0] for i in few]))
        items = sorted(items + others)
        self._later(live, lambda: done(array("q", [i[1] for i in items]), [i[0] for i in items]))
        return lambda: live.clear()

    def _later(self, live: list[bool], action: Callable[[], None]) -> None:
        self.waiting.append((live, action))

    def deliver(self) -> None:
        if self.waiting:
            live, action = self.waiting.popleft()
            if live:
                action()


Value = st.tuples(st.integers(0, 5), st.booleans())
Step = st.one_of(
    st.tuples(st.just("add"), st.lists(Value, max_size=12)),
    st.tuples(st.just("put"), st.integers(0, 60), Value),
    st.tuples(st.sampled_from(["hide", "unhide", "deliver", "sync"])),
)


@examples(100)
@given(
    steps=st.lists(Step, max_size=30),
    filter=st.sampled_from([None, KEPT]),
    order=st.sampled_from([ARRIVAL, ARRIVAL.reversed, by_size(), by_size(descending=True)]),
    older=st.integers(0, 30),
    previews=st.booleans(),
)
def test_it_shows_what_a_list_would(
    steps: list[tuple[Any, ...]],
    filter: Filter[Item] | None,
    order: Order[Item],
    older: int,
    previews: bool,
) -> None:
    log = ItemLog(capacity=15, block=4)
    log.archive = archive = Everything(log, older)
    archive.previews = previews
    view = View(log, filter, order)
    mirror = Mirror(view)
    floors = [-older]
    for kind, *values in steps:
        if kind == "add":
            for value in values[0]:
                log.add(value)
                archive.remember()
        elif kind == "put":
            log.put(values[0], *values[1])
            archive.remember()
        elif kind == "hide":
            if log.hide():
                floors.append(log.end)
        elif kind == "unhide":
            log.unhide()
            floors = floors[:1] if len(floors) == 1 else floors[:-1]
        elif kind == "deliver":
            archive.deliver()
        else:
            view.sync()
    view.sync()
    while view.progress is not None:
        archive.deliver()
        view.sync()
    rows = [archive.rows[number] for number in range(floors[-1], log.end)]
    rows = [row for row in rows if filter is None or is_kept(row)]
    rows.sort(key=lambda row: (0 if order.key is None else order.key(row), row.number))
    if order.descending:
        rows.reverse()
    assert view.numbers() == mirror.numbers == [row.number for row in rows]
    for position, row in enumerate(rows):
        assert view.position(row.number) == position
        assert view.row(position) == row
    assert log.hidden == floors[-1] + older


@pytest.fixture
def log() -> ItemLog:
    return ItemLog(capacity=15, block=4)


def test_rows_of_before_come_in_front_of_the_others(log: ItemLog) -> None:
    log.add((1, True), (2, True))
    view = View(log)
    log.archive = Everything(log, 1000)
    assert view.sync() == [Change(Kind.ADDED, 0, 1000)]
    assert (view.number(0), view.position(0)) == (-1000, 1000)


def test_nothing_goes_when_memory_drops_it(log: ItemLog) -> None:
    log.archive = archive = Everything(log, 0)
    view = View(log, KEPT)
    for number in range(40):
        log.add((number % 5, True))
        archive.remember()
    view.sync()
    while view.progress is not None:
        archive.deliver()
        view.sync()
    assert view.numbers() == list(range(40))
    assert (log.first, log.dropped) == (24, 0)


def test_what_comes_from_the_archive_is_painted_again(log: ItemLog) -> None:
    log.archive = archive = Everything(log, 10)
    archive.previews = False
    view, by_key = View(log), View(log, order=by_size())
    log.touch([-4, -3])
    assert view.sync() == [Change(Kind.CHANGED, 6, 8)]
    log.archive.waiting[0][1]()
    by_key.sync()
    log.touch([-4, -3])
    assert by_key.sync() == [Change(Kind.CHANGED, 0, 10)]


def test_a_slow_filter_goes_on_with_each_sync(
    log: ItemLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.core.logs.view._FIRST_SLICE", 4)
    monkeypatch.setattr("launcher.core.logs.view._SLICE", 4)
    monkeypatch.setattr("launcher.core.logs.view._SLICE_SECONDS", -1.0)
    log.add(*[(n, True) for n in range(10)])
    woken = []
    log.wake = lambda: woken.append(1)
    view = View(log, KEPT)
    assert view.numbers() == [6, 7, 8, 9]
    assert view.progress is not None
    assert (view.progress.done, view.progress.total) == (4, 10)
    log.put(1, 1, False)
    log.put(7, 7, False)
    log.add((1, True))
    view.sync()
    assert view.numbers() == [2, 3, 4, 5, 6, 8, 9, 10]
    view.sync()
    assert view.numbers() == [0, 2, 3, 4, 5, 6, 8, 9, 10]
    assert view.progress is None
    assert len(woken) == 2


def test_a_slow_sort_is_shown_when_all_is_looked_at(
    log: ItemLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.core.logs.view._FIRST_SLICE", 4)
    monkeypatch.setattr("launcher.core.logs.view._SLICE", 4)
    monkeypatch.setattr("launcher.core.logs.view._SLICE_SECONDS", -1.0)
    log.add(*[(n, True) for n in range(10)])
    view = View(log, order=Order("size", lambda item: -size(item)))
    assert not len(view)
    log.put(9, 0, True)
    log.add((5, True))
    view.sync()
    assert not len(view)
    view.sync()
    assert view.numbers() == [8, 7, 6, 5, 10, 4, 3, 2, 1, 0, 9]


@pytest.mark.parametrize("descending", [False, True])
def test_the_rows_that_come_first_are_shown_before_all_are_sorted(
    log: ItemLog, descending: bool
) -> None:
    log.archive = archive = Everything(log, 40)
    view = View(log, order=by_size(descending=descending))
    archive.deliver()
    assert view.sync() == [Change(Kind.RESET, 0, 7)]
    assert view.progress is not None
    first = view.numbers()
    log.add((9, True))
    archive.deliver()
    view.sync()
    assert view.progress is None
    shown = view.numbers()
    assert len(shown) == 41
    assert [number for number in shown if number < 0][:7] == first
