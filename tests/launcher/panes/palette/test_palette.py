"""The palette over a real window."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QPushButton

from launcher.panes.palette.model import FOUND
from launcher.tools.tools import Tools

CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def palette(qtbot: Any, window: Any) -> Any:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    found = window.findChild(Tools).palette
    assert not found.isVisible()
    return found


def titles(palette: Any) -> list[str]:
    model = palette.findChild(QListView, "paletteView").model()
    return [model.index(row).data() for row in range(model.rowCount())]


def current(palette: Any) -> Any:
    return palette.findChild(QListView, "paletteView").currentIndex().data(FOUND).entry


def type_in(qtbot: Any, palette: Any, text: str) -> None:
    field = palette.findChild(QLineEdit, "paletteField")
    qtbot.keyClick(field, Key.Key_A, CONTROL)
    qtbot.keyClicks(field, text)


def test_its_key_opens_it_and_enter_carries_out_the_first(
    qtbot: Any, window: Any, palette: Any
) -> None:
    before = window.page.head.start
    before.setFocus()
    qtbot.keyClick(before, Key.Key_K, CONTROL)
    assert palette.isVisible()
    assert window.focusWidget() is palette.field
    type_in(qtbot, palette, "start")
    assert current(palette).title == "Start"
    qtbot.keyClick(palette.field, Key.Key_Return)
    assert not palette.isVisible()
    assert window.page.controller._supervisor.calls == ["start"]
    qtbot.keyClick(window, Key.Key_K, CONTROL)
    type_in(qtbot, palette, ">show errors")
    qtbot.keyClick(palette.field, Key.Key_Return)
    qtbot.keyClick(window, Key.Key_K, CONTROL)
    assert titles(palette)[:2] == ["Lately used", "Show Errors"]  # Start can't be chosen now


def test_escape_and_a_click_beside_it_leave_everything_as_it_was(
    qtbot: Any, window: Any, palette: Any
) -> None:
    field = window.page.form.port
    window.page.panes.setCurrentIndex(0)
    field.setFocus()
    for leave in (
        lambda: qtbot.keyClick(palette.field, Key.Key_Escape),
        lambda: qtbot.mouseClick(palette.parentWidget(), Qt.MouseButton.LeftButton),
    ):
        window.commands.palette.trigger()
        assert palette.isVisible()
        leave()
        assert not palette.isVisible()
        assert window.focusWidget() is field


def test_arrows_and_tab_go_through_the_entries_and_around(
    qtbot: Any, window: Any, palette: Any
) -> None:
    window.commands.palette.trigger()
    type_in(qtbot, palette, ">show ")
    seen = [current(palette).title]
    for key in (Key.Key_Down, Key.Key_Tab, Key.Key_Up, Key.Key_Backtab):
        qtbot.keyClick(palette.field, key)
        seen.append(current(palette).title)
    assert seen[0] == seen[4]
    assert seen[1] == seen[3]
    qtbot.keyClick(palette.field, Key.Key_Up)
    qtbot.keyClick(palette.field, Key.Key_PageDown)
    assert current(palette) is not None
    assert window.focusWidget() is palette.field


def test_requests_servers_and_projects_are_found(
    qtbot: Any, window: Any, palette: Any, send: Callable[..., None], make: Any
) -> None:
    window.page.commands.start.trigger()
    send(make.started(), make.finished(1, "/api/orders"), make.finished(2, "/other"))
    window.commands.palette.trigger()
    type_in(qtbot, palette, "/ord")
    assert titles(palette) == ["Requests", "/api/orders"]
    qtbot.keyClick(palette.field, Key.Key_Return)
    assert window.page.requests.selected == 0
    assert window.page.panes.currentIndex() == 1
    window.commands.palette.trigger()
    type_in(qtbot, palette, "shop")
    assert "Servers" in titles(palette)
    entry = current(palette)
    assert (entry.title, entry.detail) == ("shop", ":5000")


def test_nothing_found_is_shown_and_enter_does_nothing(
    qtbot: Any, window: Any, palette: Any
) -> None:
    window.commands.palette.trigger()
    type_in(qtbot, palette, "qqqqzz")
    assert titles(palette) == []
    assert palette.count.text() == "nothing found"
    qtbot.keyClick(palette.field, Key.Key_Return)
    assert palette.isVisible()


def test_a_click_on_an_entry_carries_it_out(qtbot: Any, window: Any, palette: Any) -> None:
    window.commands.palette.trigger()
    type_in(qtbot, palette, ">show errors")
    view = palette.view
    place = view.visualRect(view.currentIndex()).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.page.panes.currentIndex() == 2


def test_it_lies_within_the_window_and_paints(qtbot: Any, window: Any, palette: Any) -> None:
    for look, size in product(("light", "dark"), ((640, 400), (900, 600), (1920, 1080))):
        window._look.set_appearance(look)
        window.resize(*size)
        window.commands.palette.trigger()
        window.resize(size[0] - 1 if size[0] > 640 else size[0], size[1])
        assert window.rect().contains(palette.geometry()), size
        assert palette.width() <= 600
        assert not window.grab().isNull()
        for label in palette.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText
        qtbot.keyClick(palette.field, Key.Key_Escape)
        assert not palette.isVisible()


def test_the_search_field_of_the_head_opens_it_and_is_an_icon_where_it_is_narrow(
    qtbot: Any, window: Any, palette: Any
) -> None:
    window.resize(1180, 700)
    button = window.page.head.search
    wide = button.width()
    window.resize(640, 400)
    qtbot.waitUntil(lambda: button.width() < wide / 2)
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert palette.isVisible()
    assert isinstance(window.page.head.start, QPushButton)


def test_what_can_be_done_with_the_selected_row_stands_in_it(
    qtbot: Any, window: Any, palette: Any, send: Any, make: Any
) -> None:
    window.page.controller.start(window.page.form.draft())
    send(make.started(), make.finished(1, "/pay"))
    window.page.commands.show_requests.trigger()
    assert window.page.requests.show_request(0)
    qtbot.keyClick(window, Key.Key_K, CONTROL)
    type_in(qtbot, palette, ">send again")
    assert (current(palette).title, current(palette).right) == ("Send again", "R")
    type_in(qtbot, palette, ">edit and")
    assert current(palette).right == "E"
    qtbot.keyClick(palette.field, Key.Key_Return)
    assert window.page.requests.composer.isVisible()
    window.page.commands.show_output.trigger()
    qtbot.keyClick(window, Key.Key_K, CONTROL)
    type_in(qtbot, palette, ">send again")
    assert "Send again" not in titles(palette)
