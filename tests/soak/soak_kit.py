"""What the soak runs share: a supervisor whose events are waited for, and what it holds."""

from __future__ import annotations

import queue
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from launcher.hosts.supervisor import Supervisor  # noqa: E402
from server.config import ServerConfig  # noqa: E402
from server.events import (  # noqa: E402
    AppError,
    Event,
    ReloadFailed,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)

WAIT = 60.0
_OUT = sys.stdout  # a server in this process takes what is printed for the app's output
_KEPT = (AppError, ReloadFailed, ServerFailed, ServerStarted, ServerStopped)


def log(line: str) -> None:
    """Show a line of progress."""
    print(line, file=_OUT, flush=True)


class SoakFailed(Exception):
    """The run has found something; the message says what."""


@dataclass(frozen=True)
class Holdings:
    """What this process holds; growth is a leak.

    :ivar descriptors: open files and sockets
    :ivar threads: of the system's, no matter who started them
    :ivar children: processes below this one, zombies among them
    """

    descriptors: int
    threads: int
    children: int
    zombies: int

    @classmethod
    def now(cls) -> Holdings:
        """As it is at this moment."""
        me = psutil.Process()
        children = me.children(recursive=True)
        zombies = 0
        for child in children:
            try:
                zombies += child.status() == psutil.STATUS_ZOMBIE
            except psutil.NoSuchProcess:
                continue
        return cls(me.num_fds(), me.num_threads(), len(children), zombies)

    def exceeds(self, other: Holdings) -> bool:
        """Whether there is more of anything."""
        return (
            self.descriptors > other.descriptors
            or self.threads > other.threads
            or self.children > other.children
            or self.zombies > other.zombies
        )


def expect_no_growth(before: Holdings) -> Holdings:
    """What is held now, once nothing is on its way out any more.

    :raises SoakFailed: there is more than before
    """
    deadline = time.monotonic() + 10.0
    while (now := Holdings.now()).exceeds(before):
        if time.monotonic() > deadline:
            names = [child.cmdline() for child in psutil.Process().children(recursive=True)]
            raise SoakFailed(f"grown from {before} to {now}; children: {names}")
        time.sleep(0.05)
    return now


class Soaked:
    """A supervisor, and its last events. Use it in a ``with`` block."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.supervisor = Supervisor(self._take)

    def __enter__(self) -> Soaked:
        return self

    def __exit__(self, *unused: object) -> None:
        self.supervisor.close(WAIT)

    def config(self, host: str, **options: Any) -> ServerConfig:
        """How to serve the project's ``app.py``."""
        return ServerConfig(app="app", project=str(self.project), run_in=host, port=0, **options)

    def start(self, config: ServerConfig) -> ServerStarted:
        """Start and wait for it.

        :raises SoakFailed: it doesn't start
        """
        self.supervisor.start(config)
        event = self.next()
        if not isinstance(event, ServerStarted):
            raise SoakFailed(f"no start, but {event}")
        return event

    def stop(self) -> ServerStopped:
        """Stop and wait for it.

        :raises SoakFailed: something is left
        """
        self.supervisor.stop()
        event = self.next()
        while isinstance(event, ServerStarted):  # of a start or a reload just before
            event = self.next()
        if not isinstance(event, ServerStopped):
            raise SoakFailed(f"no stop, but {event}")
        if event.abandoned or event.processes_left or event.port_free is False:
            raise SoakFailed(f"something is left: {event}")
        return event

    def next(self) -> Event:
        """The next event that isn't about a request or its output.

        :raises SoakFailed: there is none
        """
        try:
            return self.events.get(timeout=WAIT)
        except queue.Empty:
            raise SoakFailed(f"no event within {WAIT:g} s") from None

    def _take(self, event: Event) -> None:
        if isinstance(event, _KEPT):
            self.events.put(event)
