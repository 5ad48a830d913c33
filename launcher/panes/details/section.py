"""A part of the details under a title that can be folded; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from launcher import theme
from launcher.panes.controls.labels import ElidedLabel

__all__ = ["Section", "icon_button"]


def icon_button(name: str, words: str, parent: QWidget | None = None) -> QPushButton:
    """A button with an icon alone; what it does is its name and its tooltip."""
    button = QPushButton(parent)
    button.setObjectName(name)
    button.setProperty("look", "icon")
    button.setAccessibleName(words)
    button.setToolTip(theme.plain_tooltip(words))
    button.setAutoDefault(False)
    return button


class _Title(QWidget):
    """The line that folds; a click anywhere on it, Space or Enter."""

    toggled = Signal()

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(parent)
        self.text, self.folded, self.hairline = text, False, False
        theme.set_font(self, "strong")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self.fontMetrics()
        return QSize(22 + metrics.horizontalAdvance(self.text) + 4, max(28, metrics.height() + 10))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggled.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name = "chevron-right" if self.folded else "chevron"
        drawing = theme.pixmap(name, self.palette(), "muted", 12)
        painter.drawPixmap(0, (self.height() - 12) // 2, drawing)
        painter.setFont(theme.font("strong"))
        painter.setPen(theme.colour(self.palette(), "text"))
        area = self.rect().adjusted(22, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour(self.palette(), "accent"), 1.6))
            painter.drawRoundedRect(self.rect().adjusted(1, 3, -1, -3), 4, 4)
        painter.end()


class Section(QWidget):
    """A title with a remark and buttons, and what stands below it.

    :param name: its object name; the remark's is ``nameTitle``
    :ivar remark: what stands beside the title
    :ivar buttons: at the right of the title; more can be added
    """

    folded = Signal(bool)
    """The user has folded it, or unfolded it."""

    def __init__(self, name: str, title: str, content: QWidget, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self._title = _Title(self, title)
        self._title.setAccessibleName(title)
        self._title.toggled.connect(self.toggle)
        self.remark = ElidedLabel(f"{name}Title", self)
        theme.set_font(self.remark, "second")
        self.remark.setForegroundRole(self.remark.foregroundRole().PlaceholderText)
        self.content = content
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(2)
        line = QHBoxLayout()
        line.setContentsMargins(16, 2, 10, 2)
        line.setSpacing(8)
        line.addWidget(self._title)
        line.addWidget(self.remark, 1)
        line.addLayout(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 1, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(line)
        layout.addWidget(content, 1)

    @property
    def title(self) -> str:
        """Its title."""
        return self._title.text

    @property
    def is_folded(self) -> bool:
        """Whether only the title is shown."""
        return self._title.folded

    def set_folded(self, folded: bool) -> None:
        """Show only the title, or all of it."""
        if folded != self._title.folded:
            self._title.folded = folded
            self.content.setVisible(not folded)
            self._title.update()
            self.updateGeometry()

    @Slot()
    def toggle(self) -> None:
        """Fold it, or unfold it, as the user wants."""
        self.set_folded(not self.is_folded)
        self.folded.emit(self.is_folded)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, theme.colour(self.palette(), "line"))
        painter.end()
