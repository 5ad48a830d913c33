"""The painting half of the output's view: lines onto the viewport, and only those that are seen.

GUI thread only. The text is never in a document of Qt's: of a million lines, some forty are laid
out and painted. So the scroll bar counts lines and not pixels. Where lines are wrapped, nobody
knows how high all of them together are, and nobody has to: only the end is reckoned, backwards
from the last line, to know from which line on all the rest fits.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from launcher.core.logs.folds import Fold, Folds, Spans, Visible
from launcher.core.logs.line_store import LineStore
from launcher.panes.controls.follower import Follower
from launcher.panes.controls.placeholder import Placeholder
from launcher.panes.table.look import Look

from .laid import Laid, Layouts
from .painting import (
    Columns,
    Marks,
    Page,
    columns_for,
    cut_width,
    place_beside,
    place_box,
    turn_box,
)
from .selection import Place, Selection
from .shapes import Mark

__all__ = ["OutputCanvas"]

ROW = 20


class OutputCanvas(QAbstractScrollArea):
    """Lines, painted.

    :param lines: where they come from
    :param folds: tracebacks and JSON objects are one row until they are opened
    :ivar selection: what is selected, or None
    :ivar current: the number of the line that keys start from, or None
    """

    def __init__(
        self,
        lines: LineStore,
        name: str,
        accessible: str,
        parent: QWidget | None = None,
        *,
        folds: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.lines = lines
        self.hint = Placeholder("", "")
        self.selection: Selection | None = None
        self.current: int | None = None
        self.wraps = False
        self.shows_times = True
        self.follower = Follower(self, "line")
        self._marks: Marks = _no_marks
        self._folds = Folds(lines, self._older_folded) if folds else None
        self._unfolded: set[int] = set()  # of JSON objects
        self._only: list[int] | None = None
        self._wanted: list[int] | None = None  # the same with what is folded
        self._first, self._end = lines.oldest, lines.end
        self._visible = self._seen()
        self._row_in_top = 0
        self._widest = 0.0
        self._look: Look | None = None
        self._layouts: Layouts | None = None
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # What is shown

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the lines that are shown, in their order."""
        return self._visible if self._only is None else self._only

    def position(self, number: int) -> int:
        """Where a line stands among those shown, or would stand."""
        if self._only is None:
            return self._visible.position(number)
        return bisect_left(self._only, number)

    def _seen(self) -> Visible:
        spans = Spans() if self._folds is None else self._folds.hidden
        return Visible(self._first, self._end, spans)

    def toPlainText(self) -> str:  # noqa: N802
        """The text of all lines that are shown, with those that are folded."""
        if self._wanted is None:
            return "\n".join(self.lines.texts(self.lines.first, self.lines.end))
        found = (self.lines.get(number) for number in self._wanted)
        return "\n".join(line.text for line in found if line is not None)

    def set_hint(self, title: str, text: str) -> None:
        """What the empty view says."""
        self.hint = Placeholder(title, text)
        self.setAccessibleDescription(f"{title}. {text}")
        self.viewport().update()

    def set_marks(self, marks: Marks | None) -> None:
        """Have parts of lines marked, as the hits of a search."""
        self._marks = marks or _no_marks
        self.viewport().update()

    def set_only(self, numbers: list[int] | None, *, folded: bool = True) -> None:
        """Show these lines only, or all of them.

        :param folded: without those that are folded into others; and with all of a traceback whose
            first line is among them
        """
        top = self.top_number()
        self._wanted = self._only = numbers
        if numbers is not None and folded and self._folds is not None:
            self._wanted = self._folds.whole(numbers)
            self._only = self._folds.hidden.without(self._wanted)
        self._stay(top)

    def _stay(self, top: int | None) -> None:
        """Other lines are shown than before: the one at the top stays there, or the end does."""
        self._fit()
        if self.follower.following:
            self.follower.resume()
        elif top is not None:
            self.verticalScrollBar().setValue(self.position(top))
        self.viewport().update()

    @Slot(bool)
    def set_wraps(self, wraps: bool) -> None:
        """Wrap lines at the right edge, or let them reach beyond it."""
        self.wraps = wraps
        self.horizontalScrollBar().setValue(0)
        self.rearrange()

    def set_shows_times(self, shows: bool) -> None:
        """Have a column with the time of each line."""
        self.shows_times = shows
        self.rearrange()

    def catch_up(self, changed: Iterable[int] = ()) -> None:
        """Take over what has come and gone since the last call, and have it painted.

        :param changed: the numbers of lines that were replaced
        """
        first, end = self.lines.oldest, self.lines.end
        was_first = self._first
        before, gone = len(self._visible), self.position(first)
        kept = before - self._visible.position(first)
        if self._folds is not None:
            self._folds.catch_up(changed)
        if (first, end) != (was_first, self._end):
            self._first, self._end = first, end
            self._visible = self._seen()
            if first >= end:
                self._only = None if self._only is None else []
                self._wanted = None if self._wanted is None else []
                self.selection = self.current = None
                self._widest = 0.0
                self.follower.reset()
            elif gone and self._only is not None and self._wanted is not None:
                del self._only[:gone]
                self._wanted = self._wanted[bisect_left(self._wanted, first) :]
            self._fit()
            moved = gone if gone or first >= was_first else first - was_first
            if moved and first < end:
                self.follower.shifted(moved)
            if self._only is None:
                older = max(0, was_first - first)
                self.follower.added(max(0, len(self._visible) - older - kept))
            self._drop_lost(first)
        else:
            self._visible = self._seen()
            if len(self._visible) != before:
                self._fit()
        self.viewport().update()

    def top_number(self) -> int | None:
        """The number of the line at the top."""
        numbers, value = self.numbers, self.verticalScrollBar().value()
        return numbers[value] if value < len(numbers) else None

    def _drop_lost(self, first: int) -> None:
        """Forget places in lines that aren't there any more."""
        if self.current is not None and self.current < first:
            self.current = None
        chosen = self.selection
        if chosen is not None and chosen.start.number < first:
            if chosen.end.number < first:
                self.selection = None
            else:
                edge = Place(first, 0)
                self.selection = Selection(max(chosen.anchor, edge), max(chosen.cursor, edge))

    # Measures

    def look(self) -> Look:
        """What it is painted with now."""
        ratio = self.devicePixelRatioF()
        if self._look is None or not self._look.holds(self.palette(), ratio):
            self._look = Look(self.palette(), ratio)
            self._layouts = None
        return self._look

    @property
    def row_height(self) -> int:
        """The height of a row, in pixels."""
        look = self.look()
        return max(look.px(ROW), look.face("mono").metrics.height())

    @property
    def columns(self) -> Columns:
        """Where the columns begin."""
        return columns_for(self.look(), self.viewport().width(), times=self.shows_times)

    @property
    def room(self) -> int:
        """The width that texts have."""
        return self.columns.room

    def layouts(self) -> Layouts:
        """The lines as they are laid out now."""
        look, room = self.look(), self.room if self.wraps else 0
        made = self._layouts
        if made is None or made.room != room or made.look is not look:
            beside = partial(place_beside, look, self.viewport().width())
            made = self._layouts = Layouts(look, room, self.row_height, beside)
        return made

    def laid(self, number: int) -> Laid | None:
        """One line, laid out."""
        return self._laid(self.layouts(), number)

    def _laid(self, layouts: Layouts, number: int) -> Laid | None:
        line = self.lines.get(number)
        if line is None:
            return None
        fold = None if self._folds is None else self._folds.at(number)
        laid = layouts.get(number, line, fold, self.is_open(number))
        if laid.right > self._widest:
            self._widest = laid.right
        return laid

    def _rows_of(self, number: int) -> int:
        if not self.wraps and number not in self._unfolded:
            return 1
        laid = self.laid(number)
        return 1 if laid is None else laid.shape.rows

    @property
    def rows_seen(self) -> int:
        """How many rows are seen as a whole."""
        return max(1, self.viewport().height() // self.row_height)

    def _end_top(self) -> tuple[int, int]:
        """The position of the line, and the row of it, from which on all that is left fits."""
        numbers, room = self.numbers, self.rows_seen
        at = len(numbers)
        while at and room > 0:
            at -= 1
            room -= self._rows_of(numbers[at])
        return at, max(0, -room)

    def _fit(self) -> None:
        """Let the scroll bars reach as far as there is something."""
        bar = self.verticalScrollBar()
        end, _ = self._end_top()
        bar.setPageStep(self.rows_seen)
        bar.setRange(0, end)
        self._fit_width()

    def _fit_width(self) -> None:
        bar = self.horizontalScrollBar()
        beyond = 0 if self.wraps else max(0, int(self._widest) + self.look().px(8) - self.room)
        if beyond != bar.maximum():
            bar.setRange(0, beyond)
            bar.setPageStep(self.room)
            bar.setSingleStep(self.look().px(24))

    def rearrange(self) -> None:
        """Lay out all anew: width, text size or wrapping are others now."""
        self._layouts = None
        self._widest = 0.0
        self._row_in_top = 0
        self._fit()
        if self.follower.following:
            self.follower.resume()
        self.viewport().update()

    # Folding

    def is_open(self, number: int) -> bool:
        """Whether what folds into a line is seen."""
        if number in self._unfolded:
            return True
        fold = self._fold(number)
        return fold is not None and self._folds is not None and self._folds.is_open(fold)

    def can_turn(self, number: int, *, is_open: bool) -> bool:
        """Whether a line can be folded, or unfolded, as it is now."""
        laid = self.laid(number)
        return laid is not None and laid.is_open is not None and laid.is_open is not is_open

    def turn(self, number: int, *, is_open: bool) -> None:
        """Show what folds into a line, or only the line."""
        self.follower.pause()
        top = self.top_number()
        fold = self._fold(number)
        if fold is not None and self._folds is not None:
            self._folds.set_open(fold, is_open=is_open)
        elif is_open:
            self._unfolded.add(number)
        else:
            self._unfolded.discard(number)
        self._row_in_top = 0
        self._refold(top)

    def turn_all(self, *, is_open: bool) -> None:
        """Show the lines of all tracebacks, or of none, nor of any JSON object."""
        top = self.top_number()
        if self._folds is not None:
            self._folds.set_all_open(is_open=is_open)
        if not is_open:
            self._unfolded.clear()
        self._refold(top)

    def reveal(self, number: int) -> None:
        """Have a line be seen, and what is marked in it."""
        fold = None if self._folds is None else self._folds.around(number)
        if fold is not None and self._folds is not None and not self._folds.is_open(fold):
            if number != fold.head:
                self.turn(fold.head, is_open=True)
            return
        line, laid = self.lines.get(number), self.laid(number)
        if line is None or laid is None or laid.is_open is not False:
            return
        if self._marks(number, line.text) and not self._marks(number, laid.text):
            self.turn(number, is_open=True)

    def head_of(self, number: int) -> int:
        """The line that a line would be folded into; itself where there is none."""
        fold = None if self._folds is None else self._folds.around(number)
        return number if fold is None else fold.head

    def end_of(self, number: int) -> int:
        """One more than the number of the last line that a row stands for."""
        fold = self._fold(number)
        if fold is None or self._folds is None or self._folds.is_open(fold):
            return number + 1
        return fold.end

    def turn_at(self, x: float, y: float) -> int | None:
        """The number of the line whose sign that it unfolds is there."""
        place = self.place_at(x, y)
        laid = None if place is None else self.laid(place.number)
        left, right = turn_box(self.look(), self.columns)
        if place is None or laid is None or laid.is_open is None or not left <= x < right:
            return None
        return place.number

    def _fold(self, number: int) -> Fold | None:
        return None if self._folds is None else self._folds.at(number)

    def _older_folded(self) -> None:
        self._refold(self.top_number())

    def _refold(self, top: int | None) -> None:
        self._visible = self._seen()
        if self._wanted is not None and self._only is not self._wanted and self._folds is not None:
            self._only = self._folds.hidden.without(self._wanted)
        self._stay(None if top is None else self.head_of(top) if not self._shows(top) else top)

    def _shows(self, number: int) -> bool:
        at = self.position(number)
        return at < len(self.numbers) and self.numbers[at] == number

    @property
    def _is_uneven(self) -> bool:
        """Whether some lines have more rows than others."""
        return self.wraps or bool(self._unfolded)

    # Moving

    def _top(self) -> tuple[int, int]:
        """The position of the first line that is seen, and which of its rows is the first."""
        bar = self.verticalScrollBar()
        if self._is_uneven and bar.value() >= bar.maximum() and self.follower.following:
            return self._end_top()
        return bar.value(), self._row_in_top

    def _scrolled(self) -> None:
        self._row_in_top = 0
        self.viewport().update()

    def scroll_rows(self, count: int) -> None:
        """Scroll by so many rows, down where that is above 0."""
        bar = self.verticalScrollBar()
        if not self._is_uneven:
            bar.setValue(bar.value() + count)
            return
        (at, row), numbers = self._top(), self.numbers
        row += count
        while row < 0 and at > 0:
            at -= 1
            row += self._rows_of(numbers[at])
        while at < len(numbers) and row >= (rows := self._rows_of(numbers[at])):
            row -= rows
            at += 1
        end, end_row = self._end_top()
        if (at, row) >= (end, end_row):
            self.follower.resume()
            return
        self.follower.pause()
        with QSignalBlocker(bar):  # a part of the last position is not the end
            bar.setValue(at)
        self._row_in_top = max(0, row)
        self.viewport().update()

    def show_number(self, number: int) -> None:
        """Scroll so that a line is seen."""
        at, bar = self.position(number), self.verticalScrollBar()
        if at < bar.value():
            bar.setValue(at)
        else:
            rows = sum(self._rows_of(n) for n in self.numbers[bar.value() : at + 1][: 4 * ROW])
            if rows > self.rows_seen:
                bar.setValue(max(0, at - self.rows_seen // 2))
        self.viewport().update()

    def place_at(self, x: float, y: float) -> Place | None:
        """The place in the text that is nearest to one on the viewport."""
        numbers, height = self.numbers, self.row_height
        if not len(numbers):
            return None
        at, row = self._top()
        wanted = int(y // height)
        if wanted < 0:
            return Place(numbers[at], 0)
        row = wanted + row
        while at < len(numbers) - 1 and row >= (rows := self._rows_of(numbers[at])):
            row -= rows
            at += 1
        laid = self.laid(numbers[at])
        if laid is None:
            return None
        if row >= laid.shape.rows:
            return Place(numbers[at], len(laid.text))
        left = self.columns.text - self.horizontalScrollBar().value()
        return Place(numbers[at], laid.shape.column(row, x - left))

    def whole_at(self, x: float, y: float) -> int | None:
        """The number of the line whose mark of being cut is there."""
        place = self.place_at(x, y)
        laid = None if place is None else self.laid(place.number)
        if place is None or laid is None:
            return None
        width = cut_width(self.look(), laid)
        return place.number if width and x >= self.viewport().width() - width else None

    def source_at(self, x: float, y: float) -> int | None:
        """The number of the line whose place in the code is shown there."""
        place = self.place_at(x, y)
        laid = None if place is None else self.laid(place.number)
        if place is None or laid is None or not laid.place:
            return None
        left, _ = place_box(self.look(), self.viewport().width(), laid)
        return place.number if x >= left else None

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        port, look, height = self.viewport(), self.look(), self.row_height
        numbers = self.numbers
        painter = QPainter(port)
        painter.fillRect(port.rect(), look.colour("base"))
        if not len(numbers):
            painter.end()
            self.hint.paint(self)
            return
        page = Page(
            look,
            self.columns,
            port.rect(),
            height,
            self.horizontalScrollBar().value(),
            self.current,
            self.hasFocus(),
            self.selection,
            self._marks,
        )
        at, row = self._top()
        top = -row * height
        layouts = self.layouts()
        while top < port.height() and at < len(numbers):
            laid = self._laid(layouts, numbers[at])
            if laid is None:  # it is being read
                top += height
            else:
                page.paint(painter, numbers[at], laid, top)
                top += laid.shape.rows * height
            at += 1
        painter.end()
        self._fit_width()

    # Qt's events

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.catch_up()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()
        if self.follower.following:
            self.follower.resume()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.viewport().update()


def _no_marks(_number: int, _text: str) -> Sequence[Mark]:
    return ()
