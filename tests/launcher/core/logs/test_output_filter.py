"""Which lines pass a filter."""

from __future__ import annotations

import pytest

from launcher.core.logs.line_store import LineStore, Source
from launcher.core.logs.output_filter import (
    EVERYTHING,
    LineFilter,
    loggers_of,
    passing,
    with_context,
)


@pytest.fixture
def store() -> LineStore:
    store = LineStore()
    store.extend(Source(1.0, "stderr", 7, "info", "shop", "/a.py", 1, True), ["0", "ERROR 1"])
    store.extend(Source(1.0, "stderr", 8, "error", "shop.stock", "/b.py", 2), ["2"])
    store.extend(Source(1.0, "stdout", 7), ["3", "WARNING 4", "5"])
    store.extend(Source(1.0, "stdout", None, "debug", "shopping"), ["6"])
    return store


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (EVERYTHING, [0, 1, 2, 3, 4, 5, 6]),
        (LineFilter(level="debug"), [0, 1, 2, 4, 6]),
        (LineFilter(level="warning"), [2, 4]),
        (LineFilter(level="error"), [2]),
        (LineFilter(logger="shop"), [0, 1, 2]),
        (LineFilter(logger="shop.stock"), [2]),
        (LineFilter(request=7), [0, 1, 3, 4, 5]),
        (LineFilter(request=7, level="info"), [0, 1, 4]),
        (LineFilter(own=True), [0, 1]),
    ],
)
def test_passing(store: LineStore, wanted: LineFilter, numbers: list[int]) -> None:
    assert [number for block in store.blocks() for number in passing(wanted, block)] == numbers
    assert wanted.active == (wanted != LineFilter())


def test_loggers(store: LineStore) -> None:
    assert loggers_of(store.blocks()) == ["shop", "shop.stock", "shopping"]
    assert len(loggers_of(store.blocks(), most=2)) == 2


def test_context() -> None:
    assert with_context([3, 5, 20], 0, 0, 30) == [3, 5, 20]
    assert with_context([3, 5, 20], 1, 0, 30) == [2, 3, 4, 5, 6, 19, 20, 21]
    assert with_context([1, 29], 3, 1, 30) == [1, 2, 3, 4, 26, 27, 28, 29]
