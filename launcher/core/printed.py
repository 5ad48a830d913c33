"""Which errors a terminal has shown already, as the app has printed their tracebacks itself.

Frameworks log an error that they catch, and Python prints one that ends a thread: then its
traceback is among the output, just before the error is reported. Used under a lock.
"""

from __future__ import annotations

from server.events import AppError

__all__ = ["PrintedTracebacks"]

_MARK = "Traceback (most recent call last)"
_KEPT = 300 * 1024  # characters from a traceback on; more than any that is reported
_REQUESTS = 64


class PrintedTracebacks:
    """Remembers the last output of each request."""

    def __init__(self) -> None:
        self._tails: dict[int | None, str] = {}

    def add(self, request_id: int | None, text: str) -> None:
        """Something was printed."""
        before = self._tails.pop(request_id, "")
        if not before and _MARK not in text:
            return  # nothing begins here
        if len(before) + len(text) > _KEPT:
            return  # it was something else, and goes on
        self._tails[request_id] = before + text
        if len(self._tails) > _REQUESTS:
            del self._tails[next(iter(self._tails))]

    def take(self, error: AppError) -> bool:
        """Whether an error's traceback was printed. Once: the next one is looked for anew."""
        tail = self._tails.pop(error.request_id, "")
        last = error.text.rstrip("\n").rpartition("\n")[2].strip()
        if last and _MARK in tail and last in tail:
            return True
        if tail:
            self._tails[error.request_id] = tail
        return False
