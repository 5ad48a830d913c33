"""Where a piece of output comes from: the log record, or the warning, that it was made of.

The app's logging stays as it is: no handler is added, nothing is printed twice, and no record gets
a new attribute that a formatter would print. A handler that writes to a stream has been called by
``logging.Handler.handle``, so that call is on the stack of the thread that writes, and has the
record. A warning is recognised by its form, which ``warnings.formatwarning`` documents.

Any thread; nothing in here raises.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any, NamedTuple, Optional

from .captured import is_library, is_ours

__all__ = ["NOWHERE", "Origin", "RecordRequests", "origin_of"]

_HANDLE = logging.Handler.handle.__code__
_CALL_HANDLERS = logging.Logger.callHandlers.__code__
_DEPTH = 14
"""Frames between a handler's call and the write that are looked at: a console of rich has eight."""
_LEVELS = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
    (1, "debug"),
)
_HEAD = 1024
_MOST = 1000
_WARNING = re.compile(r"([^\n]+?):(\d{1,9}): (\w*Warning): ")


class Origin(NamedTuple):
    """The facts of a record; what isn't known is empty.

    :ivar level: ``"debug"``, ``"info"``, ``"warning"``, ``"error"`` or ``"critical"``; a level of
        the app's own counts as the one below it
    :ivar logger: the logger's name
    :ivar file: the code that logged, absolute
    :ivar own: the code is the project's, not a library's
    """

    level: str = ""
    logger: str = ""
    file: str = ""
    line: int = 0
    own: bool = False


NOWHERE = Origin()


class RecordRequests:
    """During which request each of the newest records was made. Any thread.

    A queue of the app's may carry a record to a thread that has no request, and a copy of it at
    that. So it is known again by its thread and its time, which no attribute of ours is needed for.
    """

    def __init__(self) -> None:
        self._requests: dict[tuple[Any, Any], int] = {}

    def made(self, record: Any, request: int) -> None:
        """A record is made during a request."""
        known = self._requests
        if len(known) >= _MOST:
            known.clear()
        known[record.thread, record.created] = request

    def request_of(self, record: Any) -> Optional[int]:
        """The request during which it was made; None where it was none, or isn't known any more."""
        return self._requests.get((record.thread, record.created))


def origin_of(text: str, requests: RecordRequests) -> tuple[Origin, Optional[int]]:
    """The origin of a text that is being written on this thread, and the request in which its
    record was made, where that is known."""
    try:
        record = _record_on_stack()
        if record is None:
            return _of_warning(text), None
        return _of_record(record), requests.request_of(record)
    except Exception:  # an app may put anything in a record
        return NOWHERE, None


def _record_on_stack() -> Any:
    """The record that a handler is at on this thread; None where none is."""
    frame = sys._getframe(2)
    for _ in range(_DEPTH):
        code = frame.f_code
        if code is _HANDLE or code is _CALL_HANDLERS:
            return frame.f_locals.get("record")
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def _of_record(record: Any) -> Origin:
    number = record.levelno
    level = next((name for least, name in _LEVELS if number >= least), "")
    return Origin(level, _text(record.name), *_place(record.pathname, record.lineno))


def _of_warning(text: str) -> Origin:
    found = _WARNING.match(text[:_HEAD]) if "Warning: " in text[:_HEAD] else None
    if found is None:
        return NOWHERE
    file, line, category = found.groups()
    return Origin("warning", category, *_place(file, int(line)))


def _place(file: Any, line: Any) -> tuple[str, int, bool]:
    """A place in the code: file, line, and whether it is the project's own."""
    if not isinstance(file, str) or not isinstance(line, int) or not file.endswith((".py", ".pyw")):
        return "", 0, False
    path = _text(os.path.abspath(file))  # noqa: PTH100 - Path.resolve would follow links
    return path, line, not (is_library(path) or is_ours(path))


def _text(value: Any) -> str:
    """A text that JSON can hold."""
    return str(value).encode("utf-8", "backslashreplace").decode()[:_HEAD]
