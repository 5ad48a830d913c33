"""A server in a process of its own, run by the project's interpreter, through all its reloads.

Each reload starts another worker process; while it loads the app, the one before finishes its
requests. Everything happens on the host's own thread, ``process-host``, whose mailbox takes what
the supervisor asks for and what the workers report; so there are no locks. ``emit`` and
``on_imported`` are called from there. Public methods may be called on any thread.

Of the workers that are there, three have a part, and ``states.py`` has which of them there are:

* ``_loading`` imports the app, and accepts nothing before it is the current one. A reload in the
  meantime discards it, since it has read files that are out of date, and starts another one. Where
  its process ends, one follows that has nothing to load and serves a page that shows it (with the
  reloader), or the server has failed (without).
* ``_current`` answers. It is the loader that has become ready. A reload retires it: it accepts
  nothing more, sends the connections that wait for a request here, where ``_handover`` holds them
  for the next one, and ends when its requests are through, or is killed after the grace time. Where
  it dies by itself, it is started again; if it lived too short for that, the page shows it instead.
* ``_stand_in`` is being started where a loader takes very long; once ready it is the current one,
  and asks browsers to be patient. When the loader is ready, the stand-in is discarded.

All others in ``_workers`` are retired and finish requests; ``succession.py`` decides when a load
waits for their end. A worker's own end event is kept until
its process is gone, since the host's end is an end only then: ``_finish`` reports it, once, when
everything with one of the server's marks was ended.

A stop asks every worker to stop; what is left after the grace time is killed, with all that it
has started, and where not even that helps the end is reported all the same. A fault of our own is
caught by the mailbox: where no worker is left to go on with, it is the end as well.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from launcher.core.sentences import (
    UNHEARD,
    UNHEARD_AT_IMPORT,
    cold_cause,
    failure,
    reload_failure,
)
from server.base.state import StateMachine
from server.config import ServerConfig
from server.events import (
    AppError,
    ConsoleQuestion,
    Emit,
    Event,
    ExplainQuestion,
    OutputWritten,
    Reason,
    ReloadFailed,
    Reloading,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)
from server.net.handover import Handover

from .backoff import Backoff
from .base import InputKind, OnImported
from .hosted_worker import HostedWorker
from .leftovers import end_leftovers
from .mailbox import Mailbox
from .questions import Questions
from .stall_report import importing
from .states import HOST_STATES, HostState, HostStep
from .succession import Succession, Wait
from .worker_process import (
    HandedOver,
    Imported,
    Installed,
    Message,
    Printed,
    Reported,
    Stalled,
    Unheard,
    WorkerProcess,
)
from .worker_starter import NotStarted, WorkerStarter, folder_of

_log = logging.getLogger(__name__)

_MARGIN = 0.5  # seconds beyond the grace time, after which a worker is killed
_LAST_SECONDS = 0.25  # for what was killed to be gone
_LOADING_STOP_SECONDS = 1.0  # what an import gets when the stop comes in its midst
_QUICK_DEATH_SECONDS = 2.0  # a worker that dies sooner is not started again by itself
_MOST_PAGE_DEATHS = 5  # one after the other, of a page that says what is wrong
_PATIENCE_SECONDS = 20.0  # after which a stand-in shows browsers that the app still loads


class ProcessHost:
    """See ``base.Host``, and the module.

    :param emit: takes every event
    :param on_imported: takes the files of the app's own modules
    :param input_kind: where the app's standard input comes from
    """

    def __init__(
        self,
        emit: Emit,
        on_imported: OnImported = lambda files: None,
        input_kind: InputKind = "none",
    ) -> None:
        self._emit = emit
        self._on_imported = on_imported
        self._input_kind = input_kind
        self._mailbox = Mailbox("process-host", self._take_fault)
        # From here on: the host's thread only.
        self._config = ServerConfig()
        self._mark = os.urandom(16).hex()
        self._current: HostedWorker | None = None
        self._loading: HostedWorker | None = None
        self._stand_in: HostedWorker | None = None
        self._workers: dict[WorkerProcess, HostedWorker] = {}
        self._questions = Questions(self._workers, emit)
        self._starter = self._starter_for(sys.executable, (), {})
        self._machine = StateMachine("process host", HOST_STATES, HostState.STARTING)
        self._handover = Handover()
        self._succession = Succession(ends_first=False)
        self._page_deaths = 0
        self._backoff = Backoff()
        self._crashes = 0
        self._began_at = 0.0
        self._changed_at: float | None = None
        self._stopped = ServerStopped("stopped")  # the sum of the workers' ends, when it stops

    def start(
        self,
        config: ServerConfig,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """See ``base.Host``."""
        self._config = config
        self._succession = Succession(config.end_first)
        python = config.python or sys.executable
        self._starter = self._starter_for(python, listeners, environ or {})
        self._mailbox.start(self._begin)

    def _starter_for(
        self, python: str, listeners: Sequence[socket.socket], environ: Mapping[str, str]
    ) -> WorkerStarter:
        return WorkerStarter(
            python, listeners, environ, self._mark, self._input_kind, self._mailbox.post,
            self._workers,
        )  # fmt: skip

    def reload(self, changed_at: float, environ: Mapping[str, str] | None = None) -> None:
        """See ``base.Host``."""
        self._mailbox.post(partial(self._reload, changed_at, environ))

    def stop(self) -> None:
        """See ``base.Host``. A worker that is still there when the grace time is over is killed,
        with all that it has started."""
        self._mailbox.post(self._stop)

    def ask_where(self, request_id: int) -> None:
        """See ``base.Host``."""
        self._mailbox.post(partial(self._questions.where, request_id))

    def give_input(self, text: str | None) -> None:
        """See ``base.Host``."""
        self._mailbox.post(partial(self._questions.give_input, text))

    def ask_console(self, question: ConsoleQuestion | None) -> None:
        """See ``base.Host``."""
        self._mailbox.post(lambda: self._questions.console(self._current, question))

    def explain(self, question: ExplainQuestion) -> None:
        """See ``base.Host``."""
        self._mailbox.post(lambda: self._questions.explain(self._current, question))

    def forget_frames(self) -> None:
        """See ``base.Host``."""
        self._mailbox.post(lambda: self._questions.forget_frames(self._current))

    def restart_now(self) -> None:
        """See ``base.Host``."""
        self._mailbox.post(self._restart)

    def kill(self) -> None:
        """See ``base.Host``."""
        self.stop()  # first, so that the end of a worker isn't taken for a crash
        for process in list(self._workers):
            process.kill()

    def join(self, timeout: float) -> bool:
        """See ``base.Host``."""
        return self._mailbox.join(timeout)

    # The host's thread

    @property
    def _is_announced(self) -> bool:
        """Whether ``ServerStarted`` was reported: the address is known by now."""
        return self._machine.state is not HostState.STARTING

    @property
    def _is_stopping(self) -> bool:
        return self._machine.state is HostState.STOPPING

    def _take_fault(self, error: BaseException) -> None:
        """Something of ours went wrong, and was logged; see the module."""
        if self._is_stopping:
            self._mailbox.after(_MARGIN, self._give_up)
        elif self._current is None and self._loading is None:
            name = type(error).__name__
            message = f"ServeDeck failed by an error of its own ({name}); it is in the log."
            self._finish(ServerFailed("internal", message))

    def _take(self, message: Message) -> None:
        worker = self._workers.get(message.worker)
        if isinstance(message, HandedOver):  # also of one that has ended meanwhile
            self._handover.take(*message.connection)
        elif worker is None:
            return
        elif isinstance(message, Reported):
            for event in message.events:
                self._take_event(worker, event)
        elif isinstance(message, Printed):
            worker.last_output.add(message.text)
            self._emit(OutputWritten(message.stream, message.text))
        elif isinstance(message, Imported):
            self._on_imported(message.files)
            if worker is self._current or worker is self._loading:
                self._starter.warm.add_imported(message.installed)
        elif isinstance(message, Installed):
            if worker is self._current and self._loading is None:
                self._emit(Reloading(message.paths))
                self._reload(time.time(), None)
        elif isinstance(message, Unheard):
            self._take_unheard(worker)
        elif isinstance(message, Stalled):
            self._take_stalled(worker, message.stacks)
        else:
            self._take_exit(worker, message.status)

    def _take_event(self, worker: HostedWorker, event: Event) -> None:
        worker.keep(event)
        if isinstance(event, RequestStarted):
            self._starter.count(event.id)
        elif isinstance(event, ServerStarted | ReloadFailed) and self._is_stopping:
            return  # the stop came first
        elif isinstance(event, ServerStarted):
            is_announced = self._is_announced
            if worker is self._loading and not worker.is_broken_page:
                self._succession.succeeded()
            self._now_serving(worker)
            if worker.is_broken_page and is_announced:
                return
            self._config = replace(self._config, root=event.root)  # found once, for all reloads
            event = replace(
                event, runs_in="process", warm=worker.warm, cold_reason=worker.cold_reason,
                why_cold=cold_cause(worker.cold_reason), load_seconds=self._load_seconds(event),
                ends_first=self._succession.ends_first,
            )  # fmt: skip
        elif isinstance(event, ReloadFailed):
            if worker is self._loading and not worker.is_broken_page:
                event = self._succession.failed(event, old_is_there=self._old_is_there())
            self._now_serving(worker)
        elif isinstance(event, AppError) and worker is self._loading:
            self._succession.raised(event)
        elif isinstance(event, ServerStopped | ServerFailed):
            worker.end = event  # reported when the process is gone
            return
        self._emit(event)

    def _take_stalled(self, worker: HostedWorker, stacks: str) -> None:
        """The import holds the interpreter's lock, so the worker can't report where it stands."""
        report = None
        if worker is self._loading:
            config, elapsed = self._config, time.monotonic() - worker.began
            report = importing(stacks, config.app, folder_of(config), elapsed)
        self._emit(report or OutputWritten("stderr", stacks))  # else the app has printed them

    def _take_unheard(self, worker: HostedWorker) -> None:
        """The app has closed what the worker reports by. One that serves goes on, unheard; one that
        loads is ended, since nobody would learn that it is ready."""
        if worker.end is not None:
            return
        worker.is_unheard = True
        if worker is self._current:
            self._emit(OutputWritten("stderr", UNHEARD + "\n"))
        elif worker in (self._loading, self._stand_in):
            worker.process.kill()

    def _load_seconds(self, event: ServerStarted) -> float:
        return round(event.time - (self._changed_at or self._began_at), 4)

    # Starting

    def _begin(self) -> None:
        self._began_at = time.time()
        self._starter.begin(self._config)
        self._load(broken=None)

    def _load(self, *, broken: ReloadFailed | None, stand_in: bool = False) -> None:
        """Start a worker that will load the app, or report why it can't be loaded.

        :param stand_in: it answers only until the one that loads is ready
        """
        try:
            worker = self._starter.start(
                lambda m: self._mailbox.post_bounded(partial(self._take, m)),
                self._config,
                broken,
                is_reload=self._is_announced,
                changed_at=self._changed_at if self._is_announced else None,
            )
        except NotStarted as error:
            self._finish(ServerFailed("python", str(error)))
            return
        if stand_in:
            self._stand_in = worker
            return
        self._loading = worker
        if self._config.reload:
            self._mailbox.after(_PATIENCE_SECONDS, lambda: self._stand_in_for(worker))

    def _stand_in_for(self, worker: HostedWorker) -> None:
        """An import takes long, or hangs: browsers get to know, instead of waiting for ever."""
        waits = self._machine.state in (HostState.STARTING, HostState.RELOADING)
        if waits and worker is self._loading:
            hangs = self._failure("import-hangs", None, seconds=_PATIENCE_SECONDS)
            self._load(broken=hangs, stand_in=True)

    def _failure(self, kind: str, status: int | None, seconds: float | None = None) -> ReloadFailed:
        event = ReloadFailed("", kind=kind, app=self._config.app, status=status, seconds=seconds)
        return replace(event, error=reload_failure(event))

    def _now_serving(self, worker: HostedWorker) -> None:
        """A worker answers from now on, be it only with what is wrong."""
        if worker not in (self._loading, self._stand_in):
            return
        worker.process.send({"serve": True})
        worker.serving_since = time.monotonic()
        self._page_deaths = 0
        if worker is self._loading:
            self._machine.step(HostStep.SERVES)
            self._loading = None
            self._retire_current()  # there is none, but for a stand-in
            stand_in = self._stand_in
            if stand_in is not None and stand_in.process in self._workers:
                del self._workers[stand_in.process]  # it isn't needed any more: it must not answer
                stand_in.process.discard()
        else:
            self._machine.step(HostStep.STAND_IN_SERVES)
        self._stand_in = None
        self._current = worker
        self._handover.connect(worker.process.adopt)

    # Reloading

    def _old_is_there(self) -> bool:
        """Whether a process of the code before is left: it is retired, and finishes requests."""
        present = (self._loading, self._current, self._stand_in)
        return any(worker not in present for worker in self._workers.values())

    def _old_has_ended(self) -> None:
        """No process of the code before is left: a load may have waited for that."""
        wait, self._succession.wait = self._succession.wait, None
        if wait is Wait.LOAD:
            self._load(broken=None)
        elif wait is Wait.SECOND_TRY:
            self._emit(Reloading((), cause=Reason("old-ended")))
            self._reload(time.time(), None, second=True)

    def _reload(
        self, changed_at: float, environ: Mapping[str, str] | None, *, second: bool = False
    ) -> None:
        """Load the app anew.

        :param second: it has failed before, and the old code may have been in the way
        """
        if self._machine.step(HostStep.RELOAD) in (HostState.STOPPING, HostState.ENDED):
            return
        self._changed_at = changed_at
        if environ is not None:
            self._starter.set_environ(environ, self._config)
        loading, self._loading = self._loading, None
        if loading is not None:  # it has read files that are out of date by now
            del self._workers[loading.process]
            loading.process.discard()
        self._retire_current()
        if self._succession.begin(second=second, old_is_there=self._old_is_there()):
            self._load(broken=None)

    def _retire_current(self) -> None:
        current, self._current = self._current, None
        if current is None:
            return
        self._handover.disconnect()
        current.process.retire()
        self._mailbox.after(self._config.grace + _MARGIN, lambda: self._end_worker(current))

    def _end_worker(self, worker: HostedWorker) -> None:
        if worker.process in self._workers:
            worker.was_cut_off = True
            worker.process.kill()

    # Ends

    def _take_exit(self, worker: HostedWorker, status: int | None) -> None:
        del self._workers[worker.process]
        worker.process.kill()  # what it has left in its process group
        worker.process.close()
        was_current, was_loading = worker is self._current, worker is self._loading
        if was_current:
            self._current = None
            self._handover.disconnect()
        if was_loading:
            self._loading = None
        for event in worker.unfinished(status, self._config.grace):
            self._emit(event)
        if self._is_stopping:
            self._finish_stop(worker)
        elif was_loading:
            self._died_loading(worker, status)
        elif was_current:
            self._died_serving(worker, status)
        if not self._is_stopping and not self._old_is_there():
            self._old_has_ended()

    def _died_loading(self, worker: HostedWorker, status: int | None) -> None:
        """The app has ended its process while it was imported, or could not be loaded."""
        if isinstance(worker.end, ServerFailed):
            self._finish(worker.end)
            return
        if worker.broken is not None and self._page_deaths < _MOST_PAGE_DEATHS:
            self._page_deaths += 1  # it has nothing to load: that was somebody else
            self._machine.step(HostStep.LOADER_DIED)
            self._load(broken=worker.broken)
        elif self._config.reload and not worker.is_broken_page:
            self._machine.step(HostStep.LOADER_DIED)
            kind = "unheard" if worker.is_unheard else "import-ended"
            failed = self._failure(kind, status)
            self._load(broken=self._succession.failed(failed, old_is_there=self._old_is_there()))
        elif worker.is_unheard:
            self._finish(ServerFailed("app-import", UNHEARD_AT_IMPORT, status=status))
        else:
            end = ServerFailed("app-import", "", app=self._config.app, status=status)
            self._finish(replace(end, message=failure(end)))

    def _died_serving(self, worker: HostedWorker, status: int | None) -> None:
        # The signal didn't come from this host: as after any other, it is started again.
        is_killed = status == -signal.SIGTERM and isinstance(worker.end, ServerStopped)
        if worker.end is not None and not is_killed:
            # The app has asked for the end, or an error was passed through.
            self._finish(worker.end)
            return
        if not (self._config.reload or self._config.restart):
            failed = worker.crashed(ServerFailed("app-crashed", "", status=status))
            self._finish(replace(failed, message=failure(failed)))
            return
        stood_in = self._machine.state is HostState.STANDING_IN
        self._machine.step(HostStep.CRASH)
        lived = time.monotonic() - worker.serving_since
        if stood_in:
            return  # the worker that it stood in for goes on
        if self._config.restart:
            self._restart_later(worker, status, self._backoff.after(lived))
        elif lived < _QUICK_DEATH_SECONDS or worker.is_broken_page:
            self._load(broken=worker.crashed(self._failure("app-crashed", status)))
        else:
            self._emit(worker.crashed(self._failure("app-restarted", status)))
            self._changed_at = time.time()
            self._load(broken=None)

    def _restart_later(self, worker: HostedWorker, status: int | None, seconds: float) -> None:
        """The app has crashed, and is started again in a while; connections wait until then.

        :param worker: the one that has ended
        """
        failed = self._failure("app-restarted", status)
        event = replace(worker.crashed(failed), restarts_in=seconds)
        self._emit(replace(event, error=reload_failure(event)))
        self._machine.step(HostStep.WAIT)
        self._crashes += 1
        self._mailbox.after(seconds, partial(self._restart, self._crashes))

    def _restart(self, crash: int | None = None) -> None:
        """Start an app again that has crashed.

        :param crash: which crash it has waited for; None for the one there is
        """
        if self._machine.state is not HostState.WAITING or crash not in (None, self._crashes):
            return
        self._machine.step(HostStep.RESTART)
        self._changed_at = time.time()
        self._load(broken=None)

    def _stop(self) -> None:
        if self._machine.state in (HostState.STOPPING, HostState.ENDED):
            return
        self._mailbox.after(self._config.grace + _MARGIN, self._end_all)  # whatever comes now
        self._machine.step(HostStep.STOP)
        if self._current is None:
            self._handover.close()
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.process.send({"stop": True})
            self._mailbox.after(_LOADING_STOP_SECONDS, lambda: self._end_worker(loading))
        for worker in self._workers.values():
            worker.process.send({"stop": True})
        if not self._workers:
            self._finish(self._stopped)

    def _end_all(self) -> None:
        self._mailbox.after(_LAST_SECONDS, self._give_up)
        for worker in self._workers.values():
            worker.was_cut_off = True
            worker.process.kill()
        # One that has left its process group, or holds a pipe, is found by its marks.
        end_leftovers(self._mark)

    def _give_up(self) -> None:
        """Not even that has ended them: report it, instead of waiting for ever."""
        self._finish(self._stopped)

    def _finish_stop(self, worker: HostedWorker) -> None:
        """One worker less; the last one's end is the end of all."""
        self._stopped = worker.added_to(self._stopped)
        if not self._workers:
            self._finish(self._stopped)

    def _finish(self, end: ServerStopped | ServerFailed) -> None:
        """Nothing of the server may be left when its end is reported; and it is reported."""
        if self._machine.state is HostState.ENDED:
            return
        self._machine.step(HostStep.END)
        workers = list(self._workers.values())
        left: int | None = None
        try:
            with ExitStack() as closing:
                closing.callback(self._workers.clear)
                for worker in workers:
                    closing.callback(worker.process.discard)
                closing.callback(self._starter.warm.close)
                closing.callback(self._handover.close)
            left = end_leftovers(self._mark)
            if not left and not self._starter.all_are_marked:
                left = None  # there may be others, that nobody can find
        except BaseException:
            _log.exception("What a server has left could not be cleared away")
        finally:
            self._mailbox.close()
            if isinstance(end, ServerStopped):
                end = replace(end, processes_left=left, time=time.time())
            self._emit(end)
