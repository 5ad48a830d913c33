"""One request while it runs: what is known of it, and which request the running code belongs to.

What the app prints, logs and raises is reported with the request it happened in. The scope of a
request is kept in a context variable, so it follows the request through its thread; threads that
the app starts by itself have none.
"""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional

from ..events import Emit
from ..protocol.parsing import NO_HEAD, RequestHead

if TYPE_CHECKING:
    from ..flow.recorder import FlowRecorder
    from ..protocol.channel import Channel
    from ..protocol.input import InputFile, RequestBody
    from ..protocol.response import ResponseWriter
    from .describe import Described

__all__ = ["ENDPOINT", "RequestScope", "current_scope", "scope_of"]


ENDPOINT = "servedeck.endpoint"
"""The key of an environ for the function or class that answers, where that is put there by us."""


class RequestScope:
    """What belongs to one request. Its own thread only.

    :param id: the request's number in its session; 0 where nothing is reported
    :param emit: the session's, which distinguishes it from any other one in this process
    :param head: the request's line and headers
    :ivar writer: sends the answer
    :ivar source: the request's body, and ``input_file`` its form for the app; None without one
    :ivar environ: the WSGI environ; empty until it is made
    :ivar flow: records the request's steps; None where that isn't wanted
    :ivar taking_in: nanoseconds in which the body was taken in, before the app ran
    :ivar started: when the request was about to be answered, in unix seconds
    :ivar duration: nanoseconds from there to the end; set by :meth:`leave`
    :ivar app_place: the app's code that called ``start_response``, and the instruction in there
    :ivar known_length: bytes of the body, where the app gave it as a whole
    :ivar aborted: the client went away before the answer was complete
    :ivar usable: the connection is fit for another request
    :ivar problem: why the server refused the request, or what the app did wrong; else ""
    :ivar upgrade: what the app spoke instead of HTTP, over the socket that it took; else ""
    :ivar endpoint: what answers, as the framework calls it; "" where that isn't known by now
    :ivar request: the framework's request object, where that knows its endpoint; else None
    :ivar error_id: the first ``AppError`` reported for it, or None
    :ivar errors: exceptions reported so far, so that each is reported once
    :ivar described: those whose events come when the answer is sent
    :ivar debugging_ended: a pause was ended from outside: what is raised for it is no error
    :ivar is_over: the answer is sent, and its event was emitted
    """

    # One of these is made for each request: what has a default here is set where it changes.
    writer: ResponseWriter
    source: Optional[RequestBody] = None
    input_file: Optional[InputFile] = None
    flow: Optional[FlowRecorder] = None
    sent_before = 0
    taking_in = 0
    duration = 0
    app_place: Optional[tuple[CodeType, int]] = None
    known_length: Optional[int] = None
    aborted = False
    usable = False
    problem = ""
    upgrade = ""
    endpoint = ""
    request: Any = None
    error_id: Optional[int] = None
    errors: tuple[BaseException, ...] = ()
    described: tuple[Described, ...] = ()
    is_over = False
    debugging_ended = False
    _token: Optional[Token[Optional[RequestScope]]] = None

    def __init__(
        self, id: int = 0, emit: Optional[Emit] = None, head: RequestHead = NO_HEAD
    ) -> None:
        self.id = id
        self.emit = emit
        self.head = head
        self.environ: dict[str, Any] = {}
        self.started = time.time()
        self._clock = time.perf_counter_ns()

    def enter(self) -> None:
        """What runs from now on in this thread belongs to the request."""
        self._token = current_scope.set(self)

    def leave(self) -> None:
        """The app has done its work on the request."""
        if self._token is not None:
            current_scope.reset(self._token)
        self.duration = time.perf_counter_ns() - self._clock

    def fail(self) -> None:
        """An exception has ended what was under way: nothing can follow on the connection."""
        self.usable = False
        if self.flow is not None:
            self.flow.broken()

    def take_in(self, source: RequestBody) -> Any:
        """Take the request's body in, which is not the app's time.

        :returns: what it can be read from
        :raises ClientDisconnected: it isn't there as a whole
        """
        before = time.perf_counter_ns()
        try:
            return source.take_in()
        finally:
            self.taking_in = time.perf_counter_ns() - before

    def end_upgrade(self, channel: Channel) -> None:
        """Record what the app has done with the socket that it took. That the client has left is
        how such a request ends, and nothing was left out of an answer."""
        self.usable, self.aborted = False, bool(channel.cut_off)
        self.upgrade = self.head.upgrade or "socket"
        if channel.sent_head is not None:
            self.writer.record(channel.sent_head)

    def abort(self) -> None:
        """The client has left."""
        self.fail()
        self.aborted = True


current_scope: ContextVar[Optional[RequestScope]] = ContextVar("current_scope", default=None)
"""The request that the running code belongs to, or None."""


def scope_of(emit: Emit) -> Optional[RequestScope]:
    """The running code's request, where it is one of the session with this ``emit``.

    A request that was abandoned may still run while the next session does.
    """
    scope = current_scope.get()
    return scope if scope is not None and scope.emit in (None, emit) else None
