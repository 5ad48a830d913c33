"""Reads a history beside the GUI thread, on two threads: one for rows, one for searches.

:class:`HistorySource` is used on the GUI thread and reports there. Each lane has an open history of
its own, opened when it is first asked for something, and again after a failure. What is short (the
rows of a screen) never waits behind what is long (a search through a million).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from launcher.core.logs.history.files import Damaged
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.schema import Refused
from launcher.core.logs.rows import Cancel
from launcher.pool import GuiCalls, Lane

__all__ = ["HistorySource"]

R = TypeVar("R")

_TROUBLES = (OSError, sqlite3.Error, Damaged, Refused)


class HistorySource(QObject):
    """Runs jobs with an open history; see :class:`launcher.core.logs.archive.Source`.

    :param open_reader: opens the history; raises what ``Reader`` does
    """

    failed = Signal(object)
    """What a reader has raised; a history that isn't there is no failure."""

    def __init__(self, open_reader: Callable[[], Reader], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = _Readings(open_reader)
        self._searches = _Readings(open_reader)
        self._is_closed = False
        self._calls = GuiCalls(self)

    def read(
        self,
        job: Callable[[Reader], R],
        then: Callable[[R | None], None],
        missing: R | None = None,
    ) -> None:
        """See ``archive.Source``."""
        if self._is_closed:
            return

        def run() -> None:
            result: R | None = None
            try:
                result = self._rows.run(job)
            except FileNotFoundError:
                result = missing
            except _TROUBLES as error:
                self._calls.post(partial(self.failed.emit, error))
            finally:
                self._calls.post(lambda: then(result))

        self._rows.start(run)

    def search(
        self,
        job: Callable[[Reader, Callable[[Any], None]], None],
        take: Callable[[Any], None],
        done: Callable[[], None],
    ) -> Cancel:
        """See ``archive.Source``."""
        if self._is_closed:
            return _nothing
        ticket = _Ticket(self._searches)

        def report(action: Callable[[], None]) -> None:
            self._calls.post(lambda: None if ticket.is_cancelled else action())

        def hand_over(part: Any) -> None:
            if ticket.is_cancelled:
                raise _Cancelled
            report(lambda: take(part))

        def run() -> None:
            if ticket.is_cancelled:
                return
            try:
                self._searches.run(lambda reader: job(reader, hand_over), ticket)
            except (FileNotFoundError, _Cancelled):
                pass
            except _TROUBLES as error:
                self._calls.post(partial(self.failed.emit, error))
            finally:
                report(done)

        self._searches.start(run)
        return ticket.cancel

    def reopen(self) -> None:
        """The history isn't the file any more that it was."""
        self._rows.start(self._rows.forget)
        self._searches.start(self._searches.forget)

    def close(self, timeout: int = 2000) -> bool:
        """Drop what waits, end what runs; waits for it at most ``timeout`` milliseconds."""
        self._is_closed = True
        self._calls.close()
        ended = [lane.close(timeout) for lane in (self._searches, self._rows)]
        return all(ended)


class _Cancelled(Exception):
    """Nobody wants the rest of a search."""


class _Ticket:
    """One search, which can be cancelled on the GUI thread."""

    def __init__(self, lane: _Readings) -> None:
        self._lane = lane
        self.is_cancelled = False

    def cancel(self) -> None:
        """End it; what it has found and isn't reported yet is dropped."""
        self.is_cancelled = True
        self._lane.interrupt(self)


class _Readings:
    """One job after the other, with a reader of its own."""

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        self._open = open_reader
        self._lane = Lane()
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._running: _Ticket | None = None

    def start(self, function: Callable[[], None]) -> None:
        """Run it after what was started before; GUI thread."""
        self._lane.start(function)

    def run(self, job: Callable[[Reader], R], ticket: _Ticket | None = None) -> R:
        """Run a job with the open history; the lane's thread."""
        if self._reader is None:
            self._reader = self._open()
        with self._lock:
            self._running = ticket
        try:
            return job(self._reader)
        except _TROUBLES:
            self.forget()
            raise
        finally:
            with self._lock:
                self._running = None

    def forget(self) -> None:
        """Close the history; the next job opens it again. The lane's thread."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(sqlite3.Error):
                reader.close()

    def interrupt(self, ticket: _Ticket | None) -> None:
        """End the job with that ticket, if it is the one that runs; None ends any. GUI thread."""
        with self._lock:
            reader = self._reader
            if reader is not None and (ticket is None or ticket is self._running):
                with suppress(sqlite3.Error):
                    reader.interrupt()

    def close(self, timeout: int) -> bool:
        """Drop what waits, end what runs, close the history. GUI thread."""
        self._lane.clear()
        self.interrupt(None)
        if not self._lane.wait(timeout):
            return False
        self.forget()
        return True


def _nothing() -> None:
    """There is nothing to cancel."""
