"""A worker's channel to its launcher: events and messages out, commands in, as lines of JSON.

Both descriptors are private from the first moment (see ``_bootstrap.py``): whatever is printed,
also before the worker speaks, goes elsewhere. Both are looked at before each use, since the app may
close them: then the channel is lost, and nothing is written or read any more.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from ..base import native
from ..base.forks import Forked, register
from ..events import Event, encode
from ..reporting.batch import EventBatch
from ..reporting.lines import LineWriter
from .descriptors import OwnDescriptor

__all__ = ["CommandReader", "EventWriter"]

Command = dict[str, Any]

_READABLE = getattr(select, "POLLIN", 1)


class EventWriter(Forked):
    """Writes whole lines into the event channel. Any thread, and any child of the server's own.

    :param descriptor: the channel; it becomes the writer's
    :ivar emit: takes an event
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = OwnDescriptor(descriptor)
        self._pid = os.getpid()
        self._lines = LineWriter()
        self._between: Optional[OwnDescriptor] = None
        self._prefix = b""
        self._is_writing = False
        self._begin()
        self._batch = EventBatch(self._take)
        self.emit = self._batch.emit
        atexit.register(self.flush)  # also where a thread of the app has the last word
        register(self)

    def share_between_processes(self, wanted: bool) -> None:
        """Have forked children write as well. Their lines are kept apart by a lock that the system
        takes back by itself when its holder dies, which no lock in memory would be; and each event
        is a line of its own, since a row refers to an exchange that another process has written."""
        if not wanted:
            return
        import tempfile

        descriptor, name = tempfile.mkstemp(prefix="servedeck-")
        os.unlink(name)  # noqa: PTH108
        self._between = OwnDescriptor(descriptor)
        # What a child that was killed has left of a line is ended by the next one.
        self._prefix = b"\n"

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`."""
        self._begin()  # another thread may have been about to write
        if not ours:
            self._descriptor.close()
            if self._between is not None:
                self._between.close()

    def flush(self) -> None:
        """Write what waits."""
        self._batch.flush()

    def _take(self, events: Sequence[Event]) -> None:
        """Write events; without effect when the launcher is gone."""
        alone = self._between is None and os.getpid() == self._pid
        lines = self._lines.lines(events) if alone else "".join(map(encode, events))
        self._write(lines.encode("ascii"))

    def write_message(self, message: dict[str, Any]) -> None:
        """Write something that is between worker and launcher alone."""
        self._write(json.dumps(message).encode("ascii") + b"\n")

    def _write(self, line: bytes) -> None:
        with self._lock:
            self._waiting.append(self._prefix + line)
            # A signal handler of the app may print in the midst of a line: that one comes first.
            while self._waiting and not self._is_writing:
                self._is_writing = True
                try:
                    # Without effect where the launcher is gone, as the end of the commands ends
                    # this process, and where the app has closed the channel.
                    with contextlib.suppress(OSError), self._alone():
                        self._write_whole(self._waiting.popleft())
                finally:
                    self._is_writing = False

    def _write_whole(self, line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[os.write(self._descriptor.number, view) :]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if self._between is None:
            yield
            return
        import fcntl

        fcntl.lockf(self._between.number, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._between.number, fcntl.LOCK_UN)

    def _begin(self) -> None:
        """Nobody writes."""
        self._lock = native.ReentrantLock()
        self._waiting: deque[bytes] = deque()
        self._is_writing = False


class CommandReader(Forked):
    """Reads lines of JSON from a descriptor. One thread at a time.

    :param descriptor: the channel; it becomes the reader's
    :ivar have_ended: the launcher is gone
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = OwnDescriptor(descriptor)
        self._parent = os.getppid()
        self._pending = b""
        self.have_ended = False
        wakened, waker = os.pipe()
        os.set_blocking(waker, False)
        self._wakened, self._waker = OwnDescriptor(wakened), OwnDescriptor(waker)
        self._is_interrupted = False
        self._poll = getattr(select, "poll", None)  # the system's, as long as it is there
        register(self)

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`."""
        for descriptor in (self._descriptor, self._wakened, self._waker):
            descriptor.close()

    def interrupt(self) -> None:
        """The next command is a stop. Any thread, also within a signal handler: it starts no
        thread and takes no lock."""
        self._is_interrupted = True
        with contextlib.suppress(OSError):
            os.write(self._waker.number, b"\0")

    def is_lost(self) -> bool:
        """Whether the app has closed the channel: no command will come any more."""
        return self._descriptor.is_lost()

    def is_ready(self, seconds: float) -> bool:
        """Wait for a command, or the end of the channel, at most ``seconds``."""
        if self._is_interrupted or b"\n" in self._pending or self._poll is None:
            return True
        if self._descriptor.is_lost():
            # Nothing will come any more; that the launcher is gone shows at the parent alone.
            native.sleep(seconds)
            return os.getppid() != self._parent
        poll = self._poll()
        for descriptor in (self._descriptor, self._wakened):
            with contextlib.suppress(OSError):
                poll.register(descriptor.number, _READABLE)
        found = poll.poll(seconds * 1000)
        return self._is_interrupted or (bool(found) and not self._descriptor.is_lost())

    def next(self) -> Optional[Command]:
        """The next command; None at the end of the channel."""
        if self._is_interrupted:
            self._is_interrupted = False
            with contextlib.suppress(OSError):
                os.read(self._wakened.number, 4096)
            return {"stop": True}
        while b"\n" not in self._pending:
            try:
                data = os.read(self._descriptor.number, 65536)
            except OSError:  # lost, and the launcher is gone
                return None
            if not data:
                return None
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        command: Command = json.loads(line)
        return command
