"""The sidebar: servers, recent projects, and its buttons."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStyle, QStyleOptionButton

from launcher.models.servers import RecentRow
from launcher.panes.sidebar.painting import second_of


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
