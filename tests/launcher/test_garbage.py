"""The collector leaves alone what is kept, and frees what is garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from launcher.garbage import NEVER, Collector


@pytest.fixture
def collector(qapp: QObject) -> Iterator[Collector]:
    parent = QObject()
    before = gc.get_threshold()
    made = Collector(parent)
    yield made
    made.close()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
    gc.freeze()  # what collecting the tests has made, as before


class Node:
    def __init__(self) -> None:
        self.itself = self


def test_garbage_goes_and_the_rest_is_put_aside(collector: Collector) -> None:
    assert gc.get_threshold()[2] == NEVER
    kept, lost = Node(), Node()
    seen = weakref.ref(lost)
    del lost
    collector.collect()
    assert seen() is None
    assert gc.get_freeze_count() > 0
    assert all(item is not kept for item in gc.get_objects())


def test_what_was_put_aside_is_freed_when_it_is_dropped(collector: Collector) -> None:
    class Row:
        pass

    rows = [Row() for _ in range(100)]
    seen = weakref.ref(rows[50])
    collector.collect()
    rows.clear()
    assert seen() is None
