"""The tabs of a page, with their numbers."""

from __future__ import annotations

from typing import Any

from launcher.panes.tabs import CountingTabBar


def test_a_tab_that_comes_or_goes_leaves_each_the_width_it_needs(qtbot: Any) -> None:
    bar = CountingTabBar()
    qtbot.addWidget(bar)
    for text in ("Set-up", "Errors", "Output"):
        bar.addTab(text)
    bar.set_count(1, 2000)
    bar.show()

    def widths() -> list[tuple[int, int]]:
        return [(bar.tabRect(n).width(), bar.tabSizeHint(n).width()) for n in range(bar.count())]

    bar.insertTab(1, "Watch")
    assert bar.count_text(2) == "2,000"
    assert all(width == needed for width, needed in widths())
    bar.removeTab(1)
    assert bar.count_text(1) == "2,000"
    assert all(width == needed for width, needed in widths())


def test_a_longer_number_of_a_tab_that_is_shown_once_more_has_its_room(qtbot: Any) -> None:
    bar = CountingTabBar()
    qtbot.addWidget(bar)
    for text in ("Queries", "Output"):
        bar.addTab(text)
    bar.set_count(0, 1)
    bar.show()
    narrow = bar.tabRect(0).width()
    bar.set_count(0, 41_000)
    bar.setTabVisible(0, True)
    assert bar.tabRect(0).width() == bar.tabSizeHint(0).width() > narrow
