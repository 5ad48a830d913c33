"""One server's history: what happens goes there, and what was before comes from there. GUI thread.

The controller reports what it puts into its logs, in the order in which it does; that is what the
history gets. So a row's place in its run is the same on both sides, and what memory has no room for
is found again by it. :class:`~launcher.core.logs.past.Past` is what the logs see of the history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.history.history import History, Item
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.recording import Run, RunBegins
from launcher.core.logs.history.results import Summary
from launcher.core.logs.history.writer import Trouble, trouble_in_reading
from launcher.core.logs.output import OutputLog
from launcher.core.logs.past import NOTHING, Found, Past, read_past
from launcher.core.logs.requests import RequestLog
from launcher.core.settings import Settings
from launcher.page.history_reading import HistorySource

CLOSE_SECONDS = 3.0
_KINDS = {"requests": "request", "errors": "error", "output": "line"}


class HistoryKeeper(QObject):
    """Keeps one server's history.

    :param data_dir: the data folder
    :param requests: the page's requests
    :param errors: the page's errors
    :param output: the page's output
    :ivar history: that of the project in front, or None as long as there is none
    :ivar run: the run that is going on, or the last one
    :ivar past: what the logs have of before
    """

    troubled = Signal(str)
    """A sentence for the user: the history isn't kept, or not as it should be."""
    changed = Signal()
    """There is another history, or it is known what is in it."""

    linesCame = Signal()  # noqa: N815
    """Lines of the output of before have been read, or there are others."""
    deleted = Signal(str)
    """The history was deleted; or why it wasn't."""

    _found = Signal(object)

    def __init__(
        self,
        data_dir: Path,
        requests: RequestLog,
        errors: ErrorLog,
        output: OutputLog,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._data_dir = data_dir
        self._requests = requests
        self._errors = errors
        self._output = output
        self._project = ""
        self._app = ""
        self._source: HistorySource | None = None
        self._limits = Limits()
        self._reported: set[str] = set()
        self.history: History | None = None
        self.run: Run | None = None
        self.past = self._new_past()
        self.run_is_kept = False
        self._found.connect(self._report)
        self.deleted.connect(self._after_delete)

    @Slot(str, str)
    def open(self, project: str, app: str) -> None:
        """Show what there is of an app from before; its server may be started later."""
        if not project or not app:
            return
        if self.history is None or project != self._project:
            self.close()
            self.past.detach()
            self.past = self._new_past()
            self._project, self._app = project, ""
            # Any thread may emit: the sentence arrives here.
            self.history = History(self._data_dir, project, self._found.emit, self._limits)
            self._source = HistorySource(self.history.reader, self)
            self._source.failed.connect(self._report_reading)
            self._reported.clear()
        if app != self._app:
            self._app = app
            self._look()

    @Slot(list)
    def take(self, items: Sequence[Item | RunBegins]) -> None:
        """What has been put into the logs, in order."""
        waiting: list[Item] = []
        for item in items:
            if not isinstance(item, RunBegins):
                waiting.append(item)
                continue
            self._put(waiting)
            waiting = []
            self.open(item.config.project, item.config.app)
            if self.history is not None:
                self.run = self.history.begin_run(item.config.app)
                self.past.begin_run(self.run, item.firsts)
                self.run_is_kept = False
                self.changed.emit()
        self._put(waiting)

    @Slot(object)
    def apply(self, settings: Settings) -> None:
        """Keep as much as is preferred."""
        size = settings.history_megabytes << 20
        output = min(Limits.output_bytes, size // 4)
        self._limits = Limits(float(settings.history_days), size, output)
        if self.history is not None:
            self.history.set_limits(self._limits)

    @property
    def app(self) -> str:
        """The app whose history is shown, as the user named it."""
        return self._app

    @property
    def is_on(self) -> bool:
        """Whether what happens is kept."""
        return self.history is not None and self.history.on

    def switch(self, *, on: bool) -> None:
        """Keep the history of this project from now on, or don't; deletes nothing.

        :raises OSError: the data folder can't be written to
        """
        if self.history is not None:
            self.history.switch(on=on)
            self._look()

    def summarize(self, then: Callable[[Summary | None], None]) -> None:
        """Find out how much there is.

        :param then: takes it; None where it can't be read
        """
        if self._source is not None:
            self._source.read(Reader.summary, then, missing=Summary(0, 0, 0, 0, 0))

    @Slot()
    def delete(self) -> None:
        """Delete the history of this project; a new one is begun with what happens next."""
        if self.history is not None:
            self.past.detach()
            self.history.delete().add_done_callback(self._report_deletion)

    def keep_run(self, *, kept: bool) -> None:
        """Keep the run that is going on, or the last one, whatever the limits are."""
        if self.history is not None and self.run is not None:
            self.run_is_kept = kept
            self.history.keep_run(self.run, kept=kept)

    @Slot(str)
    def clear(self, kind: str) -> None:
        """What a list has up to now is hidden: it stays so.

        :param kind: as ``SessionController.clear`` takes it
        """
        if self.history is not None:
            self.history.clear(_KINDS[kind], self._app)

    @Slot(str)
    def undo_clear(self, kind: str) -> None:
        """The other way round."""
        if self.history is not None:
            self.history.undo_clear(_KINDS[kind], self._app)

    @Slot(str)
    def show_cleared(self, kind: str) -> None:
        """Nothing of a list is hidden any more."""
        if self.history is not None:
            self.history.show_cleared(_KINDS[kind], self._app)

    @Slot()
    def look_again(self) -> None:
        """Show what there is now, after more than rows has changed."""
        if self._source is not None:
            self._source.reopen()
            self._look()

    def close(self) -> bool:
        """Write what is left; returns whether it was in time."""
        source, self._source = self._source, None
        history, self.history = self.history, None
        ended = source is None or source.close()
        if source is not None:
            source.deleteLater()
        return (history is None or history.close(CLOSE_SECONDS)) and ended

    def _new_past(self) -> Past:
        past = Past(self._requests, self._errors)
        past.lines.wake = self.linesCame.emit
        self._output.lines.attach(past.output)
        return past

    def _look(self) -> None:
        history, source = self.history, self._source
        if history is None or source is None:
            return
        if not history.on:
            self.past.detach()
            self.changed.emit()
            return
        app = self._app

        def attach(found: Found | None) -> None:
            if source is not self._source or app != self._app:
                return
            if found is None:
                self.past.detach()
            else:
                self.past.attach(source, found)
                self._output.lines.attach(self.past.output, self.past.output_hidden)
            self.changed.emit()
            self.linesCame.emit()

        source.read(partial(read_past, app), attach, missing=NOTHING)

    def _put(self, items: Sequence[Item]) -> None:
        if items and self.history is not None:
            self.history.take(items)

    def _report_deletion(self, done: Future[Any]) -> None:
        """On the history's thread."""
        error = done.exception()
        self.deleted.emit("" if error is None else str(error) or type(error).__name__)

    @Slot()
    def _after_delete(self) -> None:
        self.look_again()

    @Slot(object)
    def _report_reading(self, error: Exception) -> None:
        trouble = None if self.history is None else trouble_in_reading(error, self.history.file)
        if trouble is not None:
            self._report(trouble)

    @Slot(object)
    def _report(self, trouble: Trouble) -> None:
        if trouble.kind in self._reported:
            return
        self._reported.add(trouble.kind)
        if trouble.kind == "damaged":
            self.look_again()
        elif trouble.kind in ("newer", "foreign", "failed"):
            self.past.detach()  # what can't be written to is still read
        self.troubled.emit(trouble.message)
