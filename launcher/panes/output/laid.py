"""Lines laid out for the screen, each as long as it stays as it is; GUI thread only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QTextCharFormat, QTextLayout, QTextOption

from launcher.core.ansi import DIM, Run, Style
from launcher.core.display import clock, one_line, plural
from launcher.core.logs.folds import Fold
from launcher.core.logs.json_lines import JsonLine, read_json_line, unfolded
from launcher.core.logs.levels import level_of
from launcher.core.logs.line_store import Line
from launcher.core.logs.output import OWN
from launcher.panes.controls.text_ranges import format_range, units
from launcher.panes.table.look import Look
from launcher.panes.table.styles import Styles

from .shapes import FlowingText, Grid, GridText, Shape, StackedText, has_pairs

__all__ = ["Laid", "Layouts"]

_KEPT = 400
_FILE = 60
_ROWS = 1_000
"""Lines of a JSON object that are shown below it."""
_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b')
"""A string, with the colon behind it where it is a name; a number; a word."""
_TONES = {"debug": "muted", "error": "danger", "critical": "danger"}


class Laid(NamedTuple):
    """A line with all that is painted of it.

    :param text: what is shown of it; its rows are divided by newlines
    :param is_open: whether what folds into it is seen; None where nothing does
    :param tone: the role of its text's colour
    :param level: its level, or ""
    :param name: its logger, or what stands for it
    :param place: the code that logged: ``views.py:42``, or ""
    :param beside: the room that this takes at the right of the text, in pixels
    """

    line: Line
    text: str
    shape: Shape
    is_open: bool | None
    tone: str
    time: str
    level: str
    name: str
    place: str
    beside: int = 0

    @property
    def right(self) -> float:
        """How much room all of the text needs to be read, in pixels."""
        return self.shape.width + self.beside


class Layouts:
    """The lines that can be seen, laid out for one look and width.

    :param room: the width that is wrapped at; 0 for none
    :param beside: how much of it a line's place takes
    """

    def __init__(
        self, look: Look, room: int, row_height: int, beside: Callable[[str], int]
    ) -> None:
        self.look = look
        self.room = room
        self._beside = beside
        self.row_height = row_height
        self._grid = Grid(look.face("mono"), row_height)
        self._styles = Styles(look)
        self._tints: dict[str, QTextCharFormat] = {}
        self._made: dict[int, tuple[tuple[Line, Fold | None, bool], Laid]] = {}
        mode = QTextOption.WrapMode
        self._option = QTextOption()
        self._option.setWrapMode(mode.WrapAtWordBoundaryOrAnywhere if room else mode.WrapAnywhere)
        width = look.face("mono").metrics.horizontalAdvance("0")
        self._option.setTabStopDistance(8.0 * width)

    def get(self, number: int, line: Line, fold: Fold | None, is_open: bool) -> Laid:
        """The line with that number, laid out.

        :param fold: the traceback that folds into it
        :param is_open: what folds into it is seen
        """
        key = (line, fold, is_open)
        known = self._made.get(number)
        if known is not None and known[0] == key:
            return known[1]
        if len(self._made) >= _KEPT:
            self._made.clear()
        made = self._make(line, fold, is_open)
        self._made[number] = key, made
        return made

    def _make(self, line: Line, fold: Fold | None, is_open: bool) -> Laid:
        source = line.source
        own = source.stream == OWN
        facts = None if own or line.runs or fold else read_json_line(line.text)
        level = source.level or (facts and facts.level) or ("" if own else level_of(line.text))
        tone = "link" if own else _TONES.get(level, "text")
        if fold is not None and not source.logged:
            tone = "danger"  # nobody has logged it: what it says itself counts
        unfolds = None if fold is None and facts is None else is_open
        file = one_line(source.file.replace("\\", "/").rpartition("/")[2], _FILE)
        place = f"{file}:{source.line}" if file and line.head else ""
        beside = self._beside(place)
        room = max(40, self.room - beside) if self.room else 0
        if facts is not None:
            text, shape = self._json(line.text, facts, tone, room, is_open=is_open)
        else:
            text, runs = _folded(line, fold, is_open)
            shape = self._shape(text, runs, tone, room)
        if not line.head:  # of its record, a further line
            return Laid(line, text, shape, unfolds, tone, "", "", "", "")
        name = source.logger or (facts and facts.logger) or ""
        name = one_line(name or ("print" if source.stream == "stdout" else source.stream), 100)
        seconds = (facts and facts.time) or source.time
        time = clock(seconds) if seconds else ""
        return Laid(line, text, shape, unfolds, tone, time, level, name, place, beside)

    def _json(
        self, text: str, facts: JsonLine, tone: str, room: int, *, is_open: bool
    ) -> tuple[str, Shape]:
        """A JSON object: its message and the rest, or that with each member on a line of its own
        below."""
        parts = [part for part in (facts.message, facts.rest) if part]
        first = "  ".join(parts) or text
        dim = Run(len(facts.message), len(first), Style(flags=DIM))
        runs = (dim,) if facts.message and facts.rest else ()
        shape = self._shape(first, runs, tone, room)
        if not is_open:
            return first, shape
        rows = unfolded(text).split("\n")
        left_out = len(rows) - _ROWS
        if left_out > 0:
            rows[_ROWS:] = [f"\u2026 {plural(left_out, 'more line')}"]
        stacked: list[tuple[str, Shape]] = [(first, shape)]
        for row in rows:
            shown = f"  {row}"
            stacked.append((shown, self._flowing(shown, self._json_formats(shown), self.room)))
        return "\n".join(one for one, _ in stacked), StackedText(self.row_height, stacked)

    def _json_formats(self, text: str) -> list[QTextLayout.FormatRange]:
        found = []
        for match in _JSON_PART.finditer(text):
            if match.group(1):
                continue
            tone = "link" if match.group().startswith('"') else "info"
            start, end = units(text[: match.start()]), units(text[: match.end()])
            found.append(format_range(start, end - start, self._tinted(tone)))
        return found

    def _tinted(self, tone: str) -> QTextCharFormat:
        made = self._tints.get(tone)
        if made is None:
            made = self._tints[tone] = QTextCharFormat()
            made.setForeground(self.look.colour(tone))
        return made

    def _shape(self, text: str, runs: tuple[Run, ...], tone: str, room: int) -> Shape:
        grid = self._grid
        fits = not room or len(text) * grid.advance <= room
        if fits and not runs and grid.holds(text):
            return GridText(grid, text)
        return self._flowing(text, self._formats(text, runs, tone), room)

    def _flowing(self, text: str, formats: list[QTextLayout.FormatRange], room: int) -> Shape:
        return FlowingText(self._grid, text, self._option, formats, room)

    def _formats(
        self, text: str, runs: tuple[Run, ...], tone: str
    ) -> list[QTextLayout.FormatRange]:
        pairs = has_pairs(text)
        found = []
        for run in runs:
            if run.start >= len(text):
                break
            start, end = run.start, min(run.end, len(text))
            if pairs:
                start, end = units(text[:start]), units(text[:end])
            look = self._styles.format(run.style, tone)
            found.append(format_range(start, end - start, look))
        return found


def _folded(line: Line, fold: Fold | None, is_open: bool) -> tuple[str, tuple[Run, ...]]:
    """The text of a line that may stand for a traceback, and its runs."""
    if fold is None or is_open or not fold.summary:
        return line.text, line.runs
    if fold.has_title:
        return f"Traceback \u2026 {fold.summary}", ()
    if line.text.endswith(fold.summary):
        return line.text, line.runs
    return f"{line.text.rstrip(': ')}: {fold.summary}", line.runs
