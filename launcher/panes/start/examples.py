"""An example as a row of the start page: a drawing, its title and one sentence; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from launcher import theme
from launcher.core.resources import Example
from launcher.theme.fonts import text_size

from .painting import HEIGHT, MARGIN

__all__ = ["ExampleRow"]

_ICON, _TEXT = 16, 32


class ExampleRow(QAbstractButton):
    """A button that is as wide as its column."""

    def __init__(self, example: Example, parent: QWidget) -> None:
        super().__init__(parent)
        self.example = example
        self.setObjectName(f"exampleButton_{example.name}")
        self.setText(example.title)
        self.setAccessibleName(f"Example: {example.title}")
        self.setAccessibleDescription(example.description)
        self.setToolTip(theme.plain_tooltip(example.description))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(280, round(HEIGHT * text_size()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(180, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        palette = self.window().palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = self.rect()
        if self.isDown() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, "line" if self.isDown() else "hover"))
            painter.drawRoundedRect(QRectF(rect), 6, 6)
        else:
            painter.setPen(theme.colour(palette, "line"))
            painter.drawLine(MARGIN + _TEXT, rect.bottom(), rect.right() - MARGIN, rect.bottom())
        picture = theme.pixmap(f"example-{self.example.name}", palette, "accent", _ICON)
        painter.drawPixmap(MARGIN, (self.height() - _ICON) // 2, picture)
        room = rect.adjusted(MARGIN + _TEXT, 7, -MARGIN, -7)
        for text, role, tone, side in (
            (self.example.title, "strong", "text", Qt.AlignmentFlag.AlignTop),
            (self.example.description, "second", "muted", Qt.AlignmentFlag.AlignBottom),
        ):
            font = theme.font(role)
            painter.setFont(font)
            painter.setPen(theme.colour(palette, tone))
            how = Qt.TextElideMode.ElideRight
            shown = QFontMetrics(font).elidedText(text, how, room.width())
            painter.drawText(room, int(side | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()
