"""What the window asks the app: only where there is something to ask, and somebody to answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QObject

from launcher.app_questions import AppQuestions
from launcher.core.logs.consoles import Key
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from server.config import ServerConfig
from server.events import ConsoleAnswered, Explained, Frame, Where

FRAME = Frame("/shop/shop.py", 12, "pay", ("pay()",), 12, own=True, console=2)


class Bench:
    """Questions about one running request and one error with a frame.

    :ivar is_there: whether a server runs
    :ivar answers: what was reported
    """

    def __init__(self, supervisor: Any, make: Any) -> None:
        self.is_there = True
        self.answers: list[Any] = []
        self.supervisor = supervisor
        requests, self.errors = RequestLog(), ErrorLog()
        requests.add_started(make.request(7))
        self.owner = QObject()
        self.questions = AppQuestions(
            supervisor, requests, self.errors, lambda: self.is_there, self.owner
        )
        self.questions.begin(ServerConfig(app="shop:app", debug=True))
        self.errors.add(replace(make.error(1), id=41, frames=(FRAME,)))
        for signal in (
            self.questions.whereReported,
            self.questions.consoleAnswered,
            self.questions.explained,
        ):
            signal.connect(self.answers.append)


@pytest.fixture
def bench(qtbot: Any, fake: Any, make: Any) -> Bench:
    return Bench(fake(lambda event: None), make)


def test_only_a_running_request_stands_somewhere(bench: Bench) -> None:
    assert bench.questions.ask_where(0)
    assert not bench.questions.ask_where(1)
    assert bench.supervisor.calls == ["where 7"]
    answer = Where(7)
    bench.questions.take(answer)
    assert bench.answers == [answer]


def test_one_input_at_a_time_is_evaluated(bench: Bench) -> None:
    key = Key(0, 2)
    bench.questions.leave_console()
    assert bench.supervisor.questions == []  # nothing is pending
    assert bench.questions.ask_console(key, "n")
    assert not bench.questions.ask_console(key, "m")
    assert not bench.questions.ask_console(Key(1, 2), "n")  # there is no such error
    (question,) = bench.supervisor.questions
    bench.questions.leave_console()
    assert bench.supervisor.questions == [question, None]
    bench.questions.take(ConsoleAnswered(question.number, "done", "3\n"))
    assert len(bench.answers) == 1
    assert bench.questions.ask_console(key, "m")
    bench.questions.drop_frames("reloaded")
    assert len(bench.answers) == 2
    assert bench.questions.consoles.pending is None


def test_nobody_is_asked_where_no_server_runs(bench: Bench) -> None:
    bench.is_there = False
    assert bench.questions.ask_console(Key(0, 2), "n")
    assert len(bench.answers) == 1  # it has ended, at once
    assert bench.questions.explain("main", "SELECT 1") is None
    assert bench.supervisor.questions == bench.supervisor.calls == []


def test_plans_have_numbers(bench: Bench) -> None:
    assert [bench.questions.explain("main", "SELECT 1") for _ in range(2)] == [1, 2]
    assert bench.supervisor.calls == ["explain 1 main SELECT 1", "explain 2 main SELECT 1"]
    answer = Explained(2, "SCAN")
    bench.questions.take(answer)
    assert bench.answers == [answer]


def test_frames_of_cleared_errors_are_given_up(bench: Bench) -> None:
    log = bench.questions.consoles
    before = log.why_none(0, FRAME)
    bench.questions.forget_frames()
    assert bench.supervisor.calls == ["forget frames"]
    assert log.why_none(0, FRAME) != before
