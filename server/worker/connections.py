"""Open connections sent from one process to another, over a Unix socket.

Each goes as a length and so many bytes of JSON, the client's address and what was received so far,
and the connection's descriptor beside it (``SCM_RIGHTS``). A thread of its own receives; any
thread sends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import struct
from typing import Any

from ..base import native
from ..base.forks import Forked, register
from ..net.handover import Adopt

__all__ = ["ConnectionChannel"]

_HEAD = struct.Struct("!I")


class ConnectionChannel(Forked):
    """One end of the way.

    :param sock: a connected Unix socket; it becomes the channel's
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.set_inheritable(False)
        self._sock = sock
        self._lock = native.allocate_lock()
        register(self)

    def send(self, sock: socket.socket, address: Any, data: bytes) -> None:
        """Give a connection away; this process's own copy is closed. Any thread."""
        if isinstance(address, bytes):  # of a Unix socket's client, which has no name
            address = ""
        record = {"address": address, "data": base64.b64encode(data).decode("ascii")}
        body = json.dumps(record).encode("ascii")
        # A receiver that is gone: the client sees the end of the connection.
        with self._lock, contextlib.suppress(OSError), sock:
            socket.send_fds(self._sock, [_HEAD.pack(len(body))], [sock.fileno()])
            self._sock.sendall(body)

    def receive(self, adopt: Adopt) -> None:
        """Take connections until the other end is closed. Blocks: a thread of its own.

        :param adopt: takes each of them
        """
        with contextlib.suppress(OSError):
            while True:
                head, descriptors, _, _ = socket.recv_fds(self._sock, _HEAD.size, 1)
                if not head:
                    return
                sock = socket.socket(fileno=descriptors[0]) if descriptors else None
                try:
                    head += self._exactly(_HEAD.size - len(head))
                    record = json.loads(self._exactly(_HEAD.unpack(head)[0]))
                except OSError:  # the sender has ended: its client is to see that
                    if sock is not None:
                        sock.close()
                    raise
                if sock is None:  # this process has no descriptor left for it
                    continue
                sock.set_inheritable(False)
                address = record["address"]
                if isinstance(address, list):
                    address = tuple(address)
                adopt(sock, address, base64.b64decode(record["data"]))

    def finish_sending(self) -> None:
        """Send nothing more: the other end's :meth:`receive` returns once it has everything."""
        with self._lock, contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close this end; the other one's :meth:`receive` returns."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`: the way is between two other processes."""
        self._sock.close()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._sock.recv(size - len(data))
            if not part:
                raise ConnectionResetError("closed in the middle of a connection's record")
            data += part
        return data
