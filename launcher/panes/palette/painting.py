"""How the rows of the palette look; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from launcher import theme
from launcher.core.http_methods import SAFE
from launcher.core.palette.entries import Entry, Found
from launcher.theme.fonts import text_size

from .model import FOUND

__all__ = ["ROW", "TITLE", "PaletteDelegate"]

ROW, TITLE = 32, 28
_Index = QModelIndex | QPersistentModelIndex
_MARGIN = 14
_ICON, _BADGE_ROOM = 16, 60
_GAP = 22
_PAD, _CHIP = 5, 18
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class PaletteDelegate(QStyledItemDelegate):
    """A title, or an entry with what was typed marked in it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        height = TITLE if index.data(FOUND) is None else ROW
        return QSize(100, round(height * text_size()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        found = index.data(FOUND)
        if found is None:
            room = option.rect.adjusted(_MARGIN, 4, -_MARGIN, 0)
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.colour(option.palette, "muted"))
            painter.drawText(room, int(_LEFT), str(index.data()))
        else:
            self._entry(painter, option, found)
        painter.restore()

    def _entry(self, painter: QPainter, option: QStyleOptionViewItem, found: Found) -> None:
        palette, entry = option.palette, found.entry
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, "selection" if selected else "hover"))
            painter.drawRoundedRect(QRectF(option.rect), 6, 6)
        if selected:
            edge = QRect(option.rect.left(), option.rect.top() + 7, 3, option.rect.height() - 14)
            painter.fillRect(edge, theme.colour(palette, "accent"))
        room = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        self._mark(painter, palette, room, entry)
        room.setLeft(room.left() + round(_BADGE_ROOM * text_size()))
        if entry.right:
            font = theme.font("mono" if entry.is_code else "second")
            painter.setFont(font)
            painter.setPen(theme.colour(palette, "muted"))
            painter.drawText(room, int(_RIGHT), entry.right)
            width = QFontMetrics(font).horizontalAdvance(entry.right)
            room.setRight(room.right() - width - _GAP)
        room.setLeft(_write_found(painter, palette, room, found) + _GAP // 2)
        if entry.detail and room.width() > 30:
            font = theme.font("second")
            painter.setFont(font)
            painter.setPen(theme.colour(palette, "muted"))
            how = Qt.TextElideMode.ElideMiddle
            text = QFontMetrics(font).elidedText(entry.detail, how, room.width())
            painter.drawText(room, int(_LEFT), text)

    @staticmethod
    def _mark(painter: QPainter, palette: QPalette, room: QRect, entry: Entry) -> None:
        """The method of a request, or a drawing; a tick where a choice is the one in force."""
        if not entry.badge:
            name = entry.icon if entry.state is None else "done" if entry.state else ""
            if name:
                tone = "accent" if entry.state else "muted"
                picture = theme.pixmap(name, palette, tone, _ICON)
                painter.drawPixmap(room.left(), room.center().y() - _ICON // 2 + 1, picture)
            return
        font = theme.font("small_mono")
        writes = entry.badge not in SAFE
        if writes:
            font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        most = round((_BADGE_ROOM - 8) * text_size())
        text = metrics.elidedText(entry.badge, Qt.TextElideMode.ElideRight, most)
        if writes:
            tall = round(_CHIP * text_size())
            chip = QRect(room.left(), 0, metrics.horizontalAdvance(text) + 2 * _PAD, tall)
            chip.moveTop(room.center().y() - tall // 2 + 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(palette, "tint"))
            painter.drawRoundedRect(QRectF(chip), 4, 4)
        painter.setFont(font)
        painter.setPen(theme.colour(palette, "link" if writes else "muted"))
        painter.drawText(room.adjusted(_PAD, 0, 0, 0), int(_LEFT), text)


def _write_found(painter: QPainter, palette: QPalette, room: QRect, found: Found) -> int:
    """Write a title with the typed letters in another colour; returns where it ends."""
    plain = theme.font("datum" if found.entry.is_code else "text")
    strong = QFont(plain)
    strong.setWeight(QFont.Weight.Bold)
    text, places = found.entry.title, set(found.places)
    metrics = QFontMetrics(plain)
    if QFontMetrics(strong).horizontalAdvance(text) > room.width():
        how = Qt.TextElideMode.ElideMiddle if found.entry.is_code else Qt.TextElideMode.ElideRight
        text = metrics.elidedText(text, how, room.width())
        places = set()
    left, start = room.left(), 0
    while start < len(text):
        is_hit = start in places
        end = start
        while end < len(text) and (end in places) == is_hit:
            end += 1
        font = strong if is_hit else plain
        painter.setFont(font)
        painter.setPen(theme.colour(palette, "link" if is_hit else "text"))
        painter.drawText(room.adjusted(left - room.left(), 0, 0, 0), int(_LEFT), text[start:end])
        left += QFontMetrics(font).horizontalAdvance(text[start:end])
        start = end
    return left
