"""The sign that something goes on: a ring that turns once a second, in twelve steps. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QStyle, QWidget

from launcher import theme

__all__ = ["STEPS", "Ring"]

STEPS = 12
_SIZE = 14


class Ring(QWidget):
    """Turns while it can be seen; with reduced motion it stands still.

    :ivar step: how far it has turned, in twelfths
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_SIZE, _SIZE)
        self.step = 0
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // STEPS)
        self._timer.timeout.connect(self._turn)

    @property
    def turns(self) -> bool:
        """Whether it is turning now."""
        return self._timer.isActive()

    @Slot()
    def _turn(self) -> None:
        self.step = (self.step + 1) % STEPS
        self.update()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration):
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, self.width() - 4, self.height() - 4)
        pen = QPen(theme.colour(self.palette(), "edge"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawEllipse(box)
        pen.setColor(theme.colour(self.palette(), "accent"))
        painter.setPen(pen)
        painter.drawArc(box, (90 - self.step * 360 // STEPS) * 16, -100 * 16)
        painter.end()
