"""A button that shows the key that does the same; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from launcher import theme

__all__ = ["KeyButton"]


class KeyButton(QPushButton):
    """A button that shows the key that does the same in the list.

    :param keys: as they are shown, such as ``C``
    """

    def __init__(self, name: str, text: str, keys: str, tip: str, parent: QWidget | None = None):
        super().__init__(text, parent)
        self.setObjectName(name)
        self.setToolTip(theme.plain_tooltip(f"{tip} ({keys})" if keys else tip))
        self.setAutoDefault(False)
        self._keys = keys

    def sizeHint(self) -> QSize:  # noqa: N802
        hint = super().sizeHint()
        if self._keys:
            width = QFontMetricsF(theme.font("caption")).horizontalAdvance(self._keys)
            hint.setWidth(hint.width() + round(width) + 8)
        return hint

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self._keys:
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        caption = theme.font("caption")
        room = round(QFontMetricsF(caption).horizontalAdvance(self._keys)) + 8
        option.rect = self.rect().adjusted(0, 0, -room, 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        painter.setFont(caption)
        is_primary = self.property("look") == "primary"
        painter.setPen(
            theme.colour(self.window().palette(), "on_accent" if is_primary else "muted")
        )
        area = self.rect().adjusted(0, 0, -11, 0)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, flags, self._keys)
        painter.end()
