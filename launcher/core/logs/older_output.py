"""The output of before as lines of the list: read from the history where it is looked at.

Of the thread of the logs. The lines have numbers below 0, so they stand above those of this window;
where a run begins, its first line shows the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from launcher.core import ansi

from .archive import HistoryArchive
from .folds import TITLE, Fold, fold_at
from .history.conditions import Condition, Text
from .history.extents import Extent, Segment
from .history.numbers import number_of, place_of, run_of
from .history.reading import Reader
from .history.results import LineRow
from .line_store import MAX_LINE, Line, Source, TakeTracebacks
from .orders import Filter
from .rows import Cancel, Log, Part

__all__ = ["OlderLines", "OlderOutput"]

_KEPT = 2_000
_PIECE = 40
_MOST = 5_000
"""Tracebacks, the newest, that are folded."""


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

    def find_tracebacks(self, low: int, take: TakeTracebacks) -> Cancel:
        """See :class:`~.line_store.Older`."""
        archive = self._rows.archive
        assert isinstance(archive, HistoryArchive), "there are lines of before"

        def moved(found: list[tuple[int, tuple[int, Fold]]]) -> None:
            folds = [
                fold._replace(head=fold.head + number - stored, end=fold.end + number - stored)
                for number, (stored, fold) in found
            ]
            take([fold for fold in folds if fold.head not in self._headings])

        return archive.collect(Text("text", "has", TITLE), low, _traceback, moved, _MOST)


def _traceback(reader: Reader, title: int) -> tuple[int, Fold] | None:
    """The traceback whose title a line has, with the line's number; for the reader's thread."""
    lines = _lines(reader, max(title - 1, number_of(run_of(title), 0)))
    above, (number, text, source) = None, next(lines, (title, "", None))
    if number < title:
        above, (_, text, source) = source, next(lines, (title, "", None))
    if source is None:
        return None
    fold = fold_at(title, above, text, source, ((text, source) for _, text, source in lines))
    return None if fold is None else (title, fold)


def _lines(reader: Reader, first: int) -> Iterator[tuple[int, str, Source]]:
    """Number, text and source of the lines from one on, as far as they follow each other."""
    run, place = run_of(first), place_of(first)
    while True:
        rows = reader.lines(Extent([Segment(run, place, place + _PIECE)]), 0, _PIECE)
        for number, row in enumerate(rows, number_of(run, place)):
            if row.number != number:
                return
            yield number, ansi.plain(row.text), _written(row)
        if len(rows) < _PIECE:
            return
        place += _PIECE


def _written(row: LineRow) -> Source:
    """What a line comes from, with the number in the history of the request that wrote it."""
    return _source(row)._replace(request=row.request)


def _kept(_row: LineRow) -> bool:
    """No row is in memory."""
    return True


def _line(row: LineRow, heading: str) -> Line:
    text, runs, _ = ansi.styled(row.text)
    if heading:
        text, runs = f"\u2500\u2500 {heading} \u2500\u2500  {text}", ()
    shown = text[:MAX_LINE]
    return Line(shown, _source(row), runs, max(len(shown), row.length))


def _source(row: LineRow) -> Source:
    return Source(row.time, row.stream, None, row.level, row.logger, row.file, row.place, row.own)
