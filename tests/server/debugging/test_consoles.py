"""Which frames are kept for a console, for how long, and who evaluates there."""

from __future__ import annotations

import contextvars
import gc
import itertools
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from serverkit import SAFETY, Events

from server.base import limits, native
from server.base.forks import fork
from server.debugging.consoles import Consoles
from server.events import AppError, ConsoleAnswered, ConsoleQuestion
from server.reporting.captured import capture
from server.reporting.describe import Described, Describer, is_describing
from server.reporting.streams import OutputStream

ROOM: contextvars.ContextVar[str] = contextvars.ContextVar("room", default="")


class Value:
    """Something that a frame holds."""


class Desk:
    """Consoles, with a clock that the test moves on."""

    def __init__(self, events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events = events
        self._monkeypatch = monkeypatch
        self.now = 100.0
        self.consoles = Consoles(events.emit, first_error=10, clock=lambda: self.now)
        self._numbers = itertools.count(1)

    def keep(self, error_id: int, value: object = 7, **more: object) -> None:
        """Keep an error whose innermost frame is number 1, with a variable ``value``."""

        def work(value: object, more: object) -> None:
            raise LookupError

        try:
            work(value, more)
        except LookupError as error:
            context = contextvars.copy_context()
            context.run(ROOM.set, "of the request")
            stream = OutputStream("stdout", self.events.emit, None)
            self._monkeypatch.setattr(sys, "stdout", stream)
            self.consoles.keep(error_id, capture(error), context)

    def ask(self, text: str, error_id: int = 10, frame: int = 1, **more: Any) -> int:
        number = next(self._numbers)
        self.consoles.ask(ConsoleQuestion(number, error_id, frame, text, **more))
        return number

    def answer(self, number: int) -> ConsoleAnswered:
        def fits(event: object) -> bool:
            return isinstance(event, ConsoleAnswered) and event.number == number

        found: ConsoleAnswered = self.events.wait_for(fits)
        return found

    def run(self, text: str, **more: Any) -> ConsoleAnswered:
        return self.answer(self.ask(text, **more))


@pytest.fixture
def desk(events: Events, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(events, monkeypatch)
    yield desk
    desk.consoles.close("ended")


def test_an_input_runs_in_the_frame_and_in_the_context_of_its_request(desk: Desk) -> None:
    desk.keep(10, 41)
    assert desk.run("value + 1").text == "42\n"
    assert desk.run("ROOM.get()").text == "'of the request'\n"
    done = desk.run("print(value)")
    assert (done.kind, done.text) == ("done", "41\n")
    assert done.seconds > 0


def test_frames_around_are_there_as_well_and_others_are_not(desk: Desk) -> None:
    desk.keep(10)
    assert desk.run("error_id", frame=2).text == "10\n"
    assert desk.run("1", frame=3).kind == "gone"
    assert desk.run("1", frame=0).kind == "gone"


def test_a_completion_answers_with_names(desk: Desk) -> None:
    desk.keep(10)
    assert desk.run("val", completes=True).names == ("value",)


def test_what_goes_wrong_there_is_no_error_of_the_app(desk: Desk) -> None:
    desk.keep(10, is_describing)
    assert desk.run("value()").text == "True\n"


def gone(desk: Desk, error_id: int = 10) -> str:
    found = desk.run("1", error_id=error_id)
    assert found.kind == "gone"
    return found.text


@pytest.mark.parametrize(
    ("why", "drop"),
    [
        ("reloaded", lambda desk: desk.consoles.forget("reloaded")),
        ("cleared", lambda desk: desk.consoles.forget("cleared")),
        ("ended", lambda desk: desk.consoles.close("ended")),
        ("newer", lambda desk: [desk.keep(number) for number in (11, 12, 13)]),
        ("expired", lambda desk: (setattr(desk, "now", 700.0), desk.consoles.look())),
    ],
)
def test_nothing_is_kept_beyond_its_bound(
    desk: Desk, why: str, drop: Callable[[Desk], object]
) -> None:
    value = Value()
    held = weakref.ref(value)
    desk.keep(10, value)
    del value
    assert desk.run("mine = lambda: value").kind == "done"  # a cycle through what was typed
    gc.collect()
    assert held() is not None
    drop(desk)
    gc.disable()  # not even until a collection
    try:
        assert held() is None
    finally:
        gc.enable()
    assert gone(desk) == why


def test_three_errors_are_kept_and_for_ten_minutes(desk: Desk) -> None:
    for number in (10, 11, 12):
        desk.keep(number)
    desk.now += 599
    desk.consoles.look()
    assert [desk.run("value", error_id=number).kind for number in (10, 11, 12)] == ["done"] * 3


def test_nothing_is_kept_after_the_end(desk: Desk) -> None:
    desk.consoles.close("reloaded")
    desk.keep(10)
    assert gone(desk) == "reloaded"


def test_an_error_of_the_code_before_is_known_as_such(desk: Desk) -> None:
    assert gone(desk, 9) == "reloaded"
    assert gone(desk, 99) == "unknown"


def test_one_input_at_a_time_and_one_that_hangs_can_be_left(desk: Desk) -> None:
    began, go_on = native.Ending(), native.Ending()
    desk.keep(10, began, go_on=go_on)
    number = desk.ask("print('waits')\nvalue.set()\nmore['go_on'].wait()\nprint('late')")
    assert began.wait(SAFETY)
    assert desk.run("1").kind == "busy"
    desk.consoles.leave()
    left = desk.answer(number)
    assert (left.kind, left.text) == ("left", "waits\n")
    assert desk.run("2").text == "2\n"
    go_on.set()
    assert [event.number for event in desk.events.of(ConsoleAnswered)].count(number) == 1


@pytest.mark.skipif(
    sys.version_info[:2] == (3, 11) and sys.gettrace() is not None,
    reason="Python 3.11 can't interrupt a thread while lines are traced",
)
def test_an_endless_loop_that_is_left_is_interrupted(desk: Desk) -> None:
    began, ended = native.Ending(), native.Ending()
    desk.keep(10, began, ended=ended)
    loop = "while True: native.sleep(0.001)"  # an empty one has no place for an exception
    source = f"value.set()\ntry:\n    {loop}\nfinally:\n    more['ended'].set()\n\n"
    number = desk.ask(source)
    assert began.wait(SAFETY)
    desk.consoles.leave()
    assert desk.answer(number).kind == "left"
    assert ended.wait(SAFETY)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="others have no such limit")
@pytest.mark.parametrize("hook", ["gettrace", "getprofile"])
def test_where_threads_are_traced_or_profiled_it_is_left_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    """Else each such thread would hang until the loop is over."""
    began, go_on, ended = native.Ending(), native.Ending(), native.Ending()
    desk.keep(10, began, go_on=go_on, ended=ended)
    monkeypatch.setattr(threading, hook, lambda: print)
    wait = "while not more['go_on'].wait(0.001): pass"
    number = desk.ask(f"value.set()\n{wait}\nmore['ended'].set()\n\n")
    assert began.wait(SAFETY)
    desk.consoles.leave()
    assert desk.answer(number).kind == "left"
    go_on.set()
    assert ended.wait(SAFETY)  # nothing was raised in it


def test_after_some_that_never_ended_nothing_is_evaluated(desk: Desk) -> None:
    go_on = native.Ending()
    for _ in range(limits.ERROR_HANGS):
        began = native.Ending()
        desk.keep(10, began, go_on=go_on)
        number = desk.ask("value.set()\nmore['go_on'].wait()")
        assert began.wait(SAFETY)
        desk.consoles.leave()
        assert desk.answer(number).kind == "left"
    assert desk.run("1").kind == "hung"
    go_on.set()


def test_a_child_has_none_of_it(desk: Desk) -> None:
    desk.keep(10)
    pid = fork()
    if pid == 0:
        desk.consoles.ask(ConsoleQuestion(1, 10, 1, "1"))
        os._exit(0 if desk.events[-1].kind == "gone" else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert desk.run("value").text == "7\n"


def test_the_frames_of_an_error_carry_the_numbers_by_which_they_are_kept(
    desk: Desk, events: Events
) -> None:
    def inner() -> None:
        raise KeyError("inner")

    def outer(name: str) -> None:
        try:
            inner()
        except KeyError as error:
            raise LookupError(name) from error

    describer = Describer(events.emit, SAFETY, keep=desk.consoles.keep)
    try:
        outer("mine")
    except LookupError as error:
        described = Described(capture(error), 10, None)
    describer.release(described)
    assert described.emitted.wait(SAFETY)
    event = events.of(AppError)[0]
    frame = event.frames[-1]
    assert frame.function == "outer"
    assert desk.run("name", frame=frame.console).text == "'mine'\n"
    cause = event.causes[0].frames
    assert desk.run("name", frame=cause[0].console).text == "'mine'\n"
    assert len({found.console for found in (*event.frames, *cause)}) == 4
    describer.close()


def test_without_anybody_to_keep_them_the_frames_have_no_numbers(events: Events) -> None:
    describer = Describer(events.emit, SAFETY)
    try:
        raise LookupError
    except LookupError as error:
        described = Described(capture(error), 1, None)
    describer.release(described)
    assert described.emitted.wait(SAFETY)
    assert [frame.console for frame in events.of(AppError)[0].frames] == [0]
    describer.close()
    assert sys.exc_info()[0] is None


def test_what_an_input_uses_stays_until_it_is_over(desk: Desk) -> None:
    """Also where it is forgotten meanwhile; its answer comes all the same."""
    began, go_on = native.Ending(), native.Ending()
    desk.consoles.leave()  # nothing runs
    desk.keep(10, began, go_on=go_on)
    number = desk.ask("value.set()\nmore['go_on'].wait()\nmore['go_on'] is not None")
    assert began.wait(SAFETY)
    desk.consoles.forget("cleared")
    go_on.set()
    assert desk.answer(number).text == "True\n"
    assert gone(desk) == "cleared"
    desk.consoles.leave()


def test_of_several_errors_each_has_its_own_reason(desk: Desk) -> None:
    for number in (10, 11, 12, 13, 14):
        desk.keep(number)
    desk.consoles.forget("cleared")
    assert [gone(desk, number) for number in (10, 11, 13)] == ["newer", "newer", "cleared"]
