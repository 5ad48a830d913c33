"""From what happens in the server to events: numbers them, and tells each error once.

One reporter belongs to one session; its methods may be called on any thread.
"""

from __future__ import annotations

import itertools
from types import CodeType
from typing import Optional

from ..events import AppError, Emit
from ..protocol.channel import ClientDisconnected
from .exchanges import Exchanges, Note, Record, event_of
from .scope import RequestScope, scope_of
from .tracebacks import app_breach, app_error

__all__ = ["Reporter"]

_ERRORS_OF_A_CHILD = 10_000


class Reporter:
    """Numbers requests and errors and hands their events to ``emit``.

    :param emit: takes every event
    :param body_limit: bytes of each body to keep for display
    :param first_request: the number of the first request
    :param note: takes the records of requests, in turn with the events; without it ``emit`` takes
        the events that are made of them
    :ivar numbers: those of the next requests, each to be taken once
    :ivar note: takes the record of a request
    :ivar exchanges: those of late
    """

    def __init__(
        self, emit: Emit, body_limit: int, first_request: int = 1, note: Optional[Note] = None
    ) -> None:
        self.emit = emit
        self.body_limit = body_limit
        self.note = note or self._emit_at_once
        self.exchanges = Exchanges()
        self.numbers = itertools.count(first_request)
        self._error_ids = itertools.count(first_request)  # another process had those before

    def close(self) -> None:
        """Tell of no further request: those that were abandoned may still run."""
        self.note = _nobody

    def count_from(self, number: int) -> None:
        """In that child: give its request the number, and its errors ones that no other has."""
        self.exchanges = Exchanges()  # they say in which process they were
        self.numbers = itertools.count(number)
        self._error_ids = itertools.count(number * _ERRORS_OF_A_CHILD)

    def error(
        self, error: BaseException, scope: Optional[RequestScope] = None
    ) -> Optional[AppError]:
        """Report an exception of the app; a second time for the same one does nothing.

        :param scope: the request it belongs to; the running one where it isn't given
        :returns: the event, or None where the exception was known
        """
        if isinstance(error, ClientDisconnected):  # the client's doing, not the app's
            return None
        scope = scope or scope_of(self.emit)
        if scope is not None:
            if any(known is error for known in scope.errors):
                return None
            scope.errors.append(error)
        event = app_error(error, next(self._error_ids), scope.id if scope else None)
        self._tell(event, scope)
        return event

    def breach(self, message: str, code: CodeType, offset: int, scope: RequestScope) -> None:
        """Report a rule of WSGI that the app broke without an exception.

        :param code: the app's code that made the answer
        :param offset: the instruction in there, as in ``frame.f_lasti``; -1 for its first line
        """
        event = app_breach(message, code, offset, next(self._error_ids), scope.id)
        self._tell(event, scope)

    def _emit_at_once(self, record: Record) -> None:
        self.emit(event_of(record))

    def _tell(self, event: AppError, scope: Optional[RequestScope]) -> None:
        if scope is not None and scope.error_id is None:
            scope.error_id = event.id
        self.emit(event)


def _nobody(record: Record) -> None:
    """Takes what nobody wants to know any more."""
