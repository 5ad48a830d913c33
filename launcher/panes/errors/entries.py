"""The list of the kinds of errors; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.display import clock, one_line
from launcher.core.logs.groups import ErrorGroup
from launcher.models.error_groups import GroupModel, class_name, place_text
from launcher.panes.controls.placeholder import Placeholder

__all__ = ["ErrorEntries"]

_HEIGHT = 66
_LEFT = 34  # where the texts begin
_RIGHT = 14
_LINE_WIDTH = 56  # of the small time line


class ErrorEntries(QListView):
    """One entry for each kind: class and count, message, place and time."""

    chosen = Signal(str)
    """The user wants to see the group with this key."""

    def __init__(self, model: GroupModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups = model
        self._current = ""
        self.hint = Placeholder("", "")
        self.setObjectName("errorsView")
        self.setAccessibleName("Errors")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_EntryPainter(model.group, self))
        self.setModel(model)
        model.modelReset.connect(self._restore)
        self.selectionModel().currentChanged.connect(self._changed)

    @property
    def current_key(self) -> str:
        """The key of the group that is selected, or ""."""
        return self._current

    def choose(self, key: str) -> bool:
        """Select a group; False where it isn't shown."""
        row = self._groups.row_of(key)
        if row < 0:
            return False
        index = self._groups.index(row)
        if index == self.currentIndex():
            self.chosen.emit(key)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    @Slot(QModelIndex)
    def _changed(self, index: QModelIndex) -> None:
        group = self._groups.group(index.row()) if index.isValid() else None
        if group is not None and group.key != self._current:
            self._current = group.key
            self.chosen.emit(group.key)

    @Slot()
    def _restore(self) -> None:
        """The rows are others now: what was selected stays so."""
        row = self._groups.row_of(self._current)
        if row < 0:
            return
        self.selectionModel().setCurrentIndex(
            self._groups.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Qt makes the first row current where none is: entering a list changes nothing."""
        QFrame.focusInEvent(self, event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._groups.rowCount() and self.hint.title:
            self.hint.paint(self)


class _EntryPainter(QStyledItemDelegate):
    """Paints an entry: three lines, a mark for what isn't seen yet, and when it has occurred."""

    def __init__(self, group: Callable[[int], ErrorGroup | None], view: QListView) -> None:
        super().__init__(view)
        self._group = group
        self._view = view

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
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setClipRect(rect)
        self._ground(painter, rect, selected, bool(state & QStyle.StateFlag.State_MouseOver))
        texts = rect.adjusted(_LEFT, 8, -_RIGHT, -7)
        third = texts.height() // 3
        unseen = bool(group.unseen)
        self._mark(painter, rect, texts.top() + third // 2, unseen)
        name, _ = class_name(group.newest.type)
        rows = [
            QRect(texts.left(), texts.top() + n * third, texts.width(), third) for n in range(3)
        ]
        count = f"{group.count:,}\u00d7"
        used = self._right(painter, rows[0], count, "strong", "text" if unseen else "muted")
        tone = "danger" if unseen else "text"
        self._left(painter, rows[0].adjusted(0, 0, -used, 0), name, "strong", tone)
        message = one_line(" ".join(group.newest.message[:600].split()), 300)
        self._left(painter, rows[1], message, "second", "text" if unseen else "soft")
        used = self._right(painter, rows[2], clock(group.last)[:8], "small_mono", "muted")
        used += self._times(painter, rows[2].adjusted(0, 0, -used, 0), group)
        place = place_text(group.newest.place, group.newest.function)
        tone = "yours" if place else "muted"
        text = place or group.newest.origin
        self._left(painter, rows[2].adjusted(0, 0, -used, 0), text, "small_mono", tone)
        painter.restore()

    def _colour(self, name: str) -> QColor:
        return theme.colour(self._view.palette(), name)

    def _ground(self, painter: QPainter, rect: QRect, selected: bool, hovered: bool) -> None:
        if selected:
            focused = self._view.hasFocus()
            painter.fillRect(rect, self._colour("selection" if focused else "selection_blurred"))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), self._colour("accent"))
        elif hovered:
            painter.fillRect(rect, self._colour("hover"))
        if not selected:
            line = rect.adjusted(_LEFT, rect.height() - 1, 0, 0)
            painter.fillRect(line, self._colour("line"))

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

    def _right(self, painter: QPainter, room: QRect, text: str, role: str, tone: str) -> int:
        """A text at the right end; returns the width that is gone."""
        font = theme.font(role)
        self._put(painter, room, text, font, tone, Qt.AlignmentFlag.AlignRight)
        return QFontMetrics(font).horizontalAdvance(text) + 10

    def _left(self, painter: QPainter, room: QRect, text: str, role: str, tone: str) -> None:
        font = theme.font(role)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self._put(painter, room, shown, font, tone, Qt.AlignmentFlag.AlignLeft)

    def _put(
        self, painter: QPainter, room: QRect, text: str, font: QFont, tone: str,
        side: Qt.AlignmentFlag,
    ) -> None:  # fmt: skip
        painter.setFont(font)
        painter.setPen(self._colour(tone))
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, text)
