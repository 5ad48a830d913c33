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
    Exchange,
    Importing,
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

from .core import sentences
from .core.display import escaped, plural, stopped_line
from .core.printed import PrintedTracebacks

__all__ = ["Terminal"]

_TONES = {2: "32", 3: "36", 4: "33"}
_ERROR_TONE = "31"


class Terminal:
    """Shows events as lines of text. Any thread.

    :param out: takes what the server reports and what the app prints
    :param err: takes errors, and what the app writes to its standard error
    :param color: whether the status of a request is coloured
    """

    def __init__(self, config: ServerConfig, out: TextIO, err: TextIO, *, color: bool) -> None:
        self._config = config
        self._out = out
        self._err = err
        self._color = color
        self._has_started = False
        self._ends_first = config.end_first  # or it was shown that the server does so
        self._waits = False  # it was shown that the import takes long
        self._port = 0
        self._running: set[int] = set()  # requests
        self._second, self._clock = 0, ""  # of the last request, and how it is shown
        self._exchange: Exchange | None = None  # of the last request
        self._around = "", ""  # the duration in that one's line
        self._printed = PrintedTracebacks()
        self._lock = threading.RLock()
        for stream in (out, err):
            if isinstance(stream, io.TextIOWrapper):  # whatever the terminal's encoding lacks
                stream.reconfigure(errors="backslashreplace")

    def complain(self, message: str) -> None:
        """Report what is wrong with ServeDeck, not with the app."""
        self._write([(self._err, _complaint(message))])

    def show(self, events: Sequence[Event]) -> None:
        """Show events, in their order."""
        with self._lock:
            pieces: list[tuple[TextIO, str]] = []
            lines: list[str] = []  # of requests that came one after the other
            for event in events:
                if isinstance(event, RequestFinished):  # a request is shown when it has finished
                    self._running.discard(event.id)
                    lines.append(self._line(event))
                elif isinstance(event, RequestStarted):
                    self._running.add(event.id)
                else:
                    if lines:
                        pieces.append((self._out, "".join(lines)))
                        lines.clear()
                    pieces.extend(self._pieces(event))
            if lines:
                pieces.append((self._out, "".join(lines)))
            self._write(pieces)

    def show_stopping(self) -> None:
        """Report that the stop takes its time."""
        with self._lock:
            count = len(self._running)
        wait = f": {plural(count, 'running request')} may take {self._config.grace:g} s to finish"
        line = f"Stopping{wait if count else ''}. Press Ctrl+C again to end at once.\n"
        self._write([(self._out, line)])

    def _pieces(self, event: Event) -> Iterator[tuple[TextIO, str]]:
        """What an event is on the terminal, and on which of the two streams; requests apart."""
        if isinstance(event, OutputWritten):
            self._printed.add(event.request_id, event.text)
            yield self._err if event.stream == "stderr" else self._out, event.text
        elif isinstance(event, AppError):
            if not self._printed.take(event):
                yield self._err, event.text
        elif isinstance(event, Importing):
            yield from self._importing(event)
        elif isinstance(event, ServerStarted):
            self._waits = False
            yield from self._started(event)
        elif isinstance(event, Reloading):
            self._waits = False
            yield self._out, f"Reloading: {self._what_changed(event)}.\n"
        elif isinstance(event, ReloadFailed):
            by_itself = event.kind == "app-restarted" or event.waits_for_old
            then = "" if by_itself else " The next change loads the app again."
            failure = sentences.with_stop(sentences.reload_failure(event))
            yield self._err, _complaint(failure + then)
        elif isinstance(event, ServerFailed):
            yield self._err, _complaint(sentences.failure(event))
        elif isinstance(event, WatchChanged):
            if problem := sentences.watch_problem(event):
                yield self._err, _complaint(problem)
        elif isinstance(event, ServerStopped):
            yield self._out, stopped_line(event, self._port) + "\n"

    def _importing(self, event: Importing) -> Iterator[tuple[TextIO, str]]:
        """Once for each import, since a terminal has no line that could be renewed."""
        if self._waits:
            return
        self._waits = True
        for sentence in (sentences.importing(event), sentences.import_hint(event)):
            if sentence:
                yield self._err, _complaint(escaped(sentence))

    def _started(self, event: ServerStarted) -> Iterator[tuple[TextIO, str]]:
        if self._has_started:
            why = sentences.why_cold(event)
            how = f" ({why})" if why else ""
            yield self._out, f"Reloaded in {event.load_seconds:.2f} s{how}.\n"
            if event.ends_first and not self._ends_first:
                self._ends_first = True
                yield self._err, _complaint(sentences.ENDS_FIRST)
            return
        self._has_started = True
        self._port = 0 if self._config.unix else event.port
        yield (
            self._out,
            f"Serving {self._config.app} on {event.url} "
            f"({event.mode}, Python {event.python}). Press Ctrl+C to stop.\n",
        )
        if event.debugger_pin:
            yield self._out, f"Debugger in the browser: PIN {escaped(event.debugger_pin)}\n"
        for sentence in (sentences.remark(event), sentences.watch_problem(event)):
            if sentence:
                yield self._err, _complaint(sentence)

    def _what_changed(self, event: Reloading) -> str:
        paths = event.paths
        if not paths:
            return sentences.reload_cause(event)
        name = os.path.relpath(paths[0], self._config.project or None)
        more = f" and {plural(len(paths) - 1, 'other file')}" if len(paths) > 1 else ""
        return f"{escaped(name)}{more} changed"

    def _line(self, event: RequestFinished) -> str:
        """A request's line."""
        second = int(event.started)
        if second != self._second:
            self._second, self._clock = second, time.strftime("%H:%M:%S", time.localtime(second))
        if event.exchange is not self._exchange:  # mostly the same again and again
            self._exchange, self._around = event.exchange, self._around_duration(event)
        before, after = self._around
        return f"{self._clock}{before}{event.duration * 1000:.1f} ms{after}"

    def _around_duration(self, event: RequestFinished) -> tuple[str, str]:
        """What stands before the request's duration, and what after it."""
        status = event.status
        text = "cut off" if event.aborted else str(status)
        if self._color:
            text = f"\x1b[{_TONES.get(status // 100, _ERROR_TONE)}m{text}\x1b[0m"
        problem = f"  ({event.problem})" if event.problem else ""
        size = f"{event.response_body.size} B"
        if event.upgrade:
            passed = f"{event.bytes_received} B in, {event.bytes_sent} B out"
            size = f"{escaped(event.upgrade)}: {passed}"
        return (
            f"  {text}  {event.method} {escaped(event.target)}  ",
            f"  {size}{problem}\n",
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
