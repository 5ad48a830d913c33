"""A text in a row that a delegate paints, cut where it doesn't fit; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from launcher import theme

__all__ = ["AT_LEFT", "AT_RIGHT", "write"]

AT_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
AT_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def write(
    painter: QPainter,
    option: QStyleOptionViewItem,
    room: QRect,
    role: str,
    tone: str,
    text: str,
    side: Qt.AlignmentFlag = AT_LEFT,
) -> int:
    """Write a text into a room, cut in its middle where it doesn't fit.

    :param role: the font's role in the theme
    :param tone: the colour's name in the theme
    :returns: how wide it is, in pixels
    """
    font = theme.font(role)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, max(0, room.width()))
    painter.setFont(font)
    painter.setPen(theme.colour(option.palette, tone))
    painter.drawText(room, int(side), shown)
    return metrics.horizontalAdvance(shown)
