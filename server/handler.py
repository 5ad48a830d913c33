"""One client's requests, step by step, as documented.

``handle`` → ``handle_one_request`` → ``parse_request`` → ``run_wsgi`` (with ``write``,
``start_response`` and ``execute``) → the app. The names are those of ``http.server`` and of
Werkzeug's ``werkzeug.serving.WSGIRequestHandler``; a subclass may override each of them.

A handler lives as long as its connection, and is used by one thread at a time: the one that the
server lets answer the connection's current request.
"""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Optional

from .app.pages import InternalServerError
from .flow.endpoints import endpoint_of
from .flow.recorder import FlowRecorder, RecordedWriter
from .flow.steps import timed
from .net.connection import ConnectionHandler
from .protocol.app_socket import AppSocket
from .protocol.channel import ClientDisconnected
from .protocol.input import InputFile, RequestBody
from .protocol.parsing import NO_HEAD, BadRequest, parse_head
from .protocol.refusals import send_refusal
from .protocol.response import ResponseWriter
from .protocol.wsgi import (
    App,
    AppBreach,
    CheckedResponse,
    FileWrapper,
    HeaderList,
    answer_length,
    close_iterable,
    is_something,
    make_environ,
    require_bytes,
)
from .reporting.scope import RequestScope
from .reporting.tracebacks import traceback_text

__all__ = ["WSGIRequestHandler"]

_DRAIN_LIMIT = 256 * 1024  # of an unread body, for the sake of the connection's next request
_SENDING_STEPS = (
    "send_response",
    "send_response_only",
    "send_header",
    "end_headers",
    "flush_headers",
    "version_string",
    "server_version",
    "sys_version",
    "date_time_string",
)


class WSGIRequestHandler(ConnectionHandler):
    """Speaks HTTP to one client and WSGI to the app.

    :ivar head: the current request's line and headers
    :ivar environ: the current request's WSGI environ
    :ivar close_connection: no further request is taken from this client
    """

    # What a subclass does in its own way, looked up once: sending a head, which is then gone step
    # by step; reading a request's first line; a method such as do_GET.
    _sends_in_steps = False
    _reads_lines = False
    _has_methods = False

    _taken_before = 0
    _taken_in: Optional[int] = None  # bytes of a chunked body, see make_environ
    _flow: Optional[FlowRecorder] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)

        def overrides(*names: str) -> bool:
            return any(
                getattr(cls, name) is not getattr(WSGIRequestHandler, name) for name in names
            )

        cls._sends_in_steps = overrides(*_SENDING_STEPS)
        cls._reads_lines = overrides("handle_one_request")
        cls._has_methods = any(name.startswith("do_") for name in dir(cls))
        cls._names_clients = overrides("address_string", "port_integer", "server_version")
        cls._logs_itself = overrides("log")

    def handle(self) -> None:
        """Answer the requests that have arrived; return when the next one isn't there yet.

        Dropped connections are ignored.
        """
        try:
            self.close_connection = True
            while True:
                if self._reads_lines:  # as http.server's own, which looks at the line first
                    self.rfile = io.BufferedReader(io.BytesIO(bytes(self.channel.buffer)))
                self.handle_one_request()
                if self.close_connection or not self.channel.has_request():
                    break
        except (ConnectionError, TimeoutError) as error:
            self.close_connection = True
            # An app's own, to a database perhaps, is an error like any other.
            if self.server.passthrough_errors and not isinstance(error, ClientDisconnected):
                raise
            self.connection_dropped(error)
        if self.server.shutdown_signal:
            self.initiate_shutdown()

    def handle_one_request(self) -> None:
        """Answer a single request, from its head to the last byte of the answer."""
        if self.parse_request():
            if self._has_methods:
                getattr(self, f"do_{self.command}", self.run_wsgi)()
            else:
                self.run_wsgi()

    def parse_request(self) -> bool:
        """Read the request's line and headers; answer by itself what HTTP doesn't allow.

        :returns: whether there is a request for the app
        """
        channel = self.channel
        recording = self.server.recording
        self._flow = None if recording is None else recording.recorder(type(self))
        self._headers = None
        self.environ = {}
        self._taken_before = channel.taken
        received = b""
        try:
            received = channel.take_head()
            self.head = head = parse_head(received, channel.limits, self.server.head_cache)
        except BadRequest as fault:
            self._refuse(fault, received or bytes(channel.buffer))
            return False
        self.command, self.path = head.method, head.target
        self.request_version = "HTTP/" + head.version
        self.requestline = f"{head.method} {head.target} {self.request_version}"
        return True

    def make_environ(self) -> dict[str, Any]:
        """The WSGI environ of the current request (PEP 3333)."""
        base = self.channel.base_environ
        if base is None or self._names_clients:
            base = self.channel.base_environ = self.base_environ()
        environ = make_environ(self.head, base, self._taken_in)
        environ["wsgi.input"] = self.rfile
        if "upgrade" in self.head.block.connection:
            environ["werkzeug.socket"] = AppSocket(self.channel, self.server.let_go, True)
        return environ

    def run_wsgi(self) -> None:
        """Run the app on the current request and send what it answers."""
        scope = self._open_scope()
        writer, flow = scope.writer, scope.flow
        check = self.server.answer_heads.check
        headers_set: list[Any] = []  # status, headers, and what was read from them

        def write(data: bytes) -> None:
            head = b"" if writer.started else self._begin_answer(scope, headers_set, data)
            writer.send_part(head, data)

        def start_response(
            status: str, headers: HeaderList, exc_info: Any = None
        ) -> Callable[[bytes], None]:
            # Not the frame itself: it and this function would keep each other alive.
            caller = sys._getframe(callers_frame)
            scope.app_place = caller.f_code, caller.f_lasti
            try:
                if headers_set or exc_info:
                    self._start_again(scope, status, exc_info)
            finally:
                exc_info = None
            headers_set[:] = status, headers, check(status, headers)
            return write

        def execute(app: App) -> None:
            application_iter = app(scope.environ, start)
            try:
                scope.known_length = answer_length(application_iter)
                for data in self._items_to_write(application_iter, write, writer):
                    write(data)
                if not writer.started:
                    write(b"")
                scope.usable = writer.end()
            finally:
                close_iterable(application_iter)

        # Where its steps are recorded, the app calls start_response through what takes its time.
        start = (
            start_response if flow is None else timed(flow.stages.start_response, start_response)
        )
        callers_frame = 1 if flow is None else 2
        scope.enter()
        try:
            self._open_environ(scope)
            execute(self.server.app)
        except ClientDisconnected as error:
            scope.abort()
            self.connection_dropped(error, scope.environ)
        except BaseException as error:  # also those of asyncio, gevent and sys.exit
            page = self._report_error(error, scope)
            if not writer.started:
                # The headers are set but not sent: roll back to be able to set them again.
                del headers_set[:]
                with contextlib.suppress(ClientDisconnected):
                    execute(page)
            self._pass_on(error)
        finally:
            scope.leave()
            self._end_request(scope)

    # What run_wsgi consists of, in its order

    def _open_scope(self) -> RequestScope:
        """Give the current request its number, and report that it is about to be answered."""
        reporter = self.server.reporter
        if reporter is None:
            scope, keep = RequestScope(head=self.head), 0
        else:
            scope = reporter.request_started(self.head, self.port_integer())
            keep = reporter.body_limit
        self._prepare_answer(scope, keep)
        if scope.flow is not None:
            scope.flow.parsed()
        return scope

    def _open_environ(self, scope: RequestScope) -> None:
        """Make ``wsgi.input`` and the environ."""
        head = self.head
        if head.has_body:
            reporter = self.server.reporter
            keep = reporter.body_limit if reporter else 0
            scope.source = RequestBody(
                self.channel, head.content_length, keep, head.expect_continue
            )
            self.rfile = scope.input_file = InputFile(self._readable_body(scope, scope.source))
        else:
            self.rfile = io.BytesIO()
        flow = scope.flow
        if flow is None:
            environ = self.make_environ()
        else:
            environ = flow.call(flow.stages.make_environ, self.make_environ)
        self.environ = scope.environ = environ

    def _readable_body(self, scope: RequestScope, source: RequestBody) -> Any:
        """What the app reads a request's body from: the connection; or, for a chunked body,
        memory or a file, as most frameworks read nothing without a Content-Length.

        :raises ClientDisconnected: the body isn't there as a whole, so the app must not run
        """
        self._taken_in = None
        if not self.head.chunked or self.server.stream_chunked:
            return source
        whole = scope.take_in(source)
        self._taken_in = source.size
        return whole

    def _start_again(self, scope: RequestScope, status: Any, exc_info: Any) -> None:
        """See whether ``start_response`` may be called: a second time, or for an error.

        An exception by which the app reports that the client is at fault, with a status from 400 to
        499, is no error of the app's.

        :param exc_info: of an error that the app has caught (PEP 3333, "Error Handling")
        :raises AppBreach: it was called before, and there was no error
        :raises BaseException: the error, where the head is sent and can't be replaced
        """
        if not exc_info:
            raise AppBreach("start_response was called twice without exc_info")
        reporter = self.server.reporter
        try:
            is_answer = isinstance(status, str) and status.startswith("4")
            if reporter is not None and exc_info[1] is not None and not is_answer:
                reporter.error(exc_info[1], scope)
            if scope.writer.started:
                raise exc_info[1].with_traceback(exc_info[2])
        finally:
            exc_info = None

    def _begin_answer(self, scope: RequestScope, headers_set: list[Any], data: bytes) -> bytes:
        """Frame the answer, and build the head that goes with its first part.

        :param headers_set: status, headers, and what was read from them
        :returns: the head; empty where a subclass has sent it in its own way
        :raises AppBreach: the app has not called ``start_response``, or gave no bytes
        """
        if self.channel.given is not None:
            raise ClientDisconnected("the app has taken the connection's socket")
        if not headers_set:
            raise AppBreach("write() before start_response")
        require_bytes(data)
        source, head = scope.source, self.head
        if source is not None:
            if source.fault is not None:  # the client gets its 400, not the app's answer
                raise ClientDisconnected(source.fault.reason)
            source.forget_continue()
        status, headers, checked = headers_set
        heads = self.server.answer_heads
        if checked.given != tuple(headers):  # changed since start_response
            checked = heads.check(status, headers)
        framed = heads.frame(
            checked,
            status,
            headers,
            head.method,
            head.version,
            self._may_keep_alive(checked, source),
            scope.known_length,
        )
        sent: bytes = scope.writer.begin(checked, framed, self.server.own_headers())
        if self._sends_in_steps:
            self._send_head_in_steps(scope.writer)
            return b""
        return sent

    def _items_to_write(
        self, application_iter: Any, write: Callable[[bytes], None], writer: ResponseWriter
    ) -> Iterable[bytes]:
        """The parts of the body that are left to write, one by one, without the empty ones.

        A real file is sent through the kernel instead, where the framing allows it.
        """
        if (
            isinstance(application_iter, FileWrapper)
            and self.server.ssl_context is None
            and application_iter.is_real_file()
        ):
            write(b"")
            framing = writer.framing
            if not framing.body:
                return ()
            if not framing.chunked:
                writer.send_file(application_iter.file, application_iter.remaining())
                return ()
        return filter(is_something, application_iter)

    def _report_error(self, error: BaseException, scope: RequestScope) -> InternalServerError:
        """Report an exception that the app let through.

        :returns: the page to answer with, where nothing has been sent yet
        :raises KeyboardInterrupt: it is Ctrl+C, while the server runs where Python delivers it
        """
        scope.fail()
        if isinstance(error, KeyboardInterrupt) and _on_main_thread():
            raise error
        if self.channel.ends_by(error):
            return InternalServerError("")
        reporter = self.server.reporter
        if reporter is None:
            self.server.log("error", "Error on request:\n%s", traceback_text(error))
        else:
            reporter.request_error(error, scope, self.server.app)
        server = self.server
        detail = server.trusted_hosts.detail(scope.environ, error) if server.debug else ""
        return InternalServerError(detail)

    def _pass_on(self, error: BaseException) -> None:
        """Raise an exception of the app, where the server lets them through."""
        if self.server.passthrough_errors and not self.channel.ends_by(error):
            raise error

    def _end_request(self, scope: RequestScope) -> None:
        """Leave the connection as the next request needs it, and report this one's end."""
        source, writer = scope.source, scope.writer
        if self.channel.given is not None:
            scope.end_upgrade(self.channel)
        elif source is not None:
            self._end_body(scope, source)
        if scope.aborted and not scope.problem:
            scope.problem = self.channel.cut_off
        self.close_connection = not scope.usable
        self._linger = not scope.aborted and source is not None and not source.complete
        reporter = self.server.reporter
        if reporter is not None:
            received = self.channel.taken - self._taken_before
            sent = self.channel.sent - scope.sent_before
            scope.endpoint = endpoint_of(scope)
            reporter.request_finished(
                scope, self._client(scope), received, sent, self.port_integer()
            )
        if not self._sends_in_steps or not writer.started:  # else send_response has logged it
            self.log_request(writer.status or "-", writer.size)

    def connection_dropped(
        self, error: BaseException, environ: Optional[dict[str, Any]] = None
    ) -> None:
        """Called when the client has gone away; nothing happens unless a subclass wants it."""

    def initiate_shutdown(self) -> None:
        """Let the server end, once the requests that run are finished.

        Called after a request when the server's ``shutdown_signal`` is set.
        """
        self.server.wake()

    # Internal

    def _prepare_answer(self, scope: RequestScope, keep: int) -> None:
        """Give a request its writer, and the recorder of its steps, where there is one.

        :param keep: bytes of the answer's body to keep for display
        """
        flow, self._flow = self._flow, None
        scope.flow, scope.sent_before = flow, self.channel.sent
        if flow is None:
            scope.writer = ResponseWriter(self.channel, scope.head, keep)
        else:
            scope.writer = RecordedWriter(flow, self.channel, scope.head, keep)

    def _end_body(self, scope: RequestScope, source: RequestBody) -> None:
        """Answer what was wrong with the request's body, and read what the app left of it."""
        if source.lost:  # even if the app took it for its own error
            scope.aborted, scope.usable = True, False
        if source.fault is not None:
            scope.problem, scope.aborted = source.fault.reason, False
            if not scope.writer.started:
                send_refusal(source.fault, self.head, scope.writer, self.server.own_headers())
        if scope.usable and not source.complete:
            scope.usable = source.drain(_DRAIN_LIMIT)
        if self._taken_in is not None and scope.input_file is not None:
            scope.input_file.close()  # and with it the temporary file

    def _client(self, scope: RequestScope) -> str:
        """The client's address, as the app has left it in the environ."""
        client = scope.environ.get("REMOTE_ADDR")
        if type(client) is not str or not client or self._names_clients:
            return self.address_string()
        return client

    def _may_keep_alive(self, checked: CheckedResponse, source: Optional[RequestBody]) -> bool:
        server = self.server
        if not self.head.keep_alive or not server.keeps_alive or server.shutdown_signal:
            return False
        if checked.closes:
            return False
        if source is None or source.complete:
            return True
        # A client that got no 100 Continue may or may not send its body: the only way to know
        # the next request from it is not to have one.
        if self.head.expect_continue and not source.size:
            return False
        # The rest will be drained after the answer, where it is known to be short enough.
        length = self.head.content_length
        return length is not None and length - source.size <= _DRAIN_LIMIT

    def _send_head_in_steps(self, writer: ResponseWriter) -> None:
        """Send the head through ``http.server``'s own methods, as a subclass overrides them."""
        self.send_response(writer.status, writer.reason)
        for name, value in writer.headers:
            if name.lower() not in ("server", "date"):  # send_response has sent them
                self.send_header(name, value)
        self.end_headers()

    def _refuse(self, fault: BadRequest, received: bytes) -> None:
        """Answer a request that isn't one, and close.

        :param received: what there is of it
        """
        self.head = NO_HEAD
        self.command = self.path = "-"
        first = received[:200].split(b"\n", 1)[0]
        self.requestline = first.decode("latin-1").rstrip("\r")
        self.close_connection = True
        self._linger = True
        head = NO_HEAD._replace(method="-", target=self.requestline)
        reporter = self.server.reporter
        port = self.port_integer()
        scope = (
            RequestScope(head=head) if reporter is None else reporter.request_started(head, port)
        )
        self._prepare_answer(scope, 0)
        scope.fail()
        scope.problem = fault.reason
        send_refusal(fault, head, scope.writer, self.server.own_headers())
        scope.leave()
        if reporter is None:
            self.log("warning", "bad request: %s", fault.reason)
        else:
            sent = self.channel.sent - scope.sent_before
            reporter.request_finished(scope, self.address_string(), len(received), sent, port)
        self.log_request(fault.status, scope.writer.size)


def _on_main_thread() -> bool:
    """Whether Ctrl+C raises a KeyboardInterrupt here; else it is the app that has raised one."""
    return (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
