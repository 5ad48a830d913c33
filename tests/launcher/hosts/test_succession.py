"""Code that takes at its import what the code before still has: a port, a lock, a file."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hosting import Run, in_background, saying
from recorder import GATED, Gate
from wire import Wire, ask

from launcher.hosts.process_host import ProcessHost
from launcher.hosts.succession import Succession, Wait
from server.events import (
    AppError,
    Reason,
    ReloadFailed,
    Reloading,
    RequestFinished,
    RequestStarted,
    ServerStarted,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="passes descriptors")

PORT = """
import socket
taken = socket.socket()
taken.bind(("127.0.0.1", {port}))
"""
LOCK = """
import fcntl
taken = open({path!r}, "w")
fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
"""
ENDS = """
import os
try:
    os.mkdir({path!r})
except FileExistsError:
    os._exit(3)
import atexit
atexit.register(os.rmdir, {path!r})
"""


@pytest.fixture
def run(run_in: Callable[..., Run]) -> Callable[..., Run]:
    """Starts a server in a process on an app's code; it is ended after the test."""
    return lambda *args, **options: run_in(ProcessHost, *args, **options)


@pytest.fixture
def takings(tmp_path: Path) -> dict[str, str]:
    """Code that only one process can run at a time."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = str(tmp_path / "taken")
    return {
        "port": PORT.format(port=port),
        "lock": LOCK.format(path=path),
        "ends": ENDS.format(path=path),
    }


@pytest.mark.parametrize("kind", ["port", "lock", "ends"])
def test_a_failed_load_is_done_once_more_when_the_old_code_has_ended(
    run: Callable[..., Run], gate: Gate, takings: dict[str, str], kind: str
) -> None:
    code = GATED.format(at_import=takings[kind])
    server = run(code, reload=True, grace=30.0)
    server.events.started()
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        server.reload(code + "\n# saved\n")
        failed = server.events.next(ReloadFailed)
        assert failed.waits_for_old
        assert ask(server.port).status == 500
        gate.open()
        assert wire.answer().body == b"through the gate"
    assert server.events.next(Reloading).cause == Reason("old-ended")
    assert not server.events.started().ends_first
    assert server.body() == b"through the gate"
    assert server.end().processes_left == 0


READS = """
def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"read"]
"""


def test_after_two_such_reloads_the_old_code_is_ended_first(
    run: Callable[..., Run], takings: dict[str, str]
) -> None:
    """And nothing fails any more, also while requests of the old code still run."""
    code = takings["port"] + READS
    server = run(code, reload=True, grace=30.0)
    server.events.started()
    for helped in (1, 2, 3):
        with Wire(server.port) as wire:
            wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
            server.events.next(RequestStarted)
            server.reload(f"{code}\n# {helped}\n")
            if helped < 3:
                assert server.events.next(ReloadFailed).waits_for_old
            wire.send(b"!")
            assert wire.answer().body == b"read"
        assert server.events.started().ends_first == (helped > 1)
    assert len(server.of(ReloadFailed)) == 2
    assert not [event for event in server.of(RequestFinished) if event.aborted]
    server.end()


def test_the_old_code_is_ended_first_where_that_is_chosen(
    run: Callable[..., Run], gate: Gate, takings: dict[str, str]
) -> None:
    code = GATED.format(at_import=takings["port"])
    server = run(code, reload=True, grace=30.0, end_first=True)
    assert server.events.started().ends_first
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        server.reload(code + "\n# saved\n")
        server.reload(code + "\n# saved again\n")
        with in_background(server.port, "/") as waiting:
            gate.open()
            assert wire.answer().body == b"through the gate"
            assert waiting.answer().status == 200
    server.events.started()
    assert server.of(ReloadFailed) == []
    server.end()


def test_a_mistake_in_the_code_is_reported_once(run: Callable[..., Run], gate: Gate) -> None:
    """No other process has a part in it."""
    server = run(GATED.format(at_import=""), reload=True, grace=30.0)
    server.events.started()
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        server.reload("import nothing_of_that_name\n")
        assert not server.events.next(ReloadFailed).waits_for_old
        gate.open()
        wire.answer()
    server.reload(saying("mended"))
    server.events.started()
    assert len(server.of(ReloadFailed)) == len(server.of(AppError)) == 1
    assert len(server.of(ServerStarted)) == 2
    server.end()


# The decisions alone

FAILED = ReloadFailed("no", kind="app-import")


def error(name: str) -> AppError:
    return AppError(1, None, name, "", "")


def test_a_second_try_that_fails_is_the_last() -> None:
    succession = Succession(ends_first=False)
    assert succession.begin(second=False, old_is_there=True)
    succession.raised(error("OSError"))
    assert succession.failed(FAILED, old_is_there=True).waits_for_old
    assert succession.wait is Wait.SECOND_TRY
    # The process whose load has failed may hold a part of what it took: it ends first, too.
    assert not succession.begin(second=True, old_is_there=True)
    assert succession.wait is Wait.LOAD
    succession.wait = None
    assert not succession.failed(FAILED, old_is_there=True).waits_for_old
    assert succession.wait is None
    succession.succeeded()
    succession.succeeded()
    assert not succession.begin(second=True, old_is_there=True)


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (FAILED, "SyntaxError"),
        (FAILED, "ModuleNotFoundError"),
        (ReloadFailed("no", kind="app-object"), ""),
        (ReloadFailed("no", kind="patches"), ""),
    ],
)
def test_what_comes_of_the_code_alone(failure: ReloadFailed, name: str) -> None:
    succession = Succession(ends_first=False)
    succession.begin(second=False, old_is_there=True)
    if name:
        succession.raised(error(name))
    assert not succession.failed(failure, old_is_there=True).waits_for_old


def test_without_an_old_process_nothing_waits() -> None:
    succession = Succession(ends_first=True)
    assert succession.begin(second=False, old_is_there=False)
    assert not succession.failed(FAILED, old_is_there=False).waits_for_old
    assert not succession.begin(second=False, old_is_there=True)
