"""A list of entries of several lines, each known by a key; GUI thread only.

What is selected stays so when the rows are others. :class:`EntryPainter` has what the painting of
an entry is made of.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QWidget

from launcher import theme

__all__ = ["EntryList", "EntryPainter"]


class KeyedRows(Protocol):
    """What a list needs of its model."""

    def row_of(self, key: str) -> int: ...
    def key_of(self, row: int) -> str: ...


class EntryList(QListView):
    """One entry for each row of a model.

    :param keys: the model again: which row has which key
    """

    chosen = Signal(str)
    """The user wants to see the entry with this key."""

    def __init__(
        self, model: QAbstractItemModel, keys: KeyedRows, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._keys = keys
        self._current = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setModel(model)
        model.modelReset.connect(self._restore)
        self.selectionModel().currentChanged.connect(self._changed)

    @property
    def current_key(self) -> str:
        """The key of what is selected, or ""."""
        return self._current

    def choose(self, key: str) -> bool:
        """Select an entry; False where it isn't shown."""
        row = self._keys.row_of(key)
        if row < 0:
            return False
        index = self.model().index(row, 0)
        if key == self._current:  # setting it emits nothing
            self.chosen.emit(key)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    @Slot(QModelIndex)
    def _changed(self, index: QModelIndex) -> None:
        key = self._keys.key_of(index.row()) if index.isValid() else ""
        if key and key != self._current:
            self._current = key
            self.chosen.emit(key)

    @Slot()
    def _restore(self) -> None:
        """The rows are others now: what was selected stays so."""
        self._select(self._keys.row_of(self._current))

    def _select(self, row: int) -> None:
        if row >= 0:
            self.selectionModel().setCurrentIndex(
                self.model().index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Qt makes the first row current where none is: entering a list changes nothing."""
        QFrame.focusInEvent(self, event)
        self.viewport().update()


class EntryPainter(QStyledItemDelegate):
    """Grounds and texts of entries.

    :param view: the list
    :param left: where the texts begin, and the line between two entries
    """

    def __init__(self, view: QListView, left: int) -> None:
        super().__init__(view)
        self._view, self._left_edge = view, left

    def _colour(self, name: str) -> QColor:
        return theme.colour(self._view.palette(), name)

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        if state & QStyle.StateFlag.State_Selected:
            focused = self._view.hasFocus()
            painter.fillRect(rect, self._colour("selection" if focused else "selection_blurred"))
            edge = self._colour("accent" if focused else "edge")
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), edge)
            return
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._colour("hover"))
        line = rect.adjusted(self._left_edge, rect.height() - 1, 0, 0)
        painter.fillRect(line, self._colour("line"))

    def _right(
        self, painter: QPainter, room: QRect, text: str, role: str, tone: str, *, bold: bool = False
    ) -> int:
        """A text at the right end; returns its width."""
        font = theme.font(role)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        self._put(painter, room, text, font, tone, Qt.AlignmentFlag.AlignRight)
        return QFontMetrics(font).horizontalAdvance(text)

    def _left(self, painter: QPainter, room: QRect, text: str, role: str, tone: str) -> None:
        """A text at the left end, cut to its room."""
        font = theme.font(role)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        self._put(painter, room, shown, font, tone)

    def _put(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        font: QFont,
        tone: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._colour(tone))
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(room, flags, text)
