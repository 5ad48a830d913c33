"""Fixtures of the launcher's tests: a window, and a supervisor that is driven by hand."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hosting import MARK, MakeHost, Run, end_marked, marked
from recorder import HELLO, Gate, write_app

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from server.config import ServerConfig
from server.events import (
    AppError,
    Body,
    ConsoleQuestion,
    Emit,
    Event,
    ExplainQuestion,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Qt's plugin for no screen says this about each window; it is no fault of ours."""
    folder = str(Path(__file__).parent) + os.sep
    for item in items:
        if str(item.path).startswith(folder):
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


class FakeSupervisor:
    """Records what it is asked for; a test says what comes of it."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.calls: list[str] = []
        self.inputs: list[str | None] = []
        self.questions: list[ConsoleQuestion | None] = []
        self.config: ServerConfig | None = None

    def start(self, config: ServerConfig) -> None:
        self.calls.append("start")
        self.config = config

    def stop(self) -> None:
        self.calls.append("stop")

    def kill(self) -> None:
        self.calls.append("kill")

    def ask_where(self, request_id: int) -> None:
        self.calls.append(f"where {request_id}")

    def give_input(self, text: str | None) -> None:
        self.inputs.append(text)

    def explain(self, question: ExplainQuestion) -> None:
        self.calls.append(f"explain {question.number} {question.connection} {question.statement}")

    def ask_console(self, question: ConsoleQuestion | None) -> None:
        self.questions.append(question)

    def forget_frames(self) -> None:
        self.calls.append("forget frames")

    def restart_now(self) -> None:
        self.calls.append("restart now")

    def restart(self, config: ServerConfig) -> None:
        self.calls.append("restart")
        self.config = config

    def reload(self) -> None:
        self.calls.append("reload")

    def close(self, timeout: float) -> bool:
        self.calls.append("close")
        return True


class Make:
    """Events with as little as a test has to say about them."""

    def started(self, url: str = "http://127.0.0.1:5000/", **changes: Any) -> ServerStarted:
        event = ServerStarted(url, "127.0.0.1", 5000, 4711, "threaded", "3.11.7")
        return replace(event, **changes)

    def failed(self, kind: str = "bind", **changes: Any) -> ServerFailed:
        return replace(ServerFailed(kind, "It can't be."), **changes)

    def stopped(self, **changes: Any) -> ServerStopped:
        return replace(ServerStopped("stopped"), **changes)

    def request(self, id: int, target: str = "/", method: str = "GET") -> RequestStarted:
        return RequestStarted(id, method, target, time=1_700_000_000.0 + id)

    def finished(self, id: int, target: str = "/", **changes: Any) -> RequestFinished:
        path, _, query = target.partition("?")
        event = RequestFinished.of(
            id=id,
            method="GET",
            target=target,
            path=path,
            query=query,
            http_version="HTTP/1.1",
            status=200,
            reason="OK",
            started=1_700_000_000.0 + id,
            duration=0.0123,
            app_duration=0.01,
            bytes_received=80,
            bytes_sent=1530,
            remote_addr="127.0.0.1",
            thread="t",
            pid=1,
            request_headers=(("Host", "localhost"), ("Accept", "*/*")),
            response_headers=(("Content-Type", "text/plain"),),
            request_body=Body(),
            response_body=Body(5, b"hello"),
        )
        return event.replace(**changes)

    def error(self, id: int, request_id: int | None = None, **changes: Any) -> AppError:
        text = 'Traceback (most recent call last):\n  File "shop.py", line 3, in pay\nKeyError: 7\n'
        return replace(AppError(id, request_id, "KeyError", "7", text), **changes)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def fake() -> type[FakeSupervisor]:
    return FakeSupervisor


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """Waits for longer: what takes a moment takes more of them on a busy machine."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=30_000)
    return qtbot


@contextlib.contextmanager
def windows_in(folder: Path) -> Iterator[Callable[..., Any]]:
    """Builds windows as the program does, each ended and deleted at the end of the block.

    The program is started in an empty folder. This checkout would be a large project, which each
    window that is given none would read.
    """
    from PySide6.QtCore import QCoreApplication, QEvent

    from launcher import app
    from launcher.theme import Theme

    started_in = folder / "started in"
    started_in.mkdir()
    windows = []

    def build(*argv: str, supervisor: Any = FakeSupervisor, data: Path | None = None) -> Any:
        kept = folder / "data" if data is None else data
        window = app.build([*argv, "--data-dir", str(kept)], supervisor)
        windows.append(window)
        return window

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(started_in)
        yield build
        for window in windows:
            app.shut_down(window)
            window.hide()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        theme = next(iter(Theme.of(a) for a in [QCoreApplication.instance()]))
        theme.set_appearance("system")


@pytest.fixture
def build_window(qtbot: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Builds windows as the program does, each ended and deleted after the test."""
    with windows_in(tmp_path) as build:
        yield build


def shown_window(build: Callable[..., Any], folder: Path) -> Any:
    """A shown window with a fake supervisor and a small project filled in."""
    project = folder / "shop"
    project.mkdir()
    (project / "shop.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    made = build("shop:app", "--project", str(project))
    made.show()
    return made


@pytest.fixture
def window(build_window: Callable[..., Any], tmp_path: Path) -> Any:
    """A shown window with a fake supervisor and a small project filled in."""
    return shown_window(build_window, tmp_path)


@pytest.fixture(scope="module")
def any_window(qapp: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A window as :func:`window` makes it, for tests of a module that only look at it."""
    folder = tmp_path_factory.mktemp("window")
    with windows_in(folder) as build:
        yield shown_window(build, folder)


@pytest.fixture
def send(window: Any) -> Callable[..., None]:
    """Lets the window's fake supervisor report events, and the window take them."""
    from launcher.bridge import EventBridge

    def report(*events: Event) -> None:
        bridge = window.findChild(EventBridge)
        for event in events:
            bridge.post(event)
        bridge.flush()

    return report


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Marks all processes that are started from here on, and fails the test that leaves one."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    yield mark
    deadline = time.monotonic() + 2
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = end_marked(mark)
    assert not left, f"left behind: {left}"


@pytest.fixture
def run_in(listener: socket.socket, tmp_path: Path, mark: str) -> Iterator[Callable[..., Run]]:
    """Starts a server in a host on an app's code; whatever it does, it is stopped at the end."""
    runs: list[Run] = []

    def start(make_host: MakeHost, code: str = HELLO, **options: object) -> Run:
        write_app(tmp_path, code)
        options.setdefault("app", "app")
        config = ServerConfig(project=str(tmp_path), port=0, **options)  # type: ignore[arg-type]
        runs.append(Run(make_host, listener, tmp_path, config))
        return runs[-1]

    yield start
    for one in runs:
        one.give_up()
