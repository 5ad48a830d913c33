"""The window's messages about failures, reloads and ends of the server; GUI thread only.

Each sentence stands in the message line, with a button where something can be done about it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from launcher.controller import SessionController
from launcher.core.display import plural, threads_left
from launcher.core.messages import PORT_KEY
from launcher.core.project.interpreters import announcement
from launcher.core.sentences import failure, reload_failure, remark, watch_problem
from launcher.panes.message_line import MessageLine
from server.config import ServerConfig
from server.events import ReloadFailed, ServerFailed, ServerStarted, ServerStopped, WatchChanged

__all__ = ["ServerMessages"]

_FAILURE = "failure"


class ServerMessages(QObject):
    """Puts what the controller reports into the message line."""

    errorRequested = Signal(int)  # noqa: N815
    """An error, by its number, is to be shown."""
    portRequested = Signal(int)  # noqa: N815
    """The server is to be started on this port instead."""

    def __init__(
        self, controller: SessionController, line: MessageLine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._line = line
        self._is_broken = False
        self._announced: set[str] = set()
        controller.failed.connect(self._show_failure)
        controller.reloadFailed.connect(self._show_broken)
        controller.started.connect(self._show_start)
        controller.watchChanged.connect(self._show_watching)
        controller.stopped.connect(self._show_end)

    def announce(self, config: ServerConfig) -> None:
        """Show with which program it runs, where that came with the project: once for each."""
        text = announcement(config.python, config.project)
        if text and text not in self._announced:
            self._announced.add(text)
            self._line.show_message(text, tone="info", key="announcement")

    @Slot(object, object)
    def _show_failure(self, event: ServerFailed, error: int | None) -> None:
        port = event.suggested_port
        if event.kind == "port-in-use" and port is not None:
            self._line.show_message(
                failure(event),
                f"Use port {port}",
                lambda: self.portRequested.emit(port),
                key=PORT_KEY,
            )
        else:
            self._show_with_error(failure(event), error)

    @Slot(object, object)
    def _show_broken(self, event: ReloadFailed, error: int | None) -> None:
        self._is_broken = True
        if event.restarts_in is not None:  # the one that counts down is enough
            return
        self._show_with_error(reload_failure(event), error)

    @Slot(object)
    def _show_start(self, event: ServerStarted) -> None:
        text = " ".join(filter(None, (remark(event), watch_problem(event))))
        if text:
            self._line.show_message(text, tone="warning", key="start")
        if self._is_broken:
            self._line.clear_key(_FAILURE)
        self._is_broken = False

    @Slot(object)
    def _show_watching(self, event: WatchChanged) -> None:
        if warning := watch_problem(event):
            self._line.show_message(warning, tone="warning", key="watching")

    @Slot(object)
    def _show_end(self, event: ServerStopped) -> None:
        self._is_broken = False
        problems = []
        if event.abandoned:
            problems.append(f"{plural(event.abandoned, 'request')} did not finish in time")
        if event.import_cut_off:
            problems.append("the app's import did not end in time")
        if event.threads_left:
            count, names = threads_left(event)
            runs = "still runs" if count == 1 else "still run"
            problems.append(
                f"{plural(count, 'thread')} of the app {runs} in this process ({names}), where "
                "nothing can end them: choose Separate process"
            )
        if event.processes_left:
            left = plural(event.processes_left, "process", "processes")
            problems.append(f"{left} of the app could not be ended")
        if event.port_free is False:
            problems.append("the port is still taken")
        if problems:
            self._line.show_message(
                f"Stopped, but {', and '.join(problems)}.", tone="warning", key="end"
            )

    def _show_with_error(self, text: str, error: int | None) -> None:
        if error is None:
            self._line.show_message(text, key=_FAILURE)
        else:
            self._line.show_message(
                text, "Show traceback", lambda: self.errorRequested.emit(error), key=_FAILURE
            )
