"""What the app printed and logged, as lines.

Pure data without locks: filled and read on the GUI thread. Text comes in pieces of any size: a
line, half a line, or megabytes at once. Each source (a stream, and the request that wrote to it)
has a :class:`_Writer` of its own, so the lines of requests that run side by side stay whole; and so
has what is logged, so that a progress bar goes on where it was when a record came in between.

A writer is as much of a terminal as programs without one still use: a carriage return writes the
line anew, and bars below each other go up and down between their lines (``CSI A``, ``CSI B``). It
goes back over the last :data:`REACH` lines of its source, and never to those of another. Most
pieces have nothing of that: they are divided at their newlines and stored as they are, which is
the only thing that is quick enough for a flood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from launcher.core import ansi
from server.events import OutputWritten

from .line_store import MAX_BYTES, MAX_LINE, Block, Line, LineStore, Source

__all__ = ["MAX_BYTES", "MAX_LINE", "OWN", "Line", "OutputLog", "Source"]

OWN = "servedeck"
"""The stream of lines that are ServeDeck's own, such as the separator at each start."""
REACH = 64
"""Lines of a source that it can go back to."""
_SOURCES = 64
"""Sources that can go on where they stopped; of the others, a new piece begins a new line."""

_MOVE = re.compile(r"\n|\r|\x1b\[(\d{0,4})([ABEFGJK])")
_MOVES = re.compile(r"\r|\x1b\[\d{0,4}[ABEFGJK]")

_Styled = tuple[str, tuple[ansi.Run, ...]]


class OutputLog:
    """The newest lines of the output.

    :param max_bytes: how much of it is kept, in bytes as they are in memory
    :ivar lines: the lines
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.lines = LineStore(max_bytes)
        self._writers: dict[tuple[str, int | None, bool], _Writer] = {}

    @property
    def dropped(self) -> int:
        """How many lines came and are no longer here."""
        return self.lines.dropped

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        first = self.lines.first
        for block in map(Block.plain, self.lines.blocks(first)):
            for number in range(max(first, block.first), block.end):
                yield block.line(number)

    def write_own(self, text: str, time: float = 0.0) -> None:
        """Add a line of ServeDeck's own, apart from those of the app: what these left open ends."""
        self._writers.clear()
        self.lines.extend(Source(time, OWN), [ansi.escaped(text).replace("\n", " ")])

    def write(self, stream: str, text: str, request: int | None = None, time: float = 0.0) -> None:
        """Add a piece of output.

        :param stream: ``"stdout"`` or ``"stderr"``
        :param request: the number of the row of the request during which it was written, or None
        :param time: when, in unix seconds
        """
        self._write(Source(time, stream, request), text)

    def take(self, event: OutputWritten, request: int | None = None) -> None:
        """Add a piece of output, as the server reports it.

        :param request: the number of the row of the request that wrote it
        """
        source = Source(
            event.time, event.stream, request, event.level, event.logger,
            event.file, event.line, event.own,
        )  # fmt: skip
        self._write(source, event.text)

    def _write(self, source: Source, text: str) -> None:
        key = (source.stream, source.request, source.logged)
        writer = self._writers.pop(key, None)
        if writer is None:
            writer = _Writer(self.lines)
            if len(self._writers) >= _SOURCES:
                del self._writers[next(iter(self._writers))]
        self._writers[key] = writer  # the one that wrote last stands last
        writer.write(source, text)

    @property
    def hidden(self) -> int:
        """How many lines are hidden."""
        return self.lines.hidden

    def hide(self) -> int:
        """Hide all lines, so that it can be taken back; returns how many. What comes next begins a
        line of its own."""
        self._writers.clear()
        return self.lines.hide()

    def unhide(self) -> None:
        """Show again what the last :meth:`hide` has hidden."""
        self.lines.unhide()

    def clear(self) -> None:
        """Forget all lines."""
        self.lines.clear()
        self._writers.clear()


class _Writer:
    """Where one source stands.

    ``_numbers`` are its last lines, ``_row`` is the one that it writes to: their length where that
    is yet to come. ``_fresh`` are the lines of the piece that aren't in the store yet.
    """

    def __init__(self, lines: LineStore) -> None:
        self._lines = lines
        self._numbers: list[int] = []
        self._row = 0
        self._anew = False  # what comes next replaces the line
        self._style = ansi.PLAIN
        self._rest = ""
        self._fresh: list[_Styled] = []
        self._known: dict[int, _Styled] = {}

    def write(self, source: Source, text: str) -> None:
        """Take a piece."""
        if self._rest:
            text, self._rest = self._rest + text, ""
        if "\r" in text:
            text = text.replace("\r\n", "\n")
            if text.endswith("\r"):  # it may be one half of a line's end
                text, self._rest = text[:-1], "\r"
        if "\x1b" in text:
            end = ansi.unfinished(text)
            text, self._rest = text[:end], text[end:] + self._rest
        if not text:
            return
        moves = ("\r" in text or "\x1b" in text) and _MOVES.search(text) is not None
        if moves or self._anew or self._row < len(self._numbers) - 1:
            self._follow(source, text)
        else:
            self._append(source, text)

    # Without moves: newlines only

    def _append(self, source: Source, text: str) -> None:
        texts = text.split("\n")
        ended = not texts[-1]
        if ended:
            texts.pop()
        if self._row < len(self._numbers):
            first = texts.pop(0) if texts else ""
            self._go_on(source, first)
            if texts or ended:
                self._row = len(self._numbers)
        if not texts:
            return
        runs: dict[int, tuple[ansi.Run, ...]] = {}
        if "\x1b" in text or self._style != ansi.PLAIN:
            for index, line in enumerate(texts):
                texts[index], found, self._style = ansi.styled(line, self._style)
                if found:
                    runs[index] = found
        else:
            texts = ansi.escaped("\n".join(texts)).split("\n")
        start = self._lines.end
        self._lines.extend(source, texts, runs)
        self._take_numbers(range(start, start + len(texts)))
        self._row = len(self._numbers) - (0 if ended else 1)

    def _go_on(self, source: Source, text: str) -> None:
        """Add to the line that was left open."""
        if not text:
            return
        number = self._numbers[self._row]
        line = self._lines.get(number)
        if line is None:
            number = self._numbers[self._row] = self._lines.end
            plain, runs, self._style = ansi.styled(text, self._style)
            self._lines.extend(source, [plain], {0: runs} if runs else None)
        elif line.length >= MAX_LINE:
            plain, _, self._style = ansi.styled(text, self._style)
            if line.length == len(line.text):
                self._lines.replace(number, line.text + plain, line.runs)
            else:
                self._lines.lengthen(number, plain)
        else:
            plain, runs, self._style = ansi.styled(text, self._style)
            self._lines.replace(number, *_joined((line.text, line.runs), plain, runs))

    def _take_numbers(self, numbers: range) -> None:
        self._numbers += numbers[-REACH:]
        del self._numbers[:-REACH]

    # With moves

    def _follow(self, source: Source, text: str) -> None:
        start = self._lines.end
        at = 0
        for match in _MOVE.finditer(text):
            self._put(start, text[at : match.start()])
            at = match.end()
            self._move(start, match)
        self._put(start, text[at:])
        for number, (plain, runs) in self._known.items():
            self._lines.replace(number, plain, runs)
        fresh, self._fresh, self._known = self._fresh, [], {}
        if fresh:
            styles = {index: runs for index, (_, runs) in enumerate(fresh) if runs}
            self._lines.extend(source, [plain for plain, _ in fresh], styles)

    def _put(self, start: int, text: str) -> None:
        if not text:
            return
        plain, runs, self._style = ansi.styled(text, self._style)
        if not plain:
            return
        number = self._number(start)
        if self._anew:
            self._set(start, number, plain, runs)
            self._anew = False
        else:
            self._set(start, number, *_joined(self._get(start, number), plain, runs))

    def _move(self, start: int, match: re.Match[str]) -> None:
        code = match.group(2)
        count = int(match.group(1) or 1)
        if code is None and match.group() == "\n":
            self._number(start)  # an empty line is a line
            self._row, self._anew = self._row + 1, self._row + 1 < len(self._numbers)
        elif code is None or code == "G":
            self._anew = self._anew or count <= 1
        elif code in "AF":
            self._row, self._anew = max(0, self._row - max(1, count)), True
        elif code in "BE":
            self._row, self._anew = min(len(self._numbers) - 1, self._row + max(1, count)), True
            self._row = max(0, self._row)
        elif (
            code == "K" and self._row < len(self._numbers) and (self._anew or match.group(1) == "2")
        ):
            self._set(start, self._numbers[self._row], "", ())
            self._anew = True

    def _number(self, start: int) -> int:
        """The number of the line that is written to; where it is yet to come, it comes."""
        if self._row >= len(self._numbers):
            self._fresh.append(("", ()))
            number = start + len(self._fresh) - 1
            self._take_numbers(range(number, number + 1))
            self._row = len(self._numbers) - 1
        return self._numbers[self._row]

    def _get(self, start: int, number: int) -> _Styled:
        if number >= start:
            return self._fresh[number - start]
        if number in self._known:
            return self._known[number]
        line = self._lines.get(number)
        return ("", ()) if line is None else (line.text, line.runs)

    def _set(self, start: int, number: int, plain: str, runs: tuple[ansi.Run, ...]) -> None:
        if number >= start:
            self._fresh[number - start] = (plain, runs)
        else:
            self._known[number] = (plain, runs)


def _joined(before: _Styled, text: str, runs: tuple[ansi.Run, ...]) -> _Styled:
    """A line with more behind it."""
    plain, styles = before
    by = len(plain)
    moved = tuple(ansi.Run(run.start + by, run.end + by, run.style) for run in runs)
    return plain + text, styles + moved
