"""The columns of a painted table: how wide they are, and which leave when it grows narrow.

GUI thread only. Widths come from the fonts. One column takes what the others leave; where that
would be less than it needs, the others leave one by one, in a fixed order. What the user has chosen
to see or not to see stays as chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from .look import Look
from .painting import Span

__all__ = ["EDGE", "GAP", "Column", "TableHeader"]

EDGE = 14
"""Pixels from the table's edge to the first column's text."""
GAP = 14
"""Pixels from a column's text to the next one's."""
HEIGHT = 26


@dataclass(frozen=True)
class Column:
    """One column.

    :param title: the text of its header
    :param width: the room its text needs; 0 for the one that takes what the others leave
    :param least: how narrow that one may become before others leave
    :param shown: whether it is there unless the user has chosen otherwise
    :param leaves: which goes first where there isn't room for all, from 1 on; 0 for those that stay
    :param from_width: the table's width from which on it is there at all
    :param narrow: a smaller width that it can do with, before those that leave later go
    """

    title: str
    width: Callable[[Look], int] | None
    least: int = 0
    shown: bool = True
    leaves: int = 0
    from_width: int = 0
    narrow: Callable[[Look], int] | None = None


class TableHeader(QHeaderView):
    """The head of a painted table: its columns, in words, where their text begins or ends."""

    chosen = Signal()
    """The user has chosen columns, or their order or widths."""
    arranged = Signal()
    """The columns stand elsewhere now."""

    def __init__(self, columns: Sequence[Column], look: Callable[[], Look], parent: QWidget):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.columns = tuple(columns)
        self._look = look
        self._choices: dict[int, bool] = {}
        self._sized: dict[int, int] = {}
        self._arranging = False
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.sectionResized.connect(self._resized)
        self.sectionMoved.connect(self._moved)

    def choose(self, column: int, shown: bool) -> None:
        """Have a column or not, whatever the room."""
        self._choices[column] = shown
        self.arrange(self._room())
        self.chosen.emit()

    def arrange(self, room: int) -> None:
        """Give the columns their widths in a table that is so wide."""
        if self.count() < len(self.columns):
            return
        look = self._look()
        widths = self._widths(look, room)
        first = min(widths, key=self.visualIndex, default=-1)
        self._arranging = True
        for number in range(len(self.columns)):
            shown = number in widths
            if self.isSectionHidden(number) == shown:
                self.setSectionHidden(number, not shown)
            if shown:
                lead = look.px(EDGE) if number == first else 0
                self.resizeSection(number, widths[number] + lead + look.px(GAP))
        self._arranging = False
        self.arranged.emit()

    def spans(self) -> dict[int, Span]:
        """Where each column's text stands, of those that can be seen."""
        look = self._look()
        shown = [n for n in range(len(self.columns)) if not self.isSectionHidden(n)]
        first = min(shown, key=self.visualIndex, default=-1)
        found = {}
        for number in shown:
            left = self.sectionViewportPosition(number)
            right = left + self.sectionSize(number) - look.px(GAP)
            found[number] = Span(left + (look.px(EDGE) if number == first else 0), right)
        return found

    def _widths(self, look: Look, room: int) -> dict[int, int]:
        """The text's room of each column that is to be seen."""
        there = {
            number
            for number, column in enumerate(self.columns)
            if self._choices.get(number, column.shown and room >= look.px(column.from_width))
        }
        narrow: set[int] = set()
        leaving = sorted(
            (n for n in there if self.columns[n].leaves and n not in self._choices),
            key=lambda n: self.columns[n].leaves,
        )
        while True:
            widths = {n: self._width(look, n, n in narrow) for n in there}
            rest = room - sum(widths.values()) - len(there) * look.px(GAP) - look.px(EDGE)
            stretching = next((n for n in there if self.columns[n].width is None), None)
            if stretching is None:
                return widths
            if rest >= look.px(self.columns[stretching].least) or not leaving:
                widths[stretching] = max(rest, look.px(40))
                return widths
            goes = leaving.pop(0)
            if self.columns[goes].narrow is not None:
                narrow.add(goes)
            else:
                there.discard(goes)

    def _width(self, look: Look, number: int, narrow: bool) -> int:
        column = self.columns[number]
        if number in self._sized:
            return self._sized[number]
        if narrow and column.narrow is not None:
            return column.narrow(look)
        return 0 if column.width is None else column.width(look)

    def _room(self) -> int:
        return self.viewport().width()

    @Slot(int, int, int)
    def _resized(self, column: int, _old: int, new: int) -> None:
        if self._arranging or not new or self.columns[column].width is None:
            return
        look = self._look()
        lead = look.px(EDGE) if self.visualIndex(column) == 0 else 0
        self._sized[column] = max(0, new - lead - look.px(GAP))
        self.arrange(self._room())
        self.chosen.emit()

    @Slot(int, int, int)
    def _moved(self, _column: int, _old: int, _new: int) -> None:
        self.arrange(self._room())
        self.chosen.emit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().sizeHint().width(), self._look().px(HEIGHT))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802
        look = self._look()
        painter.fillRect(rect, look.colour("panel"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        span = self.spans().get(logical)
        if span is None:
            return
        face = look.face("second")
        title = face.elided(self.columns[logical].title, rect.right() - span.left)
        alignment = self.model().headerData(
            logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole
        )
        at_right = bool(alignment) and bool(alignment & Qt.AlignmentFlag.AlignRight)
        left = span.right - face.width(title) if at_right else span.left
        painter.setFont(face.font)
        painter.setPen(look.colour("muted"))
        painter.drawText(left, face.baseline(rect.height()), title)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self.columns):
            action = QAction(column.title, menu)
            action.setData(number)
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(number))
            action.setEnabled(column.width is not None)
            menu.addAction(action)
        menu.triggered.connect(self._toggled)
        menu.popup(event.globalPos())

    @Slot(QAction)
    def _toggled(self, action: QAction) -> None:
        self.choose(int(action.data()), action.isChecked())
