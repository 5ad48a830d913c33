"""What stands in the middle of a view that has nothing to show; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractScrollArea

from launcher import theme

_SIDE, _GAP = 24, 8  # pixels at both sides, and between the lines


class Placeholder:
    """The text of an empty pane: what it is for, and what to do next."""

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text

    def paint(self, area: QAbstractScrollArea, below: int = 0) -> int:
        """Paint it into the middle of an empty view, unless there is no room for it.

        :param below: where what stands above it ends, such as dividers, in pixels of the viewport
        :returns: where it ends itself; -1 where it was left out
        """
        port = area.viewport()
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        box = port.rect().adjusted(_SIDE, 0, -_SIDE, 0)
        top = max(_GAP, int(box.height() * 0.38) - 24, below + 2 * _GAP if below else 0)
        painter = QPainter(port)
        # Not the window's: what a font leaves open, a painter takes from the view's.
        parts = (("name", "text", self.title), ("text", "muted", self.text))
        rooms = []
        for role, _tone, text in parts:
            painter.setFont(theme.font(role))
            rooms.append(painter.boundingRect(box.adjusted(0, top, 0, 0), flags, text))
            top = rooms[-1].bottom() + _GAP
        end = rooms[-1].bottom()
        if below and end > port.height():
            end = -1
        else:
            for (role, tone, text), room in zip(parts, rooms, strict=True):
                painter.setFont(theme.font(role))
                painter.setPen(theme.colour(port.palette(), tone))
                painter.drawText(box.adjusted(0, room.top(), 0, 0), flags, text)
        painter.end()
        return end
