"""The painting half of a painted table: rows onto the viewport, and only those that changed.

GUI thread only. :mod:`.view` has the essay on the whole, and the half that takes rows over and
deals with mouse and keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QLine,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import (
    QAccessible,
    QAction,
    QFocusEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QStyle, QTableView, QWidget

from launcher.models.log_model import NO_ROW, LogModel
from launcher.panes.controls.hint_buttons import HintButtons
from launcher.panes.controls.log_table import list_rows
from launcher.panes.controls.placeholder import Placeholder

from .columns import Column, TableHeader
from .follow import TableFollower
from .look import Look
from .painting import Placed, RowPainter, Span, draw_placed

__all__ = ["Index", "TableCanvas", "one_shot"]

Index = QModelIndex | QPersistentModelIndex

TICK_MS = 100
"""Between two looks at the clocks of running rows."""
ROW, COMPACT_ROW = 25, 21
EDGE_WIDTH = 3
_KEPT = 1_000


class TableCanvas(QTableView):
    """A table whose viewport is painted in one pass.

    :param name: the object name
    :param model: what is shown
    :param columns: one for each of the model's
    :param painter: lays out the rows
    :param noun: what a row is called
    :param key_column: the column that stands for a row where one is read out
    """

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
        self._hint_buttons = HintButtons(self)
        self.table = model
        self._painter = painter
        self._key_column = key_column
        self._look: Look | None = None
        self._look_holds = False  # it was looked at since something could have changed
        self._laid_out: tuple[object, ...] = ()
        self._spans: dict[int, Span] | None = None
        self._placed: dict[int, Placed] = {}
        self._row_pixels = ROW
        self._hinted = False  # the hint was painted, over all that is free
        self._hovered = -1
        self._joined: tuple[int, int] | None = None
        self._pointer: QPoint | None = None
        self._tick = one_shot(self, self._advance)

        list_rows(self)
        self.setAutoScroll(False)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # Each pixel is painted here, so what stands already can be scrolled as a picture; and the
        # scroll bar has a ground of its own, or all that is below it is painted when it moves.
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            for part in (self.viewport(), bar, bar.parentWidget()):
                if part is not None:
                    part.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
            # The constructor of Qt's class has them styled, before there is a property to go by.
            bar.style().unpolish(bar)
            bar.style().polish(bar)
        self.verticalHeader().setMinimumSectionSize(1)
        self.columns = TableHeader(columns, self.look, self)
        self.setHorizontalHeader(self.columns)
        self.follower = TableFollower(self, self._end_of_text, noun)
        self.columns.arranged.connect(self._arranged)
        self.setModel(model)
        self.set_compact(False)

    def look(self) -> Look:
        """What it is painted with now."""
        ratio = self.devicePixelRatioF()
        if self._look is not None and self._look_holds and self._look.ratio == ratio:
            return self._look
        self._look_holds = True
        if self._look is None or not self._look.holds(self.palette(), ratio):
            known, self._look = self._look, Look(self.palette(), ratio)
            self._placed.clear()
            if known is not None and known.scale != self._look.scale:
                QTimer.singleShot(0, self, self._rescale)
        return self._look

    def set_compact(self, compact: bool) -> None:
        """Have lower rows, or rows of the usual height."""
        self._row_pixels = COMPACT_ROW if compact else ROW
        self._rescale()

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """Show something else while there are no rows.

        :param actions: what the text says that can be done, as buttons
        """
        self.hint = Placeholder(title, text)
        self._hint_buttons.show_actions(actions)
        self.setAccessibleDescription(f"{title}. {text}")
        self.viewport().update()

    def join(self, pair: tuple[int, int] | None) -> None:
        """Show by a bracket at the left edge that two rows belong together; None for no rows.

        :param pair: their numbers
        """
        if pair != self._joined:
            self._joined = pair
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

    @property
    def row_height(self) -> int:
        """The height of each row, in pixels."""
        return self.verticalHeader().defaultSectionSize()

    def visible_rows(self) -> tuple[int, int]:
        """The first and the last row of which something can be seen; (0, -1) without rows."""
        height, count = max(1, self.row_height), self.table.rowCount()
        offset = self.verticalHeader().offset()
        last = min((offset + self.viewport().height() - 1) // height, count - 1)
        return (offset // height, last) if count else (0, -1)

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

    def _seen(self) -> bool:
        return self.isVisible() and not self.window().isMinimized()

    def _update_rows(self, low: int, high: int) -> None:
        """Have these rows painted, as far as they can be seen."""
        port, height = self.viewport(), self.row_height
        offset = self.verticalHeader().offset()
        top = max(0, low * height - offset)
        bottom = min(port.height(), (high + 1) * height - offset)
        if top < bottom:
            port.update(0, top, port.width(), bottom - top)

    def lay_out(self) -> None:
        """Have the scroll bars learn of what has come and gone now, and not in the next round of
        the event loop: there, nothing is left to be done."""
        self._laid_out = self._measures()
        self.updateGeometries()

    def _measures(self) -> tuple[object, ...]:
        """All that scroll bars and headers depend on."""
        port = self.viewport().size()
        return self.table.rowCount(), self.row_height, port, self.columns.length()

    def doItemsLayout(self) -> None:  # noqa: N802
        # Not the base class's: that paints everything.
        self.verticalHeader().setUpdatesEnabled(True)
        if not self._laid_out or self._laid_out != self._measures():
            self.updateGeometries()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        self._look_holds, self._laid_out = False, ()  # another theme, font or size of text

    def dataChanged(  # noqa: N802
        self, low: Index, high: Index, roles: Sequence[int] = ()
    ) -> None:
        if QAccessible.isActive():
            super().dataChanged(low, high, roles)
        self._update_rows(low.row(), high.row())

    def _end_of_text(self) -> int:
        """Where the stretching column ends, as far as it can be seen."""
        return min(self.place_of(self.stretching).right, self.viewport().width())

    def scrollTo(  # noqa: N802
        self,
        index: Index,
        hint: QTableView.ScrollHint = QTableView.ScrollHint.EnsureVisible,
    ) -> None:
        # A row is scrolled to, not one of its columns.
        bar = self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        bar.setValue(before)

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        super().scrollContentsBy(dx, dy)
        if dx:
            self._arranged()  # where texts stand is counted from the viewport's edge
        if self.follower.is_moving:
            self._pointer = None  # until it moves: new rows are no reason to paint the one below it
        self._find_hovered()

    def verticalScrollbarValueChanged(self, _value: int) -> None:  # noqa: N802
        # Not the base class's: that asks the screen where the pointer is, waits for the answer, and
        # has the rows painted below it before and now. What is below it is found here without.
        pass

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
        self._paint_bracket(painter, look, height, offset)
        painter.end()
        if running and not self._tick.isActive():
            self._tick.start(TICK_MS)
        self._hinted = self.table.empty and bool(self.hint.title)
        ends = count * height - offset
        self._hint_buttons.follow(self.hint.paint(self, ends) if self._hinted else -1)

    def _paint_bracket(self, painter: QPainter, look: Look, height: int, offset: int) -> None:
        if self._joined is None:
            return
        rows = sorted(self.table.index_of(number).row() for number in self._joined)
        if rows[0] < 0 or rows[0] == rows[1]:
            return
        left, right = look.px(9), look.px(13)
        top, bottom = (row * height - offset + height // 2 for row in rows)
        painter.save()
        painter.setPen(QPen(look.colour("accent"), 1.3 * look.scale))
        lines = [QLine(left, top, right, top), QLine(left, top, left, bottom)]
        painter.drawLines([*lines, QLine(left, bottom, right, bottom)])
        painter.restore()

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
        elif row == self._hovered and entry > NO_ROW:
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

    def _find_hovered(self) -> None:
        row = -1 if self._pointer is None else self.rowAt(self._pointer.y())
        if row != self._hovered:
            for other in (self._hovered, row):
                if other >= 0:
                    self._update_rows(other, other)
            self._hovered = row

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


def one_shot(parent: QTableView, slot: Callable[[], None]) -> QTimer:
    """A timer that runs once each time it is started."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(slot)
    return timer
