"""``sys.stdout`` and ``sys.stderr`` of the app: full text files, whose lines become events.

Programs do with their streams whatever a ``TextIOWrapper`` over a ``BufferedWriter`` over a
``FileIO`` allows: they wrap ``sys.stdout.buffer`` or ``sys.stdout.buffer.raw`` anew, take the
buffer away with ``detach``, ask for ``fileno``, ``encoding``, ``line_buffering``. So the three
layers are there, and each is of the class that programs check for. None of them holds anything
back, though: what comes in at either of them goes to one :class:`_Lines`, which lets a signal
handler print in the midst of a print, as the layers of :mod:`io` don't.

Writing happens on the app's threads.
"""

from __future__ import annotations

import codecs
import contextlib
import contextvars
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional, TextIO

from ..base import native
from ..base.forks import Forked, register
from ..base.limits import OUTPUT_PART
from ..events import Emit, OutputWritten
from .origins import NOWHERE, Origin, RecordRequests, origin_of
from .scope import scope_of

__all__ = ["OutputStream", "diverted"]

_Writer = tuple[Optional[int], Origin]
"""Who writes: the request, and the log record, that a piece belongs to."""
_NOBODY: _Writer = (None, NOWHERE)
_Take = Callable[[str], bool]
_taker: contextvars.ContextVar[Optional[_Take]] = contextvars.ContextVar("taker", default=None)


@contextlib.contextmanager
def diverted(take: _Take) -> Iterator[None]:
    """Have what this context writes taken by a function, as long as the block runs.

    :param take: gets each piece of text; returns whether it has taken it, else it becomes output
        like any other
    """
    token = _taker.set(take)
    try:
        yield
    finally:
        _taker.reset(token)


class _Lines(Forked):
    """Makes pieces of text into lines, and reports these.

    A line is kept back until it is complete, flushed or long, per thread, so that lines of two
    requests don't run into each other.

    :param name: ``"stdout"`` or ``"stderr"``
    :param original: what the name stood for; gives the descriptor
    :param requests: which records were made in which request
    """

    def __init__(
        self, name: str, emit: Emit, original: Optional[TextIO], requests: RecordRequests
    ) -> None:
        self.name = name
        self._requests = requests
        self.original = original
        self._emit = emit
        self._lock = native.ReentrantLock()  # a signal handler may print in the midst of a print
        self._partial: dict[int, tuple[str, _Writer]] = {}
        self._reports = True
        register(self)

    def begin_in_child(self, ours: bool) -> None:
        """What a child of the app's prints goes where it would go without this stream; see
        :class:`~server.base.forks.Forked`."""
        self._lock = native.ReentrantLock()  # another thread may have held it
        self._partial = {}
        self._reports = self._reports and ours

    def fileno(self) -> int:
        """The descriptor of the process's own stream.

        :raises OSError: it has none
        """
        if self.original is None:
            raise io.UnsupportedOperation("fileno")
        return self.original.fileno()

    def take(self, text: str) -> None:
        """Take text in; complete lines are reported at once. Called by a stream's ``write``."""
        taker = _taker.get()
        if taker is not None and taker(text):
            return
        thread = threading.get_ident()
        scope = scope_of(self._emit)
        number = scope.id if scope else None
        with self._lock:
            before, earlier = self._partial.pop(thread, ("", _NOBODY))
        if before and text == "\n" and earlier[0] == number:  # the end of a print
            writer = earlier
        else:
            origin, made_in = origin_of(text, self._requests)
            writer = made_in if number is None else number, origin
        if before and writer != earlier:  # left unfinished, by another in this same thread
            self._report(before, earlier)
            before = ""
        whole = before + text
        if whole.endswith("\n") or len(whole) > OUTPUT_PART:
            done, rest = whole, ""
        else:
            cut = whole.rfind("\n") + 1
            done, rest = whole[:cut], whole[cut:]
        if rest:
            with self._lock:
                self._partial[thread] = (rest, writer)
        for start in range(0, len(done), OUTPUT_PART):
            self._report(done[start : start + OUTPUT_PART], writer)

    def flush(self) -> None:
        """Report what this thread has written of an unfinished line."""
        with self._lock:
            rest, writer = self._partial.pop(threading.get_ident(), ("", _NOBODY))
        if rest:
            self._report(rest, writer)

    def flush_all(self) -> None:
        """Report every thread's unfinished line."""
        with self._lock:
            parts, self._partial = list(self._partial.values()), {}
        for rest, writer in parts:
            self._report(rest, writer)

    def _report(self, text: str, writer: _Writer) -> None:
        # What JSON and the screen can't hold comes as an escape.
        data = text.encode("utf-8", "backslashreplace")
        if not self._reports:
            with contextlib.suppress(OSError):
                os.write(self.fileno(), data)
            return
        request, origin = writer
        self._emit(OutputWritten(self.name, data.decode("utf-8"), request, time.time(), *origin))


class _RawStream(io.RawIOBase):
    """``sys.stdout.buffer.raw``: bytes, in UTF-8 as far as they are."""

    mode = "wb"

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self._lines = lines
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    @property
    def name(self) -> str:
        """As a console's stream is called."""
        return f"<{self._lines.name}>"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._lines.fileno()

    def isatty(self) -> bool:
        """It is no terminal: programs then leave out colours and bars."""
        return False

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._lines.take(self._decoder.decode(taken))
        return len(taken)

    def flush(self) -> None:
        self._lines.flush()


class _ByteStream(io.BufferedWriter):
    """``sys.stdout.buffer``: for programs that write bytes. It buffers nothing."""

    def write(self, data: Any) -> int:
        written: int = self.raw.write(data)  # type: ignore[assignment]
        return written

    def flush(self) -> None:
        self.raw.flush()


class OutputStream(io.TextIOWrapper):
    """A text file whose lines become ``OutputWritten`` events.

    It is UTF-8, whatever an app asks for by ``reconfigure``, and what can't be encoded comes as an
    escape: nothing is lost in between. It goes on after ``detach``, too, since the server has it
    for ``wsgi.errors``.

    :param name: ``"stdout"`` or ``"stderr"``
    :param original: what the name stood for; gives the descriptor
    :param requests: which records were made in which request
    """

    mode = "w"

    def __init__(
        self,
        name: str,
        emit: Emit,
        original: Optional[TextIO],
        requests: Optional[RecordRequests] = None,
    ) -> None:
        self._lines = _Lines(name, emit, original, requests or RecordRequests())
        buffer = _ByteStream(_RawStream(self._lines))
        super().__init__(buffer, "utf-8", "backslashreplace", newline="\n", line_buffering=True)

    def write(self, text: str) -> int:
        """Take text in; complete lines are reported at once."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._lines.take(text)
        return len(text)

    def flush(self) -> None:
        """Report what this thread has written of an unfinished line."""
        self._lines.flush()

    def flush_all(self) -> None:
        """Report every thread's unfinished line."""
        self._lines.flush_all()
