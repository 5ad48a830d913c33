"""Output as it comes, in pieces of any size, made into lines for the history.

The lines keep what was printed, escape codes included; what is shown of them is the pane's matter.
Requests that run side by side print side by side, so each source (stream and request; what is
logged is another one) has an open line of its own. A carriage return in front of further text
overwrites the line, as on a terminal: of a progress bar, the last state is kept. Nothing is held
back until its newline comes: an open line is written as far as it goes, and written again when it
goes on.

Pure data without locks; the writer's thread.
"""

from __future__ import annotations

from typing import NamedTuple

from server.events import OutputWritten

from ..levels import LEVELS
from .contents import storable

__all__ = ["MAX_LINE", "STREAMS", "Line", "Lines"]

MAX_LINE = 1024 * 1024
"""Characters of a line that are kept."""

STREAMS = ("stdout", "stderr", "servedeck")
"""By their number in the table; a stream's name beyond these is written as the last but one."""

_OPEN = 64  # sources that may have an open line at the same time


class Line(NamedTuple):
    """A line of output.

    :ivar stream: an index in :data:`STREAMS`
    :ivar request: the id of the request that wrote it, or None
    :ivar level: of the log record it was made of, a multiple of 10 as in :mod:`logging`, or None
    :ivar file: the code that logged, and ``place`` the line in it; "" and None without one
    :ivar own: that code is the project's
    """

    time: float
    stream: int
    request: int | None
    level: int | None
    logger: str
    text: str
    file: str = ""
    place: int | None = None
    own: bool = False


class _Open(NamedTuple):
    place: int
    time: float
    text: str
    length: int  # of the whole line, also of what isn't kept


class Lines:
    """Takes pieces, gives lines.

    :ivar next: the place of the next line
    """

    def __init__(self) -> None:
        self.next = 0
        self._open: dict[tuple[str, int | None, bool], _Open] = {}

    @property
    def settled(self) -> int:
        """The lines below this place won't change any more."""
        return min((line.place for line in self._open.values()), default=self.next)

    def add(self, event: OutputWritten) -> dict[int, Line]:
        """The lines that a piece makes, or changes, by their places."""
        logged = bool(event.level or event.logger)
        source = (event.stream, event.request_id, logged)
        known = event.stream if event.stream in STREAMS else STREAMS[1]
        level = LEVELS.index(event.level) * 10 + 10 if event.level in LEVELS else None
        head = (STREAMS.index(known), event.request_id, level, storable(event.logger))
        tail = (storable(event.file), event.line, event.own) if event.file else ()
        parts = storable(event.text).split("\n")
        found: dict[int, Line] = {}
        opened = self._open.pop(source, None)
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            if opened is None:
                if last and not part:
                    break
                opened = _Open(self.next, event.time, "", 0)
                self.next += 1
            place, time, text, length = opened
            text, length = _joined(text, length, part, ended=not last)
            found[place] = Line(time, *head, _cut(text, length), *tail)
            opened = _Open(place, time, text, length) if last else None
        if opened is not None:
            self._open[source] = opened
            if len(self._open) > _OPEN:
                del self._open[next(iter(self._open))]
        return found

    def own(self, time: float, text: str) -> dict[int, Line]:
        """A line of our own."""
        place, self.next = self.next, self.next + 1
        line = Line(time, STREAMS.index("servedeck"), None, None, "", storable(text)[:MAX_LINE])
        return {place: line}


def _joined(text: str, length: int, more: str, *, ended: bool) -> tuple[str, int]:
    """A line with what comes behind it; returns it, and how long it is in all."""
    if "\r" in more or text.endswith("\r"):
        text = text + more
        shown = text.rstrip("\r")
        # What is behind a return is written over the rest; one at the end waits for that.
        waits = "\r" if len(shown) < len(text) and not ended else ""
        text = shown.rpartition("\r")[2] + waits
        length = len(text)
    else:
        length += len(more)
        if len(text) < MAX_LINE:
            text += more
    return text[:MAX_LINE], length


def _cut(text: str, length: int) -> str:
    text = text.removesuffix("\r")
    if length <= MAX_LINE:
        return text
    return f"{text} … ({length - MAX_LINE:,} more characters were not kept)"
