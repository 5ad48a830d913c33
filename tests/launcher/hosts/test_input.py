"""What is typed for an app reaches it, in either host; and what it waits for is reported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from hosting import Run, in_background
from wire import Wire

from launcher.hosts.process_host import ProcessHost
from launcher.hosts.thread_host import ThreadHost
from server.events import AppError, OutputWritten, Paused, RequestFinished, Resumed, ServerStarted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="passes descriptors")

APP = """\
import getpass, pdb, sys
def app(environ, start_response):
    total = 40
    if environ["PATH_INFO"] == "/break":
        pdb.Pdb().set_trace()  # pdb.set_trace is the test runner's
        total += 1
    elif environ["PATH_INFO"] == "/input":
        total = input("How many? ")
    elif environ["PATH_INFO"] == "/secret":
        total = getpass.getpass("Password: ", stream=sys.stdout)
    start_response("200 OK", [])
    return [str(total).encode()]
"""


@pytest.fixture(params=[ProcessHost, ThreadHost], ids=["process", "thread"])
def start(request: Any, run_in: Callable[..., Run]) -> Callable[[], Run]:
    """Starts the server. In the test, since the test runner sets streams of its own before it."""

    def make() -> Run:
        run = run_in(partial(request.param, input_kind="channel"), APP, reload=True)
        run.events.started()
        return run

    return make


@pytest.fixture
def ask_later() -> Iterator[Callable[[Run, str], Wire]]:
    """Sends a request, and leaves the answer to be read."""
    with ExitStack() as at_end:
        yield lambda run, target: at_end.enter_context(in_background(run.port, target))


def output(server: Run) -> str:
    return "".join(event.text for event in server.of(OutputWritten))


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_a_password_is_known_as_one(
    start: Callable[[], Run], ask_later: Callable[[Run, str], Wire]
) -> None:
    """Without a terminal getpass can't hide what is typed; who shows it has to."""
    server = start()
    client = ask_later(server, "/secret")
    (paused,) = server.wait_count(Paused, 1)
    assert (paused.secret, paused.function) == (True, "app")
    server.host.give_input("hunter2\n")
    assert client.answer().body == b"hunter2"
    again = ask_later(server, "/input")
    assert not server.wait_count(Paused, 2)[1].secret
    server.host.give_input("2\n")
    assert again.answer().body == b"2"


def test_a_debugger_takes_commands_and_reports_where_it_stands(
    start: Callable[[], Run], ask_later: Callable[[Run, str], Wire]
) -> None:
    server = start()
    client = ask_later(server, "/break")
    (paused,) = server.wait_count(Paused, 1)
    assert (paused.line, paused.function, paused.debugger) == (6, "app", True)
    assert ("total", "40") in paused.locals
    assert paused.source[paused.line - paused.first_line].strip() == "total += 1"
    server.host.give_input("n\n")
    moved = server.wait_count(Paused, 2)[1]
    assert moved.line == 11
    assert ("total", "41") in moved.locals
    server.host.give_input("p total * 2\n")
    server.events.wait_for(lambda: "82\n" in output(server))
    server.host.give_input("c\n")
    assert client.answer().body == b"41"
    resumed = server.wait_count(Resumed, 2)
    assert [event.id for event in resumed] == [paused.id, moved.id]


def test_the_end_of_a_pause_is_no_error(
    start: Callable[[], Run], ask_later: Callable[[Run, str], Wire]
) -> None:
    server = start()
    client = ask_later(server, "/break")
    server.wait_count(Paused, 1)
    server.host.give_input(None)
    assert client.answer().status == 500
    (finished,) = server.wait_count(RequestFinished, 1)
    assert finished.problem == "debugging ended"
    assert not server.of(AppError)
    client = ask_later(server, "/input")
    server.wait_count(Paused, 2)
    server.host.give_input("7\n")
    assert client.answer().body == b"7"


def test_a_reload_and_a_stop_end_a_pause(
    start: Callable[[], Run], ask_later: Callable[[Run, str], Wire]
) -> None:
    server = start()
    client = ask_later(server, "/break")
    server.wait_count(Paused, 1)
    server.reload(APP.replace("40", "50"))
    assert client.answer().status == 500
    server.wait_count(Resumed, 1)
    server.wait_count(ServerStarted, 2)
    assert server.body() == b"50"
    client = ask_later(server, "/input")
    server.wait_count(Paused, 2)
    stopped = server.end()
    assert stopped.abandoned == 0
    assert client.answer().status == 500
