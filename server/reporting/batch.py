"""Events that come one by one, passed on one by one, or together where there are very many.

The promise. Each event is passed on before :meth:`EventBatch.emit` returns, so that not even a
crash of the process takes it along. To pass one on costs a system call or more, though, which a
flood of requests can't afford: of the events of one second, those beyond the first ``_AT_ONCE`` are
held, for twice ``_HELD`` seconds at most, and passed on together. They are never passed on out of
order.

The states. *At once*: ``_holding`` is false, and each ``emit`` passes on what waits. *Holding*: the
second's budget is used up; ``emit`` only appends, and a thread, the timer, passes on what waits
every ``_HELD`` seconds, unless somebody else did so meanwhile. It is started when it is first
needed, and sleeps while nothing is held. When nothing came between two of its turns, it sets
``_holding`` to false again; then it looks once more, for an event that was appended just before
that and is nobody else's to pass on. Where ``_FULL`` events wait, ``emit`` passes them on and
doesn't leave that to the timer, which would have to get the interpreter's lock for it; where
``_MOST`` wait, the taker can't keep pace, and ``emit`` waits for it.

The locks. There is one, for the right to call ``take``. ``emit`` tries to get it and doesn't wait:
the thread that holds it looks again after releasing it, and finds what was appended meanwhile. So a
signal handler that prints never waits for the thread that it interrupted. It is reentrant, since
that thread may be its own, or ``take`` may emit, as where an object of the app is collected just
then and prints: then ``_taking`` is true, and the event is left to the call further up, which goes
on until nothing waits. Even the wait for a full batch has a limit: the interrupted thread may be
what ``take`` waits for.

A forked child has neither the timer nor, perhaps, the lock's holder. One that is a part of the
server begins anew, with nothing waiting, as that is its parent's, and passes on each event at once;
one of the app's takes nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Optional

from ..base import native
from ..base.forks import Forked, register
from ..events import Event

__all__ = ["EventBatch"]

_AT_ONCE = 200  # events of a second that are passed on one by one
_HELD = 0.01  # seconds that an event is held
_FULL = 250  # events that wait for the timer
_MOST = 2000  # events that wait for the one who takes them
_PATIENCE = 0.2  # seconds that one who emits waits for a full batch


class EventBatch(Forked):
    """Collects events and passes them on, in order, at once or within some milliseconds.

    :param take: called with one or more events, by one thread at a time; doesn't raise
    """

    def __init__(self, take: Callable[[Sequence[Event]], None]) -> None:
        self._take = take
        self._closed = False
        self._always_at_once = False
        self._begin()
        register(self)

    def _begin(self) -> None:
        self._waiting: deque[Event] = deque()
        self._second = 0.0  # when the one whose events are counted began
        self._count = 0
        self._holding = False
        self._taking = False
        self._turn = 0  # of passing on
        self._lock = native.ReentrantLock()
        self._wake: native.SimpleQueue[None] = native.SimpleQueue()  # a signal handler puts, too
        self._timer_is_mine = native.allocate_lock()  # taken by the one who starts it, for good
        self._timer: Optional[native.Ending] = None

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`."""
        self._always_at_once = True
        self._closed = self._closed or not ours
        self._begin()

    def emit(self, event: Event) -> None:
        """Take an event. Any thread; without effect once the batch is closed."""
        if self._closed:
            return
        waiting = self._waiting
        waiting.append(event)
        if self._holding:
            if len(waiting) >= _FULL:
                self._pass_on_when_full()
        elif self._may_pass_on():
            self._pass_on()
        else:
            self._hold()

    def flush(self) -> None:
        """Pass on what waits, now; where another thread does so, wait for it."""
        with self._lock:
            self._take_all()
        self._pass_on()

    def close(self) -> None:
        """Pass on what waits, and take nothing more."""
        with self._lock:
            self._take_all()
            self._closed = True
        self._wake.put(None)
        if self._timer is not None:
            self._timer.wait()

    def _may_pass_on(self) -> bool:
        """Count an event, and return whether it is passed on at once."""
        now = native.monotonic()
        if now - self._second >= 1:
            self._second, self._count = now, 0
        self._count += 1
        return self._count <= _AT_ONCE or self._always_at_once

    def _hold(self) -> None:
        """Leave what waits to the timer."""
        self._holding = True
        if self._timer_is_mine.acquire(blocking=False):
            try:
                self._timer = native.start_thread(self._run_timer)
            except RuntimeError:  # the interpreter is about to end, or the system has no more
                self._always_at_once, self._holding = True, False
                self._pass_on()
                return
        self._wake.put(None)

    def _run_timer(self) -> None:
        """Pass on what is held, until the batch is closed. The timer's thread."""
        while not self._closed:
            self._wake.get()
            while self._holding:
                turn = self._turn
                native.sleep(_HELD)
                if turn != self._turn:  # what waits has come since
                    continue
                if not self._waiting:
                    self._holding = False
                self._pass_on()

    def _pass_on(self) -> None:
        """Pass on what waits, unless another thread is at it: that one looks again at its end."""
        while self._waiting and self._lock.acquire(blocking=False):
            try:
                if self._taking:  # this thread, further up
                    return
                self._take_all()
            finally:
                self._lock.release()

    def _pass_on_when_full(self) -> None:
        """Pass on what waits; wait a while for another thread that is at it and can't keep pace."""
        if len(self._waiting) >= _MOST and self._lock.acquire(timeout=_PATIENCE):
            self._lock.release()
        self._pass_on()

    def _take_all(self) -> None:
        """With the lock."""
        if self._taking:
            return
        self._taking = True
        self._turn += 1
        waiting = self._waiting
        try:
            while waiting:
                self._take([waiting.popleft() for _ in range(len(waiting))])
        finally:
            self._taking = False
