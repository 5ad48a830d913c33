"""The threads of the threaded server: one leads, the others follow.

The leader runs the connection loop *and* answers what arrives, in one thread: an app that answers
at once costs no thread switch, however many clients there are. A request that takes longer than a
tick must not keep the others waiting: the watching thread then makes a follower the new leader,
and the old one, once done, becomes a follower. Where such a request goes on for another tick, and
not for want of a processor, the app is one that waits for something; for a short while each request
is then handed over before it starts, so that many can wait side by side. Threads start on demand,
up to a limit, and end when they have been idle for a while.

The states of a thread. *Waiting*: in ``_take_lead``, for the lead to become free. *Leading*:
``_leader``; it is in the loop, or answers the channel in ``_busy``. *Apart*: its channel is in
``_running``, and another thread leads; when it has answered, it gives the channel back to the loop
and waits again. *Ended*: idle for ``_IDLE_SECONDS`` beside enough others, or the loop has ended.

The lock guards who leads, what is busy and what runs apart: a lead is taken and given on under it,
and nothing is answered under it. Two conditions stand on it: ``_lead_free`` for those that wait,
``_one_ended`` for :meth:`WorkerPool.drain`. A channel belongs to one thread at a time: the leader
has it until ``_hand_over`` detaches it from the loop; after that the loop must not touch it before
``give_back``. After an answer the leader therefore looks under the lock whether it still leads.

``_serial``, ``_asleep`` and the setting of ``_busy`` do without the lock, since they are on the way
of every request. ``_serial`` grows with each request: the watching thread takes a lead away only if
it has seen the same number a tick ago. Before it sleeps it sets ``_asleep`` and then reads
``_busy``; the leader sets ``_busy`` and then reads ``_asleep``. So one of the two sees the other,
and no request is left unwatched. Where both do, the alarm rings once too often, which is harmless.

``watch`` runs on the thread that called ``serve_forever``; everything else on the pool's threads.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Optional

from ..base import native
from ..protocol.channel import Channel
from .loop import ConnectionLoop

__all__ = ["WorkerPool"]

_TICK = 0.004  # seconds a request may take before another thread leads
_QUIET_TICKS = 25  # ticks without a request after which the watching thread sleeps
_CAUTION = 0.05  # seconds in which requests are handed over before they start, at first
_MOST_CAUTION = 0.8
_IDLE_SECONDS = 10.0
_SPARE_THREADS = 2
_MOST_HELD = 1024


class WorkerPool:
    """Answers the loop's requests until the loop is stopped.

    :param serve: answers what a channel holds; True when the channel is to be used further
    :param max_threads: how many requests may run at once, beside those that wait for their client
    :ivar drained: requests that were running when the stop came and have ended since
    :ivar failure: the error that ended the pool: one that ``serve`` let through
    """

    def __init__(
        self,
        loop: ConnectionLoop,
        serve: Callable[[Channel], bool],
        max_threads: int,
        name: str,
    ) -> None:
        self._loop = loop
        self._serve = serve
        self._max_threads = max_threads
        self._name = name
        self._lock = threading.Lock()
        self._lead_free = threading.Condition(self._lock)
        self._one_ended = threading.Condition(self._lock)  # only drain() waits for it
        # Not an Event: a signal handler may ring it, in the middle of its own thread's wait.
        self._alarm: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._started = 0
        self._waiting = 0
        self._held = 0
        self._on_wait = self.hold  # made once: it is given to each channel
        self._leader: Optional[threading.Thread] = None
        self._busy: Optional[Channel] = None
        self._serial = 0
        self._cautious_until = 0.0
        self._caution = _CAUTION
        self._caution_ends = 0.0
        self._suspect: Optional[tuple[Channel, threading.Thread]] = None
        self._asleep = False
        self._loop_ended = False
        self._running: set[Channel] = set()
        self.failure: Optional[BaseException] = None
        self.drained = 0

    def start(self) -> None:
        """Start the first thread."""
        with self._lock:
            self._add_thread()

    def wake(self) -> None:
        """Make :meth:`watch` look up. Any thread."""
        self._alarm.put(None)

    def watch(self, stop_wanted: Callable[[], bool]) -> None:
        """Give the lead on whenever a leader is held up; returns when a stop is wanted."""
        quiet = 0
        while not stop_wanted():
            serial = self._serial
            if quiet > _QUIET_TICKS:
                self._asleep = True
                # The leader sets _busy, then reads _asleep: one of the two sees the other.
                if self._busy is not None or self._sleep(native.LONGEST_WAIT):
                    quiet = 0
                self._asleep = False
            else:
                self._sleep(_TICK)
            self._look(serial)
            quiet = quiet + 1 if serial == self._serial else 0

    def _sleep(self, seconds: float) -> bool:
        """Wait for the alarm.

        :returns: whether it rang
        """
        try:
            self._alarm.get(timeout=seconds)
        except queue.Empty:
            return False
        with contextlib.suppress(queue.Empty):
            while True:
                self._alarm.get_nowait()
        return True

    def drain(self, seconds: float) -> set[Channel]:
        """Wait until the loop has ended and every request with it.

        :param seconds: how long at most
        :returns: the channels whose requests still run
        """
        deadline = time.monotonic() + seconds
        while True:
            serial = self._serial
            with self._lock:
                busy = set(self._running)
                if self._busy is not None:
                    busy.add(self._busy)
                if self._loop_ended and not busy:
                    return set()
                left = deadline - time.monotonic()
                if left <= 0:
                    return busy
                self._one_ended.wait(min(left, _TICK))
            self._look(serial)

    def end(self, seconds: float) -> bool:
        """Send every idle thread home.

        :returns: whether all threads have ended in time
        """
        with self._lock:
            self._loop_ended = True
            self._lead_free.notify_all()
            threads = list(self._threads)
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def hold(self, change: int) -> None:
        """Count a request that waits for its client: its thread takes no other request's place.

        So clients that are slow, as many as they are, or that have a websocket, don't keep the
        others out. Any thread of a request.

        :param change: 1 when it begins to wait, -1 when it goes on
        """
        with self._lock:
            self._held += change
            if change > 0 and self._leader is None and not self._loop_ended:
                self._call_leader()

    def _call_leader(self) -> None:
        """Have another thread lead. Called with the lock, while nobody is in the loop."""
        if self._waiting:
            self._lead_free.notify()
        elif len(self._threads) - min(self._held, _MOST_HELD) < self._max_threads:
            self._add_thread()

    def _look(self, serial: int) -> None:
        """Take the lead from a thread that has been on one request since ``serial`` was read."""
        suspect, self._suspect = self._suspect, None
        waits = suspect is not None and suspect[0] in self._running and _is_asleep(suspect[1])
        with self._lock:
            if waits:
                self._be_cautious()
            channel, leader = self._busy, self._leader
            if channel is not None and leader is not None and serial == self._serial:
                self._suspect = channel, leader
                self._hand_over(channel)

    def _be_cautious(self) -> None:
        """Hand requests over before they start, for a while: for longer where the last while is
        only just over, as each finding out keeps all clients waiting for two ticks."""
        now = time.monotonic()
        again = now - self._caution_ends < self._caution
        self._caution = min(2 * self._caution, _MOST_CAUTION) if again else _CAUTION
        self._caution_ends = self._cautious_until = now + self._caution

    def _hand_over(self, channel: Channel) -> None:
        """Make way for another leader. Called with the lock, while nobody is in the loop."""
        self._busy = None
        self._leader = None
        self._running.add(channel)
        self._loop.detach(channel)
        self._call_leader()

    def _add_thread(self) -> None:
        self._started += 1
        thread = threading.Thread(
            target=self._work, name=f"{self._name}-{self._started}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads: those there are take turns
            return
        self._threads.add(thread)

    def _work(self) -> None:
        me = threading.current_thread()
        try:
            while self._take_lead(me):
                self._lead(me)
        except BaseException as error:
            # Only what `serve` was asked to let through comes here; serve_forever raises it again.
            self.failure = error
            self._loop.stopping = True
            self._loop.wake()
            self._alarm.put(None)
        finally:
            with self._lock:
                if self._leader is me:
                    self._leader = self._busy = None
                    self._loop_ended = True
                    self._lead_free.notify_all()
                self._threads.discard(me)
                self._one_ended.notify_all()

    def _take_lead(self, me: threading.Thread) -> bool:
        """Wait for the lead. False: the thread isn't needed any more."""
        with self._lock:
            while self._leader is not None and not self._loop_ended:
                self._waiting += 1
                notified = self._lead_free.wait(_IDLE_SECONDS)
                self._waiting -= 1
                # The lead may have become free at the very moment the wait ended.
                if not notified and self._leader is not None and self._waiting >= _SPARE_THREADS:
                    return False
            if self._loop_ended:
                return False
            self._leader = me
            return True

    def _lead(self, me: threading.Thread) -> None:
        """Run the loop and answer, until the loop ends or another thread leads."""
        loop = self._loop
        while True:
            channel = loop.next_ready()
            if channel is None:
                with self._lock:
                    self._loop_ended = True
                    self._leader = None
                    self._lead_free.notify_all()
                    self._one_ended.notify_all()
                return
            if self._cautious_until:
                if time.monotonic() < self._cautious_until:
                    with self._lock:
                        self._hand_over(channel)
                    self._finish_apart(channel, self._answer(channel))
                    return
                self._cautious_until = 0.0
            self._busy = channel
            self._serial += 1
            if self._asleep:
                self._alarm.put(None)
            usable = self._answer(channel)
            with self._lock:
                still_leading = self._leader is me
                if still_leading:
                    self._busy = None
            if not still_leading:
                self._finish_apart(channel, usable)
                return
            if usable:
                loop.resume(channel)
            else:
                loop.drop(channel)

    def _answer(self, channel: Channel) -> bool:
        """Answer a channel; an error that ends the pool ends the connection first."""
        stopping = self._loop.stopping
        channel.on_wait = self._on_wait
        try:
            usable = self._serve(channel)
            if not stopping and self._loop.stopping:
                with self._lock:
                    self.drained += 1
            return usable
        except BaseException:
            with self._lock:  # both, or the watching thread still hands the request over
                self._running.discard(channel)
                if self._busy is channel:
                    self._busy = None
            channel.close()
            raise

    def _finish_apart(self, channel: Channel, usable: bool) -> None:
        """Return a channel that was answered while another thread led."""
        with self._lock:
            self._running.discard(channel)
            ended = self._loop_ended
            self._one_ended.notify_all()
        if usable and not ended:
            self._loop.give_back(channel)
        elif usable:
            self._loop.hand_over_or_close(channel)
        else:
            channel.close()


def _is_asleep(thread: threading.Thread) -> bool:
    """Whether a thread waits for something else than a processor.

    On a busy machine, a request may take several ticks and yet be about to end. Where the system
    doesn't report it (only Linux does, see proc(5)), it is taken to be asleep.
    """
    try:
        line = Path(f"/proc/self/task/{thread.native_id}/stat").read_bytes()
        state = line.rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state != b"R"
