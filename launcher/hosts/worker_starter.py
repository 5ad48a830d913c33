"""How a process host starts a worker: forked from a warm process where that can be, else anew.

The host's thread only. Every worker of one host gets the same listening sockets, and numbers of
requests that none before it has had.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from launcher.core.project.pyproject import cold_packages
from server.app.variables import variables_of
from server.config import ServerConfig
from server.errors import why_refused
from server.events import ReloadFailed, values_of
from server.worker.orphans import MARK

from .base import InputKind
from .hosted_worker import HostedWorker
from .interpreter_environ import interpreter_environ
from .leftovers import mark_by_limit
from .lent import lent_packages
from .warm_keeper import WarmKeeper, WarmPlan
from .worker_process import Message, WorkerProcess

_ID_GAP = 1000  # between the requests of two workers: the old one may still number a few


class NotStarted(Exception):
    """A worker's process could not be started; with a sentence for the user."""


class WorkerStarter:
    """Starts the workers of one host.

    :param python: the interpreter that runs the app
    :param listeners: sockets that listen
    :param environ: variables that the app finds in its environment
    :param mark: what every process of this server is found by
    :param input_kind: where the app's standard input comes from
    :param post: has a call made on the host's thread
    :param workers: gets each worker before its process is started, so that it is discarded whatever
        happens
    :ivar warm: the process that is forked for each reload
    :ivar all_are_marked: no process of this server can have got away, whatever it did
    """

    def __init__(
        self,
        python: str,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str],
        mark: str,
        input_kind: InputKind,
        post: Callable[[Callable[[], None]], None],
        workers: dict[WorkerProcess, HostedWorker],
    ) -> None:
        self._python = python
        self._listeners = list(listeners)
        self._environ = dict(environ)
        self._mark = mark
        self._input_kind = input_kind
        self._post = post
        self._workers = workers
        self._last_request = 0
        self.all_are_marked = True
        self.warm = WarmKeeper(WarmPlan(False, "", "", {}), post)

    def begin(self, config: ServerConfig) -> None:
        """Have a warm process made, where the app is to be loaded again."""
        if config.reload:
            plan = WarmPlan(
                not config.cold_reload,
                self._python,
                folder_of(config),
                self._process_environ(),
                cold_packages(Path(config.project or ".")),
            )
            self.warm = WarmKeeper(plan, self._post)
            self.warm.set_variables(variables_of(self._environ, config.debug, reload=True))

    def set_environ(self, environ: Mapping[str, str], config: ServerConfig) -> None:
        """Have the app find these variables from the next load on."""
        self._environ = dict(environ)
        self.warm.set_variables(variables_of(self._environ, config.debug, reload=True))

    def count(self, request_id: int) -> None:
        """A request has this number: no later worker may begin below it."""
        self._last_request = max(self._last_request, request_id)

    def start(
        self,
        take: Callable[[Message], None],
        config: ServerConfig,
        broken: ReloadFailed | None,
        *,
        is_reload: bool,
        changed_at: float | None,
    ) -> HostedWorker:
        """Start a worker that loads the app, or reports why it can't be loaded.

        :param take: takes what it reports, on any thread
        :param broken: why there is no app to load; it serves the page that shows it
        :param changed_at: when the files changed, in unix seconds; None at a first start
        :raises NotStarted: the interpreter can't be started
        """
        folder, environ = folder_of(config), self._process_environ()
        process = WorkerProcess(take, 0 if self._input_kind == "terminal" else None)
        forks = is_reload and broken is None
        forked = forks and self.warm.fork(process, self._listeners)
        cold_reason = self.warm.cold_reason if forks and not forked else None
        worker = HostedWorker(process, warm=forked, cold_reason=cold_reason, broken=broken)
        self._workers[process] = worker
        if not forked:
            try:
                process.start_cold(self._python, self._listeners, folder, environ)
            except OSError as error:
                del self._workers[process]
                sentence = f"The interpreter {self._python} can't be started: {why_refused(error)}."
                raise NotStarted(f"{sentence} Choose another one.") from error
            if not mark_by_limit(process.pid, self._mark):  # what is forked has the warm one's
                self.all_are_marked = False
        process.send({"start": self._command(worker, config, changed_at)})
        return worker

    def _command(
        self, worker: HostedWorker, config: ServerConfig, changed_at: float | None
    ) -> dict[str, Any]:
        pipes = worker.process.pipes
        # Two workers never begin with the same number, even if the one before had no request.
        self._last_request += _ID_GAP if self._last_request else 1
        command: dict[str, Any] = {
            "config": config.to_json(),
            "environ": {**self._environ, MARK: self._mark},
            "changed_at": changed_at,
            "first_request": self._last_request,
            "lent": lent_packages(),
            "input": self._input_kind,
        }
        if worker.broken is not None:
            command["broken"] = values_of(worker.broken)
        if not worker.warm and pipes.handover is not None:  # a forked one has them already
            command["listeners"] = [listener.fileno() for listener in self._listeners]
            command["handover"] = pipes.handover
        return command

    def _process_environ(self) -> dict[str, str]:
        return {**interpreter_environ(self._python), MARK: self._mark}


def folder_of(config: ServerConfig) -> str:
    """The project's folder, or one that is there."""
    project = Path(config.project or ".").resolve()
    return str(project) if project.is_dir() else os.sep
