"""A button that stands for a command; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from launcher import theme


class ActionButton(QPushButton):
    """A button that is one face of a :class:`QAction`, as the menu entry is another.

    :param look: ``"primary"``, ``"quiet"`` or ""
    """

    def __init__(self, action: QAction, name: str, look: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", look)
        self.setAutoDefault(False)
        self._action = action
        action.changed.connect(self._update)
        self.clicked.connect(action.trigger)
        self._update()

    @Slot()
    def _update(self) -> None:
        action = self._action
        plain = action.text().replace("&", "").removesuffix("\u2026")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = action.statusTip() or plain
        self.setText(action.iconText())
        self.setIcon(action.icon())
        self.setEnabled(action.isEnabled())
        self.setAccessibleName(plain)
        self.setAccessibleDescription(action.statusTip())
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))
