"""The children of the forking server: who they are, and how they ended.

A child that has answered its request reports it by its exit status; any other end is the app's
doing, or a crash, and becomes the event of one failed request. Used by the forking server's own
thread.
"""

from __future__ import annotations

import contextlib
import functools
import mmap
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

from ..base.forks import fork
from ..base.values import dataclass
from ..events import RequestFinished
from ..protocol.channel import CUT_AT_STOP, Channel
from ..protocol.parsing import BadRequest, Limits, parse_head
from ..reporting.exchanges import request_facts
from ..reporting.reporter import Reporter

__all__ = ["ANSWERED", "Child", "Children", "interrupts_held_back"]

ANSWERED = 87
"""The exit status of a child that has done its work: none that an app would choose."""

_REAP_SECONDS = 0.005  # between two looks at the children, where they are waited for
_REAP_TRIES = 20
_UPGRADED = 64  # children that may run beside the others, as they have a websocket perhaps


@dataclass(frozen=True)
class Child:
    """One request and the process that answers it.

    :param number: the request's number
    :param head: its head, as received
    :param address: the client's
    :param started: when it was forked, in unix seconds
    :param sock: the client's, where it asks for another protocol: to be cut when the server stops
    """

    pid: int
    number: int
    head: bytes
    limits: Limits
    address: Any
    started: float
    sock: Optional[socket.socket] = None

    def cut(self) -> None:
        """End what the app does with the client's socket."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Let a Ctrl+C that comes in the midst of the block come at its end.

    Python calls functions of its own and of the app's around a fork, and passes over an exception
    in one of them; a KeyboardInterrupt there would be lost.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with _handler_held_back():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _handler_held_back() -> Iterator[None]:
    """A blocked signal goes to another thread, a watcher's, and its handler is called on the main
    one all the same. A block that puts a handler of its own there keeps it."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def hold(number: int, frame: Any) -> None:
        came.append(number)

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is hold:
            signal.signal(signal.SIGINT, handler)
            if came:
                signal.raise_signal(signal.SIGINT)


class Children:
    """The processes that answer requests now.

    :param watch: calls a function, once, when a file is readable, and closes the file
    """

    def __init__(self, watch: Callable[[Any, Callable[[], None]], None]) -> None:
        self._watch = watch
        self._running: dict[int, Child] = {}
        self._files: list[Any] = []
        self._ended = -1
        self._cut = mmap.mmap(-1, 1)  # shared with the children, by no descriptor
        self.reporter: Optional[Reporter] = None

    def __len__(self) -> int:
        return len(self._running)

    def fork(self) -> int:
        """``os.fork`` for a child that :meth:`add` takes."""
        if _has_pidfd():
            return fork()
        self._ended, alive = os.pipe()
        pid = fork()
        os.close(alive if pid else self._ended)  # the child has its end as long as it lives
        return pid

    def _end_of(self, pid: int) -> Any:
        """A file that is readable when a child has ended.

        :raises OSError: the system has no more descriptors
        """
        if self._ended < 0:
            return os.fdopen(os.pidfd_open(pid), "rb", buffering=0)
        ended, self._ended = self._ended, -1
        return os.fdopen(ended, "rb", buffering=0)

    def _reap_soon(self) -> None:
        """One has ended. The end of its pipe comes a moment before it can be collected."""
        for _ in range(_REAP_TRIES):
            count = len(self._running)
            self.reap()
            if len(self._running) < count or not count:
                return
            time.sleep(_REAP_SECONDS)

    def add(self, pid: int, number: int, channel: Channel) -> None:
        """Remember a child that was just forked for the request that a channel holds."""
        head = bytes(channel.buffer[: max(0, channel.head_length)])
        sock = None
        if b"upgrade" in head.lower():
            sock = socket.socket(fileno=os.dup(channel.sock.fileno()))
        self._running[pid] = Child(
            pid, number, head, channel.limits, channel.address, time.time(), sock
        )
        # So a crash is reported at once, and not at the next request.
        with contextlib.suppress(OSError, ValueError):
            file = self._end_of(pid)
            self._files = [item for item in self._files if not item.closed]
            self._files.append(file)
            self._watch(file, self._reap_soon)

    def why_cut(self) -> str:
        """Why the connection of a child was broken by the server's own process. A child."""
        return CUT_AT_STOP if self._cut[0] else ""

    def reap(self, late: str = "") -> None:
        """Collect those that have ended; waits for none.

        :param late: what the record is to have of one without an answer; "" for how it ended
        """
        for child in list(self._running.values()):
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has collected it
                self._forget(child)
                continue
            if pid:
                self._forget(child)
                code = os.waitstatus_to_exitcode(status)
                if code != ANSWERED:
                    self._report_lost(
                        child, late or f"the process that answered it ended: {_how(code)}"
                    )

    def _forget(self, child: Child) -> None:
        self._running.pop(child.pid, None)
        if child.sock is not None:
            child.sock.close()

    def wait_for_place(self, limit: int, is_over: Callable[[], bool]) -> None:
        """Block until fewer than ``limit`` are running, or it is over.

        Those that have a websocket wait for their client, and don't take another's place.
        """
        self.reap()
        while not self._has_place(limit) and not is_over():
            time.sleep(_REAP_SECONDS)
            self.reap()

    def _has_place(self, limit: int) -> bool:
        working = sum(child.sock is None for child in self._running.values())
        return working < limit and len(self._running) < limit + _UPGRADED

    def end(self, seconds: float) -> int:
        """Wait for all of them, and kill those that take longer; nothing watches any more.

        :returns: how many had to be killed
        """
        for file in self._files:
            file.close()
        self._cut[0] = 1
        for child in list(self._running.values()):
            child.cut()
        deadline = time.monotonic() + seconds
        while self._running and time.monotonic() < deadline:
            time.sleep(_REAP_SECONDS)
            self.reap()
        left = list(self._running)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._running:
            time.sleep(_REAP_SECONDS)
            self.reap(f"cut off: still running after {seconds:g} s")
        return len(left)

    def _report_lost(self, child: Child, problem: str) -> None:
        """A child has ended without an answer: one failed request, with the reason."""
        if self.reporter is None:
            return
        facts: dict[str, Any] = {}
        with contextlib.suppress(BadRequest):
            head = parse_head(child.head, child.limits)
            facts = request_facts(head)
        duration = max(0.0, time.time() - child.started)
        self.reporter.emit(
            RequestFinished.of(
                id=child.number, started=child.started, duration=duration, app_duration=duration,
                thread="MainThread", **facts, bytes_received=len(child.head),
                remote_addr=_host(child.address), pid=child.pid, aborted=True,
                problem=problem,
            )
        )  # fmt: skip


@functools.lru_cache(maxsize=1)
def _has_pidfd() -> bool:
    """Whether the system reports the end of a process by a descriptor; not each that Python knows
    the call of does."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def _host(address: Any) -> str:
    return str(address[0]) if isinstance(address, tuple) and address else "<local>"


def _how(code: int) -> str:
    """How a process ended, in a few words."""
    if code >= 0:
        return f"the app exited it with status {code}"
    try:
        return f"it was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was killed by signal {-code}"
