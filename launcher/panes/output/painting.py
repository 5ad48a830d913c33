"""Painting one line of the output, with its columns; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from launcher.core.display import size
from launcher.panes.table.look import Look

from .laid import Laid
from .selection import Selection
from .shapes import Mark

__all__ = [
    "Columns", "Marks", "Page", "columns_for", "cut_width", "place_beside", "place_box", "turn_box"
]  # fmt: skip

_EDGE = 3
_MARGIN = 16
_TIME, _LEVEL, _NAME = 92, 46, 102
_TURN = 16
"""Pixels before the text, where the sign is that a line unfolds."""
_PLACE = 170
_PLACE_FROM, _NAME_FROM, _LEVEL_FROM = 900, 720, 460
"""Pixels of the view's width from which on these columns are there."""
_LEVEL_TONES = {
    "debug": "muted", "info": "info", "warning": "warning", "error": "danger", "critical": "danger",
}  # fmt: skip
_LEVEL_WORDS = {"warning": "warn", "critical": "crit"}

Marks = Callable[[int, str], Sequence[Mark]]
"""What is marked in the line with a number, and its text."""


class Columns(NamedTuple):
    """Where the columns begin; those that aren't there begin where the next one does.

    :param room: the width that texts have
    """

    time: int
    level: int
    name: int
    text: int
    room: int


def columns_for(look: Look, width: int, *, times: bool) -> Columns:
    """The columns of a view.

    :param width: of the view
    :param times: with a column for the time
    """
    left = look.px(_MARGIN)
    level = left + (look.px(_TIME) if times else 0)
    name = level + (look.px(_LEVEL) if width >= look.px(_LEVEL_FROM) else 0)
    # The sign that a line unfolds has the end of the names' room, or some of its own.
    own = look.px(_TURN) if name > left else 0
    text = name + (look.px(_NAME) if width >= look.px(_NAME_FROM) else own)
    places = look.px(_PLACE) if width >= look.px(_PLACE_FROM) else look.px(12)
    return Columns(left, level, name, text, max(40, width - text - places))


def cut_width(look: Look, laid: Laid) -> int:
    """How much room at the right the mark of a line takes that is longer than what is shown; 0
    where it isn't."""
    if laid.line.length <= len(laid.line.text):
        return 0
    return look.face("second").width(_cut_text(laid)) + look.px(24)


def place_box(look: Look, width: int, laid: Laid) -> tuple[int, str]:
    """Where the code that logged begins, and how it is written."""
    face = look.face("small_mono")
    words = face.elided(laid.place, min(look.px(_PLACE), width // 4), middle=True)
    return width - face.width(words) - look.px(12), words


def place_beside(look: Look, width: int, place: str) -> int:
    """How much of a text's room its place takes at the right, where places have no column.

    :param width: of the view
    :param place: the code that logged; "" for none
    """
    if not place or width >= look.px(_PLACE_FROM):
        return 0
    face = look.face("small_mono")
    words = face.elided(place, min(look.px(_PLACE), width // 4), middle=True)
    return face.width(words) + look.px(8)


def turn_box(look: Look, columns: Columns) -> tuple[int, int]:
    """From where to where the sign is that a line unfolds."""
    return columns.text - look.px(_TURN), columns.text


class Page(NamedTuple):
    """What all lines of a view are painted with.

    :param area: the viewport
    :param scrolled: pixels that the texts are scrolled to the left
    :param current: the number of the current line, or None
    """

    look: Look
    columns: Columns
    area: QRect
    height: int
    scrolled: int
    current: int | None
    focused: bool
    selection: Selection | None
    marks: Marks

    def paint(self, painter: QPainter, number: int, laid: Laid, top: int) -> None:
        """Paint one line on the ground of all."""
        look, height, columns = self.look, self.height, self.columns
        width, bottom = self.area.width(), laid.shape.rows * height
        source, edge = laid.line.source, look.px(_EDGE)
        failed = laid.tone == "danger"
        if failed:
            painter.fillRect(0, top, width, bottom, look.colour("danger_ground"))
            painter.fillRect(0, top, edge, bottom, look.colour("danger"))
        elif source.stream == "stderr":
            painter.fillRect(0, top, look.px(2), bottom, look.colour("edge"))
        if number == self.current and self.focused:
            left = edge if failed else 0
            painter.fillRect(left, top, edge, bottom, look.colour("accent"))
        small = look.face("small_mono")
        if columns.level > columns.time and laid.time:
            painter.setFont(small.font)
            painter.setPen(look.colour("muted"))
            painter.drawText(columns.time, top + small.baseline(height), laid.time)
        if columns.name > columns.level and laid.level:
            word = _LEVEL_WORDS.get(laid.level, laid.level)
            weight = 600 if laid.level in ("warning", "error", "critical") else 0
            face = look.face("small_mono", weight)
            painter.drawPixmap(
                columns.level, top, look.label(face, _LEVEL_TONES[laid.level], word, height)
            )
        room = columns.text - columns.name - look.px(_TURN)
        if room > 0:
            tone = "yours" if source.own else "muted"
            name = small.elided(laid.name, room)
            painter.drawPixmap(columns.name, top, look.label(small, tone, name, height))
        if laid.is_open is not None:
            self._paint_turn(painter, laid, top)
        self._paint_text(painter, number, laid, top, bottom)
        if laid.line.length > len(laid.line.text):
            self._paint_cut(painter, laid, top)
        elif laid.place:
            self._paint_place(painter, laid, top)

    def _paint_text(
        self, painter: QPainter, number: int, laid: Laid, top: int, bottom: int
    ) -> None:
        left = self.columns.text
        painter.setPen(self.look.colour(laid.tone))
        marks = list(self.marks(number, laid.text))
        if self.selection is not None:
            chosen = self.selection.columns(number, len(laid.text))
            if chosen is not None:
                tone = "selection" if self.focused else "selection_blurred"
                marks.append(Mark(*chosen, tone))
        area = QRect(left, top, self.area.width() - left, bottom) & self.area
        if self.scrolled:  # else nothing reaches into the other columns
            painter.setClipRect(area)
        laid.shape.draw(painter, self.look, QPointF(left - self.scrolled, top), area, marks)
        if self.scrolled:
            painter.setClipping(False)

    def _paint_turn(self, painter: QPainter, laid: Laid, top: int) -> None:
        """The sign that a line unfolds, or has, with a guide along what has unfolded."""
        look = self.look
        left, _ = turn_box(look, self.columns)
        x, y, arm = left + look.px(5), top + self.height / 2, look.px(3.5)
        points = [
            QPointF(x - arm / 2, y - arm),
            QPointF(x + arm / 2, y),
            QPointF(x - arm / 2, y + arm),
        ]
        if laid.is_open:
            points = [
                QPointF(x - arm, y - arm / 2),
                QPointF(x, y + arm / 2),
                QPointF(x + arm, y - arm / 2),
            ]
            if laid.shape.rows > 1:
                bottom = (laid.shape.rows - 1) * self.height
                painter.fillRect(round(x), top + self.height, 1, bottom, look.colour("line"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = laid.tone if laid.tone == "danger" else "muted"
        pen = QPen(look.colour(tone), look.px(1.6))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
        painter.restore()

    def _paint_cut(self, painter: QPainter, laid: Laid, top: int) -> None:
        """The mark of a line that is longer than what is shown, at the right, where it's seen."""
        look, height = self.look, self.height
        face, words, pad = look.face("second"), _cut_text(laid), look.px(8)
        width = face.width(words) + 2 * pad
        left = self.area.width() - width - look.px(8)
        painter.fillRect(left, top, width + look.px(8), height, look.colour("base"))
        painter.drawPixmap(
            left, top + 1, look.label(face, "link", words, height - 2, plate="tint", pad=pad)
        )

    def _paint_place(self, painter: QPainter, laid: Laid, top: int) -> None:
        """The code that logged, at the right, on a ground of its own where a text reaches there."""
        look, height, width = self.look, self.height, self.area.width()
        left, words = place_box(look, width, laid)
        ground = look.colour("danger_ground" if laid.tone == "danger" else "base")
        painter.fillRect(left - look.px(8), top, width, height, ground)
        tone = "yours" if laid.line.source.own else "muted"
        painter.drawPixmap(left, top, look.label(look.face("small_mono"), tone, words, height))


def _cut_text(laid: Laid) -> str:
    return f"{size(laid.line.length)} \u00b7 show all"
