"""What a page counts beside its tabs: requests, errors, how busy the server is; GUI thread only."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from launcher.controller import SessionController
from launcher.core.logs.traffic import QUIET
from launcher.panes.controls.pace import Pace
from launcher.panes.errors import ErrorsPane
from launcher.panes.latest_error import LatestError
from launcher.panes.message_line import MessageLine
from launcher.panes.requests import RequestsPane
from launcher.panes.tabs import Tabs

__all__ = ["PageNumbers"]

_INTERVAL_MS = 1000  # between two changes of the numbers that are shown
_LOOK_SECONDS = 0.95  # after which how busy the server is, is looked at along with a change


class PageNumbers(QObject):
    """Shows them, at most once a second.

    :param panes: the tabs, in which ``requests`` and ``errors`` are
    :param latest: shows the error that occurred last, while nothing else is in its place
    :param line: is in its place where it shows something
    """

    changed = Signal()
    """There are more requests or errors, or they have been looked at or cleared."""

    def __init__(
        self,
        controller: SessionController,
        panes: Tabs,
        requests: RequestsPane,
        errors: ErrorsPane,
        latest: LatestError,
        line: MessageLine,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._panes = panes
        self._requests = requests
        self._errors = errors
        self._latest = latest
        self._line = line
        self._pace = Pace(_INTERVAL_MS, self.show_counts, self)
        self._ticks = QTimer(self)
        self._ticks.setInterval(_INTERVAL_MS)
        self._ticks.timeout.connect(self._show_traffic)
        self._looked = 0.0
        controller.requestsChanged.connect(self._requests_changed)
        controller.errorsChanged.connect(self._pace.ask)
        line.changed.connect(self._show_latest)
        latest.dismissed.connect(self._see_errors)
        errors.seen.connect(self.show_counts)
        requests.details.errorSeen.connect(errors.mark_seen)
        panes.currentChanged.connect(self.show_counts)

    def follow_traffic(self, *, is_up: bool) -> None:
        """Show how busy the server is, while it is up."""
        if is_up:
            if not self._ticks.isActive():
                self._looked = monotonic()
                self._ticks.start()
        else:
            self._ticks.stop()
            self._panes.show_numbers(QUIET)
            self._controller.traffic.clear()

    @Slot()
    def show_counts(self) -> None:
        """Show how many requests and errors there are."""
        log, counts = self._controller.errors, self._panes.counts
        counts.set_count(self._panes.indexOf(self._requests), self._controller.requests.total)
        unseen = log.groups.unseen
        place = self._panes.indexOf(self._errors)
        counts.set_count(place, unseen or log.total, urgent=bool(unseen))
        self._show_latest()
        self.changed.emit()

    @Slot()
    def _requests_changed(self) -> None:
        """Change all numbers in one turn of the event loop, which repaints once for them."""
        self._pace.ask()
        if self._ticks.isActive() and monotonic() - self._looked >= _LOOK_SECONDS:
            self._ticks.start()  # once a second from now on
            self._show_traffic()

    @Slot()
    def _show_latest(self) -> None:
        in_front = self._panes.currentWidget() is self._errors
        self._latest.refresh(free=self._line.isHidden() and not in_front)

    @Slot()
    def _see_errors(self) -> None:
        self._controller.errors.groups.mark_seen()
        self.show_counts()

    @Slot()
    def _show_traffic(self) -> None:
        controller = self._controller
        self._looked = monotonic()
        numbers = controller.traffic.look(self._looked, controller.requests.running)
        self._panes.show_numbers(numbers)
