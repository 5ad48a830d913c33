"""How a row gets onto the screen: it is laid out once, and from then on only drawn. GUI thread.

Measuring and eliding text takes longer than drawing it, and a row is drawn again with each change
of the selection and of what is under the pointer. So a :class:`RowPainter` turns the cells of a row
into a :class:`Placed`, a list of texts and pictures with their places, and the table keeps it as
long as the row, the columns and the :class:`~launcher.panes.table.look.Look` stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from PySide6.QtGui import QColor, QPainter, QPixmap

from .look import Face, Look

__all__ = ["Picture", "Placed", "RowPainter", "Span", "Spans", "Text", "draw_placed"]


class Span(NamedTuple):
    """The part of a column in which its text stands, in pixels of the viewport."""

    left: int
    right: int

    @property
    def width(self) -> int:
        """How much room there is."""
        return max(0, self.right - self.left)


Spans = Mapping[int, Span]
"""The columns that can be seen, by their number."""


Picture = tuple[int, int, QPixmap]
"""A picture with its left in the viewport and its top in the row."""


class Text(NamedTuple):
    """A piece of text: where it begins, and how far its base line is below the row's top."""

    face: Face
    colour: QColor
    left: int
    baseline: int
    text: str


class Placed(NamedTuple):
    """A row as it is drawn.

    :param source: the cells it was made of; while they are the same object, it holds
    :param failed: it stands on the ground of failures, with a red edge
    :param line: from where to where a hairline goes, and its colour; or None
    """

    source: Any
    failed: bool
    texts: tuple[Text, ...]
    pictures: tuple[Picture, ...] = ()
    line: tuple[int, int, QColor] | None = None


class RowPainter(Protocol):
    """Lays out the rows of one kind of table."""

    def place(self, cells: Any, look: Look, spans: Spans, height: int) -> Placed:
        """Lay out a row."""
        ...

    def live(self, cells: Any, look: Look, spans: Spans, height: int, now: float) -> Placed | None:
        """What of a row goes on changing by itself, such as a clock; None where nothing does.

        :param now: unix seconds
        """
        ...


def draw_placed(painter: QPainter, placed: Placed, top: int, height: int) -> None:
    """Draw a row's texts, pictures and line; its ground is there already."""
    for left, above, picture in placed.pictures:
        painter.drawPixmap(left, top + above, picture)
    face = colour = None
    for text in placed.texts:
        if text.face is not face:
            face = text.face
            painter.setFont(face.font)
        if text.colour is not colour:
            colour = text.colour
            painter.setPen(colour)
        painter.drawText(text.left, top + text.baseline, text.text)
    if placed.line is not None:
        left, right, tone = placed.line
        painter.fillRect(left, top + height // 2, right - left, 1, tone)
