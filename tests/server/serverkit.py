"""A server in a thread of the test, its events, and its clients: what conftest.py hands out."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h11

from server.events import Event, RequestFinished
from server.serving import BaseWSGIServer

SAFETY = 20.0  # seconds; no wait of a test is longer, and none comes near it when all is well

HELLO_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "5")]


def hello(environ, start_response):
    """The smallest app, with a Content-Length."""
    start_response("200 OK", list(HELLO_HEADERS))
    return [b"hello"]


class Events(list):
    """The events of a server, in order; any thread may add one."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition(threading.RLock())

    def emit(self, event: Event) -> None:
        with self._changed:
            self.append(event)
            self._changed.notify_all()

    def of(self, kind: type) -> list[Any]:
        with self._changed:
            return [event for event in self if isinstance(event, kind)]

    def wait_for(self, predicate: Callable[[Any], bool], timeout: float = SAFETY) -> Any:
        """The first event for which ``predicate`` is true, now or later."""
        found: list[Any] = []

        def there() -> bool:
            found[:] = [event for event in self if predicate(event)]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(there, timeout), f"not among {self!r}"
        return found[0]

    def wait_count(self, kind: type, count: int, timeout: float = SAFETY) -> list[Any]:
        """Exactly ``count`` events of a kind, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(kind)) >= count, timeout), list(self)
            found = self.of(kind)
        assert len(found) == count, found
        return found

    def wait_finished(self, count: int) -> list[Any]:
        """The ends of ``count`` requests, in the order in which these have begun.

        The end of one may be reported after the next one's, where that came on another connection.
        """
        return sorted(self.wait_count(RequestFinished, count), key=lambda event: event.id)

    def wait_kind(self, kind: type, timeout: float = SAFETY) -> Any:
        return self.wait_for(lambda event: isinstance(event, kind), timeout)


class Answer(NamedTuple):
    """One response, as h11 reads it."""

    status: int
    reason: str
    version: str
    headers: dict[str, str]
    body: bytes
    informational: list[int]
    will_close: bool


class Client:
    """One connection to a server, and h11 to read what comes back."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(SAFETY)
        self.received = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def send_slowly(self, data: bytes) -> None:
        """Byte by byte, each in a packet of its own."""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(data)):
            self.sock.sendall(data[i : i + 1])

    def until(self, wanted: bytes) -> bytes:
        """Everything up to and with ``wanted``."""
        while wanted not in self.received:
            data = self.sock.recv(65536)
            assert data, f"closed before {wanted!r}; there was {self.received[-500:]!r}"
            self.received += data
        end = self.received.index(wanted) + len(wanted)
        data, self.received = self.received[:end], self.received[end:]
        return data

    def exactly(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        while len(self.received) < size:
            data = self.sock.recv(1 << 20)
            assert data, f"closed {size - len(self.received)} bytes too early"
            self.received += data
        data, self.received = self.received[:size], self.received[size:]
        return data

    def rest(self) -> bytes:
        """Everything until the server closes."""
        parts = [self.received]
        self.received = b""
        while data := self.sock.recv(65536):
            parts.append(data)
        return b"".join(parts)

    def answer(self, method: str = "GET") -> Answer:
        """Read one response."""
        reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        reader.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        reader.send(h11.EndOfMessage())
        if self.received:  # h11 would take nothing for the connection's end
            reader.receive_data(self.received)
            self.received = b""
        head: Any = None
        body: list[bytes] = []
        informational: list[int] = []
        while True:
            event = reader.next_event()
            if event is h11.NEED_DATA:
                reader.receive_data(self.sock.recv(65536))
            elif isinstance(event, h11.InformationalResponse):
                informational.append(event.status_code)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                raise AssertionError(f"no answer but {event!r}")
        self.received = reader.trailing_data[0]
        return Answer(
            head.status_code,
            head.reason.decode(),
            head.http_version.decode(),
            {name.decode(): value.decode("latin-1") for name, value in head.headers},
            b"".join(body),
            informational,
            reader.their_state is h11.MUST_CLOSE,
        )

    def assert_closed(self) -> None:
        """The server closes, without another byte."""
        assert self.rest() == b""

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """Go away rudely: the server gets a reset, not an end of file."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


class Running:
    """A server that runs in a thread of the test."""

    def __init__(self, server: BaseWSGIServer, events: Events) -> None:
        self.server = server
        self.events = events
        self.port = server.server_port
        self.url = server.url
        self.failure: BaseException | None = None
        self._clients: list[Client] = []
        self.thread = threading.Thread(target=self._run, name="serve_forever", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.server.serve_forever()
        except BaseException as error:
            self.failure = error

    def connect(self) -> Client:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=SAFETY)
        # Each part goes out as it is sent, and not when the one before it has been acknowledged.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = Client(sock)
        self._clients.append(client)
        return client

    def raw(self, data: bytes) -> bytes:
        """All that comes back for ``data``, up to the connection's end."""
        with self.connect() as client:
            client.send(data)
            client.sock.shutdown(socket.SHUT_WR)
            return client.rest()

    def get(self, target: str = "/", *headers: str, method: str = "GET") -> Answer:
        """One request on a connection of its own."""
        with self.connect() as client:
            lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers]
            client.send("\r\n".join([*lines, "", ""]).encode("latin-1"))
            return client.answer(method)

    def stop(self) -> None:
        self.server.shutdown_signal = True
        self.join()

    def join(self) -> None:
        self.thread.join(SAFETY)
        assert not self.thread.is_alive(), "serve_forever did not return"

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.stop()
        if self.server.reporter is not None:
            self.server.reporter.close()


def descriptors() -> dict[str, str]:
    """The sockets, pipes and selectors that this process holds, by number."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith(("socket:", "pipe:", "anon_inode:")):
            found[number] = target
    return found


def threads() -> set[str]:
    """The threads of this process, also those that the ``threading`` module knows nothing of."""
    return set(os.listdir("/proc/self/task"))


def children() -> set[str]:
    """The child processes of this one, also those that have ended and wait to be reaped."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found.update((task / "children").read_text().split())
        except OSError:
            continue
    return found
