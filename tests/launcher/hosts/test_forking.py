"""The forking server in a worker: each request in a process of its own, reported as any other."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable

import pytest
from hosting import Run, in_background, is_there, saying, wait_gone
from recorder import GATED, Gate
from wire import Wire, ask, request

from launcher.hosts.process_host import ProcessHost
from server.events import (
    AppError,
    OutputWritten,
    Reason,
    RequestFinished,
    RequestStarted,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CODE = (
    GATED.partition("{at_import}")[0]
    + """
import json, signal, sys, threading, time

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/gate":
        gate.wait_inside()
    if path == "/print":
        print("printed", flush=True)
        os.write(2, b"written\\n")
    if path == "/flood":
        for _ in range(200):
            print(environ["QUERY_STRING"] * 200)
    if path == "/error":
        1 / 0
    if path == "/segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if path == "/tear":  # killed in the midst of an event
        for number in range(3, 64):
            try:
                if "pipe" in os.readlink(f"/proc/self/fd/{number}"):
                    os.write(number, b'{"event": "RequestFini')
            except OSError:  # there is no such one, or it is for reading
                continue
        os.kill(os.getpid(), signal.SIGKILL)
    if path.startswith("/exit/"):
        os._exit(int(path[6:]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [json.dumps([os.getpid(), os.getppid(), environ["wsgi.multiprocess"]]).encode()]
"""
)


@pytest.fixture
def run(run_in: Callable[..., Run]) -> Callable[..., Run]:
    def start(code: str = CODE, **options: object) -> Run:
        return run_in(ProcessHost, code, mode="forking", **options)

    return start


def test_each_request_is_a_process_with_a_number(run: Callable[..., Run]) -> None:
    server = run(processes=3)
    started = server.events.started()
    assert started.mode == "forking"
    pids = []
    for _ in range(4):
        pid, parent, multiprocess = json.loads(server.body("/print"))
        assert (parent, multiprocess) == (started.pid, True)
        pids.append(pid)
    server.end()
    # A child reports its end after the answer, so that the next one may well be first.
    finished = {event.pid: event.id for event in server.of(RequestFinished)}
    assert sorted(finished) == sorted(pids)
    assert len(set(pids)) == 4
    begun = [event.id for event in server.of(RequestStarted)]
    assert begun == [finished[pid] for pid in pids]
    assert len(set(begun)) == 4
    printed = [event for event in server.of(OutputWritten) if event.text == "printed\n"]
    assert [event.request_id for event in printed] == begun
    assert "".join(event.text for event in server.of(OutputWritten)).count("written\n") == 4
    wait_gone(pids, 5)


def test_requests_run_side_by_side_up_to_a_number(run: Callable[..., Run], gate: Gate) -> None:
    """Others wait; while they do, nobody is refused."""
    server = run(processes=2, grace=60.0)
    server.events.started()
    wires = [in_background(server.port, "/gate") for _ in range(3)]
    try:
        gate.wait_entered()
        gate.wait_entered()
        wires[2].sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            wires[2].sock.recv(1)
        wires[2].sock.settimeout(30)
        gate.open()
        pids = {json.loads(wire.answer().body)[0] for wire in wires}
    finally:
        for wire in wires:
            wire.sock.close()
    assert len(pids) == 3
    server.end()


CRASHES = [
    ("/segfault", "SIGSEGV"),
    ("/exit/0", "status 0"),
    ("/exit/3", "status 3"),
    ("/tear", "SIGKILL"),
]


@pytest.mark.parametrize(("path", "how"), CRASHES)
def test_child_that_crashes_is_one_failed_request(
    run: Callable[..., Run], gate: Gate, path: str, how: str
) -> None:
    """It is on record at once, with the reason; the others don't notice."""
    server = run(processes=4, grace=60.0)
    server.events.started()
    with in_background(server.port, "/gate") as other:
        gate.wait_entered()
        with in_background(server.port, path + "?a=1") as wire:
            assert wire.at_end()
        failed = server.events.next(RequestFinished)
        assert (failed.target, failed.path, failed.query) == (path + "?a=1", path, "a=1")
        assert (failed.method, failed.aborted, failed.status) == ("GET", True, 0)
        assert how in failed.problem
        assert failed.remote_addr == "127.0.0.1"
        assert ("Host", "localhost") in failed.request_headers
        gate.open()
        assert other.answer().status == 200
    assert ask(server.port).status == 200
    stopped = server.end()
    assert stopped.processes_left == 0
    begun = [event.id for event in server.of(RequestStarted)]
    assert sorted(begun) == sorted(event.id for event in server.of(RequestFinished))
    assert len(set(begun)) == 3


def test_lines_of_many_children_do_not_run_into_each_other(run: Callable[..., Run]) -> None:
    server = run(processes=8)
    server.events.started()
    wires = [in_background(server.port, f"/flood?{letter}") for letter in "abcdefgh"]
    for wire in wires:
        assert wire.answer().status == 200
        wire.sock.close()
    server.end()
    lines: dict[int | None, set[str]] = {}
    for event in server.of(OutputWritten):
        lines.setdefault(event.request_id, set()).update(event.text.splitlines())
    assert sorted(map(tuple, lines.values())) == [(letter * 200,) for letter in "abcdefgh"]
    assert len(server.of(RequestFinished)) == 8


def test_errors_of_children_have_numbers_of_their_own(run: Callable[..., Run]) -> None:
    server = run(reload=True)
    server.events.started()
    for _ in range(2):
        for _ in range(2):
            assert ask(server.port, "/error").status == 500
        server.reload()
        server.events.started()
    server.end()
    errors = {event.id: event.request_id for event in server.of(AppError)}
    assert len(errors) == 4
    assert all(errors[event.error_id] == event.id for event in server.of(RequestFinished))


def test_reload_lets_children_finish_on_the_old_code(run: Callable[..., Run], gate: Gate) -> None:
    server = run(reload=True, grace=60.0)
    server.events.started()
    with in_background(server.port, "/gate") as wire, Wire(server.port) as half:
        gate.wait_entered()
        half.send(request("GET", "/half")[:20])
        server.reload(saying("two"))
        server.events.started()
        assert server.body() == b"two"
        assert half.ask(request("GET", "/half")[20:]).body == b"two"
        gate.open()
        assert json.loads(wire.answer().body)
    server.end()
    assert {event.status for event in server.of(RequestFinished)} == {200}


def test_child_beyond_the_grace_time_is_killed(run: Callable[..., Run], gate: Gate) -> None:
    server = run(grace=0.3)
    pid = server.events.started().pid
    with in_background(server.port, "/gate"):
        gate.wait_entered()
        stopped = server.end()
    assert stopped.abandoned == 1
    assert stopped.processes_left == 0
    assert not is_there(pid)
    (cut,) = server.of(RequestFinished)
    assert cut.aborted
    assert cut.problem


def test_kill_of_the_parent_takes_the_children_along(run: Callable[..., Run], gate: Gate) -> None:
    server = run(reload=True)
    pid = server.events.started().pid
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        os.kill(pid, signal.SIGKILL)
        assert wire.at_end()
    server.reload(saying("two"))
    server.events.wait_for(lambda: server.events.kinds().count("ServerStarted") == 2)
    assert server.body() == b"two"
    assert server.end().processes_left == 0


def test_debug_shows_that_there_is_no_debugger(run: Callable[..., Run]) -> None:
    """But the error's page shows the traceback all the same."""
    server = run(debug=True)
    started = server.events.started()
    assert "debugger" in started.note
    assert started.note_reason == Reason("no-debugger")
    page = ask(server.port, "/error")
    assert page.status == 500
    assert b"ZeroDivisionError" in page.body
    assert b"EVALEX" not in page.body
    server.end()
