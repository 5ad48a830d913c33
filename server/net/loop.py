"""Waits for clients: accepts connections, reads request heads, keeps the deadlines.

Exactly one thread at a time runs the loop (:meth:`ConnectionLoop.next_ready`): the server's own
in the single-threaded server, the current leader in the threaded one. Nothing here blocks on one
client, so a silent one costs no thread.

The places of a channel. *Parked*: in ``_parked`` and watched by the poller, it waits for bytes: of
its handshake, of a head, or, lingering, for the client's end. *Ready*: in ``_ready``, it holds a
complete head, or a fault that is to be answered. It stays watched, as the thread that runs the loop
is mostly the one that answers, and goes on with :meth:`ConnectionLoop.resume`. *Detached*: not
watched any more; it belongs to the thread that answers, and comes back by
:meth:`ConnectionLoop.give_back`. *Given*: its socket is the app's, until the request ends. What a
channel waits for, and how long, it has itself: ``stage`` and ``deadline``.

The deadlines are looked at once a second, and only while a channel is parked. A head that doesn't
arrive in time is answered with 408; every other channel is closed without an answer.

There is no lock. ``give_back``, ``wake``, ``stop`` and ``let_go`` are for any thread; their sets
and deques change by single steps of the interpreter, and are gone through as copies. Where the
poller allows it, a channel is parked by the thread that gives it back; otherwise it goes into
``_returned``, and a byte through a pair of sockets wakes the loop, which may be asleep without a
limit. Such a byte also carries a stop: a child that was forked for a request shares the sockets,
but no variable.

The end. Nothing is accepted any more, what is parked is handed over or closed, and ``emptied`` is
set; what was ready is still handed out. Where descriptors run out, the loop accepts nothing for a
second: what is in the backlog stays there.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Optional

from ..protocol.channel import CUT_AT_STOP, Channel
from ..protocol.parsing import BadRequest
from .polling import new_poller

__all__ = ["ConnectionLoop"]

_SWEEP = 1.0  # seconds between two looks at the deadlines
_ACCEPTS_AT_ONCE = 64
_STOP = b"s"
_NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class ConnectionLoop:
    """Turns listening sockets into a sequence of channels that hold a complete request.

    :param listeners: listening sockets; made non-blocking, never closed here
    :param accept: makes a channel of an accepted socket, or None to refuse it
    :ivar emptied: set once it has stopped, and no connection waits in it any more
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        accept: Callable[[socket.socket, object], Optional[Channel]],
    ) -> None:
        self._accept_channel = accept
        self._listeners = list(listeners)
        self._poller = new_poller()
        self._ready: deque[Channel] = deque()
        self._returned: deque[Channel] = deque()
        self._parked: set[Channel] = set()
        self._given: set[Channel] = set()
        self._next_sweep = 0.0
        self._polled_at = time.monotonic()
        self._accepting_again_at: Optional[float] = None
        self.stopping = False
        self.emptied = threading.Event()
        self.hand_over: Optional[Callable[[socket.socket, object, bytes], None]] = None
        self._waker, self._wakened = socket.socketpair()
        self._waker.setblocking(False)
        self._wakened.setblocking(False)
        self._poller.add(self._wakened, self._wakened)
        self._listening: list[int] = []
        for listener in self._listeners:
            listener.setblocking(False)
        self._listen()

    def wake(self) -> None:
        """Make a waiting loop look at ``stopping`` and at returned channels. Any thread."""
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
            self._waker.send(b"\0")

    def stop(self) -> None:
        """Accept nothing more and end, also when called in a forked child. Any thread."""
        self.stopping = True
        with contextlib.suppress(OSError):
            self._waker.send(_STOP)
        self.cut_given()

    def let_go(self, channel: Channel) -> None:
        """A connection becomes the app's until the request ends. The request's thread.

        Nothing else would end it when the server stops, so it is cut then.
        """
        self.detach(channel)
        self._given.add(channel)
        if self.stopping:
            self.cut_given()

    def take_back(self, channel: Channel) -> None:
        """The request of :meth:`let_go` is over. The request's thread."""
        self._given.discard(channel)

    def cut_given(self) -> None:
        """Cut the connections that are the app's. Any thread."""
        for channel in list(self._given):
            channel.abort(CUT_AT_STOP)

    def give_back(self, channel: Channel) -> None:
        """Return a detached channel that wants its next request. Any thread."""
        if (
            not self._poller.any_thread
            or self.stopping
            or channel.stage != "head"
            or channel.has_request()
        ):
            self._returned.append(channel)
            self.wake()
            return
        # From here on the loop's thread may be at work on the channel.
        try:
            self._await_request(channel)
        except (OSError, ValueError):  # the connection, or the loop, was closed meanwhile
            self._parked.discard(channel)
            channel.close()

    def next_ready(self) -> Optional[Channel]:
        """Wait for the next channel with a complete request. The loop's thread only.

        :returns: None once the loop was stopped and every request that had arrived was handed out
        """
        while True:
            if self._ready:
                return self._ready.popleft()
            if self.stopping:
                self._close_waiting()
                return self._ready.popleft() if self._ready else None
            self._poll()

    def resume(self, channel: Channel) -> None:
        """Go on with a channel whose request has been answered. The loop's thread only."""
        if channel.closed:
            return
        if channel.stage == "linger":
            self._park(channel)
        elif channel.has_request():
            self._ready.append(channel)
        else:
            self._await_request(channel)

    def detach(self, channel: Channel) -> None:
        """Stop watching a channel, as another thread will use it. The loop's thread only."""
        if channel.watched >= 0:
            self._poller.remove(channel.watched)
            channel.watched = -1
        self._parked.discard(channel)

    def drop(self, channel: Channel) -> None:
        """Close a channel and forget it. The loop's thread, or the thread it was detached for."""
        self.detach(channel)
        channel.close()

    def hand_over_or_close(self, channel: Channel) -> None:
        """Detach a connection between two requests, as the loop is ending, and hand it over to the
        server that follows, where there is one, else close it. Thread: as :meth:`drop`."""
        self.detach(channel)
        hand_over = self.hand_over
        if hand_over is not None and channel.can_be_handed_over():
            hand_over(*channel.surrender())
        else:
            channel.close()

    def close(self) -> None:
        """Close every connection that waits, and the loop itself. After the loop has ended."""
        for channel in [*self._parked, *self._ready, *self._returned]:
            self.hand_over_or_close(channel)
        self._parked.clear()
        self.emptied.set()
        self._poller.close()
        self._waker.close()
        self._wakened.close()

    def detach_in_child(self) -> None:
        """In a child that the app has forked: close this process's copies of what is the server's,
        and nothing of the server's itself."""
        self.stopping = True
        for sock in (*self._listeners, self._waker, self._wakened):
            sock.close()
        self._poller.close()

    def _await_request(self, channel: Channel) -> None:
        timeouts = channel.timeouts
        wait = timeouts.head if channel.buffer else timeouts.idle
        channel.deadline = time.monotonic() + wait
        if channel.taking is not None:
            channel.deadline = channel.taking.deadline
        self._park(channel)

    def _park(self, channel: Channel) -> None:
        self._parked.add(channel)
        if channel.watched < 0:
            # Before it is watched: it may be ready, and handed out, while add() returns.
            channel.watched = channel.sock.fileno()
            self._poller.add(channel.sock, channel)

    def _listen(self) -> None:
        self._listening = [self._poller.add(item, item) for item in self._listeners]

    def _stop_listening(self) -> None:
        for number in self._listening:
            self._poller.remove(number)
        self._listening.clear()

    def _poll(self) -> None:
        now = time.monotonic()
        held = now - self._polled_at
        if held > _SWEEP:  # by an app that ran on this thread: what came meanwhile isn't read yet
            for channel in list(self._parked):
                channel.grant(held)
        if now >= self._next_sweep:
            self._sweep(now)
            if self._ready:  # those that are to be answered that they were too slow
                self._polled_at = now
                return
        # Also where no deadline is near, see native.LONGEST_WAIT.
        ready = self._poller.poll(_SWEEP)
        self._polled_at = time.monotonic()
        for found in ready:
            if isinstance(found, Channel):
                self._advance(found)
            elif found is self._wakened:
                self._on_wake()
            elif isinstance(found, tuple):
                self._notice(found)
            else:
                self._accept(found)

    def watch(self, file: Any, action: Callable[[], None]) -> None:
        """Call a function, once, when a file with a descriptor is readable, and close the file.
        The loop's thread only.

        :raises OSError: it can't be watched
        :raises ValueError: the loop has ended
        """
        self._poller.add(file, (file, action))

    def _notice(self, watched: tuple[Any, Callable[[], None]]) -> None:
        file, action = watched
        self._poller.remove(file.fileno())
        file.close()
        action()

    def _on_wake(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                # A child that was forked for a request shares this socket, but no variable.
                if _STOP in self._wakened.recv(4096):
                    self.stopping = True
        while self._returned:
            self.resume(self._returned.popleft())

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS_AT_ONCE):
            try:
                sock, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _NO_DESCRIPTORS:
                    # The connection stays in the backlog; looking again at once would spin.
                    self._pause_accepting()
                return
            try:
                sock.setblocking(False)
                channel = self._accept_channel(sock, address)
            except OSError:  # reset before it was accepted, or a TLS context that fails
                channel = None
            if channel is None:
                sock.close()
            else:
                self._advance(channel)

    def _pause_accepting(self) -> None:
        if self._accepting_again_at is None:
            self._stop_listening()
        self._accepting_again_at = time.monotonic() + _SWEEP

    def _advance(self, channel: Channel) -> None:
        """Take in what a client sent, and see whether a request is complete."""
        if channel.closed:
            return
        try:
            if channel.stage == "handshake" and not channel.handshake():
                self._park(channel)
                return
            first = not channel.buffer
            alive = channel.receive()
        except OSError:
            if channel.taking is None:
                self.drop(channel)
                return
            alive = False
        if channel.stage == "linger":
            channel.buffer.clear()
            if not alive:
                self.drop(channel)
        elif channel.has_request():
            self._parked.discard(channel)
            self._ready.append(channel)
        elif channel.taking is not None and not alive:
            channel.taking.end()
            self._give_turn(channel)  # so it is reported how the request ended
        elif not alive:
            self.drop(channel)
        else:
            if channel.taking is not None:
                channel.deadline = channel.taking.deadline
            elif first and channel.buffer:
                channel.deadline = time.monotonic() + channel.timeouts.head
            self._park(channel)

    def _sweep(self, now: float) -> None:
        self._next_sweep = now + _SWEEP
        if self._accepting_again_at is not None and now >= self._accepting_again_at:
            self._accepting_again_at = None
            self._listen()
        # A copy first: another thread may be giving one back.
        for channel in [item for item in list(self._parked) if item.deadline < now]:
            if channel.taking is not None:
                channel.taking.end_late(channel.timeouts.body)
                self._give_turn(channel)
            elif channel.stage == "head" and channel.buffer:
                channel.fault = BadRequest(408, "the request's headers did not arrive in time")
                self._parked.discard(channel)
                self._ready.append(channel)
            else:
                self.drop(channel)

    def _give_turn(self, channel: Channel) -> None:
        """Have a request answered although its body isn't whole."""
        self.detach(channel)
        self._ready.append(channel)

    def _close_waiting(self) -> None:
        self._stop_listening()
        self._listeners.clear()
        while self._returned:
            self.resume(self._returned.popleft())
        for channel in list(self._parked):
            taking = channel.taking
            moves = self.hand_over is None or channel.can_be_handed_over()
            if taking is None or moves:
                self.hand_over_or_close(channel)
            else:
                taking.end()
                self._give_turn(channel)
        self.emptied.set()
