"""The events of a server's own course: it starts, reloads, fails, stops. Immutable; any thread.

Readers and writers of events import them from :mod:`server.events`.
"""

from __future__ import annotations

import time as _time
from dataclasses import field
from typing import Optional

from ..base.values import dataclass
from ..errors import AppLoadError, ConfigError, PortInUse, StartError
from .reason import Reason

__all__ = [
    "ReloadFailed",
    "Reloading",
    "ServerCourse",
    "ServerFailed",
    "ServerStarted",
    "ServerStopped",
    "WatchChanged",
    "load_failure",
    "start_failure",
]


@dataclass(frozen=True)
class ServerStarted:
    """The server listens and has loaded the app: from now on requests are answered.

    It comes again after each reload, with the facts of the new code's server.

    :param mode: one of ``server.config.MODES``
    :param python: the version of the interpreter that runs the app
    :param runs_in: ``"thread"`` or ``"process"``
    :param why: why it runs there, a sentence; "" where there was no choice to make
    :param load_seconds: from the start, or from the change that caused a reload, to this event
    :param warm: the process was forked from one that had the installed packages imported
    :param why_cold: why a reload could not fork such a process; "" where it did, or at a start
    :param note: what the user should know about this server, a sentence; else ""
    :param root: the folder that the app's module is imported from, where that had to be found by
        trying or was given; else ""
    :param watched: how many files are watched for changes; 0 without a reloader
    :param watch_problem: why changes may go unseen or be seen late; else ""
    :param ends_first: each reload ends the old code before it loads the new one, as was chosen, or
        as has turned out to be necessary
    :param why_reason: ``why`` for programs, or None
    :param cold_reason: ``why_cold`` for programs, or None
    :param debugger_pin: what Werkzeug's debugger in the browser asks for; "" where that isn't there
    :param note_reason: ``note`` for programs, or None: ``asgi`` or ``no-debugger``
    :param watch_reason: ``watch_problem`` for programs, or None
    """

    url: str
    host: str
    port: int
    pid: int
    mode: str
    python: str
    time: float = field(default_factory=_time.time)
    runs_in: str = "thread"
    why: str = ""
    load_seconds: float = 0.0
    warm: bool = False
    why_cold: str = ""
    note: str = ""
    root: str = ""
    watched: int = 0
    watch_problem: str = ""
    why_reason: Optional[Reason] = None
    cold_reason: Optional[Reason] = None
    watch_reason: Optional[Reason] = None
    ends_first: bool = False
    note_reason: Optional[Reason] = None
    debugger_pin: str = ""


@dataclass(frozen=True)
class WatchChanged:
    """How the app's files are watched has changed since ``ServerStarted``, or the last of these.

    The fields are those of ``ServerStarted``.
    """

    watched: int
    watch_problem: str = ""
    watch_reason: Optional[Reason] = None
    time: float = field(default_factory=_time.time)


@dataclass(frozen=True)
class Reloading:
    """Files have changed: the app is about to be loaded anew.

    Until the next ``ServerStarted`` or ``ReloadFailed``, new connections wait.

    :param paths: the files that changed, the one that was noticed first in front; none where the
        user has asked for it, or where there is a cause
    :param cause: why the app is loaded anew, where that isn't a change, or None: ``old-ended``,
        the code before has ended, which may have been in the way
    """

    paths: tuple[str, ...]
    time: float = field(default_factory=_time.time)
    cause: Optional[Reason] = None


@dataclass(frozen=True)
class ReloadFailed:
    """The app can't be loaded; the server stays up, answers 500, and waits for the next change.

    It also comes after the first ``ServerStarted`` where the app was broken from the beginning.

    :param error: one sentence: what is wrong with the app
    :param traceback: the app's own traceback where its code raised, else ""
    :param missing_module: the module whose absence stopped the app's import, else ""
    :param kind: what went wrong, a stable word: the ``kind`` of an
        :class:`~server.errors.AppLoadError`, or ``"import-ended"``, ``"import-hangs"``,
        ``"app-crashed"``, ``"app-restarted"`` (it crashed, and is started again), ``"internal"``
    :param error_id: the ``AppError`` that was reported for the same failure, or None
    :param app: what was to be loaded, as the user named it, where its import ended or hangs
    :param status: how the app's process ended: its exit status, or a signal's number, negative;
        None where no process ended, or where that isn't known
    :param seconds: how long the import has taken by now, where it hangs; else None
    :param waits_for_old: the app is loaded once more by itself, when the code before, which may be
        in the way, has ended
    :param restarts_in: seconds after which the app that has crashed is started again by itself;
        None where it isn't, or at once
    :param request_ids: the requests that ended with the app's process, the newest last
    """

    error: str
    traceback: str = ""
    time: float = field(default_factory=_time.time)
    missing_module: str = ""
    kind: str = ""
    error_id: Optional[int] = None
    app: str = ""
    status: Optional[int] = None
    seconds: Optional[float] = None
    waits_for_old: bool = False
    restarts_in: Optional[float] = None
    request_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class ServerFailed:
    """The server could not start, or ended by an error of its own.

    :param kind: what went wrong, a stable word: the ``kind`` of a
        :class:`~server.errors.StartError`, or ``"app-crashed"``, ``"app-error"``,
        ``"internal"``
    :param message: one sentence for the user: what is wrong and what to do
    :param traceback: the app's own traceback where its import failed, else ""
    :param suggested_port: a free port to try instead, where the port was taken
    :param missing_module: the module whose absence stopped the app's import, else ""
    :param error_id: the ``AppError`` that was reported for the same failure, or None
    :param port: the port that was taken, or None
    :param pid: the process that has it, or None where the system doesn't report it
    :param process: that process's name, or ""
    :param app: what was to be served, as the user named it, where its import ended the process
    :param status: how the app's process ended, as in :class:`ReloadFailed`
    :param setting: the setting that has a value that can't be used, or ""
    :param replaced: the part of the standard library that the app replaces, such as
        ``socket.socket``, where it can't run in this process for that; else ""
    :param request_ids: the requests that ended with the app's process, the newest last
    """

    kind: str
    message: str
    traceback: str = ""
    suggested_port: Optional[int] = None
    time: float = field(default_factory=_time.time)
    missing_module: str = ""
    error_id: Optional[int] = None
    port: Optional[int] = None
    pid: Optional[int] = None
    process: str = ""
    app: str = ""
    status: Optional[int] = None
    setting: str = ""
    replaced: str = ""
    request_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class ServerCourse:
    """The steps in which a server has started, has begun to serve new code, or has stopped; where
    the flow of requests is recorded. It follows ``ServerStarted``, or comes before
    ``ServerStopped``.

    :param kind: ``"start"``, ``"reload"`` or ``"stop"``
    :param began: when the first step did, in unix seconds
    :param flow: ``(step, start_us, duration_us, depth)``, in the order of their beginnings; the
        names stand in ``server/reporting/course.py``
    """

    kind: str
    began: float
    flow: tuple[tuple[str, int, int, int], ...] = ()
    time: float = field(default_factory=_time.time)


@dataclass(frozen=True)
class ServerStopped:
    """The server has ended: its threads are done and it holds no connection.

    :param reason: ``"stopped"`` (asked to), or ``"app"`` (the app asked for it)
    :param drained: requests that were running when the stop came and were finished
    :param abandoned: requests that were still running at the deadline
    :param port_free: whether the port could be bound afterwards; None where that wasn't tried
    :param processes_left: processes of the app that are still there; None where nobody looked, or
        where some may not be found
    :param import_cut_off: the app was still being imported at the deadline
    :param threads_left: the names of the app's threads that still run, in a process that isn't its
        own, where they can't be ended
    :param threads_more: how many further ones there are
    """

    reason: str
    drained: int = 0
    abandoned: int = 0
    time: float = field(default_factory=_time.time)
    port_free: Optional[bool] = None
    processes_left: Optional[int] = None
    import_cut_off: bool = False
    threads_left: tuple[str, ...] = ()
    threads_more: int = 0


def start_failure(error: StartError) -> ServerFailed:
    """The event of a server that could not start."""
    load = error if isinstance(error, AppLoadError) else None
    taken = error if isinstance(error, PortInUse) else None
    owner = taken.owner if taken else None
    return ServerFailed(
        kind=error.kind,
        message=error.message,
        traceback=load.traceback if load else "",
        suggested_port=taken.suggested_port if taken else None,
        missing_module=load.missing_module if load else "",
        error_id=load.error_id if load else None,
        port=taken.port if taken else None,
        pid=owner.pid if owner else None,
        process=owner.process if owner else "",
        setting=error.setting if isinstance(error, ConfigError) else "",
        replaced=load.replaced if load else "",
    )


def load_failure(error: AppLoadError) -> ReloadFailed:
    """The event of an app that can't be loaded, where the server stays up."""
    return ReloadFailed(
        error.message,
        error.traceback,
        missing_module=error.missing_module,
        kind=error.kind,
        error_id=error.error_id,
    )
