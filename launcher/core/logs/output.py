"""What the app printed and logged, as lines, bounded in lines, characters and line length.

Pure data without locks: filled and read on the GUI thread. Text comes in pieces of any size: a
line, half a line, or 8 MB at once. Escape codes for colours and cursor movement are taken out,
also when they are cut in two by the pieces.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .rows import Log

MAX_LINES = 10_000
MAX_CHARS = 1_000_000
MAX_LINE = 2_000

OWN = "servedeck"
"""The stream of lines that are ServeDeck's own, such as the separator at each start."""

# CSI … final byte; OSC … BEL or ST; other two- and three-byte sequences.
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[PX^_][^\x1b]{0,4096}\x1b\\"
    r"|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]{0,4096}\x1b?|[ -/]*)\Z")
# What is left of the control characters is shown as a picture of itself, not acted on.
_CONTROL = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {127: 0x2421}
_HAS_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONG = re.compile(f".{{1,{MAX_LINE}}}", re.DOTALL)


class OutputLine(NamedTuple):
    """One line, or the part of a very long one that is shown on one line.

    :param stream: ``"stdout"``, ``"stderr"`` or :data:`OWN`
    """

    stream: str
    text: str


class OutputLog(Log[OutputLine]):
    """The last lines of the output.

    :param max_lines: how many lines are kept
    :param max_chars: how many characters of one piece of output are looked at; what comes before
        them in the same piece is counted and dropped
    """

    def __init__(self, max_lines: int = MAX_LINES, max_chars: int = MAX_CHARS) -> None:
        super().__init__(max_lines, 1)
        self.max_lines = max_lines
        self._max_chars = max_chars
        self._skipped = 0
        self._open: tuple[str, int | None] | None = None
        self._interrupted: set[tuple[str, int | None]] = set()
        self._carry: dict[tuple[str, int | None], str] = {}

    @property
    def dropped(self) -> int:
        """How many lines came and are no longer here."""
        return super().dropped + self._skipped

    def write_own(self, text: str) -> None:
        """Add a line of ServeDeck's own, apart from those of the app."""
        self._open = None
        self._carry.clear()
        self._interrupted.clear()
        self._rows.append(OutputLine(OWN, text))

    def write(self, stream: str, text: str, request_id: int | None = None) -> None:
        """Add a piece of output.

        :param stream: ``"stdout"`` or ``"stderr"``
        :param request_id: the request during which it was written; keeps the lines of requests
            that run side by side apart
        """
        source = (stream, request_id)
        text = self._clean(source, text)
        if not text:
            return
        if self._open is not None and self._open != source:
            self._interrupted.add(self._open)
            self._open = None
        if source in self._interrupted:
            self._interrupted.discard(source)
            text = text.removeprefix("\n")  # its line was ended by the interruption
            if not text:
                return
        lines = text.split("\n")
        complete = lines[-1] == ""
        if complete:
            lines.pop()
        if self._open == source and lines:
            self._extend_last(lines.pop(0), stream)
        elif self._open == source:
            lines = []
        if len(lines) > self.max_lines:
            self._skipped += len(lines) - self.max_lines
            lines = lines[-self.max_lines :]
        self._append(stream, lines)
        self._open = None if complete else source

    def clear(self) -> None:
        """Forget all lines."""
        self._rows.clear()
        self._skipped = 0
        self._open = None
        self._interrupted.clear()
        self._carry.clear()

    def _clean(self, source: tuple[str, int | None], text: str) -> str:
        """The piece without escape codes; what may be the first half of one waits in _carry."""
        text = self._carry.pop(source, "") + text
        if len(text) > self._max_chars:
            cut = text.find("\n", len(text) - self._max_chars)
            cut = len(text) - self._max_chars if cut < 0 else cut + 1
            self._skipped += max(1, text.count("\n", 0, cut))
            text = text[cut:]
        if "\x1b" in text:
            text = _ANSI.sub("", text)
            unfinished = _UNFINISHED.search(text, max(0, len(text) - 4200))
            if unfinished:
                self._carry[source] = unfinished.group()
                text = text[: unfinished.start()]
        if "\r" in text:
            if text.endswith("\r"):  # it may be one half of a line's end
                self._carry[source] = "\r" + self._carry.get(source, "")
                text = text[:-1]
            text = text.replace("\r\n", "\n")
        return text.translate(_CONTROL) if _HAS_CONTROL.search(text) else text

    def _append(self, stream: str, lines: list[str]) -> None:
        shown: list[str] = []
        for line in lines:
            if "\r" in line:
                line = line.rpartition("\r")[2]  # as on a terminal: it is written over
            if len(line) <= MAX_LINE:
                shown.append(line)
            else:
                shown += _LONG.findall(line)
        self._rows.extend([OutputLine(stream, line) for line in shown])

    def _extend_last(self, more: str, stream: str) -> None:
        number = self._rows.end - 1
        last = self._rows.get(number)
        if last is None:
            self._append(stream, [more])
            return
        _, returned, rest = more.rpartition("\r")
        line = rest if returned else last.text + more
        self._rows.replace(number, OutputLine(stream, line[:MAX_LINE]))
        if len(line) > MAX_LINE:
            self._append(stream, [line[MAX_LINE:]])
