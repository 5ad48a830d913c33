"""When the launcher is killed, nothing of the app is left, and its port is free.

The launcher is a process of the test's here: a script with a supervisor, or ``servedeck serve``.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosting import marked, wait_gone
from recorder import write_app
from served import WAIT, Command, serve, wait_until
from wire import Wire, ask, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

GRACE = 0.5

CODE = """
import os, subprocess, sys, threading, time
subprocess.Popen(["sleep", "600"])
subprocess.Popen([sys.executable, "-c", '''
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
'''])
threading.Thread(target=time.sleep, args=(600,)).start()

def app(environ, start_response):
    if environ["PATH_INFO"] == "/stuck":
        print("stuck", flush=True)
        time.sleep(600)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""

SCRIPT = """
import sys, threading
from launcher.hosts.supervisor import Supervisor
from server.config import ServerConfig

def emit(event):
    print(type(event).__name__, getattr(event, "url", ""), getattr(event, "text", ""), flush=True)

supervisor = Supervisor(emit)
supervisor.start(ServerConfig(app="app", project=sys.argv[1], port=0, reload=True, grace=0.5))
threading.Event().wait()
"""


class Launcher(Command):
    """The script, and its output."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "script.py"
        self._script.write_text(SCRIPT)
        self._folder = folder
        super().__init__(cwd=folder)

    def command_line(self) -> list[str]:
        return [sys.executable, str(self._script), str(self._folder)]


@pytest.fixture
def launcher(kind: str, tmp_path: Path, mark: str) -> Iterator[Command]:
    write_app(tmp_path, CODE)
    if kind == "supervisor":
        made: Command = Launcher(tmp_path)
    else:
        more = ("--processes", "3") if kind == "forking" else ()
        made = serve("app", "--reload", "--grace", str(GRACE), *more, cwd=tmp_path)
    with made:
        yield made


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        probe.listen()
    return True


@pytest.mark.parametrize(
    ("kind", "busy"),
    [("supervisor", False), ("supervisor", True), ("serve", False), ("forking", True)],
)
def test_killed_launcher_leaves_nothing(launcher: Command, mark: str, busy: bool) -> None:
    """The worker, the process kept ready, and what the app has started by itself."""
    port = launcher.port
    assert ask(port).status == 200

    def own() -> dict[int, str]:
        found = marked(mark)
        found.pop(launcher.process.pid, None)
        return found

    wait_until(lambda: any(" warm " in c for c in own().values()), "the warm one")
    # And the worker, the sleeper, and the daemon.
    wait_until(lambda: len(own()) >= 4, "all of them")
    with Wire(port) as wire:
        if busy:
            wire.send(request("GET", "/stuck"))
            launcher.wait_for(lambda: "stuck" in launcher.out, "the request")
        pids = list(own())
        launcher.process.kill()
        launcher.process.wait(WAIT)
        begun = time.monotonic()
        wait_gone(pids, GRACE + 1)
        wait_until(lambda: is_free(port), "the port", begun + GRACE + 1 - time.monotonic())
