"""A button that stands for a command; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QIcon, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from launcher import theme

_SIDE, _GAP = 16, 4
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
        self._draw(bool(action.iconText()) and self._shows_text)
        self.setEnabled(action.isEnabled())
        self.setAccessibleName(plain)
        self.setAccessibleDescription(action.statusTip())
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))

    def _draw(self, beside_words: bool) -> None:
        """Draw the command's icon in the colour of this look, with room between it and words."""
        name = self._action.property("iconName")
        if not name:
            self.setIcon(self._action.icon())
            return
        tone = _TONES.get(str(self.property("look")), "text")
        # A button's own palette is the style sheet's, and late at a change of theme.
        palette = QApplication.palette()
        plain = theme.pixmap(name, palette, tone)
        faint = theme.pixmap(name, palette, "faint")
        gap = _GAP if beside_words else 0
        icon = QIcon(_padded(plain, gap))
        icon.addPixmap(_padded(faint, gap), QIcon.Mode.Disabled)
        self.setIconSize(QSize(_SIDE + gap, _SIDE))
        self.setIcon(icon)


def _padded(drawing: QPixmap, gap: int) -> QPixmap:
    """The drawing, smaller by a little, with a gap at its right."""
    if not gap:
        return drawing
    ratio = drawing.devicePixelRatio()
    made = QPixmap(QSize(_SIDE + gap, _SIDE) * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(1, 1, _SIDE - 2, _SIDE - 2, drawing)
    painter.end()
    return made
