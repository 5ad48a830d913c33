"""One client's requests, step by step, as documented.

``handle`` → ``handle_one_request`` → ``parse_request`` → ``run_wsgi`` (with ``write``,
``start_response`` and ``execute``) → the app. The names are those of ``http.server`` and of
Werkzeug's ``werkzeug.serving.WSGIRequestHandler``; a subclass may override each of them.

A handler lives as long as its connection, and is used by one thread at a time: the one that the
server lets answer the connection's current request.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import io
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional

from .app.pages import InternalServerError
from .flow.recorder import FlowRecorder, RecordedWriter, server_stages
from .flow.steps import timed
from .protocol.channel import Channel, ChannelFile, ClientDisconnected
from .protocol.input import InputFile, RequestBody
from .protocol.parsing import NO_HEAD, BadRequest, parse_head
from .protocol.response import ResponseWriter
from .protocol.text import printable
from .protocol.wsgi import (
    AppBreach,
    CheckedResponse,
    FileWrapper,
    check_response,
    frame_head,
    make_environ,
)
from .reporting.exchanges import NO_EXCHANGE, finished_record, here
from .reporting.scope import RequestScope, current_scope
from .reporting.tracebacks import has_own_frames, traceback_text

if TYPE_CHECKING:
    from .serving import BaseWSGIServer

__all__ = ["WSGIRequestHandler"]

Headers = list[tuple[str, str]]
App = Callable[[dict[str, Any], Any], Any]

_DRAIN_LIMIT = 256 * 1024  # of an unread body, for the sake of the connection's next request
_COPIED = 64 * 1024  # bytes up to which a second call costs more than a copy of the body
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


class WSGIRequestHandler(BaseHTTPRequestHandler):
    """Speaks HTTP to one client and WSGI to the app.

    :ivar channel: the connection
    :ivar head: the current request's line and headers
    :ivar environ: the current request's WSGI environ
    :ivar close_connection: no further request is taken from this client
    """

    server: BaseWSGIServer
    channel: Channel
    protocol_version = "HTTP/1.1"
    # What a subclass does in its own way, looked up once: sending a head, which is then gone step
    # by step; reading a request's first line; a method such as do_GET; a client's address; logging.
    _sends_in_steps = False
    _reads_lines = False
    _has_methods = False
    _names_clients = False
    _logs_itself = False

    # socketserver's constructor would answer the whole connection at once and block on it; the
    # server calls `handle` whenever a request is there, and `finish` at the end.
    def __init__(self, request: Channel, client_address: Any, server: BaseWSGIServer) -> None:
        self.channel = request
        self.request = request.sock
        self.client_address = client_address
        self.server = server
        self.close_connection = False
        self.head = NO_HEAD
        self.command = ""
        self.path = ""
        self.requestline = ""
        self.request_version = "HTTP/1.1"
        self.environ: dict[str, Any] = {}
        self._headers: Optional[http.client.HTTPMessage] = None
        self._linger = False
        self._taken_before = 0
        self._flow: Optional[FlowRecorder] = None
        self._exchange = NO_EXCHANGE  # the last one, where the next may be the same
        self.setup()
        self._take_over_timeout()

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

    def setup(self) -> None:
        """Prepare the connection. Called once, before the first request."""
        self.connection = self.channel.sock
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        self.rfile = io.BytesIO()
        self.wfile = ChannelFile(self.channel)  # type: ignore[assignment]

    def finish(self) -> None:
        """Called once, when the connection is about to be closed."""

    @property
    def server_version(self) -> str:  # type: ignore[override]
        """The server's name and version."""
        return self.server.server_version

    def version_string(self) -> str:
        """What the Server header says, as ``http.server`` puts it together for a subclass."""
        cls = type(self)
        own_name = cls.server_version is not WSGIRequestHandler.server_version
        if not own_name and cls.sys_version == BaseHTTPRequestHandler.sys_version:
            return self.server_version
        name = self.server_version if own_name else self.server_version.partition(" ")[0]
        return f"{name} {self.sys_version}".strip()

    @property
    def headers(self) -> http.client.HTTPMessage:  # type: ignore[override]
        """The request's headers as ``http.server`` gives them; built when first asked for."""
        if self._headers is None:
            message = http.client.HTTPMessage()
            for name, value in self.head.headers:
                message[name] = value
            self._headers = message
        return self._headers

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
        self._flow = None
        if self.server.records_flow and self.server.flow_budget.take():
            own_class: Any = type(self)
            self._flow = FlowRecorder(server_stages(own_class))
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
            base = self.channel.base_environ = self._base_environ()
        environ = make_environ(self.head, base)
        environ["wsgi.input"] = self.rfile
        return environ

    def run_wsgi(self) -> None:
        """Run the app on the current request and send what it answers."""
        server, channel, head = self.server, self.channel, self.head
        reporter = server.reporter
        keep = reporter.body_limit if reporter else 0
        started, clock = time.time_ns(), time.perf_counter_ns()
        sent_before = channel.sent
        scope = RequestScope(0, emit=reporter.emit if reporter else None)
        if reporter is not None:
            scope.id = next(reporter.numbers)
            reporter.note((head, scope.id, started))
        scope_token = current_scope.set(scope)
        flow = scope.flow = self._flow

        environ: dict[str, Any] = {}
        source: Optional[RequestBody] = None
        input_file: Optional[InputFile] = None
        writer = self._new_writer(keep)
        heads = server.answer_heads
        status_set: Any = None
        headers_set: Any = None
        checked: Optional[CheckedResponse] = None
        only_item: Optional[bytes] = None
        app_place: Optional[tuple[CodeType, int]] = None
        aborted = False
        usable = False
        problem = ""
        callers_frame = 1

        def write(data: bytes) -> None:
            nonlocal checked
            if checked is None:
                raise AppBreach("write() before start_response")
            if not isinstance(data, bytes):
                raise AppBreach(f"the app must give bytes, not {type(data).__name__}")
            if not writer.started:
                if source is not None:
                    if source.fault is not None:  # the client gets its 400, not the app's answer
                        raise ClientDisconnected(source.fault.reason)
                    source.forget_continue()
                if checked.given != tuple(headers_set):  # changed since start_response
                    checked = heads.check(status_set, headers_set)
                framed = heads.frame(
                    checked,
                    status_set,
                    headers_set,
                    head.method,
                    head.version,
                    self._may_keep_alive(checked, source),
                    None if only_item is None else len(only_item),
                )
                head_bytes = writer.begin(checked, framed, server.own_headers())
                if self._sends_in_steps:
                    self._send_head_in_steps(writer)
                    writer.send(writer.body(data))
                elif len(data) < _COPIED:
                    writer.send(head_bytes + writer.body(data))
                else:
                    writer.send(head_bytes)
                    writer.send(writer.body(data))
            else:
                writer.send(writer.body(data))

        def start_response(
            status: str, headers: Headers, exc_info: Any = None
        ) -> Callable[[bytes], None]:
            nonlocal status_set, headers_set, checked, app_place
            if reporter is not None:
                # Not the frame itself: it and this function would keep each other alive.
                caller = sys._getframe(callers_frame)
                app_place = caller.f_code, caller.f_lasti
            if exc_info:
                try:
                    # PEP 3333: the app has caught an error and says so.
                    if reporter is not None and exc_info[1] is not None:
                        reporter.error(exc_info[1], scope)
                    if writer.started:
                        raise exc_info[1].with_traceback(exc_info[2])
                finally:
                    exc_info = None
            elif headers_set is not None:
                raise AppBreach("start_response was called twice without exc_info")
            checked = heads.check(status, headers)
            status_set, headers_set = status, headers
            return write

        def execute(app: App) -> None:
            nonlocal only_item, usable
            application_iter = app(environ, start_response)
            try:
                if isinstance(application_iter, (list, tuple)) and len(application_iter) < 2:
                    only_item = application_iter[0] if application_iter else b""
                if (
                    isinstance(application_iter, FileWrapper)
                    and headers_set is not None
                    and server.ssl_context is None
                    and application_iter.is_real_file()
                ):
                    self._send_file(application_iter, write, writer)
                else:
                    for data in application_iter:
                        if data or not isinstance(data, bytes):
                            write(data)
                if not writer.started:
                    write(b"")
                usable = writer.end()
            finally:
                if hasattr(application_iter, "close"):
                    application_iter.close()

        if flow is not None:
            flow.parsed()
            start_response, callers_frame = timed(flow.stages.start_response, start_response), 2
        try:
            if head.has_body:
                source = RequestBody(channel, head.content_length, keep, head.expect_continue)
                self.rfile = input_file = InputFile(source)
            else:
                self.rfile = io.BytesIO()
            if flow is None:
                environ = self.make_environ()
            else:
                environ = flow.call(flow.stages.make_environ, self.make_environ)
            self.environ = scope.environ = environ
            execute(server.app)
        except ClientDisconnected as error:
            aborted, usable = True, False
            if flow is not None:
                flow.broken()
            self.connection_dropped(error, environ)
        except BaseException as error:  # also those of asyncio, gevent and sys.exit
            usable = False
            if flow is not None:
                flow.broken()
            if isinstance(error, KeyboardInterrupt) and _on_main_thread():
                raise  # Ctrl+C, while the server runs where Python delivers it
            if isinstance(error, AppBreach):
                problem = str(error)
            self._report_error(error, scope, app_place)
            if not writer.started:
                # The headers are set but not sent: roll back to be able to set them again.
                status_set = headers_set = checked = only_item = None
                text = server.trusted_hosts.detail(environ, error) if server.debug else ""
                with contextlib.suppress(ClientDisconnected):
                    execute(InternalServerError(text))
            if server.passthrough_errors:
                raise
        finally:
            current_scope.reset(scope_token)
            duration = time.perf_counter_ns() - clock
            if source is not None and source.lost:  # even if the app took it for its own error
                aborted, usable = True, False
            if aborted and not problem:
                problem = channel.cut_off
            if source is not None and source.fault is not None:
                problem = source.fault.reason
                aborted = False
                if not writer.started:
                    self._send_error_page(source.fault, writer)
            if usable and source is not None and not source.complete:
                usable = source.drain(_DRAIN_LIMIT)
            self.close_connection = not usable
            self._linger = not aborted and source is not None and not source.complete
            if reporter is not None:
                if input_file is not None and input_file.over_read:
                    writer.problem = writer.problem or "the app read wsgi.input past its end"
                if writer.problem:
                    problem = problem or writer.problem
                    if app_place is not None:
                        reporter.breach(writer.problem, *app_place, scope)
                self._flow = None
                client = environ.get("REMOTE_ADDR")
                if type(client) is not str or not client or self._names_clients:
                    client = self.address_string()
                received = channel.taken - self._taken_before
                sent = channel.sent - sent_before
                if source or flow or problem or aborted or scope.error_id is not None:
                    reporter.note(
                        finished_record(
                            head, scope, writer, source, client, received, sent, started, duration,
                            aborted, problem,
                        )
                    )  # fmt: skip
                else:
                    origin = head, writer.framed, writer.own, writer.kept, received, sent, client
                    exchange = self._exchange
                    if origin != exchange.origin:  # one client mostly says the same again
                        exchange = reporter.exchanges.of(writer, origin)
                        if exchange.repeats:
                            self._exchange = exchange
                    in_app = duration - writer.send_time
                    if in_app < 0:
                        in_app = 0
                    reporter.note((exchange, scope.id, started, duration, in_app, here.name))
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

    def wants_linger(self) -> bool:
        """Whether the client may still be sending, or has sent, what nobody reads.

        Closing then would reset the connection, and the client might never see the answer.
        """
        return self._linger or self.channel.has_unread()

    def address_string(self) -> str:
        """The client's address; ``<local>`` for a Unix socket.

        In a request it is what the environ says: an app behind a proxy corrects it there.
        """
        if self.environ.get("REMOTE_ADDR"):
            return str(self.environ["REMOTE_ADDR"])
        if not self.client_address or isinstance(self.client_address, (str, bytes)):
            return "<local>"
        return str(self.client_address[0])

    def port_integer(self) -> int:
        """The client's port; 0 for a Unix socket."""
        if not self.client_address or isinstance(self.client_address, (str, bytes)):
            return 0
        return int(self.client_address[1])

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Log an answered request; where events are reported, these say it instead."""
        wanted = self.server.reporter is None and self.server.logs_requests()
        if wanted or self._logs_itself:
            self.log("info", '"%s" %s %s', printable(self.requestline), code, size)

    def log_error(self, format: str, *args: Any) -> None:
        """Log an error."""
        self.log("error", format, *args)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a message."""
        self.log("info", format, *args)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Hand one line to the server's log, with client and time in front.

        :param type: ``"info"``, ``"warning"`` or ``"error"``
        """
        prefix = f"{self.address_string()} - - [{self.log_date_time_string()}] "
        self.server.log(type, prefix.replace("%", "%%") + message, *args)

    # Internal

    def _take_over_timeout(self) -> None:
        """Let the channel keep a time-out that ``setup`` has set; its socket never blocks."""
        seconds = self.channel.sock.gettimeout()
        if seconds:
            self.channel.timeouts = dataclasses.replace(
                self.channel.timeouts, idle=seconds, head=seconds, body=seconds, send=seconds
            )
        self.channel.sock.setblocking(False)

    def _base_environ(self) -> dict[str, Any]:
        """What is the same in every environ of this connection."""
        server = self.server
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http" if server.ssl_context is None else "https",
            "wsgi.errors": server.errors_stream or sys.stderr,
            "wsgi.multithread": server.multithread,
            "wsgi.multiprocess": server.multiprocess,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
            "werkzeug.socket": self.connection,
            "werkzeug.server.shutdown": server.request_shutdown,
            "SERVER_SOFTWARE": self.server_version,
            "SERVER_NAME": server.server_name,
            "SERVER_PORT": str(server.server_port),
            "SCRIPT_NAME": "",
            "REMOTE_ADDR": self.address_string(),
            # PEP 3333 wants every CGI variable to be a str.
            "REMOTE_PORT": str(self.port_integer()),
        }
        getpeercert = getattr(self.connection, "getpeercert", None)
        certificate = getpeercert(binary_form=True) if getpeercert else None
        if certificate:
            import ssl

            environ["SSL_CLIENT_CERT"] = ssl.DER_cert_to_PEM_cert(certificate)
        return environ

    def _new_writer(self, keep: int) -> ResponseWriter:
        if self._flow is None:
            return ResponseWriter(self.channel, self.head, keep)
        return RecordedWriter(self._flow, self.channel, self.head, keep)

    def _may_keep_alive(self, checked: CheckedResponse, source: Optional[RequestBody]) -> bool:
        server = self.server
        if not self.head.keep_alive or not server.keeps_alive or server.shutdown_signal:
            return False
        if checked.closes:
            return False
        if source is None or source.complete:
            return True
        # A client that was never told to go on may or may not send its body: the only way to
        # tell the next request from it is not to have one.
        if self.head.expect_continue and not source.size:
            return False
        # The rest will be drained after the answer, where it is known to be short enough.
        length = self.head.content_length
        return length is not None and length - source.size <= _DRAIN_LIMIT

    def _send_file(
        self, wrapper: FileWrapper, write: Callable[[bytes], None], writer: ResponseWriter
    ) -> None:
        """Send a file through the kernel, where the framing allows it."""
        write(b"")
        framing = writer.framing
        if not framing.body:
            return
        if framing.chunked:
            for data in wrapper:
                write(data)
            return
        writer.send_file(wrapper.file, wrapper.remaining())

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
        started, clock = time.time_ns(), time.perf_counter_ns()
        sent_before = self.channel.sent
        self.close_connection = True
        self._linger = True
        if self._flow is not None:
            self._flow.broken()
        writer = self._new_writer(0)
        self._send_error_page(fault, writer)
        reporter = self.server.reporter
        if reporter is not None:
            head = NO_HEAD._replace(method="-", target=self.requestline)
            scope = RequestScope(next(reporter.numbers))
            reporter.note((head, scope.id, started))
            scope.flow, self._flow = self._flow, None
            reporter.note(
                finished_record(
                    head, scope, writer, None, self.address_string(), len(received),
                    self.channel.sent - sent_before, started, time.perf_counter_ns() - clock,
                    False, fault.reason,
                )
            )  # fmt: skip
        else:
            self.log("warning", "bad request: %s", fault.reason)
        self.log_request(fault.status, writer.size)

    def _send_error_page(self, fault: BadRequest, writer: ResponseWriter) -> None:
        phrase = HTTPStatus(fault.status).phrase
        page = f"{fault.status} {phrase}: {fault.reason}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        checked = check_response(f"{fault.status} {phrase}", headers)
        with contextlib.suppress(ClientDisconnected):
            method, version = self.head.method, self.head.version
            framed = frame_head(checked, headers, method, version, False, len(page))
            head = writer.begin(checked, framed, self.server.own_headers())
            writer.send(head + writer.body(page))

    def _report_error(
        self, error: BaseException, scope: RequestScope, app_place: Optional[tuple[CodeType, int]]
    ) -> None:
        """Tell of an exception that the app let through."""
        reporter = self.server.reporter
        if reporter is None:
            self.server.log("error", "Error on request:\n%s", traceback_text(error))
        elif isinstance(error, AppBreach) and not has_own_frames(error):
            # Found while the server read what the app had returned: none of its code was running.
            code = getattr(self.server.app, "__code__", None)
            if app_place is None and isinstance(code, CodeType):
                app_place = code, -1
            if app_place is None:
                reporter.error(error, scope)
            else:
                reporter.breach(str(error), *app_place, scope)
        else:
            reporter.error(error, scope)


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
