"""The small shapes that show how something went, beside its colour. GUI thread only.

Each is drawn into a square of 12 by 12; shape and colour mean the same, so that either is enough.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

__all__ = ["RING_STEPS", "SHAPES", "draw"]

RING_STEPS = 12
"""Of one turn of a ring, which takes a second."""

_MIDDLE = QPointF(6, 6)


def draw(painter: QPainter, shape: str, tone: QColor, ground: QColor, step: int = 0) -> None:
    """Draw one of :data:`SHAPES`.

    :param ground: the colour of what is cut out of a filled shape
    :param step: how far a ring has turned, of :data:`RING_STEPS`
    """
    painter.setPen(_pen(tone, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if shape == "ring":
        _ring(painter, tone, step)
    else:
        SHAPES[shape](painter, tone, ground)


def _pen(tone: QColor, width: float) -> QPen:
    return QPen(
        tone, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _dot(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone)
    painter.drawEllipse(_MIDDLE, 3.5, 3.5)


def _circle(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    painter.drawEllipse(_MIDDLE, 3.4, 3.4)


def _square(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone)
    painter.drawRoundedRect(QRectF(2.5, 2.5, 7, 7), 1.2, 1.2)


def _play(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setBrush(tone)
    painter.drawPolygon(QPolygonF([QPointF(3.5, 2.5), QPointF(9.5, 6), QPointF(3.5, 9.5)]))


def _arrow(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    _lines(painter, (1.5, 6), (10.5, 6))
    _lines(painter, (7, 2.8), (10.5, 6), (7, 9.2))


def _triangle(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    painter.drawPolygon(QPolygonF([QPointF(6, 1.5), QPointF(11, 10.5), QPointF(1, 10.5)]))


def _cross(painter: QPainter, tone: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone)
    painter.drawEllipse(_MIDDLE, 5.5, 5.5)
    painter.setPen(_pen(ground, 1.5))
    _lines(painter, (4, 4), (8, 8))
    _lines(painter, (8, 4), (4, 8))


def _check(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setPen(_pen(tone, 1.7))
    _lines(painter, (2, 6.6), (4.8, 9.4), (10.2, 3))


def _unequal(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setPen(_pen(tone, 1.7))
    _lines(painter, (2, 4.4), (10, 4.4))
    _lines(painter, (2, 7.8), (10, 7.8))
    _lines(painter, (7.8, 1.2), (4.2, 11))


def _peak(painter: QPainter, tone: QColor, _ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tone)
    painter.drawPolygon(QPolygonF([QPointF(6, 1.5), QPointF(11, 10.5), QPointF(1, 10.5)]))


def _slash(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    painter.drawEllipse(_MIDDLE, 4.3, 4.3)
    _lines(painter, (3.2, 8.8), (8.8, 3.2))


def _dash(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    _lines(painter, (2, 6), (10, 6))


def _reload(painter: QPainter, _tone: QColor, _ground: QColor) -> None:
    painter.drawArc(QRectF(1.8, 1.8, 8.4, 8.4), 40 * 16, 280 * 16)
    _lines(painter, (10.4, 1.2), (10.2, 4.2), (7.2, 4.0))


def _ring(painter: QPainter, tone: QColor, step: int) -> None:
    """A faint circle with an arc on it that turns clockwise."""
    pale = QColor(tone)
    pale.setAlpha(70)
    box = QRectF(1.6, 1.6, 8.8, 8.8)
    painter.setPen(_pen(pale, 1.8))
    painter.drawEllipse(box)
    painter.setPen(_pen(tone, 1.8))
    painter.drawArc(box, (90 - step * 360 // RING_STEPS) * 16, -120 * 16)


SHAPES: dict[str, Callable[[QPainter, QColor, QColor], None]] = {
    "dot": _dot,
    "circle": _circle,
    "square": _square,
    "play": _play,
    "arrow": _arrow,
    "triangle": _triangle,
    "cross": _cross,
    "check": _check,
    "unequal": _unequal,
    "peak": _peak,
    "slash": _slash,
    "dash": _dash,
    "reload": _reload,
}
"""How each shape is drawn, beside the ``ring``, which turns."""
