"""What a process host knows of one of its workers, beside its process. The host's thread only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from launcher.core.sentences import how_ended
from server.events import (
    Event,
    OutputWritten,
    Paused,
    Reason,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    Resumed,
    ServerFailed,
    ServerStopped,
    Where,
)

from .crash_report import LastOutput, crash_text
from .cut_off import cut_off
from .worker_process import WorkerProcess

_Failed = TypeVar("_Failed", ServerFailed, ReloadFailed)

_ANSWER_SECONDS = 2.5  # it answers at once, unless nothing but one piece of code can run


class HostedWorker:
    """One worker.

    :param warm: it is forked from a warm process
    :param cold_reason: why a reload's is not; None at a start
    :param broken: why there is no app; it serves the page that shows it
    """

    def __init__(
        self,
        process: WorkerProcess,
        *,
        warm: bool,
        cold_reason: Reason | None,
        broken: ReloadFailed | None,
    ) -> None:
        self.process = process
        self.warm = warm
        self.cold_reason = cold_reason
        self.broken = broken
        self.began = time.monotonic()
        self.serving_since = 0.0
        self.asked_at: float | None = None
        self.running: dict[int, RequestStarted] = {}
        self.paused: dict[int, Paused] = {}
        self.end: ServerStopped | ServerFailed | None = None
        self.last_output = LastOutput()
        self.is_unheard = False
        self.was_cut_off = False

    def keep(self, event: Event) -> None:
        """Keep what it has begun and not ended yet."""
        if isinstance(event, RequestStarted):
            self.running[event.id] = event
        elif isinstance(event, RequestFinished):
            self.running.pop(event.id, None)
        elif isinstance(event, OutputWritten):
            self.last_output.add(event.text)
        elif isinstance(event, Where):
            self.asked_at = None
        elif isinstance(event, Paused):
            self.paused[event.id] = event
        elif isinstance(event, Resumed):
            self.paused.pop(event.id, None)

    def ask_where(self, request_id: int) -> bool:
        """Ask where a request of its stands.

        :returns: False where nothing has been answered to such a question for a while
        """
        self.process.send({"where": request_id})
        if self.asked_at is None:
            self.asked_at = time.monotonic()
        return time.monotonic() - self.asked_at < _ANSWER_SECONDS

    def unfinished(self, status: int | None, grace: float) -> Iterator[Event]:
        """What reports the end of all that was under way when its process ended.

        :param status: how that has ended, as ``subprocess`` gives it
        :param grace: seconds that its requests had
        """
        problem = f"the process that answered it has ended: {how_ended(status)}"
        # It may have ended by itself, with threads of the app's that didn't.
        gave_up = isinstance(self.end, ServerStopped) and self.end.abandoned > 0
        if self.was_cut_off or gave_up:
            problem = f"cut off: still running after {grace:g} s"
        for paused in self.paused.values():
            yield Resumed(paused.id, paused.request_id)
        for started in self.running.values():
            yield cut_off(started, self.process.pid, problem)

    def added_to(self, stopped: ServerStopped) -> ServerStopped:
        """The end of a server with that of this worker, whose process is gone."""
        if isinstance(self.end, ServerStopped):
            drained, abandoned = self.end.drained, self.end.abandoned
        else:
            drained, abandoned = 0, len(self.running)
        return replace(
            stopped,
            drained=stopped.drained + drained,
            abandoned=stopped.abandoned + abandoned,
            import_cut_off=stopped.import_cut_off or (self.was_cut_off and not self.has_served),
        )

    def crashed(self, failed: _Failed) -> _Failed:
        """The report of its crash, with what its process has left of its end."""
        left = crash_text(self.last_output.text, self.running.values())
        return replace(failed, traceback=left, request_ids=tuple(self.running))

    @property
    def is_broken_page(self) -> bool:
        """Whether it loads no app."""
        return self.broken is not None

    @property
    def has_served(self) -> bool:
        """Whether the app was ever loaded."""
        return self.serving_since > 0
