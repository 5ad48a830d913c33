"""A :class:`~server.session.Session` in a process of its own, and its channel to the launcher.

Standard input carries commands and standard output events, as lines of JSON; both are moved aside
at once, so that whatever the app, its extensions or its subprocesses print goes to standard error
and never into the events. The first line out is ``{"hello": PROTOCOL, "pid": …}``, the first line
in is ``{"start": {…}}``; what follows is ``{"retire": true}``, answered by ``{"retired": true}`` as
soon as nothing new is accepted, ``{"stop": true}``, ``{"discard": true}``, which ends it at once,
or the end of the channel, which stops the worker as well: when the launcher dies, nothing is left.

A third channel, a Unix socket, carries open connections that wait for their next request, from a
worker that retires and to one that has just started.

The session runs on the main thread, as some apps set signal handlers; commands are read on a
thread of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

from ..app.imported import imported_modules
from ..config import ServerConfig
from ..events import PROTOCOL, Event, ReloadFailed, encode, event_from_values
from ..reporting.batch import EventBatch
from ..reporting.lines import LineWriter
from ..session import Session
from .connections import ConnectionChannel
from .healing import Healing
from .orphans import end_everything, end_group

__all__ = ["EventWriter", "main", "serve"]

_LOOK_SECONDS = 1.0  # between two looks at what has been imported since
_EXIT_SECONDS = 1.0  # for the interpreter's own exit, which waits for the app's threads
_MARGIN = 0.5  # seconds beyond the grace time, when nobody is there any more to end this process

Command = dict[str, Any]


def main() -> None:
    """Run a worker that was started as a process of its own. Its main thread."""
    serve()


def serve(given: Optional[Command] = None, imported_before: Optional[str] = None) -> None:
    """Run a worker on the descriptors 0, 1 and 2, until it is stopped. Its main thread.

    :param given: for a process that was forked: the descriptors that it got, as ``start`` names
        them
    :param imported_before: for a process that was forked: the last module that was imported in the
        process it comes from, whose modules the launcher knows
    """
    commands = _Commands(os.dup(0))
    writer = EventWriter(os.dup(1))
    _free_standard_streams()
    writer.write_message({"hello": PROTOCOL, "pid": os.getpid()})
    first = commands.next()
    if first is None:
        return
    start: Command = {**first["start"], **(given or {})}
    config = ServerConfig.from_json(start["config"])
    writer.share_between_processes(config.mode == "forking")
    listeners = [socket.socket(fileno=number) for number in start.get("listeners", ())]
    for listener in listeners:
        listener.set_inheritable(False)
    imports = _ImportReporter(writer, imported_before)

    def report_installed(paths: Sequence[str]) -> None:
        writer.write_message({"installed": paths})

    healing = Healing(lambda: session.missing, report_installed)

    def loaded() -> None:
        imports.report()
        healing.begin()

    session = Session(
        config,
        writer.emit,
        listeners,
        environ=start.get("environ") or {},
        changed_at=start.get("changed_at"),
        first_request=start.get("first_request", 1),
        on_loaded=loaded,
        broken=_broken(start.get("broken")),
        reloads_here=False,
        lent=start.get("lent"),
    )
    handover = receiver = None
    if start.get("handover") is not None:
        handover = ConnectionChannel(socket.socket(fileno=start["handover"]))
        receiver = _start_thread("handover", handover.receive, session.adopt)

    def retire() -> None:
        if handover is None:
            session.stop()
        else:
            session.retire(handover.send)
        writer.write_message({"retired": True})

    # On a thread: what a signal interrupts may hold the lock that the stop needs.
    signal.signal(signal.SIGTERM, lambda *unused: _start_thread("signal", session.stop))
    signal.signal(signal.SIGINT, lambda *unused: _start_thread("signal", session.stop))
    _start_thread("commands", _obey, commands, session, retire, imports, healing, config.grace)
    session.run()
    writer.flush()  # the launcher waits for the end
    if receiver is not None and session.is_retired:
        receiver.join(_MARGIN)  # a connection that was still on its way here is sent on
    # The interpreter waits for the app's own threads before it exits; not for ever.
    timer = threading.Timer(_EXIT_SECONDS, _leave, [commands])
    timer.daemon = True
    timer.start()


class EventWriter:
    """Writes whole lines into the event channel. Any thread, and any forked child.

    :param descriptor: the channel; closed by nobody but the end of the process
    :ivar emit: takes an event
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pid = os.getpid()
        self._lines = LineWriter()
        self._between: Optional[int] = None
        self._prefix = b""
        self._is_writing = False
        self._begin()
        self._batch = EventBatch(self._take)
        self.emit = self._batch.emit
        atexit.register(self.flush)  # also where a thread of the app has the last word
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def share_between_processes(self, wanted: bool) -> None:
        """Have forked children write as well. Their lines are kept apart by a lock that the system
        takes back by itself when its holder dies, which no lock in memory would be; and each event
        is a line of its own, since a row refers to an exchange that another process has written."""
        if not wanted:
            return
        import tempfile

        descriptor, name = tempfile.mkstemp(prefix="servedeck-")
        os.unlink(name)  # noqa: PTH108
        self._between = descriptor
        # What a child that was killed has left of a line is ended by the next one.
        self._prefix = b"\n"

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
                    with self._alone():
                        self._write_whole(self._waiting.popleft())
                finally:
                    self._is_writing = False

    def _write_whole(self, line: bytes) -> None:
        view = memoryview(line)
        # Without effect where the launcher is gone: the end of the commands ends this process.
        with contextlib.suppress(OSError):
            while view:
                view = view[os.write(self._descriptor, view) :]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if self._between is None:
            yield
            return
        import fcntl

        fcntl.lockf(self._between, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._between, fcntl.LOCK_UN)

    def _begin(self) -> None:
        """Nobody writes. Also in a forked child: another thread may have been about to."""
        self._lock = threading.RLock()
        self._waiting: deque[bytes] = deque()
        self._is_writing = False


class _Commands:
    """Reads lines of JSON from a descriptor. One thread at a time.

    :ivar have_ended: the launcher is gone
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self.have_ended = False

    def is_ready(self, seconds: float) -> bool:
        """Wait for a command, or the end of the channel, at most ``seconds``."""
        if b"\n" in self._pending or os.name != "posix":
            return True
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def next(self) -> Optional[Command]:
        """The next command; None at the end of the channel."""
        while b"\n" not in self._pending:
            data = os.read(self._descriptor, 65536)
            if not data:
                return None
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        command: Command = json.loads(line)
        return command


class _ImportReporter:
    """Reports to the launcher what has been imported, whenever it has become more.

    :param since: the module after which the first look begins; None for all
    """

    def __init__(self, writer: EventWriter, since: Optional[str]) -> None:
        self._writer = writer
        self._since = since
        self._count = 0

    def report(self) -> None:
        """Report, if there is news. The session's thread or that of the commands."""
        count = len(sys.modules)
        if count == self._count:
            return
        self._count = count
        found = imported_modules([__name__.partition(".")[0]], self._since)
        self._since = None
        self._writer.write_message(
            {"imported": {"files": found.files, "installed": found.installed}}
        )


def _free_standard_streams() -> None:
    """Nothing that is printed may reach the events, and nothing that reads the commands."""
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _broken(values: Optional[dict[str, Any]]) -> Optional[ReloadFailed]:
    """Why there is no app to load, where the launcher has found that out already."""
    event = None if values is None else event_from_values(values)
    return event if isinstance(event, ReloadFailed) else None


def _start_thread(name: str, target: Any, *args: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name=name, daemon=True)
    thread.start()
    return thread


def _leave(commands: _Commands) -> None:
    """End the process although threads of the app still run."""
    if commands.have_ended:
        end_everything()
    os._exit(0)


def _obey(
    commands: _Commands,
    session: Session,
    retire: Callable[[], None],
    imports: _ImportReporter,
    healing: Healing,
    grace: float,
) -> None:
    """Carry out the launcher's commands until the channel is closed, then stop."""
    while True:
        if not commands.is_ready(_LOOK_SECONDS):
            imports.report()
            healing.look()
            continue
        command = commands.next()
        if command is None:
            break
        if "discard" in command:  # another worker loads the app: only this one is superfluous
            end_group()
        if "retire" in command:
            retire()
        else:
            session.stop()
    # The launcher is gone. What doesn't end by itself is ended, with all that it has started; and
    # where this process does end by itself, it takes the rest along.
    commands.have_ended = True
    atexit.register(end_everything)
    session.stop()
    threading.Event().wait(grace + _MARGIN)
    end_everything()
