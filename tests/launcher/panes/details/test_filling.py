"""Pages of tabs: the one in front is filled at once, the others when they are needed."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QTabWidget, QWidget

from launcher.panes.details.details import OUTPUT, OVERVIEW, REQUEST, RESPONSE
from launcher.panes.details.filling import LatePages
from launcher.panes.requests import RequestsPane


class Bench:
    """Three pages, and which of them were filled."""

    def __init__(self, qtbot: Any) -> None:
        self.tabs = QTabWidget()
        qtbot.addWidget(self.tabs)
        for name in "abc":
            self.tabs.addTab(QWidget(), name)
        self.filled: list[int] = []
        self.pages = LatePages(self.tabs, {page: self._filler(page) for page in range(3)})

    def _filler(self, page: int) -> Any:
        return lambda: self.filled.append(page)


@pytest.fixture
def bench(qtbot: Any) -> Bench:
    return Bench(qtbot)


def test_the_page_in_front_is_filled_at_once_the_others_later(bench: Bench, qtbot: Any) -> None:
    bench.pages.renew()
    assert bench.filled == [0]
    bench.tabs.setCurrentIndex(2)
    assert bench.filled == [0, 2]
    assert not bench.pages.is_filled
    qtbot.waitUntil(lambda: bench.pages.is_filled)
    assert bench.filled == [0, 2, 1]
    bench.tabs.setCurrentIndex(0)
    assert bench.filled == [0, 2, 1]


def test_moving_on_fills_the_page_in_front_alone(bench: Bench, qtbot: Any) -> None:
    for _ in range(20):
        bench.pages.renew()
    assert bench.filled == [0] * 20
    qtbot.waitUntil(lambda: bench.pages.is_filled)
    assert sorted(bench.filled[20:]) == [1, 2]


def test_one_page_can_be_renewed_and_asked_for(bench: Bench) -> None:
    bench.pages.renew(1)
    assert bench.filled == []
    bench.pages.fill(1)
    bench.pages.fill(1)
    assert bench.filled == [1]
    assert bench.pages.is_filled


def test_a_text_behind_is_there_for_those_who_read_it(qtbot: Any, make: Any) -> None:
    from launcher.core.logs.errors import ErrorLog
    from launcher.core.logs.requests import RequestLog

    log = RequestLog()
    pane = RequestsPane(log, ErrorLog())
    qtbot.addWidget(pane)
    pane.show()
    for number in (1, 2):
        log.add_finished(make.finished(number, "/", request_headers=(("X-Own", str(number)),)))
    pane.refresh()
    pane.view.catch_up()
    for number in (0, 1):
        assert pane.show_request(number)
        details = pane.details
        assert details.tabs.currentIndex() == RESPONSE
        assert f"X-Own: {number + 1}" in details.request.sections["headers"].view.toPlainText()
    for page in (OVERVIEW, REQUEST, OUTPUT):
        details.tabs.setCurrentIndex(page)
    assert "number 2" in details.overview.view.toPlainText()
