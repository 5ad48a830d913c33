"""The errors pane."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from launcher.core.logs.errors import ErrorLog
from launcher.panes.errors import ErrorsPane


@pytest.fixture
def pane(qtbot: Any, make: Any) -> ErrorsPane:
    log = ErrorLog(capacity=50, block=10)
    made = ErrorsPane(log)
    made.log = log  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.resize(900, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_selecting_shows_the_traceback(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(make.error(1, 4, text="<b>first</b>\n\x1b[31m"), 3, "POST", "/pay")
    pane.log.add(make.error(2))
    pane.refresh()
    pane.view.catch_up()
    assert pane.panel.isHidden()
    assert pane.show_error(0)
    assert pane.panel.isVisible()
    assert pane.text.toPlainText() == "<b>first</b>\n\u241b[31m"
    assert pane.title.text() == "KeyError: 7  \u00b7  POST /pay"
    wanted: list[int] = []
    pane.requestRequested.connect(wanted.append)
    qtbot.mouseClick(pane.to_request, Qt.MouseButton.LeftButton)
    assert wanted == [3]
    qtbot.keyClick(pane.view, Qt.Key.Key_Down)
    assert pane.title.text() == "KeyError: 7  \u00b7  Outside of a request"
    assert pane.to_request.isHidden()
    qtbot.keyClick(pane.view, Qt.Key.Key_Escape)
    assert pane.panel.isHidden()


def test_copy(qtbot: Any, make: Any, pane: Any) -> None:
    error = make.error(1)
    pane.log.add(error)
    pane.refresh()
    pane.view.catch_up()
    pane.show_error(0)
    qtbot.mouseClick(pane.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == error.text


def test_an_error_that_is_gone_is_not_found(qtbot: Any, make: Any, pane: Any) -> None:
    for number in range(100):
        pane.log.add(make.error(number))
    pane.refresh()
    pane.view.catch_up()
    assert not pane.show_error(0)
    assert pane.show_error(99)
    assert pane.model.rowCount() == len(pane.log)


def test_clearing_empties_everything(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(make.error(1))
    pane.refresh()
    pane.view.catch_up()
    pane.show_error(0)
    pane.log.clear()
    pane.refresh()
    pane.view.catch_up()
    assert pane.model.rowCount() == 0
    assert pane.panel.isHidden()


def test_a_press_a_pixel_and_a_release_open_that_error(qtbot: Any, make: Any, pane: Any) -> None:
    for number in range(40):
        pane.log.add(make.error(number, message=str(number)))
    pane.refresh()
    pane.view.catch_up()
    view, port = pane.view, pane.view.viewport()
    first, last = view.visible_rows()
    for row in range(first + 1, last + 1):
        point = view.visualRect(pane.model.index(row, 0)).center()
        pane.close_details()
        view.follower.resume()
        wanted = pane.model.number(view.indexAt(point))
        qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=point)
        assert pane.panel.isHidden()
        qtbot.mouseMove(port, point + QPoint(0, 1))
        qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=point + QPoint(0, 1))
        assert pane.panel.isVisible()
        assert pane.title.text().startswith(f"KeyError: {wanted} ")
        assert pane.model.number(view.currentIndex()) == wanted
