"""One worker: a process in which a session runs, and the ways between it and its host.

The ways. Commands go down a pipe, as lines of JSON; events come up another one, and what is printed
past Python comes up two more, one for standard output and one for standard error; a Unix socket
carries open connections both ways. The worker's ends are :class:`Pipes`: a new interpreter inherits
them, a forked one gets them from the warm process; this process closes its copies, so that each way
ends with the worker.

The threads. One reads events, two the output, one the connections, and one waits for the exit. They
hand everything on to the host's own thread by ``post``, which is called on these threads only, and
is the one thing that may hold them back; everything else is called on the host's thread.

The end of a worker is reported last: the thread that waits for the exit lets the readers finish
first, for half a second at most, since a daemon that the app has started may keep the pipes open
for ever. A process that has ended keeps its number until its process group was killed, so no
stranger can be hit. A forked worker is the warm process's child: its end is reported by that
(``set_exit``). Where the events end and the process doesn't, the app has closed their descriptor:
the worker is ``Unheard``.

A worker that retires reports when it accepts nothing more, and ``retire`` waits for that, for a
moment: what comes after the next worker's start must not be answered by this one.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import server
from server.base.values import dataclass
from server.events import Event
from server.reporting.lines import LINE_KINDS, LineReader
from server.worker.connections import ConnectionChannel

from .stall_report import PrintedStacks

BOOTSTRAP = str(Path(server.__file__).resolve().parent / "_bootstrap.py")
CAN_PASS_DESCRIPTORS = os.name == "posix"

_READ = 64 * 1024
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
_RETIRE_SECONDS = 0.25
_STACKS_SECONDS = 0.25  # without more of them, after which printed stacks are through
_LAST_SECONDS = 0.5  # for what a process wrote before its end, which may still be in the pipes


@dataclass(frozen=True)
class Reported:
    """Events of the worker's session, in their order."""

    worker: WorkerProcess
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Imported:
    """What the worker has imported by now: see ``server.app.imported``."""

    worker: WorkerProcess
    files: tuple[str, ...]
    installed: tuple[str, ...]


@dataclass(frozen=True)
class Installed:
    """Packages were installed or changed since the worker's app could not be loaded."""

    worker: WorkerProcess
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """Text that something in the worker has printed past Python: a library, a subprocess.

    :param stream: ``"stdout"`` or ``"stderr"``
    """

    worker: WorkerProcess
    stream: str
    text: str


@dataclass(frozen=True)
class Stalled:
    """Nothing in the worker can run but one piece of code in C.

    :param stacks: of its threads, as they were printed
    """

    worker: WorkerProcess
    stacks: str


@dataclass(frozen=True)
class HandedOver:
    """An open connection that waits for its next request."""

    worker: WorkerProcess
    connection: tuple[socket.socket, Any, bytes]


@dataclass(frozen=True)
class Exited:
    """The process has ended, and what it has written was read.

    :param status: as ``subprocess`` gives it, negative for a signal; None where it isn't known
    """

    worker: WorkerProcess
    status: int | None


@dataclass(frozen=True)
class Unheard:
    """The channel of the events has ended although the process is still there: the app has closed
    it, so nothing more will be heard of the worker but its end."""

    worker: WorkerProcess


Message = Reported | Imported | Installed | Printed | Stalled | HandedOver | Unheard | Exited
Post = Callable[[Message], None]


@dataclass(frozen=True)
class Pipes:
    """The worker's ends of its channels, as descriptors; the parent closes its copies."""

    commands: int
    events: int
    output: int
    errors: int
    handover: int | None
    input: int

    def close(self) -> None:
        """Close them in this process."""
        for number in (
            self.commands,
            self.events,
            self.output,
            self.errors,
            self.handover,
            self.input,
        ):
            if number is not None:
                os.close(number)


class WorkerProcess:
    """See the module.

    :param post: takes what comes from the worker
    :param terminal: the descriptor that becomes its standard input; None for none
    :ivar pid: the process's number; 0 until it is known
    """

    def __init__(self, post: Post, terminal: int | None = None) -> None:
        self.pid = 0
        self._post = post
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._retired = threading.Event()
        self._readers: list[threading.Thread] = []
        self._lines = LineReader()
        self._status: int | None = None
        commands, self._commands = os.pipe()
        self._events, events = os.pipe()
        self._output, output = os.pipe()
        self._errors, errors = os.pipe()
        handover: int | None = None
        self._handover: ConnectionChannel | None = None
        if CAN_PASS_DESCRIPTORS:
            ours, theirs = socket.socketpair()
            self._handover = ConnectionChannel(ours)
            handover = theirs.detach()
        given = os.open(os.devnull, os.O_RDONLY) if terminal is None else os.dup(terminal)
        self.pipes = Pipes(commands, events, output, errors, handover, given)

    def start_cold(
        self,
        python: str,
        listeners: Sequence[socket.socket],
        folder: str,
        environ: Mapping[str, str],
    ) -> None:
        """Start it in a new interpreter.

        :param folder: where it is started
        :raises OSError: the interpreter can't be started
        """
        pipes = self.pipes
        command = [python, BOOTSTRAP, "worker"]
        options: dict[str, Any] = {"stdin": pipes.commands, "stdout": pipes.events}
        if CAN_PASS_DESCRIPTORS:
            command += [str(pipes.commands), str(pipes.events)]
            numbers = [listener.fileno() for listener in listeners]
            options = {
                "stdin": pipes.input,
                "stdout": pipes.output,
                "pass_fds": [*numbers, pipes.commands, pipes.events, pipes.handover],
                "start_new_session": True,
            }
        try:
            self._process = subprocess.Popen(
                command,
                stderr=pipes.errors,
                cwd=folder,
                env=dict(environ),
                **options,
            )
        except OSError:
            self.close()
            os.close(self._events)
            os.close(self._output)
            os.close(self._errors)
            raise
        finally:
            pipes.close()
        self.pid = self._process.pid
        try:
            self._start_reading()
            threading.Thread(target=self._wait, name="worker-exit", daemon=True).start()
        except BaseException:  # the system has no further thread
            self.kill()
            self._process.wait()
            raise

    def start_warm(self) -> None:
        """It is being forked from a warm process, which has got the pipes."""
        self.pipes.close()
        self._start_reading()
        threading.Thread(target=self._report_exit, name="worker-exit", daemon=True).start()

    def set_exit(self, status: int | None) -> None:
        """The process has ended: for one that isn't this process's own child. Any thread."""
        self._status = status
        self._ended.set()
        self._retired.set()

    def send(self, command: Mapping[str, Any]) -> None:
        """Send a command; without effect when the worker is gone."""
        line = json.dumps(command).encode("ascii") + b"\n"
        with contextlib.suppress(OSError):
            view = memoryview(line)
            while view:
                view = view[os.write(self._commands, view) :]

    def adopt(self, sock: socket.socket, address: Any, data: bytes) -> None:
        """Give it an open connection."""
        if self._handover is None:
            sock.close()
        else:
            self._handover.send(sock, address, data)

    def retire(self) -> None:
        """Have it finish its requests and end, and send the connections that wait back here.

        Waits, for a moment, until it accepts nothing new: what comes after the next worker's start
        must not be answered by this one.
        """
        if self._handover is not None:
            self._handover.finish_sending()
        self.send({"retire": True})
        self._retired.wait(_RETIRE_SECONDS)

    def discard(self) -> None:
        """End it at once; nobody waits for its end any more."""
        self.send({"discard": True})  # it may still be about to be forked, and have no number yet
        self.kill()
        self.close()

    def kill(self) -> None:
        """End it, and whatever it has started in its process group, at once."""
        if not self.pid:
            return
        with contextlib.suppress(OSError):
            if CAN_PASS_DESCRIPTORS:
                os.killpg(self.pid, signal.SIGKILL)
            elif self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Let go of what is still open, after it has ended."""
        with contextlib.suppress(OSError):
            os.close(self._commands)
        if self._handover is not None:
            self._handover.close()

    # Threads that read

    def _start_reading(self) -> None:
        readers = self._readers = [
            threading.Thread(target=self._read_events, name="worker-events", daemon=True),
            threading.Thread(
                target=self._read_output, args=(self._output, "stdout"), name="worker-output",
                daemon=True,
            ),
            threading.Thread(
                target=self._read_output, args=(self._errors, "stderr"), name="worker-errors",
                daemon=True,
            ),
        ]  # fmt: skip
        if self._handover is not None:
            readers.append(
                threading.Thread(
                    target=self._handover.receive, args=(self._take,), name="worker-handover",
                    daemon=True,
                )
            )  # fmt: skip
        for reader in readers:
            reader.start()

    def _take(self, sock: socket.socket, address: Any, data: bytes) -> None:
        self._post(HandedOver(self, (sock, address, data)))

    def _read_events(self) -> None:
        with os.fdopen(self._events, "rb", buffering=256 * 1024) as events:
            for line in events:
                if line != b"\n":
                    self._read_line(line)
        if not self._ended.wait(_LAST_SECONDS):
            self._post(Unheard(self))

    def _read_line(self, line: bytes) -> None:
        """Take an event's line; one that a killed child left unfinished, or the app wrote, is
        ignored."""
        with contextlib.suppress(*_UNREADABLE):
            message = json.loads(line)
            if not message.keys().isdisjoint(LINE_KINDS):
                if events := self._lines.read(message):
                    self._post(Reported(self, tuple(events)))
            elif "retired" in message:
                self._retired.set()
            elif "imported" in message:
                found = message["imported"]
                self._post(Imported(self, tuple(found["files"]), tuple(found["installed"])))
            elif "installed" in message:
                self._post(Installed(self, tuple(map(str, message["installed"]))))

    def _read_output(self, source: int, stream: str) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        stacks = PrintedStacks()
        pending = ""
        with os.fdopen(source, "rb", buffering=0) as output:
            while True:
                if stacks.is_open and not select.select([output], [], [], _STACKS_SECONDS)[0]:
                    self._post_printed(stream, "", stacks.end())
                if not (data := output.read(_READ)):
                    break
                whole, newline, pending = (pending + decoder.decode(data)).rpartition("\n")
                if len(pending) > _READ:
                    whole, newline, pending = whole + newline + pending, "", ""
                if whole or newline:
                    self._post_printed(stream, *stacks.take(whole + newline))
        self._post_printed(stream, pending + decoder.decode(b"", True), stacks.end())

    def _post_printed(self, stream: str, text: str, stacks: Sequence[str]) -> None:
        for one in stacks:
            self._post(Stalled(self, one))
        if text:
            self._post(Printed(self, stream, text))

    def _wait(self) -> None:
        """Wait for the end, and end what it leaves behind before its number may be used again."""
        process = self._process
        assert process is not None
        status: int | None = None
        try:
            if hasattr(os, "waitid"):
                with contextlib.suppress(ChildProcessError):  # somebody else has collected it
                    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
                    self.kill()
            status = process.wait()
        finally:  # whatever it is: the host waits for the end
            self.set_exit(status)
            self._report_exit()

    def _report_exit(self) -> None:
        """Report the end once what came before it is reported.

        The pipes may well stay open: a daemon that the app has forked holds them, too. Where only
        the pipes show the end, they are waited for.
        """
        self._ended.wait()
        known = self._status is not None
        deadline = time.monotonic() + _LAST_SECONDS
        for reader in self._readers:
            reader.join(max(0.0, deadline - time.monotonic()) if known else None)
        self._post(Exited(self, self._status))
