"""Events that come one by one, passed on together where there are very many."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from server.events import Event

__all__ = ["EventBatch"]

# Each event is passed on at once, so that not even a crash of the process takes it along. Where
# thousands come in a second, those that come within two milliseconds are passed on together.
_CALLS_PER_SECOND = 500
_BURST = 200  # calls for which there need not have been time
_MOST_WAITING = 256  # events
_LATEST = 0.01  # seconds after which a thread of the batch's own passes on what waits


class EventBatch:
    """Collects events, and passes them on within some milliseconds, in order. Any thread.

    An event may come from within ``take``, as where an object of the app prints in its ``__del__``:
    it is passed on after the others.

    :param take: called with one or more events, by one thread at a time; doesn't raise
    """

    def __init__(self, take: Callable[[Sequence[Event]], None]) -> None:
        self._take = take
        self._waiting: list[Event] = []
        self._credit = float(_BURST)
        self._credit_at = 0.0
        self._hold_until = 0.0  # an event's time before which there is no credit for a call
        self._closed = False
        self._passing_on = False
        self._lock = threading.RLock()
        self._some_wait = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, event: Event) -> None:
        """Add an event; without effect once it is closed."""
        with self._lock:
            waiting, now = self._waiting, event.time
            if now < self._hold_until and len(waiting) < _MOST_WAITING:  # in a flood
                waiting.append(event)
                return
            if self._closed:
                return
            waiting.append(event)
            if self._passing_on:  # by this thread, further up
                return
            passed = max(0.0, now - self._credit_at)  # the clock may have been set back
            self._credit_at = now
            self._credit += passed * _CALLS_PER_SECOND
            if self._credit >= 1:
                self._credit = min(self._credit, _BURST) - 1
                self._pass_on()
            elif len(self._waiting) >= _MOST_WAITING:
                self._pass_on()
            else:
                self._have_looked_after()
                self._hold_until = now + (1 - self._credit) / _CALLS_PER_SECOND

    def flush(self) -> None:
        """Pass on what waits, now."""
        with self._lock:
            self._pass_on()

    def close(self) -> None:
        """Pass on what waits, and take nothing more."""
        with self._lock:
            self._pass_on()
            self._closed = True
            self._hold_until = 0.0
        self._some_wait.set()
        if self._thread is not None:
            self._thread.join()

    def _pass_on(self) -> None:
        if self._passing_on:
            return
        self._passing_on = True
        try:
            while self._waiting:
                found, self._waiting = self._waiting, []
                self._take(found)
        finally:
            self._passing_on = False

    def _have_looked_after(self) -> None:
        """See that a thread passes on what waits."""
        self._some_wait.set()
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._look_after, name="event-batch", daemon=True
            )
            self._thread.start()

    def _look_after(self) -> None:
        """Pass on what nothing came after, until it is closed."""
        while True:
            self._some_wait.wait()
            time.sleep(_LATEST)
            with self._lock:
                if self._closed:
                    return
                if self._waiting:
                    self._pass_on()
                else:
                    self._some_wait.clear()
                    self._hold_until = 0.0  # the next one has to ring again
