"""Keeps tracebacks that a framework shows by itself from hosts that aren't trusted with them.

In their own debug mode Django and Bottle answer an error with a page of their own, so it never
reaches the server as an exception. Where the request's host isn't trusted (``trusted_hosts``), the
app's answers of status 400 and above are held back until they are complete, and one that holds a
traceback becomes the server's plain page. Everything else goes through as it comes.

Only in debug mode. The request's own thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from ..protocol.wsgi import App
from .pages import InternalServerError
from .trusted_hosts import TrustedHosts

__all__ = ["guarded"]

_MARK = b"Traceback (most recent call last)"
_LIMIT = 16 * 1024 * 1024  # an error's answer that is longer is taken for one with a traceback


def guarded(app: App, hosts: TrustedHosts) -> App:
    """The same app, whose answers show tracebacks to trusted hosts only."""

    def guard(environ: dict[str, Any], start_response: Any) -> Any:
        __traceback_hide__ = True  # Werkzeug's debugger leaves it out of pages and logs
        if hosts.allow(environ):
            return app(environ, start_response)
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # so that it can be read
        held = _Held(environ, start_response)
        items = app(environ, held.start)
        if isinstance(items, (list, tuple)) and not held.holds:
            return items
        return held.answer(items)

    guard.__wrapped__ = app  # type: ignore[attr-defined]
    return guard


class _Held:
    """One answer, held back where it may show a traceback."""

    def __init__(self, environ: dict[str, Any], start_response: Any) -> None:
        self._environ = environ
        self._start_response = start_response
        self._head: Optional[tuple[Any, ...]] = None
        self._body: list[bytes] = []
        self._size = 0

    @property
    def holds(self) -> bool:
        """Whether the answer is held back."""
        return self._head is not None

    def start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        """The app's ``start_response``."""
        if self._head is not None and exc_info is None:
            self._start_response(*self._head)  # a second call: the server reports what is wrong
        if status[:1] not in ("4", "5"):
            self._head = None
            return self._start_response(status, headers, *_given(exc_info))
        self._head = (status, headers, *_given(exc_info))
        self._body.clear()
        return self._keep

    def answer(self, items: Any) -> Iterator[bytes]:
        """What the client gets."""
        __traceback_hide__ = True
        try:
            for data in items:
                if self._head is None:
                    yield data
                else:
                    self._keep(data)
            if self._head is not None:
                yield from self._judged(*self._head)
        finally:
            if hasattr(items, "close"):
                items.close()

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= _LIMIT:
            self._body.append(data)

    def _judged(self, status: str, headers: Any, *exc_info: Any) -> Iterator[bytes]:
        body = b"".join(self._body)
        if self._size > _LIMIT or _MARK in body:
            page = InternalServerError()
            yield from page(
                self._environ,
                lambda status, headers: self._start_response(status, headers, *exc_info),
            )
        else:
            self._start_response(status, headers, *exc_info)
            yield body


def _given(exc_info: Any) -> tuple[Any, ...]:
    return () if exc_info is None else (exc_info,)
