"""A choice whose text may be longer than its field. GUI thread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

__all__ = ["ElidingCombo"]

_MARGIN = 4  # that the style leaves at the sides of the text


class ElidingCombo(QComboBox):
    """A list to choose from, not to type into, that shows both ends of a text that has no room:
    Qt cuts it, in the middle of a letter.
    """

    def shorter(self, text: str) -> str:
        """The same in fewer words, where it has no room; for subclasses."""
        return text

    def shown_text(self) -> str:
        """What of the current text has room in the field."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        room = part.width() - _MARGIN
        metrics = self.fontMetrics()
        text = self.currentText()
        if metrics.horizontalAdvance(text) > room:
            text = self.shorter(text)
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
