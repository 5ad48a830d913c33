"""Which of the requests that a server reports are those that the window has sent. No Qt.

Nothing in a request shows where it comes from: it arrives as the first one did, and a header of
ours could change what the app answers. But each is sent over a connection of its own, and the
server reports the port of its client's end (``RequestFinished.remote_port``). That port is known
before the first byte is sent, so it is always expected before its event can come. A Unix socket has
no ports: there, it is the first request with the same line and the same headers.

:meth:`ReplayLinks.expect` may be called on any thread, the rest on that of the logs.
"""

from __future__ import annotations

import threading

from launcher.core.compare import compare
from server.base.values import dataclass
from server.events import RequestFinished

from .message import Message

__all__ = ["Expected", "ReplayLinks"]

_MOST = 64
"""Requests that are expected at once; of an older one nothing will come any more."""


@dataclass(frozen=True)
class Expected:
    """A request that was sent and is going to be reported.

    :param original: the request that it repeats; None for a new one
    :param number: of the original's row in the log; None where it has none there
    :param edited: it isn't the same request
    """

    message: Message
    original: RequestFinished | None = None
    number: int | None = None
    edited: bool = False


class ReplayLinks:
    """What was sent and isn't reported yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[int, Expected] = {}
        self._without_port: list[Expected] = []

    def __bool__(self) -> bool:
        return bool(self._expected or self._without_port)

    def expect(self, port: int, expected: Expected) -> None:
        """A request is about to be sent from this port; 0 where there is none. Any thread."""
        with self._lock:
            if port:
                self._expected.pop(port, None)
                self._expected[port] = expected
                if len(self._expected) > _MOST:
                    del self._expected[next(iter(self._expected))]
            else:
                self._without_port = [*self._without_port[1 - _MOST :], expected]

    def take(self, event: RequestFinished) -> tuple[RequestFinished, Expected | None]:
        """A request is over.

        :returns: its event, with the facts of the link where it is one of these; and which one
        """
        found = self._found(event)
        if found is None or found.original is None:
            return event, found
        original = found.original
        if found.edited:
            replay = "edited"
        else:
            replay = compare(original, event).difference or "same"
        return event.replace(replay=replay, replay_of=original.started), found

    def _found(self, event: RequestFinished) -> Expected | None:
        with self._lock:
            if event.remote_port:
                found = self._expected.get(event.remote_port)
                if found is not None and _is_same(found.message, event):
                    return self._expected.pop(event.remote_port)
                return None
            for found in self._without_port:
                if _is_same(found.message, event) and event.request_headers == _read(found.message):
                    self._without_port.remove(found)
                    return found
        return None


def _is_same(message: Message, event: RequestFinished) -> bool:
    return (message.method, message.target) == (event.method, event.target)


def _read(message: Message) -> tuple[tuple[str, str], ...]:
    """The headers as a server reads them: without white space around the values."""
    return tuple((name, value.strip(" \t")) for name, value in message.headers)
