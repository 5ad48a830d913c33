"""The menu at the right end of the filter bar; GUI thread only.

What concerns the whole list stands in it always, as buttons; below them come saved filters and the
like, made anew each time it opens.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget, QWidgetAction

from launcher import theme

__all__ = ["MenuButton", "MoreMenu"]

_LEFT, _RIGHT, _GAP = 12, 12, 24
_HEIGHT = 26
_CHOOSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class MenuButton(QPushButton):
    """A row of a menu that is a widget of its own, so that it is there while the menu is closed.

    :param keys: the key that does the same in the list, shown at the right
    """

    def __init__(self, name: str, text: str, keys: str, menu: QMenu) -> None:
        super().__init__(text, menu)
        self.setObjectName(name)
        self.setAutoDefault(False)
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._keys = keys

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = QFontMetrics(theme.font("text"))
        width = metrics.horizontalAdvance(self.text())
        if self._keys:
            width += _GAP + QFontMetrics(theme.font("caption")).horizontalAdvance(self._keys)
        return QSize(_LEFT + width + _RIGHT, max(_HEIGHT, metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        super().enterEvent(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)  # as a row under the pointer is the current

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self.clearFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _CHOOSES:
            self.click()
        else:
            event.ignore()  # the menu goes on to another row, or closes

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        palette, painter = self.window().palette(), QPainter(self)
        if self.hasFocus() or self.isDown():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, "selection"))
            painter.drawRoundedRect(self.rect(), 4, 4)
        tone = "text" if self.isEnabled() else "muted"
        painter.setPen(theme.colour(palette, tone))
        painter.setFont(theme.font("text"))
        area = self.rect().adjusted(_LEFT, 0, -_RIGHT, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(theme.colour(palette, "muted"))
        painter.setFont(theme.font("caption"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(area, flags, self._keys)
        painter.end()


class MoreMenu(QMenu):
    """See the module.

    :ivar clear_list: empties the list
    :ivar position: puts the details beside the list or below it
    """

    wanted = Signal(QMenu)
    """What comes below the buttons is to be added to the menu that comes along."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("filterMoreMenu")
        self.setAccessibleName("Filters, and what concerns the whole list")
        self.clear_list = MenuButton("clearButton", "Clear the list", "Ctrl+L", self)
        self.clear_list.setToolTip("Empty the list; it can be undone (Ctrl+L)")
        self.position = MenuButton("detailsPosition", "", "", self)
        self._fixed: list[QAction] = []
        for button in (self.position, self.clear_list):
            action = QWidgetAction(self)
            action.setDefaultWidget(button)
            self.addAction(action)
            self._fixed.append(action)
            button.clicked.connect(self.close)
        self._fixed.append(self.addSeparator())
        self.show_position(beside=False)
        self.aboutToShow.connect(self.refill)

    def show_position(self, *, beside: bool) -> None:
        """Show where the details would go."""
        words = "Details below the list" if beside else "Details beside the list"
        self.position.setText(words)
        self.position.setAccessibleName(words)
        self.position.updateGeometry()

    @Slot()
    def refill(self) -> None:
        """Make what stands below the buttons anew."""
        for action in self.actions()[len(self._fixed) :]:
            self.removeAction(action)
            (action.menu() or action).deleteLater()
        self.wanted.emit(self)
