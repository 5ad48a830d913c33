"""From what happens in the server to events: numbers them, and reports each error once.

One reporter belongs to one session; its methods may be called on any thread.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from types import CodeType
from typing import Any, Optional

from ..events import Emit, RequestFinished, RequestStarted
from ..protocol.channel import ClientDisconnected
from ..protocol.parsing import RequestHead
from ..protocol.wsgi import AppBreach
from .app_errors import breach
from .captured import capture
from .describe import Described, Describer, Keep, is_describing
from .exchanges import Exchanges
from .scope import RequestScope, scope_of
from .stacks import where_of
from .tracebacks import has_own_frames

__all__ = ["Reporter", "ends_debugging"]

_ERRORS_OF_A_CHILD = 10_000
_WRAPPINGS = 10  # around an app; more are no app's way, but an object that has every attribute
_NO_ERROR = (
    "no error reached the server: the app answered 500 by itself, or handled an error silently"
)


class Reporter:
    """Numbers requests and errors and hands their events to ``emit``.

    :param emit: takes every event
    :param body_limit: bytes of each body to keep for display
    :param first_request: the number of the first request
    :param keep: keeps the frames of errors; None where nobody may look at them
    :ivar numbers: those of the next requests, each to be taken once
    :ivar exchanges: those of late
    :ivar serves_page: what answers is no app, but the page that explains why there is none
    :ivar one_at_a_time: no request may begin before the errors of the one before are described
    :ivar threads: by which thread each request is being answered
    """

    def __init__(
        self, emit: Emit, body_limit: int, first_request: int = 1, keep: Optional[Keep] = None
    ) -> None:
        self.emit = emit
        self.body_limit = body_limit
        self.exchanges = Exchanges()
        self.one_at_a_time = False
        self.serves_page = False
        self._describer = Describer(emit, keep=keep)
        self.numbers = itertools.count(first_request)
        self.threads: dict[int, int] = {}
        self._error_ids = itertools.count(first_request)  # another process had those before

    def count_from(self, number: int) -> None:
        """In a forked child: give its request the number, and its errors ones that no other has."""
        self.exchanges = Exchanges()  # they name the process in which they were
        self.one_at_a_time = True  # it may end with this request
        self.numbers = itertools.count(number)
        self._error_ids = itertools.count(number * _ERRORS_OF_A_CHILD)

    def request_started(self, head: RequestHead, port: int = 0) -> RequestScope:
        """Report that a request is about to be answered. The request's thread.

        :param port: of the client's end of the connection
        :returns: its scope, with its number
        """
        scope = RequestScope(next(self.numbers), self.emit, head)
        self.threads[scope.id] = get_ident()
        # _make takes half of the time that the class takes, which calls a function of Python's.
        self.emit(RequestStarted._make((scope.id, head.method, head.target, scope.started, port)))
        return scope

    def request_finished(
        self, scope: RequestScope, remote_addr: str, received: int, sent: int, port: int = 0
    ) -> None:
        """Report that a request is over, with what it and its answer held. The request's thread.

        :param received: bytes of the request
        :param sent: bytes of the answer
        :param port: of the client's end of the connection
        """
        self.threads.pop(scope.id, None)
        writer, duration = scope.writer, scope.duration
        if scope.input_file is not None and scope.input_file.over_read:
            writer.problem = writer.problem or "the app read wsgi.input past its end"
        if writer.problem:
            scope.problem = scope.problem or writer.problem
            if scope.app_place is not None:
                self._breach(writer.problem, scope.app_place, scope)
        if writer.status == 500 and scope.error_id is None and not self.serves_page:
            scope.problem = scope.problem or _NO_ERROR
        exchange = self.exchanges.of(scope, remote_addr, received, sent)
        in_app = duration - writer.send_time - scope.taking_in
        event = RequestFinished._make(
            (
                exchange,
                scope.id,
                scope.started,
                duration / 1e9,
                in_app / 1e9 if in_app > 0 else 0.0,
                _here.name,
                port,
            )
        )
        scope.is_over = True
        if scope.described:
            self._release(scope, event)
        else:
            self.emit(event)

    def _release(self, scope: RequestScope, event: RequestFinished) -> None:
        """Have the errors of a request described, whose answer is sent; its event follows them."""
        for error in scope.described:
            self._describer.release(error)
        following = self._describer.follow(event, scope.described)
        if self.one_at_a_time:
            following.wait()
        scope.described = ()

    def report_where(self, request_id: int, is_own: Callable[[str], bool]) -> None:
        """Report where a request stands. Any thread but the request's.

        :param is_own: whether a file is one of the app's own
        """
        self.emit(where_of(request_id, self.threads.get(request_id), is_own))

    def error(
        self,
        error: BaseException,
        scope: Optional[RequestScope] = None,
        *,
        at_once: bool = False,
    ) -> Optional[int]:
        """Report an exception of the app; a second time for the same one does nothing.

        Its event comes when the answer is sent. Any thread; never raises.

        :param scope: the request it belongs to; the running one where it isn't given
        :param at_once: return when the event was emitted, as one that refers to it will follow
        :returns: the error's number, or None where the exception was known
        """
        if isinstance(error, ClientDisconnected):  # the client's doing, not the app's
            return None
        if is_describing():
            return None
        scope = scope or scope_of(self.emit)
        if ends_debugging(error, scope):
            if scope is not None:
                scope.problem = scope.problem or "debugging ended"
            return None
        if scope is not None:
            if any(known is error for known in scope.errors):
                return None
            scope.errors += (error,)
            if scope.flow is not None and not scope.is_over:
                scope.flow.spans.error(error)
        number = next(self._error_ids)
        described = Described(capture(error), number, scope.id if scope else None)
        if scope is None or scope.is_over:
            self._describer.release(described)
        else:
            scope.described += (described,)
            self._describer.hold(described)
            if scope.error_id is None:
                scope.error_id = number
        if at_once:
            described.wait()
        return number

    def close(self) -> None:
        """The session ends: emit what is left, within a second."""
        self._describer.close()

    def request_error(self, error: BaseException, scope: RequestScope, app: object) -> None:
        """Report an exception that ended a request. The request's thread.

        :param app: what answers requests; where nothing better is known, a breach is put there
        """
        if isinstance(error, AppBreach):
            scope.problem = str(error)
            if not has_own_frames(error):
                # Found while the server read what the app had returned: none of its code ran.
                code, place = _code_of(app), scope.app_place
                if place is None and isinstance(code, CodeType):
                    place = code, -1
                if place is not None:
                    self._breach(str(error), place, scope)
                    return
        self.error(error, scope)

    def _breach(self, message: str, place: tuple[CodeType, int], scope: RequestScope) -> None:
        """Report a rule of WSGI that the app broke without an exception.

        :param place: the app's code that made the answer, and the instruction in there as in
            ``frame.f_lasti``; -1 for its first line
        """
        event = breach(message, *place, next(self._error_ids), scope.id)
        if scope.error_id is None:
            scope.error_id = event.id
        self.emit(event)


def _code_of(app: object) -> object:
    """The code of an app that is a function, beneath what the server or a decorator put around."""
    with suppress(Exception):  # a proxy may raise anything
        for _ in range(_WRAPPINGS):
            app = getattr(app, "__wrapped__", app)
        return getattr(app, "__code__", None)
    return None


def ends_debugging(error: BaseException, scope: Optional[RequestScope]) -> bool:
    """Whether an exception is how a debugger, or a pause that was ended, ends what ran.

    :param scope: the request that it ends
    """
    bdb: Any = sys.modules.get("bdb")
    if bdb is not None and isinstance(error, bdb.BdbQuit):
        return True
    ended = scope is not None and scope.debugging_ended
    return ended and isinstance(error, (EOFError, SystemExit))


class _Here(threading.local):
    """The name of the running thread; asking ``threading`` for it takes several times as long."""

    def __init__(self) -> None:
        self.name = threading.current_thread().name


_here = _Here()
