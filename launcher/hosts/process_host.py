"""A server in a process of its own, run by the project's interpreter, through all its reloads.

Each reload starts another worker; while it loads the app, the one before finishes its requests.
Everything happens on the host's own thread, ``process-host``, which takes messages from a queue:
what the supervisor asks for, and what the workers tell. ``emit`` and ``on_imported`` are called
from there. Public methods may be called on any thread.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from server.app.surroundings import variables_of
from server.config import ServerConfig
from server.events import (
    Emit,
    Event,
    OutputWritten,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)
from server.reporting.exchanges import Note, Record, StartedRecord, event_of
from server.worker.orphans import MARK

from .base import OnImported
from .interpreter_environ import interpreter_environ
from .leftovers import end_leftovers
from .warm_keeper import WarmKeeper, WarmPlan
from .worker_process import (
    HandedOver,
    Imported,
    Message,
    Noted,
    Printed,
    Reported,
    WorkerProcess,
)

_log = logging.getLogger(__name__)

_MARGIN = 0.5  # seconds beyond the grace time, after which a worker is killed
_LOADING_STOP_SECONDS = 1.0  # what an import gets when the stop comes in its midst
_QUICK_DEATH_SECONDS = 2.0  # a worker that dies sooner is not started again by itself
_ID_GAP = 1000  # between the requests of two workers: the old one may still number a few
_PATIENCE_SECONDS = 20.0  # after which somebody else tells browsers that the app still loads
_SLOTS = 500  # messages of the workers that may wait; beyond it their readers are held back


@dataclass(frozen=True)
class _Call:
    """Something to be done on the host's thread."""

    action: Callable[[], None]


class _Worker:
    """What the host knows of one worker. The host's thread only."""

    def __init__(self, process: WorkerProcess, *, warm: bool, why_cold: str) -> None:
        self.process = process
        self.warm = warm
        self.why_cold = why_cold
        self.is_broken_page = False
        self.serving_since = 0.0
        self.running: dict[int, RequestStarted | StartedRecord] = {}
        self.end: ServerStopped | ServerFailed | None = None


class ProcessHost:
    """See ``base.Host``, and the module.

    :param emit: takes every event
    :param on_imported: takes the files of the app's own modules
    :param note: takes requests as records, in turn with the other events; without it they are
        events like any other
    """

    def __init__(
        self,
        emit: Emit,
        on_imported: OnImported = lambda files: None,
        note: Note | None = None,
    ) -> None:
        self._emit = emit
        self._note = note or (lambda record: emit(event_of(record)))
        self._on_imported = on_imported
        self._messages: queue.SimpleQueue[_Call | Message] = queue.SimpleQueue()
        self._slots = threading.Semaphore(_SLOTS)
        self._thread: threading.Thread | None = None
        # From here on: the host's thread only.
        self._config = ServerConfig()
        self._python = sys.executable
        self._listeners: Sequence[socket.socket] = ()
        self._environ: Mapping[str, str] = {}
        self._mark = uuid.uuid4().hex
        self._current: _Worker | None = None
        self._loading: _Worker | None = None
        self._stand_in: _Worker | None = None
        self._workers: dict[WorkerProcess, _Worker] = {}
        self._warm = WarmKeeper(WarmPlan(False, "", "", {}), self._call)
        self._held: list[tuple[socket.socket, Any, bytes]] = []
        self._changed_at: float | None = None
        self._last_request = 0
        self._told_started = False
        self._stopping = False
        self._done = False
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []
        self._alarm_numbers = itertools.count()

    def start(
        self,
        config: ServerConfig,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """See ``base.Host``."""
        self._config = config
        self._python = config.python or sys.executable
        self._listeners = list(listeners)
        self._environ = dict(environ or {})
        self._call(self._begin)
        self._thread = threading.Thread(target=self._work, name="process-host", daemon=True)
        self._thread.start()

    def reload(self, changed_at: float, environ: Mapping[str, str] | None = None) -> None:
        """See ``base.Host``."""
        self._call(lambda: self._reload(changed_at, environ))

    def stop(self) -> None:
        """See ``base.Host``. A worker that is still there when the grace time is over is killed,
        with all that it has started."""
        self._call(self._stop)

    def kill(self) -> None:
        """See ``base.Host``."""
        self.stop()  # first, so that the end of a worker isn't taken for a crash
        for process in list(self._workers):
            process.kill()

    def join(self, timeout: float) -> bool:
        """See ``base.Host``."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # The host's thread

    def _work(self) -> None:
        while not self._done:
            wait = None
            if self._alarms:
                wait = max(0.0, self._alarms[0][0] - time.monotonic())
            try:
                message = self._messages.get(timeout=wait)
            except queue.Empty:
                _, _, action = heapq.heappop(self._alarms)
                action()
                continue
            if not isinstance(message, _Call):
                self._slots.release()
            try:
                if isinstance(message, _Call):
                    message.action()
                else:
                    self._take(message)
            except Exception:  # ours, or that of whoever takes the events: the server goes on
                _log.exception("Something a server told could not be dealt with")

    def _post(self, message: Message) -> None:
        """On the workers' threads."""
        self._slots.acquire()
        self._messages.put(message)

    def _call(self, action: Callable[[], None]) -> None:
        """Have something done on the host's thread. Any thread."""
        self._messages.put(_Call(action))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(
            self._alarms, (time.monotonic() + seconds, next(self._alarm_numbers), action)
        )

    def _take(self, message: Message) -> None:
        worker = self._workers.get(message.worker)
        if worker is None:
            if isinstance(message, HandedOver):  # it has ended meanwhile
                self._pass_on(message.connection)
            return
        if isinstance(message, Reported):
            self._take_event(worker, message.event)
        elif isinstance(message, Noted):
            self._take_records(worker, message.records)
        elif isinstance(message, Printed):
            self._emit(OutputWritten("stderr", message.text))
        elif isinstance(message, Imported):
            self._on_imported(message.files)
            if worker is self._current or worker is self._loading:
                self._warm.note_imported(message.installed)
        elif isinstance(message, HandedOver):
            self._pass_on(message.connection)
        else:
            self._take_exit(worker, message.status)

    def _take_event(self, worker: _Worker, event: Event) -> None:
        if isinstance(event, RequestFinished):
            worker.running.pop(event.id, None)
        elif isinstance(event, RequestStarted):
            worker.running[event.id] = event
            self._last_request = max(self._last_request, event.id)
        elif isinstance(event, ServerStarted | ReloadFailed) and self._stopping:
            return  # the stop came first
        elif isinstance(event, ServerStarted):
            self._now_serving(worker)
            if worker.is_broken_page and self._told_started:
                return
            self._told_started = True
            event = replace(
                event, runs_in="process", warm=worker.warm, why_cold=worker.why_cold,
                load_seconds=self._load_seconds(event),
            )  # fmt: skip
        elif isinstance(event, ReloadFailed):
            self._now_serving(worker)
        elif isinstance(event, ServerStopped | ServerFailed):
            worker.end = event  # told when the process is gone
            return
        self._emit(event)

    def _take_records(self, worker: _Worker, records: Sequence[Record]) -> None:
        running, note = worker.running, self._note
        for record in records:
            number = record[1]
            if len(record) == 3:
                running[number] = record
                if number > self._last_request:
                    self._last_request = number
            else:
                running.pop(number, None)
            note(record)

    def _load_seconds(self, event: ServerStarted) -> float:
        return round(event.time - (self._changed_at or self._began_at), 4)

    # Starting

    def _begin(self) -> None:
        self._began_at = time.time()
        config = self._config
        if config.reload:
            plan = WarmPlan(
                not config.cold_reload, self._python, self._folder(), self._process_environ()
            )
            self._warm = WarmKeeper(plan, self._call)
            self._warm.set_variables(variables_of(self._environ, config.debug))
        self._load(broken=None)

    def _load(self, *, broken: ReloadFailed | None, stand_in: bool = False) -> None:
        """Start a worker that will load the app, or say why it can't be loaded.

        :param stand_in: it answers only until the one that loads is ready
        """
        process = WorkerProcess(self._post)
        reload = self._told_started and broken is None
        forked = reload and self._warm.fork(process, self._listeners)
        why_cold = self._warm.why_cold if reload and not forked else ""
        worker = _Worker(process, warm=forked, why_cold=why_cold)
        worker.is_broken_page = broken is not None
        if not forked:
            try:
                process.start_cold(
                    self._python, self._listeners, self._folder(), self._process_environ()
                )
            except OSError as error:
                self._fail(
                    "python",
                    f"The interpreter {self._python} can't be started: {error.strerror}. "
                    "Choose another one.",
                )
                return
        self._workers[process] = worker
        process.send({"start": self._start_command(worker, broken)})
        if stand_in:
            self._stand_in = worker
            return
        self._loading = worker
        if self._config.reload:
            self._after(_PATIENCE_SECONDS, lambda: self._still_loading(worker))

    def _still_loading(self, worker: _Worker) -> None:
        """An import takes long, or hangs: browsers are told so, instead of waiting for ever."""
        if worker is not self._loading or self._current is not None or self._stopping:
            return
        app, patience = self._config.app, _PATIENCE_SECONDS
        self._load(
            broken=ReloadFailed(
                f"{app} has been loading for {patience:g} s, and still is: where it hangs, put it "
                "right and save."
            ),
            stand_in=True,
        )

    def _start_command(self, worker: _Worker, broken: ReloadFailed | None) -> dict[str, Any]:
        pipes = worker.process.pipes
        # Two workers never begin with the same number, even if the one before had no request.
        self._last_request += _ID_GAP if self._last_request else 1
        command: dict[str, Any] = {
            "config": json.loads(self._config.to_json()),
            "environ": {**self._environ, MARK: self._mark},
            "changed_at": self._changed_at if self._told_started else None,
            "first_request": self._last_request,
        }
        if broken is not None:
            command["broken"] = {"error": broken.error, "traceback": broken.traceback}
        if not worker.warm and pipes.handover is not None:  # a forked one has them already
            command["listeners"] = [listener.fileno() for listener in self._listeners]
            command["handover"] = pipes.handover
        return command

    def _folder(self) -> str:
        project = Path(self._config.project or ".").resolve()
        return str(project) if project.is_dir() else os.sep

    def _process_environ(self) -> dict[str, str]:
        return {**interpreter_environ(self._python), MARK: self._mark}

    def _now_serving(self, worker: _Worker) -> None:
        """A worker answers from now on, be it only to say what is wrong."""
        if worker not in (self._loading, self._stand_in):
            return
        worker.serving_since = time.monotonic()
        if worker is self._loading:
            self._loading = None
            self._retire_current()  # there is none, but for a stand-in
            stand_in = self._stand_in
            if stand_in is not None and stand_in.process in self._workers:
                del self._workers[stand_in.process]  # it isn't needed any more: it must not answer
                stand_in.process.discard()
        self._stand_in = None
        self._current = worker
        held, self._held = self._held, []
        for connection in held:
            worker.process.adopt(connection)
        if self._stopping:
            worker.process.send({"stop": True})

    def _pass_on(self, connection: tuple[socket.socket, Any, bytes]) -> None:
        if self._current is not None:
            self._current.process.adopt(connection)
        elif self._stopping:
            connection[0].close()
        else:
            self._held.append(connection)

    # Reloading

    def _reload(self, changed_at: float, environ: Mapping[str, str] | None) -> None:
        if self._stopping or self._done:
            return
        self._changed_at = changed_at
        if environ is not None:
            self._environ = dict(environ)
            self._warm.set_variables(variables_of(self._environ, self._config.debug))
        loading, self._loading = self._loading, None
        if loading is not None:  # it has read files that are out of date by now
            del self._workers[loading.process]
            loading.process.discard()
        self._retire_current()
        self._load(broken=None)

    def _retire_current(self) -> None:
        current, self._current = self._current, None
        if current is None:
            return
        current.process.retire()
        self._after(self._config.grace + _MARGIN, lambda: self._end_worker(current))

    def _end_worker(self, worker: _Worker) -> None:
        if worker.process in self._workers:
            worker.process.kill()

    # Ends

    def _take_exit(self, worker: _Worker, status: int | None) -> None:
        del self._workers[worker.process]
        worker.process.kill()  # what it has left in its process group
        worker.process.close()
        was_current, was_loading = worker is self._current, worker is self._loading
        if was_current:
            self._current = None
        if was_loading:
            self._loading = None
        self._tell_unfinished(worker, status, was_current and not self._stopping)
        if self._stopping:
            self._finish_stop(worker)
        elif was_loading:
            self._died_loading(worker, status)
        elif was_current:
            self._died_serving(worker, status)

    def _died_loading(self, worker: _Worker, status: int | None) -> None:
        """The app has ended its process while it was imported, or could not be loaded."""
        if isinstance(worker.end, ServerFailed):
            self._finish(worker.end)
            return
        message = (
            f"{self._config.app} ended its process while it was imported: {_how(status)}. "
            "Look at the output for the reason."
        )
        if self._config.reload and not worker.is_broken_page:
            self._load(broken=ReloadFailed(message))
        else:
            self._finish(ServerFailed("app-import", message))

    def _died_serving(self, worker: _Worker, status: int | None) -> None:
        if worker.end is not None:  # the app has asked for the end, or an error was passed through
            self._finish(worker.end)
            return
        if worker.is_broken_page and self._loading is not None:
            return  # a stand-in; the worker that it stood in for goes on
        message = f"The process of the app has ended: {_how(status)}."
        lived = time.monotonic() - worker.serving_since
        if not self._config.reload:
            self._finish(ServerFailed("app-crashed", f"{message} Press Start to run it again."))
        elif lived < _QUICK_DEATH_SECONDS or worker.is_broken_page:
            self._load(broken=ReloadFailed(message))
        else:
            self._emit(ReloadFailed(f"{message} It is started again."))
            self._changed_at = time.time()
            self._load(broken=None)

    def _tell_unfinished(self, worker: _Worker, status: int | None, crashed: bool) -> None:
        """Each request that was running when its process ended is told, too."""
        if crashed:
            problem = f"the process that answered it has ended: {_how(status)}"
        else:
            problem = f"cut off: still running after {self._config.grace:g} s"
        now = time.time()
        for started in map(event_of, worker.running.values()):
            assert isinstance(started, RequestStarted)
            path, _, query = started.target.partition("?")
            self._emit(
                RequestFinished(
                    id=started.id, method=started.method, target=started.target,
                    path=unquote(path, "latin-1"),
                    query=query, http_version="HTTP/1.1", status=0, reason="",
                    started=started.time, duration=max(0.0, now - started.time),
                    app_duration=max(0.0, now - started.time), bytes_received=0, bytes_sent=0,
                    remote_addr="", thread="", pid=worker.process.pid, aborted=True,
                    problem=problem,
                )
            )  # fmt: skip

    def _stop(self) -> None:
        if self._stopping or self._done:
            return
        self._stopping = True
        self._stop_ends = ServerStopped("stopped")
        self._close_held()
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.process.send({"stop": True})
            self._after(_LOADING_STOP_SECONDS, lambda: self._end_worker(loading))
        for worker in self._workers.values():
            worker.process.send({"stop": True})
        self._after(self._config.grace + _MARGIN, self._end_all)
        if not self._workers:
            self._finish(self._stop_ends)

    def _end_all(self) -> None:
        for worker in self._workers.values():
            worker.process.kill()
        # One that has left its process group, or holds a pipe, is found by its mark.
        end_leftovers(self._mark)
        self._after(_MARGIN, self._give_up)

    def _give_up(self) -> None:
        """Not even that has ended them: say so, instead of waiting for ever."""
        if not self._done:
            self._finish(self._stop_ends)

    def _finish_stop(self, worker: _Worker) -> None:
        """One worker less; the last one's end is the end of all."""
        told, end = self._stop_ends, worker.end
        if isinstance(end, ServerStopped):
            told = replace(
                told, drained=told.drained + end.drained, abandoned=told.abandoned + end.abandoned
            )
        else:
            told = replace(told, abandoned=told.abandoned + len(worker.running))
        self._stop_ends = told
        if not self._workers:
            self._finish(told)

    def _fail(self, kind: str, message: str) -> None:
        self._finish(ServerFailed(kind, message))

    def _finish(self, end: ServerStopped | ServerFailed) -> None:
        """Nothing of the server may be left when its end is told."""
        self._done = True
        self._close_held()
        self._warm.close()
        for worker in list(self._workers.values()):
            worker.process.discard()
        self._workers.clear()
        left = end_leftovers(self._mark)
        if isinstance(end, ServerStopped):
            end = replace(end, processes_left=left, time=time.time())
        self._emit(end)

    def _close_held(self) -> None:
        held, self._held = self._held, []
        for sock, _, _ in held:
            with contextlib.suppress(OSError):
                sock.close()


def _how(status: int | None) -> str:
    """How a process ended, for a sentence."""
    if status is None:
        return "its exit status is not known"
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"ended by the signal {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"
