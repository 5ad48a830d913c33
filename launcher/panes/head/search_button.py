"""What looks like a field for searching and opens the palette; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from launcher import theme

__all__ = ["SearchButton"]

_ICON, _PAD, _GAP, _HEIGHT = 16, 8, 7, 28
_WORD, _KEYS = "Search", "Ctrl K"


class SearchButton(QAbstractButton):
    """A field with an icon, a word and its keys; only the icon where it is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("searchButton")
        self.setText(_WORD)
        self.setAccessibleName("Search commands, requests, servers and settings")
        self.setToolTip("Search commands, requests, servers and settings (Ctrl+K)")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._shows_text = True

    def set_shows_text(self, shows: bool) -> None:
        """Show all of it, or the icon alone."""
        if shows != self._shows_text:
            self._shows_text = shows
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        word, keys = QFontMetrics(theme.font("text")), QFontMetrics(theme.font("caption"))
        width = _ICON + 2 * _PAD
        if self._shows_text:
            width += _GAP + word.horizontalAdvance(_WORD) + 12 + keys.horizontalAdvance(_KEYS)
        return QSize(width, max(_HEIGHT, word.height() + 10))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        palette = self.window().palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.underMouse() and self.isEnabled()
        ground = "line" if self.isDown() else "hover" if hovered else "field"
        if self._shows_text or hovered or self.isDown():
            edge = theme.colour(palette, "edge" if self._shows_text else ground)
            painter.setPen(QPen(edge, 1))
            painter.setBrush(theme.colour(palette, ground))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        top = (self.height() - _ICON) // 2
        tone = "muted" if self._shows_text else "soft"
        painter.drawPixmap(_PAD, top, theme.pixmap("search", palette, tone, _ICON))
        if self._shows_text:
            painter.setPen(theme.colour(palette, "muted"))
            room = self.rect().adjusted(_PAD + _ICON + _GAP, 0, -_PAD, 0)
            painter.setFont(theme.font("text"))
            side = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, int(side | Qt.AlignmentFlag.AlignLeft), _WORD)
            painter.setFont(theme.font("caption"))
            painter.drawText(room, int(side | Qt.AlignmentFlag.AlignRight), _KEYS)
        painter.end()
