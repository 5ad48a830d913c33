"""The list of the kinds of errors; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.display import clock, one_line
from launcher.core.logs.groups import ErrorGroup
from launcher.models.error_groups import GroupModel, class_name, place_text
from launcher.panes.controls.entries import EntryList, EntryPainter
from launcher.panes.controls.placeholder import Placeholder

__all__ = ["ErrorEntries"]

_HEIGHT = 66
_LEFT = 34  # where the texts begin
_RIGHT = 14
_GAP = 10  # before what stands at the right end
_LINE_WIDTH = 56  # of the small time line


class ErrorEntries(EntryList):
    """One entry for each kind: class and count, message, place and time."""

    def __init__(self, model: GroupModel, parent: QWidget | None = None) -> None:
        super().__init__(model, model, parent)
        self._groups = model
        self.hint = Placeholder("", "")
        self.setObjectName("errorsView")
        self.setAccessibleName("Errors")
        self.setUniformItemSizes(True)
        self.setItemDelegate(_EntryPainter(model.group, self))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._groups.rowCount() and self.hint.title:
            self.hint.paint(self)


class _EntryPainter(EntryPainter):
    """Paints an entry: three lines, a mark for what isn't seen yet, and when it has occurred."""

    def __init__(self, group: Callable[[int], ErrorGroup | None], view: QListView) -> None:
        super().__init__(view, _LEFT)
        self._group = group

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        least = 3 * QFontMetrics(theme.font("text")).height() + 14
        return QSize(100, max(_HEIGHT, least))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        group = self._group(index.row())
        if group is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        self._ground(painter, rect, state)
        texts = rect.adjusted(_LEFT, 8, -_RIGHT, -7)
        third = texts.height() // 3
        unseen = bool(group.unseen)
        self._mark(painter, rect, texts.top() + third // 2, unseen)
        name, _ = class_name(group.newest.type)
        rows = [
            QRect(texts.left(), texts.top() + n * third, texts.width(), third) for n in range(3)
        ]
        count = f"{group.count:,}\u00d7"
        used = _GAP + self._right(painter, rows[0], count, "strong", "text" if unseen else "muted")
        tone = "danger" if unseen else "text"
        self._left(painter, rows[0].adjusted(0, 0, -used, 0), name, "strong", tone)
        message = one_line(" ".join(group.newest.message[:600].split()), 300)
        self._left(painter, rows[1], message, "second", "text" if unseen else "soft")
        used = _GAP + self._right(painter, rows[2], clock(group.last)[:8], "small_mono", "muted")
        used += self._times(painter, rows[2].adjusted(0, 0, -used, 0), group)
        place = place_text(group.newest.place, group.newest.function)
        tone = "yours" if place else "muted"
        text = place or group.newest.origin
        self._left(painter, rows[2].adjusted(0, 0, -used, 0), text, "small_mono", tone)
        painter.restore()

    def _mark(self, painter: QPainter, rect: QRect, middle: int, unseen: bool) -> None:
        """A filled circle with a cross for what isn't seen yet, an empty one for the rest."""
        box = QRectF(rect.left() + 15, middle - 5, 10, 10)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not unseen:
            painter.setPen(QPen(self._colour("muted"), 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box.adjusted(1, 1, -1, -1))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour("danger"))
        painter.drawEllipse(box)
        painter.setPen(QPen(self._colour("base"), 1.4))
        cross = box.adjusted(3.2, 3.2, -3.2, -3.2)
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.topRight(), cross.bottomLeft())

    def _times(self, painter: QPainter, room: QRect, group: ErrorGroup) -> int:
        """When it has occurred of late, from its first time to its last; returns the width."""
        span = group.last - group.times[0]
        if len(group.times) < 2 or span <= 0 or room.width() < 3 * _LINE_WIDTH:
            return 0
        left, bottom = room.right() - _LINE_WIDTH, room.center().y() + 5
        painter.fillRect(left, bottom, _LINE_WIDTH, 1, self._colour("line"))
        for time in group.times:
            at = left + round((time - group.times[0]) / span * (_LINE_WIDTH - 2))
            painter.fillRect(at, bottom - 7, 2, 7, self._colour("bar"))
        return _LINE_WIDTH + 8
