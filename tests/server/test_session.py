"""A session from start to end: what it loads, what it reports, and that it tidies up."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framework.signals import got_request_exception
from server.config import ServerConfig
from server.errors import AppLoadError, BindError, PortInUse
from server.events import (
    AppError,
    Event,
    OutputWritten,
    ReloadFailed,
    RequestFinished,
    RoutesFound,
    ServerCourse,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)
from server.session import Session

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"
WAIT = 20.0


class Log:
    """Takes events, and waits for them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        self._queue.put(event)

    def next(self, kind: type[Any]) -> Any:
        while True:
            event = self._queue.get(timeout=WAIT)
            if isinstance(event, kind):
                return event

    def count(self, kind: type[Any], count: int) -> list[Any]:
        """All of a kind, as soon as there are so many."""
        while len(self.all(kind)) < count:
            self._queue.get(timeout=WAIT)
        return self.all(kind)

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@contextlib.contextmanager
def running(config: ServerConfig) -> Iterator[tuple[Log, str, Session]]:
    log = Log()
    session = Session(config, log.emit)
    thread = threading.Thread(target=session.run)
    thread.start()
    try:
        yield log, log.next(ServerStarted).url, session
    finally:
        session.stop()
        thread.join(WAIT)
        assert not thread.is_alive()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=WAIT) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def config(app: str, project: Path = LIVE_APPS, **options: Any) -> ServerConfig:
    return ServerConfig(app=app, project=str(project), port=0, **options)


def write(folder: Path, name: str, source: str) -> Path:
    file = folder / name
    file.write_text(source)
    return file


HELLO = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'{}']\n"


def test_bind_load_serve_and_stop_are_steps_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, "steps.py", HELLO.format("here"))
    log = Log()
    session = Session(config("steps:app", tmp_path), log.emit)
    session.bind()
    path, receivers = list(sys.path), dict(got_request_exception.receivers)
    app = session.load()
    thread = threading.Thread(target=session.serve, args=(app,))
    thread.start()
    assert get(log.next(ServerStarted).url) == (200, b"here")
    session.stop()
    session.stop()
    thread.join(WAIT)
    assert got_request_exception.receivers != receivers
    session.close()
    assert got_request_exception.receivers == receivers
    sys.path[:] = path
    assert [type(event).__name__ for event in log.events] == [
        "ServerStarted", "RoutesFound", "RequestStarted", "RequestFinished", "ServerStopped"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("app", "kind", "expected"),
    [
        ("not_there:app", "app-not-found", "no module 'not_there'"),
        ("not_there.py", "app-not-found", "no file"),
        ("a b", "app-not-found", "neither a module's name nor a Python file"),
        ("", "app-not-found", "No app is named"),
        ("bare:nothing", "app-attribute", "Found there: application"),
        ("noattr", "app-attribute", "noattr"),
        ("not_wsgi", "app-object", "not_wsgi:app is an int"),
        ("needs_args:create_app", "app-attribute", "missing a required argument: 'name'"),
        ("flask_factory:create_app(x)", "app-attribute", "must be plain values"),
        ("bare:3", "app-attribute", "neither a name nor a call"),
        ("missing_module", "app-import", "which is not installed"),
        ("crash_on_import", "app-import", "failed while it was imported"),
        ("exits_on_import", "app-import", "called sys.exit(3)"),
    ],
)
def test_an_app_that_cannot_be_loaded(app: str, kind: str, expected: str) -> None:
    log = Log()
    session = Session(config(app), log.emit)
    session.run()
    (failed,) = log.all(ServerFailed)
    assert (failed.kind, expected in failed.message) == (kind, True), failed.message
    assert "\n" not in failed.message
    own = log.all(AppError)
    assert bool(own) == bool(failed.traceback) == (kind == "app-import")
    for error in own:
        assert error.request_id is None
        for text in (error.text, failed.traceback):
            assert "appload" not in text
            assert "importlib" not in text
            assert str(LIVE_APPS) in text
        assert all("/server/" not in frame.file for frame in error.frames)


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, "broken.py", "x = 1\ndef app(:\n")
    log = Log()
    Session(config("broken:app", tmp_path), log.emit).run()
    (failed,) = log.all(ServerFailed)
    assert failed.message.startswith(f"Syntax error in {file}, line 2:")
    (error,) = log.all(AppError)
    assert (error.frames[-1].file, error.frames[-1].line) == (str(file), 2)


def test_load_raises_what_run_reports() -> None:
    session = Session(config("not_wsgi:app"), Log().emit)
    path = list(sys.path)
    with pytest.raises(AppLoadError) as caught:
        session.load()
    sys.path[:] = path
    assert caught.value.kind == "app-object"


def test_the_next_session_runs_the_edited_code(tmp_path: Path) -> None:
    write(tmp_path, "edited.py", "from part import word\n" + HELLO.replace("b'{}'", "word"))
    write(tmp_path, "part.py", "word = b'old'\n")
    with running(config("edited:app", tmp_path)) as (_, url, _session):
        assert get(url)[1] == b"old"
    write(tmp_path, "part.py", "word = b'brand new'\n")
    with running(config("edited:app", tmp_path)) as (_, url, _session):
        assert get(url)[1] == b"brand new"


def test_the_rules_of_the_app_follow_the_start_and_requests_name_their_endpoint() -> None:
    with running(config("flask_factory:create_app()")) as (log, url, _):
        found = {route.endpoint: route for route in log.next(RoutesFound).routes}
        assert [type(event) for event in log.events[:2]] == [ServerStarted, RoutesFound]
        get(url + found["error"].rule)
        event = log.next(RequestFinished)
        assert (event.endpoint, event.flow) == ("error", ())
    assert found["json_view"].methods == ("GET", "POST")
    assert found["error"].file == str(LIVE_APPS / "flask_factory.py")


def test_an_app_that_is_broken_has_no_rules(tmp_path: Path) -> None:
    broken = write(tmp_path, "broken.py", "raise ValueError('no')\n")
    with running(config("broken", tmp_path, reload=True)) as (log, _, session):
        log.next(ReloadFailed)
        assert not log.all(RoutesFound)
        broken.write_text(HELLO)
        session.reload(time.time())
        assert log.next(RoutesFound).routes == ()


def test_two_projects_may_have_modules_of_one_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "same.py", HELLO.format(name))
        with running(config("same:app", tmp_path / name)) as (_, url, _session):
            assert get(url)[1] == name.encode()


def test_the_app_runs_in_its_folder_and_everything_is_put_back(tmp_path: Path) -> None:
    source = (
        "import os, sys\nos.environ['LEFT_BEHIND'] = '1'\nsys.path.append('/left/behind')\n"
        "folder = os.getcwd()\n" + HELLO.replace("b'{}'", "folder.encode()")
    )
    write(tmp_path, "where.py", source)

    def surroundings() -> tuple[Any, ...]:
        return (
            os.getcwd(), list(sys.path), dict(os.environ), sys.stdout, sys.stderr,
            logging.getLogRecordFactory(), threading.excepthook,
        )  # fmt: skip

    before = surroundings()
    with running(config("where:app", tmp_path)) as (_, url, _session):
        assert get(url)[1] == str(tmp_path).encode()
        assert os.environ["LEFT_BEHIND"] == "1"
    assert surroundings() == before


def test_what_flask_catches_and_logs_is_reported_with_its_request() -> None:
    with running(config("flask_factory:create_app()")) as (log, url, _session):
        assert get(url + "/error")[0] == 500
        finished = log.next(RequestFinished)
    (error,) = log.all(AppError)
    assert error.type == "ZeroDivisionError"
    assert (error.request_id, finished.error_id) == (finished.id, error.id)


@pytest.mark.parametrize("framework", ["flask", "framework"])
def test_a_signal_announces_what_isn_t_logged(tmp_path: Path, framework: str) -> None:
    name = {"flask": "Flask", "framework": "App"}[framework]
    write(
        tmp_path, f"silent_{framework}.py",
        f"from {framework} import {name}\napp = {name}(__name__)\napp.logger.disabled = True\n"
        "@app.route('/')\ndef index():\n    raise LookupError('unlogged')\n"
        "@app.route('/own')\ndef own():\n    return 'no', 500\n",
    )  # fmt: skip
    with running(config(f"silent_{framework}:app", tmp_path)) as (log, url, _session):
        assert get(url)[0] == 500
        finished = log.next(RequestFinished)
        assert get(url + "/own")[0] == 500
        by_itself = log.next(RequestFinished)
    (error,) = log.all(AppError)
    assert (error.message, error.id, finished.problem) == ("unlogged", finished.error_id, "")
    assert by_itself.error_id is None
    assert by_itself.problem.startswith("no error reached the server")


def test_an_error_in_a_thread_of_the_app_belongs_to_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)  # pytest's own would complain
    source = (
        "import threading\ndef work():\n    raise LookupError('in a thread')\n"
        "def app(environ, start_response):\n"
        "    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()\n"
        "    start_response('200 OK', [])\n    return [b'ok']\n"
    )
    write(tmp_path, "threads.py", source)
    with running(config("threads:app", tmp_path)) as (log, url, _session):
        assert get(url) == (200, b"ok")
        assert log.next(RequestFinished).error_id is None
    (error,) = log.all(AppError)
    assert (error.message, error.request_id) == ("in a thread", None)


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_what_a_request_prints_is_reported_with_it(tmp_path: Path, mode: str) -> None:
    source = "import sys\nprint('imported')\n" + HELLO.replace(
        "    start", "    print('out', environ['PATH_INFO'])\n"
        "    environ['wsgi.errors'].write('err\\n')\n    start",
    )  # fmt: skip
    write(tmp_path, "prints_here.py", source)
    with running(config("prints_here:app", tmp_path, mode=mode)) as (log, url, _session):
        get(url + "/a")
        number = log.next(RequestFinished).id
    reported = [(event.stream, event.text, event.request_id) for event in log.all(OutputWritten)]
    assert reported == [
        ("stdout", "imported\n", None),
        ("stdout", "out /a\n", number),
        ("stderr", "err\n", number),
    ]


def test_stop_before_and_during_the_import(tmp_path: Path) -> None:
    log = Log()
    early = Session(config("bare:application"), log.emit)
    early.stop()
    early.run()
    assert [type(event) for event in log.events] == [ServerStopped]

    gate = tmp_path / "gate"
    write(
        tmp_path, "slow_import.py",
        "import pathlib, threading\nprint('importing')\n"
        f"while not pathlib.Path({str(gate)!r}).exists():\n"
        "    threading.Event().wait(0.01)\n" + HELLO,
    )  # fmt: skip
    log = Log()
    session = Session(config("slow_import:app", tmp_path), log.emit)
    thread = threading.Thread(target=session.run)
    thread.start()
    log.next(OutputWritten)
    session.stop()
    gate.touch()
    thread.join(WAIT)
    assert not log.all(ServerStarted)
    assert isinstance(log.events[-1], ServerStopped)


def test_the_app_may_end_the_server(tmp_path: Path) -> None:
    write(
        tmp_path, "ends_itself.py",
        "def app(environ, start_response):\n    environ['werkzeug.server.shutdown']()\n"
        "    start_response('200 OK', [])\n    return [b'bye']\n",
    )  # fmt: skip
    with running(config("ends_itself:app", tmp_path)) as (log, url, _session):
        assert get(url) == (200, b"bye")
        assert log.next(ServerStopped).reason == "app"


def test_debug_shows_the_traceback_in_the_browser(tmp_path: Path) -> None:
    write(tmp_path, "bad.py", "def app(environ, start_response):\n    raise KeyError('oops')\n")
    for debug, shown in ((True, True), (False, False)):
        with running(config("bad:app", tmp_path, debug=debug)) as (log, url, _session):
            status, page = get(url)
            assert status == 500
            assert (b"KeyError" in page) == shown
            assert log.next(RequestFinished).error_id == log.all(AppError)[0].id
        assert len(log.all(AppError)) == 1


def test_passed_through_errors_end_the_server(tmp_path: Path) -> None:
    write(tmp_path, "bad.py", "def app(environ, start_response):\n    raise KeyError('oops')\n")
    options = {"passthrough_errors": True}
    with running(config("bad:app", tmp_path, **options)) as (log, url, _session):
        assert get(url)[0] == 500
        failed = log.next(ServerFailed)
    assert failed.kind == "app-error"
    assert "KeyError: 'oops'" in failed.traceback


HOLD = (
    "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\n"
    "print(s.getsockname()[1], flush=True)\ninput()\n"
)


def test_a_port_in_use_names_who_has_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        session = Session(ServerConfig(app="x", port=port), Log().emit)
        with pytest.raises(PortInUse) as caught:
            session.bind()
        other.communicate("\n", timeout=WAIT)
    assert f"(pid {other.pid})" in caught.value.message
    assert caught.value.suggested_port not in (None, port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a..b"])
def test_a_host_that_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(BindError) as caught:
        Session(ServerConfig(app="x", host=host, port=0), Log().emit).bind()
    assert host in caught.value.message
    assert caught.value.message.endswith(".")


def test_listeners_that_are_given_stay_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        log = Log()
        session = Session(config("bare:application"), log.emit, [listener])
        thread = threading.Thread(target=session.run)
        thread.start()
        assert get(log.next(ServerStarted).url)[0] == 200
        session.stop()
        thread.join(WAIT)
        assert listener.fileno() >= 0


def test_a_project_with_a_module_of_our_name_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "server.py", HELLO)
    log = Log()
    Session(config("server:app", tmp_path), log.emit).run()
    (failed,) = log.all(ServerFailed)
    assert failed.kind == "app-import"
    assert "'server' has the name of a part of ServeDeck" in failed.message


# How it ends --------------------------------------------------------------------------------------


def run(session: Session) -> threading.Thread:
    thread = threading.Thread(target=session.run)
    thread.start()
    return thread


def surroundings() -> tuple[Any, ...]:
    """What belongs to the whole process, and has to be as it was."""
    return (
        Path.cwd(),
        list(sys.path),
        dict(os.environ),
        sys.stdout,
        sys.stderr,
        logging.getLogRecordFactory(),
        threading.excepthook,
    )


@pytest.mark.parametrize("mode", ["single", "threaded"])
def test_an_abandoned_session_has_ended_for_everybody_else(tmp_path: Path, mode: str) -> None:
    """The request that won't end has a thread of its own by then, and nothing else."""
    gate, entered = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        entered.set()
        assert gate.wait(WAIT)
        print("too late to be reported")
        start_response("200 OK", [])
        return [b""]

    write(tmp_path, "stuck.py", "app = None")
    before = surroundings()
    log = Log()
    session = Session(config("stuck:app", tmp_path, mode=mode, grace=WAIT), log.emit)
    session.load = lambda: app  # type: ignore[method-assign]
    thread = run(session)
    started = log.next(ServerStarted)
    with socket.create_connection(("127.0.0.1", started.port), WAIT) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert entered.wait(WAIT)
        session.stop()
        session.abandon()
        assert surroundings() == before
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", started.port), WAIT)
        reported = list(log.events)
        assert reported[-1] == log.next(ServerStopped)
        assert reported[-1].abandoned == 1
        gate.set()
        thread.join(WAIT)
        assert not thread.is_alive()
    assert log.events == reported
    assert surroundings() == before
    session.abandon()
    assert log.events == reported


@pytest.mark.parametrize("error", ["RuntimeError('x')", "SystemExit(3)", "ConnectionError()"])
def test_passed_through_errors_of_every_kind_end_it(tmp_path: Path, error: str) -> None:
    write(tmp_path, "through.py", f"def app(environ, start_response):\n    raise {error}\n")
    before = surroundings()
    log = Log()
    options: dict[str, Any] = {"passthrough_errors": True}
    session = Session(config("through:app", tmp_path, **options), log.emit)
    thread = run(session)
    assert get(log.next(ServerStarted).url)[0] == 500
    thread.join(WAIT)
    assert not thread.is_alive()
    failed = log.events[-1]
    assert isinstance(failed, ServerFailed)
    assert failed.kind == "app-error"
    assert error.partition("(")[0] in failed.message
    assert "through.py" in failed.traceback
    (reported,) = log.all(AppError)
    assert reported.request_id is not None
    assert surroundings() == before


def test_a_failure_of_the_server_itself_is_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.serving.ThreadedWSGIServer._serve", None)
    before = surroundings()
    log = Log()
    Session(config("bare:application"), log.emit).run()
    failed = log.events[-1]
    assert isinstance(failed, ServerFailed)
    assert failed.kind == "internal"
    assert "The server failed: TypeError: 'NoneType' object" in failed.message
    assert surroundings() == before


def test_an_end_is_reported_although_its_report_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an object of the app's does while the server deals with it."""

    class Nasty(Exception):
        def __str__(self) -> str:
            raise SystemExit

    def broken(server: Any, poll_interval: float = 0.5) -> None:
        server.server_close()
        raise Nasty

    def fails(session: Session) -> None:
        raise GeneratorExit

    monkeypatch.setattr("server.serving.BaseWSGIServer.serve_forever", broken)
    for step in ("", "_restore", "close"):
        if step:
            monkeypatch.setattr(Session, step, fails)
        log = Log()
        session = Session(config("bare:application"), log.emit)
        session.run()
        failed = log.events[-1]
        assert isinstance(failed, ServerFailed)
        assert failed.kind == "app-error"  # it came through other code
        assert sum(isinstance(event, ServerFailed) for event in log.events) == 1
        monkeypatch.undo()
        monkeypatch.setattr("server.serving.BaseWSGIServer.serve_forever", broken)
        session._restore()
        session.close()


def test_a_change_during_the_import_is_loaded_at_once() -> None:
    """What was out of date by then is never served."""
    log = Log()
    imports = []

    def changed_meanwhile() -> None:
        imports.append(log.all(ServerStarted))
        if len(imports) == 1:
            session.reload(time.time())

    session = Session(
        config("bare:application", reload=True), log.emit, on_loaded=changed_meanwhile
    )
    thread = threading.Thread(target=session.run)
    thread.start()
    log.next(ServerStarted)
    session.stop()
    thread.join(WAIT)
    assert imports == [[], []]
    assert len(log.all(ServerStarted)) == 1


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError("no more"), "The app ended the server: MemoryError: no more"),
        (SystemExit("enough"), "The app ended the server: SystemExit: enough"),
        (RecursionError(), "The app ended the server: RecursionError"),
    ],
)
def test_what_comes_through_other_code_is_no_failure_of_the_server(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    def broken(server: Any, poll_interval: float = 0.5) -> None:
        server.server_close()
        raise error

    monkeypatch.setattr("server.serving.BaseWSGIServer.serve_forever", broken)
    log = Log()
    Session(config("bare:application"), log.emit).run()
    failed = log.events[-1]
    assert isinstance(failed, ServerFailed)
    assert (failed.kind, failed.message) == ("app-error", message)


ODD_APP = """
class App:
    @property
    def debug(self):
        raise RuntimeError("not now")
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return [b"served"]
app = App()
"""


def test_an_app_that_cannot_be_asked_for_debug_is_served(tmp_path: Path) -> None:
    write(tmp_path, "odd_app.py", ODD_APP)
    with running(config("odd_app:app", tmp_path, debug=True, flow="off")) as (_log, url, _session):
        assert get(url) == (200, b"served")


BLAMED = """
import json, logging, sys, threading

class Odd(BaseException):
    __module__ = None
    def __str__(self):
        raise SystemExit("str")
    __repr__ = __str__

class Items:
    def __init__(self, error=None, at_close=None):
        self.error, self.at_close = error, at_close
    def __iter__(self):
        return self
    def __next__(self):
        if self.error:
            raise self.error
        raise StopIteration
    def close(self):
        if self.at_close:
            raise self.at_close

def deep():
    return deep()

class Deep(Items):
    def __next__(self):
        return deep()

def in_thread(error):
    def raises(value):
        raise error
    thread = threading.Thread(target=json.JSONEncoder(default=raises).encode, args=(error,))
    thread.start()
    thread.join()

def logged(error):
    try:
        raise error
    except BaseException:
        logging.getLogger("of.the.app").exception("something")

KINDS = {
    "exit": lambda: sys.exit(3),
    "interrupt": lambda: (_ for _ in [1]).throw(KeyboardInterrupt()),
    "memory": lambda: Items(MemoryError()),
    "deep": lambda: deep(),
    "deep-iterator": lambda: Deep(),
    "odd": lambda: Items(Odd()),
    "odd-close": lambda: Items(None, Odd()),
    "exit-iterator": lambda: Items(SystemExit(4)),
    "exit-close": lambda: Items(None, SystemExit(5)),
    "interrupt-close": lambda: Items(None, KeyboardInterrupt()),
    "generator-close": lambda: Items(None, GeneratorExit()),
    "memory-close": lambda: Items(None, MemoryError()),
    "library-thread": lambda: in_thread(SystemError("of a library")),
    "interrupt-thread": lambda: in_thread(KeyboardInterrupt()),
    "odd-thread": lambda: in_thread(Odd()),
    "odd-logged": lambda: logged(Odd()),
}

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return KINDS.get(environ["PATH_INFO"][1:], lambda: [b"served"])() or [b"did it"]
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("debug", [True, False])
def test_whatever_an_app_raises_is_the_apps_error(tmp_path: Path, debug: bool) -> None:
    """Each in a request; none of them ends the server, and none is reported as its own."""
    write(tmp_path, "blamed.py", BLAMED)
    space: dict[str, Any] = {}
    exec(BLAMED, space)
    with running(config("blamed:app", tmp_path, debug=debug)) as (log, url, _session):
        for number, kind in enumerate(space["KINDS"], 1):
            with contextlib.suppress(OSError, http.client.HTTPException):  # cut short
                get(f"{url}/{kind}")
            log.next(RequestFinished)
            assert len(log.count(AppError, number)) == number, kind
        assert get(url) == (200, b"served")
    for event in log.all(OutputWritten):
        assert "server failed" not in event.text.lower()
    own = [type(event) for event in log.events if "Server" in type(event).__name__]
    assert [kind for kind in own if kind is not ServerCourse] == [ServerStarted, ServerStopped]


def test_a_stop_while_the_import_fails_is_a_stop(tmp_path: Path) -> None:
    write(tmp_path, "stops.py", "import stops_now\nraise RuntimeError('meanwhile')\n")
    log = Log()
    session = Session(config("stops:app", tmp_path), log.emit)
    write(tmp_path, "stops_now.py", "")
    load = session.load

    def stop_first() -> Any:
        session.stop()
        return load()

    session.load = stop_first  # type: ignore[method-assign]
    session.run()
    assert isinstance(log.events[-1], ServerStopped)
    assert not log.all(ServerFailed)


def test_a_folder_that_is_gone_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with running(config("bare:application")) as (_log, url, _session):
        assert get(url)[0] == 200
    log = Log()
    Session(config("bare:application", gone), log.emit).run()
    (failed,) = log.all(ServerFailed)
    assert (failed.kind, str(gone) in failed.message) == ("app-not-found", True)


def test_debug_without_werkzeug_shows_the_traceback_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "werkzeug.debug", None)
    write(
        tmp_path, "plain_debug.py",
        "def app(environ, start_response):\n    raise RuntimeError('<shown>')\n",
    )  # fmt: skip
    with running(config("plain_debug:app", tmp_path, debug=True)) as (log, url, _session):
        status, page = get(url)
        error = log.next(AppError)
    assert (status, b"RuntimeError: &lt;shown&gt;" in page) == (500, True)
    assert error.request_id is not None


def test_what_bottle_catches_is_reported_by_its_exc_info() -> None:
    pytest.importorskip("bottle")
    with running(config("bottle_app:app")) as (log, url, _session):
        assert get(url + "/error")[0] == 500
        error, finished = log.next(AppError), log.next(RequestFinished)
    assert (error.type, error.message) == ("RuntimeError", "raised in a Bottle view")
    assert (error.request_id, finished.error_id) == (finished.id, error.id)


def test_an_app_that_calls_sys_exit_in_a_view() -> None:
    with running(config("exits_in_request:application")) as (log, url, _session):
        assert get(url + "/exit")[0] == 500
        assert log.next(AppError).type == "SystemExit"
        assert get(url)[0] == 200


def test_sessions_leave_nothing(tmp_path: Path) -> None:
    write(tmp_path, "many.py", HELLO.format("x"))
    before, threads = surroundings(), threading.active_count()
    for number in range(16):
        log = Log()
        session = Session(config("many:app", tmp_path), log.emit)
        thread = run(session)
        url = log.next(ServerStarted).url
        if number % 8 == 0:
            assert get(url) == (200, b"x")
        session.stop()
        thread.join(WAIT)
        assert isinstance(log.events[-1], ServerStopped)
    assert surroundings() == before
    assert threading.active_count() == threads
