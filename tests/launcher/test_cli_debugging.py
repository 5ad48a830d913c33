"""Debuggers and prompts of an app under ``servedeck serve``, at a real terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import WAIT, Command, serve, wait_until
from wire import Answer, ask

from server.events import AppError, Event, Paused, RequestFinished, Resumed, ServerStarted, decode

pty = pytest.importorskip("pty")

APP = """\
import code, pdb, sys, threading
def app(environ, start_response):
    path = environ["PATH_INFO"]
    total = 40
    if path == "/break":
        breakpoint()
        total = total + 1
    elif path == "/pdb":
        pdb.set_trace()
        total = total + 1
    elif path == "/input":
        total = int(input("How many? "))
    elif path == "/console":
        code.interact(banner="a console", local={"total": total})
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(total).encode()]
"""


class Session:
    """A server, and the terminal that it has for its input."""

    def __init__(self, command: Command, terminal: int, events: Path) -> None:
        self.command = command
        self._terminal = terminal
        self._events = events
        self._threads: list[threading.Thread] = []

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def ask(self, target: str) -> Callable[[], Answer]:
        """Send a request; returns what waits for its answer."""
        answers: list[Answer] = []
        port = self.command.port
        thread = threading.Thread(target=lambda: answers.append(ask(port, target)), daemon=True)
        thread.start()

        def answer() -> Answer:
            thread.join(WAIT)
            return answers[0]

        return answer

    def shows(self, text: str, times: int = 1) -> None:
        self.command.wait_for(lambda: self.output.count(text) >= times, text)

    @property
    def output(self) -> str:
        return self.command.out + self.command.err

    def goes_on(self) -> None:
        """Wait until nothing is known to be paused."""

        def numbers(kind: type[Event]) -> set[int]:
            return {e.id for e in self.of(kind) if isinstance(e, Paused | Resumed)}

        wait_until(lambda: numbers(Paused) == numbers(Resumed), "the end of the pauses")

    def finished(self) -> RequestFinished:
        """The first request, once it is reported."""
        wait_until(lambda: bool(self.of(RequestFinished)), "the end of a request")
        event = self.of(RequestFinished)[0]
        assert isinstance(event, RequestFinished)
        return event

    def of(self, kind: type[Event]) -> list[Event]:
        found = [decode(line) for line in self._events.read_text("ascii").splitlines()]
        return [event for event in found if isinstance(event, kind)]


@contextmanager
def at_terminal(folder: Path, *options: str, code: str = APP) -> Iterator[Session]:
    (folder / "app.py").write_text(code)
    ours, theirs = os.openpty()
    events = folder.parent / f"{folder.name}-events"
    arguments = ("app", "--port", "0", "--project", str(folder), "--events", str(events), *options)
    try:
        with Command("serve", *arguments, stdin=theirs) as command:
            session = Session(command, ours, events)
            yield session
            if command.process.poll() is not None:
                return
            session.goes_on()  # else the signal would end a pause
            assert command.stop() == 0
    finally:
        os.close(ours)
        os.close(theirs)


WAYS = [(), ("--single",), ("--reload",), ("--run-in", "thread")]


@pytest.mark.parametrize("options", WAYS, ids=["threaded", "single", "reload", "same process"])
def test_what_waits_for_a_person_reads_the_terminal(tmp_path: Path, options: tuple[str]) -> None:
    with at_terminal(tmp_path, *options) as session:
        broken = session.ask("/break")
        session.shows("(Pdb) ")  # at once, though no newline follows
        session.type("p total * 2\n")
        session.shows("80\n")
        session.type("c\n")
        assert broken().body == b"41"

        asked = session.ask("/input")
        session.shows("How many? ")
        session.type("7\n")
        assert asked().body == b"7"

        console = session.ask("/console")
        session.shows(">>> ")
        session.type("total + 1000\n")
        session.shows("1040")
        session.type("\x04")
        assert console().body == b"40"

        session.goes_on()
        paused = session.of(Paused)
        assert isinstance(paused[0], Paused)
        assert Path(paused[0].file).name == "app.py"
        assert (paused[0].line, paused[0].function, paused[0].debugger) == (7, "app", True)
        assert ("total", "40") in paused[0].locals
        assert len({event.id for event in paused}) == len(session.of(Resumed)) == 3


def test_a_forked_worker_has_the_terminal(tmp_path: Path) -> None:
    code = "import markupsafe\n" + APP
    with at_terminal(tmp_path, "--reload", code=code) as session:
        session.command.port  # noqa: B018  # it is up
        for total in range(50, 70):  # a warm process is there soon
            reloads = session.output.count("Reloaded in")
            (tmp_path / "app.py").write_text(code.replace("40", str(total)))
            session.shows("Reloaded in", reloads + 1)
            started = session.of(ServerStarted)[-1]
            assert isinstance(started, ServerStarted)
            if started.warm:
                break
        broken = session.ask("/pdb")
        session.shows("(Pdb) ")
        session.type("c\n")
        assert broken().body == str(total + 1).encode()


def test_ctrl_c_ends_the_pause_and_the_next_one_stops(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as session:
        broken = session.ask("/break")
        session.shows("(Pdb) ")
        wait_until(lambda: bool(session.of(Paused)), "the pause")
        session.command.send_signal(signal.SIGINT)
        assert broken().status == 500
        assert session.finished().problem == "debugging ended"
        assert not session.of(AppError)
        assert session.ask("/")().body == b"40"  # it still serves

        session.goes_on()
        asked = session.ask("/input")
        session.shows("How many? ")
        wait_until(lambda: len(session.of(Paused)) == 2, "the second pause")
        session.command.send_signal(signal.SIGINT)
        assert asked().status == 500
        assert not session.of(AppError)


def test_a_stop_is_not_held_up_by_a_prompt(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as session:
        broken = session.ask("/break")
        session.shows("(Pdb) ")
        session.command.send_signal(signal.SIGTERM)
        assert session.command.wait() == 0
        assert broken().status == 500


def test_a_reload_ends_a_pause(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "--reload") as session:
        broken = session.ask("/break")
        session.shows("(Pdb) ")
        (tmp_path / "app.py").write_text(APP.replace("40", "50"))
        assert broken().status == 500
        session.shows("Reloaded in")
        assert session.ask("/")().body == b"50"


def test_one_pause_at_a_time(tmp_path: Path) -> None:
    with at_terminal(tmp_path) as session:
        first = session.ask("/break")
        session.shows("(Pdb) ")
        second = session.ask("/input")
        wait_until(
            lambda: any(isinstance(e, Paused) and e.waits for e in session.of(Paused)), "a second"
        )
        assert session.ask("/")().body == b"40"  # others go on
        session.type("c\n")
        assert first().body == b"41"
        session.shows("How many? ")
        session.type("5\n")
        assert second().body == b"5"


def test_without_input_there_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    for options, why in ((("--processes", "2"), "forking mode"), ((), "is no terminal")):
        with serve("app", "--project", tmp_path, *options) as command:
            assert command.ask("/break").body == b"41"
            command.wait_for(lambda: "was passed over at app.py:6." in command.err, "a sentence")
            assert re.search(why, command.err)
            assert command.stop() == 0


if sys.platform == "win32":
    pytestmark = pytest.mark.skip("passes descriptors")
