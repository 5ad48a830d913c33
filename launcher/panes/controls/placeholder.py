"""What stands in the middle of a view that has nothing to show; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractScrollArea

from launcher import theme


class Placeholder:
    """The text of an empty pane: what it is for, and what to do next."""

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text

    def paint(self, area: QAbstractScrollArea) -> int:
        """Paint it into the middle of an empty view; returns where it ends, in pixels of that."""
        port = area.viewport()
        painter = QPainter(port)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        box = port.rect().adjusted(24, 0, -24, 0)
        top = max(8, int(box.height() * 0.38) - 24)
        # Not the window's: what a font leaves open, a painter takes from the view's.
        painter.setFont(theme.font("name"))
        painter.setPen(theme.colour(port.palette(), "text"))
        used = painter.drawText(box.adjusted(0, top, 0, 0), flags, self.title)
        below = (used.bottom() if used is not None else top + 24) + 8
        painter.setFont(theme.font("text"))
        painter.setPen(theme.colour(port.palette(), "muted"))
        used = painter.drawText(box.adjusted(0, below, 0, 0), flags, self.text)
        painter.end()
        return used.bottom() if used is not None else below
