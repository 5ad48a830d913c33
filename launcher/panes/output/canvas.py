"""The painting half of the output's view: lines onto the viewport, and only those that are seen.

GUI thread only. The text is never in a document of Qt's: of a million lines, some forty are laid
out and painted. So the scroll bar counts lines and not pixels. Where lines are wrapped, nobody
knows how high all of them together are, and nobody has to: only the end is reckoned, backwards
from the last line, to know from which line on all the rest fits.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from launcher.core.display import size
from launcher.core.logs.line_store import LineStore
from launcher.panes.controls.follower import Follower
from launcher.panes.controls.placeholder import Placeholder
from launcher.panes.table.look import Look

from .laid import Laid, Layouts
from .selection import Place, Selection
from .shapes import Mark

__all__ = ["Columns", "OutputCanvas"]

ROW = 20
_EDGE = 3
_MARGIN = 16
_TIME, _LEVEL, _NAME = 92, 46, 102
_PLACE = 170
_PLACE_FROM, _NAME_FROM, _LEVEL_FROM = 900, 720, 460
"""Pixels of the view's width from which on these columns are there."""
_LEVEL_TONES = {
    "debug": "muted", "info": "info", "warning": "warning", "error": "danger", "critical": "danger",
}  # fmt: skip
_LEVEL_WORDS = {"warning": "warn"}

Marks = Callable[[int, str], Sequence[Mark]]
"""What is marked in the line with a number, and its text."""


class Columns(NamedTuple):
    """Where the columns begin; those that aren't there begin where the next one does."""

    time: int
    level: int
    name: int
    text: int


class OutputCanvas(QAbstractScrollArea):
    """Lines, painted.

    :param lines: where they come from
    :ivar selection: what is selected, or None
    :ivar current: the number of the line that keys start from, or None
    """

    def __init__(
        self, lines: LineStore, name: str, accessible: str, parent: QWidget | None = None
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
        self._only: list[int] | None = None
        self._first, self._end = lines.oldest, lines.end
        self._row_in_top = 0
        self._widest = 0.0
        self._look: Look | None = None
        self._layouts: Layouts | None = None
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # What is shown

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the lines that are shown, in their order."""
        return range(self._first, self._end) if self._only is None else self._only

    def position(self, number: int) -> int:
        """Where a line stands among those shown, or would stand."""
        if self._only is None:
            return min(max(0, number - self._first), self._end - self._first)
        return bisect_left(self._only, number)

    def toPlainText(self) -> str:  # noqa: N802
        """The text of all lines that are shown."""
        if self._only is None:
            return "\n".join(self.lines.texts(self.lines.first, self.lines.end))
        found = (self.lines.get(number) for number in self._only)
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

    def set_only(self, numbers: list[int] | None) -> None:
        """Show these lines only, or all of them."""
        top = self.top_number()
        self._only = numbers
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

    def catch_up(self) -> None:
        """Take over what has come and gone since the last call, and have it painted."""
        first, end = self.lines.oldest, self.lines.end
        was_first, was_end = self._first, self._end
        if (first, end) != (was_first, was_end):
            gone = self.position(first)
            self._first, self._end = first, end
            if first >= end:
                self._only = None if self._only is None else []
                self.selection = self.current = None
                self._widest = 0.0
                self.follower.reset()
            elif gone and self._only is not None:
                del self._only[:gone]
            self._fit()
            moved = gone if gone or first >= was_first else first - was_first
            if moved and first < end:
                self.follower.shifted(moved)
            if self._only is None:
                self.follower.added(end - max(was_end, first))
            self._drop_lost(first)
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
        look, width = self.look(), self.viewport().width()
        left = look.px(_MARGIN)
        level = left + (look.px(_TIME) if self.shows_times else 0)
        name = level + (look.px(_LEVEL) if width >= look.px(_LEVEL_FROM) else 0)
        text = name + (look.px(_NAME) if width >= look.px(_NAME_FROM) else 0)
        return Columns(left, level, name, text)

    @property
    def room(self) -> int:
        """The width that texts have."""
        look, width = self.look(), self.viewport().width()
        places = look.px(_PLACE) if width >= look.px(_PLACE_FROM) else look.px(12)
        return max(40, width - self.columns.text - places)

    def layouts(self) -> Layouts:
        """The lines as they are laid out now."""
        look, room = self.look(), self.room if self.wraps else 0
        made = self._layouts
        if made is None or made.room != room or made.look is not look:
            made = self._layouts = Layouts(look, room, self.row_height)
        return made

    def laid(self, number: int) -> Laid | None:
        """One line, laid out."""
        return self._laid(self.layouts(), number)

    def _laid(self, layouts: Layouts, number: int) -> Laid | None:
        line = self.lines.get(number)
        if line is None:
            return None
        laid = layouts.get(number, line)
        if laid.shape.width > self._widest:
            self._widest = laid.shape.width
        return laid

    def _rows_of(self, number: int) -> int:
        if not self.wraps:
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

    # Moving

    def _top(self) -> tuple[int, int]:
        """The position of the first line that is seen, and which of its rows is the first."""
        bar = self.verticalScrollBar()
        if self.wraps and bar.value() >= bar.maximum() and self.follower.following:
            return self._end_top()
        return bar.value(), self._row_in_top

    def _scrolled(self) -> None:
        self._row_in_top = 0
        self.viewport().update()

    def scroll_rows(self, count: int) -> None:
        """Scroll by so many rows, down where that is above 0."""
        bar = self.verticalScrollBar()
        if not self.wraps:
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
            return Place(numbers[at], len(laid.line.text))
        left = self.columns.text - self.horizontalScrollBar().value()
        return Place(numbers[at], laid.shape.column(row, x - left))

    def whole_at(self, x: float, y: float) -> int | None:
        """The number of the line whose mark of being cut is there."""
        place = self.place_at(x, y)
        laid = None if place is None else self.laid(place.number)
        if place is None or laid is None or laid.line.length <= len(laid.line.text):
            return None
        width = self.look().face("second").width(_cut_text(laid)) + self.look().px(24)
        return place.number if x >= self.viewport().width() - width else None

    def source_at(self, x: float, y: float) -> int | None:
        """The number of the line whose place in the code is shown there."""
        place = self.place_at(x, y)
        laid = None if place is None else self.laid(place.number)
        if place is None or laid is None or not laid.place:
            return None
        return place.number if x >= self._place_box(laid)[0] else None

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        port, look, height = self.viewport(), self.look(), self.row_height
        columns = self.columns
        numbers = self.numbers
        painter = QPainter(port)
        painter.fillRect(port.rect(), look.colour("base"))
        if not len(numbers):
            painter.end()
            self.hint.paint(self)
            return
        at, row = self._top()
        top = -row * height
        layouts = self.layouts()
        while top < port.height() and at < len(numbers):
            laid = self._laid(layouts, numbers[at])
            if laid is None:  # it is being read
                top += height
            else:
                self._paint(painter, look, columns, numbers[at], laid, top, height)
                top += laid.shape.rows * height
            at += 1
        painter.end()
        self._fit_width()

    def _paint(
        self,
        painter: QPainter,
        look: Look,
        columns: Columns,
        number: int,
        laid: Laid,
        top: int,
        height: int,
    ) -> None:
        """Paint one line on the ground of all."""
        width, bottom = self.viewport().width(), laid.shape.rows * height
        source, edge = laid.line.source, look.px(_EDGE)
        failed = laid.tone == "danger"
        if failed:
            painter.fillRect(0, top, width, bottom, look.colour("danger_ground"))
            painter.fillRect(0, top, edge, bottom, look.colour("danger"))
        elif source.stream == "stderr":
            painter.fillRect(0, top, look.px(2), bottom, look.colour("edge"))
        if number == self.current and self.hasFocus():
            left = edge if failed else 0
            painter.fillRect(left, top, edge, bottom, look.colour("accent"))
        small = look.face("small_mono")
        base = top + small.baseline(height)
        painter.setFont(small.font)
        if self.shows_times and laid.time:
            painter.setPen(look.colour("muted"))
            painter.drawText(columns.time, base, laid.time)
        if columns.name > columns.level and laid.level:
            word = _LEVEL_WORDS.get(laid.level, laid.level)
            weight = 600 if laid.level in ("warning", "error", "critical") else 0
            face = look.face("small_mono", weight)
            painter.drawPixmap(
                columns.level, top, look.label(face, _LEVEL_TONES[laid.level], word, height)
            )
        if columns.text > columns.name:
            name = small.elided(laid.name, columns.text - columns.name - look.px(8))
            tone = "yours" if source.own else "muted"
            painter.drawPixmap(columns.name, top, look.label(small, tone, name, height))
        text = laid.line.text
        painter.setPen(look.colour(laid.tone))
        marks = list(self._marks(number, text))
        chosen = self.selection.columns(number, len(text)) if self.selection is not None else None
        if chosen is not None:
            tone = "selection" if self.hasFocus() else "selection_blurred"
            marks.append(Mark(*chosen, tone))
        area = QRect(columns.text, top, width - columns.text, bottom)
        area &= self.viewport().rect()
        scrolled = self.horizontalScrollBar().value()
        if scrolled:  # else nothing reaches into the other columns
            painter.setClipRect(area)
        laid.shape.draw(painter, look, QPointF(columns.text - scrolled, top), area, marks)
        if scrolled:
            painter.setClipping(False)
        if laid.line.length > len(text):
            self._paint_cut(painter, look, laid, top, height)
        elif laid.place:
            self._paint_place(painter, laid, top)

    def _paint_cut(self, painter: QPainter, look: Look, laid: Laid, top: int, height: int) -> None:
        """The mark of a line that is longer than what is shown, at the right, where it's seen."""
        face, words, pad = look.face("second"), _cut_text(laid), look.px(8)
        width = face.width(words) + 2 * pad
        left = self.viewport().width() - width - look.px(8)
        painter.fillRect(left, top, width + look.px(8), height, look.colour("base"))
        painter.drawPixmap(
            left, top + 1, look.label(face, "link", words, height - 2, plate="tint", pad=pad)
        )

    def _paint_place(self, painter: QPainter, laid: Laid, top: int) -> None:
        """The code that logged, at the right, on a ground of its own where a text reaches there."""
        look, height = self.look(), self.row_height
        left, words = self._place_box(laid)
        ground = look.colour("danger_ground" if laid.tone == "danger" else "base")
        painter.fillRect(left - look.px(8), top, self.viewport().width(), height, ground)
        tone = "yours" if laid.line.source.own else "muted"
        label = look.label(look.face("small_mono"), tone, words, height)
        painter.drawPixmap(left, top, label)

    def _place_box(self, laid: Laid) -> tuple[int, str]:
        """Where the code that logged begins, and how it is written."""
        look, width = self.look(), self.viewport().width()
        face = look.face("small_mono")
        words = face.elided(laid.place, min(look.px(_PLACE), width // 4), middle=True)
        return width - face.width(words) - look.px(12), words

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


def _cut_text(laid: Laid) -> str:
    return f"{size(laid.line.length)} \u00b7 show all"
