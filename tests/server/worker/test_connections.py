"""Open connections on their way from one process to another."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

from server.worker.connections import ConnectionChannel

WAIT = 10


def test_a_connection_arrives_open_with_what_was_received() -> None:
    one, other = socket.socketpair()
    sender, receiver = ConnectionChannel(one), ConnectionChannel(other)
    client, served = socket.socketpair()
    arrived: list[Any] = []
    sender.send(served, ("127.0.0.1", 5), b"GET")
    sender.finish_sending()
    receiver.receive(lambda *connection: arrived.append(connection))
    ((sock, address, data),) = arrived
    assert (address, data) == (("127.0.0.1", 5), b"GET")
    with sock, client:
        sock.sendall(b"answer")
        assert client.recv(6) == b"answer"
    sender.close()
    receiver.close()


def test_where_the_sender_ends_in_the_midst_the_client_sees_the_end() -> None:
    """Not a connection that nobody has, and that stays open."""
    one, other = socket.socketpair()
    receiver = ConnectionChannel(other)
    client, served = socket.socketpair()
    arrived: list[Any] = []
    thread = threading.Thread(target=receiver.receive, args=(lambda *all: arrived.append(all),))
    with one, served:
        socket.send_fds(one, [struct.pack("!I", 100)], [served.fileno()])
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive()
    client.settimeout(WAIT)
    with client:
        assert client.recv(1) == b""
    assert arrived == []
    receiver.close()
