"""What a process host knows of one of its workers, beside its process. The host's thread only."""

from __future__ import annotations

from server.events import Reason, ReloadFailed, RequestStarted, ServerFailed, ServerStopped

from .worker_process import WorkerProcess


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
        self.serving_since = 0.0
        self.running: dict[int, RequestStarted] = {}
        self.end: ServerStopped | ServerFailed | None = None
        self.is_unheard = False
        self.was_cut_off = False

    @property
    def is_broken_page(self) -> bool:
        """Whether it loads no app."""
        return self.broken is not None

    @property
    def has_served(self) -> bool:
        """Whether the app was ever loaded."""
        return self.serving_since > 0
