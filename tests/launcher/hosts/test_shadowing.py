"""A project whose files have the names of the standard library's modules, in a worker process."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run
from served import ROOT
from wire import Wire, ask, request

from launcher.hosts.process_host import ProcessHost
from server.events import AppError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

TRAP = """\
with open({log!r}, "a") as log:
    log.write({name!r} + "\\n")
raise ImportError("the project's own " + {name!r})
"""

APP = """\
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/error":
        raise ValueError("in the view")
    if path == "/exit":
        raise SystemExit(3)
    if path == "/print":
        print("printed")
        environ["wsgi.errors"].write("written\\n")
    if path == "/file":
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/stream":
        return (item for item in [b"a", b"b", None])
    return [b"hello" + body]
"""


# A bare interpreter imports these; the site module others, where there are .pth files.
AT_START = subprocess.run(
    [sys.executable, "-c", "import sys; print(*sys.modules)"],
    capture_output=True,
    text=True,
    check=True,
).stdout.split()

TARGETS = (
    "/", "/error", "/exit", "/print", "/file", "/stream", "/console",
    "/error?__debugger__=yes&cmd=resource&f=style.css",
)  # fmt: skip


def exchange(port: int, sent: bytes) -> None:
    """Send a request and read whatever comes, up to the connection's end."""
    with Wire(port) as wire:
        wire.send(sent)
        wire.sock.shutdown(socket.SHUT_WR)
        while wire.sock.recv(65536):
            pass


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    """A trap for each of the standard library's names in the project's folder; the list of those
    that were stepped into."""
    log = tmp_path.parent / f"{tmp_path.name}-traps"
    for name in sys.stdlib_module_names:
        (tmp_path / f"{name}.py").write_text(TRAP.format(log=str(log), name=name))
    log.touch()
    return log


@pytest.mark.parametrize("mode", ["threaded", "single", "forking"])
def test_nothing_of_the_server_is_found_in_the_project(
    run_in: Callable[..., Run], traps: Path, mode: str
) -> None:
    server = run_in(ProcessHost, APP, debug=True, reload=True, mode=mode)
    server.events.started()
    for _ in range(2):
        for target in TARGETS:
            exchange(server.port, request("GET", target))
        exchange(server.port, request("POST", "/", body=b"x" * 100_000))
        server.reload(APP)
        server.events.started()
    server.end()
    assert traps.read_text() == ""


def test_nothing_of_the_server_is_found_in_pythonpath(
    run_in: Callable[..., Run], traps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for what Python itself imports at its start, before anything of ours runs."""
    for name in ("sitecustomize", "usercustomize", *AT_START):
        (tmp_path / f"{name}.py").unlink(missing_ok=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = run_in(ProcessHost, APP, debug=True)
    server.events.started()
    exchange(server.port, request("GET", "/error"))
    server.end()
    assert traps.read_text() == ""


OWN = """\
import code, calendar_of_ours
from secrets import KEY
def app(environ, start_response):
    if environ["PATH_INFO"] == "/error":
        raise ValueError(KEY)
    import sched as own
    answer = [KEY, code.ANSWER, own.ANSWER, calendar_of_ours.timegm((1970, 1, 1, 0, 0, 1))]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(answer).encode()]
"""


def test_the_project_finds_its_own_modules(run_in: Callable[..., Run], tmp_path: Path) -> None:
    """And those of the standard library that it has files of the name of, but never asks for."""
    (tmp_path / "secrets.py").write_text("KEY = 'the key'\n")
    (tmp_path / "code.py").write_text("ANSWER = 'the code'\n")
    (tmp_path / "sched.py").write_text("ANSWER = 'late'\n")
    (tmp_path / "calendar.py").write_text("raise ImportError('nobody asks for it')\n")
    (tmp_path / "calendar_of_ours.py").write_text("from http.cookiejar import timegm\n")
    server = run_in(ProcessHost, OWN, debug=True, reload=True)
    server.events.started()
    for _ in range(2):
        assert server.body() == b"['the key', 'the code', 'late', 1]"
        assert ask(server.port, "/error").status == 500
        server.reload(OWN)
        server.events.started()
    server.end()
    assert [(error.type, error.message) for error in server.of(AppError)] == [
        ("ValueError", "the key")
    ] * 2


HERE = """\
import os, sys
from launcher.hosts.leftovers import end_leftovers
from launcher.hosts.supervisor import Supervisor
from server.config import ServerConfig
import queue

events = queue.SimpleQueue()
supervisor = Supervisor(events.put)
config = ServerConfig(app="app", project=sys.argv[1], port=0, run_in="thread", debug=True)
supervisor.start(config)
while type(event := events.get(timeout=30)).__name__ != "ServerStarted":
    assert type(event).__name__ != "ServerFailed", event
left = end_leftovers("of nobody")  # as another server does that ends beside this one
supervisor.stop()
assert supervisor.close(10)
os.write(1, f"left {left}".encode())
"""


def test_nothing_of_the_launcher_is_found_in_the_project(tmp_path: Path, traps: Path) -> None:
    """Nor of its libraries, while the app runs in its process."""
    (tmp_path / "app.py").write_text(APP)
    done = subprocess.run(
        [sys.executable, "-c", HERE, str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("left 0"), done.stderr
    assert traps.read_text() == ""
