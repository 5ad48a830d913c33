"""``environ["werkzeug.socket"]``: the connection's socket, for apps that speak another protocol.

Libraries for websockets (simple-websocket, below flask-sock and Flask-SocketIO) take the socket
from the environ, answer ``101 Switching Protocols`` by themselves, and read and write until they
are done. They expect what Werkzeug's server has: a socket that blocks. Ours never does, and is
watched by the loop. So the environ has an :class:`AppSocket`, which behaves as the socket does but
is the server's until it is first read from or written to. At that moment the connection becomes the
app's (:meth:`Channel.give_away`): the loop no longer watches it, it blocks, and whatever the server
would still send, an answer or a page for an error, finds no socket to go into. There is no way
back: it is closed when the request ends.

To look is not to take: names, addresses and certificates may be asked for in any request, and so
may whether the client has left (``recv`` with ``MSG_PEEK``), and it is answered all the same.

Used by the app, on the request's thread and on those that it starts itself.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterable
from typing import Any, Optional

from .channel import Channel

__all__ = ["AppSocket"]

_LOOKS = frozenset(
    [
        "cipher", "compression", "context", "family", "get_channel_binding", "get_inheritable",
        "getpeercert", "getpeername", "getsockname", "getsockopt", "proto",
        "selected_alpn_protocol", "server_hostname", "server_side", "session", "session_reused",
        "set_inheritable", "setsockopt", "shared_ciphers", "shutdown", "type", "version",
    ]
)  # fmt: skip


class AppSocket:
    """A connection's socket as the app sees it. See the module.

    :param let_go: is called with the channel when the app takes it
    :param upgrading: the client wants another protocol: then even the descriptor's number is asked
        for to read and write
    """

    def __init__(
        self, channel: Channel, let_go: Callable[[Channel], None], upgrading: bool = False
    ) -> None:
        self._channel = channel
        self._let_go = let_go
        self._upgrading = upgrading
        self._timeout = channel.own_timeout
        self._sock: Optional[socket.socket] = None
        self._early = b""

    # A library may ask whether it is a socket.
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._sock or self._channel.sock)

    def __getattr__(self, name: str) -> Any:
        sock = self._sock
        if sock is None:
            sock = self._channel.sock if name in _LOOKS else self._take()
        return getattr(sock, name)

    def _take(self) -> socket.socket:
        """The socket, which is the app's from now on."""
        sock = self._sock
        if sock is None:
            sock, self._early = self._channel.give_away()
            self._let_go(self._channel)
            sock.settimeout(self._timeout)
            self._sock = sock
        return sock

    def fileno(self) -> int:
        """The descriptor's number."""
        sock = self._take() if self._upgrading else self._sock or self._channel.sock
        return sock.fileno()

    def gettimeout(self) -> Optional[float]:
        """Seconds after which reading and writing give up; None: they wait for ever."""
        return self._timeout

    def getblocking(self) -> bool:
        """Whether reading and writing wait."""
        return self._timeout != 0

    def setblocking(self, flag: bool) -> None:
        """Let reading and writing wait, or not."""
        self.settimeout(None if flag else 0.0)

    def settimeout(self, value: Optional[float]) -> None:
        """Set what :meth:`gettimeout` returns; for the app, the server has its own."""
        if self._sock is not None:
            self._sock.settimeout(value)
        self._timeout = value

    @property
    def timeout(self) -> Optional[float]:
        """As :meth:`gettimeout`."""
        return self._timeout

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Up to ``size`` bytes; ``b""`` when the client has closed its side."""
        if flags & socket.MSG_PEEK and self._sock is None:
            return self._channel.peek(size, self._timeout if self._waits(flags) else 0.0)
        sock = self._take()
        early = self._early
        if early:  # it came together with the request
            if not flags & socket.MSG_PEEK:
                self._early = early[size:]
            return early[:size]
        data = sock.recv(size, flags)
        if not flags & socket.MSG_PEEK:
            self._channel.received += len(data)
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As :meth:`recv`, into a buffer; returns how many bytes there were."""
        target = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(target), flags)
        target[: len(data)] = data
        return len(data)

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, Any]:
        """As :meth:`recv`, with an address, which a connection has none of."""
        return self.recv(size, flags), None

    def read(self, size: int = 1024, buffer: Any = None) -> Any:
        """As an ``SSLSocket``'s: :meth:`recv`, or :meth:`recv_into` where there is a buffer."""
        return self.recv(size) if buffer is None else self.recv_into(buffer, size)

    def send(self, data: Any, flags: int = 0) -> int:
        """Send bytes; returns how many were taken."""
        sent = self._take().send(data, flags)
        self._count(memoryview(data).cast("B")[:sent])
        return sent

    def write(self, data: Any) -> int:
        """As an ``SSLSocket``'s: :meth:`send`."""
        return self.send(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of ``data``."""
        self._take().sendall(data, flags)
        self._count(memoryview(data).cast("B"))

    def sendmsg(self, buffers: Iterable[Any], *more: Any) -> int:
        """Send several buffers as one; returns how many bytes were taken."""
        joined = b"".join(bytes(item) for item in buffers)
        sent = self._take().sendmsg([joined], *more)
        self._count(memoryview(joined)[:sent])
        return sent

    def sendfile(self, file: Any, offset: int = 0, count: Optional[int] = None) -> int:
        """Send a file; returns how many bytes were sent."""
        sent = self._take().sendfile(file, offset, count)
        self._channel.sent += sent
        return sent

    def makefile(self, mode: str = "r", buffering: int = -1, **text: Any) -> Any:
        """A file over the socket, as ``socket.makefile`` gives one."""
        raw = _SocketFile(self)
        if buffering == 0:
            return raw
        buffered: Any
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        if "w" not in mode:
            buffered = io.BufferedReader(raw, size)
        elif "r" not in mode:
            buffered = io.BufferedWriter(raw, size)
        else:
            buffered = io.BufferedRWPair(raw, raw, size)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, **text)

    def __enter__(self) -> AppSocket:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._take().close()

    def _waits(self, flags: int) -> bool:
        return self.getblocking() and not flags & getattr(socket, "MSG_DONTWAIT", 0)

    def _count(self, data: Any) -> None:
        self._channel.sent += len(data)
        head = self._channel.sent_head
        if head is not None:
            head.feed(data)


class _SocketFile(io.RawIOBase):
    """The raw stream of :meth:`AppSocket.makefile`."""

    def __init__(self, sock: AppSocket) -> None:
        super().__init__()
        self._sock = sock

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._sock.fileno()

    def readinto(self, target: Any) -> int:
        return self._sock.recv_into(target)

    def write(self, data: Any) -> int:
        return self._sock.send(data)
