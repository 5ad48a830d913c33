"""One server from start to end: bind, load, serve, reload, stop. What both hosts run.

``bind`` and ``load`` raise typed errors in the caller; ``run`` blocks until the server has ended;
``stop``, ``reload`` and ``retire`` may be called on any thread, at any time, and more than once.
Everything that happens is reported by ``emit``, last of all the end.

A session is in one of the phases of ``state.py``; a step is taken under ``_lock``, together with
what must not come apart from it, and never while the app's code runs:

* ``run`` begins in LOADING. What it loads, the app or the page that shows why there is none, is
  served (LOADED) unless a stop came first; then no server is made at all.
* In a process of its own a session loads once: a reload is another session, and this one retires
  (RETIRE): it hands the connections that wait for a request to the one that follows, which has the
  same listening sockets. In a thread, where the next code has to live in this process, RELOAD goes
  back to LOADING: ``run`` goes on with the next app, while the server of the one before, on a
  thread of its own, finishes its requests. Connections in between are held by ``_handover``.
* A change that comes while the app is imported makes that import OUTDATED: its outcome, also an
  error, is never served or reported as a state; the app is loaded at once again.
* STOP wins over everything: a failure after it is a stop, and a reload after it is nothing.
* The last step is END, taken once, by ``run`` or by ``abandon``, one of them. Nothing is
  reported after it, though abandoned requests, or an import that can't be interrupted, still run.

``run`` sleeps in ``_wakes``, a queue into which every step puts something, and so does a server
that has ended by itself. Locks: ``_lock`` guards phase, server and environ; ``_restoring`` lets
one of ``run`` and ``abandon`` put back what belongs to the whole process. No code of the app is
called with either of them held.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from typing import Any, Optional, Union

from .app.early import import_early
from .app.importing import ImportWatch
from .app.loader import AppLoader
from .app.pages import BrokenApp
from .app.patches import library_guarded
from .app.session_events import failed, started
from .app.surroundings import surroundings
from .app.trusted_hosts import TrustedHosts
from .base import native
from .base.forks import Forked, end_child_of_app, register
from .base.state import PHASES, Phase, PhaseStep, StateMachine
from .config import ServerConfig
from .debugging.consoles import Consoles
from .debugging.explain import Explainer
from .debugging.standard_input import StandardInput
from .errors import AppLoadError, StartError
from .events import (
    AppError,
    Emit,
    Event,
    ReloadFailed,
    RoutesFound,
    ServerFailed,
    ServerStopped,
    load_failure,
    start_failure,
)
from .flow.recording import Recording
from .net.call_thread import CallThread
from .net.handover import Adopt, Handover
from .net.listen import close_listeners, open_listeners
from .net.tls import read_option
from .protocol.parsing import Limits
from .protocol.wsgi import App
from .reporting import course
from .reporting.course import Course
from .reporting.output import print_error
from .reporting.reporter import Reporter
from .reporting.streams import OutputStream
from .servers import BaseWSGIServer
from .serving import make_server

__all__ = ["Session"]

End = Union[ServerStopped, ServerFailed]

_RETIRE_SECONDS = 0.1
_ENDING = frozenset({Phase.STOPPING, Phase.RETIRING})
_ENDED = (Phase.STOPPED, Phase.RETIRED)  # a set would ask for a hash, by a call, at each event


class Session(Forked):
    """Serves one app, from start to stop.

    :param config: what to serve and how
    :param emit: takes every event, on the thread in which it happens
    :param listeners: sockets that listen already; they stay the caller's and open
    :param environ: variables that the app finds in ``os.environ``, beside what is there
    :param changed_at: when files changed that this session was started for, in unix seconds;
        None at a first start
    :param first_request: the number of the session's first request
    :param on_loaded: called on the session's thread when the app's modules have been imported,
        whether that went well or not; the server is made after it
    :param before_serving: called on the session's thread when all is ready and reported; nothing is
        accepted until it returns. Not where :meth:`reload` will be called
    :param broken: why there is no app to load; the page that shows it is served instead
    :param reloads_here: whether :meth:`reload` will be called, instead of starting a new session
        in a new process, in which nothing of the project is imported yet
    :param lent: files of packages that are lent to this interpreter; see ``app.asgi``
    :param standard_input: what the app reads from; None leaves the process's own
    :ivar imports: looks at an import that takes long
    :ivar reporter: reports what happens to requests
    :ivar consoles: evaluates in frames of errors, with debug on
    :ivar explainer: asks databases for the plans of queries
    :ivar project: the folder the app is imported from and runs in
    """

    def __init__(
        self,
        config: ServerConfig,
        emit: Emit,
        listeners: Sequence[socket.socket] = (),
        *,
        environ: Optional[Mapping[str, str]] = None,
        changed_at: Optional[float] = None,
        first_request: int = 1,
        on_loaded: Callable[[], None] = lambda: None,
        before_serving: Callable[[], object] = lambda: None,
        broken: Optional[ReloadFailed] = None,
        reloads_here: bool = True,
        lent: Optional[Mapping[str, str]] = None,
        standard_input: Optional[StandardInput] = None,
    ) -> None:
        self.config = config
        self.project = Path(config.project or ".").resolve()
        self._emit = emit
        self._listeners: list[socket.socket] = list(listeners)
        self._owns_listeners = not listeners
        self._environ = dict(environ or {})
        self._changed_at = changed_at
        self._is_first = changed_at is None
        self._first_number = first_request
        self._input = standard_input
        self._on_loaded = on_loaded
        self._before_serving = before_serving
        self._broken = broken
        self._reloads_here = reloads_here
        self._trusted_hosts = TrustedHosts(config.address, config.trusted_hosts)
        self._began = time.time()
        self._course = Course()
        self.consoles = Consoles(self._report, first_request)
        self.explainer = Explainer(self._report, forks=config.processes > 1)
        self.reporter = Reporter(
            self._report,
            config.body_limit,
            first_request,
            keep=self.consoles.keep if config.debug else None,
        )
        self.imports = ImportWatch(config.app, self.project, self._report)
        self._loader = AppLoader(
            config,
            self.project,
            self.reporter,
            self._trusted_hosts,
            reloads_here=reloads_here,
            checks=self._is_first,
            lent=dict(lent or {}),
        )
        self._lock = native.allocate_lock()
        self._server: Optional[BaseWSGIServer] = None
        self._machine = StateMachine("session", PHASES, Phase.LOADING)
        self._passed_error: Optional[int] = None
        self._surroundings = ExitStack()
        self._restoring = native.allocate_lock()
        self._handover = Handover()
        self._wakes: native.SimpleQueue[Optional[CallThread]] = native.SimpleQueue()
        register(self)

    @property
    def is_retired(self) -> bool:
        """Whether :meth:`retire` was called."""
        return self._machine.state in (Phase.RETIRING, Phase.RETIRED)

    @property
    def missing(self) -> Optional[str]:
        """The module that the app misses; "" where it can't be loaded for another reason, None
        where it can."""
        return self._loader.missing

    def begin_in_child(self, ours: bool) -> None:
        """A child of the app's reports nothing; what it raises is printed, as it would be by any
        other program. See :class:`~server.base.forks.Forked`."""
        if not ours:
            self._emit = print_error
            self._handover.begin_in_child()

    def bind(self) -> None:
        """Take the port.

        :raises PortInUse: another process has it
        :raises BindError: the address can't be listened on
        """
        if not self._listeners:
            self._listeners = open_listeners(self.config.address, self.config.port)

    def run(self) -> None:
        """Bind where that hasn't been done, load the app, serve it, and report how it ended.

        Blocks until the end; never raises what went wrong with the app or the port. The end is
        reported last of all, when nothing of the session is left; and it is reported whatever
        happens, since without it everybody would wait for ever.
        """
        end: End = ServerFailed("internal", "The server failed.")
        try:
            with ExitStack() as closing:
                closing.callback(self.close)
                closing.callback(self._close_handover)
                end = self._run()
        except BaseException as error:
            end = self._failure(error)
        finally:
            self.consoles.close("ended")
            self.reporter.close()
            if self._machine.state in _ENDING and isinstance(end, ServerFailed):
                end = ServerStopped("stopped")
            if isinstance(end, ServerStopped) and self._course.has_stopped:
                self._report_course("stop")
            self._report_end(end)

    def _run(self) -> End:
        try:
            self._begin_course()
            with self._course.step(course.BIND):
                self.bind()
            with self._course.step(course.PREPARE):
                errors_stream = self._prepare()
            if self.config.reload and self._reloads_here:
                return self._serve_and_reload(errors_stream)
            if self.config.reload:
                return self._serve(*self._load_or_explain(), errors_stream)
            return self._serve(self._load(), None, errors_stream)
        except StartError as error:
            return start_failure(error)
        except BaseException as error:
            return self._failure(error)

    def _prepare(self) -> OutputStream:
        """Give the process what the app is to find, before anything of the project is imported."""
        import_early(self.config)
        enter = self._surroundings.enter_context
        errors_stream = enter(
            surroundings(
                self.config,
                self.project,
                self._environ,
                self._report,
                self.reporter,
                alone=not self._reloads_here,
            )
        )
        if self._input is not None:
            enter(self._input.installed(self._report, self._first_number))
        if self._reloads_here:
            enter(library_guarded())
        return errors_stream

    def load(self) -> App:
        """Import the app anew and prepare it.

        :raises AppLoadError: it can't be loaded; its own error has been reported
        :raises ConfigError: debug needs what isn't installed
        """
        return self._loader.load()

    def serve(self, app: App) -> None:
        """Answer requests until :meth:`stop`, then report ``ServerStopped``. Blocks."""
        self._report_end(self._serve(app, None, None))

    def stop(self) -> None:
        """Ask for the end: running requests get ``config.grace`` seconds. Any thread."""
        self._course.signal()
        with self._lock:
            ended = self._machine.step(PhaseStep.STOP) in _ENDED
            server = None if ended else self._server  # whose locks may be of the app's world
        if self._input is not None:
            self._input.close()
        self.consoles.close("ended")
        if server is not None:
            server.shutdown_signal = True
        self._wakes.put(None)

    def retire(self, take: Adopt) -> None:
        """As :meth:`stop`, where another session follows on the same sockets. Any thread.

        Waits, for a moment, until nothing new is answered here.

        :param take: takes the connections that wait for their next request
        """
        with self._lock:
            ended = self._machine.step(PhaseStep.RETIRE) in _ENDED
            server = None if ended else self._server
        if self._input is not None:
            self._input.close()
        self.consoles.close("reloaded")
        self._handover.connect(take)  # what is still on its way here
        if server is not None:
            server.retire(take)
            server.wait_retired(_RETIRE_SECONDS)
        self._wakes.put(None)

    def reload(self, changed_at: float, environ: Optional[Mapping[str, str]] = None) -> None:
        """Load the app anew and serve it on the same sockets. Any thread, returns at once.

        The running requests finish on the old code, within ``config.grace`` seconds; new ones
        wait. Only where ``config.reload`` is set.

        :param changed_at: when the files changed, in unix seconds
        :param environ: variables to set, as they are by now
        """
        with self._lock:
            was_serving = self._machine.state is Phase.SERVING
            if self._machine.step(PhaseStep.RELOAD) not in (Phase.LOADING, Phase.OUTDATED):
                return
            if environ is not None:
                for name in set(self._environ) - set(environ):
                    os.environ.pop(name, None)
                self._environ = dict(environ)
                os.environ.update(environ)
            self._changed_at = changed_at
            if was_serving and self._server is not None:
                self._handover.disconnect()  # before the next server can be connected
                self._server.retire(self._handover.take)
        if self._input is not None:
            self._input.end_pause()
        self.consoles.forget("reloaded")
        self._wakes.put(None)

    def adopt(self, sock: socket.socket, address: Any, data: bytes) -> None:
        """Go on with a connection that another session handed over. Any thread."""
        self._handover.take(sock, address, data)

    def abandon(self) -> None:
        """Report the end although a request, or the app's import, still runs. Any thread.

        For the host, when the grace time is over and the thread can't be ended.
        """
        with self._lock:
            server = self._server
        imports = self.imports.is_running
        running = len(self.reporter.threads)  # also those of an app that was served before
        if server is not None:
            server.abandon()
        self.close()
        stopped = ServerStopped("stopped", abandoned=running, import_cut_off=imports)
        self._report_end(stopped)

    def close(self) -> None:
        """Put back what :meth:`load` changed in this process, and give the port back, where this
        session took it. :meth:`run` does it by itself; more than once is harmless. Any thread."""
        try:
            self._restore()
        finally:
            if self._owns_listeners:
                close_listeners(self._listeners)

    # Internal: serving

    def _serve(
        self, app: App, failure: Optional[ReloadFailed], errors_stream: Optional[OutputStream]
    ) -> ServerStopped:
        """Serve one app, on this thread, until the end."""
        server = self._make(app, errors_stream)
        if server is None:
            return ServerStopped("stopped")
        self._report_started(server, failure, self._is_first)
        self._connect(server)
        self._before_serving()
        server.serve_forever()
        return ServerStopped(self._reason(), server.drained, server.abandoned)

    def _connect(self, server: BaseWSGIServer) -> None:
        """Give a server the connections that are handed over, unless it is retired already: then
        they are the next one's."""
        with self._lock:
            if self._is_in(Phase.SERVING):
                self._handover.connect(server.adopt)

    def _is_in(self, *phases: Phase) -> bool:
        return self._machine.state in phases

    def _serve_and_reload(self, errors_stream: OutputStream) -> ServerStopped:
        """Serve one app after the other, each on a thread of its own: while the old one finishes
        its requests, the new one is loaded and answers."""
        all_of_them: list[tuple[BaseWSGIServer, CallThread]] = []
        first = self._is_first
        while self._is_in(Phase.LOADING, Phase.OUTDATED):
            if not first:
                self._begin_course()
            app, failure = self._load_or_explain()
            server = self._make(app, errors_stream)
            if server is None:  # outdated, or the stop has come
                continue
            serving = CallThread(server.serve_forever, "serving", self._wakes.put)
            all_of_them.append((server, serving))
            self._report_started(server, failure, first)
            first = False
            serving.start()
            self._connect(server)
            while self._is_in(Phase.SERVING):
                with suppress(native.Empty):
                    if self._wakes.get(timeout=native.LONGEST_WAIT) is serving:
                        break  # the app has asked for the end, or an error was passed through
            if self._is_in(Phase.LOADING):
                server.wait_retired(_RETIRE_SECONDS)
            all_of_them = [item for item in all_of_them if not item[1].is_done()]
        for _, serving in all_of_them:
            serving.join()
        errors = [serving.error for _, serving in all_of_them if serving.error is not None]
        if errors:
            raise errors[0]
        return ServerStopped(
            self._reason(),
            sum(server.drained for server, _ in all_of_them),
            sum(server.abandoned for server, _ in all_of_them),
        )

    def _make(self, app: App, errors_stream: Optional[OutputStream]) -> Optional[BaseWSGIServer]:
        """Make the server of an app; None where it is not to be served after all."""
        config = self.config
        with self._lock:
            if self._machine.step(PhaseStep.LOADED) is not Phase.SERVING:
                return None
            options: dict[str, Any] = {}
            if config.mode == "forking":
                options["processes"] = max(2, config.processes)
            self._course.begin(course.RUN_SIMPLE)
            self._course.begin(course.MAKE_SERVER)
            self._server = server = make_server(
                config.address,
                config.port,
                app,
                threaded=config.mode == "threaded",
                passthrough_errors=config.passthrough_errors,
                ssl_context=read_option(config.ssl),
                listeners=self._listeners,
                grace=config.grace,
                limits=Limits(chunked_in_memory=config.chunked_memory),
                stream_chunked=config.stream_chunked,
                **options,
            )
        self._course.end()
        self._record_close(server)
        server.reporter = self.reporter
        self.reporter.one_at_a_time = config.mode == "single"
        self.reporter.serves_page = isinstance(app, BrokenApp)
        server.errors_stream = errors_stream
        server.debug = config.debug
        server.trusted_hosts = self._trusted_hosts
        if config.records_flow:
            server.recording = Recording(samples=config.debug)
        return server

    def _load(self) -> App:
        try:
            with self.imports.watching(), self._course.step(course.LOAD_APP):
                return self.load()
        finally:
            end_child_of_app()  # a module that forks, as daemons do
            self._on_loaded()

    def _load_or_explain(self) -> tuple[App, Optional[ReloadFailed]]:
        """The app; or, where it can't be loaded, one that shows why, and the event."""
        failure = self._broken
        if failure is not None:
            self._on_loaded()
        else:
            try:
                return self._load(), None
            except AppLoadError as error:
                if error.replaced and self.config.run_in == "auto":
                    raise  # who has chosen this process for it will choose another one
                failure = load_failure(error)
        hosts = self._trusted_hosts if self.config.debug else None
        return BrokenApp(failure.error, failure.traceback, hosts), failure

    def _report_started(
        self, server: BaseWSGIServer, failure: Optional[ReloadFailed], first: bool
    ) -> None:
        """Report that the app is served; or, where it is broken, that. The first time both, since
        the address is news then."""
        if failure is None or first:
            since = self._changed_at or self._began
            self._report(started(self.config, server, self._loader, since))
        if failure is not None:
            self._report(failure)
        else:
            self._report(RoutesFound(self._loader.routes))
        self._course.begin(course.SERVE_FOREVER)
        self._report_course("start" if first and self._changed_at is None else "reload")

    # Internal: its course

    def _begin_course(self) -> None:
        if self._changed_at is not None:
            self._course.saved(self._changed_at)
        self._course.begin(course.RUN)

    def _record_close(self, server: BaseWSGIServer) -> None:
        """Have the close of a server be a step of the stop, if it is the one that ends here."""
        close = server.server_close

        def server_close() -> None:
            ends = server is self._server and self._is_in(Phase.SERVING, Phase.STOPPING)
            with self._course.closing() if ends else nullcontext():
                close()

        setattr(server, server_close.__name__, server_close)

    def _report_course(self, kind: str) -> None:
        if self.config.records_flow:
            self._report(self._course.report(kind))

    # Internal: the end

    def _reason(self) -> str:
        return "stopped" if self._machine.state in _ENDING else "app"

    def _restore(self) -> None:
        """Put back what belongs to the whole process, before the next session may have it."""
        with self._restoring:  # run() and abandon() may both be about to report the end
            self._loader.close()
            self._surroundings.close()

    def _close_handover(self) -> None:
        """Close the connections that are held for a next server, where none follows."""
        if not self.is_retired:
            self._handover.close()

    def _failure(self, error: BaseException) -> ServerFailed:
        passes_errors = self.config.passthrough_errors
        return failed(error, self.reporter, passes_errors=passes_errors, passed=self._passed_error)

    def _report(self, event: Event) -> None:
        """Emit an event, unless the session was abandoned: then nothing follows the end."""
        if isinstance(event, AppError) and self._passed_error is None:
            self._passed_error = event.id  # the first one ends a server that passes errors through
        if self._machine.state not in _ENDED:
            self._emit(event)

    def _report_end(self, event: End) -> None:
        """Report the end, unless :meth:`abandon` has done so."""
        with self._lock:
            if self._machine.state in _ENDED:
                return
            self._machine.step(PhaseStep.END)
        self._emit(event)
