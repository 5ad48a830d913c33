"""What was typed for frames of errors, and the sentences where there is no console."""

from __future__ import annotations

import pytest

from launcher.core.logs.consoles import ConsoleLog, Entry, Key
from server.config import ServerConfig
from server.events import ConsoleAnswered, Frame

KEY = Key(3, 1)
FRAME = Frame("/shop.py", 1, "pay", console=1)


@pytest.fixture
def log() -> ConsoleLog:
    made = ConsoleLog()
    made.begin(ServerConfig(app="shop", debug=True), 3)
    return made


def answer(log: ConsoleLog, source: str, kind: str = "done", text: str = "") -> None:
    question = log.ask(KEY, 7, source)
    assert question is not None
    assert (question.error_id, question.frame, question.text) == (7, 1, source)
    answered = log.take(ConsoleAnswered(question.number, kind, text))
    assert answered is not None
    assert answered.key == KEY


def test_an_input_waits_for_its_answer_and_is_kept_with_it(log: ConsoleLog) -> None:
    answer(log, "1 + 1", text="2\n")
    assert log.entries(KEY) == (Entry("1 + 1", "done", "2\n"),)
    assert log.entries(Key(3, 2)) == ()
    answer(log, "x", "failed", "NameError\n")
    answer(log, "x", "failed", "NameError\n")
    assert log.earlier == ("1 + 1", "x")


def test_only_one_waits_at_a_time_and_no_other_answer_is_its(log: ConsoleLog) -> None:
    question = log.ask(KEY, 7, "first")
    assert question is not None
    assert log.ask(KEY, 7, "second") is None
    assert log.take(ConsoleAnswered(question.number + 1, "done")) is None
    assert log.pending == (KEY, "first")
    assert log.take(ConsoleAnswered(question.number, "incomplete")) is not None
    assert log.pending is None
    assert log.entries(KEY) == ()


def test_a_completion_leaves_nothing_behind(log: ConsoleLog) -> None:
    question = log.ask(KEY, 7, "tot", completes=True)
    assert question is not None
    answered = log.take(ConsoleAnswered(question.number, "names", names=("total",)))
    assert answered is not None
    assert answered.event.names == ("total",)
    assert (log.entries(KEY), log.earlier) == ((), ())


def test_the_end_of_the_server_answers_what_waits(log: ConsoleLog) -> None:
    assert log.end("ended") is None
    log.ask(KEY, 7, "sleep()")
    assert log.end("reloaded") is not None
    assert log.is_gone(KEY)
    assert "was reloaded" in log.entries(KEY)[0].text


@pytest.mark.parametrize(
    ("config", "console", "number", "words"),
    [
        ({}, 1, 3, ""),
        ({}, 1, 2, "has ended"),
        ({"debug": False}, 0, 3, "debug mode only"),
        ({"mode": "forking"}, 0, 3, "the child of this one has ended"),
        ({}, 0, 3, "only the place"),
    ],
)
def test_there_is_a_sentence_where_there_is_no_console(
    config: dict[str, object], console: int, number: int, words: str
) -> None:
    log = ConsoleLog()
    log.begin(ServerConfig(app="shop", **{"debug": True, **config}), 3)  # type: ignore[arg-type]
    found = log.why_none(number, Frame("/shop.py", 1, "pay", console=console))
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(("why", "words"), [("cleared", "cleared"), ("reloaded", "reloaded")])
def test_frames_that_were_dropped_are_known_without_asking(
    log: ConsoleLog, why: str, words: str
) -> None:
    log.drop(5, why)
    assert words in log.why_none(4, FRAME)
    assert log.why_none(5, FRAME) == ""


def test_what_is_kept_is_bounded(log: ConsoleLog) -> None:
    for number in range(120):
        answer(log, f"n = {number}")
    assert len(log.entries(KEY)) == 100
    log.begin(ServerConfig(app="shop"), 9)
    assert log.entries(KEY) == ()
