"""A combo box of a few choices that shows all of them side by side. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from launcher import theme

__all__ = ["Segmented"]

_HEIGHT = 30
_PADDING, _LEAST_PADDING = 14, 6
_RADIUS = 6.0


class Segmented(QComboBox):
    """A :class:`QComboBox` whose items are all in sight: a click or an arrow key chooses one.

    It has no list to open; everything else, also for a screen reader, is the combo box's.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hovered = -1
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def segment(self, index: int) -> QRectF:
        """Where an item is."""
        count = max(1, self.count())
        width = self.width() / count
        return QRectF(index * width, 0, width, self.height())

    def showPopup(self) -> None:  # noqa: N802
        """There is nothing to open."""

    # Qt's own

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._size(_PADDING)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._size(_LEAST_PADDING)

    def _size(self, padding: int) -> QSize:
        """Its size with so many pixels at both sides of each text."""
        metrics = self.fontMetrics()
        texts = [self.itemText(index) for index in range(self.count())]
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        return QSize(max(1, self.count()) * (widest + 2 * padding), self._height())

    def _height(self) -> int:
        return max(_HEIGHT, self.fontMetrics().height() + 10)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._choose(min(max(self.currentIndex() + step, 0), self.count() - 1))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()  # the page scrolls

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._at(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._hover(self._at(event))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._hover(-1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        palette, enabled = self.palette(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour(palette, "edge" if enabled else "line"))
        painter.setBrush(theme.colour(palette, "ground"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS
        )
        for index in range(self.count()):
            area = self.segment(index).adjusted(1.5, 1.5, -1.5, -1.5)
            chosen = index == self.currentIndex()
            if chosen and enabled:
                focus = self.hasFocus()
                painter.setPen(theme.colour(palette, "accent" if focus else "edge"))
                painter.setBrush(theme.colour(palette, "field"))
                painter.drawRoundedRect(area, _RADIUS - 1, _RADIUS - 1)
            tone = "text" if chosen else "muted"
            if index == self._hovered:
                tone = "text"
            painter.setPen(theme.colour(palette, tone if enabled else "faint"))
            painter.setFont(theme.font("strong" if chosen else "text"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.itemText(index))
        painter.end()

    def _at(self, event: QMouseEvent) -> int:
        x = event.position().x()
        return next((i for i in range(self.count()) if self.segment(i).right() > x >= 0), -1)

    def _choose(self, index: int) -> None:
        if 0 <= index != self.currentIndex():
            self.setCurrentIndex(index)
            self.activated.emit(index)

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.update()
