"""server.base.forks: children that aren't the server's leave it alone, whatever reaches them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run, is_there, wait_gone
from recorder import WAIT
from served import wait_until
from wire import ask

from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import AppError, OutputWritten, RequestFinished, ServerStopped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks into /proc")

CODE = """
import logging, multiprocessing, os, signal, sys, time

def double(number):
    print("double", number, flush=True)
    logging.error("logged")
    return 2 * number

def child(path):
    pid = os.fork()
    if pid:
        return pid
    if path == "/stays":
        time.sleep(600)
    if path == "/raises":
        raise RuntimeError("in the child")
    return None

def app(environ, start_response):
    path, answer = environ["PATH_INFO"], ""
    if path == "/pool":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            answer = str(pool.map(double, range(3)))
    elif path == "/signal":
        pid = child("/stays")
        os.kill(pid, signal.SIGTERM)
        answer = str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    elif path == "/stays":
        answer = str(child(path))
    elif path in ("/raises", "/returns"):
        pid = child(path)
        answer = pid and str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(answer or '').encode()]
"""


def _sockets(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(link))
        except OSError:  # closed meanwhile
            continue
    return [name for name in found if name.startswith("socket:")]


def output(server: Run) -> str:
    return "".join(event.text for event in server.of(OutputWritten))


@pytest.mark.parametrize(
    ("host", "options"),
    [
        (ProcessHost, {}),
        (ProcessHost, {"reload": True}),
        (ProcessHost, {"mode": "single"}),
        (ProcessHost, {"mode": "forking"}),
        (ThreadHost, {}),
    ],
    ids=["threads", "reload", "single", "forking", "thread-of-ours"],
)
def test_children_of_the_app(
    run_in: Callable[..., Run], host: type, options: dict[str, object]
) -> None:
    """A pool in a view, which ends its processes by SIGTERM; children that raise, that return into
    the server, and one that stays: the server answers on, and what they print is shown."""
    server = run_in(host, CODE, **options)
    server.events.started()
    for _ in range(3):
        assert server.body("/pool") == b"[0, 2, 4]"
    assert server.body("/signal") == b"-15"
    assert server.body("/raises") == b"1"
    assert server.body("/returns") == b"1"
    pid = int(server.body("/stays"))
    try:
        assert is_there(pid)
        assert server.body() == b""
        if host is ProcessHost:  # the tests' own process has others
            wait_until(lambda: not _sockets(pid), "it has let go of all sockets", WAIT)
        server.wait_count(RequestFinished, 8)
        assert not server.of(AppError)
        if host is ProcessHost:
            server.events.wait_for(lambda: "in the child" in output(server))
            assert output(server).count("double") == 9
        else:
            server.events.wait_for(lambda: "Separate process" in output(server))
        stopped = server.end()
        assert (stopped.reason, stopped.abandoned) == ("stopped", 0)
        if host is ProcessHost:
            wait_gone([pid], WAIT)
    finally:
        if is_there(pid):
            os.kill(pid, signal.SIGKILL)
            if host is ThreadHost:
                os.waitpid(pid, 0)


def test_a_daemon_made_at_import(run_in: Callable[..., Run]) -> None:
    """The child of a module that forks doesn't become a second server."""
    server = run_in(ProcessHost, "import os\nos.fork()\n" + CODE)
    started = server.events.started()
    assert server.body() == b""
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    wait_until(
        lambda: not any(map(is_there, map(int, children.read_text().split()))), "its end", WAIT
    )
    assert ask(server.port, "/").body == b""
    assert isinstance(server.end(), ServerStopped)
