"""Text laid out for reading: lines with the kinds of their parts, and what can be folded.

Pure data and functions; any thread. Lines hold no character that could deceive: see
:func:`launcher.core.display.printable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import NamedTuple

from launcher.core.display import SHOWN, SHOWN_LINES, plural, printable
from server.base.values import dataclass

__all__ = ["LONGEST_LINE", "Page", "Run", "Writer", "plain_page", "with_runs", "writer_for"]

LONGEST_LINE = 20_000
"""Characters of a line; a longer one takes Qt seconds, so it goes on in the next."""


class Run(NamedTuple):
    """A part of a line, in characters.

    :param kind: ``key``, ``string``, ``number``, ``word``, ``comment``, ``tag`` or ``mark``
    """

    start: int
    length: int
    kind: str


@dataclass(frozen=True)
class Page:
    """A text as it is shown.

    :param runs: for each line the parts that have a colour; or nothing at all
    :param folds: first and last line of what can be folded
    :param left_out: what of the text isn't in the lines, in words; "" where it is whole
    :param broken: lines that are too long for one are in several
    """

    lines: tuple[str, ...] = ()
    runs: tuple[tuple[Run, ...], ...] = ()
    folds: tuple[tuple[int, int], ...] = ()
    left_out: str = ""
    broken: bool = False

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass
class Writer:
    """Collects a page, part by part, within its bounds.

    :param most: characters of the page
    :param most_lines: its lines
    """

    most: int = SHOWN
    most_lines: int = SHOWN_LINES
    lines: list[str] = field(default_factory=list)
    runs: list[tuple[Run, ...]] = field(default_factory=list)
    folds: list[tuple[int, int]] = field(default_factory=list)
    broken: bool = False
    _parts: list[str] = field(default_factory=list)
    _line_runs: list[Run] = field(default_factory=list)
    _column: int = 0
    _written: int = 0

    @property
    def is_full(self) -> bool:
        """There is no room for more."""
        return self._written >= self.most or len(self.lines) >= self.most_lines

    @property
    def line(self) -> int:
        """The number of the line that is written to, from 0."""
        return len(self.lines)

    def write(self, text: str, kind: str = "") -> None:
        """Add a part to the line; it has no end of line in it."""
        while self._column + len(text) > LONGEST_LINE:
            room = LONGEST_LINE - self._column
            self._put(text[:room], kind)
            text = text[room:]
            self.end_line()
            self.broken = True
            if self.is_full:
                return
        self._put(text, kind)

    def end_line(self) -> None:
        """Go on in the next line."""
        self.lines.append("".join(self._parts))
        self.runs.append(tuple(self._line_runs))
        self._parts.clear()
        self._line_runs.clear()
        self._column = 0
        self._written += 1

    def page(self, left_out: str = "") -> Page:
        """What was written."""
        if self._parts or not self.lines:
            self.end_line()
        runs = tuple(self.runs) if any(self.runs) else ()
        return Page(tuple(self.lines), runs, tuple(self.folds), left_out, self.broken)

    def _put(self, text: str, kind: str) -> None:
        if text:
            if kind:
                self._line_runs.append(Run(self._column, len(text), kind))
            self._parts.append(text)
            self._column += len(text)
            self._written += len(text)


def plain_page(text: str, *, everything: bool = False) -> Page:
    """A text as it is, made printable, cut where it is too much.

    :param everything: don't cut it
    """
    writer = writer_for(everything)
    head = text if everything else text[: writer.most]
    lines = printable(head).split("\n")
    number = 0
    for line in lines:
        if writer.is_full:
            break
        writer.write(line)
        writer.end_line()
        number += 1
    # What was begun beyond the bounds is in part in the page; a text is cut at its characters.
    gone = sum(map(len, lines[number:])) + len(lines) - number + len(text) - len(head)
    if not gone:
        return writer.page()
    facts = [plural(gone, "character")]
    missing = len(lines) - number + text.count("\n", len(head))
    if missing > 0:
        facts.insert(0, plural(missing, "line"))
    return writer.page(f"{', '.join(facts)} not shown")


def writer_for(everything: bool) -> Writer:
    """A writer with the usual bounds, or with none."""
    most = 1 << 40 if everything else SHOWN
    return Writer(most, most if everything else SHOWN_LINES)


def with_runs(page: Page, runs: Sequence[Iterable[Run]]) -> Page:
    """The same page in colours."""
    return Page(
        page.lines, tuple(tuple(line) for line in runs), page.folds, page.left_out, page.broken
    )
