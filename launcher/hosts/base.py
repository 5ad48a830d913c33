"""What every host of a server does, whichever thread or process the server runs in.

A host runs one :class:`server.session.Session` and reports only through ``emit``. Its methods are
called by the supervisor, on the supervisor's thread; ``emit`` is called on the server's threads.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Protocol

from server.config import ServerConfig


class Host(Protocol):
    """Runs one server, from start to stop."""

    def start(self, config: ServerConfig, listeners: Sequence[socket.socket]) -> None:
        """Begin to load and serve; returns at once.

        Ends in exactly one of ``ServerStarted`` and ``ServerFailed``; where a stop came first,
        in ``ServerStopped``.

        :param listeners: bound, listening sockets; they stay the caller's and open
        """

    def stop(self) -> None:
        """Ask the server to finish its requests within ``config.grace`` seconds and end.

        Returns at once and may be called at any time, also twice. Ends in ``ServerStopped``.
        """

    def join(self, timeout: float) -> bool:
        """Wait until the server has ended and its last event was emitted.

        :param timeout: seconds to wait at most
        :returns: whether it has ended
        """
