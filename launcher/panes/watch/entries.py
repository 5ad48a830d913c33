"""The list of the pins; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.watch.judging import Verdict
from launcher.models.requests import WRITING
from launcher.models.watch import NOT_SENT, VERDICTS, PinCells, PinModel
from launcher.panes.controls.shapes import draw

__all__ = ["PinEntries", "draw_shape"]

HIGH, LOW = 48, 30
_METHOD, _PATH, _RIGHT = 41, 90, 16
_DURATION = 66
_CHIP_PAD = 5
_WORDS = 104  # where the words of the second line begin


class PinEntries(QListView):
    """One entry for each pin: method, path, status and time, and below them what differs."""

    chosen = Signal(str)
    """The user wants to see the pin with this key."""

    def __init__(self, model: PinModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pins = model
        self._current = ""
        self.setObjectName("watchView")
        self.setAccessibleName("Pinned requests")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_EntryPainter(model.cells, self))
        self.setModel(model)
        model.modelReset.connect(self._restore)
        self.selectionModel().currentChanged.connect(self._changed)

    @property
    def current_key(self) -> str:
        """The key of the selected pin, or ""."""
        return self._current

    @property
    def content_height(self) -> int:
        """Pixels that all entries take together."""
        return sum(self.sizeHintForRow(row) for row in range(self._pins.rowCount()))

    def choose(self, key: str) -> bool:
        """Select a pin; False where it isn't there."""
        row = self._pins.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self._pins.index(row))
            self.scrollTo(self._pins.index(row))
        return row >= 0

    @Slot(QModelIndex)
    def _changed(self, index: QModelIndex) -> None:
        cells = self._pins.cells(index.row()) if index.isValid() else None
        if cells is not None and cells.key != self._current:
            self._current = cells.key
            self.chosen.emit(cells.key)

    @Slot()
    def _restore(self) -> None:
        """The rows are others now: what was selected stays so, or else the first one is."""
        row = max(self._pins.row_of(self._current), 0)
        if not self._pins.rowCount():
            self._current = ""
            self.chosen.emit("")
            return
        self.selectionModel().setCurrentIndex(
            self._pins.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Qt makes the first row current where none is: entering a list changes nothing."""
        QFrame.focusInEvent(self, event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class _EntryPainter(QStyledItemDelegate):
    """Paints an entry: one line, and a second one where there is more to show."""

    def __init__(self, cells: Callable[[int], PinCells | None], view: QListView) -> None:
        super().__init__(view)
        self._cells, self._view = cells, view

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        cells = self._cells(index.row())
        lines = 2 if cells is not None and cells.has_more else 1
        line = QFontMetrics(theme.font("datum")).height()
        least = HIGH if lines == 2 else LOW
        return QSize(100, max(least, lines * (line + 2) + 12))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cells = self._cells(index.row())
        if cells is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        self._ground(painter, rect, state)
        lines = 2 if cells.has_more else 1
        height = (rect.height() - 10) // lines
        first = QRect(rect.left(), rect.top() + 5, rect.width(), height)
        shape, tone = NOT_SENT if cells.verdict is None else VERDICTS[cells.verdict]
        if cells.sending:
            shape, tone = "ring", "accent"
        draw_shape(painter, shape, self._colour(tone), self._colour("base"), first, 16)
        self._first_line(painter, cells, first)
        if lines == 2:
            self._second_line(painter, cells, first.translated(0, height), tone)
        painter.restore()

    def _first_line(self, painter: QPainter, cells: PinCells, room: QRect) -> None:
        failed = cells.verdict is Verdict.FAILED
        slow = cells.verdict is Verdict.SLOWER
        right = room.adjusted(0, 0, -_RIGHT, 0)
        self._right(
            painter, right, cells.duration, "second", "warning" if slow else "soft", bold=slow
        )
        right.adjust(0, 0, -_DURATION, 0)
        before, after = cells.statuses
        tone = "danger" if failed and before else "muted"
        used = self._right(painter, right, after, "datum", tone, bold=failed and bool(before))
        if before:
            right.adjust(0, 0, -used, 0)
            used += self._right(painter, right, f"{before} \u2192 ", "mono", "muted")
        left = room.adjusted(_METHOD, 0, 0, 0)
        self._method(painter, cells.method, left)
        path = room.adjusted(_PATH, 0, -_RIGHT - _DURATION - 12, 0)
        path.setRight(min(path.right(), room.right() - _RIGHT - _DURATION - used - 12))
        font = theme.font("datum")
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(cells.path, Qt.TextElideMode.ElideMiddle, path.width())
        self._put(painter, path, shown, font, "text", Qt.AlignmentFlag.AlignLeft)
        rest = path.adjusted(metrics.horizontalAdvance(shown), 0, 0, 0)
        if cells.query and rest.width() > 24:
            font = theme.font("mono")
            shown = QFontMetrics(font).elidedText(
                cells.query, Qt.TextElideMode.ElideRight, rest.width()
            )
            self._put(painter, rest, shown, font, "muted", Qt.AlignmentFlag.AlignLeft)

    def _second_line(self, painter: QPainter, cells: PinCells, room: QRect, tone: str) -> None:
        title = theme.font("second")
        title.setWeight(QFont.Weight.DemiBold)
        line = room.adjusted(_METHOD, 0, -_RIGHT, 0)
        self._put(painter, line, cells.title, title, tone, Qt.AlignmentFlag.AlignLeft)
        used = QFontMetrics(title).horizontalAdvance(cells.title) + 10
        line = room.adjusted(max(_WORDS, _METHOD + used), 0, -_RIGHT, 0)
        font = theme.font("second")
        metrics = QFontMetrics(font)
        place = theme.font("mono")
        kept = QFontMetrics(place).horizontalAdvance(cells.place)
        words = metrics.elidedText(
            cells.words, Qt.TextElideMode.ElideRight, max(0, line.width() - kept)
        )
        self._put(painter, line, words, font, "muted", Qt.AlignmentFlag.AlignLeft)
        if cells.place:
            line.adjust(metrics.horizontalAdvance(words), 0, 0, 0)
            self._put(painter, line, cells.place, place, "yours", Qt.AlignmentFlag.AlignLeft)

    def _method(self, painter: QPainter, method: str, room: QRect) -> None:
        font = theme.font("small_mono")
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(method, Qt.TextElideMode.ElideRight, _PATH - _METHOD - 6)
        writes = method in WRITING
        if writes:
            height = metrics.height() + 4
            chip = QRect(
                room.left() - _CHIP_PAD,
                room.center().y() - height // 2 + 1,
                metrics.horizontalAdvance(shown) + 2 * _CHIP_PAD,
                height,
            )
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour("tint"))
            painter.drawRoundedRect(chip, 4, 4)
        tone = "link" if writes else "muted"
        self._put(painter, room, shown, font, tone, Qt.AlignmentFlag.AlignLeft)

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        if state & QStyle.StateFlag.State_Selected:
            focused = self._view.hasFocus()
            painter.fillRect(rect, self._colour("selection" if focused else "selection_blurred"))
            edge = self._colour("accent" if focused else "edge")
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), edge)
            return
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._colour("hover"))
        line = rect.adjusted(_METHOD - 5, rect.height() - 1, 0, 0)
        painter.fillRect(line, self._colour("line"))

    def _colour(self, name: str) -> QColor:
        return theme.colour(self._view.palette(), name)

    def _right(
        self, painter: QPainter, room: QRect, text: str, role: str, tone: str, *, bold: bool = False
    ) -> int:
        """A text at the right end; returns its width."""
        font = theme.font(role)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        self._put(painter, room, text, font, tone, Qt.AlignmentFlag.AlignRight)
        return QFontMetrics(font).horizontalAdvance(text)

    def _put(
        self, painter: QPainter, room: QRect, text: str, font: QFont, tone: str,
        side: Qt.AlignmentFlag,
    ) -> None:  # fmt: skip
        painter.setFont(font)
        painter.setPen(self._colour(tone))
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, text)


def draw_shape(
    painter: QPainter, shape: str, tone: QColor, ground: QColor, room: QRect, left: int
) -> None:
    """Draw a shape of 12 pixels, upright in the middle of a line.

    :param left: where it begins in the line
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(room.left() + left, room.top() + (room.height() - 12) / 2 + 0.5)
    draw(painter, shape, tone, ground)
    painter.restore()
