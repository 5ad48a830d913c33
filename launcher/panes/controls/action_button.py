"""A button that stands for a command; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from launcher import theme

_TONES = {"primary": "on_accent", "tinted": "link", "icon": "soft", "quiet": "soft"}


class ActionButton(QPushButton):
    """A button that is one face of a :class:`QAction`, as the menu entry is another.

    :param look: ``"primary"``, ``"tinted"``, ``"quiet"``, ``"icon"`` (without words) or ""
    """

    def __init__(self, action: QAction, name: str, look: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", look)
        self.setAutoDefault(False)
        self._action = action
        self._shows_text = look != "icon"
        action.changed.connect(self._update)
        self.clicked.connect(action.trigger)
        self._update()

    def set_look(self, look: str) -> None:
        """Show it in another look, in the same place."""
        if look != self.property("look"):
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)
            self._update()

    def set_shows_text(self, shows: bool) -> None:
        """Show the words, or the icon alone; its name for a screen reader stays."""
        if shows != self._shows_text:
            self._shows_text = shows
            self._update()

    @Slot()
    def _update(self) -> None:
        action = self._action
        plain = action.text().replace("&", "").removesuffix("\u2026")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = action.statusTip() or plain
        self.setText(action.iconText() if self._shows_text else "")
        self._draw()
        self.setEnabled(action.isEnabled())
        self.setAccessibleName(plain)
        self.setAccessibleDescription(action.statusTip())
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))

    def _draw(self) -> None:
        """Draw the command's icon in the colour of this look."""
        name = self._action.property("iconName")
        if name:
            tone = _TONES.get(str(self.property("look")), "text")
            theme.set_icon(self, name, tone)
        else:
            self.setIcon(self._action.icon())
