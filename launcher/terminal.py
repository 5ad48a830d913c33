"""What ``servedeck serve`` shows on the terminal: a line for each request, and what else happens.

No Qt.
"""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from server.config import ServerConfig
from server.events import (
    AppError,
    Event,
    OutputWritten,
    ReloadFailed,
    Reloading,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
)
from server.reporting.exchanges import Exchange, FinishedRecord, Record, event_of

from .core import sentences
from .core.display import plural, stopped_line

__all__ = ["Terminal"]

_TONES = {2: "32", 3: "36", 4: "33"}
_ERROR_TONE = "31"


def _took(tenths: int) -> str:
    """A length of time.

    :param tenths: of a millisecond
    """
    return f"{tenths // 10}.{tenths % 10} ms"


_TOOK = tuple(map(_took, range(200)))  # most requests take no longer, and a flood's far less


class Terminal:
    """Shows events as lines of text. Any thread.

    :param out: takes what the server says and what the app prints
    :param err: takes errors, and what the app writes to its standard error
    :param color: whether the status of a request is coloured
    """

    def __init__(self, config: ServerConfig, out: TextIO, err: TextIO, *, color: bool) -> None:
        self._config = config
        self._out = out
        self._err = err
        self._color = color
        self._has_started = False
        self._port = 0
        self._second, self._clock = 0, ""  # of the last request, and how it is shown
        self._exchange: Exchange | None = None  # of the last request
        self._exchange_said = "", ""
        self._lock = threading.RLock()
        for stream in (out, err):
            if isinstance(stream, io.TextIOWrapper):  # whatever the terminal's encoding lacks
                stream.reconfigure(errors="backslashreplace")

    def complain(self, message: str) -> None:
        """Say what is wrong with ServeDeck, not with the app."""
        self._write([(self._err, _complaint(message))])

    def show(self, events: Sequence[Event | Record]) -> None:
        """Show events, and those of records, in their order."""
        with self._lock:
            pieces: list[tuple[TextIO, str]] = []
            lines: list[str] = []  # of requests that came one after the other
            for event in events:
                if isinstance(event, tuple):
                    if len(event) > 3:  # a request is shown when it has finished
                        exchange, _, started, duration, _, _ = event
                        if exchange is not self._exchange:  # mostly the same again and again
                            self._exchange, self._exchange_said = exchange, self._said_by(event)
                        lines += self._line(started, duration, self._exchange_said)
                elif isinstance(event, RequestFinished):
                    started, duration = round(event.started * 1e9), round(event.duration * 1e9)
                    lines += self._line(started, duration, self._said(event))
                elif not isinstance(event, RequestStarted):
                    if lines:
                        pieces.append((self._out, "".join(lines)))
                        lines.clear()
                    pieces.extend(self._pieces(event))
            if lines:
                pieces.append((self._out, "".join(lines)))
            self._write(pieces)

    def show_stopping(self) -> None:
        """Say that the stop takes its time."""
        line = (
            f"Stopping: running requests get {self._config.grace:g} s to finish. "
            "Press Ctrl+C again to end at once.\n"
        )
        self._write([(self._out, line)])

    def _pieces(self, event: Event) -> Iterator[tuple[TextIO, str]]:
        """What an event is on the terminal, and on which of the two streams; requests apart."""
        if isinstance(event, OutputWritten):
            yield self._err if event.stream == "stderr" else self._out, event.text
        elif isinstance(event, AppError):
            yield self._err, event.text
        elif isinstance(event, ServerStarted):
            yield from self._started(event)
        elif isinstance(event, Reloading):
            yield self._out, f"Reloading: {self._what_changed(event.paths)}.\n"
        elif isinstance(event, ReloadFailed):
            is_restarted = event.kind == "app-restarted"
            then = "" if is_restarted else " The next change loads the app again."
            yield self._err, _complaint(sentences.reload_failure(event) + then)
        elif isinstance(event, ServerFailed):
            yield self._err, _complaint(sentences.failure(event))
        elif isinstance(event, WatchChanged):
            if problem := sentences.watch_problem(event):
                yield self._err, _complaint(problem)
        elif isinstance(event, ServerStopped):
            yield self._out, stopped_line(event, self._port) + "\n"

    def _started(self, event: ServerStarted) -> Iterator[tuple[TextIO, str]]:
        if self._has_started:
            why = sentences.why_cold(event)
            how = f" ({why})" if why else ""
            yield self._out, f"Reloaded in {event.load_seconds:.2f} s{how}.\n"
            return
        self._has_started = True
        self._port = 0 if self._config.unix else event.port
        yield (
            self._out,
            f"Serving {self._config.app} on {event.url} "
            f"({event.mode}, Python {event.python}). Press Ctrl+C to stop.\n",
        )
        for sentence in (event.note, sentences.watch_problem(event)):
            if sentence:
                yield self._err, _complaint(sentence)

    def _what_changed(self, paths: tuple[str, ...]) -> str:
        if not paths:
            return "asked for"
        name = os.path.relpath(paths[0], self._config.project or None)
        more = f" and {plural(len(paths) - 1, 'other file')}" if len(paths) > 1 else ""
        return f"{_printable(name)}{more} changed"

    def _line(self, started: int, duration: int, said: tuple[str, str]) -> tuple[str, ...]:
        """A request's line, in parts; times in nanoseconds."""
        second = started // 1_000_000_000
        if second != self._second:
            self._second, self._clock = second, time.strftime("%H:%M:%S", time.localtime(second))
        tenths = (duration + 50_000) // 100_000
        took = _TOOK[tenths] if tenths < len(_TOOK) else _took(tenths)
        return self._clock, said[0], took, said[1]

    def _said_by(self, record: FinishedRecord) -> tuple[str, str]:
        event = event_of(record)
        assert isinstance(event, RequestFinished)
        return self._said(event)

    def _said(self, event: RequestFinished) -> tuple[str, str]:
        """What stands before the request's duration, and what after it."""
        status = event.status
        text = "cut off" if event.aborted else str(status)
        if self._color:
            text = f"\x1b[{_TONES.get(status // 100, _ERROR_TONE)}m{text}\x1b[0m"
        problem = f"  ({event.problem})" if event.problem else ""
        return (
            f"  {text}  {event.method} {_printable(event.target)}  ",
            f"  {event.response_body.size} B{problem}\n",
        )

    def _write(self, pieces: Sequence[tuple[TextIO, str]]) -> None:
        with self._lock:
            for stream, group in groupby(pieces, itemgetter(0)):
                try:
                    stream.write("".join([text for _, text in group]))
                    stream.flush()
                except OSError:  # the reader has left, as `head` does; the server goes on
                    with Path(os.devnull).open("w") as nowhere:
                        os.dup2(nowhere.fileno(), stream.fileno())


def _complaint(message: str) -> str:
    return f"servedeck: {message}\n"


def _printable(text: str) -> str:
    """Text from outside for a line of the terminal: no control character gets through."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
