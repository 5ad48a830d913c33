"""The states a server goes through for who looks at it, and the table of what may follow what.

Pure data, used by the controller and the window. The controller runs a
:class:`server.base.state.StateMachine` on it.
"""

from __future__ import annotations

import enum

__all__ = ["CAN_RESTART", "CAN_START", "CAN_STOP", "IS_UP", "TRANSITIONS", "SessionState", "Step"]


class SessionState(enum.Enum):
    """What a user sees of a server at a glance; the value is the word that is shown."""

    STOPPED = "Stopped"
    STARTING = "Starting"
    RUNNING = "Running"
    RELOADING = "Reloading"
    BROKEN = "Broken"  # the app can't be loaded; the next change of a file may mend it
    STOPPING = "Stopping"
    FAILED = "Failed"
    CRASHED = "Crashed"  # the app's process has ended by itself, and isn't started again


class Step(enum.Enum):
    """What moves a server from one state to the next."""

    START = "start"  # the user asks for it
    STOP = "stop"  # the user asks for it
    STARTED = "started"  # ServerStarted
    STOPPED = "stopped"  # ServerStopped
    RELOADING = "reloading"  # Reloading
    RELOAD_FAILED = "reload failed"  # ReloadFailed
    FAILED = "failed"  # ServerFailed
    CRASHED = "crashed"  # ServerFailed, of an app that ran


_S, _T = SessionState, Step

TRANSITIONS: dict[tuple[SessionState, Step], SessionState] = {
    (_S.STOPPED, _T.START): _S.STARTING,
    (_S.FAILED, _T.START): _S.STARTING,
    (_S.CRASHED, _T.START): _S.STARTING,
    (_S.STARTING, _T.STARTED): _S.RUNNING,
    (_S.STARTING, _T.FAILED): _S.FAILED,
    (_S.STARTING, _T.STOP): _S.STOPPING,
    (_S.RUNNING, _T.STOP): _S.STOPPING,
    (_S.RUNNING, _T.STOPPED): _S.STOPPED,  # the app asked for it
    (_S.RUNNING, _T.FAILED): _S.FAILED,
    (_S.RUNNING, _T.RELOADING): _S.RELOADING,
    (_S.RUNNING, _T.RELOAD_FAILED): _S.BROKEN,  # broken from the beginning
    # The news of one reload may come when the next one has begun already.
    (_S.RUNNING, _T.STARTED): _S.RUNNING,
    (_S.BROKEN, _T.STARTED): _S.RUNNING,
    (_S.RELOADING, _T.RELOADING): _S.RELOADING,  # another change, before the first is through
    (_S.RELOADING, _T.STARTED): _S.RUNNING,
    (_S.RELOADING, _T.RELOAD_FAILED): _S.BROKEN,
    (_S.RELOADING, _T.STOP): _S.STOPPING,
    (_S.RELOADING, _T.STOPPED): _S.STOPPED,
    (_S.RELOADING, _T.FAILED): _S.FAILED,
    (_S.BROKEN, _T.RELOADING): _S.RELOADING,
    (_S.BROKEN, _T.RELOAD_FAILED): _S.BROKEN,  # what was loaded ends by itself
    (_S.BROKEN, _T.STOP): _S.STOPPING,
    (_S.BROKEN, _T.STOPPED): _S.STOPPED,
    (_S.BROKEN, _T.FAILED): _S.FAILED,
    # A stop that comes during a reload crosses with the news of it.
    (_S.STOPPING, _T.RELOADING): _S.STOPPING,
    (_S.STOPPING, _T.RELOAD_FAILED): _S.STOPPING,
    # A stop that comes while the server starts crosses with the news of that start.
    (_S.STOPPING, _T.STARTED): _S.STOPPING,
    (_S.STOPPING, _T.FAILED): _S.FAILED,
    # Whatever it was doing, its process may end.
    **{
        (state, _T.CRASHED): _S.CRASHED
        for state in (_S.STARTING, _S.RUNNING, _S.RELOADING, _S.BROKEN, _S.STOPPING)
    },
    (_S.STOPPING, _T.STOPPED): _S.STOPPED,
}

CAN_START: frozenset[SessionState] = frozenset({_S.STOPPED, _S.FAILED, _S.CRASHED})
CAN_STOP: frozenset[SessionState] = frozenset({_S.STARTING, _S.RUNNING, _S.RELOADING, _S.BROKEN})
IS_UP: frozenset[SessionState] = frozenset({_S.RUNNING, _S.RELOADING, _S.BROKEN})
"""It has an address, at which a browser gets an answer."""
CAN_RESTART: frozenset[SessionState] = IS_UP
