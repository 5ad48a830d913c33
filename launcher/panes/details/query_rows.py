"""How a statement of a request looks in its list, and a run under it; GUI thread only.

Two lines for a statement: what it does and how long it took, and below that the line of the user's
code that asked. What repeats is amber, with how often; the rest is quiet.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from launcher import theme
from launcher.core.display import microseconds, one_line, percent, plural
from launcher.core.logs.queries import QueryGroup
from launcher.models.queries import GROUP_ROLE, SPAN_ROLE
from server.facts.span import Span

__all__ = ["QueryPainter"]

EDGE = 16
FOLD = 16
"""Pixels of the sign that a statement's runs unfold by."""
_HEIGHT, _RUN = 44, 22

Index = QModelIndex | QPersistentModelIndex


class QueryPainter(QStyledItemDelegate):
    """Paints the rows of a :class:`~launcher.models.queries.QueriesModel`."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        line = QFontMetrics(theme.font("text")).height()
        if index.data(SPAN_ROLE) is not None:
            return QSize(100, max(_RUN, line + 4))
        return QSize(100, max(_HEIGHT, 2 * line + 10))

    def place_rect(self, rect: QRect, group: QueryGroup) -> QRect:
        """Where the line of the user's code stands in a statement's row."""
        second = self._lines(rect)[1]
        width = QFontMetrics(theme.font("small_mono")).horizontalAdvance(group.place)
        return QRect(second.left(), second.top(), min(width, second.width()), second.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        group: QueryGroup | None = index.data(GROUP_ROLE)
        if group is None:
            return
        span: Span | None = index.data(SPAN_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        self._ground(painter, rect, state, first=span is None)
        if span is None:
            self._group(painter, rect, group, index)
        else:
            self._run(painter, rect, span, index)
        painter.restore()

    def _lines(self, rect: QRect) -> tuple[QRect, QRect]:
        texts = rect.adjusted(EDGE + FOLD, 5, -EDGE, -4)
        half = texts.height() // 2
        first = QRect(texts.left(), texts.top(), texts.width(), half)
        return first, first.translated(0, half)

    def _ground(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, *, first: bool
    ) -> None:
        if state & QStyle.StateFlag.State_Selected:
            tone = "selection" if self._view.hasFocus() else "selection_blurred"
            painter.fillRect(rect, self._colour(tone))
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), self._colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._colour("hover"))
        if first:
            painter.fillRect(rect.left() + EDGE, rect.top(), rect.width(), 1, self._colour("line"))

    def _group(self, painter: QPainter, rect: QRect, group: QueryGroup, index: Index) -> None:
        first, second = self._lines(rect)
        self._fold(painter, rect, self._view.isExpanded(self._view.model().index(index.row(), 0)))
        room = self._right(painter, first, percent(group.share), "second", "muted", least="100 %")
        time = microseconds(group.time)
        room = self._right(
            painter, room, time, "strong" if group.share >= 0.5 else "second", "text"
        )
        if group.count > 1:
            tone = "warning" if group.duplicate else "muted"
            room = self._left(painter, room, f"{group.count:,}\u00d7", "strong", tone)
        tone = "muted" if group.transaction else "text"
        self._left(painter, room, str(index.data()), "mono", tone)
        remark, tone = _remark(group)
        room = self._right(painter, second, remark, "second", tone)
        room = self._left(painter, room, group.place, "small_mono", "yours")
        if not group.function.startswith("<"):  # a comprehension has no name
            self._left(painter, room, one_line(group.function, 120), "second", "muted")

    def _run(self, painter: QPainter, rect: QRect, span: Span, index: Index) -> None:
        line = rect.adjusted(EDGE + FOLD, 0, -EDGE, 0)
        room = self._right(painter, line, microseconds(span.duration), "second", "soft")
        if span.error:
            self._left(painter, room, one_line(span.error, 200), "second", "danger")
            return
        if span.rows is not None:
            room = self._right(painter, room, plural(span.rows, "row"), "second", "muted")
        room = self._left(painter, room, f"{index.row() + 1}", "second", "muted", least="88")
        text = str(index.data())
        self._left(painter, room, text or "no values", "mono", "soft" if text else "muted")

    def _fold(self, painter: QPainter, rect: QRect, unfolded: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour("muted"), 1.5))
        x, y = rect.left() + EDGE + 4.0, self._lines(rect)[0].center().y() + 0.5
        points = (
            [QPointF(x - 3, y - 1.5), QPointF(x, y + 1.5), QPointF(x + 3, y - 1.5)]
            if unfolded
            else [QPointF(x - 1.5, y - 3), QPointF(x + 1.5, y), QPointF(x - 1.5, y + 3)]
        )
        painter.drawPolyline(QPolygonF(points))

    def _colour(self, name: str) -> QColor:
        return theme.colour(self._view.palette(), name)

    def _right(
        self, painter: QPainter, room: QRect, text: str, role: str, tone: str, least: str = ""
    ) -> QRect:
        """A text at the right end; returns the room that is left."""
        if not text:
            return room
        font = theme.font(role)
        metrics = QFontMetrics(font)
        self._put(painter, room, text, font, tone, Qt.AlignmentFlag.AlignRight)
        width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(least))
        return room.adjusted(0, 0, -width - 10, 0)

    def _left(
        self, painter: QPainter, room: QRect, text: str, role: str, tone: str, least: str = ""
    ) -> QRect:
        if not text or room.width() < 8:
            return room
        font = theme.font(role)
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self._put(painter, room, shown, font, tone, Qt.AlignmentFlag.AlignLeft)
        width = max(metrics.horizontalAdvance(shown), metrics.horizontalAdvance(least))
        return room.adjusted(width + 7, 0, 0, 0)

    def _put(
        self, painter: QPainter, room: QRect, text: str, font: QFont, tone: str,
        side: Qt.AlignmentFlag,
    ) -> None:  # fmt: skip
        painter.setFont(font)
        painter.setPen(self._colour(tone))
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, text)


def _remark(group: QueryGroup) -> tuple[str, str]:
    """What stands at the end of a statement's second line, and its colour."""
    failed = sum(bool(span.error) for span in group.spans)
    if failed:
        return ("failed" if group.count == 1 else f"{failed:,} failed"), "danger"
    if group.looped:
        return "in a loop", "warning"
    if group.duplicate and len({(span.parameters, span.label) for span in group.spans}) == 1:
        return ("same values" if group.count > 1 else "also elsewhere"), "warning"
    known = [span.rows for span in group.spans if span.rows is not None]
    return (plural(sum(known), "row") if known else ""), "muted"
