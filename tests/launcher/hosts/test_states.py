"""launcher.hosts.states: what may follow what in the hosts and in the supervisor."""

from __future__ import annotations

import pytest

from launcher.hosts.states import (
    HOST_STATES,
    SUPERVISOR_STATES,
    THREAD_STATES,
    HostState,
    HostStep,
    SupervisorState,
    SupervisorStep,
    ThreadState,
    ThreadStep,
)
from server.base.state import StateMachine

H, S = HostState, HostStep
U, T = SupervisorState, SupervisorStep
D, R = ThreadState, ThreadStep


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([S.SERVES, S.RELOAD, S.SERVES], H.SERVING),
        ([S.RELOAD, S.LOADER_DIED, S.SERVES], H.SERVING),
        ([S.SERVES, S.RELOAD, S.STAND_IN_SERVES, S.SERVES], H.SERVING),
        ([S.STAND_IN_SERVES, S.CRASH, S.SERVES], H.SERVING),
        ([S.STAND_IN_SERVES, S.LOADER_DIED], H.STANDING_IN),
        ([S.SERVES, S.CRASH, S.RELOAD], H.RELOADING),
        ([S.SERVES, S.CRASH, S.WAIT, S.RESTART, S.SERVES], H.SERVING),
        ([S.SERVES, S.CRASH, S.WAIT, S.RELOAD, S.SERVES], H.SERVING),
        ([S.SERVES, S.CRASH, S.WAIT, S.STOP, S.END], H.ENDED),
        ([S.SERVES, S.STOP, S.RELOAD, S.STOP], H.STOPPING),
        ([S.STOP, S.END, S.STOP, S.RELOAD], H.ENDED),
    ],
)
def test_ways_of_a_host(steps: list[HostStep], state: HostState) -> None:
    machine = StateMachine("host", HOST_STATES, H.STARTING, strict=True)
    for step in steps:
        machine.step(step)
    assert machine.state is state


def test_a_host_may_be_stopped_reloaded_and_ended_in_every_state() -> None:
    for state in H:
        assert {(state, S.STOP), (state, S.RELOAD), (state, S.END)} <= HOST_STATES.keys()


def test_a_host_never_comes_back_to_its_first_start() -> None:
    """There, and only there, its address isn't known yet."""
    for (before, _), after in HOST_STATES.items():
        assert after is not H.STARTING or before is H.STARTING


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([T.START, T.STARTED, T.STARTED, T.ENDED], U.IDLE),
        ([T.START, T.STOP, T.STARTED, T.ENDED], U.IDLE),
        ([T.START, T.RESTART, T.STOP], U.STOPPING),
        ([T.START, T.STARTED, T.STOP, T.RESTART], U.RESTARTING),
        ([T.START, T.CLOSE, T.RESTART, T.STOP], U.CLOSING),
        ([T.STOP, T.CLOSE], U.IDLE),
    ],
)
def test_ways_of_a_supervisor(steps: list[SupervisorStep], state: SupervisorState) -> None:
    machine = StateMachine("supervisor", SUPERVISOR_STATES, U.IDLE, strict=True)
    for step in steps:
        machine.step(step)
    assert machine.state is state


def test_whatever_is_there_can_end() -> None:
    for state in set(U) - {U.IDLE}:
        assert SUPERVISOR_STATES[state, T.ENDED] is U.IDLE


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([R.STOP, R.KILL], D.NEW),
        ([R.START, R.REPORT, R.GONE, R.STOP, R.KILL], D.REPORTED),
        ([R.START, R.STOP, R.STOP, R.KILL, R.STOP], D.KILLED),
        ([R.START, R.STOP, R.REPORT, R.STOP], D.REPORTED),
        ([R.START, R.GONE, R.GONE, R.STOP], D.LOST),
        ([R.START, R.KILL, R.GONE, R.REPORT], D.REPORTED),
    ],
)
def test_ways_of_a_thread_host(steps: list[ThreadStep], state: ThreadState) -> None:
    machine = StateMachine("thread host", THREAD_STATES, D.NEW, strict=True)
    for step in steps:
        machine.step(step)
    assert machine.state is state


def test_the_end_of_a_server_in_a_thread_is_reported_once_whatever_came_before() -> None:
    for state in set(D) - {D.NEW, D.REPORTED}:
        assert THREAD_STATES[state, R.REPORT] is D.REPORTED
    assert (D.REPORTED, R.REPORT) not in THREAD_STATES
