"""Owns the listening socket; starts, reloads and stops the server: what the window and the
terminal drive.

Commands may come from any thread and return at once. They are calls in a mailbox, carried out one
after the other on the supervisor's own thread, so that looking up a host name or waiting for a
server never blocks a window. Results come only as events.

The states are in ``states.py``. A server is a ``_Run``, made by a start and gone with its end:

* A start chooses the host, binds, and starts it; where that fails, by whatever it is, the end is
  ``ServerFailed`` at once, and the socket is closed.
* A stop only asks the host. The supervisor stays in STOPPING, RESTARTING or CLOSING until the
  host's end has come; commands that arrive meanwhile change what follows, nothing else.
* The host's end is taken on the supervisor's thread: the watcher is stopped, the host joined, the
  socket closed (but for a restart, whose clients wait in its backlog), the port tried; then the end
  is reported, last of all and whatever the steps before have raised.
* An app that replaces parts of the standard library can't run in this process, which its import
  alone shows: its end is followed by a start in a process of its own, on the same socket, and is
  not reported.
* A change of a file becomes a reload of the host. ``Reloading`` is reported only once
  ``ServerStarted`` was, so that a reader never sees a reload of what hasn't started.

Events come on the host's threads and go on from there, so ``_lock`` guards the state: the step to
SERVING and the report of ``ServerStarted`` are one, as are a look at the state and the report that
depends on it. Nothing else is done under that lock. ``kill`` alone reads ``_run`` elsewhere.

A fault of our own, caught by the mailbox, never leaves a server without its end: one that comes
while a server is stopped ends it by force; any other is reported as a reload that has failed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from launcher.core import sentences
from launcher.core.project.env_files import env_files, project_environment
from launcher.hosts.watching.watcher import Watcher
from server.base.state import StateMachine
from server.config import ServerConfig
from server.errors import ConfigError, StartError
from server.events import (
    ConsoleQuestion,
    Emit,
    Event,
    ExplainQuestion,
    Reason,
    ReloadFailed,
    Reloading,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
    start_failure,
)

from .base import Host, InputKind, MakeHost
from .choice import Choice, choose
from .config_checks import check_names, interpreter_prefixes, project_folder
from .listening import ListeningSockets, is_free
from .mailbox import Mailbox
from .own_descriptors import OwnDescriptors
from .states import SUPERVISOR_STATES, SupervisorState, SupervisorStep

_JOIN_SECONDS = 5.0
_KILLED_SECONDS = 0.25  # for one that does not end by itself, and may never
_LAST_SECONDS = 0.95  # beyond the grace time; the hosts' own deadlines are earlier
_ENDS = (ServerStopped, ServerFailed)
_STOPS = frozenset({SupervisorState.STOPPING, SupervisorState.RESTARTING, SupervisorState.CLOSING})
_log = logging.getLogger(__name__)
_SEAT = threading.Lock()
"""Held by the supervisor whose server runs in this process. There is one for all of them, since
folder, environment and standard output are the process's."""


class _Run:
    """One server from start to stop. Made on the supervisor's thread."""

    def __init__(
        self, config: ServerConfig, choice: Choice, base: dict[str, str], watcher: Watcher | None
    ) -> None:
        self.config = config
        self.choice = choice
        self.base = base
        self.watcher = watcher
        self.host: Host | None = None
        self.is_stopping = False
        self.watch_reason: Reason | None = None  # as it was reported; guarded by the state's lock

    def environ(self) -> dict[str, str]:
        """The project's variables, as its files have them now.

        :raises ConfigError: a file can't be read
        """
        config = self.config
        return project_environment(
            project_folder(config), config.env_file, config.env, base=self.base
        )


class Supervisor:
    """Runs one server at a time.

    :param emit: takes every event of the server; called on the server's threads and on the
        supervisor's, never on the caller's
    :param make_host: makes the host of the next server; by default the one that ``choice.choose``
        names
    :param input_kind: where the app's standard input comes from
    :param descriptors: see ``ThreadHost``
    """

    def __init__(
        self,
        emit: Emit,
        make_host: MakeHost | None = None,
        input_kind: InputKind = "none",
        descriptors: OwnDescriptors | None = None,
    ) -> None:
        self._emit = emit
        self._input_kind = input_kind
        self._make_host = make_host
        self._descriptors = descriptors
        self._mailbox = Mailbox("supervisor", self._take_fault)
        self._lock = threading.Lock()
        self._machine = StateMachine("supervisor", SUPERVISOR_STATES, SupervisorState.IDLE)
        # From here on: the supervisor's thread only.
        self._run: _Run | None = None
        self._next: ServerConfig | None = None
        self._sockets = ListeningSockets()
        self._has_seat = False
        # What was asked for, written as it is asked: no fault on the way of a call can lose it.
        self._owes_end = False
        self._is_to_end = False
        self._is_to_close = False

    def start(self, config: ServerConfig) -> None:
        """Start a server; nothing happens while one runs. Any thread, returns at once.

        Ends in ``ServerStarted`` or ``ServerFailed``; in ``ServerStopped`` where a stop came first.
        """
        self._owes_end, self._is_to_end = True, False
        self._mailbox.start(partial(self._take_start, config))

    def stop(self) -> None:
        """Stop the server. Any thread, returns at once. Ends in ``ServerStopped``."""
        self._is_to_end = True
        self._mailbox.post(partial(self._take_stop, SupervisorStep.STOP))

    def restart(self, config: ServerConfig) -> None:
        """Stop the server and start it anew, on the same listening socket where the address is
        the same: a client that connects in between waits. Any thread, returns at once.

        Ends as :meth:`stop` followed by :meth:`start`; starts where nothing runs.
        """
        self._owes_end, self._is_to_end = True, False
        self._mailbox.start(partial(self._take_restart, config))

    def reload(self) -> None:
        """Load the app anew as if a file had changed; only where it runs with ``reload``. Any
        thread, returns at once. Ends in ``ServerStarted`` or ``ReloadFailed``."""
        self._mailbox.post(partial(self._take_change, None, (), time.time()))

    def ask_where(self, request_id: int) -> None:
        """Ask where a request stands. Any thread, returns at once. Answered by ``Where``, as long
        as the server runs."""
        self._mailbox.post(partial(self._ask_where, request_id))

    def give_input(self, text: str | None) -> None:
        """What was typed for the app's standard input, in whole lines; None ends the pause. Any
        thread, returns at once. Nothing happens where no server runs."""
        self._mailbox.post(partial(self._give_input, text))

    def ask_console(self, question: ConsoleQuestion | None) -> None:
        """Have an input evaluated in the frame of an error. Any thread, returns at once. Answered
        by ``ConsoleAnswered``, unless the server ends or is reloaded meanwhile.

        :param question: None where nobody waits any more for the one before
        """
        self._mailbox.post(partial(self._ask_console, question))

    def explain(self, question: ExplainQuestion) -> None:
        """Have a database asked for the plan of a query. Any thread, returns at once. Answered by
        ``Explained``, unless the server ends or is reloaded meanwhile."""
        self._mailbox.post(partial(self._explain, question))

    def forget_frames(self) -> None:
        """Drop the frames that are kept of errors. Any thread, returns at once."""
        self._mailbox.post(self._forget_frames)

    def restart_now(self) -> None:
        """Start an app that has crashed at once, where it waits for that. Any thread, returns at
        once."""
        self._mailbox.post(self._restart_now)

    def kill(self) -> None:
        """End the server's process at once, where it has one of its own. Any thread, also from
        within a signal handler: nothing is waited for."""
        run = self._run
        if run is not None and run.host is not None:
            run.host.kill()

    def close(self, timeout: float) -> bool:
        """Stop the server and end the supervisor. Not on a server's thread; blocks.

        :param timeout: seconds to wait at most
        :returns: whether all has ended
        """
        self._is_to_end = self._is_to_close = True
        call = partial(self._take_stop, SupervisorStep.CLOSE)
        return self._mailbox.post_and_join(call, timeout)

    # The supervisor's thread

    def _step(self, step: SupervisorStep) -> SupervisorState:
        with self._lock:
            return self._machine.step(step)

    def _take_start(self, config: ServerConfig) -> None:
        if self._machine.state is SupervisorState.IDLE:
            self._begin(config)

    def _take_restart(self, config: ServerConfig) -> None:
        if self._machine.state is SupervisorState.IDLE:
            self._begin(config)
        elif self._step(SupervisorStep.RESTART) is SupervisorState.RESTARTING:
            self._next = config
            self._stop_host()

    def _ask_where(self, request_id: int) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.ask_where(request_id)

    def _give_input(self, text: str | None) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.give_input(text)

    def _ask_console(self, question: ConsoleQuestion | None) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.ask_console(question)

    def _explain(self, question: ExplainQuestion) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.explain(question)

    def _forget_frames(self) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.forget_frames()

    def _restart_now(self) -> None:
        if self._run is not None and self._run.host is not None:
            self._run.host.restart_now()

    def _take_stop(self, step: SupervisorStep) -> None:
        """A stop, or a close. What fails here must not lose it."""
        try:
            self._stop_or_close(step)
        except BaseException:
            _log.exception("A stop has failed, and is forced")
            if self._run is not None:
                self._force(self._run)
            elif step is SupervisorStep.CLOSE:
                self._mailbox.close()

    def _stop_or_close(self, step: SupervisorStep) -> None:
        if self._step(step) is not SupervisorState.IDLE:
            self._stop_host()
        elif step is SupervisorStep.CLOSE:
            self._mailbox.close()

    def _stop_host(self) -> None:
        """Have the host stop, and see to it that its end comes."""
        run = self._run
        if run is None or run.host is None:
            return
        if not run.is_stopping:
            run.is_stopping = True
            self._mailbox.after(run.config.grace + _LAST_SECONDS, partial(self._force, run))
        run.host.stop()

    def _force(self, run: _Run) -> None:
        """The host hasn't ended in time, so something of ours has failed: end it by force."""
        if run is not self._run or run.host is None:
            return
        _log.error("The end of a server did not come by itself")
        run.host.kill()
        self._finish(run, ServerStopped("stopped", abandoned=1))

    def _take_fault(self, error: BaseException) -> None:
        """Something of ours went wrong, and was logged; see the module."""
        run = self._run
        message = _internal(error)
        if run is None or run.host is None:
            with self._lock:
                self._machine.state = SupervisorState.IDLE
            if self._owes_end:  # of a start that hasn't come that far
                self._fail(run, ServerFailed("internal", message))
            elif self._is_to_close:
                self._mailbox.close()
        elif self._is_to_end or self._machine.state in _STOPS:
            run.host.kill()
            self._finish(run, ServerFailed("internal", message))
        else:
            self._report_if_serving(ReloadFailed(message, kind="internal"))

    def _begin(self, config: ServerConfig, choice: Choice | None = None) -> None:
        """Start a server.

        :param choice: where the app runs, if that is known already
        """
        run = None
        try:
            self._step(SupervisorStep.START)
            base = dict(os.environ)
            check_names(config)
            if choice is None:
                choice = choose(config, is_free=self._take_seat())
            if choice.in_process:
                self._leave_seat()
            run = _Run(config, choice, base, self._watcher(config))
            environ = run.environ()
            self._sockets.open_for(config)
            self._run = run
            host = run.host = self._host(run)
            if run.watcher is not None:
                run.watcher.start()
            host.start(config, self._sockets.sockets, environ)
        except StartError as error:
            self._fail(run, start_failure(error))
        except BaseException as error:
            _log.exception("The server can't be started")
            self._fail(run, ServerFailed("internal", _internal(error)))

    def _fail(self, run: _Run | None, failed: ServerFailed) -> None:
        """A start has failed: nothing of it may be left."""
        self._run = None
        try:
            with contextlib.ExitStack() as closing:
                closing.callback(self._sockets.close)
                closing.callback(self._leave_seat)
                if run is not None and run.host is not None:
                    closing.callback(run.host.kill)
                if run is not None and run.watcher is not None:
                    closing.callback(run.watcher.stop)
        finally:
            self._report_end(failed)

    def _take_seat(self) -> bool:
        """Keep others from running in this process; returns whether nobody else does."""
        self._has_seat = self._has_seat or _SEAT.acquire(blocking=False)
        return self._has_seat

    def _leave_seat(self) -> None:
        if self._has_seat:
            self._has_seat = False
            _SEAT.release()

    def _host(self, run: _Run) -> Host:
        watcher = run.watcher

        def on_imported(files: Sequence[str]) -> None:
            if watcher is not None:
                watcher.watch_modules(files)

        emit = partial(self._on_event, run)
        if self._make_host is not None:
            return self._make_host(emit, on_imported)
        # Here, on the supervisor's thread: a window that has started no server needs neither, and
        # only the thread's needs all of the server.
        if run.choice.in_process:
            from .process_host import ProcessHost

            return ProcessHost(emit, on_imported, self._input_kind)
        from .thread_host import ThreadHost

        return ThreadHost(emit, on_imported, self._input_kind, self._descriptors)

    def _watcher(self, config: ServerConfig) -> Watcher | None:
        if not config.reload:
            return None
        project = project_folder(config)
        files = [*config.extra_files, *map(str, env_files(project, config.env_file))]
        watcher = Watcher(
            project,
            lambda paths: self._mailbox.post(
                partial(self._take_change, watcher, paths, time.time())
            ),
            extra_files=files,
            exclude_patterns=config.exclude_patterns,
            python_prefixes=interpreter_prefixes(config.python),
            on_status=lambda: self._mailbox.post(partial(self._take_watching, watcher)),
        )
        return watcher

    def _take_change(self, watcher: Watcher | None, paths: tuple[str, ...], at: float) -> None:
        """Files have changed.

        :param watcher: who has seen it; None where the user asks for a reload
        :param at: when, in unix seconds
        """
        run = self._run
        if run is None or run.host is None or not run.config.reload:
            return
        if watcher is not None and watcher is not run.watcher:
            return
        try:
            environ = run.environ()
        except ConfigError:  # half-written; its next save is a change as well
            environ = None
        self._report_if_serving(Reloading(paths))
        run.host.reload(at, environ)

    def _take_watching(self, watcher: Watcher) -> None:
        """How the files are watched has changed; news is only another problem, or none any more."""
        run = self._run
        if run is None or watcher is not run.watcher:
            return
        reason, count = watcher.reason, watcher.count
        with self._lock:
            serves = self._machine.state is SupervisorState.SERVING
            if serves and reason != run.watch_reason:  # else ServerStarted will report it
                run.watch_reason = reason
                self._emit(WatchChanged(count, sentences.watching(reason), reason))

    def _report_if_serving(self, event: Event) -> None:
        with self._lock:
            if self._machine.state is not SupervisorState.STARTING:
                self._emit(event)

    def _on_event(self, run: _Run, event: Event) -> None:
        """On the server's threads. The end is reported only when nothing is left of the server."""
        if isinstance(event, _ENDS):
            self._mailbox.post(partial(self._finish, run, event))
        elif isinstance(event, ServerStarted):
            watcher = run.watcher
            reason = watcher.reason if watcher else None
            event = replace(
                event,
                why=run.choice.why,
                why_reason=run.choice.reason,
                watched=watcher.count if watcher else 0,
                watch_problem=sentences.watching(reason),
                watch_reason=reason,
            )
            with self._lock:
                run.watch_reason = reason
                if self._machine.state is not SupervisorState.IDLE:
                    self._machine.step(SupervisorStep.STARTED)
                self._emit(event)
        else:
            self._emit(event)

    def _finish(self, run: _Run, event: ServerStopped | ServerFailed) -> None:
        """A server has ended."""
        if run is not self._run:
            return
        state = self._machine.state
        restarts = state is SupervisorState.RESTARTING
        elsewhere = _other_choice(run, event) if state not in _STOPS else None
        keeps_socket = restarts or elsewhere is not None
        try:
            if run.watcher is not None:
                run.watcher.stop()
            if run.host is not None:
                if isinstance(event, ServerStopped):
                    is_stuck = event.abandoned > 0 or event.import_cut_off
                else:
                    is_stuck = event.kind == "internal"
                run.host.join(_KILLED_SECONDS if is_stuck else _JOIN_SECONDS)
            if not keeps_socket:
                address = self._sockets.address(run.config)
                self._sockets.close()
                if isinstance(event, ServerStopped):
                    event = replace(event, port_free=is_free(*address))
        except BaseException:
            _log.exception("What a server has left could not be cleared away")
        finally:
            self._run = None
            with contextlib.suppress(BaseException):
                self._leave_seat()
            if not keeps_socket:
                with contextlib.suppress(BaseException):
                    self._sockets.close()  # where a step before that has failed
            self._report_end(None if elsewhere is not None else event)
        config, self._next = self._next, None
        if elsewhere is not None:
            self._begin(run.config, elsewhere)
        elif restarts and config is not None:
            self._begin(config)
        elif state is SupervisorState.CLOSING or self._is_to_close:
            self._mailbox.close()

    def _report_end(self, end: ServerStopped | ServerFailed | None) -> None:
        """No server is there any more.

        :param end: its end, unless it goes on elsewhere
        """
        try:
            with self._lock:
                if self._machine.state is not SupervisorState.IDLE:
                    self._machine.step(SupervisorStep.ENDED)
        finally:
            if end is not None:
                self._owes_end = False
                self._emit(end)


def _other_choice(run: _Run, event: ServerStopped | ServerFailed) -> Choice | None:
    """Where an app is to run that can't run where it was started, as its import has shown; None
    where that is as the user chose, or where it has ended by anything else."""
    if isinstance(event, ServerStopped) or not event.replaced or run.config.run_in != "auto":
        return None
    return Choice(True, Reason.of("patches", what=event.replaced))


def _internal(error: BaseException) -> str:
    """A fault of our own as a sentence; a class's name can't fail."""
    return f"ServeDeck failed by an error of its own ({type(error).__name__}); it is in the log."
