"""The sockets that a supervisor's servers listen on, one after the other. Its thread only."""

from __future__ import annotations

import socket

from server.config import ServerConfig
from server.errors import StartError
from server.net.listen import close_listeners, open_listeners

__all__ = ["ListeningSockets", "is_free"]


class ListeningSockets:
    """Opens them, and keeps them for a server that follows on the same address.

    :ivar sockets: those that are open
    """

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self._opened_for: tuple[str, int] | None = None

    def open_for(self, config: ServerConfig) -> None:
        """Bind, unless the sockets at hand are the right ones already.

        :raises StartError: the address can't be had
        """
        wanted = (config.address, config.port)
        if self._opened_for == wanted:
            return
        self.close()
        self.sockets = open_listeners(config.address, config.port)
        self._opened_for = wanted

    def address(self, config: ServerConfig) -> tuple[str, int]:
        """What is listened on, with the port that the system may have chosen."""
        name = self.sockets[0].getsockname() if self.sockets else None
        return config.address, name[1] if isinstance(name, tuple) else config.port

    def close(self) -> None:
        """Give the address back."""
        close_listeners(self.sockets)
        self.sockets = []
        self._opened_for = None


def is_free(address: str, port: int) -> bool:
    """Whether the address can be had again: tried, not assumed."""
    try:
        listeners = open_listeners(address, port)
    except StartError:
        return False
    close_listeners(listeners)
    return True
