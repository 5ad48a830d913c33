"""What a process host asks of its workers while they run, each of the one that can answer.

The host's thread only.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.events import ConsoleAnswered, ConsoleQuestion, Emit, Explained, ExplainQuestion, Where

from .hosted_worker import HostedWorker
from .worker_process import WorkerProcess


class Questions:
    """Passes questions on; where nobody can answer one, that is reported as its answer.

    :param workers: those that there are at the time
    """

    def __init__(self, workers: Mapping[WorkerProcess, HostedWorker], emit: Emit) -> None:
        self._workers = workers
        self._emit = emit

    def where(self, request_id: int) -> None:
        """Ask the worker that has the request: after a reload, that may be a retired one."""
        for worker in self._workers.values():
            if request_id in worker.running:
                if not worker.ask_where(request_id):
                    self._emit(Where(request_id, unanswered=True))
                return
        self._emit(Where(request_id))

    def give_input(self, text: str | None) -> None:
        """It is for the process that has paused, be it one that finishes requests."""
        for worker in self._workers.values():
            if worker.paused:
                worker.process.send({"input": text})
                return

    def console(self, current: HostedWorker | None, question: ConsoleQuestion | None) -> None:
        """Only the worker that answers has frames: one that retires has dropped them."""
        if current is not None:
            asked = None if question is None else question.to_json()
            current.process.send({"console": asked})
        elif question is not None:
            self._emit(ConsoleAnswered(question.number, "gone", "reloaded"))

    def explain(self, current: HostedWorker | None, question: ExplainQuestion) -> None:
        """Only the worker that answers: what a retired one has opened is about to be closed."""
        if current is not None:
            current.process.send({"explain": question.to_json()})
        else:
            self._emit(Explained(question.number, problem="unknown"))

    def forget_frames(self, current: HostedWorker | None) -> None:
        """The frames of all errors are wanted no more."""
        if current is not None:
            current.process.send({"forget": "cleared"})
