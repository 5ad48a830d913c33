"""Brings what a page waits for to its line: server, installations, look-ups, saving. GUI thread."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Slot

from launcher.controller import SessionController
from launcher.core.display import plural
from launcher.core.logs.output import OWN
from launcher.core.sentences import LOCK_HELD, import_hint
from launcher.core.state import CAN_STOP, SessionState
from launcher.page.finders import AppFinder
from launcher.page.installer import Installer
from launcher.panes.message_line import MessageLine
from launcher.panes.output.pane import OutputPane
from launcher.panes.wait_line import WaitLine
from server.events import Importing, Where

__all__ = ["Waiting"]

_SERVER, _INSTALL, _LOOK, _SAVE, _WHERE = "server", "install", "look", "save", "where"
_HINT = "import-hint"


class Waiting(QObject):
    """Follows one server, and what is done around it.

    :param line: where it is shown
    :param messages: where the reason is shown why an import may never end
    """

    def __init__(
        self,
        controller: SessionController,
        line: WaitLine,
        messages: MessageLine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._line = line
        self._messages = messages
        self._state = controller.state
        self._first = 0  # the number of the first line of output since what is shown began
        self._number: int | None = None  # of the request that is asked about
        controller.stateChanged.connect(self._follow)
        controller.importing.connect(self._show_import)
        controller.questions.whereReported.connect(self._show_where)
        controller.requestsChanged.connect(self._look_after_request)
        line.ticked.connect(self._show_last_line)
        line.ticked.connect(self._ask_again)

    def watch(self, installer: Installer, apps: AppFinder, output: OutputPane) -> None:
        """Show what these do as well."""
        self._installer, self._apps = installer, apps
        installer.began.connect(self._installs)
        installer.ended.connect(self._installed)
        apps.began.connect(self._looks)
        apps.finished.connect(self._looked)
        output.saving.connect(self._saves)
        output.saved.connect(self._show_saved)
        output.problem.connect(self._show_problem)

    @Slot(object)
    def _follow(self, state: SessionState) -> None:
        """Another state, or other facts of the same."""
        if state is self._state:
            return
        self._state = state
        self._first = self._controller.output.lines.end
        config = self._controller.config
        app = "" if config is None else f" {config.app}"
        if state is SessionState.STARTING:
            self._line.begin(_SERVER, f"Starting{app}", "Stop now", self._stop_now)
        elif state is SessionState.RELOADING:
            self._line.begin(_SERVER, f"Loading{app} anew", "Stop now", self._stop_now)
        elif state is SessionState.STOPPING:
            running = self._controller.requests.running
            what = f": {plural(running, 'request')} still running" if running else ""
            self._line.begin(_SERVER, f"Stopping{what}", "Stop now", self._stop_now)
        else:
            self._line.end(_SERVER)
        if state is not SessionState.STARTING:
            self._messages.clear_key(_HINT)

    @Slot(object)
    def _show_import(self, event: Importing) -> None:
        if self._state not in (SessionState.STARTING, SessionState.RELOADING):
            return
        self._line.show_stack(_SERVER, event.where, event.frames)
        if hint := import_hint(event):
            self._messages.show_message(hint, tone="warning", key=_HINT)

    @Slot()
    def _show_last_line(self) -> None:
        """The newest line of the app's output, where there is one since it began."""
        front = self._line.front
        lines = self._controller.output.lines
        line = lines.get(lines.end - 1) if lines.end > self._first else None
        if front is None or line is None or line.source.stream == OWN:
            return
        if front.key in (_SERVER, _INSTALL):
            self._line.show_detail(front.key, line.text[:400])

    @Slot(str)
    def _show_saved(self, text: str) -> None:
        self._messages.show_message(text, tone="good", key=_SAVE)

    @Slot(str)
    def _show_problem(self, text: str) -> None:
        self._messages.show_message(text, tone="warning", key=_SAVE)

    # Where a request stands

    @Slot(int)
    def ask_where(self, number: int) -> None:
        """Show where a running request stands, until it is over.

        :param number: of its row
        """
        row = self._controller.requests.get(number)
        if row is None or not self._controller.questions.ask_where(number):
            return
        self._number = number
        self._line.begin(
            _WHERE,
            f"{row.method} {row.target}",
            "Close",
            self._leave_request,
            seconds=max(0.0, time.time() - row.started),
        )

    @Slot(object)
    def _show_where(self, event: Where) -> None:
        row = None if self._number is None else self._controller.requests.get(self._number)
        if row is None or row.id != event.request_id:
            return
        self._line.show_stack(_WHERE, event.where or (event.frames or (None,))[-1], event.frames)
        if event.unanswered:
            self._line.show_detail(_WHERE, LOCK_HELD)
        elif not event.frames:
            self._line.show_detail(_WHERE, "runs where its stack can't be seen")

    @Slot()
    def _ask_again(self) -> None:
        if self._number is not None:
            self._controller.questions.ask_where(self._number)

    @Slot()
    def _look_after_request(self) -> None:
        """Once the request is over, there is nothing to be seen of it any more."""
        if self._number is not None:
            row = self._controller.requests.get(self._number)
            if row is None or not row.is_running:
                self._leave_request()

    def _leave_request(self) -> None:
        self._number = None
        self._line.end(_WHERE)

    def _stop_now(self) -> None:
        """End it without waiting for anything."""
        if self._controller.state in CAN_STOP:
            self._controller.stop()
        self._controller.stop_now()

    @Slot(str)
    def _installs(self, text: str) -> None:
        self._first = self._controller.output.lines.end
        self._line.begin(_INSTALL, text, "Cancel", self._installer.cancel)

    @Slot()
    def _installed(self) -> None:
        self._line.end(_INSTALL)

    @Slot(str)
    def _looks(self, folder: str) -> None:
        self._line.begin(_LOOK, f"Looking for apps in {folder}", "Cancel", self._apps.cancel)

    @Slot()
    def _looked(self) -> None:
        self._line.end(_LOOK)

    @Slot(str)
    def _saves(self, name: str) -> None:
        if name:
            self._line.begin(_SAVE, f"Saving {name}")
        else:
            self._line.end(_SAVE)
