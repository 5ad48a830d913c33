"""The sidebar: servers, recent projects, and its buttons."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStyle, QStyleOptionButton


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
