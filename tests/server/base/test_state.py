"""server.base.state: the machine, and the phases of a session."""

from __future__ import annotations

import enum
import itertools
import logging

import pytest

from server.base.state import PHASES, STRICT, ImpossibleStep, Phase, PhaseStep, StateMachine

P, S = Phase, PhaseStep


class Lamp(enum.Enum):
    OFF = "off"
    ON = "on"


class Press(enum.Enum):
    UP = "up"


LAMP = {(Lamp.OFF, Press.UP): Lamp.ON}


def test_a_step_of_the_table() -> None:
    machine = StateMachine("lamp", LAMP, Lamp.OFF)
    assert machine.step(Press.UP) is machine.state is Lamp.ON


def test_an_impossible_step_raises_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(STRICT, "1")
    machine = StateMachine("lamp", LAMP, Lamp.ON)
    with pytest.raises(ImpossibleStep, match="lamp: on can't take the step up"):
        machine.step(Press.UP)


def test_an_impossible_step_is_logged_in_use(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(STRICT, raising=False)
    machine = StateMachine("lamp", LAMP, Lamp.ON)
    with caplog.at_level(logging.ERROR, "servedeck"):
        assert machine.step(Press.UP) is Lamp.ON
    assert "lamp: on can't take the step up" in caplog.text


def walk(*steps: PhaseStep) -> Phase:
    machine = StateMachine("session", PHASES, P.LOADING, strict=True)
    for step in steps:
        machine.step(step)
    return machine.state


@pytest.mark.parametrize(
    ("steps", "phase"),
    [
        ([S.LOADED, S.RELOAD, S.LOADED], P.SERVING),
        ([S.RELOAD, S.RELOAD, S.LOADED], P.LOADING),
        ([S.RELOAD, S.LOADED, S.LOADED], P.SERVING),
        ([S.STOP, S.LOADED], P.STOPPING),
        ([S.LOADED, S.RETIRE, S.STOP, S.RELOAD], P.RETIRING),
        ([S.LOADED, S.STOP, S.RETIRE, S.END], P.RETIRED),
        ([S.LOADED, S.END, S.STOP], P.STOPPED),
        ([S.STOP, S.END, S.LOADED, S.END], P.STOPPED),
    ],
)
def test_ways_of_a_session(steps: list[PhaseStep], phase: Phase) -> None:
    assert walk(*steps) is phase


def test_what_other_threads_may_ask_for_is_possible_in_every_phase() -> None:
    for phase, step in itertools.product(P, (S.STOP, S.RETIRE, S.RELOAD, S.END)):
        assert (phase, step) in PHASES


def test_nothing_is_served_after_a_stop() -> None:
    stopped = {P.STOPPING, P.RETIRING, P.STOPPED, P.RETIRED}
    for (phase, _), following in PHASES.items():
        assert phase not in stopped or following in stopped
