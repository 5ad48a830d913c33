"""The states of both hosts and of the supervisor, as tables. See :mod:`server.base.state`.

The essays in ``process_host.py``, ``thread_host.py`` and ``supervisor.py`` explain what the states
mean; in which order reload, stand-in, crash and stop may come, and what each leads to, is read off
here.
"""

from __future__ import annotations

import enum

__all__ = [
    "HOST_STATES",
    "SUPERVISOR_STATES",
    "THREAD_STATES",
    "HostState",
    "HostStep",
    "SupervisorState",
    "SupervisorStep",
    "ThreadState",
    "ThreadStep",
]


class HostState(enum.Enum):
    """Where a process host is: who answers, and who loads."""

    STARTING = "starting"  # a worker loads the app for the first time; nobody answers
    SERVING = "serving"  # a worker answers, be it by the page that shows what is wrong
    RELOADING = "reloading"  # a worker loads; nobody answers, connections wait
    WAITING = "waiting"  # the app has crashed, and is started again in a while
    STANDING_IN = "standing in"  # a worker loads for long; another one shows it meanwhile
    STOPPING = "stopping"
    ENDED = "ended"


class HostStep(enum.Enum):
    """What moves a process host on."""

    SERVES = "serves"  # the worker that loads is ready
    STAND_IN_SERVES = "stand-in serves"
    RELOAD = "reload"
    LOADER_DIED = "loader died"  # and another one shows it, or tries again
    CRASH = "crash"  # the worker that answers has died, and another one follows
    WAIT = "wait"  # after a crash, before it follows
    RESTART = "restart"
    STOP = "stop"
    END = "end"


_H, _S = HostState, HostStep

HOST_STATES: dict[tuple[HostState, HostStep], HostState] = {
    (_H.STARTING, _S.SERVES): _H.SERVING,
    (_H.STARTING, _S.STAND_IN_SERVES): _H.STANDING_IN,
    (_H.STARTING, _S.RELOAD): _H.STARTING,  # a save before the first import is through
    (_H.STARTING, _S.LOADER_DIED): _H.STARTING,
    (_H.STARTING, _S.STOP): _H.STOPPING,
    (_H.STARTING, _S.END): _H.ENDED,
    (_H.SERVING, _S.RELOAD): _H.RELOADING,
    (_H.SERVING, _S.CRASH): _H.RELOADING,
    (_H.SERVING, _S.STOP): _H.STOPPING,
    (_H.SERVING, _S.END): _H.ENDED,  # the app asked for it; or it crashed, without the reloader
    (_H.RELOADING, _S.SERVES): _H.SERVING,
    (_H.RELOADING, _S.STAND_IN_SERVES): _H.STANDING_IN,
    (_H.RELOADING, _S.RELOAD): _H.RELOADING,
    (_H.RELOADING, _S.LOADER_DIED): _H.RELOADING,
    (_H.RELOADING, _S.STOP): _H.STOPPING,
    (_H.RELOADING, _S.END): _H.ENDED,
    (_H.RELOADING, _S.WAIT): _H.WAITING,
    (_H.WAITING, _S.RESTART): _H.RELOADING,
    (_H.WAITING, _S.RELOAD): _H.RELOADING,  # a save, which is worth a try at once
    (_H.WAITING, _S.STOP): _H.STOPPING,
    (_H.WAITING, _S.END): _H.ENDED,
    (_H.STANDING_IN, _S.SERVES): _H.SERVING,
    (_H.STANDING_IN, _S.RELOAD): _H.RELOADING,
    (_H.STANDING_IN, _S.LOADER_DIED): _H.STANDING_IN,
    (_H.STANDING_IN, _S.CRASH): _H.RELOADING,  # of the stand-in; the import goes on
    (_H.STANDING_IN, _S.STOP): _H.STOPPING,
    (_H.STANDING_IN, _S.END): _H.ENDED,
    (_H.STOPPING, _S.STOP): _H.STOPPING,
    (_H.STOPPING, _S.RELOAD): _H.STOPPING,  # a save that crosses with the stop
    (_H.STOPPING, _S.END): _H.ENDED,
    (_H.ENDED, _S.STOP): _H.ENDED,
    (_H.ENDED, _S.RELOAD): _H.ENDED,
    (_H.ENDED, _S.END): _H.ENDED,
}


class ThreadState(enum.Enum):
    """Where a thread host is: whether its server is to end, and whether its end is reported."""

    NEW = "new"  # nothing is started
    RUNNING = "running"
    STOPPING = "stopping"  # it ends by itself, within the grace time
    KILLED = "killed"  # nothing of it is waited for any more
    LOST = "lost"  # its thread has ended, and nobody has reported that
    REPORTED = "reported"  # the last event is out; code of the app may still run


class ThreadStep(enum.Enum):
    """What moves a thread host on."""

    START = "start"
    STOP = "stop"
    KILL = "kill"
    REPORT = "report"  # the end is about to be reported; or the caller of the start gets the error
    GONE = "gone"  # its thread has ended


_D, _R = ThreadState, ThreadStep

THREAD_STATES: dict[tuple[ThreadState, ThreadStep], ThreadState] = {
    (_D.NEW, _R.START): _D.RUNNING,
    (_D.NEW, _R.STOP): _D.NEW,
    (_D.NEW, _R.KILL): _D.NEW,
    (_D.RUNNING, _R.STOP): _D.STOPPING,
    (_D.RUNNING, _R.KILL): _D.KILLED,
    (_D.RUNNING, _R.REPORT): _D.REPORTED,  # it could not start, or the app asked for the end
    (_D.RUNNING, _R.GONE): _D.LOST,
    (_D.STOPPING, _R.STOP): _D.STOPPING,
    (_D.STOPPING, _R.KILL): _D.KILLED,
    (_D.STOPPING, _R.REPORT): _D.REPORTED,
    (_D.STOPPING, _R.GONE): _D.LOST,
    (_D.KILLED, _R.STOP): _D.KILLED,
    (_D.KILLED, _R.KILL): _D.KILLED,
    (_D.KILLED, _R.REPORT): _D.REPORTED,
    (_D.KILLED, _R.GONE): _D.LOST,
    (_D.LOST, _R.STOP): _D.LOST,
    (_D.LOST, _R.KILL): _D.LOST,
    (_D.LOST, _R.REPORT): _D.REPORTED,
    (_D.LOST, _R.GONE): _D.LOST,
    # Both cross with the end.
    (_D.REPORTED, _R.STOP): _D.REPORTED,
    (_D.REPORTED, _R.KILL): _D.REPORTED,
    (_D.REPORTED, _R.GONE): _D.REPORTED,
}


class SupervisorState(enum.Enum):
    """Where a supervisor is."""

    IDLE = "idle"
    STARTING = "starting"  # a server is there; it hasn't reported that it serves
    SERVING = "serving"
    STOPPING = "stopping"
    RESTARTING = "restarting"  # as stopping; another server follows
    CLOSING = "closing"  # as stopping; the supervisor ends as well


class SupervisorStep(enum.Enum):
    """What moves a supervisor on."""

    START = "start"
    STARTED = "started"  # ServerStarted, also that of each reload
    STOP = "stop"
    RESTART = "restart"
    CLOSE = "close"
    ENDED = "ended"  # nothing is left of the server


_U, _T = SupervisorState, SupervisorStep

SUPERVISOR_STATES: dict[tuple[SupervisorState, SupervisorStep], SupervisorState] = {
    (_U.IDLE, _T.START): _U.STARTING,
    (_U.IDLE, _T.STOP): _U.IDLE,
    (_U.IDLE, _T.CLOSE): _U.IDLE,
    (_U.STARTING, _T.STARTED): _U.SERVING,
    (_U.STARTING, _T.STOP): _U.STOPPING,
    (_U.STARTING, _T.RESTART): _U.RESTARTING,
    (_U.STARTING, _T.CLOSE): _U.CLOSING,
    (_U.STARTING, _T.ENDED): _U.IDLE,
    (_U.SERVING, _T.STARTED): _U.SERVING,
    (_U.SERVING, _T.STOP): _U.STOPPING,
    (_U.SERVING, _T.RESTART): _U.RESTARTING,
    (_U.SERVING, _T.CLOSE): _U.CLOSING,
    (_U.SERVING, _T.ENDED): _U.IDLE,
    # The last word counts, but for a close, after which nothing is started any more. A start that
    # is through at last crosses with each of them.
    (_U.STOPPING, _T.STARTED): _U.STOPPING,
    (_U.STOPPING, _T.STOP): _U.STOPPING,
    (_U.STOPPING, _T.RESTART): _U.RESTARTING,
    (_U.STOPPING, _T.CLOSE): _U.CLOSING,
    (_U.STOPPING, _T.ENDED): _U.IDLE,
    (_U.RESTARTING, _T.STARTED): _U.RESTARTING,
    (_U.RESTARTING, _T.STOP): _U.STOPPING,
    (_U.RESTARTING, _T.RESTART): _U.RESTARTING,
    (_U.RESTARTING, _T.CLOSE): _U.CLOSING,
    (_U.RESTARTING, _T.ENDED): _U.IDLE,
    (_U.CLOSING, _T.STARTED): _U.CLOSING,
    (_U.CLOSING, _T.STOP): _U.CLOSING,
    (_U.CLOSING, _T.RESTART): _U.CLOSING,
    (_U.CLOSING, _T.CLOSE): _U.CLOSING,
    (_U.CLOSING, _T.ENDED): _U.IDLE,
}
