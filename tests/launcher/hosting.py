"""Servers in hosts, as the tests of the hosts and of the supervisor need them."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recorder import HELLO, WAIT, Recorder, write_app
from served import wait_until
from wire import Wire, ask, request

from launcher.hosts.base import Host
from server.config import ServerConfig
from server.events import Event, ServerStopped

MARK = "SERVEDECK_TEST_RUN"
"""The variable by which a test finds what it has started, without the help of what it tests."""

MakeHost = Callable[..., Host]


class Run:
    """One server in one host, on the project in ``folder``."""

    def __init__(
        self, make_host: MakeHost, listener: socket.socket, folder: Path, config: ServerConfig
    ) -> None:
        self.events = Recorder()
        self.folder = folder
        self.config = config
        self.imported: list[str] = []
        self.host = make_host(self.events, self.imported.extend)
        self.port: int = listener.getsockname()[1]
        self.host.start(config, [listener])

    def edit(self, code: str, name: str = "app.py") -> None:
        """Save a module of the project, by atomic replace, as many editors do."""
        write_app(self.folder, code, name + ".new")
        os.replace(self.folder / (name + ".new"), self.folder / name)

    def reload(self, code: str | None = None, environ: dict[str, str] | None = None) -> None:
        """Have the app loaded anew, after an edit."""
        if code is not None:
            self.edit(code)
        self.host.reload(time.time(), environ)

    def body(self, target: str = "/") -> bytes:
        return ask(self.port, target).body

    def of(self, kind: type[Event]) -> list[Any]:
        """All events of a kind so far."""
        return [event for event in self.events.events if isinstance(event, kind)]

    def wait_count(self, kind: type[Event], count: int) -> list[Any]:
        """All events of a kind, as soon as there are so many."""
        self.events.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def end(self) -> ServerStopped:
        """Stop it, and wait for the end."""
        self.host.stop()
        stopped = self.events.stopped()
        assert self.host.join(WAIT)
        return stopped

    def give_up(self) -> None:
        """End it, whatever the test has done to it."""
        self.host.stop()
        if not self.host.join(0.1):
            self.host.kill()
            self.host.join(self.config.grace + 3 if type(self.host).__name__ != "ThreadHost" else 0)


def saying(text: str, at_import: str = "") -> str:
    """The code of an app that says something."""
    return at_import + "\n" + HELLO.replace('b"hello"', repr(text.encode()))


def in_background(port: int, target: str) -> Wire:
    """Send a request and come back without its answer."""
    wire = Wire(port)
    wire.send(request("GET", target))
    return wire


def marked(value: str) -> dict[int, str]:
    """The processes that carry a test's mark, and their command lines; but for this one."""
    wanted = f"{MARK}={value}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(folder.name)] = command
        except OSError:  # somebody else's, or gone by now
            continue
    found.pop(os.getpid(), None)
    return found


def is_there(pid: int) -> bool:
    """Whether a process is there, and isn't one that only waits to be collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def wait_gone(pids: Sequence[int], seconds: float) -> None:
    """Until none of these processes is there any more."""
    wait_until(lambda: not any(map(is_there, pids)), f"the end of {pids}", seconds)


def end_marked(value: str) -> dict[int, str]:
    """Kill what carries a mark; what there was."""
    found = marked(value)
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found
