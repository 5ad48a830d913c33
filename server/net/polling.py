"""Which of the watched sockets can be read. The loop's thread, unless stated otherwise.

``epoll`` is used by itself where there is one: it is cheaper than through :mod:`selectors`, and
sockets can be added from any thread while another one waits.
"""

from __future__ import annotations

import contextlib
import select
import selectors
import socket
from typing import Any

__all__ = ["EpollPoller", "SelectorPoller", "new_poller"]

_AT_ONCE = 512


class EpollPoller:
    """Watches sockets with Linux's epoll.

    :cvar any_thread: :meth:`add` may be called on any thread, also during a :meth:`poll`
    """

    any_thread = True

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Any] = {}

    def add(self, sock: socket.socket, what: Any) -> int:
        """Watch a socket.

        :param what: :meth:`poll` gives this back
        :returns: a number for :meth:`remove`
        :raises OSError: it can't be watched
        :raises ValueError: it, or the poller, is closed
        """
        number = sock.fileno()
        self._watched[number] = what
        try:
            self._epoll.register(number, select.EPOLLIN)
        except (OSError, ValueError):
            self._watched.pop(number, None)
            raise
        return number

    def remove(self, number: int) -> None:
        """Watch a socket no longer; it may be closed already."""
        self._watched.pop(number, None)
        with contextlib.suppress(OSError, ValueError):
            self._epoll.unregister(number)

    def poll(self, seconds: float) -> list[Any]:
        """Wait until there is something to read.

        :param seconds: how long at most
        :returns: what was given to :meth:`add` with each socket that can be read
        """
        watched = self._watched
        found = self._epoll.poll(seconds, _AT_ONCE)
        return [watched[number] for number, _ in found if number in watched]

    def close(self) -> None:
        """Stop watching; once is enough, twice does no harm."""
        self._watched.clear()
        self._epoll.close()


class SelectorPoller:
    """The same with what the system has. See :class:`EpollPoller`."""

    any_thread = False

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, sock: socket.socket, what: Any) -> int:
        """See :meth:`EpollPoller.add`."""
        return self._selector.register(sock.fileno(), selectors.EVENT_READ, what).fd

    def remove(self, number: int) -> None:
        """See :meth:`EpollPoller.remove`."""
        with contextlib.suppress(KeyError, ValueError, OSError):
            self._selector.unregister(number)

    def poll(self, seconds: float) -> list[Any]:
        """See :meth:`EpollPoller.poll`."""
        return [key.data for key, _ in self._selector.select(seconds)]

    def close(self) -> None:
        """See :meth:`EpollPoller.close`."""
        self._selector.close()


def new_poller() -> EpollPoller | SelectorPoller:
    """The best one there is on this system."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
