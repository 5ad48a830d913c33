"""One table for the keys and the menu of a list, on real widgets."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QStringListModel, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QMenu, QVBoxLayout, QWidget

from launcher.panes.controls.list_keys import ListCommand, ListKeys

Key = Qt.Key
RIGHT = Qt.MouseButton.RightButton


class Bench(QWidget):
    """A list with commands, and a field below it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.allowed = True
        self.view = QListView(self)
        self.view.setObjectName("things")
        self.view.setModel(QStringListModel(["alpha", "r-thing", "x-thing"], self.view))
        self.field = QLineEdit(self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.view)
        layout.addWidget(self.field)
        self.keys = ListKeys(
            self.view,
            "Things",
            ListCommand("Send again", self._does("send"), ("R",), "send"),
            ListCommand("Copy R&D", self._does("copy"), ("Ctrl+C",), "copy"),
            ListCommand("Open", self._does("open"), ("Return", "F4"), is_there=self._is_allowed),
            ListCommand("Hold", self._does("hold"), ("Space",), in_menu=False),
            ListCommand("Sheet", self._does("sheet"), ("?",), in_menu=False),
        )
        self.keys.add(ListCommand("Edit", self._does("edit"), ("E",), "send"))
        self.keys.open_menus()

    def _does(self, what: str) -> Any:
        return lambda: self.done.append(what)

    def _is_allowed(self) -> bool:
        return self.allowed


@pytest.fixture
def bench(qtbot: Any) -> Bench:
    made = Bench()
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.view.setFocus()
    made.view.setCurrentIndex(made.view.model().index(0, 0))
    return made


@pytest.mark.parametrize(
    ("key", "text", "modifiers", "does"),
    [
        (Key.Key_R, "r", Qt.KeyboardModifier.NoModifier, "send"),
        (Key.Key_E, "e", Qt.KeyboardModifier.NoModifier, "edit"),
        (Key.Key_C, "\x03", Qt.KeyboardModifier.ControlModifier, "copy"),
        (Key.Key_Return, "\r", Qt.KeyboardModifier.NoModifier, "open"),
        (Key.Key_Enter, "\r", Qt.KeyboardModifier.KeypadModifier, "open"),
        (Key.Key_F4, "", Qt.KeyboardModifier.NoModifier, "open"),
        (Key.Key_Space, " ", Qt.KeyboardModifier.NoModifier, "hold"),
        (Key.Key_Question, "?", Qt.KeyboardModifier.ShiftModifier, "sheet"),
        (Key.Key_R, "R", Qt.KeyboardModifier.ShiftModifier, None),
        (Key.Key_R, "", Qt.KeyboardModifier.AltModifier, None),
        (Key.Key_X, "x", Qt.KeyboardModifier.NoModifier, None),
    ],
)
def test_a_key_does_what_the_table_says_and_nothing_searches_for_it(
    qtbot: Any, bench: Bench, key: Any, text: str, modifiers: Any, does: str | None
) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)
    QApplication.sendEvent(bench.view, event)
    assert bench.done == ([does] if does else [])
    assert bench.view.currentIndex().row() == 0


def test_what_cannot_be_done_now_has_neither_key_nor_entry(qtbot: Any, bench: Bench) -> None:
    bench.allowed = False
    qtbot.keyClick(bench.view, Key.Key_F4)
    menu = QMenu()
    qtbot.addWidget(menu)
    bench.keys.fill(menu)
    assert bench.done == []
    assert "Open" not in [action.text().partition("\t")[0] for action in menu.actions()]


def test_letters_in_a_field_are_text(qtbot: Any, bench: Bench) -> None:
    bench.field.setFocus()
    qtbot.keyClicks(bench.field, "Re?")
    assert (bench.field.text(), bench.done) == ("Re?", [])


def test_a_key_of_the_list_comes_before_the_window_s(qtbot: Any, bench: Bench) -> None:
    shortcut = QShortcut("F4", bench)
    shortcut.activated.connect(lambda: bench.done.append("window"))
    qtbot.keyClick(bench.view, Key.Key_F4)
    bench.field.setFocus()
    qtbot.keyClick(bench.field, Key.Key_F4)
    assert bench.done == ["open", "window"]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_right_click_selects_first_and_its_menu_has_the_same_commands(
    qtbot: Any, bench: Bench
) -> None:
    place = bench.view.visualRect(bench.view.model().index(1, 0)).center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, bench.view.viewport().mapToGlobal(place)
    )
    QApplication.sendEvent(bench.view.viewport(), event)
    assert bench.view.currentIndex().row() == 1
    menu = bench.view.findChild(QMenu, "thingsMenu")
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Send again\tR", "Edit\tE", "", "Copy R&&D\tCtrl+C", "", "Open\tEnter"]
    menu.actions()[1].trigger()
    assert bench.done == ["edit"]
    menu.close()
