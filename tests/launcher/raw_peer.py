"""A peer on a raw socket, which takes what clients send to the byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\n\r\nok"


class Peer:
    """Takes one request a connection, and answers each in the same way.

    :ivar caught: what was sent
    :ivar addresses: where it came from
    """

    def __init__(self, server: socket.socket, answer: Callable[[socket.socket], object]) -> None:
        self.server, self._answer = server, answer
        self.caught: list[bytes] = []
        self.addresses: list[Any] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, address = self.server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(10)
                self.addresses.append(address)
                self.caught.append(read_request(connection))
                self._answer(connection)

    def close(self) -> None:
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self._thread.join(10)


def read_request(connection: socket.socket) -> bytes:
    """One request, by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
