"""From one pane to another, and out to the editor; GUI thread only.

Panes don't know each other. What they ask for that lies in another pane comes together here.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from launcher.controller import SessionController
from launcher.panes.editor_dialog import EditorDialog
from launcher.panes.errors import ErrorsPane
from launcher.panes.flow.pane import FlowPane
from launcher.panes.message_line import MessageLine
from launcher.panes.requests import RequestsPane
from launcher.panes.routes import RoutesPane

_EDITOR = "editor"


class Links(QObject):
    """Leads from a request to its error, its flow, its source, and back.

    :ivar editor: the user's own command for the editor; "" for the one that is found
    """

    openRequested = Signal(str, int, str, str)  # noqa: N815
    """Open this file, at this line, with this command, a relative name from this folder."""
    editorChosen = Signal(str)  # noqa: N815
    """The user has chosen the command that opens sources, for all pages."""

    def __init__(
        self,
        tabs: QTabWidget,
        requests: RequestsPane,
        errors: ErrorsPane,
        flow: FlowPane,
        routes: RoutesPane,
        line: MessageLine,
        controller: SessionController,
    ) -> None:
        super().__init__(tabs)
        self._tabs, self._line, self._controller = tabs, line, controller
        self._requests, self._errors, self._flow = requests, errors, flow
        self.editor = ""
        requests.errorRequested.connect(self.show_error)
        requests.flowRequested.connect(self.show_flow)
        requests.sourceRequested.connect(self.open_source)
        errors.requestRequested.connect(self.show_request)
        errors.sourceRequested.connect(self.open_source)
        flow.errorRequested.connect(self.show_error)
        flow.requestRequested.connect(self.show_request)
        flow.sourceRequested.connect(self.open_source)
        routes.sourceRequested.connect(self.open_source)
        routes.requestsRequested.connect(self.show_filtered)
        routes.composeRequested.connect(requests.compose_rule)
        controller.routesFound.connect(self._propose_rules)

    @Slot(int)
    def show_error(self, number: int) -> None:
        """Show an error in its list."""
        self._tabs.setCurrentWidget(self._errors)
        self._found(self._errors.show_error(number), "error")

    @Slot(int)
    def show_request(self, number: int) -> None:
        """Show a request in its list."""
        self._tabs.setCurrentWidget(self._requests)
        self._found(self._requests.show_request(number), "request")

    @Slot(str)
    def show_filtered(self, text: str) -> None:
        """Show the requests that fit a filter, in their list."""
        self._requests.filtering.write(text)
        self._tabs.setCurrentWidget(self._requests)

    @Slot()
    def _propose_rules(self) -> None:
        self._requests.composer.set_rules(self._controller.routes.routes)

    @Slot(int)
    def show_flow(self, number: int) -> None:
        """Show the way that a request took."""
        self._tabs.setCurrentWidget(self._flow)
        self._found(self._flow.show_flow(number), "request")

    @Slot(str, int)
    def open_source(self, file: str, line: int) -> None:
        """Open a file in the user's editor; what comes of it goes to :meth:`opened`."""
        config = self._controller.config
        folder = "" if config is None else config.project
        self.openRequested.emit(file, line, self.editor, folder)

    @Slot(object)
    def opened(self, problem: str | None) -> None:
        """An editor was asked to open a file; ``problem`` is why it couldn't, if it couldn't."""
        if problem:
            self._line.show_message(
                problem, "Choose Editor\u2026", self.choose_editor, tone="warning", key=_EDITOR
            )

    @Slot()
    def choose_editor(self) -> None:
        """Let the user choose which editor to use."""
        window = self._tabs.window()
        if window.findChild(QWidget, "editorDialog") is None:
            EditorDialog(self.editor, window).chosen.connect(self._use_editor)

    @Slot(str)
    def _use_editor(self, command: str) -> None:
        self._line.clear_key(_EDITOR)
        self.editorChosen.emit(command)

    def _found(self, found: bool, noun: str) -> None:
        if not found:
            self._line.show_message(f"This {noun} is no longer in the list.", tone="warning")
