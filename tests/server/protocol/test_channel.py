"""channel, input and the loop below the surface: one socket pair, no server."""

from __future__ import annotations

import errno
import select
import socket
import ssl
import threading
import time

import pytest
from serverkit import SAFETY

from server.net.loop import ConnectionLoop
from server.protocol.channel import Channel, ClientDisconnected, Timeouts
from server.protocol.input import RequestBody
from server.protocol.parsing import BadRequest, Limits

QUICK = Timeouts(idle=0.05, head=0.05, body=0.05, send=0.05, linger=0.05)


@pytest.fixture
def pair():
    """A channel and the client's end of it."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(SAFETY)
    channel = Channel(ours, None, Limits(), QUICK)
    yield channel, theirs
    channel.close()
    theirs.close()


def without_poll(monkeypatch):
    """As on Windows."""
    monkeypatch.delattr(select, "poll")


waits = pytest.mark.parametrize(
    "change", [lambda monkeypatch: None, without_poll], ids=["poll", "select"]
)


@waits
def test_waiting_for_a_body_ends(pair, monkeypatch, change):
    change(monkeypatch)
    channel, client = pair
    with pytest.raises(ClientDisconnected, match=r"nothing for 0\.05 seconds"):
        channel.read(10)
    client.send(b"later")
    assert channel.read(3) + channel.read(10) == b"later"
    client.close()
    assert channel.read(10) == b""


@waits
def test_waiting_for_a_client_to_take_data_ends(pair, monkeypatch, change):
    change(monkeypatch)
    channel, _ = pair
    with pytest.raises(ClientDisconnected, match=r"nothing for 0\.05 seconds"):
        channel.send(b"x" * 10_000_000)
    assert 0 < channel.sent < 10_000_000


def test_data_and_files_reach_a_slow_reader_whole(pair, tmp_path):
    channel, client = pair
    channel.timeouts = Timeouts()
    body = bytes(range(256)) * 20_000
    (tmp_path / "file").write_bytes(body)
    received = bytearray()

    def read():
        while len(received) < 2 * len(body):
            received.extend(client.recv(50_000))

    reader = threading.Thread(target=read)
    with (tmp_path / "file").open("rb") as file:
        reader.start()
        channel.send(body)
        # A file that is shorter than was thought is sent as far as it goes.
        assert channel.send_file(file, len(body) + 10) == len(body)
    reader.join(SAFETY)
    assert bytes(received) == body * 2
    assert channel.sent == 2 * len(body)


def test_sending_to_nobody(pair, tmp_path):
    channel, client = pair
    client.close()
    with pytest.raises(ClientDisconnected, match="went away"):
        channel.send(b"x")
    (tmp_path / "file").write_bytes(b"x")
    with (
        (tmp_path / "file").open("rb") as file,
        pytest.raises(ClientDisconnected, match="went away"),
    ):
        channel.send_file(file, 1)


@pytest.mark.parametrize("how", ["abort", "close"])
def test_a_reader_is_freed_from_another_thread(pair, how):
    channel, _ = pair
    channel.timeouts = Timeouts()
    result = []

    def read():
        try:
            result.append(channel.read(10))
        except ClientDisconnected as error:
            result.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    if how == "close":  # what a stop does before a worker has begun to wait
        channel.abort()
        channel.close()
    else:
        channel.abort()
    reader.join(SAFETY)
    assert not reader.is_alive()
    assert result[0] == b"" or isinstance(result[0], ClientDisconnected)


def test_a_closed_channel(pair):
    channel, _ = pair
    channel.close()
    channel.close()
    channel.abort()
    channel.shut_down_sending()
    assert channel.closed
    with pytest.raises(ClientDisconnected):
        channel.read(1)
    with pytest.raises(ClientDisconnected, match="was closed"):
        channel._wait(False, 1)


def test_lingering_ends_with_the_client_or_in_time(pair):
    channel, client = pair
    client.send(b"x" * 1000)
    began = time.monotonic()
    channel.linger()
    assert time.monotonic() - began < 5
    assert not channel.buffer
    channel.timeouts = Timeouts(linger=SAFETY)
    client.close()
    channel.linger()
    assert time.monotonic() - began < 5


# The body of a request ----------------------------------------------------------------------------


def test_a_body_knows_when_it_is_complete(pair):
    channel, client = pair
    body = RequestBody(channel, 5, 3, False)
    assert body.readable()
    client.send(b"hello, and the next request")
    assert not body.complete
    assert body.read(4) == b"hell"
    assert body.readall() == b"o"
    assert body.complete
    assert (body.size, bytes(body.kept)) == (5, b"hel")
    assert channel.read(100) == b", and the next request"


def test_what_follows_a_chunked_body_is_put_back(pair):
    channel, client = pair
    channel.buffer += b"3\r\nabc\r\n"
    body = RequestBody(channel, None, 100, False)
    client.send(b"0\r\n\r\nGET / HTTP/1.1\r\n")
    assert not body.complete
    assert body.readall() == b"abc"
    assert body.complete
    assert bytes(channel.buffer) == b"GET / HTTP/1.1\r\n"


def test_a_malformed_body_stays_malformed(pair):
    channel, _ = pair
    channel.buffer += b"x\r\n0\r\n\r\n"
    body = RequestBody(channel, None, 0, False)
    for _ in range(2):
        with pytest.raises(ClientDisconnected, match="malformed"):
            body.read(1)
    assert isinstance(body.fault, BadRequest)
    assert not body.drain(1000)
    assert not body.lost


def test_draining_has_a_limit(pair):
    channel, client = pair
    body = RequestBody(channel, 200, 0, False)
    client.send(b"x" * 200)
    assert not body.drain(100)
    assert body.drain(100)
    gone = RequestBody(channel, 10, 0, False)
    client.send(b"x")
    assert not gone.drain(100)
    assert gone.lost


def test_continue_is_sent_once_and_only_when_read(pair):
    channel, client = pair
    body = RequestBody(channel, 4, 0, True)
    assert not body.drain(100)
    client.send(b"abcd")
    assert body.read(2) + body.read(2) == b"abcd"
    assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    body = RequestBody(channel, 4, 0, True)
    body.forget_continue()
    client.send(b"abcd")
    assert body.readall() == b"abcd"
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)


# The loop -----------------------------------------------------------------------------------------


@pytest.fixture
def loop():
    loop = ConnectionLoop([], lambda sock, address: None)
    yield loop
    loop.close()


def test_a_channel_goes_round(loop, pair):
    channel, client = pair
    client.send(b"GET / HTTP/1.1\r\n\r\nGET /2")
    loop.give_back(channel)
    assert loop.next_ready() is channel
    assert channel.take_head() == b"GET / HTTP/1.1\r\n\r\n"
    client.send(b" HTTP/1.1\r\n\r\n")
    loop.resume(channel)
    assert loop.next_ready() is channel
    loop.stop()
    assert loop.next_ready() is None


def test_a_stopped_loop_hands_out_what_is_there(loop, pair):
    channel, _ = pair
    channel.buffer += b"GET / HTTP/1.1\r\n\r\n"
    loop.give_back(channel)
    loop.stop()
    assert loop.next_ready() is channel
    assert loop.next_ready() is None


def test_a_stop_sent_by_a_forked_child(loop):
    """It shares the socket that wakes the loop, but no variable."""
    loop.stop()
    loop.stopping = False
    assert loop.next_ready() is None
    assert loop.stopping


def test_closed_channels_are_nobody_s_business(loop, pair):
    channel, _ = pair
    channel.close()
    loop.resume(channel)
    loop._advance(channel)
    loop.drop(channel)
    assert not loop._parked
    assert not loop._ready


def test_a_lingering_channel_is_read_and_dropped(loop, pair):
    channel, client = pair
    channel.stage = "linger"
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    client.close()
    loop.resume(channel)
    waker = threading.Timer(0.02, loop.stop)
    waker.start()
    assert loop.next_ready() is None
    waker.join()
    assert channel.closed


def test_waking_a_closed_loop_does_no_harm(loop):
    loop.close()
    loop.wake()
    loop.stop()
    loop.close()


def test_a_socket_that_no_channel_can_be_made_of():
    """Reset before it was accepted, or a TLS context that fails: it is closed, and that is all."""

    def refuse(sock, address):
        loop.stop()
        raise OSError("no")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        loop = ConnectionLoop([listener], refuse)
        with socket.create_connection(listener.getsockname(), SAFETY) as client:
            assert loop.next_ready() is None
            assert client.recv(1) == b""
        loop.close()


# TLS may want the other direction ---------------------------------------------------------------


class Contrary:
    """A socket whose TLS wants to write before it can read, and to read before it can write."""

    def __init__(self, sock, error):
        self._sock = sock
        self._errors = [error]

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def recv(self, size, *flags):
        if self._errors:
            raise self._errors.pop()
        return self._sock.recv(size, *flags)

    def send(self, data):
        if self._errors:
            raise self._errors.pop()
        return self._sock.send(data)


@waits
def test_tls_that_has_to_write_before_it_reads(pair, monkeypatch, change):
    """A key update: the client is waited for in the other direction, and nothing is lost."""
    change(monkeypatch)
    channel, client = pair
    client.send(b"data")
    channel.sock = Contrary(channel.sock, ssl.SSLWantWriteError())
    assert channel.read(10) == b"data"


@waits
def test_tls_that_has_to_read_before_it_writes(pair, monkeypatch, change):
    change(monkeypatch)
    channel, client = pair
    channel.sock = Contrary(channel.sock, ssl.SSLWantReadError())
    with pytest.raises(ClientDisconnected, match=r"nothing for 0\.05 seconds"):
        channel.send(b"answer")  # the client has sent nothing: it is waited for, with a deadline
    channel.sock._errors = [ssl.SSLWantReadError()]
    client.send(b"what TLS wanted")
    channel.send(b"answer")
    assert client.recv(100) == b"answer"


def test_what_was_sent_beyond_the_request_is_noticed(pair):
    channel, client = pair
    assert not channel.has_unread()
    client.send(b"\r\n")
    assert channel.has_unread()
    assert channel.receive()
    assert channel.has_unread(), "it has moved into the buffer"
    channel.buffer.clear()
    client.close()
    assert not channel.has_unread()


def test_a_connection_changes_hands_with_what_was_received(pair):
    """From the server that ends to the one that follows."""
    channel, client = pair
    client.send(b"GET / HT")
    channel.receive()
    assert channel.can_be_handed_over()
    sock, address, data = channel.surrender()
    with sock:
        assert (address, data) == (None, b"GET / HT")
        assert channel.closed
        assert not channel.can_be_handed_over()
        client.send(b"TP/1.1\r\n")
        assert sock.recv(100) == b"TP/1.1\r\n"


# Corners of the loop ------------------------------------------------------------------------------


def test_waiting_connections_go_to_the_server_that_follows(loop, pair):
    channel, client = pair
    client.send(b"GET / HT")
    given = []
    loop.hand_over = lambda *what: given.append(what)
    loop.resume(channel)
    channel.receive()
    loop.stop()
    assert loop.next_ready() is None
    ((sock, address, data),) = given
    sock.close()
    assert (address, data) == (None, b"GET / HT")
    assert not loop._parked


def test_a_loop_closes_what_still_waits_in_it(loop, pair):
    """Such as a connection that came back while the loop was ending."""
    channel, client = pair
    channel.stage = "linger"
    loop._park(channel)
    loop.close()
    assert channel.closed
    assert client.recv(1) == b""


class Refusing:
    """A listener that fails in one way."""

    def __init__(self, code):
        self._code = code

    def accept(self):
        raise OSError(self._code, "no")


def test_a_listener_that_fails_is_asked_again(loop):
    """A network that is down ends nothing; only a lack of descriptors makes the loop pause."""
    loop._accept(Refusing(errno.ENETDOWN))
    assert loop._accepting_again_at is None
    loop._accept(Refusing(errno.EMFILE))
    assert loop._accepting_again_at is not None


def test_as_many_as_come_at_once_are_accepted(monkeypatch):
    """A crowd at the door doesn't keep those inside waiting for ever."""
    monkeypatch.setattr("server.net.loop._ACCEPTS_AT_ONCE", 2)
    refused = []

    def refuse(sock, address):
        refused.append(address)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        loop = ConnectionLoop([listener], refuse)
        clients = [socket.create_connection(listener.getsockname(), SAFETY) for _ in range(5)]
        try:
            loop._accept(listener)
            assert len(refused) == 2
            while len(refused) < 5:
                loop._poll()
        finally:
            for client in clients:
                client.close()
            loop.close()


def test_another_poller_does_the_same(monkeypatch, pair):
    """Where there is no epoll."""
    monkeypatch.delattr(select, "epoll")
    loop = ConnectionLoop([], lambda sock, address: None)
    try:
        channel, client = pair
        loop.give_back(channel)
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert loop.next_ready() is channel
        loop.detach(channel)
        loop.detach(channel)
        loop.stop()
        assert loop.next_ready() is None
    finally:
        loop.close()
