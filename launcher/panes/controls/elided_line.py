"""A line to read and to copy from, which ends in an ellipsis where it is too long; GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionFrame, QWidget

__all__ = ["ElidedLine"]

_INDENT = 2
"""Pixels that a line edit leaves at both sides of its text."""


class ElidedLine(QLineEdit):
    """A line edit that can't be written in. With the focus it scrolls, as any other; without it,
    its text ends in an ellipsis where it is too long.

    :param name: its object name
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setReadOnly(True)

    def shown_text(self) -> str:
        """The text as far as it can be seen."""
        if self.hasFocus():
            return self.text()
        room = self._room(self._option()).width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        shown = self.shown_text()
        if shown == self.text():
            super().paintEvent(event)
            return
        option = self._option()
        painter = QPainter(self)
        panel = QStyle.PrimitiveElement.PE_PanelLineEdit
        self.style().drawPrimitive(panel, option, painter, self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(self._room(option), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()

    def _option(self) -> QStyleOptionFrame:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        return option

    def _room(self, option: QStyleOptionFrame) -> QRect:
        """Where the text is."""
        contents = QStyle.SubElement.SE_LineEditContents
        inside = self.style().subElementRect(contents, option, self)
        return inside.marginsRemoved(self.textMargins()).adjusted(_INDENT, 0, -_INDENT, 0)
