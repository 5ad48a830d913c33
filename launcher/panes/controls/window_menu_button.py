"""The button with the three lines, behind which the window's menus are; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from launcher import theme

__all__ = ["WindowMenuButton"]


class WindowMenuButton(QPushButton):
    """See the module.

    :param name: its object name
    """

    menuRequested = Signal(QPoint)  # noqa: N815
    """The menu is to be opened at this point of the screen."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", "icon")
        self.setAccessibleName("Menu")
        self.setToolTip("Menu (F10)")
        self.clicked.connect(self.open_menu)

    def refresh_icon(self) -> None:
        """Make the icon again, after a change of theme."""
        theme.set_icon(self, "menu", "soft")

    @Slot()
    def open_menu(self) -> None:
        """Open the menu below this button."""
        self.menuRequested.emit(self.mapToGlobal(QPoint(0, self.height())))
