"""How a recent project looks on the start page; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from launcher import theme
from launcher.models.servers import ROW, RecentRow
from launcher.panes.controls.written import AT_RIGHT, write
from launcher.theme.fonts import text_size

__all__ = ["HEIGHT", "MARGIN", "ProjectDelegate"]

HEIGHT, MARGIN = 46, 12
_FRAMEWORK = 76
_Index = QModelIndex | QPersistentModelIndex


class ProjectDelegate(QStyledItemDelegate):
    """Name and folder at the left, framework and last use at the right; muted where it is gone."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(200, round(HEIGHT * text_size()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: RecentRow = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        room = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        used = max(self._width("second", row.used), self._width("second", "30 September"))
        write(painter, option, room, "second", "muted", row.used, AT_RIGHT)
        room.setRight(room.right() - used - 16)
        if row.framework:
            width = max(round(_FRAMEWORK * text_size()), self._width("second", row.framework))
            column = QRect(room)
            column.setLeft(max(room.left(), room.right() - width))
            tone = "soft" if row.is_there else "muted"
            write(painter, option, column, "second", tone, row.framework)
            room.setRight(column.left() - 12)
        middle = room.center().y()
        upper = QRect(room.left(), room.top() + 4, room.width(), middle - room.top() - 3)
        lower = QRect(room.left(), middle + 1, room.width(), room.bottom() - middle - 5)
        write(painter, option, upper, "strong", "text" if row.is_there else "muted", row.name)
        if not row.is_there:
            gone = self._width("second", row.second)
            path = min(self._width("mono", row.shown_path), max(0, lower.width() - gone - 10))
            beside = lower.adjusted(path + 10, 0, 0, 0)
            write(painter, option, beside, "second", "muted", row.second)
            lower.setWidth(path)
        write(painter, option, lower, "mono", "muted", row.shown_path)
        painter.restore()

    @staticmethod
    def _ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect, state, palette = option.rect, option.state, option.palette
        if state & QStyle.StateFlag.State_Selected:
            ground = "selection"
        else:
            ground = "hover" if state & QStyle.StateFlag.State_MouseOver else ""
            line = rect.adjusted(MARGIN, 0, -MARGIN, 0)
            painter.setPen(theme.colour(palette, "line"))
            painter.drawLine(line.bottomLeft(), line.bottomRight())
        if ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, ground))
            painter.drawRoundedRect(QRectF(rect), 6, 6)
        if state & QStyle.StateFlag.State_Selected:
            edge = QRect(rect.left(), rect.top() + 7, 3, rect.height() - 14)
            painter.fillRect(edge, theme.colour(palette, "accent"))

    @staticmethod
    def _width(role: str, text: str) -> int:
        return QFontMetrics(theme.font(role)).horizontalAdvance(text)
