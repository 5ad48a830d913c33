"""The list of the pins; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.watch.judging import Verdict
from launcher.models.requests import WRITING
from launcher.models.watch import NOT_SENT, VERDICTS, PinCells, PinModel
from launcher.panes.controls.entries import EntryList, EntryPainter
from launcher.panes.controls.shapes import draw

__all__ = ["PinEntries", "draw_shape"]

HIGH, LOW = 48, 30
_METHOD, _PATH, _RIGHT = 41, 90, 16
_DURATION = 66
_CHIP_PAD = 5
_WORDS = 104  # where the words of the second line begin


class PinEntries(EntryList):
    """One entry for each pin: method, path, status and time, and below them what differs."""

    def __init__(self, model: PinModel, parent: QWidget | None = None) -> None:
        super().__init__(model, model, parent)
        self._pins = model
        self.setObjectName("watchView")
        self.setAccessibleName("Pinned requests")
        self.setItemDelegate(_EntryPainter(model.cells, self))

    @property
    def content_height(self) -> int:
        """Pixels that all entries take together."""
        return sum(self.sizeHintForRow(row) for row in range(self._pins.rowCount()))

    @Slot()
    def _restore(self) -> None:
        """The rows are others now: what was selected stays so, or else the first one is."""
        if self._pins.rowCount():
            self._select(max(self._pins.row_of(self._current), 0))
        else:
            self._current = ""
            self.chosen.emit("")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class _EntryPainter(EntryPainter):
    """Paints an entry: one line, and a second one where there is more to show."""

    def __init__(self, cells: Callable[[int], PinCells | None], view: QListView) -> None:
        super().__init__(view, _METHOD - 5)
        self._cells = cells

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
