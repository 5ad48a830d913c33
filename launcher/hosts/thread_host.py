"""A server in a background thread of this process.

Methods are called on the supervisor's thread; the session runs on a thread of its own, named
``server``, and emits on that one and on the server's request threads. Another thread,
``server-deadline``, waits for the stop, and ends the session where it doesn't end in time; it also
looks at an import that takes long, and at what is installed while the app can't be loaded.

The host is in one of the states of ``states.py``. A step is taken under the lock of ``_changes``,
by any of these threads, and wakes the deadline's:

* STOP gives the session its grace time, and KILL ends that at once. Either way the deadline's
  thread abandons what is left then.
* REPORT comes with the session's last event, be it by its own thread or because it was abandoned.
  What is still in the app's code goes on, and nobody waits for it.
* GONE says that the session's thread has ended. Before REPORT this is a fault, which the deadline's
  thread reports: the state is LOST until then.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from launcher.core import sentences
from server.app.imported import imported_modules
from server.app.installed import Stamps, distributions, package_folders
from server.base.forks import Forked, register
from server.base.state import StateMachine
from server.config import ServerConfig
from server.debugging.standard_input import StandardInput, standard_input
from server.events import (
    ConsoleQuestion,
    Emit,
    Event,
    ExplainQuestion,
    OutputWritten,
    Reloading,
    ServerFailed,
    ServerStopped,
)
from server.session import Session
from server.worker.healing import Healing

from .app_threads import threads_left
from .base import InputKind, OnImported
from .late_imports import import_late
from .own_descriptors import OwnDescriptors
from .states import THREAD_STATES, ThreadState, ThreadStep

_LOOK_SECONDS = 1.0  # between two looks at whether the thread is still there
_MARGIN = 0.5  # seconds beyond the grace time, in which the server cuts what is left by itself
_OURS = ("server", "framework", "launcher")


class ThreadHost(Forked):
    """Runs a :class:`server.session.Session` in a thread. See ``base.Host``.

    :param emit: takes every event, on the server's threads
    :param on_imported: takes the files of the app's own modules, on the session's thread
    :param input_kind: where the app's standard input comes from
    :param descriptors: reports what programs and code in C write to this process's own standard
        output; None where that goes where it goes
    """

    def __init__(
        self,
        emit: Emit,
        on_imported: OnImported = lambda files: None,
        input_kind: InputKind = "none",
        descriptors: OwnDescriptors | None = None,
    ) -> None:
        self._descriptors = descriptors
        self._emit = emit
        self._on_imported = on_imported
        self._input_kind = input_kind
        self._input: StandardInput | None = None
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._deadline: threading.Thread | None = None
        self._machine = StateMachine("thread host", THREAD_STATES, ThreadState.NEW)
        self._changes = threading.Condition()
        self._warned = False
        self._installed: Stamps = {}
        self._healing = Healing(lambda: None, lambda paths: None)
        self._threads_before: Collection[threading.Thread] = ()

    def app_has_forked(self) -> None:
        """See :class:`server.base.forks.Forked`: beside the threads of a window, that can't be made
        safe."""
        if self._thread is not None and not self._warned:
            self._warned = True
            self._emit(OutputWritten("stderr", sentences.FORKS_HERE + "\n"))

    def start(
        self,
        config: ServerConfig,
        listeners: Sequence[socket.socket],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """See ``base.Host``."""
        import_late(Path(config.project or ".").resolve())
        self._input = standard_input(self._input_kind, config.mode, shared=True)
        session = self._session = Session(
            config,
            self._pass_on,
            listeners,
            environ=environ,
            on_loaded=self._report_imported,
            standard_input=self._input,
        )
        self._installed = distributions(package_folders())
        self._healing = Healing(lambda: session.missing, self._take_installed)
        if self._descriptors is not None:
            self._descriptors.begin(self._emit)
        self._threads_before = frozenset(threading.enumerate())
        # Both now: when the stop comes, no thread may be left to be had.
        deadline = threading.Thread(
            target=self._keep_deadline, args=(session,), name="server-deadline", daemon=True
        )
        thread = threading.Thread(target=self._run, args=(session,), name="server", daemon=True)
        self._step(ThreadStep.START)
        try:
            deadline.start()
            self._deadline = deadline
            thread.start()
        except BaseException:
            self._step(ThreadStep.REPORT)  # the caller gets the error
            self._release_descriptors()
            raise
        self._thread = thread
        register(self)

    def reload(self, changed_at: float, environ: Mapping[str, str] | None = None) -> None:
        """See ``base.Host``. Here the project's own modules are dropped and imported anew; what
        they have imported from elsewhere stays, which is reported where something was installed."""
        if self._session is None:
            return
        installed = distributions(package_folders())
        if any(installed.get(path) != stamp for path, stamp in self._installed.items()):
            self._emit(OutputWritten("stderr", sentences.PACKAGES_STAY + "\n"))
        self._installed = installed
        self._session.reload(changed_at, environ)

    def _take_installed(self, paths: Sequence[str]) -> None:
        """Something was installed since the app could not be loaded. The deadline's thread."""
        session = self._session
        if session is not None and session.config.reload:
            self._emit(Reloading(tuple(paths)))
            session.reload(time.time())

    def stop(self) -> None:
        """See ``base.Host``.

        A thread can't be ended from outside: one that is still in the app's code when the grace
        time is over is left behind, and counted in ``ServerStopped.abandoned``.
        """
        if self._session is not None:
            self._step(ThreadStep.STOP)
            self._session.stop()

    def ask_where(self, request_id: int) -> None:
        """See ``base.Host``."""
        session = self._session
        if session is not None:
            session.reporter.report_where(request_id, session.imports.is_own)

    def give_input(self, text: str | None) -> None:
        """See ``base.Host``."""
        if self._input is not None and text is not None:
            self._input.put(text)
        elif self._input is not None:
            self._input.end_pause()

    def ask_console(self, question: ConsoleQuestion | None) -> None:
        """See ``base.Host``."""
        if self._session is None:
            return
        if question is None:
            self._session.consoles.leave()
        else:
            self._session.consoles.ask(question)

    def explain(self, question: ExplainQuestion) -> None:
        """See ``base.Host``."""
        if self._session is not None:
            self._session.explainer.ask(question)

    def forget_frames(self) -> None:
        """See ``base.Host``."""
        if self._session is not None:
            self._session.consoles.forget("cleared")

    def restart_now(self) -> None:
        """See ``base.Host``: a crash here is the launcher's."""

    def kill(self) -> None:
        """See ``base.Host``. A thread can't be ended from outside: what is still in the app's code
        is left behind at once, as :meth:`stop` does at the end of the grace time."""
        self._step(ThreadStep.KILL)

    def join(self, timeout: float) -> bool:
        """See ``base.Host``."""
        for thread in (self._thread, self._deadline):
            if thread is not None:
                thread.join(timeout)
                if thread.is_alive():
                    return False
        return True

    def _run(self, session: Session) -> None:
        try:
            session.run()
        finally:
            self._step(ThreadStep.GONE)

    def _step(self, step: ThreadStep) -> None:
        with self._changes:
            self._machine.step(step)
            self._changes.notify_all()

    def _is_still(self, state: ThreadState, seconds: float) -> bool:
        """Wait until the host leaves a state; True where it hasn't done so in time."""
        with self._changes:
            return not self._changes.wait_for(lambda: self._machine.state is not state, seconds)

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, (ServerStopped, ServerFailed)):
            self._step(ThreadStep.REPORT)
            self._release_descriptors()
        if isinstance(event, ServerStopped):
            with suppress(Exception):  # the end is worth more
                names, more = threads_left(self._threads_before)
                event = replace(event, threads_left=names, threads_more=more)
        self._emit(event)

    def _release_descriptors(self) -> None:
        """What was written comes before the end."""
        if self._descriptors is not None:
            with suppress(OSError):
                self._descriptors.end()

    def _keep_deadline(self, session: Session) -> None:
        """On a thread of its own: end what doesn't end by itself, once it is to stop; and report
        the end of a server whose thread has ended without doing so, which nobody else would."""
        while self._is_still(ThreadState.RUNNING, _LOOK_SECONDS):
            session.imports.look()
            session.consoles.look()
            with suppress(Exception):  # what it looks at is on a disk; the end is worth more
                self._healing.look()
            self._look_for_end()
        self._is_still(ThreadState.STOPPING, session.config.grace + _MARGIN)
        self._look_for_end()
        state = self._machine.state
        if state is ThreadState.KILLED:
            session.stop()
        if state in (ThreadState.STOPPING, ThreadState.KILLED):
            session.abandon()
        if self._machine.state is ThreadState.LOST:
            self._pass_on(ServerFailed("internal", "The server's thread has ended unexpectedly."))

    def _look_for_end(self) -> None:
        if self._is_gone():
            self._step(ThreadStep.GONE)

    def _is_gone(self) -> bool:
        """Whether the server's thread has ended, also by other means than Python's."""
        thread = self._thread
        if thread is None:
            return False
        if not thread.is_alive():
            return True
        tasks = Path("/proc/self/task")
        return tasks.is_dir() and not (tasks / str(thread.native_id)).exists()

    def _report_imported(self) -> None:
        self._on_imported(imported_modules(_OURS).files)
        self._healing.begin()
