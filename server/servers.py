"""The documented servers, as :func:`server.serving.make_server` makes them.

After Werkzeug's ``werkzeug.serving``: one that answers one request after the other, one in which
threads answer side by side, one that answers each request in a process of its own. They differ in
``_serve`` and ``process_channel`` alone: how a connection's next request comes to be answered.

``serve_forever`` runs on the thread that calls it; ``shutdown_signal`` may be set on any thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from http.server import HTTPServer
from typing import Any, Optional

from ._version import __version__
from .app.trusted_hosts import TrustedHosts
from .base.forks import Forked, end_child_of_app, register
from .errors import ConfigError, WrongType
from .flow.recording import Recording
from .handler import WSGIRequestHandler
from .net import listen
from .net.children import ANSWERED, Children, interrupts_held_back
from .net.listen import UNIX, close_listeners, display_url, open_listeners
from .net.loop import ConnectionLoop
from .net.threads import WorkerPool
from .net.tls import load_context
from .protocol.channel import Channel, Timeouts
from .protocol.intake import Intake
from .protocol.parsing import HeadCache, Limits
from .protocol.wsgi import AnswerHeads, App, OwnHeaders, http_date
from .reporting.reporter import Reporter
from .reporting.tracebacks import has_own_frames

__all__ = ["BaseWSGIServer", "ForkingWSGIServer", "ThreadedWSGIServer"]

_log = logging.getLogger("servedeck")
_FAILED = "The server failed to answer a request from %s"


class BaseWSGIServer(HTTPServer, Forked):
    """A WSGI server that answers one request after the other, in one thread.

    :param host: a name or an address (``localhost`` is both loopback families), or ``unix://``
        and the path of a socket
    :param port: 0 lets the system choose; ``server_port`` is then its choice
    :param app: the WSGI app
    :param handler: the request handler's class
    :param passthrough_errors: let an error of the app end the server: ``serve_forever`` raises it
    :param ssl_context: to serve HTTPS: ``"adhoc"``, ``(certificate, key)`` or a context
    :param fd: a descriptor that listens already, instead of host and port; it stays the caller's
    :param listeners: sockets that listen already; they stay the caller's and are not closed
    :param stream_chunked: give the app a chunked body while it arrives, without its length
    :raises PortInUse: another process has the port
    :raises BindError: host and port can't be listened on
    """

    multithread = False
    multiprocess = False
    keeps_alive = True
    request_queue_size = 1024
    server_version = f"ServeDeck/{__version__} Python/{platform.python_version()}"

    def __init__(
        self,
        host: str,
        port: int,
        app: App,
        handler: Optional[type[WSGIRequestHandler]] = None,
        passthrough_errors: bool = False,
        ssl_context: Any = None,
        fd: Optional[int] = None,
        *,
        listeners: Sequence[socket.socket] = (),
        limits: Optional[Limits] = None,
        timeouts: Optional[Timeouts] = None,
        grace: float = 5.0,
        stream_chunked: bool = False,
    ) -> None:
        port = listen.port_number(port)
        context = load_context(ssl_context)
        if handler is not None:
            _check_handler(handler)
        self._owned: list[socket.socket] = []
        self._duplicates: list[socket.socket] = []
        if listeners:
            self.listeners = list(listeners)
        elif fd is not None:
            self.listeners = self._duplicates = [listen.listener_of(fd)]
        else:
            self.listeners = self._owned = open_listeners(host, port)
        self.socket = self.listeners[0]
        self.address_family = self.socket.family
        self.server_address: Any = self.socket.getsockname()
        self.host = host
        if self.address_family == getattr(socket, "AF_UNIX", None):
            self.host = UNIX + os.fsdecode(self.server_address)
            self.server_name, self.server_port = "localhost", 80
        else:
            self.server_name, self.server_port = host, int(self.server_address[1])
        self.port = self.server_port
        self.app = app
        self.RequestHandlerClass: Any = handler or WSGIRequestHandler
        self.passthrough_errors = passthrough_errors
        self.ssl_context = context
        self.limits = limits or Limits()
        self.timeouts = timeouts or Timeouts()
        self.grace = grace
        self.stream_chunked = stream_chunked
        self.debug = False
        self.trusted_hosts = TrustedHosts(host)
        self.recording: Optional[Recording] = None
        self.reporter: Optional[Reporter] = None
        self.errors_stream: Any = None
        self.drained = 0
        self.abandoned = 0
        self._ended = threading.Event()
        self._adopting = threading.Lock()
        self._thread: Optional[threading.Thread] = None
        self.head_cache = HeadCache(self.limits)
        self.answer_heads = AnswerHeads()
        self._own_headers = OwnHeaders.of()
        self._own_for = (0, "")
        self._loop = ConnectionLoop(self.listeners, self._accept)
        self._channels: weakref.WeakSet[Channel] = weakref.WeakSet()
        register(self)

    @property
    def url(self) -> str:
        """Where a browser on this machine reaches the server."""
        scheme = "http" if self.ssl_context is None else "https"
        return display_url(self.host, self.server_port, scheme)

    @property
    def shutdown_signal(self) -> bool:
        """Set it to True, on any thread, and the server ends.

        It accepts nothing more, closes the connections that wait, finishes the requests that run
        within ``grace`` seconds, and ``serve_forever`` returns. Set before ``serve_forever`` is
        called, that returns at once. It means the same in every server: one that forks may be
        stopped by a child, one under the reloader ends together with its parent.
        """
        return self._loop.stopping

    @shutdown_signal.setter
    def shutdown_signal(self, value: bool) -> None:
        if value:
            self._loop.stop()
            self.wake()

    def wake(self) -> None:
        """Make the server look at ``shutdown_signal`` now. Any thread."""
        self._loop.wake()

    def retire(self, hand_over: Callable[[socket.socket, Any, bytes], None]) -> None:
        """Set ``shutdown_signal``, as another server follows on the same listening sockets.

        :param hand_over: takes each connection that waits for its next request: the socket, the
            client's address and the bytes received; called on the server's threads. Connections
            with TLS are closed, since their state can't be handed over.
        """
        self._loop.hand_over = hand_over
        with self._adopting:  # what is adopted from now on goes to the one that follows, too
            self.shutdown_signal = True

    def wait_retired(self, seconds: float) -> bool:
        """Wait until nothing is answered any more but what had arrived before :meth:`retire`.

        :returns: whether that is so; False where an app keeps the only thread busy
        """
        return self._loop.emptied.wait(seconds)

    def adopt(self, sock: socket.socket, address: Any, data: bytes) -> None:
        """Go on with a connection that a server before this one handed over. Any thread."""
        sock.setblocking(False)
        channel = self._new_channel(sock, address)
        channel.buffer += data
        channel.received = len(data)
        with self._adopting:
            if not self._loop.stopping:
                self._channels.add(channel)
                self._loop.give_back(channel)
                return
        self._loop.hand_over_or_close(channel)

    def request_shutdown(self) -> None:
        """``environ["werkzeug.server.shutdown"]``: end the server after this request."""
        self.shutdown_signal = True

    def shutdown(self) -> None:
        """Set ``shutdown_signal`` and wait until ``serve_forever`` has returned.

        From the thread of ``serve_forever`` itself it doesn't wait, as that would never end.
        """
        self.shutdown_signal = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._ended.wait()

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Answer requests until ``shutdown_signal`` is set or Ctrl+C is pressed; then close.

        :param poll_interval: not used: the server wakes by itself
        """
        self._thread = threading.current_thread()
        try:
            self._serve()
        except KeyboardInterrupt:
            pass
        finally:
            self.server_close()
            self._ended.set()

    def server_close(self) -> None:
        """Close every connection and the listening sockets that are the server's own."""
        self._loop.stopping = True
        self._loop.close()
        self._close_own()

    def abandon(self) -> None:
        """Close what can be closed from outside, while a request that won't end still runs."""
        self._close_own()

    def _close_own(self) -> None:
        """Close the listening sockets that are the server's, and no file of somebody else's."""
        close_listeners(self._owned)
        for duplicate in self._duplicates:
            duplicate.close()

    def own_headers(self) -> OwnHeaders:
        """Server and Date, for answers that don't have their own."""
        now, version = int(time.time()), self.server_version
        if self._own_for != (now, version):
            self._own_headers = OwnHeaders.of(("Server", version), ("Date", http_date(now)))
            self._own_for = (now, version)
        return self._own_headers

    def process_channel(self, channel: Channel) -> bool:
        """Answer the requests that a connection holds.

        :returns: whether the connection is to be used further; else it is to be closed
        """
        handler = channel.handler
        if handler is None:
            handler = channel.handler = self.RequestHandlerClass(channel, channel.address, self)
        try:
            handler.handle()
        except BaseException as error:  # whatever a subclass or an object of the app raises
            if self.passthrough_errors or isinstance(error, KeyboardInterrupt):
                raise
            self.handle_error(channel.sock, channel.address)
            handler.close_connection = True
        finally:
            end_child_of_app()
        if not handler.close_connection:
            return True
        channel.handler = None
        self.finish_handler(handler)
        if channel.given is not None:
            self._loop.take_back(channel)
            return False
        channel.send_close_notify()
        if handler.wants_linger() and not self._loop.stopping:
            channel.stage = "linger"
            channel.deadline = time.monotonic() + channel.timeouts.linger
            channel.shut_down_sending()
            return True
        return False

    def let_go(self, channel: Channel) -> None:
        """The app has taken a connection's socket, and uses it by itself. The request's thread."""
        self._loop.let_go(channel)

    def finish_handler(self, handler: WSGIRequestHandler) -> None:
        """Call a handler's ``finish``, whichever side ends the connection."""
        try:
            handler.finish()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.handle_error(handler.request, handler.client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log an error outside of the app's answer; the connection is closed, the server goes on.

        It is the server's own, unless it came through other code: a subclass of the handler's, or
        that of an object that the app put into the answer.
        """
        error = sys.exc_info()[1]
        own = error is not None and has_own_frames(error)
        text = "A request from %s failed outside of the app's answer" if own else _FAILED
        _log.exception(text, client_address)

    def logs_requests(self) -> bool:
        """Whether the log takes a line for each request."""
        return _log.isEnabledFor(logging.INFO)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write one line to the server's log, the logger ``servedeck``.

        :param type: ``"info"``, ``"warning"`` or ``"error"``
        """
        _log.log(getattr(logging, type.upper(), logging.INFO), message, *args)

    def _accept(self, sock: socket.socket, address: Any) -> Optional[Channel]:
        if not self.verify_request(sock, address):
            return None
        if sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.ssl_context is not None:
            sock = self.ssl_context.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False
            )
        channel = self._new_channel(sock, address)
        if self.ssl_context is not None:
            channel.stage = "handshake"
            channel.deadline = time.monotonic() + self.timeouts.handshake
        self._channels.add(channel)
        return channel

    def _new_channel(self, sock: socket.socket, address: Any) -> Channel:
        channel = Channel(sock, address, self.limits, self.timeouts)
        # A handler that reads a request by itself reads its body as well.
        if not self.multithread and not self.RequestHandlerClass._reads_lines:
            channel.intake = Intake(self.head_cache, self.stream_chunked)
        return channel

    def begin_in_child(self, ours: bool) -> None:
        """A child of the app's keeps no port and no client; see ``Forked``."""
        if not ours:
            for channel in list(self._channels):
                channel.detach_in_child()
            self._loop.detach_in_child()

    def _serve(self) -> None:
        while True:
            channel = self._loop.next_ready()
            if channel is None:
                return
            stopping = self._loop.stopping
            try:
                usable = self.process_channel(channel)
            except BaseException:
                self._loop.drop(channel)
                raise
            self.drained += not stopping and self._loop.stopping
            if usable:
                self._loop.resume(channel)
            else:
                self._loop.drop(channel)


class ThreadedWSGIServer(BaseWSGIServer):
    """A WSGI server that answers requests side by side, in threads.

    :param max_threads: how many requests may run at once, beside those that wait for their client
    """

    multithread = True

    def __init__(self, *args: Any, max_threads: int = 256, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pool = WorkerPool(
            self._loop, self.process_channel, max_threads, f"request-{self.server_port}"
        )

    def wake(self) -> None:
        """Make the server look at ``shutdown_signal`` now. Any thread."""
        super().wake()
        self._pool.wake()

    def _serve(self) -> None:
        pool = self._pool
        if self._loop.stopping:
            return
        pool.start()
        try:
            pool.watch(lambda: self._loop.stopping)
        finally:
            self._loop.stop()
            left = pool.drain(self.grace)
            for channel in left:
                channel.abort(f"cut off: still running after {self.grace:g} s")
            self.abandoned = len(left)
            self.drained = pool.drained
            pool.end(0.2 if left else 5.0)
        if pool.failure is not None:
            raise pool.failure


class ForkingWSGIServer(BaseWSGIServer):
    """A WSGI server that answers each request in a process of its own.

    :param processes: how many may run at once; more wait
    :raises ValueError: the system can't fork
    """

    multiprocess = True
    keeps_alive = False

    def __init__(
        self, host: str, port: int, app: App, processes: int = 40, *args: Any, **options: Any
    ) -> None:
        if not hasattr(os, "fork"):
            raise ValueError("This system can't fork: use threads instead of processes.")
        super().__init__(host, port, app, *args, **options)
        self.max_children = processes
        self._children = Children(self._loop.watch)

    def process_channel(self, channel: Channel) -> bool:
        """Answer in a child process; the parent goes on at once."""
        children, reporter = self._children, self.reporter
        children.reporter = reporter
        children.wait_for_place(self.max_children, lambda: self._loop.stopping)
        number = next(reporter.numbers) if reporter is not None else 0
        with interrupts_held_back():
            pid = children.fork()
            if not pid:
                # Ctrl+C reaches the children, too: the parent, which got it as well, waits for
                # them.
                signal.signal(signal.SIGINT, lambda *unused: None)
        if pid:
            children.add(pid, number, channel)
            return False
        if reporter is not None:
            reporter.count_from(number)
        channel.cut_elsewhere = children.why_cut
        status = 1
        try:
            if super().process_channel(channel):
                channel.linger()
            status = ANSWERED
        except BaseException:
            self.handle_error(channel.sock, channel.address)
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def server_close(self) -> None:
        """Close, and wait for the children up to ``grace`` seconds."""
        super().server_close()
        self.abandoned = self._children.end(self.grace)


def _check_handler(handler: Any) -> None:
    """Refuse what can't be a request handler's class."""
    if not isinstance(handler, type):
        raise WrongType("request_handler", f"The request handler must be a class, not {handler!r}.")
    if not issubclass(handler, WSGIRequestHandler):
        raise ConfigError(
            "request_handler",
            f"The request handler {handler.__name__} must be a subclass of this server's own "
            "WSGIRequestHandler.",
        )
