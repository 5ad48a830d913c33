"""What the window asks the running app, apart from requests; GUI thread only.

Where a request stands, what an expression has for its value in the frame of an error, how a
database would carry out a query: each question goes to the supervisor, which returns at once, and
its answer arrives with the events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core.logs.consoles import Answered, ConsoleLog, Key
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from server.config import ServerConfig
from server.events import ConsoleAnswered, ConsoleQuestion, Explained, ExplainQuestion, Where

__all__ = ["AppQuestions", "Asked"]


class Asked(Protocol):
    """What answers: see :class:`launcher.hosts.supervisor.Supervisor`."""

    def ask_where(self, request_id: int) -> None: ...
    def ask_console(self, question: ConsoleQuestion | None) -> None: ...
    def explain(self, question: ExplainQuestion) -> None: ...
    def forget_frames(self) -> None: ...


class AppQuestions(QObject):
    """Asks, and reports the answers.

    :param requests: those that can be asked about
    :param errors: those whose frames can be asked about
    :param is_there: whether there is a server that could answer
    :ivar consoles: what was typed for frames of errors
    """

    whereReported = Signal(object)  # noqa: N815
    """``Where``: the answer to :meth:`ask_where`."""
    consoleAnswered = Signal(object)  # noqa: N815
    """``Answered``: what :meth:`ask_console` was asked last has its answer."""
    explained = Signal(object)
    """``Explained``: what :meth:`explain` was asked last has its answer."""

    def __init__(
        self,
        supervisor: Asked,
        requests: RequestLog,
        errors: ErrorLog,
        is_there: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._supervisor = supervisor
        self._requests = requests
        self._errors = errors
        self._is_there = is_there
        self._explanations = 0
        self.consoles = ConsoleLog()

    def begin(self, config: ServerConfig) -> None:
        """A server starts."""
        self.consoles.begin(config, self._errors.end)

    def ask_where(self, number: int) -> bool:
        """Ask where a request stands; returns False, and does nothing, where it isn't running.

        :param number: of its row
        """
        row = self._requests.get(number)
        if row is None or not row.is_running:
            return False
        self._supervisor.ask_where(row.id)
        return True

    def ask_console(self, key: Key, text: str, *, completes: bool = False) -> bool:
        """Have an input evaluated in the frame of an error, or completed; returns False, and does
        nothing, while another one runs."""
        row = self._errors.get(key.error)
        if row is None or row.event is None:
            return False
        question = self.consoles.ask(key, row.event.id, text, completes=completes)
        if question is None:
            return False
        if self._is_there():
            self._supervisor.ask_console(question)
        else:
            self.end_console("ended")
        return True

    @Slot()
    def leave_console(self) -> None:
        """Wait no longer for the answer to what was typed."""
        if self.consoles.pending is not None:
            self._supervisor.ask_console(None)

    def explain(self, connection: str, statement: str) -> int | None:
        """Ask a database for the plan of a query; returns the number of the answer, or None where
        no server runs."""
        if not self._is_there():
            return None
        self._explanations += 1
        self._supervisor.explain(ExplainQuestion(self._explanations, connection, statement))
        return self._explanations

    def take(self, event: Where | ConsoleAnswered | Explained) -> None:
        """An answer has arrived."""
        match event:
            case Where():
                self.whereReported.emit(event)
            case ConsoleAnswered():
                self._report(self.consoles.take(event))
            case Explained():
                self.explained.emit(event)

    def drop_frames(self, why: str) -> None:
        """The frames of all errors so far are gone.

        :param why: as ``ConsoleLog.drop`` takes it
        """
        self.consoles.drop(self._errors.end, why)
        self.end_console(why)

    def forget_frames(self) -> None:
        """The errors were cleared: their frames need not be kept any more."""
        self._supervisor.forget_frames()
        self.consoles.drop(self._errors.end, "cleared")

    def end_console(self, why: str) -> None:
        """What was typed last gets no answer from the app any more."""
        self._report(self.consoles.end(why))

    def _report(self, answered: Answered | None) -> None:
        if answered is not None:
            self.consoleAnswered.emit(answered)
