"""``servedeck serve`` as a user has it in a terminal: real processes, sockets and signals."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import LIVE_APPS, ROOT, WAIT, run, serve, wait_until
from wire import Wire, ask, request

from launcher import cli
from server.app.load import forget_project_modules
from server.events import (
    AppError,
    Event,
    OutputWritten,
    RequestFinished,
    RequestStarted,
    RoutesFound,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    decode,
)

SERVER_MODES = ((), ("--single",))
HELLO = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["{}".encode()]
"""


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def read_events(file: Path) -> list[Event]:
    return [decode(line) for line in file.read_text("ascii").splitlines()]


class Gate:
    """The named pipe at which ``live_apps/gate.py`` waits."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate"
        os.mkfifo(self.path)

    def open(self) -> None:
        """Let the one who waits go on."""
        with self.path.open("w") as gate:
            gate.write("the test")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


class Visitor:
    """A client that waits for its answer in a thread of its own."""

    def __init__(self, port: int, target: str) -> None:
        self.wire = Wire(port)
        self.wire.send(request("GET", target))
        self._result: object = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._thread.join(WAIT)
        self.wire.sock.close()

    def body(self) -> bytes:
        """The answer's body, once it is there.

        :raises AssertionError: the connection ended before the answer did
        """
        self._thread.join(WAIT)
        if isinstance(self._result, Exception):
            raise self._result
        assert isinstance(self._result, bytes)
        return self._result

    def _read(self) -> None:
        try:
            self._result = self.wire.answer().body
        except (AssertionError, OSError) as error:
            self._result = error


# The start


def test_first_line_shows_the_url() -> None:
    with serve("bare") as command:
        port = command.port
        first_line = command.out.splitlines()[0]
        assert f"http://127.0.0.1:{port}" in first_line.split()
        assert "bare" in first_line
        assert command.ask("/").body == "Hello, World! ÄÖ\n".encode()
        assert command.stop() == 0
    assert command.err == ""


def test_each_request_is_one_line() -> None:
    with serve("bare") as command:
        command.ask("/status?code=418")
        command.ask("/no\x1b[31m/%1b[31m", host="127.0.0.1")
        assert command.stop() == 0
    _, first, second, last = command.out.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d  418  GET /status\?code=418  [\d.]+ ms  \d+ B", first)
    assert "\x1b" not in second  # what clients send can't paint the terminal
    assert last.startswith("Stopped")


# As a user types them, in a process each.
APPS = [
    ("bare.py", "/", "Hello"),
    (f"{LIVE_APPS / 'bare.py'}:application", "/", "Hello"),
    ("needs_args:create_app(name='Ünï')", "/", "Hello, Ünï!"),
    ("flask_factory:create_app({'GREETING': 'Moin'})", "/", "Moin"),
]
# More of them, in this process.
MORE_APPS = [
    ("bare", "/", "Hello"),
    ("bare:application", "/", "Hello"),
    ("bare.py:application", "/", "Hello"),
    ("./bare.py", "/", "Hello"),
    (LIVE_APPS / "bare.py", "/", "Hello"),
    ("needs_args:create_app('Ada Lovelace')", "/", "Hello, Ada Lovelace!"),
    (LIVE_APPS.parent / "live_apps" / "needs_args.py:create_app('File')", "/", "Hello, File!"),
    ("noattr:intranet", "/", "intranet"),
    ("flask_factory", "/", "Hello, World!"),
    ("flask_factory:create_app", "/", "Hello, World!"),
]


@pytest.mark.parametrize(("app", "path", "expected"), APPS, ids=[str(row[0]) for row in APPS])
def test_forms_of_app(app: str | Path, path: str, expected: str) -> None:
    with serve(app) as command:
        assert expected in command.ask(path).body.decode()
        assert command.stop() == 0


@pytest.mark.usefixtures("as_in_a_process")
@pytest.mark.parametrize(
    ("app", "path", "expected"), MORE_APPS, ids=[str(row[0]) for row in MORE_APPS]
)
def test_more_forms_of_app(app: str | Path, path: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    bodies: list[str] = []
    over = threading.Event()

    def serves() -> bool:
        return over.is_set() or (file.exists() and b'"RoutesFound"' in file.read_bytes())

    def visit() -> None:
        """Ask it, as soon as it serves, and stop it."""
        try:
            wait_until(serves, "a start")
            (started,) = (e for e in read_events(file) if isinstance(e, ServerStarted))
            bodies.append(ask(started.port, path).body.decode())
        finally:
            if not over.is_set():
                signal.raise_signal(signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    status = cli.main(["serve", str(app), "--port", "0", "--events", str(file)])
    over.set()
    visitor.join(WAIT)
    assert status == 0
    assert expected in bodies[0]


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "app.py").write_text(HELLO.format("from the folder"))
    with serve(tmp_path / "shop", cwd=tmp_path) as command:
        assert command.ask().body == b"from the folder"
        assert command.stop() == 0


def test_package_in_a_folder_is_imported_by_its_name(tmp_path: Path) -> None:
    package = tmp_path / "shop" / "web"
    package.mkdir(parents=True)
    (tmp_path / "shop" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (tmp_path / "shop" / "names.py").write_text("greeting = 'relative'\n")
    (package / "site.py").write_text("from ..names import greeting\n" + HELLO.format("{}").replace(
        '"{}"', "(__name__ + ' ' + greeting)"
    ))  # fmt: skip
    for app in ("shop/web/site.py", "shop.web.site:app"):
        with serve(app, cwd=tmp_path) as command:
            assert command.ask().body == b"shop.web.site relative"
            assert command.stop() == 0


def test_project_with_spaces_and_unicode_in_its_path(tmp_path: Path) -> None:
    project = tmp_path / "my ünï ☃ project"
    project.mkdir()
    (project / "shop.py").write_text(HELLO.format("ünï ☃"))
    for arguments in (
        [project / "shop.py"],
        [f"{project / 'shop.py'}:app"],
        [project],
        ["shop", "--project", project],
        ["shop:app", "--project", "my ünï ☃ project"],
    ):
        with serve(*arguments, cwd=tmp_path) as command:
            assert command.ask().body.decode() == "ünï ☃", arguments
            assert command.stop() == 0


def test_app_runs_in_its_project_and_events_go_where_the_user_stands(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "data.txt").write_text("read from the project")
    (project / "shop.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [open('data.txt', 'rb').read()]\n"
    )
    with serve("project/shop.py", "--events", "events.jsonl", cwd=tmp_path) as command:
        assert command.ask().body == b"read from the project"
        assert command.stop() == 0
    assert isinstance(read_events(tmp_path / "events.jsonl")[-1], ServerStopped)
    assert sorted(item.name for item in project.glob("*.*")) == ["data.txt", "shop.py"]


def test_project_that_holds_the_python_itself(tmp_path: Path) -> None:
    """As a home folder may: its modules are the project's, but the standard library's aren't."""
    (tmp_path / "shop.py").write_text(HELLO.format("ok"))
    home = Path(os.__file__).resolve().parents[2]
    with serve(tmp_path / "shop.py", "--project", home, cwd=tmp_path) as command:
        assert command.ask().body == b"ok"
        assert command.stop() == 0
    assert command.err == ""


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_localhost_is_both_families() -> None:
    with serve("bare", "--host", "localhost") as command:
        assert f"http://localhost:{command.port} " in command.out
        for host in ("127.0.0.1", "::1"):
            assert ask(command.port, host=host).status == 200
        assert command.stop() == 0


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_address() -> None:
    with serve("bare", "--host", "::1") as command:
        assert f"http://[::1]:{command.port} " in command.out
        assert ask(command.port, host="::1").status == 200
        assert command.stop() == 0


@pytest.mark.parametrize(
    ("options", "mode", "status"),
    [((), "threaded", 200), (("--threaded",), "threaded", 200), (("--single",), "single", 504)],
)
def test_concurrency(options: tuple[str, ...], mode: str, status: int) -> None:
    """In one thread, nobody can be asked whether somebody else waits."""
    with serve("slow", *options) as command:
        assert f"({mode}, " in command.out or command.port
        with Visitor(command.port, "/wait?seconds=0.5") as visitor:
            if mode == "threaded":
                assert command.ask("/enter?count=1").status == status
                command.ask("/release")
                assert visitor.body() == b"released\n"
            else:
                assert command.ask("/enter?count=1&seconds=0.01").status == status
                assert visitor.body() == b"timed out\n"
        assert f"({mode}, " in command.out
        assert command.stop() == 0


def test_debug_shows_the_traceback_in_the_browser() -> None:
    with serve("raises", "--debug") as debugging, serve("raises") as plain:
        shown = debugging.ask("/before")
        hidden = plain.ask("/before")
        assert (shown.status, hidden.status) == (500, 500)
        assert b"raised before start_response" in shown.body
        assert b"raised before" not in hidden.body
        assert debugging.stop() == plain.stop() == 0


# Events


def test_events_on_stdout_are_nothing_but_json_lines() -> None:
    with serve("prints", "--events", "-") as command:
        for path in ("/out", "/err", "/errors", "/log", "/child", "/partial"):
            assert command.ask(path).status == 200
        assert command.stop() == 0
    lines = command.out.splitlines()
    events = [decode(line) for line in lines]
    written = [event for event in events if isinstance(event, OutputWritten)]
    assert written[0].text == "printed at import\n"
    assert written[0].request_id is None
    texts = {event.request_id: event for event in written}
    assert texts[1].stream == "stdout"
    assert [texts[n].stream for n in (2, 3, 4)] == ["stderr"] * 3
    assert texts[3].text == "written to wsgi.errors\n"
    assert "logged: a warning" in texts[4].text
    assert texts[6].text == "a line without its end"
    others = [type(event) for event in events if not isinstance(event, OutputWritten)]
    assert (others[0], others[-1]) == (ServerStarted, ServerStopped)
    # A request may begin before the end of the last one is reported, which is after its answer.
    assert others.count(RequestStarted) == others.count(RequestFinished) == 6
    assert others.count(RoutesFound) == 1
    assert len(others) == 15
    # What a person wants to see is on the other stream, the child's output among it.
    for text in ("Serving prints on http://127.0.0.1:", "printed by a child", "Stopped: port "):
        assert text in command.err


def test_events_file_holds_the_error_with_its_request(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with serve("raises", "--events", file) as command:
        assert command.ask("/before").status == 500
        assert command.stop() == 0
    events = read_events(file)
    (error,) = (event for event in events if isinstance(event, AppError))
    (finished,) = (event for event in events if isinstance(event, RequestFinished))
    assert (error.request_id, finished.error_id) == (finished.id, error.id)
    assert error.message == "raised before start_response"
    assert [frame.file for frame in error.frames] == [str(LIVE_APPS / "raises.py")]
    assert error.text in command.err


def test_events_of_a_failed_start(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    command = run(["serve", "crash_on_import", "--port", "0", "--events", file])
    assert command.process.returncode == 1
    error, failed = read_events(file)
    assert isinstance(error, AppError)
    assert isinstance(failed, ServerFailed)
    assert failed.kind == "app-import"
    assert failed.traceback == error.text


def test_reader_of_the_events_may_leave() -> None:
    read, write = os.pipe()
    with serve("bare", "--events", f"/dev/fd/{write}", pass_fds=(write,)) as command:
        os.close(write)
        assert command.ask().status == 200
        os.close(read)
        for _ in range(3):
            assert command.ask().status == 200
        assert command.stop() == 0
    (line,) = command.err.splitlines()
    assert "vents can't be written" in line


def test_reader_of_the_terminal_may_leave() -> None:
    """As with ``servedeck serve … | head -1``."""
    with serve("prints") as command:
        assert command.ask().status == 200
        command.close_output()
        for path in ("/out", "/err", "/"):
            assert command.ask(path).status == 200
        command.send_signal(signal.SIGINT)
        assert command.process.wait(WAIT) == 0


def test_terminal_that_lacks_characters(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("print('☃')\n" + HELLO.format("ok"))
    with serve("shop", cwd=tmp_path, PYTHONIOENCODING="ascii") as command:
        assert command.ask("/☃").status == 200
        assert command.stop() == 0
    assert command.out.startswith("\\u2603\n")
    assert command.err == ""


# The end


@pytest.mark.parametrize("mode", SERVER_MODES, ids=["threaded", "single"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_lets_the_request_in_flight_finish(
    number: int, mode: tuple[str, ...], gate: Gate, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    with serve("gate", "--events", file, *mode, GATE=str(gate.path)) as command:
        with Wire(command.port) as idle, Visitor(command.port, "/gate") as visitor:
            command.wait_for(lambda: "entered" in command.out, "the request")
            if not mode:
                idle.ask(request("GET", "/"))
            command.send_signal(number)
            if not mode:
                assert idle.at_end()  # so the stop has begun, with the request under way
            gate.open()
            assert visitor.body() == b"opened by the test\n"
        assert command.wait() == 0
        assert command.err == ""
    last = read_events(file)[-1]
    assert isinstance(last, ServerStopped)
    assert (last.reason, last.abandoned) == ("stopped", 0)
    if not mode:
        assert last.drained


def test_signal_lets_a_stream_in_flight_finish(gate: Gate) -> None:
    with serve("gate", GATE=str(gate.path)) as command:
        with Visitor(command.port, "/late") as visitor:
            command.wait_for(lambda: "entered" in command.out, "the request")
            command.send_signal(signal.SIGTERM)
            gate.open()
            assert visitor.body() == b"first\nopened by the test\n"
        assert command.wait() == 0


@pytest.mark.parametrize("mode", SERVER_MODES, ids=["threaded", "single"])
def test_second_signal_ends_at_once(mode: tuple[str, ...], gate: Gate) -> None:
    with serve("gate", "--grace", "600", *mode, GATE=str(gate.path)) as command:
        with Visitor(command.port, "/gate"):
            command.wait_for(lambda: "entered" in command.out, "the request")
            command.send_signal(signal.SIGINT)
            command.wait_for(lambda: "again to end at once" in command.out, "the stop")
            command.send_signal(signal.SIGINT)
            assert command.wait(10) == -signal.SIGINT
        assert command.err == ""


@pytest.mark.parametrize("mode", SERVER_MODES, ids=["threaded", "single"])
def test_grace_time_is_kept(mode: tuple[str, ...], gate: Gate, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    options = ["--grace", "0.3", "--events", file, *mode]
    with serve("gate", *options, GATE=str(gate.path)) as command:
        with Visitor(command.port, "/gate") as visitor:
            command.wait_for(lambda: "entered" in command.out, "the request")
            command.send_signal(signal.SIGTERM)
            assert command.wait(10) == 0
            with pytest.raises((AssertionError, OSError)):
                visitor.body()
        assert command.err == ""
        assert "1 still running at the deadline and cut off" in command.out
    last = read_events(file)[-1]
    assert isinstance(last, ServerStopped)
    assert last.abandoned == 1


def test_signal_while_the_app_is_imported(gate: Gate) -> None:
    with serve("gate", GATE=str(gate.path), GATE_IMPORT="1") as command:
        command.wait_for(lambda: "importing" in command.out, "the import")
        command.send_signal(signal.SIGTERM)
        gate.open()
        assert command.wait() == 0
        assert command.err == ""


def test_signal_while_the_app_hangs_in_its_import(gate: Gate) -> None:
    with serve("gate", "--grace", "0.2", GATE=str(gate.path), GATE_IMPORT="1") as command:
        command.wait_for(lambda: "importing" in command.out, "the import")
        command.send_signal(signal.SIGTERM)
        assert command.wait(10) == 0
        assert command.err == ""


@pytest.mark.parametrize("mode", SERVER_MODES, ids=["threaded", "single"])
def test_passthrough_errors_end_the_server(mode: tuple[str, ...]) -> None:
    with serve("raises", "--passthrough-errors", *mode) as command:
        assert command.ask("/").status == 200
        assert command.ask("/before").status == 500
        assert command.wait() == 1
    assert command.err.count("Traceback (most recent call last)") == 1
    assert_no_frame_of_ours(command.err)
    assert command.err.splitlines()[-1].startswith("servedeck: The app raised RuntimeError")


# What the app does wrong while it runs


@pytest.mark.parametrize("mode", SERVER_MODES, ids=["threaded", "single"])
def test_server_lives_on_whatever_a_view_raises(mode: tuple[str, ...], tmp_path: Path) -> None:
    """Also what isn't an Exception: sys.exit, asyncio's CancelledError, gevent's Timeout."""
    (tmp_path / "shop.py").write_text(
        "import asyncio, sys\n"
        "def app(environ, start_response):\n"
        "    path = environ['PATH_INFO']\n"
        "    if path == '/exit': sys.exit(3)\n"
        "    if path == '/cancelled': raise asyncio.CancelledError('a task')\n"
        "    if path == '/interrupt': raise KeyboardInterrupt\n"
        "    if path == '/generator': raise GeneratorExit\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [b'fine']\n"
    )
    names = {
        "/exit": "SystemExit: 3",
        "/cancelled": "asyncio.exceptions.CancelledError: a task",
        "/interrupt": "KeyboardInterrupt",
        "/generator": "GeneratorExit",
    }
    with serve("shop", *mode, cwd=tmp_path) as command:
        for path in names:
            assert command.ask(path).status == 500, path
            assert command.ask("/").body == b"fine"
        assert command.stop() == 0
    assert_no_frame_of_ours(command.err)
    for name in names.values():
        assert name in command.err.splitlines()


def test_exit_within_a_body_cuts_it_visibly() -> None:
    with serve("exits_in_request") as command:
        with Wire(command.port) as wire, pytest.raises(AssertionError, match="ended"):
            wire.ask(request("GET", "/exit-late"))
        assert command.ask("/").status == 200
        assert command.stop() == 0
    assert "SystemExit: 4" in command.err


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_stays_small_while_an_app_prints_very_much(tmp_path: Path) -> None:
    """6 MB, as 100 take a minute; were they kept, 6 would show as well."""
    size = 3_000_000
    file = tmp_path / "events.jsonl"
    with serve("prints", "--events", file) as command:
        assert command.ask("/").status == 200
        before = high_water_mark(command.process.pid)
        for target in (f"/out?bytes={size}", f"/err?bytes={size}"):
            assert command.ask(target).status == 200
        after = high_water_mark(command.process.pid)
        assert command.stop() == 0
    assert after - before < 4_000, f"{before} KB before, {after} KB after"
    assert after < 200_000
    written = {"stdout": 0, "stderr": 0}
    with file.open("rb") as lines:
        for line in lines:
            event = decode(line)
            if isinstance(event, OutputWritten) and event.request_id in (2, 3):
                written[event.stream] += len(event.text)
    assert written == {"stdout": size, "stderr": size}


def high_water_mark(pid: int) -> int:
    """The most memory a process has had so far, in KB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


# Bad input: one line with what is wrong and what to do, exit 2


def assert_refused(status: int, out: str, err: str, *expected: str) -> None:
    assert status == 2, err
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("servedeck")
    for text in expected:
        assert text in line


def assert_no_frame_of_ours(text: str) -> None:
    for package in ("server", "launcher"):
        assert str(ROOT / package) not in text
    assert "<frozen importlib" not in text
    assert "/importlib/" not in text


# As a user types them, in a process each: what the issue lists as bad input.
BAD_INPUT = [
    (["bare", "--port", "70000"], ["Port 70000", "0 to 65535"]),
    (["bare", "--host", "no-such-host.invalid"], ["no-such-host.invalid", "127.0.0.1"]),
    (["nothing_here.py"], ["There is no file", "nothing_here.py"]),
    (["nothing_here"], ["There is no module 'nothing_here' in", str(LIVE_APPS)]),
    (["bare:missing"], ["bare has no 'missing'", "Found there: application."]),
    (["not_wsgi"], ["not_wsgi:app is an int, not a WSGI app"]),
    (["needs_args"], ["create_app(name)", "missing a required argument: 'name'"]),
    (["bare", "--nonsense"], ["--nonsense"]),
]
# More of it, in this process.
MORE_BAD_INPUT = [
    (["bare", "--port", "-1"], ["Port -1", "0 to 65535"]),
    (["bare", "--port", "http"], ["'http'", "0 to 65535"]),
    (["bare", "--host", "192.0.2.1"], ["192.0.2.1 is not an address of this machine"]),
    (["bare", "--host", "a b"], ["'a b' is not an address"]),
    (["bare", "--host", ""], ["'' is not an address"]),
    (["nothing_here.py:app"], ["There is no file", "nothing_here.py: "]),
    (["bare.nothing"], ["There is no module 'bare.nothing'"]),
    (["README.md"], ["README.md", "check its name"]),
    (["a b"], ["'a b' is neither a module's name nor a Python file"]),
    (["bare:application.missing"], ["bare has no 'application.missing'"]),
    (["bare:a b"], ["'a b' is neither a name nor a call"]),
    (["noattr"], ["noattr has no app", "Found there: intranet, website."]),
    (["not_wsgi:app"], ["not_wsgi:app is an int, not a WSGI app"]),
    (["not_wsgi:app()"], ["not_wsgi:app is an int"]),
    (["needs_args:create_app"], ["create_app(name)", "missing a required argument: 'name'"]),
    (["needs_args:create_app()"], ["missing a required argument", "create_app('value')"]),
    (["needs_args:create_app(1, 2)"], ["too many positional arguments"]),
    (["needs_args:create_app(name)"], ["must be plain values"]),
    (["needs_args:create_app("], ["'create_app(' is neither a name nor a call"]),
    (["flask_factory:request"], ["flask_factory:request", "not a WSGI app"]),
    (["bare", "--project", "nowhere"], ["project folder", "nowhere is not there"]),
    (["bare", "--grace", "-1"], ["Grace time", "0 to 3600"]),
    (["bare", "--grace", "nan"], ["Grace time", "0 to 3600"]),
    (["bare", "--single", "--threaded"], ["--threaded", "--single"]),
    (["bare", "--events", "nowhere/events.jsonl"], ["nowhere/events.jsonl", "it is not there"]),
    (["bare", "--events", "."], ["it is a folder"]),
]


def names(rows: list[tuple[list[str], list[str]]]) -> list[str]:
    return [" ".join(arguments) for arguments, _ in rows]


@pytest.mark.parametrize(("arguments", "expected"), BAD_INPUT, ids=names(BAD_INPUT))
def test_bad_input(arguments: list[str], expected: list[str]) -> None:
    port = [] if "--port" in arguments else ["--port", "0"]
    command = run(["serve", *arguments, *port])
    assert_refused(command.process.returncode, command.out, command.err, *expected)


@pytest.fixture
def as_in_a_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets ``cli.main`` run in this process and puts back what it has changed."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    threads = set(threading.enumerate())
    monkeypatch.chdir(LIVE_APPS)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    forget_project_modules(LIVE_APPS)
    assert set(threading.enumerate()) == threads


@pytest.mark.usefixtures("as_in_a_process")
@pytest.mark.parametrize(("arguments", "expected"), MORE_BAD_INPUT, ids=names(MORE_BAD_INPUT))
def test_more_bad_input(
    arguments: list[str], expected: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    port = [] if "--port" in arguments else ["--port", "0"]
    try:
        status = cli.main(["serve", *arguments, *port])
    except SystemExit as error:
        status = int(error.code or 0)
    assert_refused(status, *capfd.readouterr(), *expected)


def test_folder_without_an_app(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text("print('no app')\n")
    command = run(["serve", tmp_path, "--port", "0"])
    assert_refused(
        command.process.returncode, command.out, command.err, "No WSGI app", str(tmp_path)
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_port_in_use_names_who_has_it_and_the_next_free_one(taken_port: int) -> None:
    command = run(["serve", "bare", "--port", str(taken_port)])
    assert_refused(
        command.process.returncode, command.out, command.err, f"Port {taken_port} is in use"
    )
    if sys.platform == "linux":
        assert f"(pid {os.getpid()})" in command.err
    found = re.search(r"use port (\d+)", command.err)
    assert found
    with serve("bare", "--port", found[1]) as other:
        assert other.ask().status == 200
        assert other.stop() == 0


# In a process each.
FAILING = [
    ("crash_on_import", "RuntimeError: no connection to db.invalid", "crash_on_import failed"),
    ("exits_on_import", "SystemExit: 3", "called sys.exit(3)"),
    ("syntax_error", "SyntaxError: '(' was never closed", "syntax_error.py, line 5"),
]
# In this process.
MORE_FAILING = [
    ("missing_module", "ModuleNotFoundError: No module named", "'a_module_that_nobody_has'"),
    ("cancelled", "asyncio.exceptions.CancelledError: early", "CancelledError"),
    ("factory", "ZeroDivisionError: division by zero", "create_app() failed"),
    ("deep", "RuntimeError: three deep", "deep failed"),
    ("odd", "odd.OddError", "OddError: <its message can't be shown: ValueError>"),
    ("lines", "RuntimeError: first", "RuntimeError: first"),
]


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A folder with apps that can't be loaded."""
    for file in LIVE_APPS.glob("*.py"):
        shutil.copy(file, tmp_path)
    shutil.copy(LIVE_APPS / "syntax_error.py.txt", tmp_path / "syntax_error.py")
    for name, code in {
        "cancelled": "import asyncio\nraise asyncio.CancelledError('early')\n",
        "factory": "def create_app():\n    return 1 / 0\n",
        "deep": "import deeper\n",
        "deeper": "import importlib\nimportlib.import_module('deepest')\n",
        "deepest": "raise RuntimeError('three deep')\n",
        "odd": "class OddError(Exception):\n    def __str__(self):\n        raise ValueError\n\n"
        "raise OddError\n",
        "lines": "raise RuntimeError('first\\nsecond\\nthird')\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(code)
    return tmp_path


def assert_fails(
    status: int, out: str, err: str, expected: str, summary: str, folder: Path
) -> None:
    """Its own traceback, without any frame of ours, then one line; exit 1."""
    assert status == 1
    assert out == ""
    *traceback, last = err.splitlines()
    assert any(line.startswith(expected) for line in traceback)
    assert last.startswith("servedeck: ")
    assert summary in last
    assert_no_frame_of_ours(err)
    files = re.findall(r'File "([^"]+)"', err)
    assert files
    assert all(Path(file).parent == folder for file in files)


@pytest.mark.parametrize(("app", "expected", "summary"), FAILING, ids=[row[0] for row in FAILING])
def test_app_that_fails_to_import(app: str, expected: str, summary: str, failing: Path) -> None:
    command = run(["serve", app, "--port", "0"], cwd=failing)
    status = command.process.returncode
    assert_fails(status, command.out, command.err, expected, summary, failing)


@pytest.mark.usefixtures("as_in_a_process")
@pytest.mark.parametrize(
    ("app", "expected", "summary"), MORE_FAILING, ids=[row[0] for row in MORE_FAILING]
)
def test_more_apps_that_fail_to_import(
    app: str,
    expected: str,
    summary: str,
    failing: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(failing)
    status = cli.main(["serve", app, "--port", "0"])
    forget_project_modules(failing)
    assert_fails(status, *capfd.readouterr(), expected, summary, failing)
