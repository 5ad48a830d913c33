"""Each function of ours fails once, in the midst of a server's life: its end is reported, in time.

For every function of the supervisor, the hosts, the watcher, what reads a worker, what keeps a warm
process, and the session (in this process), a server is started, asked, changed and stopped while
that function raises at its first call, and again while it raises at its second. Whatever happens in
between: one end event comes, within the grace time and a second, the port is free, and the
supervisor can be closed. With ``--only NAME`` just those whose name has that in it.
"""

from __future__ import annotations

import argparse
import inspect
import logging
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from soak_kit import ROOT, SoakFailed, log

sys.path.insert(0, str(ROOT / "tests"))

from wire import ask

from launcher.hosts import (
    process_host,
    thread_host,
    warm_keeper,
    warm_process,
    worker_process,
)
from launcher.hosts import supervisor as supervisors
from launcher.hosts.hosted_worker import HostedWorker
from launcher.hosts.listening import ListeningSockets
from launcher.hosts.succession import Succession
from launcher.hosts.watching import files, notices, watcher
from launcher.hosts.worker_starter import WorkerStarter
from server import session
from server.app.loader import AppLoader
from server.config import ServerConfig
from server.events import Event, ReloadFailed, ServerFailed, ServerStarted, ServerStopped
from server.net.handover import Handover

GRACE = 0.3
SLACK = 1.7  # seconds beyond it: one for the server, the rest for the machine
APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""
_ENDS = (ServerStopped, ServerFailed)
_SHARED: tuple[type, ...] = (
    supervisors.Supervisor, supervisors._Run, ListeningSockets, watcher.Watcher,
)  # fmt: skip
CLASSES: dict[str, tuple[type, ...]] = {
    "process": (
        *_SHARED, process_host.ProcessHost, worker_process.WorkerProcess, warm_keeper.WarmKeeper,
        warm_process.WarmProcess, WorkerStarter, HostedWorker, watcher.Debounce,
        files.WatchedFiles, notices.Notices, Succession, Handover,
    ),
    "thread": (*_SHARED, thread_host.ThreadHost, session.Session, AppLoader),
}  # fmt: skip


class Fault:
    """A function that raises at one of its calls.

    :param number: at which, from 1 on
    :ivar was_met: it has come to that
    """

    def __init__(self, cls: type, name: str, number: int, error: type[BaseException]) -> None:
        self.was_met = False
        self._cls, self._name, self._number, self._error = cls, name, number, error
        self._real: Callable[..., Any] = vars(cls)[name]
        self._calls = 0

    def __enter__(self) -> Fault:
        fault = self

        def fails_once(*args: Any, **options: Any) -> Any:
            fault._calls += 1
            if fault._calls == fault._number:
                fault.was_met = True
                raise fault._error("injected")
            return fault._real(*args, **options)

        setattr(self._cls, self._name, fails_once)
        return self

    def __exit__(self, *unused: object) -> None:
        setattr(self._cls, self._name, self._real)


class Life:
    """A server, from its start to its end.

    :ivar events: all that was reported
    """

    def __init__(self, folder: Path, place: str) -> None:
        self.events: list[Event] = []
        self._file = folder / "app.py"
        self._file.write_text(APP)
        self._supervisor = supervisors.Supervisor(self.events.append)
        self._config = ServerConfig(
            app="app", project=str(folder), port=0, grace=GRACE, reload=True, run_in=place
        )

    def run(self) -> None:
        """Go through all of it.

        :raises SoakFailed: the end isn't as it has to be
        """
        try:
            self._live()
        finally:
            closed = self._supervisor.close(5)
        if not closed:
            raise SoakFailed("the supervisor does not close")

    def _live(self) -> None:
        self._supervisor.start(self._config)
        self._wait(6, ServerStarted, *_ENDS)
        port = next((e.port for e in self.events if isinstance(e, ServerStarted)), 0)
        if port:
            try:
                ask(port, "/")
            except (OSError, AssertionError):
                pass
            seen = len(self.events)
            self._file.write_text(APP + "# changed\n")
            self._wait(2, ServerStarted, ReloadFailed, *_ENDS, since=seen)
        begun = time.monotonic()
        self._supervisor.stop()
        if not self._wait(8, *_ENDS):
            raise SoakFailed(f"no end after {[type(event).__name__ for event in self.events]}")
        took = time.monotonic() - begun
        if took > GRACE + SLACK:
            raise SoakFailed(f"the end took {took:.1f} s")
        if sum(isinstance(event, _ENDS) for event in self.events) > 1:
            raise SoakFailed("two ends")
        if port:
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError:
                raise SoakFailed("the port is still taken") from None

    def _wait(self, seconds: float, *kinds: type, since: int = 0) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(isinstance(event, kinds) for event in self.events[since:]):
                return True
            time.sleep(0.02)
        return False


def functions(cls: type) -> Iterator[str]:
    """The names of a class's own functions, but for its constructor, whose errors are its
    caller's."""
    for name, value in vars(cls).items():
        # A call of these fails in its caller, which is no thread of ours.
        if inspect.isfunction(value) and (cls, name) not in _CALLERS:
            yield name


_CALLERS = {
    *((supervisors.Supervisor, name) for name in ("__init__", "start", "stop", "close")),
    (ListeningSockets, "__init__"),
}


def main() -> int:
    """Run; returns the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", default="", help="functions whose name has this in it")
    only: str = arguments.parse_args().only
    logging.disable(logging.CRITICAL)  # each fault is logged, as it has to be
    threading.excepthook = lambda args: None
    met = found = 0
    for place, classes in CLASSES.items():
        for cls in classes:
            for name in functions(cls):
                label = f"{place}: {cls.__name__}.{name}"
                if only not in label:
                    continue
                for number, error in ((1, RuntimeError), (2, SystemExit)):
                    with (
                        tempfile.TemporaryDirectory() as folder,
                        Fault(cls, name, number, error) as fault,
                    ):
                        try:
                            Life(Path(folder), place).run()
                        except SoakFailed as failed:
                            found += 1
                            log(f"{label}, call {number}: {failed}")
                    met += fault.was_met
                    if not fault.was_met:
                        break
    log(f"{met} faults, {found} with a wrong end")
    return int(found > 0)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # what a fault has left behind is no part of this
