"""What the window's buttons and panes talk to: one server, its state, and what it has reported.

Lives in the GUI thread. What the user asks for goes to the supervisor, which returns at once;
everything that comes of it arrives as events, in batches, through the bridge. The state only ever
moves along the table in :mod:`launcher.core.state`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from launcher.app_questions import AppQuestions, Asked
from launcher.core.display import one_line, stopped_line
from launcher.core.known_secrets import secret_values, without_secrets
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history.recording import OwnLine, RunBegins, UserMark
from launcher.core.logs.output import OutputLog
from launcher.core.logs.pauses import PauseLog
from launcher.core.logs.reloads import ReloadLog
from launcher.core.logs.requests import RequestLog
from launcher.core.logs.routes import RouteLog
from launcher.core.logs.traffic import Traffic
from launcher.core.replay.links import Expected, ReplayLinks
from launcher.core.sentences import crash_word, crashed_line, failure, with_holder
from launcher.core.state import (
    CAN_RESTART,
    CAN_START,
    CAN_STOP,
    IS_UP,
    TRANSITIONS,
    SessionState,
    Step,
)
from launcher.core.watch.diverting import PinAnswered, WatchedRequests
from launcher.core.watch.rounds import WatchLog
from launcher.hidden_rows import HiddenRows
from server.base.state import StateMachine
from server.config import ServerConfig
from server.events import (
    AppError,
    ConsoleAnswered,
    Event,
    Explained,
    Importing,
    OutputWritten,
    Paused,
    ReloadFailed,
    Reloading,
    RequestFinished,
    RequestStarted,
    Resumed,
    RoutesFound,
    ServerCourse,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    WatchChanged,
    Where,
)

MARK_LIMIT = 200
"""Characters of a mark."""


def _refuse(event: NoReturn) -> NoReturn:
    """For what is no event; mypy reports an event that has no place."""
    raise ValueError(f"an event without a place here: {type(event).__name__}")


class Supervisor(Asked, Protocol):
    """What the controller needs of :class:`launcher.hosts.supervisor.Supervisor`."""

    def start(self, config: ServerConfig) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self, config: ServerConfig) -> None: ...
    def reload(self) -> None: ...
    def give_input(self, text: str | None) -> None: ...
    def restart_now(self) -> None: ...
    def close(self, timeout: float) -> bool: ...


class SessionController(QObject):
    """Starts and stops the server, and keeps what it reports.

    :ivar server: the facts of the running server, or None
    :ivar crash: how the app's process ended by itself, in two or three words, while nothing has
        been loaded or started since; else ""
    :ivar last_end: how the last server ended, in one line; "" before that, and where it never ran
    :ivar port_holder: names another server of the window that has a port; "" where none has it
    :ivar reloads: what the reloader has done since the start
    :ivar config: what it was last started with, or None
    :ivar stops_by: until when the server's requests may finish, on the monotonic clock; None while
        it isn't stopping
    :ivar requests: every request
    :ivar errors: every error of the app
    :ivar output: what the app printed
    :ivar replays: which of the requests to come are sent from here
    :ivar watched: which of them are sent for a pin, and so are in none of the logs
    :ivar watch: the pins, and what came of them
    :ivar routes: the app's URL rules, and how their requests went
    :ivar traffic: how busy the server is
    :ivar pauses: what waits for a person
    :ivar questions: what the app is asked while it runs
    :ivar hiding: clears the lists
    """

    stateChanged = Signal(object)  # noqa: N815
    """The new :class:`SessionState`."""
    requestsChanged = Signal()  # noqa: N815
    errorsChanged = Signal()  # noqa: N815
    outputChanged = Signal()  # noqa: N815
    routesFound = Signal()  # noqa: N815
    """The app was loaded, and ``routes`` has its rules."""
    recorded = Signal(list)
    """What has been put into the logs, in the order in which it was: events, and lines, marks and
    beginnings of runs from ``launcher.core.logs.history.recording``. For the history."""
    started = Signal(object)
    """``ServerStarted``."""
    watchChanged = Signal(object)  # noqa: N815
    """``WatchChanged``: ``reloads`` has it."""
    pausesChanged = Signal()  # noqa: N815
    """``pauses`` is another now."""
    reloading = Signal(object)
    """``Reloading``."""
    importing = Signal(object)
    """``Importing``: the app's import takes long, and stands there."""
    failed = Signal(object, object)
    """``ServerFailed``, and the number of the error that holds its traceback, or None."""
    reloadFailed = Signal(object, object)  # noqa: N815
    """``ReloadFailed``, and the number of its error, or None."""
    stopped = Signal(object)
    """``ServerStopped``."""
    sentReported = Signal(int, object)  # noqa: N815
    """A request that was sent from here has its row: its number, and the ``Expected``."""
    watchAnswered = Signal(object)  # noqa: N815
    """``PinAnswered``: what a request that was sent for a pin has come to."""

    def __init__(self, supervisor: Supervisor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._supervisor = supervisor
        self._restarting = False
        self._port = 0
        self._machine = StateMachine("window", TRANSITIONS, SessionState.STOPPED)
        self.server: ServerStarted | None = None
        self.config: ServerConfig | None = None
        self.stops_by: float | None = None
        self.port_holder: Callable[[int], str] = lambda port: ""
        self.crash = ""
        self.last_end = ""
        self.reloads = ReloadLog()
        self.requests = RequestLog()
        self.errors = ErrorLog()
        self.output = OutputLog()
        self.replays = ReplayLinks()
        self.watched = WatchedRequests()
        self.watch = WatchLog()
        self.routes = RouteLog()
        self.traffic = Traffic()
        self.pauses = PauseLog()
        self.questions = AppQuestions(
            supervisor, self.requests, self.errors, lambda: self.state not in CAN_START, self
        )
        self.hiding = HiddenRows(
            {
                "requests": (self.requests, self.requestsChanged),
                "errors": (self.errors, self.errorsChanged),
                "output": (self.output, self.outputChanged),
            },
            self._cleared,
            self,
        )
        self._touched: set[str] = set()
        self._sent: list[tuple[int, Expected]] = []
        self._answered: list[PinAnswered] = []
        self._record: list[Event | OwnLine | UserMark | RunBegins] = []
        for log, signal in (
            (self.requests, self.requestsChanged),
            (self.errors, self.errorsChanged),
        ):
            log.wake = signal.emit

    @property
    def state(self) -> SessionState:
        """Where the server is."""
        return self._machine.state

    # What the user asks for

    def start(self, config: ServerConfig) -> bool:
        """Start a server; returns False, and does nothing, where one is there already."""
        if self.state not in CAN_START:
            return False
        self.config = config
        self._begin(config)
        self._supervisor.start(config)
        self._announce()
        return True

    @Slot()
    def stop(self) -> bool:
        """Stop the server; returns False, and does nothing, where there is none to stop."""
        if self.state not in CAN_STOP:
            return False
        self._step(Step.STOP)
        if self.config is not None:
            self.stops_by = time.monotonic() + self.config.grace
        self._supervisor.stop()
        self._announce()
        return True

    @Slot()
    def stop_now(self) -> bool:
        """Wait no longer for the requests of a server that is being stopped; returns False, and
        does nothing, where none is."""
        if self.state is not SessionState.STOPPING:
            return False
        self._supervisor.kill()
        return True

    def restart(self, config: ServerConfig) -> bool:
        """Stop the server and start it again on the same listening socket."""
        if self.state not in CAN_RESTART:
            return False
        self.config = config
        self._restarting = True
        self._step(Step.STOP)
        self._supervisor.restart(config)
        self._announce()
        return True

    @Slot()
    def reload(self) -> bool:
        """Load the app anew now; returns False, and does nothing, where there is no reloader."""
        if self.state not in IS_UP or self.config is None or not self.config.reload:
            return False
        self._supervisor.reload()
        return True

    @Slot()
    def restart_now(self) -> None:
        """Start an app that has crashed at once, where it waits for that."""
        self._supervisor.restart_now()

    def give_input(self, text: str | None) -> bool:
        """Send what was typed to the app that has paused, and show it in the output unless it is a
        password; returns False, and does nothing, where none has.

        :param text: whole lines; None ends the pause
        """
        front = self.pauses.front
        if front is None:
            return False
        if text is not None:
            shown = "\n" if front.secret else text
            self.write_output("stdout", shown, front.request_id)  # so it ends the prompt's line
        self._supervisor.give_input(text)
        return True

    def close(self, timeout: float) -> bool:
        """End whatever runs and wait for it, at most ``timeout`` seconds.

        For the very end of the program: it holds up the GUI thread.
        """
        return self._supervisor.close(timeout)

    def _cleared(self, kind: str) -> None:
        if kind == "errors":
            self.questions.forget_frames()

    def write_output(self, stream: str, text: str, request_id: int | None = None) -> None:
        """Add to the output what doesn't come from the server, as from a command of ours.

        :param stream: as :meth:`OutputLog.write` takes it
        :param request_id: the request that it belongs to, or None
        """
        event = OutputWritten(stream, text, request_id, time=time.time())
        self._take_output(event)
        self._record.append(event)
        self._announce()

    def _take_output(self, event: OutputWritten) -> None:
        number = None
        if event.request_id is not None:
            number = self.requests.add_output(event.request_id, event.text)
            self._touched.add("requests")
        self.output.take(event, number)
        self._touched.add("output")

    def mark(self, text: str) -> None:
        """Set a mark of the user's between the requests, and between the lines of the output."""
        mark = UserMark(one_line(text, MARK_LIMIT))
        self._record.append(mark)
        self.requests.dividers.mark(mark.text, mark.time, self.requests.end)
        self._write_line(f"\u2500\u2500 {mark.text or 'Mark'} \u2500\u2500")
        self._touched.add("requests")
        self._announce()

    # What the server reports

    @Slot(list)
    def take(self, batch: list[Event]) -> None:
        """A batch of events, in order. The panes are notified once, after all of it is recorded.

        :raises ValueError: an event doesn't fit the state; the rest of the batch is taken first
        """
        mistakes = []
        for reported in batch:
            event, sent = reported, None
            if self.watched:
                left, answered = self.watched.take(event)
                if answered is not None:
                    self._answered.append(answered)
                if left is None:
                    continue
                event = left
            if isinstance(event, RequestFinished) and self.replays:
                event, sent = self.replays.take(event)
            if isinstance(event, AppError):
                event = self._without_secrets(event)
            if isinstance(event, ServerFailed) and event.port:
                event = with_holder(event, self.port_holder(event.port))
            if not isinstance(event, (ConsoleAnswered, Explained)):
                self._record.append(event)
            try:
                self._take(event)
            except ValueError as error:
                mistakes.append(error)
            if sent is not None and isinstance(event, RequestFinished):
                self._link(event, sent)
        self._announce()
        if mistakes:
            raise mistakes[0]

    def _take(self, event: Event) -> None:
        match event:
            case RequestFinished():
                self.requests.add_finished(event)
                self.routes.add(event)
                self.traffic.add(event)
                self._touched.add("requests")
            case RequestStarted():
                self.requests.add_started(event)
                self._touched.add("requests")
            case OutputWritten():
                self._take_output(event)
            case AppError():
                self._take_error(event)
            case ServerStarted():
                self._divide(event)
                self._step(Step.STARTED)
                self._port = event.port
                self.reloads.add_started(event)
                if self.state is SessionState.RUNNING:
                    self.server = event
                    self._touched.add("started")
            case RoutesFound():
                self.routes.set_routes(event.routes)
                self.routesFound.emit()
            case ServerCourse():
                self.requests.courses.add(event)
                self._touched.add("requests")
            case Paused() | Resumed():
                self.pauses.take(event)
                self._touched.add("pauses")
            case Where() | ConsoleAnswered() | Explained():
                self.questions.take(event)
            case Importing():
                self.importing.emit(event)
            case WatchChanged():
                self.reloads.add_watch_changed(event)
                self._touched.add("state")  # what the status bar shows beside it
                self._announce()
                self.watchChanged.emit(event)
            case Reloading():
                self._divide(event)
                self._step(Step.RELOADING)
                self.reloads.add_reloading(event)
                self._write_line(self.reloads.cause)
                self.questions.drop_frames("reloaded")
                self.reloading.emit(event)
            case ReloadFailed():
                self._divide(event)
                crashed = event.kind in ("app-crashed", "app-restarted")
                if crashed:
                    self.questions.drop_frames("ended")
                self._step(Step.RELOAD_FAILED, crash_word(event.status) if crashed else "")
                self.reloads.add_failed(event)
                number = self._take_failure(event)
                self._announce()
                self.reloadFailed.emit(event, number)
            case ServerFailed():
                self._divide(event)
                crashed = event.kind == "app-crashed"
                if crashed:
                    self._step(Step.CRASHED, crash_word(event.status))
                    self.last_end = crashed_line(event)
                else:
                    self._step(Step.FAILED)
                    if self.server is not None:
                        self.last_end = failure(event)
                number = self._take_failure(event)
                self._end()
                self._announce()
                self.failed.emit(event, number)
            case ServerStopped():
                self._divide(event)
                self._step(Step.STOPPED)
                self.last_end = stopped_line(event, self._port)
                if not self._restarting:
                    self._write_line(self.last_end)
                self._end()
                self._announce()
                self.stopped.emit(event)
            case _:
                _refuse(event)

    def _link(self, event: RequestFinished, sent: Expected) -> None:
        """A request was sent from here: it leads to its original."""
        number = self.requests.number_of(event.id)
        if number is None:
            return
        if sent.number is not None:
            self.requests.link_replay(number, sent.number)
        self._sent.append((number, sent))

    def _divide(self, event: Event) -> None:
        """What happens to the server stands between the requests before it and those after."""
        self.requests.dividers.take(event, self.requests.end)
        self._touched.add("requests")

    def _without_secrets(self, event: AppError) -> AppError:
        """An error without the secrets that its request has carried, as far as that is over."""
        row = None if event.request_id is None else self.requests.find(event.request_id)
        done = None if row is None else row.finished
        return event if done is None else without_secrets(event, secret_values(done))

    def _take_error(self, event: AppError) -> None:
        number = row = None
        if event.request_id is not None:
            number = self.requests.link_error(event.request_id, self.errors.end)
        if number is not None:
            row = self.requests.get(number)
        if row is not None:
            self.errors.add(event, row.number, row.method, row.target)
            self._touched.add("requests")
        else:
            self.errors.add(event)
        self._touched.add("errors")

    def _take_failure(self, event: ServerFailed | ReloadFailed) -> int | None:
        """A failed start or reload, or a crash; returns the number of its error, if it has one."""
        self._touched.add("errors")
        rows = [row for id in event.request_ids if (row := self.requests.find(id)) is not None]
        if not rows:
            return self.errors.add_failure(event)
        last = rows[-1]
        number = self.errors.add_failure(event, last.number, last.method, last.target)
        if number is not None:
            for row in rows:
                self.requests.link_error(row.id, number)
            self._touched.add("requests")
        return number

    def _begin(self, config: ServerConfig) -> None:
        self._step(Step.START)
        firsts = (self.requests.end, self.errors.end)
        self.questions.begin(config)
        self._record.append(RunBegins(config, firsts))
        self.requests.begin_session()
        self.watched.begin_session()
        self.requests.dividers.begin_session(config.project)
        self.errors.begin_session()
        self.last_end = ""
        self.reloads.begin_session(config.project)
        self._write_line(f"Starting {config.app}")

    def _write_line(self, text: str) -> None:
        """A line of our own between those of the app."""
        line = OwnLine(text)
        self.output.write_own(line.text, line.time)
        self._record.append(line)
        self._touched.add("output")

    def _end(self) -> None:
        """A server has ended; where a restart was asked for, the next one is on its way."""
        self.server = None
        self.stops_by = None
        self.requests.end_session()
        self.pauses.clear()
        self.questions.end_console("ended")
        self._touched |= {"requests", "pauses"}
        if self._restarting and self.config is not None:
            self._restarting = False
            self._begin(self.config)

    def _step(self, step: Step, crash: str = "") -> None:
        self._machine.step(step)
        self.crash = crash if self.state in (SessionState.BROKEN, SessionState.CRASHED) else ""
        self._touched.add("state")

    def _announce(self) -> None:
        """Notify once of everything that has changed since the last time."""
        touched, self._touched = self._touched, set()
        record, self._record = self._record, []
        if record:
            self.recorded.emit(record)
        if "requests" in touched:
            self.requestsChanged.emit()
        if "errors" in touched:
            self.errorsChanged.emit()
        if "output" in touched:
            self.outputChanged.emit()
        if "state" in touched:
            self.stateChanged.emit(self.state)
        if "pauses" in touched:
            self.pausesChanged.emit()
        if "started" in touched and self.server is not None:
            self.started.emit(self.server)
        sent, self._sent = self._sent, []
        for number, expected in sent:
            self.sentReported.emit(number, expected)
        answers, self._answered = self._answered, []
        for answered in answers:
            self.watchAnswered.emit(answered)
