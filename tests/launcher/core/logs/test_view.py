"""The view between a log and what shows it, beside a plain list that is made anew each time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st
from viewed import KEPT, Item, ItemLog, Mirror, by_size, is_kept, size

from launcher.core.logs import view as view_module
from launcher.core.logs.history.conditions import All
from launcher.core.logs.view import MAX_RANGES, Change, Filter, Kind, Order, View

Value = st.tuples(st.integers(0, 5), st.booleans())
Step = st.one_of(
    st.tuples(st.just("add"), st.lists(Value, max_size=12)),
    st.tuples(st.just("put"), st.integers(0, 60), Value),
    st.tuples(st.just("clear")),
    st.tuples(st.just("sync")),
)


@examples(75)
@given(
    steps=st.lists(Step, max_size=25),
    keep=st.sampled_from([None, is_kept]),
    key=st.sampled_from([None, size]),
    descending=st.booleans(),
    early=st.lists(Value, max_size=8),
)
def test_it_shows_what_a_list_would(
    steps: list[tuple[object, ...]],
    keep: Callable[[Item], bool] | None,
    key: Callable[[Item], int] | None,
    descending: bool,
    early: list[tuple[int, bool]],
) -> None:
    log = ItemLog(capacity=15, block=4)
    log.add(*early)
    filter = None if keep is None else Filter(keep, All(()))
    view = View(log, filter, Order("" if key is None else "size", key, descending))
    mirror = Mirror(view)
    other = View(log)
    for kind, *values in [*steps, ("sync",)]:
        if kind == "add":
            log.add(*values[0])  # type: ignore[misc]
        elif kind == "put":
            number, (new, shown) = values  # type: ignore[misc]
            log.put(number, new, shown)
        elif kind == "clear":
            log.clear()
        else:
            view.sync()
            rows = [row for row in log if keep is None or keep(row)]
            rows.sort(key=lambda row: (0 if key is None else key(row), row.number))
            if descending:
                rows.reverse()
            assert view.numbers() == mirror.numbers == [row.number for row in rows]
            assert len(view) == len(rows)
            for position, row in enumerate(rows):
                assert view.number(position) == row.number
                assert view.position(row.number) == position
                assert view.row(position) == row
            assert view.number(len(rows)) is view.number(-1) is None
            hidden = {row.number for row in log} - set(view.numbers())
            assert all(view.position(number) is None for number in [*hidden, log.end])
            assert view.sync() == []
    other.sync()
    assert other.numbers() == [row.number for row in log]


@pytest.fixture
def log() -> ItemLog:
    log = ItemLog(capacity=1000, block=100)
    log.add(*((n % 10, n % 2 == 0) for n in range(20)))
    return log


def test_a_view_of_everything_keeps_no_list(log: ItemLog) -> None:
    view = View(log)
    log.add(*[(1, True)] * 980)
    assert view.sync() == [Change(Kind.ADDED, 20, 1000)]
    assert isinstance(view._items.numbers, range)
    log.add(*[(1, True)] * 100)
    assert view.sync() == [Change(Kind.REMOVED, 0, 100), Change(Kind.ADDED, 900, 1000)]
    assert isinstance(view._items.numbers, range)


def test_a_batch_is_a_few_ranges(log: ItemLog) -> None:
    view = View(log, KEPT)
    for number in (4, 5, 6, 8):
        log.put(number, 3, number == 6)
    log.put(7, 3, True)
    log.add((1, True), (1, False), (2, True))
    assert view.numbers() == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert view.sync() == [
        Change(Kind.REMOVED, 4, 5),
        Change(Kind.REMOVED, 2, 3),
        Change(Kind.ADDED, 8, 10),
        Change(Kind.ADDED, 3, 4),
        Change(Kind.CHANGED, 2, 3),
    ]
    assert view.numbers() == [0, 2, 6, 7, 10, 12, 14, 16, 18, 20, 22]


def test_a_row_whose_key_changes_moves(log: ItemLog) -> None:
    view = View(log, order=by_size(descending=True))
    assert view.numbers()[:3] == [19, 9, 18]
    log.put(0, 99, True)
    changes = view.sync()
    assert [change.kind for change in changes] == [Kind.REMOVED, Kind.ADDED]
    assert view.numbers()[:3] == [0, 19, 9]


def test_many_scattered_places_are_one_reset() -> None:
    log = ItemLog(capacity=10_000, block=100)
    log.add(*((n, True) for n in range(0, 4 * MAX_RANGES, 2)))
    view = View(log, order=by_size())
    mirror = Mirror(view)
    log.add(*((n, True) for n in range(1, 2 * MAX_RANGES + 3, 2)))
    assert view.sync() == [Change(Kind.RESET, 0, len(log))]
    assert mirror.numbers == view.numbers()
    log.add((5, True))
    assert [change.kind for change in view.sync()] == [Kind.ADDED]


def test_everything_is_arranged_anew(log: ItemLog) -> None:
    view = View(log)
    mirror = Mirror(view)
    view.arrange(KEPT, by_size())
    assert view.numbers()[:4] == mirror.numbers[:4] == [0, 10, 2, 12]
    view.arrange()
    assert mirror.numbers == list(range(20))


def test_a_dropped_row_is_none_until_the_view_catches_up() -> None:
    log = ItemLog(capacity=10, block=1)
    log.add(*[(1, True)] * 10)
    view = View(log)
    log.add((1, True), (1, True))
    assert (view.number(1), view.row(1)) == (1, None)
    assert view.row(2) == Item(2, 1, True)
    view.sync()
    assert view.number(0) == 2


def test_two_views_each_hear_of_a_change(log: ItemLog) -> None:
    first, second = View(log), View(log)
    log.put(3, 7, False)
    assert first.sync() == second.sync() == [Change(Kind.CHANGED, 3, 4)]
    assert first.sync() == second.sync() == []


def test_a_filter_that_takes_long_looks_at_few_rows_in_one_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(view_module.time, "monotonic", lambda: clock[0])
    looked = []

    def slow(item: Item) -> bool:
        looked.append(item.number)
        clock[0] += 0.05
        return True

    log = ItemLog(1000, 100)
    log.add(*[(1, True)] * 20)
    view = View(log, Filter(slow, All(())))
    assert looked == [19]
    assert view.progress is not None
    while view.progress is not None:
        before = len(looked)
        view.sync()
        assert len(looked) - before <= 1
    assert view.numbers() == [*range(20)]
