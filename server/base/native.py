"""Threads, locks and clocks as they were when this package was imported.

An app may put others in their place while it is imported: gevent and eventlet do so in
``threading``, ``queue``, ``time`` and ``select``. What must go on whatever the app does (the
channel to the launcher, the events on their way there) uses those from here, on threads that
``threading`` knows nothing of; what serves the app is made after its import, of what is there then.
Any thread.
"""

from __future__ import annotations

import _thread
from _queue import Empty, SimpleQueue
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

__all__ = [
    "LONGEST_WAIT",
    "Empty",
    "Ending",
    "ReentrantLock",
    "SimpleQueue",
    "allocate_lock",
    "get_ident",
    "monotonic",
    "sleep",
    "start_new_thread",
    "start_thread",
]

LONGEST_WAIT = 1.0
"""Seconds that a main thread may wait at once. Python calls a signal's handler between two
instructions: one that comes just before the wait would have to wait for its end."""


class ReentrantLock:
    """A lock that its owner may take again, also within a signal handler.

    It holds the methods of the interpreter's own lock, not the lock: eventlet looks for such locks
    in all objects and replaces them, also where a thread of the system's waits for one.
    """

    def __init__(self) -> None:
        lock = _thread.RLock()
        self.acquire: Callable[..., bool] = lock.acquire
        self.release: Callable[[], None] = lock.release

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *unused: Any) -> None:
        self.release()


class Ending:
    """Whether a thread has ended."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        """It has. Once."""
        self._lock.release()

    def wait(self, seconds: float = -1) -> bool:
        """Wait for it, at most so many seconds, or for ever; whether it has ended."""
        if seconds < 0:
            while not self._lock.acquire(timeout=LONGEST_WAIT):
                pass
        elif not self._lock.acquire(timeout=seconds):
            return False
        self._lock.release()
        return True


def start_thread(function: Callable[..., None], *args: Any) -> Ending:
    """Start a thread of the system's, which doesn't keep the process from ending.

    :raises RuntimeError: the system has no more
    """
    ending = Ending()

    def run() -> None:
        try:
            function(*args)
        finally:
            ending.set()

    start_new_thread(run, ())
    return ending
