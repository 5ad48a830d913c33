"""The tables of commands, and the sheet of keys: each key of it is pressed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, get_type_hints

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from launcher.actions import PAGE, WINDOW, PageActions, WindowActions, plain_text
from launcher.panes.controls.list_keys import ListKeys
from launcher.tools.keys import LISTS, key_sections


@pytest.fixture
def busy(qtbot: Any, window: Any, send: Callable[..., None], make: Any) -> Any:
    """An active window with requests, one of which has failed, and a second server."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.page.commands.start.trigger()
    flow = (("app", 0, 1, 0),)
    send(make.started(), make.finished(1, "/a"), make.error(1, 2))
    send(make.finished(2, "/b", status=500, error_id=1, flow=flow))
    return window


def test_the_tables_and_the_attributes_have_the_same_names() -> None:
    for table, kind in ((PAGE, PageActions), (WINDOW, WindowActions)):
        hints = get_type_hints(kind)
        assert [command.name for command in table] == [
            name for name, type_ in hints.items() if type_ is QAction
        ]
        assert all(command.tip for command in table)


def test_no_key_stands_for_two_things_that_can_be_done_at_once(busy: Any) -> None:
    seen: dict[str, str] = {}
    actions = [*busy.page.commands, *busy.commands]
    for _, action in actions:
        if not (action.isEnabled() and action.isVisible()):
            continue
        for keys in action.shortcuts():
            assert keys.toString() not in seen, (keys.toString(), seen, action.text())
            seen[keys.toString()] = action.text()


def test_every_key_of_a_command_carries_it_out(qtbot: Any, busy: Any) -> None:
    busy.page.requests.view.setFocus()
    pressed = 0
    for _, action in [*busy.page.commands, *busy.commands]:
        if not action.isVisible() or not action.shortcuts():
            continue
        action.setEnabled(True)
        others = [
            other
            for _, other in [*busy.page.commands, *busy.commands]
            if other is not action and set(other.shortcuts()) & set(action.shortcuts())
        ]
        for other in others:  # Start and Restart have one key, and never both of them
            other.setEnabled(False)
        for keys in action.shortcuts():
            got: list[bool] = []
            action.triggered.disconnect()
            action.triggered.connect(lambda *_, got=got: got.append(True))
            QTest.keySequence(busy, keys)
            assert got, (action.text(), keys.toString())
            pressed += 1
    sections = key_sections(busy.commands, busy.page.commands, busy.page)
    rows = [row for section in sections for row in section.rows]
    assert pressed > 15
    assert ("Stop", "Shift+F5") in rows


def test_every_key_of_a_list_carries_out_its_command(busy: Any) -> None:
    lists = busy.page.findChildren(ListKeys)
    assert lists
    for keys in lists:
        for number, command in enumerate(keys.commands):
            for shown in command.keys:
                got: list[bool] = []
                object.__setattr__(command, "run", lambda got=got: got.append(True))
                object.__setattr__(command, "is_there", lambda: True)
                first = next(n for n, one in enumerate(keys.commands) if shown in one.keys)
                QTest.keySequence(keys.view, QKeySequence(shown))
                assert got or first < number, (keys.title, shown)


def test_the_keys_that_every_list_has(qtbot: Any, busy: Any) -> None:
    view = busy.page.requests.view
    busy.page.panes.setCurrentIndex(1)
    view.catch_up()
    view.setFocus()
    rows = view.model().rowCount()
    for key, row in (
        (Qt.Key.Key_Home, 1),
        (Qt.Key.Key_Down, 2),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_End, rows - 1),
        (Qt.Key.Key_PageUp, 1),
        (Qt.Key.Key_PageDown, rows - 1),
    ):
        qtbot.keyClick(view, key)
        assert view.currentIndex().row() == row
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.currentIndex().isValid()
    assert [keys for _, keys in LISTS.rows] == [
        "\u2191 \u2193", "PgUp PgDown", "Home End", "Esc", "Menu"
    ]  # fmt: skip


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_key_opens_the_row_s_menu(busy: Any) -> None:
    view = busy.page.requests.view
    busy.page.panes.setCurrentIndex(1)
    view.catch_up()
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(view.viewport(), event)
    menu = view.findChild(QWidget, "requestsViewMenu")
    assert menu.isVisible()
    menu.close()


def test_the_sheet_opens_once_lists_everything_and_closes(qtbot: Any, busy: Any) -> None:
    busy.page.requests.view.setFocus()
    qtbot.keyClick(busy.page.requests.view, Qt.Key.Key_Question)
    sheet = busy.findChild(QDialog, "keySheet")
    assert sheet.isVisible()
    busy.commands.keys.trigger()
    assert len(busy.findChildren(QDialog, "keySheet")) == 1
    titles = [section.title for section in sheet.sections]
    assert titles[0] == "This server"
    assert "Selected row in Requests" in titles
    assert titles[-1] == "Everywhere"
    rows = {row for section in sheet.sections for row in section.rows}
    assert ("Find Anything", "Ctrl+K") in rows
    assert ("Open in editor", "F4, Enter") in rows
    assert not sheet.grab().isNull()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert busy.findChild(QDialog, "keySheet") is None


def test_a_question_mark_in_a_field_is_text(qtbot: Any, busy: Any) -> None:
    busy.page.panes.setCurrentIndex(0)
    field = busy.page.findChild(QLineEdit, "projectEdit")
    field.setEnabled(True)
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, "?re")
    assert field.text() == "?re"
    assert busy.findChild(QDialog, "keySheet") is None


def test_menus_are_made_from_the_tables(busy: Any) -> None:
    submenus = {action.text(): action.menu() for action in busy.menus.menu.actions()}
    assert list(submenus) == ["&File", "&Server", "&View", "&Help"]
    texts = [plain_text(a) for a in submenus["&Server"].actions() if not a.isSeparator()]
    assert texts[:4] == ["Start", "Stop", "Restart", "Start with the Window"]
    for menu in submenus.values():
        kinds = [action.isSeparator() for action in menu.actions()]
        assert not kinds[0]
        assert not any(one and other for one, other in pairwise(kinds))
