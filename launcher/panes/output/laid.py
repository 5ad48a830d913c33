"""Lines laid out for the screen, each as long as it stays as it is; GUI thread only."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QTextLayout, QTextOption

from launcher.core.ansi import DIM, Run, Style
from launcher.core.display import clock, one_line
from launcher.core.logs.json_lines import read_json_line
from launcher.core.logs.levels import level_of
from launcher.core.logs.line_store import Line
from launcher.core.logs.output import OWN
from launcher.panes.table.look import Look
from launcher.panes.table.styles import Styles

from .shapes import FlowingText, Grid, GridText, Shape, has_pairs, to_units

__all__ = ["Laid", "Layouts"]

_KEPT = 400
_FILE = 60
_TONES = {"debug": "muted", "error": "danger", "critical": "danger"}


class Laid(NamedTuple):
    """A line with all that is painted of it.

    :param tone: the role of its text's colour
    :param level: its level, or ""
    :param name: its logger, or what stands for it
    :param place: the code that logged: ``views.py:42``, or ""
    """

    line: Line
    shape: Shape
    tone: str
    time: str
    level: str
    name: str
    place: str


def _around(message: tuple[int, int], length: int) -> tuple[Run, ...]:
    """What is around the message of a JSON object is there, and steps back."""
    dim = Style(flags=DIM)
    return Run(0, message[0], dim), Run(message[1], length, dim)


class Layouts:
    """The lines that can be seen, laid out for one look and width.

    :param room: the width that is wrapped at; 0 for none
    """

    def __init__(self, look: Look, room: int, row_height: int) -> None:
        self.look = look
        self.room = room
        self.row_height = row_height
        self._grid = Grid(look.face("mono"), row_height)
        self._styles = Styles(look)
        self._made: dict[int, tuple[Line, Laid]] = {}
        mode = QTextOption.WrapMode
        self._option = QTextOption()
        self._option.setWrapMode(mode.WrapAtWordBoundaryOrAnywhere if room else mode.WrapAnywhere)
        width = look.face("mono").metrics.horizontalAdvance("0")
        self._option.setTabStopDistance(8.0 * width)

    def get(self, number: int, line: Line) -> Laid:
        """The line with that number, laid out."""
        known = self._made.get(number)
        if known is not None and known[0] == line:
            return known[1]
        if len(self._made) >= _KEPT:
            self._made.clear()
        made = self._make(line)
        self._made[number] = line, made
        return made

    def _make(self, line: Line) -> Laid:
        source = line.source
        if not line.head:  # of its record, a further line
            tone = _TONES.get(source.level, "text")
            return Laid(line, self._shape(line, tone), tone, "", "", "", "")
        own = source.stream == OWN
        facts = None if own or line.runs else read_json_line(line.text)
        level = source.level or (facts and facts.level) or ("" if own else level_of(line.text))
        tone = "link" if own else _TONES.get(level, "text")
        name = source.logger or (facts and facts.logger) or ""
        name = name or ("print" if source.stream == "stdout" else source.stream)
        seconds = (facts and facts.time) or source.time
        time = clock(seconds) if seconds else ""
        if facts is not None and facts.message[1]:
            line = line._replace(runs=_around(facts.message, len(line.text)))
        file = one_line(source.file.replace("\\", "/").rpartition("/")[2], _FILE)
        place = f"{file}:{source.line}" if file else ""
        return Laid(line, self._shape(line, tone), tone, time, level, one_line(name, 100), place)

    def _shape(self, line: Line, tone: str) -> Shape:
        text, grid = line.text, self._grid
        fits = not self.room or len(text) * grid.advance <= self.room
        if fits and not line.runs and grid.holds(text):
            return GridText(grid, text)
        return FlowingText(grid, text, self._option, self._formats(line, tone), self.room)

    def _formats(self, line: Line, tone: str) -> list[QTextLayout.FormatRange]:
        text = line.text
        pairs = has_pairs(text)
        found = []
        for run in line.runs:
            if run.start >= len(text):
                break
            start, end = run.start, min(run.end, len(text))
            if pairs:
                start, end = to_units(text, start), to_units(text, end)
            made = QTextLayout.FormatRange()
            made.start, made.length = start, end - start
            made.format = self._styles.format(run.style, tone)
            found.append(made)
        return found
