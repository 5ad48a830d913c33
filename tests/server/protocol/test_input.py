"""wsgi.input's parts by themselves: one socket pair, no server."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator

import pytest

from server.protocol.channel import Channel, ClientDisconnected, Timeouts
from server.protocol.input import InputFile, RequestBody
from server.protocol.parsing import Limits


@pytest.fixture
def in_memory() -> int:
    return 100


@pytest.fixture
def pair(in_memory: int) -> Iterator[tuple[socket.socket, Channel]]:
    client, ours = socket.socketpair()
    ours.setblocking(False)
    limits = Limits(chunked_in_memory=in_memory)
    channel = Channel(ours, ("127.0.0.1", 1), limits, Timeouts(body=5.0))
    yield client, channel
    channel.close()
    client.close()


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("in_memory", [0, 3, 10, 100])
def test_a_body_is_taken_in_whole(pair: tuple[socket.socket, Channel], in_memory: int) -> None:
    client, channel = pair
    client.sendall(chunked(b"0123", b"456", b"789") + b"GET / HTTP/1.1")
    body = RequestBody(channel, None, 4, False)
    whole = body.take_in()
    assert isinstance(whole, io.BytesIO) is (in_memory >= 10)
    assert (body.size, bytes(body.kept), body.complete) == (10, b"0123", True)
    assert bytes(channel.buffer) == b"GET / HTTP/1.1"  # the next request is left alone
    file = InputFile(whole)
    assert (file.read(4), file.readline(), file.read(), file.read()) == (
        b"0123",
        b"456789",
        b"",
        b"",
    )
    assert file.over_read
    file.close()
    assert whole.closed


def test_an_empty_body_is_taken_in(pair: tuple[socket.socket, Channel]) -> None:
    client, channel = pair
    client.sendall(b"0\r\n\r\n")
    body = RequestBody(channel, None, 4, False)
    assert (body.take_in().read(), body.complete) == (b"", True)


def test_a_client_that_waits_is_asked_for_its_body(pair: tuple[socket.socket, Channel]) -> None:
    client, channel = pair
    client.sendall(chunked(b"body"))
    assert RequestBody(channel, None, 0, True).take_in().read() == b"body"
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(("data", "lost"), [(b"5\r\nab", True), (b"zz\r\n", False)])
def test_what_ends_too_early_or_wrong(
    pair: tuple[socket.socket, Channel], data: bytes, lost: bool
) -> None:
    client, channel = pair
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    body = RequestBody(channel, None, 0, False)
    with pytest.raises(ClientDisconnected):
        body.take_in()
    assert (body.lost, body.fault is None) == (lost, lost)
