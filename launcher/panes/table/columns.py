"""The columns of a painted table: how wide they are, and which leave when it grows narrow.

GUI thread only. Widths come from the fonts. One column takes what the others leave; where that
would be less than it needs, the others leave one by one, in a fixed order. What the user has chosen
to see or not to see stays as chosen; where that is more than there is room for, the table scrolls
sideways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from launcher.panes.controls.log_table import HEAD
from server.base.values import dataclass

from .look import Look
from .painting import Span

__all__ = ["EDGE", "GAP", "Column", "TableHeader"]

EDGE = 14
"""Pixels from the table's edge to the first column's text."""
GAP = 14
"""Pixels from a column's text to the next one's."""
HEIGHT = 26
_ARRIVAL, _USUAL = -1, -2  # in the menu, beside the numbers of columns


@dataclass(frozen=True)
class Column:
    """One column.

    :param title: the text of its header
    :param width: the room its text needs; 0 for the one that takes what the others leave
    :param least: how narrow that one may become before others leave
    :param shown: whether it is there unless the user has chosen otherwise
    :param leaves: which goes first where there isn't room for all, from 1 on; 0 for those that stay
    :param below: how narrow the one that takes the rest may become before this one leaves, where
        that is more than its own ``least``; never more than for one that leaves before this one
    :param from_width: the table's width from which on it is there at all
    :param narrow: a smaller width that it can do with, before those that leave later go
    :param name: what it is called where it is remembered; its title, in words, may change
    :param sorts: whether the rows can be sorted by it
    """

    title: str
    width: Callable[[Look], int] | None
    least: int = 0
    shown: bool = True
    leaves: int = 0
    below: int = 0
    from_width: int = 0
    narrow: Callable[[Look], int] | None = None
    name: str = ""
    sorts: bool = False


class TableHeader(QHeaderView):
    """The head of a painted table: its columns, in words, where their text begins or ends."""

    chosen = Signal()
    """The user has chosen columns, or their order or widths."""
    arranged = Signal()
    """The columns stand elsewhere now."""
    sortWanted = Signal(int, bool)  # noqa: N815
    """The rows are to be sorted by a column, descending or not; -1 for the order of arrival."""

    def __init__(self, columns: Sequence[Column], look: Callable[[], Look], parent: QWidget):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(HEAD)
        self.columns = tuple(columns)
        self._look = look
        self._choices: dict[int, bool] = {}
        self._offered: set[int] = set()
        self._sized: dict[int, int] = {}
        self._arranging = False
        self._usual_order: list[int] = []
        self._sorted, self._descending = -1, False
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.sectionClicked.connect(self._clicked)
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

    def offer(self, column: int) -> None:
        """Have a column from now on, unless the user has chosen otherwise: it has something to show
        by now."""
        if column not in self._offered:
            self._offered.add(column)
            self.arrange(self._room())

    def show_sort(self, column: int, descending: bool) -> None:
        """Mark the column that the rows are sorted by; -1 for none."""
        self._sorted, self._descending = column, descending
        self.viewport().update()

    def place(self, column: int, behind: int) -> None:
        """Have a column stand behind another, unless the user chooses otherwise."""
        self.moveSection(self.visualIndex(column), self.visualIndex(behind) + 1)
        self._usual_order = self._order()

    def _order(self) -> list[int]:
        return [self.logicalIndex(place) for place in range(self.count())]

    def choice(self) -> dict[str, Any]:
        """What the user has chosen of order, widths, and columns to see, to be remembered."""
        names = [column.name for column in self.columns]
        order = self._order()
        return {
            "order": [names[n] for n in order] if order != self._usual_order else [],
            "shown": {names[n]: shown for n, shown in self._choices.items()},
            "widths": {names[n]: width for n, width in self._sized.items()},
        }

    def restore(self, choice: Mapping[str, Any]) -> None:
        """The other way round; what isn't known any more, or makes no sense, is left out."""
        numbers = {column.name: n for n, column in enumerate(self.columns)}
        order, shown, widths = (choice.get(key) for key in ("order", "shown", "widths"))
        self._arranging = True
        if isinstance(order, list):
            known = list(dict.fromkeys(name for name in order if name in numbers))
            for place, name in enumerate(known):
                self.moveSection(self.visualIndex(numbers[name]), place)
        self._arranging = False
        if isinstance(shown, dict):
            self._choices = {
                numbers[name]: value
                for name, value in shown.items()
                if name in numbers and isinstance(value, bool)
            }
        if isinstance(widths, dict):
            self._sized = {
                numbers[name]: min(value, 2000)
                for name, value in widths.items()
                if name in numbers and type(value) is int and value > 0
            }
        self.arrange(self._room())

    @Slot()
    def forget(self) -> None:
        """The usual columns in their usual order and widths."""
        self._choices.clear()
        self._sized.clear()
        self._arranging = True
        for place, number in enumerate(self._usual_order):
            self.moveSection(self.visualIndex(number), place)
        self._arranging = False
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
            if self._choices.get(
                number,
                (column.shown or number in self._offered) and room >= look.px(column.from_width),
            )
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
            least = self.columns[stretching].least
            if not leaving or rest >= look.px(max(least, self.columns[leaving[0]].below)):
                widths[stretching] = max(rest, look.px(least))
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

    @Slot(int)
    def _clicked(self, column: int) -> None:
        """Sort by it; the other way round; as they came."""
        if not self.columns[column].sorts:
            return
        if column != self._sorted:
            self.sortWanted.emit(column, False)
        elif not self._descending:
            self.sortWanted.emit(column, True)
        else:
            self.sortWanted.emit(-1, False)

    @Slot(int, int, int)
    def _moved(self, _column: int, _old: int, _new: int) -> None:
        if self._arranging:
            return
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
        face = look.face("second", 600) if logical == self._sorted else look.face("second")
        arrow = "" if logical != self._sorted else " \u2193" if self._descending else " \u2191"
        title = face.elided(self.columns[logical].title + arrow, rect.right() - span.left)
        alignment = self.model().headerData(
            logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole
        )
        at_right = bool(alignment) and bool(alignment & Qt.AlignmentFlag.AlignRight)
        left = span.right - face.width(title) if at_right else span.left
        painter.setFont(face.font)
        painter.setPen(look.colour("muted" if logical != self._sorted else "text"))
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
        menu.addSeparator()
        if self._sorted >= 0:
            menu.addAction("In the order of arrival").setData(_ARRIVAL)
        menu.addAction("Usual columns").setData(_USUAL)
        menu.triggered.connect(self._toggled)
        menu.popup(event.globalPos())

    @Slot(QAction)
    def _toggled(self, action: QAction) -> None:
        what = int(action.data())
        if what == _USUAL:
            self.forget()
        elif what == _ARRIVAL:
            self.sortWanted.emit(-1, False)
        else:
            self.choose(what, action.isChecked())
