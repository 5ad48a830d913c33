"""A process that has an app's installed packages imported and is forked for each reload.

What it does is in ``server/worker/warm.py``. A thread of its own reads what it sends; ``post`` is
called on that thread, everything else on the host's.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.app.installed import Stamps, distributions, stamps
from server.events import Reason
from server.worker.orphans import MARK

from .leftovers import mark_by_limit, parent_of
from .worker_process import BOOTSTRAP, CAN_PASS_DESCRIPTORS, WorkerProcess

_END_SECONDS = 0.25  # to collect the child that it keeps in reserve


class WarmProcess:
    """See the module.

    :param names: the modules to import, in this order
    :param environ: that of the process
    :param variables: the project's, which the modules find as they do in a worker
    :param cold: packages that must not be forked once they are imported
    :param post: takes ``(self, record)`` for each record that it sends
    :raises OSError: it can't be started
    :ivar ready: it has imported them and may be forked
    :ivar unsafe: why it may not; None where it may, or isn't ready yet
    """

    def __init__(
        self,
        python: str,
        names: Sequence[str],
        project: str,
        environ: Mapping[str, str],
        variables: Mapping[str, str],
        cold: Sequence[str],
        post: Callable[[WarmProcess, dict[str, Any]], None],
    ) -> None:
        self.names = tuple(names)
        self.ready = False
        self.unsafe: Reason | None = None
        self._post = post
        self._folders: list[str] = []
        self._installed: tuple[Stamps, Stamps] = {}, {}
        self._workers: dict[int, WorkerProcess] = {}
        self._forking: list[WorkerProcess] = []
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [python, BOOTSTRAP, "warm", str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env=dict(environ),
                    start_new_session=True,
                )
            except OSError:
                self._control.close()
                raise
        mark_by_limit(self._process.pid, environ.get(MARK, ""))
        self._thread = threading.Thread(target=self._read, name="warm", daemon=True)
        self._thread.start()
        self._project = project
        self._asked = 1
        self._send(
            {
                "import": list(names),
                "project": project,
                "variables": dict(variables),
                "cold": list(cold),
            }
        )

    @staticmethod
    def is_possible() -> bool:
        """Whether this system can fork and pass descriptors."""
        return CAN_PASS_DESCRIPTORS and hasattr(os, "fork")

    def add(self, names: Sequence[str]) -> None:
        """Have it import what it hasn't got yet; it isn't ready until that is done."""
        known = set(self.names)
        more = [name for name in names if name not in known]
        if more:
            self.names += tuple(more)
            self.ready = False
            self._asked += 1
            self._send({"import": more, "project": self._project})

    def is_outdated(self) -> bool:
        """Whether other packages are installed by now than those that it has imported."""
        known, files = self._installed
        return distributions(self._folders) != known or stamps(files) != files

    def take(self, record: dict[str, Any]) -> list[str]:
        """Take a record that it has sent; on the host's thread.

        :returns: the modules that can't be imported by themselves
        """
        failed: list[str] = []
        if "imported" in record:
            failed = record["failed"]
            unsafe = record["unsafe"]
            self.unsafe = None if unsafe is None else Reason.from_json(unsafe)
            self._folders = record["folders"]
            self._installed = record["distributions"], record["files"]
            self._asked -= 1
            self.ready = not failed and self.unsafe is None and not self._asked
        elif "forked" in record and self._forking:
            worker = self._forking.pop(0)
            pid = int(record["forked"])
            self._workers[pid] = worker
            # A packages' code runs in that process, too: a number that comes from there may be
            # killed by only if it is that of a process that it has forked.
            if parent_of(pid) == self._process.pid:
                worker.pid = pid
        elif "exited" in record:
            ended = self._workers.pop(int(record["exited"]), None)
            if ended is not None:
                ended.kill()  # what it leaves behind in its process group
                ended.set_exit(int(record["status"]))
        elif "closed" in record:
            self.ready = False
            for worker in [*self._workers.values(), *self._forking]:
                worker.set_exit(None)
        return failed

    def fork(self, worker: WorkerProcess, listeners: Sequence[socket.socket]) -> bool:
        """Make it fork a worker.

        :returns: whether that could be asked for
        """
        pipes = worker.pipes
        assert pipes.handover is not None
        numbers = [pipes.commands, pipes.events, pipes.output, pipes.errors]
        numbers += [pipes.handover, pipes.input]
        numbers += [listener.fileno() for listener in listeners]
        try:
            socket.send_fds(self._control, [b'{"fork": true}\n'], numbers)
        except OSError:
            return False
        self._forking.append(worker)
        worker.start_warm()
        return True

    def has_workers(self) -> bool:
        """Whether workers that it has forked are still there."""
        return bool(self._workers or self._forking)

    def close(self) -> None:
        """End it, and the child that it keeps in reserve; its workers, which have groups of their
        own, go on."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        if self.ready:  # else it is busy, and has no such child
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _send(self, record: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(record).encode("ascii") + b"\n")

    def _read(self) -> None:
        pending = b""
        with self._control, contextlib.suppress(OSError):
            while data := self._control.recv(65536):
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    with contextlib.suppress(ValueError):
                        record = json.loads(line)
                        if isinstance(record, dict):
                            self._post(self, record)
        self._post(self, {"closed": True})
