"""A bar of parts in a table, each in the colour of whose time it is; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from launcher import theme
from launcher.core.display import percent
from launcher.models.flow import PARTS_ROLE

from .party_tones import TONES

__all__ = ["PartsDelegate"]

_LABELLED = 56
"""Pixels from which on there is room for a number in a bar."""


class PartsDelegate(QStyledItemDelegate):
    """Paints a bar of parts, each in the colour of its party."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        parts: list[tuple[str, float]] | None = index.data(PARTS_ROLE)
        if not parts:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect.adjusted(10, 0, -12, 0)
        height = min(14.0, box.height() - 8.0)
        top = box.center().y() + 0.5 - height / 2
        small = QFont(option.font)
        small.setPointSizeF(small.pointSizeF() * 0.82)
        painter.setFont(small)
        several = len(parts) > 1
        left = float(box.left())
        for party, share in parts:
            width = box.width() * min(1.0, share)
            tone = theme.colour(option.palette, TONES[party])
            place = QRectF(left, top, max(width - (1 if several else 0), 1.0), height)
            if share > 0:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tone)
                painter.drawRoundedRect(place, 2.5, 2.5)
            if several and width >= _LABELLED:
                painter.setPen(QColor(theme.colour(option.palette, "base")))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, percent(share))
            left += width
        painter.restore()
