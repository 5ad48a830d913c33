"""States as tables: what may follow what, for everything here that lives and ends.

A machine is in one state; a step moves it on, and the table of ``(state, step) -> state`` holds
where to. A step that isn't in the table is a mistake in the program: it raises where the variable
:data:`STRICT` is set, as it is in all tests, and is logged in use, where a server that goes on is
worth more than one that is right about its own states.

A machine has no lock of its own: its owner steps it on one thread, or under a lock of the owner's.

The phases of a :class:`~server.session.Session` stand here, too; the essay in that module explains
what they mean.
"""

from __future__ import annotations

import enum
import logging
import os
from collections.abc import Mapping
from typing import Generic, Optional, TypeVar

__all__ = ["PHASES", "STRICT", "ImpossibleStep", "Phase", "PhaseStep", "StateMachine"]

STRICT = "SERVEDECK_STRICT"
"""The environment variable that makes an impossible step raise."""

State = TypeVar("State", bound=enum.Enum)
Step = TypeVar("Step", bound=enum.Enum)

_log = logging.getLogger("servedeck")


class ImpossibleStep(ValueError):
    """Nothing in the table leads on from this state by this step."""


class StateMachine(Generic[State, Step]):
    """One state of a table.

    :param name: whose states they are, for the message about an impossible step
    :param table: what follows on what
    :param state: the first state
    :param strict: whether an impossible step raises; by default, whether :data:`STRICT` is set
    :ivar state: where it is
    """

    def __init__(
        self,
        name: str,
        table: Mapping[tuple[State, Step], State],
        state: State,
        strict: Optional[bool] = None,
    ) -> None:
        self._name = name
        self._table = table
        self._strict = bool(os.environ.get(STRICT)) if strict is None else strict
        self.state = state

    def step(self, step: Step) -> State:
        """Go on by a step.

        :returns: the state that follows; the same one as before where the step is impossible
        :raises ImpossibleStep: it is impossible, and the machine is strict
        """
        following = self._table.get((self.state, step))
        if following is None:
            message = f"{self._name}: {self.state.value} can't take the step {step.value}"
            if self._strict:
                raise ImpossibleStep(message)
            _log.error("%s", message, stack_info=True)
            return self.state
        self.state = following
        return following


class Phase(enum.Enum):
    """Where a session is."""

    LOADING = "loading"  # the app is imported; where there was another one, it finishes requests
    OUTDATED = "outdated"  # so it is, but a file has changed since that import began
    SERVING = "serving"
    STOPPING = "stopping"
    RETIRING = "retiring"  # as stopping, but another session follows on the same sockets
    STOPPED = "stopped"
    RETIRED = "retired"


class PhaseStep(enum.Enum):
    """What moves a session on."""

    LOADED = "loaded"  # the app, or the page that shows why there is none
    RELOAD = "reload"
    STOP = "stop"
    RETIRE = "retire"
    END = "end"  # the end is about to be reported: by the session's thread, or by abandon()


_P, _S = Phase, PhaseStep

PHASES: dict[tuple[Phase, PhaseStep], Phase] = {
    (_P.LOADING, _S.LOADED): _P.SERVING,
    (_P.LOADING, _S.RELOAD): _P.OUTDATED,
    (_P.LOADING, _S.STOP): _P.STOPPING,
    (_P.LOADING, _S.RETIRE): _P.RETIRING,
    (_P.LOADING, _S.END): _P.STOPPED,  # it could not be bound or loaded
    (_P.OUTDATED, _S.LOADED): _P.LOADING,  # at once again; what was loaded is never served
    (_P.OUTDATED, _S.RELOAD): _P.OUTDATED,
    (_P.OUTDATED, _S.STOP): _P.STOPPING,
    (_P.OUTDATED, _S.RETIRE): _P.RETIRING,
    (_P.OUTDATED, _S.END): _P.STOPPED,
    (_P.SERVING, _S.RELOAD): _P.LOADING,
    (_P.SERVING, _S.STOP): _P.STOPPING,
    (_P.SERVING, _S.RETIRE): _P.RETIRING,
    (_P.SERVING, _S.END): _P.STOPPED,  # the app has asked for it, or the server failed
    # Stop and retire may come at any time, from several threads, and more than once.
    (_P.STOPPING, _S.LOADED): _P.STOPPING,
    (_P.STOPPING, _S.RELOAD): _P.STOPPING,
    (_P.STOPPING, _S.STOP): _P.STOPPING,
    (_P.STOPPING, _S.RETIRE): _P.RETIRING,
    (_P.STOPPING, _S.END): _P.STOPPED,
    (_P.RETIRING, _S.LOADED): _P.RETIRING,
    (_P.RETIRING, _S.RELOAD): _P.RETIRING,
    (_P.RETIRING, _S.STOP): _P.RETIRING,
    (_P.RETIRING, _S.RETIRE): _P.RETIRING,
    (_P.RETIRING, _S.END): _P.RETIRED,
    # After abandon(), an import that returns at last finds that all is over; so does a stop that
    # crosses with the end.
    **{(_P.STOPPED, step): _P.STOPPED for step in _S},
    **{(_P.RETIRED, step): _P.RETIRED for step in _S},
}
