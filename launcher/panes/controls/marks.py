"""Small shapes that show, beside a colour, how something went; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF


def paint_mark(painter: QPainter, at: QPointF, kind: str, tone: QColor, ground: QColor) -> None:
    """One of the small shapes that show how a request went, 9 pixels wide.

    :param ground: the colour it stands on
    :param kind: ``dot``, ``arrow``, ``triangle``, ``octagon``, ``ring``, ``slash`` or ``dash``
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = at.x(), at.y()
    painter.setPen(QPen(tone, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind == "dot":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        painter.drawEllipse(at, 3.6, 3.6)
    elif kind == "arrow":
        painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
        painter.drawLine(QPointF(x + 1, y - 3), QPointF(x + 4, y))
        painter.drawLine(QPointF(x + 1, y + 3), QPointF(x + 4, y))
    elif kind == "triangle":
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - 4), QPointF(x + 4.4, y + 3.6), QPointF(x - 4.4, y + 3.6)])
        )
    elif kind == "octagon":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        a, b = 5.6, 2.3
        corners = ((b, a), (a, b), (a, -b), (b, -a), (-b, -a), (-a, -b), (-a, b), (-b, a))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
        painter.setPen(QPen(ground, 1.5))
        painter.drawLine(QPointF(x - 2, y - 2), QPointF(x + 2, y + 2))
        painter.drawLine(QPointF(x - 2, y + 2), QPointF(x + 2, y - 2))
    elif kind == "ring":
        painter.drawArc(QRectF(x - 3.8, y - 3.8, 7.6, 7.6), 20 * 16, 250 * 16)
    elif kind == "slash":
        painter.drawEllipse(at, 4, 4)
        painter.drawLine(QPointF(x - 2.8, y + 2.8), QPointF(x + 2.8, y - 2.8))
    else:
        painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
    painter.restore()
