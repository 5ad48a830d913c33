"""The sidebar: servers, recent projects, and its buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QStyle, QStyleOptionButton

from launcher.core.state import SessionState
from launcher.models.servers import RecentRow, ServerRow
from launcher.panes.sidebar.painting import second_of, words_of
from launcher.panes.sidebar.sidebar import Sidebar


def test_each_button_has_room_for_what_is_on_it(window: Any) -> None:
    sidebar = window.sidebar
    sidebar.show()
    sidebar.layout().activate()
    for button in (sidebar.add, sidebar.start_all, sidebar.stop_all):
        option = QStyleOptionButton()
        button.initStyleOption(option)
        room = button.style().subElementRect(
            QStyle.SubElement.SE_PushButtonContents, option, button
        )
        text = button.fontMetrics().horizontalAdvance(button.text())
        icon = 0 if button.icon().isNull() else button.iconSize().width()
        assert room.width() >= text + icon > 0, button.objectName()


def test_the_name_of_a_recent_project_comes_before_what_stands_beside_it(window: Any) -> None:
    room = 116
    gone = RecentRow("wiki", "not there any more", "/p/wiki", is_there=False)
    assert second_of(gone, 400) == "not there any more"
    assert second_of(gone, room) == "not there"
    assert second_of(RecentRow("shop", "Flask", "/p/shop", is_there=True), room) == "Flask"
    assert second_of(RecentRow("a" * 40, "Flask", "/p/a", is_there=True), room) == ""


def test_the_name_of_a_server_comes_before_its_port_and_its_state(qtbot: Any) -> None:
    shop = ServerRow("shop", SessionState.RUNNING, ":5000", "8/s", unseen=1)
    assert words_of(shop, 400) == (":5000", "8/s")
    long = replace(shop, name="a" * 40)
    assert words_of(long, 116) == ("", ":5000 \u00b7 8/s")
    stopped = ServerRow("shop", SessionState.STOPPED)
    assert words_of(stopped, 400) == ("stopped", "")
    assert words_of(replace(stopped, name="a" * 40), 116) == ("", "")


def test_servers_scroll_only_where_the_sidebar_has_no_room_for_them(qtbot: Any) -> None:
    sidebar = Sidebar()
    qtbot.addWidget(sidebar)
    sidebar.resize(sidebar.width(), 700)
    rows = [ServerRow(f"shop{n}", SessionState.STOPPED, unseen=1) for n in range(10)]
    sidebar.show_servers(rows, 9)
    sidebar.recent.rows.set_rows([RecentRow("wiki", "Flask", "/p/wiki", is_there=True)])
    with qtbot.waitExposed(sidebar):
        sidebar.show()
    bar = sidebar.servers.verticalScrollBar()
    qtbot.waitUntil(lambda: sidebar.servers.height() > 300 and bar.maximum() == 0)
    sidebar.resize(sidebar.width(), 300)
    qtbot.waitUntil(lambda: 0 < bar.maximum() == bar.value())  # the one in front is in sight
