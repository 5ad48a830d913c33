"""launcher.panes.output.search: a search that goes on while lines come."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.logs.output import OutputLog
from launcher.core.logs.output_search import Query
from launcher.panes.output.search import Search


@pytest.fixture
def search(qapp: Any) -> Search:
    log = OutputLog()
    log.write("stdout", "order 1\nline\norder 2\n", None, 1.8e9)
    return Search(log.lines)


def test_it_is_over_once_all_that_it_has_found_is_there(search: Search) -> None:
    """Also where its end is looked at before anything else that has come."""
    search.look_for(Query("order"))
    assert search.running
    assert search._background.wait(10_000)
    assert not search.running
    assert search.numbers == [0, 2]


def test_what_an_overtaken_search_has_found_is_dropped(search: Search, qtbot: Any) -> None:
    search.look_for(Query("order"))
    search._background._lane.wait(10_000)
    search.look_for(Query("line"))
    qtbot.waitUntil(lambda: not search.running)
    assert search.numbers == [1]
