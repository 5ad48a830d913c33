"""A table that paints itself; GUI thread only.

``QTableView`` is kept for its header, its selection, its scroll bar and what a screen reader asks
for. What it would do cell by cell in Python - eight roles, a style option, a delegate, 175 times a
frame - is done here in one ``paintEvent``, row by row, from rows that were laid out once (see
:mod:`.painting`). Four rules make it cheap and calm:

* *Only what changed is painted.* Whenever rows come, Qt lays a view out again and paints all of it.
  :meth:`PaintedTable.doItemsLayout` leaves that out; :meth:`PaintedTable.catch_up` scrolls what is
  on the screen already, and paints the rows that are new or others now.
* *At most 20 times a second*, ten times in a flood, and once a second while nobody can see it.
  What comes in between is taken over in one go, so a row that scrolls by unseen has no text made,
  and no colour chosen.
* *Nothing moves under the pointer.* While a mouse button is down, a menu is open or a second click
  may still come, the table takes over nothing; it catches up afterwards. What was pressed is opened
  by the release, wherever the pointer is by then.
* *Entering changes nothing.* ``QAbstractItemView`` makes its first row the current one when it gets
  the focus, and searches for what is typed. Neither happens here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPoint,
    QSignalBlocker,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QMenu,
    QWidget,
)

from launcher.core.logs.orders import ARRIVAL, Filter, Order
from launcher.core.logs.view import Change, Kind
from launcher.models.log_model import LogModel

from .canvas import Index, TableCanvas, one_shot
from .columns import Column
from .painting import RowPainter

__all__ = ["PaintedTable"]

FRAME_MS = 50
"""Milliseconds between two times at which new rows are taken over."""
FLOOD_FRAME_MS = 100
"""The same where more rows than :data:`MANY` wait: each frame paints all that can be seen."""
APART_MS = 10
"""Milliseconds from many rows to taking them over: that is another turn of the event loop than the
one in which they came, which was long enough."""
MANY = 20
UNSEEN_MS = 1000
"""The same while the table can't be seen."""

_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Home: 1,
    Qt.Key.Key_End: -1,
}
"""For each key that moves, in which direction a row is looked for that can be selected."""


class PaintedTable(TableCanvas):
    """Rows of a log, painted in one pass.

    :param name: the object name
    :param model: what is shown
    :param columns: one for each of the model's
    :param painter: lays out the rows
    :param noun: what a row is called
    :param key_column: the column that stands for a row where one is read out
    :ivar menu_column: the column in which a menu was asked for last
    """

    chosen = Signal(int)
    """The number of the row that the user, or a link, has chosen; after the mouse's release."""
    opened = Signal()
    """Enter or a double click on the current row."""
    left = Signal()
    """Escape."""
    caughtUp = Signal()  # noqa: N815
    """What the log has was taken over, or other rows are shown."""
    menuWanted = Signal(QMenu)  # noqa: N815
    """A menu for the current row is to be filled; it is shown if something is in it."""

    def __init__(
        self,
        name: str,
        model: LogModel[Any],
        columns: Sequence[Column],
        painter: RowPainter,
        noun: str,
        key_column: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, model, columns, painter, noun, key_column, parent)
        self._pressed: int | None = None
        self._choice: int | None = None
        self._kept: int | None = None
        self._before: list[object] = []
        self._restoring = False
        self._holds: set[str] = set()
        self._last_sync = 0.0
        self.menu_column = key_column
        self._is_sorted = False
        self._seen_end: tuple[int | None, int] = (None, 0)  # the last row, and rows below it
        self._due = one_shot(self, self._catch_up)
        self._calm = one_shot(self, self._release_clicks)
        model.modelAboutToBeReset.connect(self._remember_current)
        model.modelReset.connect(self._restore_current)
        bar = self.verticalScrollBar()
        bar.sliderPressed.connect(self._hold_slider)
        bar.sliderReleased.connect(self._release_slider)

    @Slot()
    def _remember_current(self) -> None:
        self._kept = self.table.number(self.currentIndex())
        self._before = self._picture()
        # Qt has all of it painted after a reset. In a sorted list each batch is one, mostly of
        # rows that can't be seen.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_UpdatesDisabled)

    @Slot()
    def _restore_current(self) -> None:
        """After another filter or order, the current row is the same one, if it is still shown;
        and what looks as before isn't painted again."""
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_UpdatesDisabled, on=False)
        index = QModelIndex() if self._kept is None else self.table.index_of(self._kept)
        if index.isValid():
            self._restoring = True
            self._make_current(index.row())
            self._restoring = False
        before, self._before = self._before, []
        if self._picture() != before:
            self.viewport().update()

    def _picture(self) -> list[object]:
        """What makes up what is seen: where it is scrolled to, and each row as it is painted."""
        first, last = self.visible_rows()
        places = [self.verticalHeader().offset(), self.currentIndex().row()]
        if self._joined is not None:
            places += [self.table.index_of(number).row() for number in self._joined]
        rows = range(first, last + 1)
        return [places, *((self.table.entry(row), self.table.cells(row)) for row in rows)]

    # What comes in

    @Slot()
    def refresh(self) -> None:
        """Something is new in the log: show it now, or with what else comes within a frame."""
        if self._holds or self._due.isActive():
            return
        many = self.table.waiting > MANY
        frame = UNSEEN_MS if not self._seen() else FLOOD_FRAME_MS if many else FRAME_MS
        wait = frame - (time.monotonic() - self._last_sync) * 1000
        self._due.start(max(APART_MS if many else 0, int(wait) + 1))

    def catch_up(self) -> None:
        """Show all that is in the log, however short ago that was done."""
        self._due.stop()
        self._last_sync = time.monotonic()
        number = self.table.number(self.currentIndex())
        if number is not None and self.table.is_dropped(number):
            self.drop_current()
        if self.follower.following or not self.follower.new:
            self._seen_end = self._end()
        changes = self.table.sync()
        self._go_on()
        if not changes:
            return
        height = self.row_height
        gone = sum(c.count for c in changes if c.kind is Kind.REMOVED and not c.start)
        with self.follower.rewriting(gone * height):
            self.lay_out()
        if not self._is_sorted:
            self.follower.count(self._rows_below())
        self._paint_changes(changes)
        self._find_hovered()

    def _end(self) -> tuple[int | None, int]:
        """The number of the last row, and how many dividers stand below it."""
        count = self.table.rowCount()
        for below in range(count):
            number = self.table.number(self.table.index(count - 1 - below, 0))
            if number is not None:
                return number, below
        return None, count

    def _rows_below(self) -> int:
        """How many have come below what was the end. The changes don't show it: what a filter finds
        of before is added too, and a reset brings what is new along."""
        number, below = self._seen_end
        at = -1 if number is None else self.table.index_of(number).row()  # -1: it isn't shown
        return max(0, self.table.rowCount() - 1 - at - below)

    def arrange(self, filter: Filter[Any] | None, order: Order[Any]) -> None:
        """Show other rows, or the same in another order. The current row stays in sight if it is
        still shown; and without one, the end that was followed."""
        following = self.follower.following and order is ARRIVAL
        self._is_sorted = order is not ARRIVAL
        with self.follower.rewriting(0):
            self.table.arrange(filter, order)
            self.updateGeometries()
        current = self.currentIndex()
        self.follower.forget_new()
        if following:
            self.follower.resume()
        elif current.isValid():
            self.scrollTo(current, QAbstractItemView.ScrollHint.PositionAtCenter)
        elif order is not ARRIVAL:
            self.follower.pause()
            self.scrollToTop()
        self._go_on()

    def _go_on(self) -> None:
        """Report where it stands, and look at more rows soon if there are any left."""
        self.caughtUp.emit()
        if self.table.progress is not None:
            self.refresh()

    def hold(self, reason: str) -> None:
        """Take over nothing until :meth:`release` is called for the same reason."""
        self._holds.add(reason)
        self._due.stop()

    def release(self, reason: str) -> None:
        """Go on where :meth:`hold` has stopped, unless there is another reason to hold."""
        self._holds.discard(reason)
        self.refresh()

    @Slot()
    def _hold_slider(self) -> None:
        self.hold("slider")

    @Slot()
    def _release_slider(self) -> None:
        self.release("slider")

    @Slot()
    def _release_menu(self) -> None:
        self.release("menu")

    def _release_clicks(self) -> None:
        self.release("clicks")

    def _catch_up(self) -> None:
        if not self._holds:
            self.catch_up()

    def drop_current(self) -> None:
        """Have no current row, without a signal: the row is about to go, not the user.

        Otherwise Qt would make the row that takes its place the current one.
        """
        selection = self.selectionModel()
        with QSignalBlocker(selection):
            selection.clear()

    def _paint_changes(self, changes: Sequence[Change]) -> None:
        """Have painted what was added or removed. What has changed, and what was arranged anew, is
        painted when the model reports it."""
        if self._hinted and not self.table.empty:  # it goes, whatever row stands above it
            self.viewport().update()
            return
        count = self.table.rowCount()
        appended = 0
        for change in reversed(changes):
            if change.kind is Kind.ADDED and change.stop == count - appended:
                appended += change.count
            elif change.kind is Kind.REMOVED or change.kind is Kind.ADDED:
                self.viewport().update()
                return
        self._update_rows(count - appended, count - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The current row stays in sight where it was, as when the details open below."""
        super().resizeEvent(event)
        current = self.currentIndex()
        if current.isValid() and not self.follower.following:
            top = self.rowViewportPosition(current.row())
            was_in_sight = 0 <= top < event.oldSize().height()
            if was_in_sight and top + self.row_height > self.viewport().height():
                self.scrollTo(current)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if not self._holds:
            self.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._drop_press()
        self._tick.stop()

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        row = self._selectable_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton:
            self.hold("press")
            self._pressed = row
        if row >= 0 and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._make_current(row)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()
        row = self._selectable_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self._make_current(row)
            self._stay_for_clicks()
            self.doubleClicked.emit(self.currentIndex())
            self.opened.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._pointer = event.position().toPoint()
        self._find_hovered()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        row, self._pressed = self._pressed, None
        choice, self._choice = self._choice, None
        if choice is not None:
            self.chosen.emit(choice)
        if row >= 0:
            index = self.table.index(row, self._key_column)
            self.clicked.emit(index)
            if self.follower.following:
                self._stay_for_clicks()
        self.release("press")

    def _stay_for_clicks(self) -> None:
        """The second click of two has to meet the same row."""
        self.hold("clicks")
        self._calm.start(QApplication.doubleClickInterval())

    def _drop_press(self) -> None:
        """The release of what is pressed will not come."""
        if self._pressed is not None:
            self._pressed = self._choice = None
            self.release("press")

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self._find_hovered()
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._drop_press()
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        row = self.currentIndex().row()
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        if mouse:
            row = self._selectable_at(event.pos())
            at = event.globalPos()
        else:
            self.scrollTo(self.currentIndex())
            corner = self.visualRect(self.currentIndex()).bottomLeft()
            at = self.viewport().mapToGlobal(
                QPoint(self.place_of(self.stretching).left, corner.y())
            )
        if row < 0:
            return
        self._make_current(row)
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}Menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_column = self.columnAt(event.pos().x()) if mouse else self._key_column
        self.menuWanted.emit(menu)
        if menu.isEmpty():
            menu.deleteLater()
            return
        self.hold("menu")
        menu.aboutToHide.connect(self._release_menu)
        menu.popup(at)

    def _selectable_at(self, pos: QPoint) -> int:
        """The row at a place of the viewport; -1 where none is that can be selected."""
        row = self.rowAt(pos.y())
        return row if row >= 0 and self._selectable(row) else -1

    # Keys and the current row

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ControlModifier
        )
        if key in _STEPS and plain:
            self._move(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            event.ignore()  # the pane's keys, and the window's

    def keyboardSearch(self, _search: str) -> None:  # noqa: N802
        """Nothing: letters are commands."""

    def _move(self, key: Qt.Key) -> None:
        count, current = self.table.rowCount(), self.currentIndex().row()
        if not count:
            return
        first, last = self.visible_rows()
        page = max(1, self.viewport().height() // max(1, self.row_height) - 1)
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            wanted = 0 if key == Qt.Key.Key_Home else count - 1
        elif current < 0:
            wanted = last if self.follower.following else first
        else:
            by = page if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) else 1
            wanted = min(max(current + _STEPS[key] * by, 0), count - 1)
        row = self._nearest_selectable(wanted, _STEPS[key])
        if row < 0:
            return
        self._make_current(row)
        if key == Qt.Key.Key_End:
            self.follower.resume()
        else:
            self.scrollTo(self.currentIndex())

    def _nearest_selectable(self, wanted: int, step: int) -> int:
        """The row itself or the next one in that direction; else one in the other; else -1."""
        count = self.table.rowCount()
        for rows in (
            range(wanted, count if step > 0 else -1, step),
            range(wanted, -1 if step > 0 else count, -step),
        ):
            found = next((row for row in rows if self._selectable(row)), -1)
            if found >= 0:
                return found
        return -1

    def _selectable(self, row: int) -> bool:
        flags = self.table.flags(self.table.index(row, self._key_column))
        return bool(flags & Qt.ItemFlag.ItemIsSelectable)

    def _make_current(self, row: int) -> None:
        self.setCurrentIndex(self.table.index(row, self._key_column))

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        super().currentChanged(current, previous)
        for index in (current, previous):
            if index.isValid():
                self._update_rows(index.row(), index.row())
        number = self.table.number(current)
        if number is None or self._restoring:
            return
        if current.row() != self.table.rowCount() - 1:
            # What one looks at must not scroll away.
            self.follower.pause()
        if self._pressed is None:
            self.chosen.emit(number)
        else:
            self._choice = number
