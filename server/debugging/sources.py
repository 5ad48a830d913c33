"""Where the app's standard input comes from: a terminal, the launcher's window, or nowhere.

A source blocks the thread that reads, and nothing else: it waits by means of the system's own (see
``native.py``), whatever the app has replaced. It never raises; where there is nothing to be read,
it is at its end.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import Protocol

from ..base import native

__all__ = ["FedSource", "NoSource", "Source", "TerminalSource"]

_LOOK_MS = 50  # between two looks at whether the input was ended meanwhile
_READABLE = getattr(select, "POLLIN", 1)


class Source(Protocol):
    """Gives bytes to one reader at a time."""

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, as soon as there are some; none at the end. Blocks."""

    def put(self, data: bytes) -> None:
        """Take bytes in that will be read. Any thread."""

    def end(self) -> None:
        """What reads is at the end, until :meth:`begin_again`. Any thread, returns at once."""

    def begin_again(self) -> None:
        """The end that :meth:`end` made is over. Any thread."""


class TerminalSource:
    """The terminal that is this process's standard input, though another process controls it.

    Reading has no effect on that process: the system applies its rules of foreground and background
    only to processes of the terminal's own session.

    :param descriptor: the terminal
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._is_ended = False
        self._poll = getattr(select, "poll", None)  # the system's, as long as it is there

    def read(self, size: int) -> bytes:
        """See :class:`Source`."""
        try:
            while not self._is_ended and not self._is_ready():
                pass
            return b"" if self._is_ended else os.read(self._descriptor, size)
        except OSError:  # the terminal was closed, or the app has closed the descriptor
            return b""

    def _is_ready(self) -> bool:
        if self._poll is None:
            return True
        poll = self._poll()
        poll.register(self._descriptor, _READABLE)
        return bool(poll.poll(_LOOK_MS))

    def put(self, data: bytes) -> None:
        """Nothing: what is typed comes from the terminal."""

    def end(self) -> None:
        """See :class:`Source`."""
        self._is_ended = True

    def begin_again(self) -> None:
        """See :class:`Source`."""
        self._is_ended = False


class FedSource:
    """What the launcher sends over the command channel."""

    def __init__(self) -> None:
        self._queue: native.SimpleQueue[bytes] = native.SimpleQueue()
        self._pending = b""
        self._is_ended = False

    def read(self, size: int) -> bytes:
        """See :class:`Source`."""
        while not self._pending:
            if self._is_ended:
                return b""
            self._pending = self._queue.get()
        data, self._pending = self._pending[:size], self._pending[size:]
        return data

    def put(self, data: bytes) -> None:
        """See :class:`Source`."""
        self._queue.put(data)

    def end(self) -> None:
        """See :class:`Source`. What was sent and not read is dropped."""
        self._is_ended = True
        self._pending = b""
        self._queue.put(b"")

    def begin_again(self) -> None:
        """See :class:`Source`."""
        self._is_ended = False


class NoSource:
    """There is no input: what reads gets a sentence that says so.

    :param why: the sentence
    """

    def __init__(self, why: str) -> None:
        self.why = why

    def read(self, size: int) -> bytes:
        """Nothing; the sentence is printed."""
        with contextlib.suppress(Exception):
            print(self.why, file=sys.stderr)
        return b""

    def put(self, data: bytes) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def begin_again(self) -> None:
        """Nothing."""
