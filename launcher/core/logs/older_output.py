"""The output of before as lines of the list: read from the history where it is looked at.

Of the thread of the logs. The lines have numbers below 0, so they stand above those of this window;
where a run begins, its first line shows the day.
"""

from __future__ import annotations

from collections.abc import Mapping

from launcher.core import ansi

from .history.conditions import Condition
from .history.results import LineRow
from .line_store import MAX_LINE, Line, Source
from .orders import Filter
from .rows import Cancel, Log, Part

__all__ = ["OlderLines", "OlderOutput"]

_KEPT = 2_000


class OlderLines(Log[LineRow]):
    """The lines of output from before this window, with numbers below 0: -1 is the newest.

    It has no rows in memory; ``get`` gives a line, or None while it is being read, and ``wake`` is
    called when there are more.
    """

    def __init__(self) -> None:
        super().__init__(1, 1)


class OlderOutput:
    """See :class:`~.line_store.Older`.

    :param rows: the lines as the history has them
    """

    def __init__(self, rows: OlderLines) -> None:
        self._rows = rows
        self._headings: Mapping[int, str] = {}
        self._made: dict[int, Line] = {}

    def begin(self, headings: Mapping[int, str]) -> None:
        """There are other lines.

        :param headings: what the first line of a run shows, by its number
        """
        self._headings = headings
        self._made.clear()

    @property
    def oldest(self) -> int:
        """The number of the oldest line; 0 where there is none."""
        return self._rows.bottom

    def get(self, number: int) -> Line | None:
        """A line; None while it is being read, and where it isn't kept any more."""
        made = self._made.get(number)
        if made is None:
            row = self._rows.get(number)
            if row is None:
                return None
            if len(self._made) >= _KEPT:
                self._made.clear()
            made = self._made[number] = _line(row, self._headings.get(number, ""))
        return made

    def find(self, condition: Condition, low: int, part: Part) -> Cancel:
        """Look for lines from a number up to 0, without it, the newest first."""
        archive = self._rows.archive
        assert archive is not None, "there are lines of before"
        return archive.find(Filter(_kept, condition), low, 0, part)


def _kept(_row: LineRow) -> bool:
    """No row is in memory."""
    return True


def _line(row: LineRow, heading: str) -> Line:
    text, runs, _ = ansi.styled(row.text)
    if heading:
        text, runs = f"\u2500\u2500 {heading} \u2500\u2500  {text}", ()
    source = Source(row.time, row.stream, None, row.level, row.logger, row.file, row.place, row.own)
    shown = text[:MAX_LINE]
    return Line(shown, source, runs, max(len(shown), row.length))
