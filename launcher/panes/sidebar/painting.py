"""How the rows of the sidebar look; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from launcher import theme
from launcher.core.state import SessionState
from launcher.models.servers import ROW, RecentRow, ServerRow
from launcher.panes.controls.written import AT_RIGHT, write
from launcher.theme.fonts import text_size

__all__ = ["RecentDelegate", "ServerDelegate", "second_of", "words_of"]

_Index = QModelIndex | QPersistentModelIndex
_MARGIN, _NAME = 10, 26
_TALL, _LOW, _RECENT = 42, 28, 25
_BETWEEN = 6
_TONES = {
    SessionState.RUNNING: "good",
    SessionState.BROKEN: "danger",
    SessionState.FAILED: "danger",
    SessionState.CRASHED: "danger",
    SessionState.STOPPED: "muted",
}


class _Row(QStyledItemDelegate):
    """A row's ground, and its edge where it is the current one."""

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state = option.state
        rect = option.rect
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        ground = "hover" if state & QStyle.StateFlag.State_MouseOver else ""
        if is_selected:
            active = state & QStyle.StateFlag.State_Active
            ground = "selection" if active else "selection_blurred"
        painter.setPen(Qt.PenStyle.NoPen)
        if ground:
            painter.setBrush(self._colour(option, ground))
            painter.drawRoundedRect(QRectF(rect), 6, 6)
        if is_selected or state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(self._colour(option, "accent"))
            painter.drawRect(QRect(rect.left(), rect.top() + 6, 3, rect.height() - 12))

    @staticmethod
    def _colour(option: QStyleOptionViewItem, name: str) -> QColor:
        return theme.colour(option.palette, name)


class ServerDelegate(_Row):
    """A server: its state as a shape, its name and port; below, while it runs, how busy it is and
    how many errors have not been seen."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        row: ServerRow = index.data(ROW)
        scale = text_size()
        return QSize(100, round((_LOW if row.is_idle and not row.unseen else _TALL) * scale))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: ServerRow = index.data(ROW)
        painter.save()
        self._ground(painter, option)
        room = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        is_low = room.height() <= round(_LOW * text_size())
        first = QRect(room) if is_low else room.adjusted(0, 4, 0, -room.height() // 2 + 2)
        self._draw_state(painter, option, QPointF(room.left() + 5, first.center().y() + 0.5), row)
        first.setLeft(room.left() + _NAME - _MARGIN)
        word, below = words_of(row, first.width())
        width = write(painter, option, first, "second", "muted", word, AT_RIGHT)
        first.setRight(first.right() - width - (_BETWEEN if width else 0))
        tone, role = _name_looks(row)
        write(painter, option, first, role, tone, row.name)
        if not is_low:
            second = QRect(room)
            second.setLeft(room.left() + _NAME - _MARGIN)
            second.setTop(room.center().y() + 1)
            second.setBottom(second.bottom() - 4)
            write(painter, option, second, "second", "muted", below)
            if row.unseen:
                text = f"\u2716 {row.unseen:,}"
                write(painter, option, second, "caption", "danger", text, AT_RIGHT)
        painter.restore()

    def _draw_state(
        self, painter: QPainter, option: QStyleOptionViewItem, at: QPointF, row: ServerRow
    ) -> None:
        if row.is_file:
            picture = theme.pixmap("request", option.palette, "muted", 14)
            painter.drawPixmap(at - QPointF(7, 7), picture)
            return
        colour = self._colour(option, _TONES.get(row.state, "accent"))
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if row.state is SessionState.RUNNING:
            painter.setBrush(colour)
            painter.drawEllipse(at, 3, 3)
        elif row.state in (SessionState.FAILED, SessionState.CRASHED, SessionState.BROKEN):
            for sign in (1, -1):
                painter.drawLine(at + QPointF(-3, -3 * sign), at + QPointF(3, 3 * sign))
        elif row.state is SessionState.STOPPED:
            painter.drawEllipse(at, 3.5, 3.5)
        else:  # it is on its way
            painter.drawArc(QRectF(at.x() - 3.5, at.y() - 3.5, 7, 7), 0, 270 * 16)


class RecentDelegate(_Row):
    """A recent project: its name and framework; muted where its folder is gone."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(100, round(_RECENT * text_size()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: RecentRow = index.data(ROW)
        painter.save()
        self._ground(painter, option)
        room = option.rect.adjusted(_NAME, 0, -_MARGIN, 0)
        second = second_of(row, room.width())
        width = write(painter, option, room, "second", "muted", second, AT_RIGHT)
        room.setRight(room.right() - width - _BETWEEN)
        write(painter, option, room, "text", "text" if row.is_there else "muted", row.name)
        painter.restore()


def _name_looks(row: ServerRow) -> tuple[str, str]:
    """The tone and the role of a server's name."""
    return ("soft", "text") if row.is_idle else ("text", "strong")


def words_of(row: ServerRow, room: int) -> tuple[str, str]:
    """What stands beside a server's name, and what below it. The name comes first: where both have
    no room, the address goes below, and the state is left to its shape.

    :param room: for the name and what is beside it, in pixels
    """
    word = row.address if row.is_file or not row.is_idle else row.state.value.lower()
    name = QFontMetrics(theme.font(_name_looks(row)[1])).horizontalAdvance(row.name)
    beside = QFontMetrics(theme.font("second")).horizontalAdvance(word)
    if name + _BETWEEN + beside < room:  # a pixel may be lost to rounding
        return word, row.second
    below = (row.address, row.second) if row.second else ("", "")
    return "", " \u00b7 ".join(filter(None, below))


def second_of(row: RecentRow, room: int) -> str:
    """What stands beside a recent project's name, which comes first: in few words, or nothing,
    where there is no room for more.

    :param room: for both, in pixels
    """
    left = room - QFontMetrics(theme.font("text")).horizontalAdvance(row.name) - _BETWEEN
    metrics = QFontMetrics(theme.font("second"))
    words = (row.second,) if row.is_there else (row.second, "not there")
    return next((text for text in words if metrics.horizontalAdvance(text) < left), "")
