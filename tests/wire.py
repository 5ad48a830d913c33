"""A client that shows what went over the wire: nothing is decoded, repaired or left out.

``http.client`` and its relatives undo chunks, join headers and swallow what follows an answer;
tests that compare answers byte by byte need to see these.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass

TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    """One answer as it was received.

    :ivar status_line: without its line end
    :ivar headers: in their order, as they were sent
    :ivar body: without the chunks' sizes
    :ivar framing: how its end was marked: "length", "chunked", "close" or "none"
    :ivar sent: bytes of the request
    :ivar received: bytes of the answer
    """

    status_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    framing: str
    sent: int
    received: int

    @property
    def status(self) -> int:
        return int(self.status_line.split(" ")[1])

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """A header's only value."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is there more than once: {values}"
        return values[0] if values else None


class Wire:
    """One connection to a server; use it in a ``with`` block."""

    def __init__(self, port: int, host: str = "127.0.0.1", timeout: float = TIMEOUT) -> None:
        self.sock = socket.create_connection((host, port), timeout)
        self._buffer = bytearray()
        self._received = 0
        self._sent = 0

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.sock.close()

    def send(self, parts: bytes | Iterable[bytes]) -> None:
        """Send a request, or part of one.

        A server may answer and close before it has read all of it: the rest is then not sent, and
        the answer is there to be read.
        """
        try:
            for part in [parts] if isinstance(parts, bytes) else parts:
                self.sock.sendall(part)
                self._sent += len(part)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def ask(self, parts: bytes | Iterable[bytes], method: str = "GET") -> Answer:
        """Send a request and read its answer."""
        self.send(parts)
        return self.answer(method)

    def answer(self, method: str = "GET") -> Answer:
        """Read one answer; interim ones (1xx) are passed over."""
        while True:
            head = self._until(b"\r\n\r\n").decode("latin-1")
            status_line, *lines = head[:-4].split("\r\n")
            headers = tuple((name, value.strip(" ")) for name, _, value in map(_split, lines))
            version, code = status_line.split(" ")[:2]
            assert version == "HTTP/1.1", status_line
            if not 100 <= int(code) < 200:
                break
        names = {name.lower(): value for name, value in headers}
        if method == "HEAD" or code in ("204", "304"):
            framing, body = "none", b""
        elif "transfer-encoding" in names:
            assert names["transfer-encoding"] == "chunked"
            assert "content-length" not in names
            framing, body = "chunked", self._chunks()
        elif "content-length" in names:
            framing, body = "length", self._exactly(int(names["content-length"]))
        else:
            framing, body = "close", self._rest()
        sent, received = self._sent, self._received
        self._sent = self._received = 0
        return Answer(status_line, headers, body, framing, sent, received)

    def at_end(self) -> bool:
        """Wait until the server sends more or closes; whether it has closed."""
        return not self._buffer and not self._more()

    def _more(self) -> bool:
        try:
            data = self.sock.recv(256 * 1024)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return bool(data)

    def _take(self, count: int) -> bytes:
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._received += len(data)
        return data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            assert self._more(), f"the connection ended after {bytes(self._buffer)!r}"
        return self._take(self._buffer.index(mark) + len(mark))

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            assert self._more(), f"the body ended after {len(self._buffer)} of {count} bytes"
        return self._take(count)

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            assert self._exactly(2) == b"\r\n"
        assert self._exactly(2) == b"\r\n"
        return bytes(body)

    def _rest(self) -> bytes:
        while self._more():
            pass
        return self._take(len(self._buffer))


def _split(line: str) -> tuple[str, str, str]:
    name, colon, value = line.partition(":")
    assert colon, f"no header: {line!r}"
    assert name == name.strip(), f"no header: {line!r}"
    return name, colon, value


def request(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    host: str = "localhost",
) -> bytes:
    """The bytes of a request. The target is sent as it is, in UTF-8."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(
    port: int,
    target: str = "/",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    host: str = "127.0.0.1",
    name: str = "localhost",
) -> Answer:
    """One request on a connection of its own.

    :param host: where to connect to
    :param name: what the Host header says
    """
    length = [("Content-Length", str(len(body)))] if body else []
    with Wire(port, host) as wire:
        return wire.ask(request(method, target, [*headers, *length], body, name), method)
