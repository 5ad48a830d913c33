"""launcher.core.state: what may follow what, for who looks at a server."""

from __future__ import annotations

import pytest

from launcher.core.state import (
    CAN_RESTART,
    CAN_START,
    CAN_STOP,
    TRANSITIONS,
    SessionState,
    Step,
)

S, T = SessionState, Step


@pytest.mark.parametrize(
    "way",
    [
        [S.STOPPED, T.START, S.STARTING, T.STARTED, S.RUNNING],
        [S.RUNNING, T.STOP, S.STOPPING, T.STOPPED, S.STOPPED],
        [S.STOPPED, T.START, S.STARTING, T.FAILED, S.FAILED, T.START, S.STARTING],
        [S.STARTING, T.STOP, S.STOPPING, T.STARTED, S.STOPPING, T.STOPPED, S.STOPPED],
        [S.STARTING, T.STOP, S.STOPPING, T.FAILED, S.FAILED],
        [S.RUNNING, T.STOPPED, S.STOPPED],
        [S.RUNNING, T.FAILED, S.FAILED],
    ],
)  # fmt: skip
def test_ways_through(way: list[SessionState | Step]) -> None:
    for state, step, then in zip(way[::2], way[1::2], way[2::2], strict=False):
        assert isinstance(state, SessionState)
        assert isinstance(step, Step)
        assert TRANSITIONS[state, step] is then


def test_the_buttons_follow_the_table() -> None:
    assert {state for state, step in TRANSITIONS if step is T.START} == CAN_START
    assert {state for state, step in TRANSITIONS if step is T.STOP} == CAN_STOP
    assert CAN_RESTART <= CAN_STOP
    assert not CAN_START & CAN_STOP


def test_every_state_can_be_left() -> None:
    assert {state for state, _ in TRANSITIONS} == set(SessionState)
