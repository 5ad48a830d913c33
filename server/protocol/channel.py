"""One connection of a client: its socket, the bytes received, and how long it may take.

A channel belongs to one thread at a time: to the loop's thread while it waits for a request, to a
worker thread while it is answered. The socket never blocks. On the loop's side nothing waits; where
a worker thread has to wait, it waits for this one socket with a deadline, so that no client can
hold a thread for ever.

The stages, for the loop: ``handshake`` until TLS has begun, ``head`` until ``buffer`` holds a whole
request head, ``linger`` after a refused upload, when what still comes is thrown away so that the
client gets to see the answer. What can't become a request is a ``fault``, which is answered like
one. The buffer may hold more than one request; ``received`` and ``sent`` count all bytes of the
connection, and ``taken`` those of the requests so far.

TLS has two peculiarities: bytes that are decrypted already, of which no selector knows, so each
read takes all of them; and a state that lives in this process, so that only plain connections are
handed over (:meth:`Channel.surrender`), and only the process that has answered ends the connection
with ``close_notify``.

The ends: :meth:`Channel.close` by the thread it belongs to; :meth:`Channel.abort` by any thread,
which makes a read or a send that waits fail; ``surrender``, open, to another server; and
:meth:`Channel.give_away` to the app, for another protocol: the server then finds no socket.
"""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional, Union

from ..base.values import dataclass
from .parsing import BadRequest, Limits, find_head_end
from .sent_head import SentHead

if TYPE_CHECKING:
    from .intake import Intake

__all__ = [
    "CONTINUE",
    "CUT_AT_STOP",
    "TOO_SLOW",
    "Channel",
    "ChannelFile",
    "ClientDisconnected",
    "Timeouts",
]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_SLOW = "the body came too slowly"
CUT_AT_STOP = "cut off: the server stopped, or the app was reloaded"

_CHUNK = 16 * 1024
_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

Bytes = Union[bytes, bytearray, memoryview]


class ClientDisconnected(ConnectionAbortedError):
    """The client went away, or took too long, in the middle of a request or an answer."""


@dataclass(frozen=True)
class Timeouts:
    """How long a client may keep the server waiting, in seconds.

    :param idle: between two requests of a connection, and before the first
    :param head: from the first byte of a request to the end of its headers
    :param body: for each next part of a request's body; for all of it as well, beside a second for
        each ``least_rate`` bytes of it that have come
    :param least_rate: bytes per second; it doesn't hold for a chunked body that is streamed
    :param send: for the client to take each next part of an answer
    :param handshake: for the whole TLS handshake
    :param linger: after a refused upload, to read on so that the client sees the answer
    """

    idle: float = 75.0
    head: float = 10.0
    body: float = 30.0
    least_rate: float = 500.0
    send: float = 60.0
    handshake: float = 10.0
    linger: float = 2.0


class Channel:
    """See the module.

    :ivar head_length: length of the complete request head in ``buffer``; -1 where there is none
    :ivar fault: why the bytes received can't become a request, or None
    :ivar decrypts: the connection is TLS
    :ivar deadline: when the loop gives the client up, on ``time.monotonic``'s clock
    :ivar stage: what the loop waits for: ``"handshake"``, ``"head"`` or ``"linger"``
    :ivar watched: the loop's: the number under which it is watched; -1 where it isn't
    :ivar given: the socket, once it is the app's; ``sent_head`` then reads what the app answers
    :ivar intake: takes bodies in before their requests are answered; None where an app waits for
        its request's body by itself
    :ivar cut_elsewhere: gives the reason where another process has broken it; "" for none
    :ivar on_wait: is called with 1 when the request's thread begins to wait for the client, and
        with -1 when it goes on; None where nobody counts
    :ivar own_timeout: seconds for reading and writing that a handler has set, or None
    """

    __slots__ = (
        "__weakref__",
        "_cut_off",
        "address",
        "base_environ",
        "buffer",
        "closed",
        "cut_elsewhere",
        "deadline",
        "decrypts",
        "fault",
        "given",
        "handler",
        "head_length",
        "intake",
        "limits",
        "on_wait",
        "own_timeout",
        "received",
        "requests",
        "sent",
        "sent_head",
        "sock",
        "stage",
        "timeouts",
        "watched",
    )

    def __init__(
        self, sock: socket.socket, address: Any, limits: Limits, timeouts: Timeouts
    ) -> None:
        self.sock = sock
        self.address = address
        self.limits = limits
        self.timeouts = timeouts
        self.buffer = bytearray()
        self.head_length = -1
        self.fault: Optional[BadRequest] = None
        self.deadline = time.monotonic() + timeouts.idle
        self.stage = "head"
        self.decrypts = isinstance(sock, ssl.SSLSocket)
        self.closed = False
        self._cut_off = ""
        self.cut_elsewhere: Callable[[], str] = _nowhere
        self.watched = -1
        self.requests = 0
        self.received = 0
        self.sent = 0
        self.handler: Any = None
        self.given: Optional[socket.socket] = None
        self.sent_head: Optional[SentHead] = None
        self.own_timeout: Optional[float] = None
        self.on_wait: Optional[Callable[[int], None]] = None
        self.intake: Optional[Intake] = None
        self.base_environ: Optional[dict[str, Any]] = None

    def detach_in_child(self) -> None:
        """In a child that the app has forked: close this process's copy; the connection goes on."""
        self.closed = True
        self.sock.close()

    @property
    def cut_off(self) -> str:
        """Why the connection was broken from outside of its thread; "" where it wasn't."""
        return self._cut_off or (self.cut_elsewhere() if self.given is not None else "")

    @property
    def taken(self) -> int:
        """How many of the bytes received belong to the requests taken so far."""
        unread = 0 if self.intake is None else self.intake.unread
        return self.received - len(self.buffer) - unread

    @property
    def taking(self) -> Optional[Intake]:
        """What takes in the body of the request whose head is there, until it is whole."""
        intake = self.intake
        return intake if intake is not None and intake.is_taking else None

    # Loop's side: nothing here waits.

    def handshake(self) -> bool:
        """Take the TLS handshake one step on.

        :returns: whether it is complete
        :raises OSError: it failed
        """
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except _WOULD_BLOCK:
            return False
        except ssl.SSLError as error:
            if error.reason != "HTTP_REQUEST":
                raise
            # Somebody typed http:// for https://: the answer is in the protocol that the client
            # speaks.
            self.sock = socket.socket(fileno=self.sock.detach())
            self.sock.setblocking(False)
            self.decrypts = False
            self.fault = BadRequest(400, "this port speaks HTTPS: use https:// in the address")
        self.stage = "head"
        self.deadline = time.monotonic() + self.timeouts.idle
        return True

    def receive(self) -> bool:
        """Take in what has arrived.

        :returns: False once the client has closed its side
        :raises OSError: the connection is broken
        """
        try:
            data = self.sock.recv(_CHUNK)
        except _WOULD_BLOCK:
            return True
        self.received += len(data)
        self.buffer += data
        if self.decrypts:
            self._take_decrypted()
        return bool(data)

    def has_request(self) -> bool:
        """Whether the buffer holds a complete head, or bytes that can't become one; and the body is
        there as well, where it is taken in first."""
        buffer = self.buffer
        if not buffer or self.fault is not None:
            return self.fault is not None
        # RFC 9112 section 2.2: an empty line before a request is passed over.
        while buffer.startswith(b"\r\n"):
            del buffer[:2]
        if not buffer:
            return False
        try:
            self.head_length = find_head_end(buffer, self.limits)
        except BadRequest as fault:
            self.fault = fault
            return True
        if self.head_length < 0:
            return False
        return self.intake is None or self.intake.is_through(self)

    def grant(self, seconds: float) -> None:
        """Put the client's deadline off, by time in which nobody listened to it."""
        self.deadline += seconds
        if self.taking is not None:
            self.taking.grant(seconds)

    def ask_for_body(self) -> None:
        """Send ``100 Continue``; a client that doesn't get it sends its body after a while."""
        with contextlib.suppress(OSError):
            self.sent += self.sock.send(CONTINUE)

    def take_head(self) -> bytes:
        """Remove the complete head from the buffer.

        :raises BadRequest: the bytes received can't become one
        """
        if self.fault is not None:
            raise self.fault
        buffer, length = self.buffer, self.head_length
        if length == len(buffer):
            head = bytes(buffer)
            buffer.clear()
        else:
            head = bytes(buffer[:length])
            del buffer[:length]
        self.head_length = -1
        self.requests += 1
        return head

    # Worker's side: these wait, with a deadline.

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes of a body, waiting for the first of them.

        :returns: ``b""`` when the client has closed its side
        :raises ClientDisconnected: nothing came in time, or the connection is broken
        """
        if self.intake is not None and self.intake.unread:
            return self.intake.read(size)
        if self.buffer:
            data = bytes(self.buffer[:size])
            del self.buffer[: len(data)]
            return data
        while True:
            try:
                data = self.sock.recv(size)
            except ssl.SSLWantWriteError:
                self._wait(True, self.timeouts.body)
            except _WOULD_BLOCK:
                self._wait(False, self.timeouts.body)
            except OSError as error:
                raise ClientDisconnected(f"the client went away: {error}") from None
            else:
                self.received += len(data)
                if self.decrypts:
                    self._take_decrypted()
                return data

    def send(self, data: Bytes) -> None:
        """Send all of ``data``.

        :raises ClientDisconnected: the client didn't take it in time, or is gone
        """
        size = len(data)
        sent = self._send_some(data)
        if sent < size:
            view = memoryview(data)
            while sent < size:
                sent += self._send_some(view[sent:])

    def send_file(self, file: Any, count: int) -> int:
        """Send up to ``count`` bytes of a real file through the kernel.

        :returns: how many were sent; fewer where the file is shorter
        :raises ClientDisconnected: the client didn't take it in time, or is gone
        """
        import os

        offset, total = file.tell(), 0
        while total < count:
            try:
                step = os.sendfile(self.sock.fileno(), file.fileno(), offset + total, count - total)
            except _WOULD_BLOCK:
                self._wait(True, self.timeouts.send)
                continue
            except OSError as error:
                raise ClientDisconnected(f"the client went away: {error}") from None
            if not step:
                break
            total += step
        self.sent += total
        return total

    def _send_some(self, data: Bytes) -> int:
        while True:
            try:
                sent = self.sock.send(data)
            except ssl.SSLWantReadError:
                self._wait(False, self.timeouts.send)
            except _WOULD_BLOCK:
                self._wait(True, self.timeouts.send)
            except OSError as error:
                raise ClientDisconnected(f"the client went away: {error}") from None
            else:
                self.sent += sent
                return sent

    def _wait(self, for_writing: bool, timeout: float) -> None:
        count = self.on_wait or _nobody_counts
        count(1)
        try:
            ready = _wait_for(self.sock, for_writing, timeout)
        except (OSError, ValueError) as error:  # closed by a stop, from another thread
            raise ClientDisconnected(f"the connection was closed: {error}") from None
        finally:
            count(-1)
        if not ready:
            raise ClientDisconnected(f"the client did nothing for {timeout:g} seconds")

    # The app's side, where it uses the socket by itself.

    def peek(self, size: int, seconds: Optional[float]) -> bytes:
        """What the client has sent and nobody has read, as ``recv`` with ``MSG_PEEK``.

        :param seconds: how long to wait for it at most; None for ever
        :raises OSError: there is nothing in time, or the connection is broken
        """
        if early := self._received_early():
            return early[:size]
        _wait_for(self.sock, False, seconds)
        return self.sock.recv(size, socket.MSG_PEEK)

    def give_away(self) -> tuple[socket.socket, bytes]:
        """Give the socket to the app. What the server sends from now on finds no socket.

        :returns: the socket, and the bytes that were received and belong to no request
        """
        sock, early = self.sock, self._received_early()
        self.given, self.sent_head = sock, SentHead()
        self.sock = socket.socket()
        self.sock.close()
        self.buffer.clear()
        if self.on_wait is not None:  # from now on it is the client that keeps the request going
            self.on_wait(1)
        return sock, early

    def ends_by(self, error: BaseException) -> bool:
        """Whether a library raises an error only to end a request whose socket it has used: it
        wants no answer to be sent."""
        return self.given is not None and isinstance(error, (ConnectionError, StopIteration))

    # Either side.

    def _received_early(self) -> bytes:
        """What was received after the request's head, and nobody has read."""
        unread = b"" if self.intake is None else self.intake.peek()
        return unread + bytes(self.buffer)

    def _take_decrypted(self) -> None:
        """Take in what TLS has decrypted already: no selector knows of it."""
        assert isinstance(self.sock, ssl.SSLSocket)
        pending = self.sock.pending()
        if pending:
            data = self.sock.recv(pending)
            self.received += len(data)
            self.buffer += data

    def send_close_notify(self) -> None:
        """Send a TLS client ``close_notify``, by which it distinguishes the end from a cut.

        Only by the process that has sent the answer: the others' counters are behind.
        """
        if isinstance(self.sock, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self.sock.unwrap()  # sends it at once; the client's own isn't waited for

    def has_unread(self) -> bool:
        """Whether the client has sent more than was read: closing now would reset it."""
        if self.buffer or self.decrypts:
            return bool(self.buffer)
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:  # there is nothing, or nobody
            return False

    def shut_down_sending(self) -> None:
        """End the sending side, so that the answer is complete, and go on reading."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def linger(self) -> None:
        """Read on, and throw away, until the client has closed or ``timeouts.linger`` is over.

        For a thread that has nothing else to do; the loop does the same without waiting.
        """
        deadline = time.monotonic() + self.timeouts.linger
        with contextlib.suppress(OSError):
            while self.receive():
                self.buffer.clear()
                left = deadline - time.monotonic()
                if left <= 0 or not _wait_for(self.sock, False, left):
                    return

    def can_be_handed_over(self) -> bool:
        """Whether another server could go on with the connection."""
        plain = not isinstance(self.sock, ssl.SSLSocket)
        taking = self.taking
        if taking is not None and not taking.is_in_memory():
            return False
        return plain and self.stage == "head" and not self.closed and self.fault is None

    def surrender(self) -> tuple[socket.socket, Any, bytes]:
        """Give the connection away, open: the socket, the client's address, the bytes received.

        Only between two requests, and never with TLS, whose state can't be given away.
        """
        sock, data = self.sock, bytes(self.buffer)
        if self.taking is not None:  # then there is only the head in the buffer
            data += self.taking.peek()
        self.sock = socket.socket()  # an empty one, to be closed in its place
        self.close()
        return sock, self.address, data

    def abort(self, reason: str = "") -> None:
        """Break the connection from any thread: a thread that waits for it gets an error.

        :param reason: the reason in the request's record
        """
        self._cut_off = self._cut_off or reason
        with contextlib.suppress(OSError):
            (self.given or self.sock).shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; once is enough, twice does no harm."""
        self.closed = True
        # Handler and channel hold each other; without this they would wait for the collector.
        handler, self.handler = self.handler, None
        if handler is not None:
            handler.server.finish_handler(handler)
        if self.intake is not None:
            self.intake.close()
        self.base_environ = None  # the same with the app's form of the socket
        with contextlib.suppress(OSError):
            self.sock.close()
        if self.given is not None:
            self.abort()  # a thread of the app's that still reads would keep it open
            with contextlib.suppress(OSError):
                self.given.close()
            given, self.on_wait = self.on_wait, None
            if given is not None:
                given(-1)


def _nowhere() -> str:
    """Where there is one process."""
    return ""


def _nobody_counts(change: int) -> None:
    """In servers that have one thread."""


def _wait_for(sock: socket.socket, for_writing: bool, timeout: Optional[float]) -> bool:
    """Wait until the socket is ready; poll() where there is one, as select() ends at 1,024."""
    if hasattr(select, "poll"):
        poller = select.poll()
        poller.register(sock, select.POLLOUT if for_writing else select.POLLIN)
        return bool(poller.poll(None if timeout is None else timeout * 1000))
    wanted = [sock]
    ready = select.select([] if for_writing else wanted, wanted if for_writing else [], [], timeout)
    return bool(ready[0] or ready[1])


class ChannelFile(io.RawIOBase):
    """``wfile``: a file over the channel, for handlers that write by themselves."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._channel.send(data)
        return len(data)
