"""The file of ``servedeck serve --events``: every event as a line of JSON."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from launcher.core.private_files import open_for_writing
from server.errors import why_refused
from server.events import Event, encode

__all__ = ["EventFile"]


class EventFile:
    """Writes events to a file. One thread at a time.

    It holds cookies and keys, so only the user may read it.

    :param target: a file's name; ``-`` is standard output, where nothing else is written then:
        messages for the user, and what the app's child processes print, go to standard error
    :raises OSError: it can't be written to
    """

    def __init__(self, target: str) -> None:
        self._name = "standard output" if target == "-" else target
        self._stream: BinaryIO | None
        if target == "-":
            self._stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        else:
            self._stream = open_for_writing(Path(target))

    def write(self, events: Sequence[Event]) -> str:
        """Write events, unless the file has failed before.

        :returns: why it has failed, for the user, once; else ""
        """
        if self._stream is None:
            return ""
        view = memoryview("".join(map(encode, events)).encode("ascii"))
        try:
            while view:
                # None: somebody has made the terminal or the pipe non-blocking, and it is full.
                written = self._stream.write(view)
                if written is None:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                view = view[written:]
        except OSError as error:
            self.close()
            return f"Events can't be written to {self._name} any more: {why_refused(error)}."
        return ""

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        self._stream = None
