"""A field that finds everything: commands, servers, projects, requests, settings; GUI thread only.

It lies over the window, which is darker meanwhile, and takes all keys until it is left. What it
lists is collected when it opens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from launcher import theme
from launcher.core.display import plural
from launcher.core.palette.entries import Entry, Found, search

from .model import FOUND, PaletteModel
from .painting import PaletteDelegate

__all__ = ["CommandPalette"]

_WIDTH, _TOP, _MARGIN = 600, 88, 16
_FIELD = 48
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_Tab: 1,
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class _Shade(QWidget):
    """What lies between the window and the palette; a click on it leaves the palette."""

    pressed = Signal()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 70))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()
        self.pressed.emit()


class CommandPalette(QFrame):
    """See the module.

    :param window: what it lies over
    :param collect: makes what can be chosen now
    :ivar lately: keys of what was chosen, the last one first
    """

    chosen = Signal(str)
    """The key of the entry that was chosen; it is carried out afterwards."""

    def __init__(self, window: QWidget, collect: Callable[[], Sequence[Entry]]) -> None:
        self._shade = _Shade(window)
        super().__init__(self._shade)
        self._shade.setObjectName("paletteShade")
        self._shade.hide()
        self.setObjectName("commandPalette")
        self.setAccessibleName("Commands")
        self._collect = collect
        self._entries: Sequence[Entry] = ()
        self._before: QWidget | None = None
        self.lately: tuple[str, ...] = ()
        self.field = QLineEdit(self)
        self.field.setObjectName("paletteField")
        self.field.setAccessibleName("Find a command, a request, a server or a setting")
        self.field.setPlaceholderText("Find a command, a request, a server or a setting")
        self.count = QLabel(self)
        self.count.setObjectName("muted")
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self._icon = QLabel(self)
        self._icon.setTextFormat(Qt.TextFormat.PlainText)
        self.rows = PaletteModel(self)
        self.view = QListView(self)
        self.view.setObjectName("paletteView")
        self.view.setAccessibleName("Found")
        self.view.setModel(self.rows)
        self.view.setItemDelegate(PaletteDelegate(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.foot = QLabel(
            "\u2191 \u2193 choose    Enter open    Esc leave"
            "        > commands    / paths    : settings",
            self,
        )
        self.foot.setObjectName("paletteFoot")
        self.foot.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.view.clicked.connect(self._run)
        self._shade.pressed.connect(self.leave)
        window.installEventFilter(self)

    # Coming and going

    @Slot()
    def open(self) -> None:
        """Come to the front, with everything there is to choose from."""
        if self._shade.isVisible():
            self.field.selectAll()
            return
        self._before = QApplication.focusWidget()
        self._entries = self._collect()
        self._icon.setPixmap(theme.pixmap("search", self.palette(), "muted"))
        theme.set_font(self.field, "name", 400)
        theme.set_font(self.foot, "second")
        self.field.clear()
        self._search()
        self._place()
        self._shade.show()
        self._shade.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def leave(self) -> None:
        """Go, and give the focus back."""
        self._shade.hide()
        self._entries = ()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._pressed(event)
        if event.type() == QEvent.Type.Resize and self._shade.isVisible():
            self._place()
        return False

    # Choosing

    def _pressed(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        row = self.view.currentIndex().row()
        if key in _STEPS:
            self._select(self.rows.next_entry(row, _STEPS[key]))
        elif key in _PAGES:
            for _ in range(8):
                row = self.rows.next_entry(row, _PAGES[key])
            self._select(row)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.view.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True

    @Slot()
    def _search(self) -> None:
        found = search(self._entries, self.field.text(), self.lately)
        self.rows.show(found)
        typed = bool(self.field.text())
        self.count.setText(f"{len(found):,} found" if found else "nothing found")
        self.count.setVisible(typed)
        self._select(self.rows.next_entry(-1, 1))
        self._place()
        self.field.setAccessibleDescription(plural(len(found), "entry", "entries"))

    def _select(self, row: int) -> None:
        if row < 0:
            return
        index = self.rows.index(row)
        self.view.setCurrentIndex(index)
        if row == 1:
            self.view.scrollToTop()  # with the title above it
        else:
            self.view.scrollTo(index)

    @Slot(QModelIndex)
    def _run(self, index: QModelIndex) -> None:
        found = index.data(FOUND) if index.isValid() else None
        if not isinstance(found, Found):
            return
        self.leave()
        self.chosen.emit(found.entry.key)
        found.entry.run()

    # Where it is

    def _place(self) -> None:
        """In the middle, as high as what it lists, within the window."""
        window = self._shade.parentWidget()
        assert window is not None
        self._shade.setGeometry(window.rect())
        width = min(_WIDTH, window.width() - 2 * _MARGIN)
        top = max(_MARGIN, min(_TOP, (window.height() - 420) // 2))
        rows = sum(self.view.sizeHintForRow(row) for row in range(self.rows.rowCount()))
        others = self._field_height() + self.foot.sizeHint().height() + 12
        self._top.setFixedHeight(self._field_height())
        height = min(others + rows, window.height() - top - _MARGIN)
        self.setGeometry((window.width() - width) // 2, top, width, height)

    def _field_height(self) -> int:
        return max(_FIELD, self.field.fontMetrics().height() + 26)

    def _lay_out(self) -> None:
        self._top = QWidget(self)
        top = QHBoxLayout(self._top)
        top.setContentsMargins(16, 0, 16, 0)
        top.setSpacing(10)
        top.addWidget(self._icon)
        top.addWidget(self.field, 1)
        top.addWidget(self.count)
        line = QFrame(self)
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top)
        layout.addWidget(line)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.foot)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 6)
        shadow.setColor(QColor(0, 0, 0, 90))
        self.setGraphicsEffect(shadow)
