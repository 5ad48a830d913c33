"""The sign that something goes on: a ring that turns; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from launcher import theme

from .turning import STEPS, Turning

__all__ = ["Ring"]

_SIZE = 14


class Ring(Turning):
    """Turns while it can be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_SIZE, _SIZE)

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
