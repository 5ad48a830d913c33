"""What every host of a server has to do: the same script of actions, the same events.

Each host is a parameter of the fixture ``make_host``; the rest is the same for all of them.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bounds import PROMPT
from hosting import MakeHost, Run, in_background, saying
from recorder import GATED, HELLO, WAIT, Gate, Recorder
from served import wait_until
from wire import Wire, ask, request

from launcher.hosts.base import Host, OnImported
from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.app import importing
from server.events import (
    AppError,
    Emit,
    Event,
    Importing,
    OutputWritten,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    Where,
)

MODES = ("threaded", "single")


@pytest.fixture(params=[ThreadHost, ProcessHost])
def make_host(request: pytest.FixtureRequest) -> MakeHost:
    """Makes a host."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def run(make_host: MakeHost, run_in: Callable[..., Run]) -> Callable[..., Run]:
    """Starts a server on an app's code, in each host; it is stopped at the end."""
    return lambda *args, **options: run_in(make_host, *args, **options)


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
        "ServerStarted", "RoutesFound", "RequestStarted", "RequestFinished", "ServerStopped",
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
    ("code", "kind", "expected"),
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
    run: Callable[..., Run], code: str, kind: str, expected: str
) -> None:
    server = run(code)
    failed = server.events.next(ServerFailed)
    assert failed.kind == kind
    assert expected in failed.message
    assert bool(failed.traceback) == (kind == "app-import")
    assert server.host.join(WAIT)
    assert isinstance(server.events.events[-1], ServerFailed)


def test_stop_before_anything_else_has_happened(run: Callable[..., Run]) -> None:
    server = run()
    server.host.stop()
    server.host.stop()
    server.events.stopped()
    assert server.host.join(WAIT)
    assert server.events.kinds() in (
        ["ServerStopped"],
        ["ServerStarted", "RoutesFound", "ServerStopped"],
    )


def test_stop_without_a_start(make_host: MakeHost) -> None:
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
    assert server.events.kinds() == ["ServerStarted", "RoutesFound", "ServerStopped"]


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
        assert time.monotonic() - begun < PROMPT
        assert stopped.abandoned == 1
        assert stopped.processes_left in (None, 0)
    gate.open()
    assert server.host.join(WAIT)
    assert server.events.kinds().count("ServerStopped") == 1
    problems = [event.problem for event in server.of(RequestFinished)]
    # Where the app's thread can't be ended, the request isn't over.
    assert problems == ["cut off: still running after 0.2 s"] * len(problems)
    assert len(problems) == isinstance(server.host, ProcessHost)


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


def test_import_that_never_ends_does_not_hold_up_a_stop(
    run: Callable[..., Run], gate: Gate
) -> None:
    """A thread can't be ended: it is left behind. A process can."""
    surroundings = (sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ))
    server = run(GATED.format(at_import="gate.wait_inside()"), grace=0.1)
    gate.wait_entered()
    begun = time.monotonic()
    server.host.stop()
    stopped = server.events.stopped()
    assert time.monotonic() - begun < PROMPT
    assert (stopped.abandoned, stopped.import_cut_off) == (0, True)  # no request ever came
    if isinstance(server.host, ProcessHost):
        assert stopped.processes_left == 0
    # What belongs to the whole process is put back at that moment, not when the import ends.
    now = (sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ))
    assert now == surroundings
    gate.open()
    assert server.host.join(WAIT)
    assert server.events.kinds() == ["ServerStopped"]


def test_an_import_that_takes_long_is_reported(
    run: Callable[..., Run], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SECONDS", 0.0)  # in this process; a worker takes its 3 s
    server = run(GATED.format(at_import="gate.wait_inside()"))
    gate.wait_entered()
    report = server.events.next(Importing)
    assert report.where is not None
    assert report.where.file == str(server.folder / "app.py")
    assert report.where.function == "wait_inside"
    assert report.frames[0].file == report.where.file
    gate.open()
    server.events.started()
    server.end()
    assert server.events.kinds()[-3:] == ["ServerStarted", "RoutesFound", "ServerStopped"]


def test_where_a_running_request_stands_is_reported(run: Callable[..., Run], gate: Gate) -> None:
    server = run(GATED.format(at_import=""))
    server.events.started()
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        number = server.events.next(RequestStarted).id
        server.host.ask_where(number)
        report = server.events.next(Where)
        gate.open()
        wire.answer()
    assert report.request_id == number
    assert report.where is not None
    assert report.where.file == str(server.folder / "app.py")
    assert report.where.function == "wait_inside"
    assert [frame.function for frame in report.frames[:2]] == ["app", "wait_inside"]
    server.events.next(RequestFinished)
    server.host.ask_where(number)
    assert server.events.next(Where) == Where(number, time=server.events.events[-1].time)


def test_process_is_as_before(run: Callable[..., Run]) -> None:
    def state() -> tuple[object, ...]:
        return (
            sys.stdout, sys.stderr, Path.cwd(), list(sys.path), dict(os.environ),
            threading.excepthook, "app" in sys.modules,
        )  # fmt: skip

    before = state()
    server = run("import os\nos.environ['SET_BY_THE_APP'] = '1'\n" + HELLO, reload=True)
    server.events.started()
    server.reload()
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
    """No thread and no descriptor in this process; and no process, see the fixture ``mark``."""

    def left() -> tuple[int, set[threading.Thread]]:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), set(threading.enumerate())

    before = left()
    for mode in MODES:
        server = run(mode=mode, reload=True)
        server.events.started()
        with Wire(server.port) as kept_alive:
            kept_alive.ask(request("GET", "/"))
            for text in ("two", "three"):
                server.reload(saying(text))
                server.events.started()
                assert kept_alive.ask(request("GET", "/")).body == text.encode()
            server.end()
            assert kept_alive.at_end()
    wait_until(lambda: left() == before, "the end of threads and descriptors", 5)


# Reloads


def test_reload_answers_with_the_new_code(run: Callable[..., Run]) -> None:
    """On the same address, without a stop in between."""
    server = run(saying("one"), reload=True)
    first = server.events.started()
    assert server.body() == b"one"
    server.reload(saying("two"))
    again = server.events.started()
    assert server.body() == b"two"
    assert (again.url, again.port, again.mode) == (first.url, first.port, first.mode)
    assert 0 < again.load_seconds < WAIT
    server.end()
    assert server.events.kinds().count("ServerStopped") == 1
    assert str(server.folder / "app.py") in server.imported


def test_saves_of_the_same_size_within_a_second_are_all_served(
    run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python takes a compiled file for current by whole seconds and the size; that's too coarse
    for somebody who corrects one letter right after another, also in a module of the app's."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    server = run("import part\n" + HELLO.replace('b"hello"', "part.text"), reload=True)
    server.events.next(ReloadFailed)  # there is no part yet
    for text in (b"v1", b"v2", b"v3"):
        server.edit(f"text = {text!r}\n", "part.py")
        server.reload()
        server.events.started()
        assert server.body() == text
    for text in ("w1", "w2", "w3"):
        server.reload(saying(text))
        server.events.started()
        assert server.body() == text.encode()
    server.end()


@pytest.mark.parametrize("mode", MODES)
def test_request_in_flight_finishes_on_the_old_code(
    run: Callable[..., Run], gate: Gate, mode: str
) -> None:
    """And the new code answers others at the same time."""
    server = run(GATED.format(at_import=""), mode=mode, reload=True, grace=60.0)
    server.events.started()
    with in_background(server.port, "/gate") as wire:
        gate.wait_entered()
        for text in ("two", "three"):
            server.reload(saying(text))
            server.events.started()
            assert server.body("/gate") == text.encode()
        gate.open()
        assert wire.answer().body == b"through the gate"
    server.end()
    finished = {event.id: event for event in server.of(RequestFinished)}
    assert [event.status for event in finished.values()] == [200] * 3
    assert not any(event.aborted for event in finished.values())


@pytest.mark.parametrize("mode", MODES)
def test_open_connections_survive_a_reload(run: Callable[..., Run], mode: str) -> None:
    """Those that wait for their next request, one in the midst of it, and one that is fresh."""
    server = run(saying("one"), mode=mode, reload=True)
    server.events.started()
    wires = [Wire(server.port) for _ in range(8)]
    try:
        for wire in wires[:6]:
            assert wire.ask(request("GET", "/")).body == b"one"
        head = request("GET", "/half")
        for cut, wire in ((1, wires[4]), (20, wires[5]), (30, wires[6])):
            wire.send(head[:cut])
        for text in ("two", "three"):
            server.reload(saying(text))
            server.events.started()
            for wire in wires[:4]:
                assert wire.ask(request("GET", "/")).body == text.encode()
        for cut, wire in ((1, wires[4]), (20, wires[5]), (30, wires[6]), (0, wires[7])):
            assert wire.ask(head[cut:]).body == b"three"
    finally:
        for wire in wires:
            wire.sock.close()
    server.end()
    assert {event.target for event in server.of(RequestFinished)} == {"/", "/half"}
    assert {event.remote_addr for event in server.of(RequestFinished)} == {"127.0.0.1"}


@pytest.mark.parametrize("mode", MODES)
def test_no_client_sees_anything_of_reloads(run: Callable[..., Run], mode: str) -> None:
    """However fast they follow each other: kept-alive connections stay, and new ones come in."""
    server = run(saying("0"), mode=mode, reload=True)
    server.events.started()
    over, problems, answered = threading.Event(), [], []

    def visit(keep: bool) -> None:
        wire = Wire(server.port)
        try:
            while not over.is_set():
                answer = wire.ask(request("GET", "/"))
                answered.append(answer.status)
                if not keep or answer.get("Connection") == "close":
                    wire.sock.close()
                    wire = Wire(server.port)
        except (OSError, AssertionError) as problem:
            problems.append((keep, repr(problem)))
        finally:
            wire.sock.close()

    visitors = [threading.Thread(target=visit, args=(n % 3 > 0,), daemon=True) for n in range(6)]
    for visitor in visitors:
        visitor.start()
    for number in range(1, 13):
        server.reload(saying(str(number)))
        if number % 3:
            server.events.started()
    wait_until(lambda: server.body() == b"12", "the newest code")
    over.set()
    for visitor in visitors:
        visitor.join(WAIT)
    server.end()
    assert problems == []
    assert set(answered) == {200}
    begun = [event.id for event in server.of(RequestStarted)]
    assert len(begun) == len(set(begun)) == len(server.of(RequestFinished)) >= len(answered)


def test_connections_during_a_slow_import_wait_for_the_new_code(
    run: Callable[..., Run], gate: Gate
) -> None:
    server = run(saying("one"), reload=True)
    server.events.started()
    with Wire(server.port) as kept_alive:
        assert kept_alive.ask(request("GET", "/")).body == b"one"
        server.reload(GATED.format(at_import="gate.wait_inside()"))
        gate.wait_entered()
        kept_alive.send(request("GET", "/kept"))
        others = [in_background(server.port, f"/{number}") for number in range(3)]
        for wire in (kept_alive, *others):
            wire.sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                wire.sock.recv(1, socket.MSG_PEEK)
            wire.sock.settimeout(WAIT)
        gate.open()
        for wire in (kept_alive, *others):
            assert wire.answer().body == b"through the gate"
            wire.sock.close()
    server.end()


BROKEN = [  # code, what is reported of it, the exception, the missing module, debug mode
    ("def broken(:\n", "Syntax error in", "SyntaxError", "", True),
    ("no_such_name\n", "no_such_name", "NameError", "", False),
    ("import absent_one\n", "'absent_one'", "ModuleNotFoundError", "absent_one", False),
    ("import sys\nsys.exit(3)\n", "sys.exit(3)", "SystemExit", "", True),
]


@pytest.mark.parametrize(("code", "expected", "kind", "missing", "debug"), BROKEN)
def test_reload_of_a_broken_app(
    run: Callable[..., Run], code: str, expected: str, kind: str, missing: str, debug: bool
) -> None:
    """The server stays up and says what is wrong, in the browser only in debug mode; the next
    good save heals it."""
    server = run(saying("one"), reload=True, debug=debug)
    server.events.started()
    with Wire(server.port) as kept_alive:
        assert kept_alive.ask(request("GET", "/")).body == b"one"
        server.reload(code)
        failed = server.events.next(ReloadFailed)
        assert expected in failed.error
        assert failed.missing_module == missing
        assert failed.kind == "app-import"
        (reported,) = server.of(AppError)
        assert failed.error_id == reported.id
        assert (kind in failed.traceback) if kind else not failed.traceback
        for answer in (kept_alive.ask(request("GET", "/")), ask(server.port)):
            assert answer.status == 500
            assert (kind.encode() in answer.body) == (debug or not kind)
            assert (expected.replace("'", "&#x27;").encode() in answer.body) == debug
        server.reload(saying("two"))
        server.events.started()
        assert kept_alive.ask(request("GET", "/")).body == b"two"
    server.end()
    assert [event.type for event in server.of(AppError)] == [kind] * bool(kind)
    kinds = [k for k in server.events.kinds() if k != "ServerCourse"]
    reported = [k for k in kinds if k.startswith(("Server", "Reload"))]
    assert reported == ["ServerStarted", "ReloadFailed", "ServerStarted", "ServerStopped"]


def test_app_that_is_broken_from_the_beginning(run: Callable[..., Run]) -> None:
    """Its address is reported, and what is wrong with it."""
    server = run("no_such_name\n", reload=True)
    server.events.started()
    assert "no_such_name" in server.events.next(ReloadFailed).error
    assert ask(server.port).status == 500
    server.reload(saying("healed"))
    server.events.started()
    assert server.body() == b"healed"
    server.end()
    assert server.events.kinds().count("ServerStarted") == 2


def test_reloads_in_quick_succession_end_with_the_newest_code(run: Callable[..., Run]) -> None:
    server = run(saying("one"), reload=True)
    server.events.started()
    for text in ("two", "three", "four"):
        server.reload(saying(text))
    wait_until(lambda: server.body() == b"four", "the newest code")
    assert {server.body() for _ in range(10)} == {b"four"}
    server.end()
    assert "ReloadFailed" not in server.events.kinds()


def test_reload_right_after_a_start(run: Callable[..., Run]) -> None:
    """As when a file is saved while the app is loaded for the first time."""
    server = run(saying("one"), reload=True)
    server.reload(saying("two"))
    server.events.started()
    wait_until(lambda: server.body() == b"two", "the newest code")
    server.end()


def test_reload_of_a_broken_app_right_after_a_start(run: Callable[..., Run]) -> None:
    """The address is reported all the same."""
    for _ in range(3):
        server = run(saying("one"), reload=True)
        server.reload("no_such_name\n")
        server.events.started()
        server.events.next(ReloadFailed)
        server.end()


def test_stop_during_a_reload(run: Callable[..., Run], gate: Gate) -> None:
    server = run(saying("one"), reload=True, grace=0.3)
    server.events.started()
    server.reload(GATED.format(at_import="gate.wait_inside()"))
    gate.wait_entered()
    begun = time.monotonic()
    server.host.stop()
    server.events.stopped()
    assert time.monotonic() - begun < PROMPT
    gate.open()
    assert server.host.join(WAIT)
    assert server.events.kinds() == ["ServerStarted", "RoutesFound", "ServerStopped"]


def test_reload_after_a_stop_does_nothing(run: Callable[..., Run]) -> None:
    server = run(reload=True)
    server.events.started()
    server.host.stop()
    server.reload()
    server.events.stopped()
    server.reload()
    assert server.host.join(WAIT)
    assert server.events.kinds() == ["ServerStarted", "RoutesFound", "ServerStopped"]


STREAM = """\
import time
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    def ticks():
        while True:
            yield b"data: tick\\n\\n"
            time.sleep(0.02)
    return ticks()
"""


def test_stream_without_an_end_is_cut_after_a_reload(run: Callable[..., Run]) -> None:
    """It may not keep the old code alive; the record says that, and why, it was cut off."""
    server = run(STREAM, reload=True, grace=0.3)
    server.events.started()
    with in_background(server.port, "/ticks") as wire:
        assert wire.sock.recv(65536).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        server.reload(saying("two"))
        server.events.started()
        assert server.body() == b"two"
        while not wire.at_end():
            wire._buffer.clear()
        assert 0.25 < time.monotonic() - begun < PROMPT
    (cut,) = [e for e in server.wait_count(RequestFinished, 2) if e.target == "/ticks"]
    assert cut.aborted
    assert cut.problem
    server.end()


def test_numbers_are_never_given_twice(run: Callable[..., Run]) -> None:
    """Not over reloads, either: those of requests and those of errors."""
    failing = "def app(environ, start_response):\n    raise RuntimeError('no')\n"
    server = run(failing, reload=True)
    server.events.started()
    for number in range(4):
        for _ in range(number % 3):
            assert ask(server.port).status == 500
        server.reload(failing)
        server.events.started()
    for _ in range(2):
        assert ask(server.port).status == 500
    server.end()
    begun = [event.id for event in server.of(RequestStarted)]
    assert len(begun) == len(set(begun)) == 5
    assert sorted(begun) == sorted(event.id for event in server.of(RequestFinished))
    errors = {event.id: event.request_id for event in server.of(AppError)}
    assert len(errors) == 5
    assert all(errors[e.error_id] == e.id for e in server.of(RequestFinished))


def test_number_of_a_request_that_runs_through_reloads_is_its_own(
    run: Callable[..., Run], gate: Gate
) -> None:
    """Reloads follow each other faster than requests come."""
    server = run(saying("one"), reload=True, grace=60.0)
    server.events.started()
    server.reload(GATED.format(at_import=""))
    server.events.started()
    server.reload(saying("three"))
    server.events.started()
    with in_background(server.port, "/"):
        server.wait_count(RequestFinished, 1)
    server.end()
    assert len({event.id for event in server.of(RequestStarted)}) == 1


def test_variables_are_set_anew_at_a_reload(run: Callable[..., Run]) -> None:
    code = "import os\nTEXT = os.environ.get('SERVEDECK_TEST_TEXT', 'none').encode()\n"
    server = run(code + HELLO.replace('b"hello"', "TEXT"), reload=True)
    server.events.started()
    assert server.body() == b"none"
    for text in ("first", "second"):
        server.reload(environ={"SERVEDECK_TEST_TEXT": text})
        server.events.started()
        assert server.body() == text.encode()
    server.reload(environ={})
    server.events.started()
    assert server.body() == b"none"
    server.end()
    assert "SERVEDECK_TEST_TEXT" not in os.environ


REPEATING = """
def app(environ, start_response):
    if environ["QUERY_STRING"]:
        raise LookupError(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


def test_requests_with_the_same_facts_share_an_exchange(
    make_host: MakeHost, run_in: Callable[..., Run]
) -> None:
    """Also beyond the pipe. The events of a request are in their order; those of the next one don't
    wait for an error's description."""
    found: list[Event] = []

    def make(emit: Emit, on_imported: OnImported) -> Host:
        def emit_and_keep(event: Event) -> None:
            found.append(event)
            emit(event)

        return make_host(emit_and_keep, on_imported)

    server = run_in(make, REPEATING)
    server.events.started()
    with Wire(server.port) as wire:
        for target in ("/a", "/a", "/a", "/?x", "/a", "/a"):
            wire.send(request("GET", target))
            wire.answer()
    server.end()
    assert [type(event).__name__ for event in (found[0], found[-1])] == [
        "ServerStarted", "ServerStopped",
    ]  # fmt: skip
    starts = [event for event in found if isinstance(event, RequestStarted)]
    for number, start in enumerate(starts):
        own = [
            type(event).__name__
            for event in found
            if (isinstance(event, AppError) and event.request_id == start.id)
            or (isinstance(event, (RequestStarted, RequestFinished)) and event.id == start.id)
        ]
        error = ["AppError"] if number == 3 else []
        assert own == ["RequestStarted", *error, "RequestFinished"]
    ends = [event for event in found if isinstance(event, RequestFinished)]
    ends.sort(key=lambda end: end.id)
    assert [(end.target, end.status) for end in ends] == [
        ("/a", 200), ("/a", 200), ("/a", 200), ("/?x", 500), ("/a", 200), ("/a", 200),
    ]  # fmt: skip
    assert [end.response_body.data for end in ends if end.status == 200] == [b"ok"] * 5
    # The Date header says another second now and then.
    different = {(end.target, end.response_headers) for end in ends}
    assert len({id(end.exchange) for end in ends}) == len(different)
    assert [start.id for start in starts] == [end.id for end in ends]
    assert [start.time for start in starts] == pytest.approx([end.started for end in ends])
    assert all(end.duration >= end.app_duration >= 0 and end.thread and end.pid for end in ends)
