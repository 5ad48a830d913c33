"""Which of the server's events belong to requests that were sent for a pin. No Qt.

Those go to Watch and into none of the logs: so they are in no figure, no list, no history, and
nothing is announced because of them. As with a request that is sent again, it is known by the port
of its client's end (see :mod:`launcher.core.replay.links`), which its ``RequestStarted`` names as
well, so nothing has been recorded of it when that is found out. A Unix socket has no ports: there,
it is the next request with the same line. What it prints is output like any other, of no request.

:meth:`WatchedRequests.expect` may be called on any thread, the rest on that of the logs.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from server.base.values import dataclass
from server.events import AppError, Event, OutputWritten, RequestFinished, RequestStarted

__all__ = ["PinAnswered", "WatchedRequests"]

_MOST = 200
"""Requests that are remembered, for errors that come after their end."""


@dataclass(frozen=True)
class PinAnswered:
    """What a request that was sent for a pin has come to.

    :param ticket: the number of the sending
    :param event: its end, or an error in it, which may come before the end or after it
    """

    ticket: int
    event: RequestFinished | AppError


class WatchedRequests:
    """Takes the events of such requests out of those that the server reports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[tuple[int, str, str], int] = {}
        self._tickets: dict[int, int] = {}  # by the request's id

    def __bool__(self) -> bool:
        return bool(self._expected or self._tickets)

    def expect(self, port: int, method: str, target: str, ticket: int) -> None:
        """A request is about to be sent from this port; 0 where there is none. Any thread."""
        with self._lock:
            self._expected[port, method, target] = ticket
            while len(self._expected) > _MOST:
                del self._expected[next(iter(self._expected))]

    def begin_session(self) -> None:
        """A server starts: ids count from 1 again."""
        with self._lock:
            self._expected.clear()
        self._tickets.clear()

    def take(self, event: Event) -> tuple[Event | None, PinAnswered | None]:
        """An event of the server.

        :returns: what is left of it for the logs, and what came of a pin
        """
        match event:
            case RequestStarted():
                return (None, None) if self._begins(event) else (event, None)
            case RequestFinished():
                if event.id in self._tickets or self._begins(event):
                    return None, PinAnswered(self._tickets[event.id], event)
            case AppError(request_id=int(id)) if id in self._tickets:
                return None, PinAnswered(self._tickets[id], event)
            case OutputWritten(request_id=int(id)) if id in self._tickets:
                return replace(event, request_id=None), None
            case _:
                pass
        return event, None

    def _begins(self, event: RequestStarted | RequestFinished) -> bool:
        with self._lock:
            ticket = self._expected.pop((event.remote_port, event.method, event.target), None)
        if ticket is None:
            return False
        self._tickets[event.id] = ticket
        while len(self._tickets) > _MOST:
            del self._tickets[next(iter(self._tickets))]
        return True
