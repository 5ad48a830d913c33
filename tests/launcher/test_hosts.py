"""What every host of a server has to do: the same script of actions, the same events.

Each host is a parameter of the fixture ``make_host``; the rest is the same for all of them.
"""

from __future__ import annotations

import builtins
import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorder import GATED, HELLO, WAIT, Gate, Recorder, write_app
from wire import Wire, ask, request

from launcher.hosts.base import Host
from launcher.hosts.thread_host import ThreadHost
from server.config import ServerConfig
from server.events import (
    AppError,
    OutputWritten,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)

MODES = ("threaded", "single")


@pytest.fixture(params=[ThreadHost])
def make_host(request: pytest.FixtureRequest) -> Callable[[Recorder], Host]:
    """Makes a host; a second class of hosts is added here."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    builtins.servedeck_test_gate = gate  # type: ignore[attr-defined]
    yield gate
    gate.open()
    del builtins.servedeck_test_gate  # type: ignore[attr-defined]


class Run:
    """One server in one host."""

    def __init__(
        self, make_host: Callable[[Recorder], Host], listener: socket.socket, config: ServerConfig
    ) -> None:
        self.events = Recorder()
        self.host = make_host(self.events)
        self.port = listener.getsockname()[1]
        self.host.start(config, [listener])

    def end(self) -> ServerStopped:
        self.host.stop()
        stopped = self.events.stopped()
        assert self.host.join(WAIT)
        return stopped


@pytest.fixture
def run(
    make_host: Callable[[Recorder], Host], listener: socket.socket, tmp_path: Path
) -> Iterator[Callable[..., Run]]:
    """Starts a server on an app's code; whatever it does, it is stopped at the end."""
    runs: list[Run] = []

    def start(code: str = HELLO, **options: object) -> Run:
        write_app(tmp_path, code)
        config = ServerConfig(app="app", project=str(tmp_path), port=0, **options)  # type: ignore[arg-type]
        runs.append(Run(make_host, listener, config))
        return runs[-1]

    yield start
    for one in runs:
        one.host.stop()
        one.host.join(0.1)


def in_background(port: int, target: str) -> Wire:
    """Send a request and come back without its answer."""
    wire = Wire(port)
    wire.send(request("GET", target))
    return wire


@pytest.mark.parametrize("mode", MODES)
def test_start_request_stop(run: Callable[..., Run], mode: str) -> None:
    server = run(mode=mode)
    started = server.events.started()
    assert (started.url, started.port) == (f"http://127.0.0.1:{server.port}", server.port)
    assert started.mode == mode
    assert ask(server.port).body == b"hello"
    stopped = server.end()
    assert (stopped.reason, stopped.abandoned) == ("stopped", 0)
    assert server.events.kinds() == [
        "ServerStarted", "RequestStarted", "RequestFinished", "ServerStopped",
    ]  # fmt: skip


def test_events_of_one_request_belong_together(run: Callable[..., Run]) -> None:
    server = run("def app(environ, start_response):\n    print('in the view')\n    return 1 / 0\n")
    server.events.started()
    assert ask(server.port, "/x?y=1").status == 500
    server.end()
    (begun,) = (e for e in server.events.events if isinstance(e, RequestStarted))
    (printed,) = (e for e in server.events.events if isinstance(e, OutputWritten))
    (error,) = (e for e in server.events.events if isinstance(e, AppError))
    (finished,) = (e for e in server.events.events if isinstance(e, RequestFinished))
    assert begun.id == printed.request_id == error.request_id == finished.id
    assert finished.error_id == error.id
    assert (finished.target, finished.status, printed.text) == ("/x?y=1", 500, "in the view\n")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("raise RuntimeError('at import')\n", "app-import", "at import"),
        ("import sys\nsys.exit(3)\n", "app-import", "sys.exit(3)"),
        ("import asyncio\nraise asyncio.CancelledError\n", "app-import", "CancelledError"),
        ("def broken(:\n", "app-import", "Syntax error"),
        ("app = 42\n", "app-object", "not a WSGI app"),
        ("nothing = None\n", "app-attribute", "has no app"),
    ],
)
def test_app_that_cannot_be_loaded(
    run: Callable[..., Run], code: str, kind: str, said: str
) -> None:
    server = run(code)
    failed = server.events.next(ServerFailed)
    assert failed.kind == kind
    assert said in failed.message
    assert bool(failed.traceback) == (kind == "app-import")
    assert server.host.join(WAIT)
    assert isinstance(server.events.events[-1], ServerFailed)


def test_stop_before_anything_else_has_happened(run: Callable[..., Run]) -> None:
    server = run()
    server.host.stop()
    server.host.stop()
    server.events.stopped()
    assert server.host.join(WAIT)
    assert server.events.kinds() in (["ServerStopped"], ["ServerStarted", "ServerStopped"])


def test_stop_without_a_start(make_host: Callable[[Recorder], Host]) -> None:
    events = Recorder()
    host = make_host(events)
    host.stop()
    assert host.join(1)
    assert events.events == []


def test_stop_twice_ends_once(run: Callable[..., Run]) -> None:
    server = run()
    server.events.started()
    server.host.stop()
    server.host.stop()
    assert server.host.join(WAIT)
    server.host.stop()
    assert server.events.kinds() == ["ServerStarted", "ServerStopped"]


@pytest.mark.parametrize("mode", MODES)
def test_stop_lets_the_request_in_flight_finish(
    run: Callable[..., Run], gate: Gate, mode: str
) -> None:
    server = run(GATED.format(at_import=""), mode=mode, grace=60.0)
    server.events.started()
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        server.host.stop()
        assert not server.host.join(0.05)
        gate.open()
        assert wire.answer().body == b"through the gate"
    stopped = server.events.stopped()
    assert server.host.join(WAIT)
    assert (stopped.drained, stopped.abandoned) == (1, 0)


@pytest.mark.parametrize("mode", MODES)
def test_request_that_never_ends_is_abandoned(
    run: Callable[..., Run], gate: Gate, mode: str
) -> None:
    server = run(GATED.format(at_import=""), mode=mode, grace=0.2)
    server.events.started()
    with in_background(server.port, "/gate"):
        gate.wait_entered()
        begun = time.monotonic()
        server.host.stop()
        stopped = server.events.stopped()
        assert time.monotonic() - begun < 0.2 + 1
        assert stopped.abandoned == 1
    gate.open()
    assert server.host.join(WAIT)
    assert server.events.kinds().count("ServerStopped") == 1


def test_stop_while_the_app_is_imported(run: Callable[..., Run], gate: Gate) -> None:
    server = run(GATED.format(at_import="gate.wait_inside()"), grace=60.0)
    gate.wait_entered()
    server.host.stop()
    gate.open()
    stopped = server.events.stopped()
    assert server.host.join(WAIT)
    assert stopped.abandoned == 0
    assert "ServerStarted" not in server.events.kinds()


def test_app_that_fails_after_a_stop_is_stopped(run: Callable[..., Run], gate: Gate) -> None:
    server = run(GATED.format(at_import="gate.wait_inside(); raise RuntimeError"), grace=60.0)
    gate.wait_entered()
    server.host.stop()
    gate.open()
    server.events.stopped()
    assert server.host.join(WAIT)


def test_import_that_never_ends_is_abandoned(run: Callable[..., Run], gate: Gate) -> None:
    surroundings = (sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ))
    server = run(GATED.format(at_import="gate.wait_inside()"), grace=0.1)
    gate.wait_entered()
    server.host.stop()
    assert server.events.stopped().abandoned == 1
    # What belongs to the whole process is put back at that moment, not when the import ends.
    now = (sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ))
    assert now == surroundings
    gate.open()
    assert server.host.join(WAIT)
    assert server.events.kinds() == ["ServerStopped"]


def test_process_is_as_before(run: Callable[..., Run]) -> None:
    def state() -> tuple[object, ...]:
        return (
            sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ),
            threading.excepthook, "app" in sys.modules,
        )  # fmt: skip

    before = state()
    server = run("import os\nos.environ['SET_BY_THE_APP'] = '1'\n" + HELLO)
    server.events.started()
    server.end()
    assert state() == before


def test_listener_stays_open_and_is_the_callers(
    run: Callable[..., Run], listener: socket.socket
) -> None:
    server = run()
    server.events.started()
    server.end()
    waiting = in_background(server.port, "/")
    again = run()
    again.events.started()
    with waiting:
        assert waiting.answer().body == b"hello"
    again.end()
    assert listener.fileno() >= 0


def test_nothing_stays_behind(run: Callable[..., Run]) -> None:
    def left() -> tuple[int, set[threading.Thread]]:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), set(threading.enumerate())

    before = left()
    for mode in MODES:
        server = run(mode=mode)
        started = server.events.started()
        assert isinstance(started, ServerStarted)
        with Wire(server.port) as kept_alive:
            kept_alive.ask(request("GET", "/"))
            server.end()
            assert kept_alive.at_end()
    assert left() == before
