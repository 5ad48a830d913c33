"""What is typed for the frame of an error is evaluated where the app runs, in either host."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hosting import Run
from wire import ask

from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import AppError, ConsoleAnswered, ConsoleQuestion, ServerStarted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="passes descriptors")

APP = """\
import contextvars
path = contextvars.ContextVar("path")
def app(environ, start_response):
    path.set(environ["PATH_INFO"])
    total = 40
    raise LookupError("no")
"""
_numbers = itertools.count(1)


@pytest.fixture(params=[ProcessHost, ThreadHost], ids=["process", "thread"])
def start(request: Any, run_in: Callable[..., Run]) -> Callable[..., Run]:
    """Starts the server. In the test, since the test runner sets streams of its own before it."""

    def make(**options: Any) -> Run:
        run = run_in(request.param, APP, **{"debug": True, "reload": True, **options})
        run.events.started()
        return run

    return make


def error_of(server: Run, count: int = 1) -> AppError:
    """The next error of the app."""
    assert ask(server.port, "/here").status == 500
    found: AppError = server.wait_count(AppError, count)[count - 1]
    return found


def answer(server: Run, error: AppError, text: str) -> ConsoleAnswered:
    number = next(_numbers)
    frame = error.frames[-1].console
    server.host.ask_console(ConsoleQuestion(number, error.id, frame, text))

    def found() -> list[ConsoleAnswered]:
        return [event for event in server.of(ConsoleAnswered) if event.number == number]

    server.events.wait_for(lambda: bool(found()))
    return found()[0]


def test_an_input_runs_in_the_frame_and_its_output_comes_with_the_answer(
    start: Callable[..., Run],
) -> None:
    server = start()
    error = error_of(server)
    found = answer(server, error, "print('total', total); path.get()")
    assert (found.kind, found.text) == ("done", "total 40\n'/here'\n")
    assert "LookupError" not in answer(server, error, "1 / 0").text
    assert len(server.of(AppError)) == 1
    server.end()


def test_a_reload_drops_the_frames(start: Callable[..., Run]) -> None:
    server = start()
    error = error_of(server)
    server.reload(APP.replace("40", "50"))
    server.wait_count(ServerStarted, 2)
    found = answer(server, error, "total")
    assert (found.kind, found.text) == ("gone", "reloaded")
    assert answer(server, error_of(server, 2), "total").text == "50\n"
    server.end()


def test_a_clear_drops_the_frames(start: Callable[..., Run]) -> None:
    server = start()
    error = error_of(server)
    server.host.forget_frames()
    found = answer(server, error, "total")
    assert (found.kind, found.text) == ("gone", "cleared")
    server.end()


def test_nothing_is_kept_without_debug(start: Callable[..., Run]) -> None:
    server = start(debug=False)
    error = error_of(server)
    assert {frame.console for frame in error.frames} == {0}
    assert answer(server, error, "total").kind == "gone"
    server.end()


def test_an_input_that_hangs_is_left_and_requests_go_on(start: Callable[..., Run]) -> None:
    server = start()
    error = error_of(server)
    frame = error.frames[-1].console
    server.host.ask_console(ConsoleQuestion(0, error.id, frame, "import time; time.sleep(1e6)"))
    assert answer(server, error, "1").kind == "busy"
    error_of(server, 2)
    server.host.ask_console(None)
    assert server.wait_count(ConsoleAnswered, 2)[1].kind == "left"
    assert answer(server, error, "total").text == "40\n"
    server.end()


def test_a_child_that_has_ended_has_no_frames(run_in: Callable[..., Run]) -> None:
    server = run_in(ProcessHost, APP, debug=True, mode="forking")
    server.events.started()
    error = error_of(server)
    assert {frame.console for frame in error.frames} == {0}
    server.end()
