"""A thread that carries out calls one after the other: what supervisor and process host live on.

An object with a mailbox keeps its state on that thread alone, without locks: other threads, and
signal handlers, post calls and go on. Three promises hold whatever happens:

* Whatever a call raises is caught in one place, logged, and given to ``on_fault``, whose own faults
  are caught, too. The thread ends only by :meth:`Mailbox.close`.
* :meth:`Mailbox.post` takes no lock, starts no thread and never waits, so that a stop can be asked
  for at any moment, also within a signal handler, or where no further thread can be started.
* :meth:`Mailbox.post_bounded` waits while very many such calls are pending, so that a worker that
  reports faster than anybody can read is held back; it never waits for a mailbox that is closed.

Calls that are pending when the mailbox closes are dropped.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable

__all__ = ["Mailbox"]

Call = Callable[[], None]

_log = logging.getLogger(__name__)


class Mailbox:
    """See the module.

    :param name: the thread's
    :param on_fault: takes what a call has raised, on the mailbox's thread
    :param bound: how many bounded calls may be pending
    """

    def __init__(
        self, name: str, on_fault: Callable[[BaseException], None], bound: int = 500
    ) -> None:
        self._name = name
        self._on_fault = on_fault
        self._bound = bound
        self._calls: queue.SimpleQueue[tuple[Call, bool]] = queue.SimpleQueue()
        self._slots = threading.Semaphore(bound)
        self._lock = threading.Lock()  # guards _thread
        self._thread: threading.Thread | None = None
        self._is_closed = False
        # The mailbox's thread only.
        self._alarms: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()

    # Any thread

    def start(self, call: Call) -> None:
        """Post a call, and start the thread where there is none. Any thread.

        :raises RuntimeError: no further thread can be started
        """
        with self._lock:  # both, or the thread may end in between, and another one never would
            self._calls.put((call, False))
            if self._thread is None:
                thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._is_closed = False
                thread.start()
                self._thread = thread

    def post(self, call: Call) -> None:
        """Have something done. Any thread, also within a signal handler."""
        self._calls.put((call, False))

    def post_bounded(self, call: Call) -> None:
        """As :meth:`post`, but wait while too many such calls are pending. Not on its thread."""
        if not self._is_closed:
            self._slots.acquire()
            self._calls.put((call, True))

    def post_and_join(self, call: Call, timeout: float) -> bool:
        """Post a call, by which the mailbox will be closed, and wait for the thread's end.

        :param timeout: seconds to wait at most
        :returns: whether it has ended; also where there was none
        """
        with self._lock:
            thread = self._thread
            if thread is None:
                return True
            self._calls.put((call, False))
        thread.join(timeout)
        return not thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end, at most ``timeout`` seconds; whether it has ended."""
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    # The mailbox's thread

    def after(self, seconds: float, call: Call) -> None:
        """Have something done later, unless the mailbox is closed by then."""
        heapq.heappush(self._alarms, (time.monotonic() + seconds, next(self._numbers), call))

    def close(self) -> None:
        """End the thread after this call."""
        self._is_closed = True

    def _work(self) -> None:
        while not self._is_closed:
            try:
                self._next()()
            except BaseException as error:  # whatever it is: who waits for an end must get it
                self._report(error)
        with self._lock:
            self._thread = None
            self._alarms.clear()
            while not self._calls.empty():
                _, is_bounded = self._calls.get()
                if is_bounded:
                    self._slots.release()
        self._slots.release(self._bound)  # those that wait for a slot go on
        self._slots = threading.Semaphore(self._bound)

    def _next(self) -> Call:
        """Wait for a call, or for the time of an alarm."""
        wait = max(0.0, self._alarms[0][0] - time.monotonic()) if self._alarms else None
        try:
            call, is_bounded = self._calls.get(timeout=wait)
        except queue.Empty:
            return heapq.heappop(self._alarms)[2]
        if is_bounded:
            self._slots.release()
        return call

    def _report(self, error: BaseException) -> None:
        with contextlib.suppress(BaseException):
            _log.error("%s: a call failed", self._name, exc_info=error)
        try:
            self._on_fault(error)
        except BaseException as another:
            with contextlib.suppress(BaseException):
                _log.error("%s: the report of it failed, too", self._name, exc_info=another)
