"""Puts what happens to one server into the history of its project. GUI thread only.

Listens to the bridge, as the controller does, and to the controller for where a run begins. A
batch may hold the end of one run and the beginning of the next, after Restart: then it is divided
behind the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core.logs.history.history import History
from launcher.core.logs.history.recording import Run
from launcher.core.logs.history.writer import Trouble
from server.config import ServerConfig
from server.events import Event, ServerFailed, ServerStopped

_ENDS = (ServerStopped, ServerFailed)
CLOSE_SECONDS = 3.0


class HistoryKeeper(QObject):
    """Keeps one server's history.

    :param data_dir: the data folder
    :ivar history: that of the project that was started last, or None before the first start
    :ivar run: the run that is going on, or the last one
    """

    troubled = Signal(str)
    """A sentence for the user: the history isn't kept, or not as it should be."""

    _found = Signal(object)

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data_dir = data_dir
        self._project = ""
        self._next: ServerConfig | None = None
        self._going_on = False
        self.history: History | None = None
        self.run: Run | None = None
        self._found.connect(self._report)

    @Slot(object)
    def begin(self, config: ServerConfig) -> None:
        """A server is about to start: its are the events from now on, or those behind the end of
        the one that is still going on."""
        self._next = config
        if not self._going_on:
            self._begin_next()

    @Slot(list)
    def take(self, batch: Sequence[Event]) -> None:
        """What has happened, in order."""
        start = 0
        for at, event in enumerate(batch):
            if isinstance(event, _ENDS):
                self._put(batch[start : at + 1])
                start = at + 1
                self._going_on = False
                if self._next is not None:
                    self._begin_next()
        self._put(batch[start:] if start else batch)

    def close(self) -> bool:
        """Write what is left; returns whether it was in time."""
        history, self.history = self.history, None
        return history is None or history.close(CLOSE_SECONDS)

    def _put(self, events: Sequence[Event]) -> None:
        if events and self.history is not None:
            self.history.take(events)

    def _begin_next(self) -> None:
        config, self._next = self._next, None
        assert config is not None
        if self.history is None or config.project != self._project:
            self.close()
            self._project = config.project
            # Any thread may emit: the sentence arrives here.
            self.history = History(self._data_dir, config.project, self._found.emit)
        self.run = self.history.begin_run(config.app)
        self._going_on = True

    @Slot(object)
    def _report(self, trouble: Trouble) -> None:
        self.troubled.emit(trouble.message)
