"""A chip: something that hides rows or not, with how many it is about; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QWidget

from launcher import theme
from launcher.theme.fonts import text_size

__all__ = ["Chip"]

HEIGHT, PADDING, GAP, SIGN = 22, 9, 5, 13
_DIGITS = 3  # room for as many, so that a count that grows moves nothing


class Chip(QPushButton):
    """A button that is on or off; on, it has a tick and a tinted ground.

    :param name: the object name
    :param words: its text
    :param tone: the colour of its count, by the theme's name
    """

    def __init__(
        self, name: str, words: str, tone: str = "muted", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", "chip")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._tone = tone
        self._count: int | None = None
        self.show_count(None, words)

    @property
    def count(self) -> int | None:
        """How many rows it is about; None where it doesn't count."""
        return self._count

    def show_count(self, count: int | None, words: str = "") -> None:
        """Show how many rows it is about.

        :param words: its text from now on; "" to leave that as it is
        """
        if count == self._count and words in ("", self.text()):
            return
        old = self.sizeHint()
        self._count = count
        if words:
            self.setText(words)
        self.setAccessibleName(self.text() if count is None else f"{self.text()}, {count:,}")
        if self.sizeHint() != old:
            self.updateGeometry()
        self.update()

    # Qt's own

    def sizeHint(self) -> QSize:  # noqa: N802
        strong = QFontMetrics(theme.font("strong"))
        scale = text_size()
        width = QFontMetrics(theme.font("second")).horizontalAdvance(self.text())
        width += round(2 * PADDING * scale)
        if self._count is not None:
            digits = max(_DIGITS, len(f"{self._count:,}"))
            width += round(GAP * scale) + strong.horizontalAdvance("8") * digits
        if self.isCheckable():
            width += round(SIGN * scale)
        return QSize(width, round(HEIGHT * scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        palette, scale = self.window().palette(), text_size()
        on = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.8, 0.8, -0.8, -0.8)
        edge = "accent" if on or self.hasFocus() else "edge"
        painter.setPen(QPen(theme.colour(palette, edge), 1.6 if self.hasFocus() else 1.0))
        hovered = self.underMouse() and self.isEnabled()
        painter.setBrush(theme.colour(palette, "tint" if on else "hover" if hovered else "base"))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        left = self._content_left()
        if on:
            painter.setPen(QPen(theme.colour(palette, "link"), 1.6 * scale))
            middle = self.height() / 2
            for start, end in (((1.5, 0.5), (4.0, 3.0)), ((4.0, 3.0), (9.0, -3.0))):
                (x, y), (x2, y2) = start, end
                painter.drawLine(
                    QPointF(left + x * scale, middle + y * scale),
                    QPointF(left + x2 * scale, middle + y2 * scale),
                )
            left += round(SIGN * scale) + 1
        colour = theme.colour(palette, "link" if on else "text")
        left = self._draw(painter, left, "second", self.text(), colour)
        if self._count is not None:
            tone = "link" if on else self._tone if self._count else "muted"
            left += round(GAP * scale)
            self._draw(painter, left, "second", f"{self._count:,}", theme.colour(palette, tone))
        painter.end()

    def _content_left(self) -> int:
        """Where tick, words and count begin, so that they stand in the middle."""
        scale = text_size()
        metrics = QFontMetrics(theme.font("second"))
        width = metrics.horizontalAdvance(self.text())
        if self._count is not None:
            width += round(GAP * scale) + metrics.horizontalAdvance(f"{self._count:,}")
        if self.isChecked():
            width += round(SIGN * scale) + 1
        return max(round(PADDING * scale) // 2, (self.width() - width) // 2)

    def _draw(self, painter: QPainter, left: int, role: str, text: str, colour: QColor) -> int:
        font = theme.font(role)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(left, (self.height() + metrics.capHeight() + 1) // 2, text)
        return left + metrics.horizontalAdvance(text)
