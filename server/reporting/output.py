"""What the app prints, logs and lets fall in its threads, as events.

While a capture is installed, ``sys.stdout`` and ``sys.stderr`` are files that report whole lines,
each with the request that printed it; errors that the app only logs are reported as ``AppError``.
These hooks belong to the whole process, so one capture is installed at a time.

Writing happens on the app's threads.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Optional, TextIO

from .. import native
from ..events import AppError, Emit, Event, OutputWritten
from ..forks import Forked, register
from ..limits import OUTPUT_PART
from .reporter import Reporter
from .scope import scope_of

__all__ = ["OutputStream", "captured_output", "is_client_error", "print_error", "reported_errors"]


class OutputStream(io.TextIOBase, Forked):
    """A text file whose lines become ``OutputWritten`` events.

    A line is kept back until it is complete, flushed or long, per thread, so that lines of two
    requests don't run into each other.

    :param name: ``"stdout"`` or ``"stderr"``
    :param original: what the name stood for; gives the descriptor
    """

    def __init__(self, name: str, emit: Emit, original: Optional[TextIO]) -> None:
        super().__init__()
        self._name = name
        self._emit = emit
        self._original = original
        self._lock = native.ReentrantLock()  # a signal handler may print in the midst of a print
        self._partial: dict[int, tuple[str, Optional[int]]] = {}
        self.buffer = _ByteStream(self)
        self._reports = True
        register(self)

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.forks.Forked`: what a child of the app's prints goes where it would
        go without this stream."""
        self._lock = native.ReentrantLock()  # another thread may have held it
        self._partial = {}
        self._reports = self._reports and ours

    @property
    def name(self) -> str:
        """As a console's stream is called."""
        return f"<{self._name}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Always UTF-8; nothing is ever lost in between."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What happens to what can't be encoded: it is shown as an escape."""
        return "backslashreplace"

    def writable(self) -> bool:
        """It is made for writing."""
        return True

    def isatty(self) -> bool:
        """It is no terminal: programs then leave out colours and bars."""
        return False

    def fileno(self) -> int:
        """The descriptor of the process's own stream.

        :raises OSError: it has none
        """
        if self._original is None:
            raise io.UnsupportedOperation("fileno")
        return self._original.fileno()

    def reconfigure(self, **options: Any) -> None:
        """Nothing: apps ask for UTF-8, or for lines to come out at once, and have both."""

    def write(self, text: str) -> int:
        """Take text in; complete lines are reported at once."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        thread = threading.get_ident()
        scope = scope_of(self._emit)
        number = scope.id if scope else None
        with self._lock:
            before, writer = self._partial.pop(thread, ("", number))
        if writer != number:  # what another request left unfinished, in this same thread
            self._report(before, writer)
            before = ""
        whole = before + text
        if whole.endswith("\n") or len(whole) > OUTPUT_PART:
            done, rest = whole, ""
        else:
            cut = whole.rfind("\n") + 1
            done, rest = whole[:cut], whole[cut:]
        if rest:
            with self._lock:
                self._partial[thread] = (rest, number)
        for start in range(0, len(done), OUTPUT_PART):
            self._report(done[start : start + OUTPUT_PART], number)
        return len(text)

    def flush(self) -> None:
        """Report what this thread has written of an unfinished line."""
        with self._lock:
            rest, number = self._partial.pop(threading.get_ident(), ("", None))
        if rest:
            self._report(rest, number)

    def flush_all(self) -> None:
        """Report every thread's unfinished line."""
        with self._lock:
            parts, self._partial = list(self._partial.values()), {}
        for rest, number in parts:
            self._report(rest, number)

    def _report(self, text: str, request_id: Optional[int]) -> None:
        # What JSON and the screen can't hold comes as an escape.
        data = text.encode("utf-8", "backslashreplace")
        if not self._reports:
            with contextlib.suppress(OSError):
                os.write(self.fileno(), data)
            return
        text = data.decode("utf-8")
        self._emit(OutputWritten(self._name, text, request_id))


class _ByteStream(io.RawIOBase):
    """``sys.stdout.buffer``: for programs that write bytes."""

    def __init__(self, stream: OutputStream) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        data = bytes(data)
        self._stream.write(self._decoder.decode(data))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


@contextlib.contextmanager
def captured_output(emit: Emit) -> Iterator[OutputStream]:
    """Report what is printed while the block runs.

    :returns: the stream for ``wsgi.errors``
    """
    before = sys.stdout, sys.stderr
    out = OutputStream("stdout", emit, before[0])
    err = OutputStream("stderr", emit, before[1])
    sys.stdout, sys.stderr = out, err
    try:
        yield err
    finally:
        out.flush_all()
        err.flush_all()
        # An app may have put a stream of its own in between: that one stays.
        if sys.stdout is out:
            sys.stdout = before[0]
        if sys.stderr is err:
            sys.stderr = before[1]


@contextlib.contextmanager
def reported_errors(reporter: Reporter) -> Iterator[None]:
    """Report exceptions that the app logs, and those that end a thread of its own.

    Flask, Django and most others catch a view's exception, log it and answer 500: the log record
    is the only place where it can be had. A handler on the root logger would change which
    handlers the app's own logging sets up, so the record is looked at where it is made.
    """
    make_record = logging.getLogRecordFactory()
    thread_hook = threading.excepthook

    def reporting_record(*args: Any, **options: Any) -> logging.LogRecord:
        record = make_record(*args, **options)
        error = _logged_error(record)
        if error is not None:
            reporter.error(error)
        return record

    def reporting_thread(args: Any) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            reporter.error(args.exc_value)
        thread_hook(args)

    logging.setLogRecordFactory(reporting_record)
    threading.excepthook = reporting_thread
    try:
        yield
    finally:
        _restore(
            logging.getLogRecordFactory, logging.setLogRecordFactory, reporting_record, make_record
        )
        if threading.excepthook is reporting_thread:
            threading.excepthook = thread_hook


def _logged_error(record: logging.LogRecord) -> Optional[BaseException]:
    """The exception that a record reports as an error; None where there is none.

    An app may make records in its own way: whatever is asked of one may be missing.
    """
    try:
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno < logging.ERROR or not isinstance(error, BaseException):
            return None
        return None if is_client_error(error) else error
    except BaseException:
        return None


def is_client_error(error: BaseException) -> bool:
    """Whether an exception is a framework's way to answer with a status from 400 to 499.

    Such as Werkzeug's, Trac's or WebOb's ``HTTPNotFound``: nothing is wrong with the app then, even
    if it logs it. One that a library got as a client itself (an OSError) is an error like others.
    """
    if isinstance(error, OSError):
        return False
    if not any("HTTP" in cls.__name__ for cls in type(error).__mro__):
        return False
    for name in ("code", "status_code", "status_int", "status"):
        value = getattr(error, name, None)
        found = value[:3] if isinstance(value, str) else value
        if isinstance(found, (str, int)) and str(found).isdigit():
            return 400 <= int(found) < 500
    return False


def print_error(event: Event) -> None:
    """Print an error's traceback past all of this, in a process that reports nothing."""
    if isinstance(event, AppError):
        with contextlib.suppress(OSError):
            os.write(2, event.text.encode("utf-8", "backslashreplace"))


def _restore(
    current: Callable[[], Any], put: Callable[[Any], None], ours: Any, before: Any
) -> None:
    """Put a hook back, unless the app has hooked on since."""
    if current() is ours:
        put(before)
