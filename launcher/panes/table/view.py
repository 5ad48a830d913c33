"""A table that paints itself; GUI thread only.

``QTableView`` is kept for its header, its selection, its scroll bar and what a screen reader asks
for. What it would do cell by cell in Python - eight roles, a style option, a delegate, 175 times a
frame - is done here in one ``paintEvent``, row by row, from rows that were laid out once (see
:mod:`.painting`). Four rules make it cheap and calm:

* *Only what changed is painted.* Whenever rows come, Qt lays a view out again and paints all of it.
  :meth:`PaintedTable.doItemsLayout` leaves that out; :meth:`PaintedTable.catch_up` scrolls what is
  on the screen already, and paints the rows that are new or others now.
* *At most 20 times a second*, and once a second while nobody can see it. What comes in between is
  taken over in one go, so a row that scrolls by unseen has no text made, and no colour chosen.
* *Nothing moves under the pointer.* While a mouse button is down, a menu is open or a second click
  may still come, the table takes over nothing; it catches up afterwards. What was pressed is opened
  by the release, wherever the pointer is by then.
* *Entering changes nothing.* ``QAbstractItemView`` makes its first row the current one when it gets
  the focus, and searches for what is typed. Neither happens here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QMenu,
    QStyle,
    QTableView,
    QWidget,
)

from launcher.core.logs.view import Change, Kind
from launcher.models.log_model import LogModel
from launcher.panes.controls.placeholder import Placeholder

from .columns import Column, TableHeader
from .follow import TableFollower
from .look import Look
from .painting import Placed, RowPainter, Span, draw_placed

__all__ = ["PaintedTable"]

Index = QModelIndex | QPersistentModelIndex

FRAME_MS = 50
"""Milliseconds between two times at which new rows are taken over."""
GATHER_MS = 40
"""From the first that comes after a pause: mostly a request's start, a batch before its end."""
UNSEEN_MS = 1000
"""The same while the table can't be seen."""
TICK_MS = 100
"""Between two looks at the clocks of running rows."""
ROW, COMPACT_ROW = 25, 21
EDGE_WIDTH = 3
_KEPT = 1_000

_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Home: 1,
    Qt.Key.Key_End: -1,
}
"""For each key that moves, in which direction a row is looked for that can be selected."""


class PaintedTable(QTableView):
    """Rows of a log, painted in one pass.

    :param name: the object name
    :param model: what is shown
    :param columns: one for each of the model's
    :param painter: lays out the rows
    :param noun: what a row is called
    :param key_column: the column that stands for a row where one is read out
    """

    chosen = Signal(int)
    """The number of the row that the user, or a link, has chosen; after the mouse's release."""
    opened = Signal()
    """Enter or a double click on the current row."""
    left = Signal()
    """Escape."""
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
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("painted", True)
        self.hint = Placeholder("", "")
        self.table = model
        self._painter = painter
        self._key_column = key_column
        self._look: Look | None = None
        self._spans: dict[int, Span] | None = None
        self._placed: dict[int, Placed] = {}
        self._row_pixels = ROW
        self._hovered = -1
        self._pointer: QPoint | None = None
        self._pressed: int | None = None
        self._choice: int | None = None
        self._kept: int | None = None
        self._restoring = False
        self._holds: set[str] = set()
        self._last_sync = 0.0
        self._due = _timer(self, self._catch_up)
        self._tick = _timer(self, self._advance)
        self._calm = _timer(self, self._release_clicks)

        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setAutoScroll(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Each pixel is painted here, so what stands already can be scrolled as a picture; and the
        # scroll bar has a ground of its own, or all that is below it is painted when it moves.
        bar = self.verticalScrollBar()
        for part in (self.viewport(), bar, bar.parentWidget()):
            if part is not None:
                part.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.columns = TableHeader(columns, self.look, self)
        self.setHorizontalHeader(self.columns)
        self.follower = TableFollower(self, noun)
        self.columns.arranged.connect(self._arranged)
        self.setModel(model)
        model.modelAboutToBeReset.connect(self._remember_current)
        model.modelReset.connect(self._restore_current)
        self.verticalScrollBar().sliderPressed.connect(self._hold_slider)
        self.verticalScrollBar().sliderReleased.connect(self._release_slider)
        self.set_compact(False)

    # What it shows

    def look(self) -> Look:
        """What it is painted with now."""
        ratio = self.devicePixelRatioF()
        if self._look is None or not self._look.holds(self.palette(), ratio):
            known, self._look = self._look, Look(self.palette(), ratio)
            self._placed.clear()
            if known is not None and known.scale != self._look.scale:
                QTimer.singleShot(0, self._rescale)
        return self._look

    def set_compact(self, compact: bool) -> None:
        """Have lower rows, or rows of the usual height."""
        self._row_pixels = COMPACT_ROW if compact else ROW
        self._rescale()

    def set_hint(self, title: str, text: str) -> None:
        """Say something else while there are no rows."""
        self.hint = Placeholder(title, text)
        self.setAccessibleDescription(f"{title}. {text}")
        self.viewport().update()

    def place_of(self, column: int) -> Span:
        """Where a column's text stands; all of the width where it can't be seen."""
        if self._spans is None:
            self._spans = self.columns.spans()
        return self._spans.get(column, Span(0, self.viewport().width()))

    @property
    def stretching(self) -> int:
        """The column that takes what the others leave."""
        return next((n for n, c in enumerate(self.columns.columns) if c.width is None), 0)

    @Slot()
    def _rescale(self) -> None:
        height = max(self.look().px(self._row_pixels), self.look().face("text").metrics.height())
        self._placed.clear()
        self.verticalHeader().setDefaultSectionSize(height)
        self.columns.arrange(self.viewport().width())
        self.columns.updateGeometry()
        self.updateGeometries()
        if self.follower.following:
            self.follower.resume()
        self.viewport().update()

    @Slot()
    def _arranged(self) -> None:
        self._spans = None
        self._placed.clear()
        self.viewport().update()
        self.follower.place()

    @Slot()
    def _remember_current(self) -> None:
        self._kept = self.table.number(self.currentIndex())

    @Slot()
    def _restore_current(self) -> None:
        """After another filter or order, the current row is the same one, if it is still shown."""
        self._placed.clear()
        self.viewport().update()
        index = QModelIndex() if self._kept is None else self.table.index_of(self._kept)
        if index.isValid():
            self._restoring = True
            self._make_current(index.row())
            self._restoring = False

    # What comes in

    @Slot()
    def refresh(self) -> None:
        """Something is new in the log: show it now, or with what else comes within a frame."""
        if self._holds or self._due.isActive():
            return
        frame = FRAME_MS if self._seen() else UNSEEN_MS
        wait = frame - (time.monotonic() - self._last_sync) * 1000
        self._due.start(max(GATHER_MS, int(wait) + 1))

    def catch_up(self) -> None:
        """Show all that is in the log, however short ago that was done."""
        self._due.stop()
        self._last_sync = time.monotonic()
        number = self.table.number(self.currentIndex())
        if number is not None and self.table.row(self.currentIndex()) is None:
            self.drop_current()
        changes = self.table.sync()
        if not changes:
            return
        height = self.row_height
        gone = sum(c.count for c in changes if c.kind is Kind.REMOVED and not c.start)
        # The scroll bar learns of it now, and not in the next round of the event loop.
        with self.follower.rewriting(gone * height):
            self.updateGeometries()
        for change in changes:
            if change.kind is Kind.ADDED:
                self.follower.added(change.count)
        self._paint_changes(changes)
        self._find_hovered()

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

    def _seen(self) -> bool:
        return self.isVisible() and not self.window().isMinimized()

    @property
    def row_height(self) -> int:
        """The height of each row, in pixels."""
        return self.verticalHeader().defaultSectionSize()

    def drop_current(self) -> None:
        """Have no current row, without a signal: the row is about to go, not the user.

        Otherwise Qt would make the row that takes its place the current one.
        """
        selection = self.selectionModel()
        with QSignalBlocker(selection):
            selection.clear()

    def _paint_changes(self, changes: Sequence[Change]) -> None:
        count = self.table.rowCount()
        appended = 0
        for change in reversed(changes):
            if change.kind is Kind.ADDED and change.stop == count - appended:
                appended += change.count
            elif change.kind is not Kind.CHANGED:  # those are painted by dataChanged
                self.viewport().update()
                return
        if appended == count:  # the hint goes
            self.viewport().update()
        else:
            self._update_rows(count - appended, count - 1)

    def _update_rows(self, low: int, high: int) -> None:
        """Have these rows painted, as far as they can be seen."""
        port, height = self.viewport(), self.row_height
        offset = self.verticalHeader().offset()
        top = max(0, low * height - offset)
        bottom = min(port.height(), (high + 1) * height - offset)
        if top < bottom:
            port.update(0, top, port.width(), bottom - top)

    def doItemsLayout(self) -> None:  # noqa: N802
        # Not the base class's: that paints everything.
        self.verticalHeader().setUpdatesEnabled(True)
        self.updateGeometries()

    def dataChanged(  # noqa: N802
        self, low: Index, high: Index, roles: Sequence[int] = ()
    ) -> None:
        if QAccessible.isActive():
            super().dataChanged(low, high, roles)
        self._update_rows(low.row(), high.row())

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        super().scrollContentsBy(dx, dy)
        self._find_hovered()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if not self._holds:
            self.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._drop_press()
        self._tick.stop()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        port, look = self.viewport(), self.look()
        region, area = event.region(), event.rect()
        count, height = self.table.rowCount(), max(1, self.row_height)
        offset, width = self.verticalHeader().offset(), port.width()
        first = (area.top() + offset) // height
        last = min((area.bottom() + offset) // height, count - 1)
        scattered = region.rectCount() > 1
        now, running = time.time(), False
        selection = self.selectionModel().selection()
        selected = selection.at(0).top() if selection.count() else -1
        painter = QPainter(port)
        painter.fillRect(area, look.colour("base"))
        for row in range(max(0, first), last + 1):
            top = row * height - offset
            if not scattered or region.intersects(QRect(0, top, width, height)):
                state = row == selected
                running = self._paint_row(painter, look, row, top, height, now, state) or running
        painter.end()
        if running and not self._tick.isActive():
            self._tick.start(TICK_MS)
        if self.table.empty and self.hint.title:
            self.hint.paint(self)

    def _paint_row(
        self,
        painter: QPainter,
        look: Look,
        row: int,
        top: int,
        height: int,
        now: float,
        selected: bool,
    ) -> bool:
        """Paint one row on the ground of all; returns whether something in it goes on changing."""
        if self._spans is None:
            self._spans = self.columns.spans()
        cells = self.table.cells(row)
        entry = self.table.entry(row)
        placed = self._placed.get(entry)
        if placed is None or placed.source is not cells:
            if cells is None:
                placed = Placed(None, False, ())
            else:
                placed = self._painter.place(cells, look, self._spans, height)
            if len(self._placed) >= _KEPT:
                self._placed.clear()
            self._placed[entry] = placed
        focused = self.hasFocus()
        if selected:
            ground = "selection" if focused else "selection_blurred"
        elif placed.failed:
            ground = "danger_ground"
        elif row == self._hovered and entry >= 0:
            ground = "hover"
        else:
            ground = ""
        if ground:
            painter.fillRect(0, top, self.viewport().width(), height, look.colour(ground))
        edge = look.px(EDGE_WIDTH)
        if placed.failed:
            painter.fillRect(0, top, edge, height, look.colour("danger"))
        if selected or (focused and row == self.currentIndex().row()):
            left = edge if placed.failed else 0
            tone = look.colour("accent" if focused else "edge")
            painter.fillRect(left, top, edge, height, tone)
        draw_placed(painter, placed, top, height)
        live = None
        if cells is not None:
            live = self._painter.live(cells, look, self._spans, height, now)
        if live is not None:
            draw_placed(painter, live, top, height)
        return live is not None

    def _advance(self) -> None:
        """Paint what goes on changing in the rows that can be seen."""
        if not self._seen():
            return
        still = not self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        look, now = self.look(), time.time()
        first, last = self.visible_rows()
        any_live = False
        for row in range(first, last + 1):
            cells = self.table.cells(row)
            if cells is not None and self._painter.live(
                cells, look, self._spans or {}, self.row_height, now
            ):
                any_live = True
                self._update_rows(row, row)
        if any_live:
            self._tick.start(1000 if still else TICK_MS)

    def visible_rows(self) -> tuple[int, int]:
        """The first and the last row of which something can be seen; (0, -1) without rows."""
        height, count = max(1, self.row_height), self.table.rowCount()
        offset = self.verticalHeader().offset()
        last = min((offset + self.viewport().height() - 1) // height, count - 1)
        return (offset // height, last) if count else (0, -1)

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
        if event.reason() == QContextMenuEvent.Reason.Mouse:
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

    def _find_hovered(self) -> None:
        row = -1 if self._pointer is None else self.rowAt(self._pointer.y())
        if row != self._hovered:
            for other in (self._hovered, row):
                if other >= 0:
                    self._update_rows(other, other)
            self._hovered = row

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

    def selectionChanged(  # noqa: N802
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        super().selectionChanged(selected, deselected)
        for part in (selected, deselected):
            for index in part.indexes():
                if index.column() == self._key_column:
                    self._update_rows(index.row(), index.row())

    def focusInEvent(self, _event: QFocusEvent) -> None:  # noqa: N802
        # Not the base class's: that makes the first row the current one.
        self._show_focus()

    def focusOutEvent(self, _event: QFocusEvent) -> None:  # noqa: N802
        self._show_focus()

    def _show_focus(self) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self._update_rows(row, row)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.columns.arrange(self.viewport().width())
        if self.follower.following:
            self.follower.resume()


def _timer(parent: PaintedTable, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(slot)
    return timer
