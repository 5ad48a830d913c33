"""The file of ``servedeck serve --events``: every event as a line of JSON."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from server.event_lines import LineEncoder
from server.events import Event

__all__ = ["EventFile"]

# Each event is written at once, so that not even a crash of the process takes it along. Where
# thousands come in a second, those that come within half a millisecond share one write.
_WRITES_PER_SECOND = 2000
_BURST = 200  # writes for which there need not have been time
_MOST_WAITING = 256  # events
_LATEST = 0.01  # seconds after which the file's own thread writes what waits


class EventFile:
    """Writes events to a file. Any thread.

    :param target: a file's name; ``-`` is standard output, where nothing else is written then:
        what is said to the user, and what the app's child processes print, goes to standard error
    :raises OSError: it can't be written to
    """

    def __init__(self, target: str) -> None:
        self._name = "standard output" if target == "-" else target
        self._stream: BinaryIO | None
        if target == "-":
            self._stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        else:
            self._stream = Path(target).open("wb", buffering=0)  # noqa: SIM115
        self._encoder = LineEncoder()
        self._waiting: list[Event] = []
        self._credit = float(_BURST)
        self._credit_at = 0.0
        self._problem = ""
        self._lock = threading.Lock()
        self._some_wait = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, event: Event) -> str:
        """Write an event, unless the file has failed before.

        :returns: why it has failed, for the user, once; else ""
        """
        with self._lock:
            if self._stream is not None:
                self._waiting.append(event)
                now = event.time
                passed = max(0.0, now - self._credit_at)
                self._credit += passed * _WRITES_PER_SECOND
                self._credit_at = now
                if self._credit >= 1:
                    self._credit = min(self._credit, _BURST) - 1
                    self._write_waiting()
                elif len(self._waiting) >= _MOST_WAITING:
                    self._write_waiting()
                elif not self._some_wait.is_set():
                    self._some_wait.set()
                    if self._thread is None:
                        self._start_thread()
            problem, self._problem = self._problem, ""
        return problem

    def close(self) -> None:
        """Write what waits, and close the file."""
        with self._lock:
            self._write_waiting()
            self._close()
        self._some_wait.set()
        if self._thread is not None:
            self._thread.join()

    def _start_thread(self) -> None:
        self._thread = threading.Thread(target=self._keep_writing, name="event-file", daemon=True)
        self._thread.start()

    def _keep_writing(self) -> None:
        """Write what nothing came after, for as long as the file is open."""
        while True:
            self._some_wait.wait()
            time.sleep(_LATEST)
            with self._lock:
                if self._stream is None:
                    return
                if self._waiting:
                    self._write_waiting()
                else:
                    self._some_wait.clear()

    def _write_waiting(self) -> None:
        if self._stream is None or not self._waiting:
            return
        encode = self._encoder.encode
        lines = "".join([encode(event) for event in self._waiting]).encode("ascii")
        self._waiting.clear()
        view = memoryview(lines)
        try:
            while view:
                # None: somebody has made the terminal or the pipe non-blocking, and it is full.
                written = self._stream.write(view)
                if written is None:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                view = view[written:]
        except OSError as error:
            self._problem = f"Events can't be written to {self._name} any more: {error.strerror}."
            self._close()

    def _close(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        self._stream = None
