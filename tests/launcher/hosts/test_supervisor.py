"""launcher.hosts.supervisor: starts, stops, restarts in every order; the socket that it keeps."""

from __future__ import annotations

import gc
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from bounds import PROMPT
from hosting import in_background, marked, saying
from recorder import GATED, HELLO, WAIT, Gate, Recorder, write_app
from served import wait_until
from wire import Wire, ask, request

from launcher.core.sentences import failure
from launcher.hosts import listening, process_host
from launcher.hosts import supervisor as supervisor_module
from launcher.hosts.choice import Choice
from launcher.hosts.supervisor import Supervisor
from launcher.hosts.watching import files as watched_files
from launcher.hosts.watching import watcher
from launcher.hosts.watching.watcher import Watcher
from server.config import ServerConfig
from server.events import (
    OutputWritten,
    Reason,
    ReloadFailed,
    Reloading,
    RequestFinished,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
)

MODES = ("threaded", "single")


class Bench:
    """A supervisor, what it has reported, and a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events = Recorder()
        self.supervisor = Supervisor(self.events)
        write_app(folder, HELLO)

    def config(self, **options: object) -> ServerConfig:
        values = {"app": "app", "project": str(self.folder), "port": 0, **options}
        return ServerConfig(**values)  # type: ignore[arg-type]

    def start(self, **options: object) -> int:
        """Start and wait for it; the port."""
        self.supervisor.start(self.config(**options))
        return self.events.started().port

    def stop(self) -> ServerStopped:
        self.supervisor.stop()
        return self.events.stopped()


@pytest.fixture
def bench(tmp_path: Path, mark: str) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    assert bench.supervisor.close(WAIT)


def assert_free(port: int) -> None:
    """The port can be bound by anybody."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        probe.listen()


def test_start_stop_start(bench: Bench) -> None:
    for _ in range(2):
        port = bench.start()
        assert ask(port).body == b"hello"
        assert bench.stop().reason == "stopped"
        assert_free(port)


def test_events_come_on_no_thread_of_the_caller(bench: Bench) -> None:
    threads = set()
    take = bench.events.__call__
    supervisor = Supervisor(lambda event: (threads.add(threading.current_thread()), take(event))[1])
    supervisor.start(bench.config())
    bench.events.started()
    supervisor.stop()
    bench.events.stopped()
    supervisor.start(bench.config(port=1, host="192.0.2.1"))
    bench.events.next(ServerFailed)
    assert supervisor.close(WAIT)
    assert threads
    assert threading.current_thread() not in threads


def test_start_twice_is_one_server(bench: Bench) -> None:
    bench.supervisor.start(bench.config())
    bench.supervisor.start(bench.config())
    port = bench.events.started().port
    bench.supervisor.start(bench.config())
    assert ask(port).status == 200
    bench.stop()
    assert bench.events.kinds().count("ServerStarted") == 1


def test_stop_without_a_server_does_nothing(bench: Bench) -> None:
    bench.supervisor.stop()
    bench.start(run_in="thread")
    bench.stop()
    bench.supervisor.stop()
    bench.start(run_in="thread")
    bench.stop()
    assert bench.events.kinds() == ["ServerStarted", "RoutesFound", "ServerStopped"] * 2


def test_stop_right_after_start(bench: Bench) -> None:
    for run_in in ("process", "thread", "thread", "process"):
        bench.supervisor.start(bench.config(run_in=run_in))
        bench.supervisor.stop()
        bench.events.stopped()
    port = bench.start()
    assert ask(port).status == 200
    bench.stop()


def test_close_in_every_state(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    for prepare in ("nothing", "started", "starting", "stopped", "failed"):
        bench = Bench(tmp_path)
        if prepare == "started":
            port = bench.start()
        elif prepare == "starting":
            bench.supervisor.start(bench.config())
        elif prepare == "stopped":
            port = bench.start(run_in="thread")
            bench.stop()
        elif prepare == "failed":
            bench.supervisor.start(bench.config(app="missing", run_in="thread"))
            bench.events.next(ServerFailed)
        assert bench.supervisor.close(WAIT), prepare
        assert bench.supervisor.close(WAIT), prepare
        left = set(threading.enumerate()) - before
        assert not [thread for thread in left if thread.name in ("supervisor", "server")]
        if prepare in ("started", "stopped"):
            assert_free(port)


def test_a_close_that_is_carried_out_while_it_is_asked_for(bench: Bench) -> None:
    """The asking thread may be held up in the midst, on a busy machine: no thread is left."""
    bench.supervisor.start(bench.config(app="missing", run_in="thread"))
    bench.events.next(ServerFailed)
    before = set(threading.enumerate())
    (thread,) = (thread for thread in before if thread.name == "supervisor")
    mailbox = bench.supervisor._mailbox
    commands = mailbox._calls

    class HeldUp:
        def put(self, command: Any) -> None:
            commands.put(command)
            thread.join(0.2)

        def __getattr__(self, name: str) -> Any:
            return getattr(commands, name)

    mailbox._calls = HeldUp()  # type: ignore[assignment]
    assert bench.supervisor.close(WAIT)
    assert not set(threading.enumerate()) - before
    bench.supervisor.stop()
    assert bench.supervisor.close(WAIT)
    assert not set(threading.enumerate()) - before


def test_restart_where_nothing_runs_starts(bench: Bench) -> None:
    bench.supervisor.restart(bench.config())
    assert ask(bench.events.started().port).status == 200
    bench.stop()


def test_restart_after_close_was_asked_for_does_nothing(bench: Bench, gate: Gate) -> None:
    write_app(bench.folder, GATED.format(at_import=""))
    port = bench.start(grace=30.0)
    with in_background(port, "/gate") as wire:
        gate.wait_entered()
        assert not bench.supervisor.close(0.01)
        bench.supervisor.restart(bench.config())
        gate.open()
        assert wire.answer().status == 200
    assert bench.supervisor.close(WAIT)
    assert bench.events.kinds().count("ServerStarted") == 1
    assert_free(port)


def test_restart_answers_waiting_clients_with_the_new_code(bench: Bench, gate: Gate) -> None:
    write_app(bench.folder, GATED.format(at_import=""))
    port = bench.start(grace=30.0)
    with Wire(port) as kept_alive, in_background(port, "/gate") as before:
        kept_alive.ask(request("GET", "/"))
        gate.wait_entered()
        write_app(bench.folder, HELLO.replace("hello", "the new code"))
        bench.supervisor.restart(bench.config(grace=30.0))
        assert kept_alive.at_end()  # so the old server accepts nobody any more
        with Wire(port) as idle, in_background(port, "/") as between:
            gate.open()
            assert before.answer().body == b"through the gate"
            bench.events.stopped()
            assert bench.events.started().port == port
            answers = [between.answer().body, idle.ask(request("GET", "/")).body]
    assert answers == [b"the new code"] * 2
    bench.stop()
    assert_free(port)


def test_restart_never_refuses_a_connection(bench: Bench) -> None:
    port = bench.start()
    stop, problems, bodies = threading.Event(), [], set()

    def visit() -> None:
        while not stop.is_set():
            try:
                bodies.add(ask(port).body)
            except (OSError, AssertionError) as problem:
                problems.append(problem)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for number in range(5):
        write_app(bench.folder, HELLO.replace("hello", "version " + "I" * number))
        bench.supervisor.restart(bench.config())
        bench.events.stopped()
        bench.events.started()
        # Those who wait are accepted before this one, so each version has visitors.
        assert ask(port).body == b"version " + b"I" * number
    stop.set()
    for visitor in visitors:
        visitor.join(WAIT)
    bench.stop()
    assert problems == []
    assert len(bodies) > 1


def test_restart_picks_up_edited_modules(bench: Bench) -> None:
    """In this process, whose ``sys.modules`` has the old ones."""
    package = bench.folder / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "names.py").write_text("name = b'old'\n")
    write_app(
        bench.folder,
        "from shop import names\n" + HELLO.replace('b"hello"', "names.name"),
    )
    port = bench.start(run_in="thread")
    assert ask(port).body == b"old"
    (package / "names.py").write_text("name = b'edited'\n")
    bench.supervisor.restart(bench.config(run_in="thread"))
    bench.events.started()
    assert ask(port).body == b"edited"
    bench.stop()


def test_restart_on_another_port_and_back_from_a_failure(bench: Bench) -> None:
    first = bench.start()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        bench.supervisor.restart(bench.config(port=taken))
        bench.events.stopped()
        assert bench.events.next(ServerFailed).kind == "port-in-use"
        assert_free(first)
    bench.supervisor.restart(bench.config(port=first))
    assert bench.events.started().port == first
    assert ask(first).status == 200
    bench.stop()


def test_two_projects_with_a_module_of_the_same_name(bench: Bench, tmp_path: Path) -> None:
    """In this process, whose ``sys.modules`` has the other one."""
    other = tmp_path / "other"
    other.mkdir()
    write_app(other, HELLO.replace("hello", "the other project"))
    for project, body in ((bench.folder, b"hello"), (other, b"the other project")) * 2:
        port = bench.start(project=str(project), run_in="thread")
        assert ask(port).body == body
        bench.stop()


def test_port_in_use_offers_one_that_can_be_had(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        bench.supervisor.start(bench.config(port=port))
        failed = bench.events.next(ServerFailed)
    assert failed.kind == "port-in-use"
    assert str(port) in failed.message
    assert f"(pid {os.getpid()})" in failed.message
    assert (failed.port, failed.pid) == (port, os.getpid())
    assert failure(failed) == failed.message
    assert failed.suggested_port is not None
    assert bench.start(port=failed.suggested_port) == failed.suggested_port
    bench.stop()


@pytest.mark.parametrize("mode", MODES)
def test_stop_with_a_request_in_flight_finishes_it(bench: Bench, gate: Gate, mode: str) -> None:
    write_app(bench.folder, GATED.format(at_import=""))
    port = bench.start(mode=mode, grace=30.0)
    with in_background(port, "/gate") as wire:
        gate.wait_entered()
        bench.supervisor.stop()
        gate.open()
        assert wire.answer().body == b"through the gate"
    assert bench.events.next(RequestFinished).status == 200
    stopped = bench.events.stopped()
    assert stopped.abandoned == 0
    assert_free(port)


@pytest.mark.parametrize("mode", MODES)
def test_view_that_never_returns(bench: Bench, gate: Gate, mode: str) -> None:
    """It is left behind; the next server has nothing to do with it."""
    write_app(bench.folder, GATED.format(at_import="").replace(
        "gate.wait_inside()", "gate.wait_inside(); print('late'); 1 / 0"
    ))  # fmt: skip
    port = bench.start(mode=mode, grace=0.3, run_in="thread")
    with in_background(port, "/gate"):
        gate.wait_entered()
        stuck = {t for t in threading.enumerate() if t.name.startswith(("request-", "server"))}
        begun = time.monotonic()
        stopped = bench.stop()
        assert time.monotonic() - begun < PROMPT
        assert stopped.abandoned == 1
        assert_free(port)
        write_app(bench.folder, HELLO)
        again = bench.start(mode=mode, port=port, run_in="thread")
        assert again == port
        bench.events.wait_for(lambda: bench.events.kinds().count("RoutesFound") == 2)
        before = len(bench.events.events)
        gate.open()
        for thread in stuck:
            thread.join(5 if thread.name.startswith("request") else 0.5)
        assert ask(port).body == b"hello"
        bench.stop()
    later = bench.events.events[before:]
    (printed,) = (event for event in later if isinstance(event, OutputWritten))
    assert (printed.text, printed.request_id) == ("late\n", None)  # no request of this server
    assert [type(event).__name__ for event in later if event is not printed] == [
        "RequestStarted", "RequestFinished", "ServerStopped",
    ]  # fmt: skip


def test_every_request_that_is_abandoned_counts(bench: Bench, gate: Gate) -> None:
    write_app(bench.folder, GATED.format(at_import=""))
    port = bench.start(grace=0.2)
    with in_background(port, "/gate"), in_background(port, "/gate"), in_background(port, "/gate"):
        for _ in range(3):
            gate.wait_entered()
        assert bench.stop().abandoned == 3


def test_import_that_blocks_beyond_the_grace_time(bench: Bench, gate: Gate) -> None:
    blocked = bench.folder / "blocked"
    blocked.mkdir()
    write_app(blocked, GATED.format(at_import="gate.wait_inside()"), "hangs.py")
    bench.supervisor.start(
        bench.config(app="hangs", project=str(blocked), grace=0.2, run_in="thread")
    )
    gate.wait_entered()
    (stuck,) = (thread for thread in threading.enumerate() if thread.name == "server")
    begun = time.monotonic()
    assert bench.stop().import_cut_off
    assert time.monotonic() - begun < PROMPT
    port = bench.start(run_in="thread")
    folder = Path.cwd()
    assert folder == bench.folder
    gate.open()
    stuck.join(WAIT)
    assert not stuck.is_alive()
    assert Path.cwd() == folder  # the late end of the first leaves the second alone
    assert ask(port).body == b"hello"
    bench.stop()
    assert_free(port)
    assert bench.events.kinds().count("ServerStarted") == 1


def test_app_that_ends_the_server_itself(bench: Bench) -> None:
    write_app(bench.folder, HELLO.replace(
        "    return", "    environ['werkzeug.server.shutdown']()\n    return"
    ))  # fmt: skip
    port = bench.start()
    assert ask(port).body == b"hello"
    assert bench.events.stopped().reason == "app"
    assert_free(port)
    port = bench.start()
    bench.stop()


def test_passthrough_errors_fail_the_server(bench: Bench) -> None:
    write_app(bench.folder, "def app(environ, start_response):\n    raise RuntimeError('no')\n")
    port = bench.start(passthrough_errors=True)
    assert ask(port).status == 500
    failed = bench.events.next(ServerFailed)
    assert failed.kind == "app-error"
    assert "RuntimeError: no" in failed.traceback
    assert bench.events.kinds().count("AppError") == 1
    assert_free(port)


def test_output_of_an_import_is_reported(bench: Bench) -> None:
    write_app(bench.folder, "print('one')\nimport sys\nprint('two', file=sys.stderr)\n" + HELLO)
    bench.start()
    bench.stop()
    written = [e for e in bench.events.events if isinstance(e, OutputWritten)]
    assert [(e.stream, e.text) for e in written] == [("stdout", "one\n"), ("stderr", "two\n")]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_commands_ends_well(bench: Bench, seed: int) -> None:
    """Whatever is pressed: starts and ends alternate, and in the end nothing runs."""
    chance = random.Random(seed)
    for _ in range(25):
        command = chance.choice(["start", "start", "stop", "restart", "request"])
        if command == "stop":
            bench.supervisor.stop()
        elif command == "request":
            running = [e for e in bench.events.events if isinstance(e, ServerStarted)]
            if running:
                with socket.socket() as client:
                    client.settimeout(WAIT)
                    client.connect_ex(("127.0.0.1", running[-1].port))
        else:
            getattr(bench.supervisor, command)(bench.config(run_in="thread"))
    assert bench.supervisor.close(WAIT)
    reported = [k for k in bench.events.kinds() if k in ("ServerStarted", "ServerStopped")]
    assert "ServerFailed" not in bench.events.kinds()
    starts = [i for i, kind in enumerate(reported) if kind == "ServerStarted"]
    assert all(reported[i + 1] == "ServerStopped" for i in starts)
    for event in bench.events.events:
        if isinstance(event, ServerStarted):
            assert_free(event.port)


def test_cycles_leave_nothing_behind(bench: Bench) -> None:
    """Eight, as one that is left each time is seen; `make soak` goes through a thousand. In this
    process and in one of its own, in each mode."""
    kinds = [(mode, run_in) for mode in MODES for run_in in ("process", "thread")]

    def left() -> tuple[int, set[threading.Thread]]:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), set(threading.enumerate())

    for run_in in ("process", "thread"):
        bench.start(run_in=run_in)
        bench.stop()
    before = left()
    ports = set()
    for cycle in range(8):
        mode, run_in = kinds[cycle % 4]
        port = bench.start(mode=mode, run_in=run_in)
        if cycle < 4:  # once in each
            with Wire(port) as kept_alive:
                assert kept_alive.ask(request("GET", "/")).status == 200
                bench.stop()
        else:
            bench.stop()
        ports.add(port)
    assert left() == before
    for port in ports:
        assert_free(port)


# Reloads by real saves


def save(bench: Bench, code: str, name: str = "app.py") -> None:
    """As editors do: a new file in the old one's place."""
    file = bench.folder / name
    write_app(file.parent, code, file.name + ".new")
    os.replace(file.parent / (file.name + ".new"), file)


def of_the_server(bench: Bench) -> list[str]:
    """The events about the server itself."""
    kinds = [kind for kind in bench.events.kinds() if kind != "ServerCourse"]
    return [kind for kind in kinds if kind.startswith(("Server", "Reload"))]


def test_save_reloads_and_reports_what_has_changed(bench: Bench) -> None:
    (bench.folder / "part.py").touch()
    bench.supervisor.start(bench.config(reload=True))
    first = bench.events.started()
    assert first.watched >= 2
    assert (first.runs_in, first.why_cold, first.watch_problem) == ("process", "", "")
    assert "neither a crash" in first.why
    for number in range(3):
        save(bench, saying(f"v{number}"))
        reloading = bench.events.next(Reloading)
        assert reloading.paths[0] == str(bench.folder / "app.py")
        again = bench.events.started()
        assert again.port == first.port
        assert again.why == first.why
        assert again.watched >= 2
        assert bool(again.why_cold) != again.warm
        assert 0 < again.load_seconds < WAIT
        assert again.time - reloading.time <= again.load_seconds + 0.5
        assert ask(first.port).body == f"v{number}".encode()
    stopped = bench.stop()
    assert (stopped.port_free, stopped.processes_left) == (True, 0)
    assert of_the_server(bench) == [
        "ServerStarted",
        *["Reloading", "ServerStarted"] * 3,
        "ServerStopped",
    ]


def test_save_during_a_reload_is_not_lost(bench: Bench, gate: Gate) -> None:
    port = bench.start(reload=True)
    save(bench, GATED.format(at_import="gate.wait_inside()"))
    gate.wait_entered()
    save(bench, saying("newest"))
    wait_until(lambda: ask(port).body == b"newest", "the newest code")
    gate.open()
    assert ask(port).body == b"newest"
    bench.stop()
    assert "ReloadFailed" not in of_the_server(bench)


def test_many_saves_end_with_the_last(bench: Bench) -> None:
    port = bench.start(reload=True)
    for number in range(12):
        save(bench, saying(f"v{number}"))
        time.sleep(0.01 * (number % 4))  # as fast as a tool that rewrites files, or a little slower
    wait_until(lambda: ask(port).body == b"v11", "the newest code")
    bench.stop()
    assert "ReloadFailed" not in of_the_server(bench)


def test_broken_save_and_the_next_good_one(bench: Bench) -> None:
    port = bench.start(reload=True)
    save(bench, "import no_such_module_of_mine\n")
    failed = bench.events.next(ReloadFailed)
    assert failed.missing_module == "no_such_module_of_mine"
    assert ask(port).status == 500
    save(bench, HELLO, "no_such_module_of_mine.py")  # what was missing is a file of the project
    bench.events.next(ReloadFailed)
    save(bench, saying("healed"))
    bench.events.started()
    assert ask(port).body == b"healed"
    bench.stop()


def test_variables_are_read_again(bench: Bench) -> None:
    """From .env and from a file that is named; a half-written one keeps the old ones."""
    code = "import os\nSAID = f\"{os.environ.get('ONE')} {os.environ.get('TWO')}\".encode()\n"
    write_app(bench.folder, code + HELLO.replace('b"hello"', "SAID"))
    (bench.folder / ".env").write_text("ONE=1\n")
    (bench.folder / "more.env").write_text("TWO=2\n")
    port = bench.start(reload=True, env_file="more.env")
    assert ask(port).body == b"1 2"
    save(bench, "ONE=11\n", ".env")
    assert bench.events.next(Reloading).paths == (str(bench.folder / ".env"),)
    bench.events.started()
    assert ask(port).body == b"11 2"
    save(bench, "TWO=22\n", "more.env")
    bench.events.started()
    assert ask(port).body == b"11 22"
    (bench.folder / "more.env").write_bytes(b"TWO=\xff\n")
    bench.events.started()
    assert ask(port).body == b"11 22"
    save(bench, "TWO=22\n", "more.env")
    bench.events.started()
    save(bench, "", ".env")
    bench.events.started()
    assert ask(port).body == b"None 22"
    bench.stop()
    assert "ONE" not in os.environ


def test_modules_from_elsewhere_are_watched_once_they_are_imported(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As a library that is developed together with the app; also one imported by a request."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("library", "late"):
        (elsewhere / name).mkdir()
        write_app(elsewhere / name, "TEXT = b'old'\n", "__init__.py")
    write_app(bench.folder, f"import sys\nsys.path.append({str(elsewhere)!r})\nimport library\n"
        + HELLO.replace("    start", "    import late\n    start").replace(
            'b"hello"', "library.TEXT + late.TEXT"))  # fmt: skip
    port = bench.start(reload=True)
    assert ask(port).body == b"oldold"
    write_app(elsewhere / "library", "TEXT = b'new'\n", "__init__.py")
    assert bench.events.next(Reloading).paths == (str(elsewhere / "library" / "__init__.py"),)
    bench.events.started()
    assert ask(port).body == b"newold"
    # What a request imports is looked up once a second; a save in between is not seen.
    for number in range(100):
        write_app(elsewhere / "late", f"TEXT = b'late {number}'\n", "__init__.py")
        reloads = bench.events.kinds().count("Reloading")
        time.sleep(0.1)
        if reloads > 1:
            break
    assert bench.events.next(Reloading).paths == (str(elsewhere / "late" / "__init__.py"),)
    bench.events.started()
    wait_until(lambda: ask(port).body == f"newlate {number}".encode(), "the late one's last save")
    bench.stop()


def test_extra_files_reload_and_excluded_ones_do_not(bench: Bench) -> None:
    (bench.folder / "page.html").touch()
    (bench.folder / "noise.py").touch()
    bench.start(reload=True, extra_files=("page.html",), exclude_patterns=("noise.py",))
    save(bench, "noise = 1\n", "noise.py")
    save(bench, "<p>", "page.html")
    assert bench.events.next(Reloading).paths == (str(bench.folder / "page.html"),)
    bench.events.started()
    bench.stop()
    assert of_the_server(bench).count("Reloading") == 1


def test_a_problem_of_the_watcher_that_arises_later_is_reported(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_SWEEP_SECONDS", 0.1)
    bench.start(reload=True)
    monkeypatch.setattr(watched_files, "MAX_FILES", 1)
    write_app(bench.folder, HELLO, "more.py")
    changed = bench.events.next(WatchChanged)
    assert changed.watch_reason is not None
    assert changed.watch_reason.kind == "too-many"
    assert "exclude folders" in changed.watch_problem
    bench.stop()


def test_the_end_of_the_watcher_is_reported(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    port = bench.start(reload=True)
    monkeypatch.setattr(Watcher, "_changes", lambda watcher, hints: fail())
    write_app(bench.folder, HELLO, "more.py")
    changed = bench.events.next(WatchChanged)
    assert changed.watch_reason == Reason("ended")
    assert ask(port).body == b"hello"
    bench.stop()


def fail(*unused: Any, **options: Any) -> Any:
    raise GeneratorExit("injected")


@pytest.mark.parametrize(
    ("module", "place"),
    [
        (supervisor_module, "choose"),
        (supervisor_module, "env_files"),
        (listening, "open_listeners"),
        (supervisor_module, "Watcher"),
        (process_host, "ProcessHost"),
    ],
)
def test_a_fault_of_ours_while_it_starts_is_a_failed_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: str
) -> None:
    monkeypatch.setattr(module, place, fail)
    bench.supervisor.start(bench.config(reload=True))
    assert bench.events.next(ServerFailed).kind == "internal"
    monkeypatch.undo()
    port = bench.start()
    bench.stop()
    assert_free(port)


@pytest.mark.parametrize(
    ("module", "place"), [(listening, "close_listeners"), (supervisor_module, "is_free")]
)
def test_a_fault_of_ours_at_the_end_hides_no_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: str
) -> None:
    bench.start()
    monkeypatch.setattr(module, place, fail)
    assert bench.stop().reason == "stopped"
    monkeypatch.undo()
    bench.start()
    bench.stop()


def test_a_fault_of_ours_at_a_reload_is_a_failed_reload(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = bench.start(reload=True)
    monkeypatch.setattr(supervisor_module, "project_environment", fail)
    bench.supervisor.reload()
    assert bench.events.next(ReloadFailed).kind == "internal"
    assert ask(port).body == b"hello"
    bench.stop()


def test_reload_when_asked_for(bench: Bench) -> None:
    bench.supervisor.reload()  # nothing runs
    port = bench.start(reload=True)
    bench.supervisor.reload()
    assert bench.events.next(Reloading).paths == ()
    bench.events.started()
    assert ask(port).status == 200
    bench.stop()
    bench.supervisor.reload()
    bench.start()
    bench.supervisor.reload()  # one that doesn't reload
    bench.stop()
    assert of_the_server(bench) == [
        "ServerStarted", "Reloading", "ServerStarted", "ServerStopped",
        "ServerStarted", "ServerStopped",
    ]  # fmt: skip


def test_save_while_the_app_is_loaded_for_the_first_time(bench: Bench, gate: Gate) -> None:
    write_app(bench.folder, GATED.format(at_import="gate.wait_inside()"))
    bench.supervisor.start(bench.config(reload=True))
    gate.wait_entered()
    save(bench, saying("newest"))
    port = bench.events.started().port
    assert ask(port).body == b"newest"
    bench.stop()
    assert of_the_server(bench) == ["ServerStarted", "ServerStopped"]


def test_reload_in_this_process(bench: Bench) -> None:
    """Where somebody has chosen that."""
    bench.supervisor.start(bench.config(reload=True, run_in="thread"))
    started = bench.events.started()
    assert (started.runs_in, started.why_cold) == ("thread", "")
    assert started.why == "The app runs in this process, as you chose."
    save(bench, saying("two"))
    assert bench.events.next(Reloading).paths
    bench.events.started()
    assert ask(started.port).body == b"two"
    assert bench.stop().port_free is True


PATCHES = "import time\ntime.sleep = lambda seconds: None\n" + HELLO


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Automatically, this process is chosen, as for the examples."""
    choice = Choice(False, Reason("example"))
    monkeypatch.setattr(supervisor_module, "choose", lambda *args, **options: choice)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("reload", [False, True])
def test_an_app_that_replaces_the_library_moves_to_its_own_process(
    bench: Bench, reload: bool
) -> None:
    sleep = time.sleep
    write_app(bench.folder, PATCHES)
    port = bench.start(run_in="auto", reload=reload)
    (started,) = [event for event in bench.events.events if isinstance(event, ServerStarted)]
    assert started.runs_in == "process"
    assert started.why_reason == Reason.of("patches", what="time.sleep")
    assert "it replaces time.sleep while it is imported" in started.why
    assert time.sleep is sleep
    assert ask(port).body == b"hello"
    bench.stop()
    assert bench.events.kinds().count("ServerFailed") == 0
    assert_free(port)


@pytest.mark.usefixtures("here")
def test_a_save_that_replaces_the_library_moves_the_app(bench: Bench) -> None:
    port = bench.start(run_in="auto", reload=True)
    save(bench, PATCHES)
    started = bench.events.started()
    assert (started.runs_in, started.port) == ("process", port)
    assert ask(port).body == b"hello"
    bench.stop()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("reload", [False, True])
def test_this_process_as_it_was_chosen_stays_as_it_is(bench: Bench, reload: bool) -> None:
    write_app(bench.folder, PATCHES)
    bench.supervisor.start(bench.config(run_in="thread", reload=reload))
    failed = bench.events.next((ServerFailed, ReloadFailed))
    text = failed.message if isinstance(failed, ServerFailed) else failed.error
    assert failed.kind == "patches"
    assert "it replaces time.sleep" in text
    assert "Choose Separate process" in text
    if reload:
        save(bench, HELLO)
        bench.events.started()
        bench.stop()


def test_restart_of_a_process_keeps_the_port(bench: Bench) -> None:
    port = bench.start(reload=True)
    with Wire(port) as kept_alive:
        kept_alive.ask(request("GET", "/"))
        write_app(bench.folder, saying("restarted"))
        bench.supervisor.restart(bench.config(run_in="process"))
        assert kept_alive.at_end()
        with in_background(port, "/") as waiting:
            first = bench.events.stopped()
            again = bench.events.started()
            assert waiting.answer().body == b"restarted"
    assert (again.port, again.runs_in, again.watched) == (port, "process", 0)
    assert first.processes_left == 0
    bench.supervisor.restart(bench.config(port=port, mode="forking"))
    bench.events.stopped()
    assert bench.events.started().mode == "forking"
    assert ask(port).body == b"restarted"
    assert bench.stop().port_free is True
    assert_free(port)


def test_port_that_somebody_else_holds_is_reported_at_the_end(bench: Bench) -> None:
    """As a process that has the listening socket: nothing here can take it away."""
    bench.supervisor.start(bench.config(run_in="process"))
    port = bench.events.started().port
    held = os.dup(bench.supervisor._sockets.sockets[0].fileno())
    try:
        assert bench.stop().port_free is False
    finally:
        os.close(held)
    assert_free(port)


@pytest.mark.parametrize("reload", [False, True])
def test_kill_ends_a_process_at_once(bench: Bench, gate: Gate, mark: str, reload: bool) -> None:
    """And for good: it is not taken for a crash, after which a reloader starts it again."""
    write_app(bench.folder, GATED.format(at_import=""))
    bench.supervisor.kill()  # nothing runs
    bench.supervisor.start(bench.config(run_in="process", grace=60.0, reload=reload))
    started = bench.events.started()
    with in_background(started.port, "/gate") as wire:
        gate.wait_entered()
        begun = time.monotonic()
        bench.supervisor.kill()
        assert wire.at_end()
        ended = bench.events.stopped()
        assert time.monotonic() - begun < PROMPT
    assert ended.abandoned == 1
    assert marked(mark) == {}
    assert_free(started.port)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_commands_with_processes_ends_well(bench: Bench, seed: int, mark: str) -> None:
    """As above, with saves and reloads among them, in processes."""
    chance = random.Random(seed)
    config = bench.config(reload=True, grace=1.0)
    for number in range(15):
        command = chance.choice(["start", "stop", "restart", "reload", "save", "save", "wait"])
        if command == "save":
            save(bench, chance.choice([saying(str(number)), "broken\n"]))
        elif command == "wait":
            time.sleep(chance.random() * 0.2)
        elif command in ("stop", "reload"):
            getattr(bench.supervisor, command)()
        else:
            getattr(bench.supervisor, command)(config)
    assert bench.supervisor.close(WAIT)
    assert "ServerFailed" not in bench.events.kinds()
    assert marked(mark) == {}
    for event in bench.events.events:
        if isinstance(event, ServerStopped):
            assert event.port_free in (True, None)  # not looked at where it goes on
            assert event.processes_left == 0
        if isinstance(event, ServerStarted):
            assert_free(event.port)
