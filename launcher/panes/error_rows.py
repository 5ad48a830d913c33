"""How a row of the error list looks; GUI thread only."""

from __future__ import annotations

from launcher.models.errors import MESSAGE, ORIGIN, TIME, TYPE, ErrorCells

from .table.columns import Column
from .table.look import Look
from .table.painting import Placed, Spans, Text

__all__ = ["COLUMNS", "ErrorPainter"]

COLUMNS = (
    Column("Time", lambda look: look.face("mono").width("23:59:58.888")),
    Column("Error", lambda look: look.px(160)),
    Column("Message", None, least=160),
    Column("Request", lambda look: look.px(220), leaves=1),
)
"""The columns of the model, in its order."""

_FACES = {
    TIME: ("mono", 0, "muted"),
    TYPE: ("second", 600, "danger"),
    MESSAGE: ("second", 0, "text"),
    ORIGIN: ("mono", 0, "muted"),
}


class ErrorPainter:
    """Lays out errors, each on one line."""

    def place(self, cells: ErrorCells, look: Look, spans: Spans, height: int) -> Placed:
        """Lay out a row."""
        texts = []
        for column, (role, weight, tone) in _FACES.items():
            span = spans.get(column)
            if span is not None:
                face = look.face(role, weight)
                text = face.elided(cells.texts[column], span.width)
                place = face.baseline(height)
                texts.append(Text(face, look.colour(tone), span.left, place, text))
        return Placed(cells, False, tuple(texts))

    def live(
        self, cells: ErrorCells, look: Look, spans: Spans, height: int, now: float
    ) -> Placed | None:
        """An error is over."""
        return None
