"""Calls from the channel's threads into the world of the app.

The channel lives on threads of the system's (see ``native.py``), and what serves the app on those
that the app's import has left there, which may be greenlets that all share one thread: a lock of
theirs must not be waited for by another thread, nor be woken by one. So what the channel wants of
the session is carried out by a thread that is made after the import, and that waits at a socket:
the one thing that all of them understand. Before that, and after the session's end, a call is
carried out at once, on the caller's thread.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Optional

from ..base import native
from ..base.forks import Forked, register
from .descriptors import OwnDescriptor

__all__ = ["Inbox"]

Call = Callable[[], None]

_LAST_SECONDS = 1.0


class Inbox(Forked):
    """See the module."""

    def __init__(self) -> None:
        self._lock = native.allocate_lock()
        self._calls: deque[Call] = deque()
        self._sockets: Optional[tuple[socket.socket, socket.socket]] = None
        self._waker: Optional[OwnDescriptor] = None
        self._thread: Optional[threading.Thread] = None

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`."""
        self._lock = native.allocate_lock()
        for sock in self._sockets or ():
            sock.close()
        self._sockets = None
        if self._waker is not None:
            self._waker.close()

    def open(self) -> None:
        """The app is imported: from now on, calls are carried out by a thread of its world. Called
        in that world, once or more; where there is no thread to be had, nothing changes."""
        if self._sockets is not None:
            return
        waker, wakened = sockets = socket.socketpair()
        thread = threading.Thread(target=self._work, args=(wakened,), name="commands", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            waker.close()
            wakened.close()
            return
        with self._lock:
            self._waker = OwnDescriptor(os.dup(waker.fileno()))
            self._sockets = sockets
        self._thread = thread
        register(self)

    def post(self, call: Call) -> None:
        """Have something done. A thread of the channel's."""
        with self._lock:
            waker = self._waker
            if self._sockets is None or waker is None or waker.is_lost():
                call()
                return
            self._calls.append(call)
            with contextlib.suppress(OSError):
                os.write(waker.number, b"\0")

    def close(self) -> None:
        """The session has ended: carry out what is left, and from now on everything at once.

        Waits, for a moment, for what is being carried out: the end of the process would break it
        off, a connection that is being sent on among it.
        """
        with self._lock:
            sockets, self._sockets = self._sockets, None
        if sockets is not None and self._waker is not None:
            self._waker.close()
            sockets[0].close()
            self._carry_out()
            if self._thread is not None:
                self._thread.join(_LAST_SECONDS)

    def _work(self, wakened: socket.socket) -> None:
        owner = os.getpid()
        with wakened, contextlib.suppress(OSError):
            while wakened.recv(4096):
                self._carry_out()
        if os.getpid() != owner:
            _wait_for_ever()

    def _carry_out(self) -> None:
        while True:
            try:
                call = self._calls.popleft()
            except IndexError:
                return
            call()


def _wait_for_ever() -> None:
    """Keep a greenlet from ending in a forked child, where it is as well.

    ``threading`` doesn't know it there any more: its end would be an error, printed in each child.
    """
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
