"""Parts that are made in their place: they look as if they had been styled at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QTabWidget

from launcher.panes.controls.page_holder import page_holder

_QUIET = 400  # ms in which nothing has changed


def test_a_page_keeps_the_parent_that_it_was_made_with(qtbot: Any) -> None:
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    holder = page_holder(tabs)
    page = QLabel("page", holder)
    tabs.addTab(page, "Page")
    assert page.parentWidget() is holder
    assert tabs.currentWidget() is page


@pytest.fixture
def steady(qapp: QApplication) -> Iterator[None]:
    """No cursor blinks."""
    before = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)
    yield
    qapp.setCursorFlashTime(before)


@pytest.mark.usefixtures("steady")
def test_a_window_looks_as_if_it_had_been_styled_at_the_end(
    window: Any, send: Any, make: Any, qtbot: Any, qapp: QApplication
) -> None:
    """What the style sheet goes by is known when a part is styled first."""
    page = window.page
    page.start()
    send(make.started(), *(make.finished(number, f"/{number}") for number in range(2, 90)))
    send(make.finished(1, "/b", status=500, error_id=1), make.error(1, 1))
    page.requests.view.selectRow(0)
    window.resize(1180, 760)
    page.panes.setCurrentWidget(page.requests)

    def pictures() -> list[QImage]:
        taken = []
        for index in range(page.panes.count()):
            page.panes.setCurrentIndex(index)
            qapp.processEvents()
            taken.append(page.panes.currentWidget().grab().toImage())
        return taken

    qtbot.waitUntil(lambda: page.requests.bar.errors.count == 1)  # it is counted late
    made: list[QImage] = []

    def is_settled() -> bool:
        """What comes late, as hidden tabs and counts do, has come."""
        before = pictures()
        qtbot.wait(_QUIET)
        made[:] = pictures()
        return before == made

    qtbot.waitUntil(is_settled, timeout=30_000)
    sheet = qapp.styleSheet()
    qapp.setStyleSheet("")
    qapp.setStyleSheet(sheet)
    for index, (before, after) in enumerate(zip(made, pictures(), strict=True)):
        assert before == after, page.panes.tabText(index)
