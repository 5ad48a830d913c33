"""A line's text on the screen: where its characters are, and drawing them. GUI thread only.

Qt's text layout does what a grid of characters can't: wide characters, tabs, writing from right to
left, several styles, wrapping. It takes up to a millisecond a line, though, and in a flood each
line is seen for one frame. So a line of plain characters, in a font that has them all equally wide,
is drawn from its place in a grid, and of it only what is seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QTextLayout, QTextOption

from launcher.panes.controls.text_ranges import units
from launcher.panes.table.look import Face, Look

__all__ = ["FlowingText", "Grid", "GridText", "Mark", "Shape", "StackedText"]

_ENDLESS = 16_000_000.0
_PART = 1000
"""Characters of an unwrapped line that Qt gets as one: it draws all of that, seen or not."""


class Mark(NamedTuple):
    """A part of a line that is painted on another ground, from one character up to another."""

    start: int
    end: int
    ground: str


class Shape(Protocol):
    """A line's text.

    :ivar rows: how many rows on the screen it takes
    :ivar width: of its longest row, in pixels
    """

    rows: int
    width: float

    def column(self, row: int, x: float) -> int:
        """The place between characters that is nearest to one on the screen: how many characters
        are before it."""
        ...

    def place(self, column: int) -> tuple[int, float]:
        """The row in which a character is, and where it begins there."""
        ...

    def draw(
        self, painter: QPainter, look: Look, at: QPointF, area: QRect, marks: Sequence[Mark]
    ) -> None:
        """Draw the text, as far as it is in an area, on the grounds of its marks.

        The painter has the colour already.
        """
        ...


class Grid:
    """The measures of a font whose plain characters are equally wide.

    :ivar advance: the width of each; 0 where they aren't
    """

    def __init__(self, face: Face, row_height: int) -> None:
        self.face = face
        self.row_height = row_height
        self.baseline = face.baseline(row_height)
        metrics = QFontMetricsF(face.font)
        advance = metrics.horizontalAdvance("0")
        even = all(abs(metrics.horizontalAdvance(c * 100) - 100 * advance) < 1 for c in "iWm .@")
        self.advance = advance if even else 0.0

    def holds(self, text: str) -> bool:
        """Whether a text can be drawn from the grid."""
        return bool(self.advance) and text.isascii() and text.isprintable()


class GridText:
    """A text in one row of a grid."""

    rows = 1

    def __init__(self, grid: Grid, text: str) -> None:
        self._grid = grid
        self._text = text
        self.width = len(text) * grid.advance

    def column(self, row: int, x: float) -> int:
        """See :class:`Shape`."""
        return min(max(0, round(x / self._grid.advance)), len(self._text))

    def place(self, column: int) -> tuple[int, float]:
        """See :class:`Shape`."""
        return 0, column * self._grid.advance

    def draw(
        self, painter: QPainter, look: Look, at: QPointF, area: QRect, marks: Sequence[Mark]
    ) -> None:
        """See :class:`Shape`."""
        grid = self._grid
        for mark in marks:
            left, wide = at.x() + mark.start * grid.advance, (mark.end - mark.start) * grid.advance
            box = QRectF(left, at.y() + 1, wide, grid.row_height - 2)
            painter.fillRect(box.intersected(QRectF(area)), look.colour(mark.ground))
        first = max(0, int((area.left() - at.x()) / grid.advance))
        last = max(0, int((area.right() - at.x()) / grid.advance) + 2)
        painter.setFont(grid.face.font)
        start = QPointF(at.x() + first * grid.advance, at.y() + grid.baseline)
        painter.drawText(start, self._text[first:last])


class FlowingText:
    """A text that Qt lays out.

    :param formats: of its styled parts, in Qt's characters
    :param room: the width that is wrapped at; 0 for none
    """

    def __init__(
        self,
        grid: Grid,
        text: str,
        option: QTextOption,
        formats: Sequence[QTextLayout.FormatRange],
        room: int,
    ) -> None:
        self._grid = grid
        self._text = text
        self._wide = has_pairs(text)
        self._layout = layout = QTextLayout(text, grid.face.font)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        if formats:
            layout.setFormats(list(formats))
        rows, width = 0, 0.0
        in_parts = not room and len(text) > _PART
        layout.beginLayout()
        while (row := layout.createLine()).isValid():
            left = width if in_parts else 0.0
            if in_parts:
                row.setNumColumns(_PART)
            else:
                row.setLineWidth(room or _ENDLESS)
            row.setPosition(QPointF(left, rows * grid.row_height + grid.baseline - row.ascent()))
            if in_parts:
                width = left + _x(row.cursorToX(row.textStart() + row.textLength()))
            else:
                width = max(width, row.naturalTextWidth())
                rows += 1
        layout.endLayout()
        self.rows, self.width = max(1, rows), width

    def column(self, row: int, x: float) -> int:
        """See :class:`Shape`."""
        at = max(0, min(row, self.rows - 1))
        if self.rows == 1:  # all that stands side by side
            last = self._layout.lineCount() - 1
            while at < last and x >= self._layout.lineAt(at + 1).position().x():
                at += 1
        found = self._layout.lineAt(at)
        return self._columns(found.xToCursor(x - found.x())) if found.isValid() else 0

    def place(self, column: int) -> tuple[int, float]:
        """See :class:`Shape`."""
        at = self._units(column)
        row = self._layout.lineForTextPosition(at)
        if not row.isValid():
            return 0, 0.0
        return (row.lineNumber() if self.rows > 1 else 0), _x(row.cursorToX(at))

    def draw(
        self, painter: QPainter, look: Look, at: QPointF, area: QRect, marks: Sequence[Mark]
    ) -> None:
        """See :class:`Shape`."""
        layout, height = self._layout, self._grid.row_height
        spans = [(self._units(mark.start), self._units(mark.end), mark.ground) for mark in marks]
        for index in range(layout.lineCount()):
            row = layout.lineAt(index)
            x, y = at.x() + row.x(), at.y() + (index if self.rows > 1 else 0) * height
            if y > area.bottom() or x > area.right():
                break
            if y + height < area.top() or x + row.naturalTextWidth() < area.left():
                continue
            first = row.textStart()
            last = first + row.textLength()
            for start, end, ground in spans:
                if start < last and end > first:
                    left = at.x() + _x(row.cursorToX(max(start, first)))
                    right = at.x() + _x(row.cursorToX(min(end, last)))
                    box = QRectF(min(left, right), y + 1, abs(right - left), height - 2)
                    painter.fillRect(box, look.colour(ground))
            row.draw(painter, at)

    def _units(self, column: int) -> int:
        return units(self._text[:column]) if self._wide else column

    def _columns(self, place: int) -> int:
        if not self._wide:
            return place
        text = self._text.encode("utf-16-le", "surrogatepass")[: 2 * place]
        return len(text.decode("utf-16-le", "ignore"))


class StackedText:
    """Texts below each other, as one.

    :param parts: each with its text; in the whole, a newline stands between them
    """

    def __init__(self, row_height: int, parts: Sequence[tuple[str, Shape]]) -> None:
        self._row_height = row_height
        self._shapes = [shape for _, shape in parts]
        self._starts: list[int] = []
        self._tops: list[int] = []
        start = top = 0
        for text, shape in parts:
            self._starts.append(start)
            self._tops.append(top)
            start, top = start + len(text) + 1, top + shape.rows
        self.rows = top
        self.width = max(shape.width for shape in self._shapes)

    def column(self, row: int, x: float) -> int:
        """See :class:`Shape`."""
        at = max(0, bisect_right(self._tops, row) - 1)
        return self._starts[at] + self._shapes[at].column(row - self._tops[at], x)

    def place(self, column: int) -> tuple[int, float]:
        """See :class:`Shape`."""
        at = max(0, bisect_right(self._starts, column) - 1)
        row, x = self._shapes[at].place(column - self._starts[at])
        return self._tops[at] + row, x

    def draw(
        self, painter: QPainter, look: Look, at: QPointF, area: QRect, marks: Sequence[Mark]
    ) -> None:
        """See :class:`Shape`."""
        height = self._row_height
        ends = [*self._starts[1:], 1 << 60]
        for start, end, top, shape in zip(
            self._starts, ends, self._tops, self._shapes, strict=True
        ):
            y = at.y() + top * height
            if y > area.bottom():
                break
            if y + shape.rows * height < area.top():
                continue
            own = [
                Mark(max(0, mark.start - start), min(mark.end, end - 1) - start, mark.ground)
                for mark in marks
                if mark.start < end and mark.end > start
            ]
            shape.draw(painter, look, QPointF(at.x(), y), area, own)


def has_pairs(text: str) -> bool:
    """Whether a text has characters that are two of Qt's."""
    return not text.isascii() and max(text) > "\uffff"


def _x(found: object) -> float:
    """Where a cursor stands; PySide returns it with the cursor's place."""
    return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]
