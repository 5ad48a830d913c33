"""Sends one request over a socket of its own, and reads the answer. No Qt.

:meth:`Sending.run` blocks: it belongs on a thread of a pool. :meth:`Sending.cancel` may be called
on any other; it ends what the first one waits for.

The answer is read by :mod:`http.client`, the request's bytes are ours: nothing adds a header.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from server.base.values import dataclass
from server.errors import why_refused
from server.events import Body, Headers

from .message import Message, Refusal, bytes_of

__all__ = ["ANSWER_SECONDS", "Answer", "Destination", "NoAnswer", "Sending", "destination_of"]

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""How long nothing may come before it is given up."""
KEPT = 256 * 1024
"""Bytes of an answer's body that are kept."""
_MOST = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_UNIX = "unix://"


@dataclass(frozen=True)
class Destination:
    """Where a request is sent.

    :param authority: host and port as ``Host`` has them; "" for a Unix socket
    :param tls: whether it is spoken over TLS
    :param checks: whether the certificate has to be a trusted one
    :param unix: the path of a Unix socket; else ""
    """

    host: str = ""
    port: int = 0
    authority: str = ""
    tls: bool = False
    checks: bool = True
    unix: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back.

    :param started: when the request was sent, in unix seconds
    :param duration: seconds from there to the end of the answer
    """

    status: int
    reason: str
    headers: Headers
    body: Body
    started: float
    duration: float


class NoAnswer(Exception):
    """There was no answer, or none that can be read; the text is a sentence."""


def destination_of(url: str, *, own: bool = False) -> Destination:
    """Where an address leads.

    :param own: it is a server of ours, whose certificate it made itself
    :raises Refusal: it is none
    """
    if url.startswith(_UNIX):
        path = url[len(_UNIX) :]
        if not path or "\0" in path:
            raise Refusal("unix:// needs a path, as in unix:///tmp/app.sock.", "url")
        return Destination(unix=path)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refusal(f"{url[:80]!a} is no URL.", "url") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Refusal(f"{url[:80]!a} is no URL of a server: http://127.0.0.1:5000 is one.", "url")
    if any(char <= " " or char == "\x7f" for char in parts.netloc):
        raise Refusal(f"{url[:80]!a} has a host that can't be.", "url")
    tls = parts.scheme == "https"
    authority = parts.netloc.rpartition("@")[2]
    try:
        authority.encode("ascii")
    except UnicodeEncodeError:
        raise Refusal(f"{url[:80]!a}: write the host in ASCII (xn--…).", "url") from None
    return Destination(host, port or (443 if tls else 80), authority, tls, checks=not own)


class Sending:
    """One request on its way.

    :param on_connected: takes the port that the server sees as the client's, before the first byte
        is sent; 0 for a Unix socket. Called on the thread of :meth:`run`
    """

    def __init__(
        self,
        message: Message,
        to: Destination,
        on_connected: Callable[[int], None] = lambda _port: None,
        *,
        patience: float = ANSWER_SECONDS,
    ) -> None:
        self.message, self.to = message, to
        self._on_connected = on_connected
        self._patience = patience
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """End it; :meth:`run` raises. Any thread."""
        with self._lock:
            self._cancelled = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def run(self) -> Answer:
        """Send it and wait for the whole answer.

        :raises Refusal: it can't be sent as it is
        :raises NoAnswer: nobody answered, or nothing that can be read, or it was cancelled
        """
        data = bytes_of(self.message)
        try:
            connection = self._connect()
        except OSError as error:
            raise NoAnswer(self._reason(error, "can't be reached")) from None
        try:
            return self._exchange(connection, data)
        except TimeoutError:
            raise NoAnswer(f"No answer came within {self._patience:g} s.") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(self._reason(error, "gave no answer")) from None
        finally:
            with self._lock:
                self._socket = None
            connection.close()

    def _reason(self, error: Exception, what: str) -> str:
        if self._cancelled:
            return "It was cancelled."
        place = self.to.unix or self.to.authority
        if isinstance(error, TimeoutError):
            return f"{place} {what} within {CONNECT_SECONDS:g} s."
        if isinstance(error, http.client.RemoteDisconnected):
            return f"{place} {what}: it closed the connection."
        if isinstance(error, http.client.HTTPException):
            return f"{place} gave an answer that isn't HTTP or is cut short."
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{place} {what}: its certificate isn't trusted."
        return f"{place} {what}: {why_refused(error) if isinstance(error, OSError) else error}."

    def _connect(self) -> socket.socket:
        to = self.to
        if to.unix:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(CONNECT_SECONDS)
            try:
                connection.connect(to.unix)
            except OSError:
                connection.close()
                raise
        else:
            connection = socket.create_connection((to.host, to.port), CONNECT_SECONDS)
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._take(connection):
            connection.close()
            raise OSError("cancelled")
        self._on_connected(0 if to.unix else connection.getsockname()[1])
        if to.tls:
            try:
                connection = _context(to).wrap_socket(connection, server_hostname=to.host)
            except OSError:
                connection.close()
                raise
            if not self._take(connection):
                connection.close()
                raise OSError("cancelled")
        return connection

    def _take(self, connection: socket.socket) -> bool:
        with self._lock:
            self._socket = connection
            return not self._cancelled

    def _exchange(self, connection: socket.socket, data: bytes) -> Answer:
        connection.settimeout(self._patience)
        started, clock = time.time(), time.perf_counter()
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered all the same
            connection.sendall(data)
        response = http.client.HTTPResponse(connection, method=self.message.method)
        try:
            response.begin()
            while 100 <= response.status < 200 and response.status != 101:
                response.headers = None  # type: ignore[assignment]  # or it takes them for read
                response.begin()
            headers = tuple((str(name), str(value)) for name, value in response.getheaders())
            kept, size = bytearray(), 0
            while size <= _MOST and (part := response.read(_CHUNK)):
                kept += part[: max(0, KEPT - size)]
                size += len(part)
            if response.length and size <= _MOST:
                raise http.client.IncompleteRead(b"", response.length)
        finally:
            response.close()
        took = time.perf_counter() - clock
        body = Body(size, bytes(kept))
        return Answer(response.status, response.reason, headers, body, started, took)


def _context(to: Destination) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not to.checks:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
