"""net.handover and worker.connections: open connections on their way to the next server."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from serverkit import SAFETY, Client

from server.net.handover import Handover
from server.serving import make_server
from server.worker.connections import ConnectionChannel

Held = tuple[socket.socket, Any, bytes]


class Taken(list[Held]):
    """What was handed over; any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def take(self, sock: socket.socket, address: Any, data: bytes) -> None:
        with self._changed:
            self.append((sock, address, data))
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self) >= count, SAFETY)

    def close(self) -> None:
        for sock, _, _ in self:
            sock.close()


@pytest.fixture
def taken() -> Iterator[Taken]:
    taken = Taken()
    yield taken
    taken.close()


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connections: the server's end, and the client's."""
    pairs = [socket.socketpair() for _ in range(4)]
    yield pairs
    for pair in pairs:
        for sock in pair:
            sock.close()


def test_connections_are_held_until_there_is_somebody(
    pairs: list[tuple[socket.socket, socket.socket]], taken: Taken
) -> None:
    handover = Handover()
    handover.take(pairs[0][0], ("a", 1), b"one")
    handover.take(pairs[1][0], ("b", 2), b"")
    assert not taken
    handover.connect(taken.take)
    assert [(address, data) for _, address, data in taken] == [(("a", 1), b"one"), (("b", 2), b"")]
    handover.take(pairs[2][0], ("c", 3), b"three")
    assert len(taken) == 3
    handover.disconnect()
    handover.take(pairs[3][0], ("d", 4), b"four")
    assert len(taken) == 3
    handover.connect(taken.take)
    assert len(taken) == 4
    handover.close()


def test_close_closes_what_is_held_and_what_still_comes(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    handover = Handover()
    handover.take(pairs[0][0], None, b"")
    handover.close()
    handover.take(pairs[1][0], None, b"")
    for ours, theirs in pairs[:2]:
        assert ours.fileno() == -1
        assert theirs.recv(1) == b""


# From process to process


@pytest.fixture
def channels() -> Iterator[tuple[ConnectionChannel, ConnectionChannel]]:
    one, other = map(ConnectionChannel, socket.socketpair())
    yield one, other
    one.close()
    other.close()


needs_descriptors = pytest.mark.skipif(os.name != "posix", reason="passes descriptors")


def receiving(channel: ConnectionChannel, taken: Taken) -> threading.Thread:
    thread = threading.Thread(target=channel.receive, args=(taken.take,), daemon=True)
    thread.start()
    return thread


@needs_descriptors
def test_connections_arrive_with_what_was_received(
    channels: tuple[ConnectionChannel, ConnectionChannel],
    pairs: list[tuple[socket.socket, socket.socket]],
    taken: Taken,
) -> None:
    """The bytes as they are, the address as a tuple; the sender's own copy is closed."""
    thread = receiving(channels[1], taken)
    sent = [
        (("127.0.0.1", 5000), b"GET / HT"),
        (("::1", 5000, 0, 0), b""),
        (b"", bytes(range(256)) * 300),
        ("", b"\0"),
    ]
    for (ours, _), (address, data) in zip(pairs, sent, strict=True):
        channels[0].send(ours, address, data)
        assert ours.fileno() == -1
    taken.wait(4)
    assert [(address, data) for _, address, data in taken] == [
        (("127.0.0.1", 5000), b"GET / HT"),
        (("::1", 5000, 0, 0), b""),
        ("", bytes(range(256)) * 300),
        ("", b"\0"),
    ]
    for (sock, _, _), (_, theirs) in zip(taken, pairs, strict=True):
        assert not sock.get_inheritable()
        sock.sendall(b"hello")
        assert theirs.recv(5) == b"hello"
    channels[0].finish_sending()
    thread.join(SAFETY)
    assert not thread.is_alive()


@needs_descriptors
def test_many_threads_send_at_once(
    channels: tuple[ConnectionChannel, ConnectionChannel], taken: Taken
) -> None:
    thread = receiving(channels[1], taken)
    clients = []

    def send(number: int) -> None:
        for _ in range(20):
            ours, theirs = socket.socketpair()
            clients.append(theirs)
            channels[0].send(ours, ("t", number), bytes([number]) * number * 700)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(5)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(SAFETY)
    taken.wait(100)
    for _, (_, number), data in taken:
        assert data == bytes([number]) * number * 700
    for client in clients:
        client.close()
    channels[0].close()
    thread.join(SAFETY)
    assert not thread.is_alive()


@needs_descriptors
def test_receiver_that_is_gone_is_the_end_of_the_connection(
    channels: tuple[ConnectionChannel, ConnectionChannel],
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    channels[1].close()
    channels[0].send(pairs[0][0], ("a", 1), b"")
    assert pairs[0][1].recv(1) == b""


@needs_descriptors
def test_both_ways_at_once(
    channels: tuple[ConnectionChannel, ConnectionChannel],
    pairs: list[tuple[socket.socket, socket.socket]],
    taken: Taken,
) -> None:
    """One that has nothing more to send still receives."""
    back = Taken()
    threads = [receiving(channels[1], taken), receiving(channels[0], back)]
    channels[0].send(pairs[0][0], ("a", 1), b"there")
    taken.wait(1)
    channels[0].finish_sending()
    threads[0].join(SAFETY)
    channels[1].send(pairs[1][0], ("b", 2), b"and back")
    back.wait(1)
    back.close()
    channels[1].close()
    threads[1].join(SAFETY)
    assert not any(thread.is_alive() for thread in threads)


@needs_descriptors
def test_record_without_its_descriptor_is_passed_over(
    pairs: list[tuple[socket.socket, socket.socket]], taken: Taken
) -> None:
    """As it comes where the receiving process has no descriptor left."""
    one, other = socket.socketpair()
    sender, receiver = ConnectionChannel(one), ConnectionChannel(other)
    thread = receiving(receiver, taken)
    record = b'{"address": ["t", 1], "data": ""}'
    one.sendall(len(record).to_bytes(4, "big") + record)
    sender.send(pairs[0][0], ("t", 2), b"second")
    taken.wait(1)
    assert [address for _, address, _ in taken] == [("t", 2)]
    sender.close()
    thread.join(SAFETY)
    assert not thread.is_alive()
    receiver.close()


@needs_descriptors
def test_sender_that_dies_in_the_middle_of_a_record_is_the_end(taken: Taken) -> None:
    one, other = socket.socketpair()
    receiver = ConnectionChannel(other)
    thread = receiving(receiver, taken)
    one.sendall((100).to_bytes(4, "big") + b'{"addr')
    one.close()
    thread.join(SAFETY)
    assert not thread.is_alive()
    assert taken == []
    receiver.close()


# From server to server


def app(name: bytes):  # type: ignore[no-untyped-def]
    def answer(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [("Content-Length", str(len(name)))])
        return [name]

    return answer


@pytest.mark.parametrize("threaded", [False, True])
def test_adopted_by_a_server_that_is_retired_already(threaded: bool) -> None:
    """As when two reloads follow each other: it goes on to the one after that."""
    servers = [
        make_server("127.0.0.1", 0, app(name), threaded=threaded) for name in (b"1", b"2", b"3")
    ]
    first, second, third = servers
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    threads[0].start()
    threads[2].start()
    with socket.create_connection(("127.0.0.1", first.server_port), SAFETY) as sock:
        client = Client(sock)
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().body == b"1"
        client.send(b"GET / HT")
        second.retire(third.adopt)
        first.retire(second.adopt)
        threads[0].join(SAFETY)
        client.send(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().body == b"3"
    threads[1].start()  # ends at once
    third.shutdown_signal = True
    for thread in threads[1:]:
        thread.join(SAFETY)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_connection_after_a_request_with_a_body(serve_each: Any) -> None:
    """Nothing of that request is left in what is handed over."""
    running = serve_each(app(b"old"))
    handed: list[Any] = []
    with socket.create_connection(("127.0.0.1", running.server.server_port), SAFETY) as sock:
        client = Client(sock)
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345")
        assert client.answer().body == b"old"
        running.server.retire(lambda *connection: handed.append(connection))
        running.server.shutdown()
    ((ours, address, data),) = handed
    ours.close()
    assert address[0] == "127.0.0.1"
    assert data == b""
