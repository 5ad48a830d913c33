"""Open connections on their way from a server that ends to the one that follows.

While an app is loaded anew, a kept-alive connection must not be closed: its client may be sending
the next request at that very moment, and would see an error. So it is held here until the next
server is there. Any thread.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any, Optional

from ..base import native

__all__ = ["Adopt", "Handover"]

Adopt = Callable[[socket.socket, Any, bytes], None]
"""Takes a connection: its socket, the client's address, the bytes received so far."""


class Handover:
    """Holds connections while nobody serves."""

    def __init__(self) -> None:
        self._lock = native.allocate_lock()
        self._held: list[tuple[socket.socket, Any, bytes]] = []
        self._adopt: Optional[Adopt] = None
        self._closed = False

    def take(self, sock: socket.socket, address: Any, data: bytes) -> None:
        """Pass a connection on, or hold it until :meth:`connect`."""
        with self._lock:
            adopt = self._adopt
            if adopt is None and not self._closed:
                self._held.append((sock, address, data))
                return
        if adopt is None:
            sock.close()
        else:
            adopt(sock, address, data)

    def connect(self, adopt: Adopt) -> None:
        """From now on, pass everything on to ``adopt``, first of all what is held."""
        with self._lock:
            held, self._held = self._held, []
            self._adopt = adopt
        for connection in held:
            adopt(*connection)

    def disconnect(self) -> None:
        """Hold what comes from now on."""
        with self._lock:
            self._adopt = None

    def begin_in_child(self) -> None:
        """In a child that the app has forked: close this process's copies."""
        self._lock = native.allocate_lock()  # another thread may have held it
        self.close()

    def close(self) -> None:
        """Close what is held, and whatever still comes."""
        with self._lock:
            held, self._held = self._held, []
            self._adopt, self._closed = None, True
        for sock, _, _ in held:
            with contextlib.suppress(OSError):
                sock.close()
