"""Clear in each list, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from server.events import OutputWritten

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def busy(qtbot: Any, window: Any, send: Callable[..., None], make: Any) -> Any:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.page.commands.start.trigger()
    send(make.started(), *(make.finished(number) for number in range(1, 32)))
    send(make.error(1), make.error(2), OutputWritten("stdout", "one\ntwo\n"))
    return window


def toast(window: Any) -> Any:
    return window.findChild(QWidget, "undoToast")


def shown(window: Any) -> tuple[int, int, str]:
    page = window.page
    page.requests.view.catch_up()
    page.errors.model.refresh()  # also while the tab is behind
    page.output.refresh()
    rows = sum(
        bool(page.requests.model.index(row, 0).flags() & Qt.ItemFlag.ItemIsSelectable)
        for row in range(page.requests.model.rowCount())
    )
    groups = page.errors.model
    errors = sum(groups.group(row).count for row in range(groups.rowCount()))
    return rows, errors, page.output.view.toPlainText()


def test_clear_empties_what_is_in_front_and_ctrl_z_takes_it_back(qtbot: Any, busy: Any) -> None:
    before = shown(busy)
    for tab, at, text in (
        (1, 0, "31 requests cleared"), (2, 1, "2 errors cleared"), (3, 2, "3 lines cleared"),
    ):  # fmt: skip
        busy.page.panes.setCurrentIndex(tab)
        assert not busy.commands.undo.isEnabled()
        qtbot.keyClick(busy, Qt.Key.Key_L, CONTROL)
        cleared = shown(busy)
        assert not cleared[at]
        assert [n for n in range(3) if cleared[n] != before[n]] == [at]
        assert toast(busy).isVisible()
        assert toast(busy).label.text() == text
        assert busy.rect().contains(toast(busy).geometry())
        qtbot.keyClick(busy, Qt.Key.Key_Z, CONTROL)
        assert shown(busy) == before
        assert not toast(busy).isVisible()
        assert not busy.commands.undo.isEnabled()


def test_the_button_takes_it_back_and_after_some_seconds_nothing_does(
    qtbot: Any, busy: Any
) -> None:
    busy.page.commands.clear_errors.trigger()
    assert shown(busy)[1] == 0
    qtbot.mouseClick(busy.findChild(QPushButton, "undoButton"), Qt.MouseButton.LeftButton)
    assert shown(busy)[1] == 2
    busy.page.commands.clear_output.trigger()
    assert 7_000 <= toast(busy)._timer.interval() <= 9_000
    toast(busy)._timer.timeout.emit()
    assert not toast(busy).isVisible()
    qtbot.keyClick(busy, Qt.Key.Key_Z, CONTROL)
    assert shown(busy)[2] == ""


def test_what_has_nothing_to_clear_offers_nothing(busy: Any) -> None:
    busy.page.panes.setCurrentIndex(0)
    assert busy.page.clearing.clear_front() is None
    busy.page.clearing.clear("requests")
    toast(busy).end()
    assert busy.page.clearing.clear("requests") is None
    assert not toast(busy).isVisible()


def test_undo_in_a_field_is_the_field_s(qtbot: Any, busy: Any, send: Any, make: Any) -> None:
    send(make.stopped())
    busy.page.commands.clear_requests.trigger()
    busy.page.panes.setCurrentIndex(0)
    field = busy.page.findChild(QLineEdit, "projectEdit")
    field.setFocus()
    before = field.text()
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert field.text() == before
    assert toast(busy).isVisible()
