"""Events that come one by one, passed on together where there are very many."""

from __future__ import annotations

import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Optional, Union

from ..events import Event
from .exchanges import Record

__all__ = ["EventBatch"]

# Each event is passed on at once, so that not even a crash of the process takes it along. Where
# thousands come in a second, those that come within ten milliseconds are passed on together.
_CALLS_PER_SECOND = 100
_BURST = 200  # calls for which there need not have been time
_MOST_WAITING = 2000
_LATEST = 1 / _CALLS_PER_SECOND  # seconds that any is held, unless the clock was set back
_GRACE = 0.002  # seconds in which the next one may come, before a thread of the batch's own does it


class EventBatch:
    """Collects events, and the records of requests, and passes them on within some milliseconds,
    in order. Any thread.

    An event may come from within ``take``, as where an object of the app prints in its ``__del__``:
    it is passed on after the others. In a forked child each is passed on at once.

    :param take: called with one or more of them, by one thread at a time; doesn't raise
    """

    def __init__(self, take: Callable[[Sequence[Union[Event, Record]]], None]) -> None:
        self._take = take
        self._closed = False
        self._is_child = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            _reset_in_children(weakref.ref(self))

    def _begin(self) -> None:
        self._waiting: deque[Union[Event, Record]] = deque()
        self._append = self._waiting.append
        self._credit = float(_BURST)
        self._credit_at = 0.0
        self._hold_until = 0  # nanoseconds since 1970 before which there is no credit for a call
        self._passing_on = False
        self._lock = threading.RLock()
        self._starting = threading.RLock()
        # Not an Event: a signal handler may ring it while its own thread does.
        self._alarm: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_awake = False
        self._thread: Optional[threading.Thread] = None

    def _begin_in_child(self) -> None:
        """What waits is the parent's; it has the thread, too, and perhaps the lock."""
        self._is_child = True
        self._begin()

    def put(self, event: Event) -> None:
        """Add an event; without effect once it is closed."""
        self._append(event)
        if time.time_ns() >= self._hold_until:
            self._pass_on_or_hold()
        elif len(self._waiting) > _MOST_WAITING:
            self.flush()

    def note(self, record: Record) -> None:
        """Add a record, as :meth:`put` does an event."""
        self._append(record)
        if record[2] >= self._hold_until:
            self._pass_on_or_hold()

    def flush(self) -> None:
        """Pass on what waits, now; where another thread does so, wait for it."""
        with self._lock:
            self._take_all()
        self._pass_on()

    def close(self) -> None:
        """Pass on what waits, and take nothing more."""
        with self._lock:
            self._hold_until = 0
            self._take_all()
            self._closed = True
        self._alarm.put(None)
        if self._thread is not None:
            self._thread.join()

    def _pass_on_or_hold(self) -> None:
        if self._closed:
            self._waiting.clear()
            return
        now = time.time()
        passed = max(0.0, now - self._credit_at)  # the clock may have been set back
        self._credit_at = now
        self._credit = min(self._credit + passed * _CALLS_PER_SECOND, _BURST)
        if self._credit >= 1 or self._is_child:
            self._credit -= 1
            self._pass_on()
        else:
            self._hold_until = int((now + (1 - self._credit) / _CALLS_PER_SECOND) * 1e9)
            self._have_looked_after()
        if len(self._waiting) > _MOST_WAITING:  # whoever takes them can't keep pace
            self.flush()

    def _pass_on(self) -> None:
        """Pass on what waits, unless another thread is at it: that one looks again at its end.

        So no thread waits for another, and a signal handler that prints not for its own thread.
        """
        while self._waiting and self._lock.acquire(blocking=False):
            try:
                if self._passing_on:  # this thread, further up, takes it
                    return
                self._take_all()
            finally:
                self._lock.release()

    def _take_all(self) -> None:
        """With the lock."""
        if self._passing_on:
            return
        self._passing_on = True
        waiting = self._waiting
        try:
            while waiting:
                self._take([waiting.popleft() for _ in range(len(waiting))])
        finally:
            self._passing_on = False

    def _have_looked_after(self) -> None:
        """See that a thread passes on what waits."""
        if not self._is_awake:
            self._is_awake = True
            self._alarm.put(None)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._look_after, name="event-batch", daemon=True
                    )
                    self._thread.start()

    def _look_after(self) -> None:
        """Pass on what nothing came after, until it is closed."""
        while not self._closed:
            if not self._is_awake:
                self._alarm.get()
            held = (self._hold_until - time.time_ns()) / 1e9
            time.sleep(min(max(held, 0.0), _LATEST) + _GRACE)
            if 0 < self._hold_until - time.time_ns() <= _LATEST * 1e9:
                continue  # others have come since, and passed on what was there
            if not self._waiting:
                self._is_awake = False
                self._hold_until = 0  # the next one has to ring again
            self._pass_on()  # also one that was added in this very moment


def _reset_in_children(batch: weakref.ref[EventBatch]) -> None:
    def reset() -> None:
        found = batch()
        if found is not None:
            found._begin_in_child()

    os.register_at_fork(after_in_child=reset)
