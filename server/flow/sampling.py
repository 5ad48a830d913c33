"""Where the time of a slow view goes: its own lines, sampled while it runs.

A request whose steps are recorded is watched from when its app is about to be called. Once it has
run for ``SLOW`` seconds, the stack of its thread is looked at every ``EVERY`` seconds, and the
innermost line of the project's own code is counted. At the request's end the counts are its own
hottest lines. Reading a stack runs no code of the app.

The thread. One does that for all requests of a server. A request that finds none starts it; it
sleeps until the oldest request is slow, and ends when there has been no request for ``LINGERS``
seconds, so a server that nobody asks has none, and one that is asked often doesn't start one for
each request. It is of the system's: under gevent and eventlet one thread of the system's runs all
requests, and the stack that it has at the moment may be another's, so there nothing is sampled.

The states. *Alive* is set under the lock, by the request that starts the thread, and cleared by the
thread before it looks a last time whether a request has come: a request puts itself among those
that run before it looks whether the thread is alive, so one of the two sees the other.

A sample needs the interpreter's lock, as any code does: while C code holds it there is none. How
many there were is reported beside them, since it says how much they stand for.
"""

from __future__ import annotations

import sys
import threading
import weakref
from time import perf_counter_ns as now
from typing import Any, Optional

from ..base import limits, native
from ..base.forks import Forked, register
from .places import Place, own_line_in
from .spans import problem

__all__ = ["NOT_SAMPLED", "Sampled", "Sampler", "Samples"]

Samples = tuple[tuple[str, int, str, int], ...]
"""File, line, function and number of samples of own lines, most first."""

SLOW = 0.05
EVERY = 0.01
LINGERS = 1.0


class Sampled:
    """The samples of one request.

    :param sampler: takes them
    :ivar thread: which answers the request
    :ivar began: when it did, by ``perf_counter_ns``
    :ivar taken: how many samples there are, also those without a line of the project's
    """

    __slots__ = ("__weakref__", "_counts", "_problem", "_sampler", "began", "taken", "thread")

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._counts: dict[Place, int] = {}
        self._problem: Optional[Exception] = None
        self.thread = native.get_ident()
        self.began = now()
        self.taken = 0

    def add(self, frame: Any) -> None:
        """Count the line at which a stack stands. The sampler's thread.

        :param frame: the innermost one
        """
        self.taken += 1
        try:
            place = own_line_in(frame)
        except Exception as error:  # of ours; logged by a thread that the app's logging may know
            self._problem = error
            return
        if place is not None and (place in self._counts or len(self._counts) < limits.SAMPLES):
            self._counts[place] = self._counts.get(place, 0) + 1

    def end(self) -> tuple[Samples, int]:
        """Take no more. The request's thread, once.

        :returns: the hottest lines, and how many samples were taken
        """
        self._sampler.forget(self)
        error, self._problem = self._problem, None
        if error is not None:
            problem(error)
        if not self.taken:
            return NOT_SAMPLED
        counts = sorted(self._counts.copy().items(), key=lambda item: -item[1])
        return tuple([(*place, n) for place, n in counts[: limits.SAMPLED_LINES]]), self.taken


NOT_SAMPLED: tuple[Samples, int] = ((), 0)
"""What there is of a request that was quick, or isn't watched."""


class Sampler(Forked):
    """Samples the slow requests of one server. Any thread.

    :ivar is_alive: its thread runs
    """

    def __init__(self) -> None:
        # Weakly: a request that has no end, as its connection broke, is not watched for ever.
        self._running: dict[int, weakref.ref[Sampled]] = {}
        self._lock = native.allocate_lock()
        self.is_alive = False
        self._samples = not _threads_are_replaced()
        register(self)

    def begin_in_child(self, ours: bool) -> None:
        """The thread isn't there, nor are other requests; see ``Forked``."""
        self._running.clear()
        self._lock = native.allocate_lock()
        self.is_alive = False
        self._samples = self._samples and ours

    def begin(self) -> Sampled:
        """Watch the request that the running thread answers from now on."""
        sampled = Sampled(self)
        if self._samples:
            self._running[id(sampled)] = weakref.ref(sampled)
            if not self.is_alive:
                self._start()
        return sampled

    def forget(self, sampled: Sampled) -> None:
        """Take no more samples of a request."""
        self._running.pop(id(sampled), None)

    # Internal

    def _start(self) -> None:
        with self._lock:
            if self.is_alive:
                return
            self.is_alive = True
        try:
            native.start_thread(self._sample)
        except RuntimeError:  # the system has no more: there are more urgent things than this
            self.is_alive = False

    def _sample(self) -> None:
        idle_since = now()
        while True:
            running = self._watched()
            at = now()
            if running:
                idle_since = at
            elif at - idle_since > LINGERS * 1e9 and self._has_ended():
                return
            slow = [sampled for sampled in running if at - sampled.began >= SLOW * 1e9]
            if slow:
                frames = sys._current_frames()
                for sampled in slow:
                    frame = frames.get(sampled.thread)
                    if frame is not None:
                        sampled.add(frame)
                del frames  # they hold what the app's variables hold
                frame = None
                native.sleep(EVERY)
            else:
                oldest = min((sampled.began for sampled in running), default=at)
                native.sleep(max(0.001, SLOW - (at - oldest) / 1e9))
            running = slow = []

    def _watched(self) -> list[Sampled]:
        found = []
        for key, reference in list(self._running.items()):
            sampled = reference()
            if sampled is not None:
                found.append(sampled)
            elif self._running.get(key) is reference:
                del self._running[key]
        return found

    def _has_ended(self) -> bool:
        self.is_alive = False
        if not self._running:
            return True
        with self._lock:  # a request has come in this moment, and may have started another thread
            if self.is_alive:
                return True
            self.is_alive = True
        return False


def _threads_are_replaced() -> bool:
    """Whether requests are answered by what isn't a thread of the system's each."""
    return threading.get_ident is not native.get_ident
