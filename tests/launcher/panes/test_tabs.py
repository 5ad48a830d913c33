"""The tabs of a page, with their numbers."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from launcher.core.logs.traffic import TrafficNumbers
from launcher.panes.tabs import CountingTabBar, FittedTabs, Tabs


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


def test_the_numbers_leave_before_the_tabs_scroll(qtbot: Any) -> None:
    tabs = Tabs()
    qtbot.addWidget(tabs)
    for text in ("Requests", "Watch", "Errors"):
        tabs.addTab(QWidget(), text)
    tabs.setTabVisible(1, False)
    tabs.show_numbers(TrafficNumbers(1234.5, failed=0.12, p50=0.1, p95=0.4567, p99=0.5, running=1))
    room = tabs.counts.sizeHint().width() + tabs.numbers.sizeHint().width() + 20
    tabs.resize(room, 300)
    with qtbot.waitExposed(tabs):
        tabs.show()
    assert tabs.numbers.isVisible()
    tabs.setTabVisible(1, True)
    assert not tabs.numbers.isVisible()
    qtbot.waitUntil(lambda: tabs.counts.width() >= tabs.counts.sizeHint().width())
    tabs.setTabVisible(1, False)
    assert tabs.numbers.isVisible()
    tabs.counts.set_count(2, 123_456_789)
    assert not tabs.numbers.isVisible()


def test_tabs_move_closer_together_before_they_scroll(qtbot: Any) -> None:
    tabs = FittedTabs(padding=6)
    qtbot.addWidget(tabs)
    for text in ("Error", "Overview", "Request", "Compare"):
        tabs.addTab(QWidget(), text)
    tabs.setTabVisible(3, False)
    bar = tabs.counts
    full = bar.full_width()
    tabs.resize(full + 4, 300)
    tabs.show()
    assert bar.sizeHint().width() == full
    tabs.setTabVisible(3, True)
    longer = bar.full_width()
    tabs.resize(longer - 10, 300)
    assert longer - 10 - 2 * 4 < bar.sizeHint().width() <= longer - 10
    tabs.resize(20, 300)
    assert bar.sizeHint().width() == longer - 4 * 2 * 3  # no closer than that: now they scroll
    tabs.resize(longer, 300)
    assert bar.sizeHint().width() == longer
