"""What is written to this process's own standard output and error, past Python: by programs that
the app starts, and by code in C. For a server that runs in the window's process.

While one runs, descriptors 1 and 2 are pipes, whose other ends are read by a thread each, named
``output-1`` and ``output-2``. What comes is reported as output of the app, and goes where it would
have gone, too: to the terminal that the window was started from. The pipes stay for good, since
what the app has started may outlive its server and goes on writing to them.

Reading and reporting happen under one lock, so that who holds it and finds the pipe empty knows
that all of it was reported. A pipe holds a megabyte where the system lets it: code in C that writes
more at once, without releasing the interpreter's lock, would wait for a reader that can't run.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable

from server.events import Emit, OutputWritten

__all__ = ["OwnDescriptors", "shared"]

_STREAMS = {1: "stdout", 2: "stderr"}
_SIZE = 1 << 20
_PART = 64 * 1024
_SETTLE_SECONDS = 0.5


class OwnDescriptors:
    """Reports what is written to descriptors 1 and 2 while a server runs. One server at a time."""

    def __init__(self) -> None:
        self._emit: Emit | None = None
        self._pipes: dict[int, _Pipe] = {}

    def begin(self, emit: Emit) -> None:
        """Report to ``emit`` from now on; does nothing where this process has no such streams."""
        if os.name != "posix":
            return
        if not self._pipes:
            try:
                self._pipes = {number: _Pipe(number, self._report) for number in _STREAMS}
            except OSError:  # it has no standard streams, or the system no more descriptors
                return
        self._emit = emit
        for pipe in self._pipes.values():
            pipe.put_in_place()

    def end(self) -> None:
        """Report what has come up to now, and let the process have its own streams again."""
        if self._emit is None:
            return
        for pipe in self._pipes.values():
            pipe.take_away()
        self._emit = None

    def close(self) -> None:
        """Let go of the pipes; what still writes to them gets an error."""
        self.end()
        pipes, self._pipes = self._pipes, {}
        for pipe in pipes.values():
            pipe.close()

    def _report(self, number: int, text: str) -> None:
        emit = self._emit
        if emit is not None:
            emit(OutputWritten(_STREAMS[number], text))


class _Pipe:
    """One descriptor's.

    :param report: takes the descriptor's number and a text, on the reading thread
    """

    def __init__(self, number: int, report: Callable[[int, str], None]) -> None:
        self._number = number
        self._report = report
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._original = os.dup(number)
        try:
            self._source, self._sink = os.pipe()
        except OSError:
            os.close(self._original)
            raise
        _enlarge(self._sink)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name=f"output-{number}", daemon=True)
        self._thread.start()

    def put_in_place(self) -> None:
        """What is written to the descriptor comes here."""
        self._flush()
        os.dup2(self._sink, self._number)

    def take_away(self) -> None:
        """It is what it was again, and all that came is reported."""
        self._flush()
        os.dup2(self._original, self._number)
        deadline = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < deadline:
            if self._lock.acquire(timeout=_SETTLE_SECONDS):
                is_empty = not _waiting(self._source)
                self._lock.release()
                if is_empty:
                    return
                time.sleep(0.001)  # the reader is to have the lock

    def close(self) -> None:
        os.close(self._sink)
        self._thread.join(_SETTLE_SECONDS)
        os.close(self._original)

    def _flush(self) -> None:
        stream = sys.__stdout__ if self._number == 1 else sys.__stderr__
        with contextlib.suppress(Exception):
            if stream is not None:
                stream.flush()

    def _read(self) -> None:
        """On the thread of this pipe."""
        while True:
            select.select([self._source], [], [])
            with self._lock:
                data = os.read(self._source, _PART)
                if not data:
                    break
                with contextlib.suppress(OSError):  # the terminal is gone
                    os.write(self._original, data)
                text = self._decoder.decode(data)
                if text:
                    self._report(self._number, text)
        os.close(self._source)


def _enlarge(sink: int) -> None:
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _SIZE)


def _waiting(source: int) -> int:
    """How many bytes are in a pipe."""
    import fcntl
    import termios

    found: int = struct.unpack("i", fcntl.ioctl(source, termios.FIONREAD, b"\0" * 4))[0]
    return found


shared = OwnDescriptors()
"""The one of this process, which has one pair of these descriptors."""
