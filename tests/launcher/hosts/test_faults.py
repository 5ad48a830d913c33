"""Whatever raises in our own code: the end is reported, in time, and the port is free."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from recorder import HELLO, WAIT, Recorder, write_app
from wire import ask

from launcher.hosts.hosted_worker import HostedWorker
from launcher.hosts.listening import ListeningSockets
from launcher.hosts.process_host import ProcessHost
from launcher.hosts.supervisor import Supervisor
from launcher.hosts.worker_process import WorkerProcess
from server.config import ServerConfig
from server.events import RequestFinished, ServerFailed, ServerStopped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts on quick processes")

GRACE = 0.3


class Served:
    """A server that was started, whose parts are made to fail."""

    def __init__(self, folder: Path, **options: Any) -> None:
        write_app(folder, options.pop("code", HELLO))
        self.events = Recorder()
        self.supervisor = Supervisor(self.events)
        options = {"project": str(folder), "port": 0, "grace": GRACE, **options}
        self.config = ServerConfig(app="app", **options)
        self.supervisor.start(self.config)

    def end(self) -> tuple[ServerStopped | ServerFailed, float]:
        """Stop it; the end, and how long it took."""
        begun = time.monotonic()
        self.supervisor.stop()
        self.events.wait_for(
            lambda: any(isinstance(e, (ServerStopped, ServerFailed)) for e in self.events.events)
        )
        ends = [e for e in self.events.events if isinstance(e, (ServerStopped, ServerFailed))]
        assert len(ends) == 1
        return ends[0], time.monotonic() - begun


@pytest.fixture
def serve(tmp_path: Path, mark: str) -> Iterator[Callable[..., Served]]:
    all_of_them: list[Served] = []

    def start(**options: Any) -> Served:
        all_of_them.append(Served(tmp_path, **options))
        return all_of_them[-1]

    yield start
    for served in all_of_them:
        served.supervisor.close(WAIT)


STEPS = [
    (ProcessHost, "_stop"),
    (ProcessHost, "_take"),
    (ProcessHost, "_take_exit"),
    (HostedWorker, "unfinished"),
    (ProcessHost, "_finish_stop"),
    (ProcessHost, "_finish"),
    (ProcessHost, "stop"),
    (WorkerProcess, "send"),
    (WorkerProcess, "set_exit"),
    (WorkerProcess, "_report_exit"),
    (Supervisor, "_take_stop"),
    (Supervisor, "_leave_seat"),
    (Supervisor, "_report_end"),
    (Supervisor, "_stop_or_close"),
    (Supervisor, "_step"),
    (Supervisor, "_stop_host"),
    (ListeningSockets, "close"),
    (ListeningSockets, "address"),
]


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
@pytest.mark.parametrize(("kind", "name"), STEPS, ids=[f"{k.__name__}.{n}" for k, n in STEPS])
def test_a_step_of_the_stop_fails(
    serve: Callable[..., Served],
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    name: str,
    error: type[BaseException],
) -> None:
    """Each step once: the end comes within the grace time plus one second, on its own or by a
    second press of Stop where it was the stop itself that failed."""
    served = serve(run_in="process")
    port = served.events.started().port
    real = getattr(kind, name)
    failed = threading.Event()

    def fails_once(*args: Any, **options: Any) -> Any:
        if failed.is_set():
            return real(*args, **options)
        failed.set()
        raise error("injected")

    monkeypatch.setattr(kind, name, fails_once)
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    _, seconds = served.end()
    assert failed.is_set()
    assert seconds < GRACE + 1 + 1  # and a second for the machine
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((Supervisor, name) for name in ("_take_start", "_begin", "_step", "_watcher", "_host")),
        (ListeningSockets, "open_for"),
    ],
)
@pytest.mark.parametrize("place", ["process", "thread"])
def test_a_step_of_the_start_fails(
    serve: Callable[..., Served],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    kind: type,
    name: str,
) -> None:
    """Its end is reported, and the next start works."""
    real = getattr(kind, name)
    failed = threading.Event()

    def fails_once(*args: Any, **options: Any) -> Any:
        if failed.is_set():
            return real(*args, **options)
        failed.set()
        raise GeneratorExit("injected")

    monkeypatch.setattr(kind, name, fails_once)
    served = serve(run_in=place)
    assert served.events.next(ServerFailed).kind == "internal"
    served.supervisor.start(served.config)
    served.events.started()


def test_no_further_thread_can_be_started(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just when Stop is needed: it starts none."""
    for place in ("process", "thread"):
        served = serve(run_in=place)
        port = served.events.started().port
        assert ask(port, "/").status == 200
        with monkeypatch.context() as patch:

            def refuse(*unused: object) -> None:
                raise RuntimeError("can't start new thread")

            patch.setattr(threading.Thread, "start", refuse)
            end, _ = served.end()
        assert isinstance(end, ServerStopped)


def test_no_thread_for_a_start(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has failed, and leaves no process."""
    real = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("worker-"):
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    served = serve(run_in="process")
    assert served.events.next(ServerFailed).kind == "internal"


REPR = """
class Odd:
    def __repr__(self):
        raise {error}
def app(environ, start_response):
    odd = Odd()
    if environ["PATH_INFO"] == "/raise":
        raise ValueError(odd)
    start_response("200 OK", [])
    return [b"hello"]
"""


@pytest.mark.parametrize("error", ["SystemExit", "GeneratorExit", "KeyboardInterrupt"])
def test_a_local_that_can_not_be_shown(serve: Callable[..., Served], error: str) -> None:
    served = serve(code=REPR.replace("{error}", error), debug=True, mode="single")
    port = served.events.started().port
    assert ask(port, "/raise").status == 500
    served.events.next(RequestFinished)
    assert ask(port, "/").body == b"hello"
    end, _ = served.end()
    assert isinstance(end, ServerStopped)


NAMES = ["/tmp/a\0b", "/tmp/\ud800", "/tmp/" + "a" * 300, "/nowhere/at/all"]


@pytest.mark.parametrize("setting", ["project", "python", "env_file", "unix"])
def test_what_can_be_no_name_of_a_file(serve: Callable[..., Served], setting: str) -> None:
    """A sentence about it, and never that ServeDeck has failed."""
    for name in NAMES:
        served = serve(**{setting: name, "reload": True})
        served.events.wait_for(lambda s=served: len(s.events.events) > 0)  # type: ignore[misc]
        end, _ = served.end()
        if isinstance(end, ServerFailed):
            assert end.kind != "internal"
            assert "None" not in end.message
