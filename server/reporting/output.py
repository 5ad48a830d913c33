"""What the app prints, logs and lets fall in its threads, as events.

While a capture is installed, ``sys.stdout`` and ``sys.stderr`` are files that report whole lines,
each with the request that printed it, and with the facts of the log record that it was made of;
errors that the app only logs are reported as ``AppError``. These hooks belong to the whole process,
so one capture is installed at a time.

Writing happens on the app's threads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Optional

from ..events import AppError, Emit, Event
from .origins import RecordRequests
from .reporter import Reporter
from .scope import current_scope
from .streams import OutputStream

__all__ = ["captured_output", "is_client_error", "print_error", "reported_errors"]


@contextlib.contextmanager
def captured_output(
    emit: Emit, requests: Optional[RecordRequests] = None
) -> Iterator[OutputStream]:
    """Report what is printed while the block runs.

    :param requests: see :func:`reported_errors`
    :returns: the stream for ``wsgi.errors``
    """
    before = sys.stdout, sys.stderr
    out = OutputStream("stdout", emit, before[0], requests)
    err = OutputStream("stderr", emit, before[1], requests)
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
def reported_errors(
    reporter: Reporter, requests: Optional[RecordRequests] = None
) -> Iterator[None]:
    """Report exceptions that the app logs, and those that end a thread of its own.

    Flask, Django and most others catch a view's exception, log it and answer 500: the log record
    is the only place where it can be had. A handler on the root logger would change which
    handlers the app's own logging sets up, so the record is looked at where it is made.

    :param requests: gets the request that each record is made in
    """
    make_record = logging.getLogRecordFactory()
    thread_hook = threading.excepthook
    is_on = True  # the app may have hooked on, and so keep these for longer than the block

    def reporting_record(*args: Any, **options: Any) -> logging.LogRecord:
        record = make_record(*args, **options)
        if not is_on:
            return record
        error = _logged_error(record)
        if error is not None:
            reporter.error(error)
        scope = current_scope.get()
        if scope is not None:
            if requests is not None:
                with contextlib.suppress(AttributeError):  # a record of the app's own
                    requests.made(record, scope.id)
            if scope.flow is not None:
                scope.flow.spans.log(record)
        return record

    def reporting_thread(args: Any) -> None:
        if is_on and args.exc_value is not None and args.exc_type is not SystemExit:
            reporter.error(args.exc_value)
        thread_hook(args)

    logging.setLogRecordFactory(reporting_record)
    threading.excepthook = reporting_thread
    try:
        yield
    finally:
        is_on = False
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
