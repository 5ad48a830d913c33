"""One server's page: what to serve, its state, its panes and its messages; GUI thread only.

All of it belongs to one server, and the window may have several pages. A page knows its
controller; what concerns the whole window (menus, title, status bar, settings) it reports by
signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from launcher.actions import PageActions
from launcher.controller import SessionController
from launcher.core.display import one_line
from launcher.core.editors import EditorOpener
from launcher.core.resources import Example
from launcher.core.settings import Settings
from launcher.core.state import CAN_RESTART, CAN_START, CAN_STOP, IS_UP
from launcher.editing import Editing
from launcher.finders import connect_finders
from launcher.installer import Installer
from launcher.links import Links
from launcher.panes import hints
from launcher.panes.action_bar import ActionBar
from launcher.panes.controls.pace import Pace
from launcher.panes.errors import ErrorsPane
from launcher.panes.flow.pane import FlowPane
from launcher.panes.message_strip import MessageStrip
from launcher.panes.output import OutputPane
from launcher.panes.requests import RequestsPane
from launcher.panes.setup.form import SetupForm
from launcher.panes.start_page import StartPage
from launcher.server_messages import ServerMessages
from server.errors import ConfigError

REQUESTS, ERRORS, OUTPUT, FLOW = range(4)
COUNTS_MS = 1000
"""Between two changes of the numbers that are shown beside the lists."""


class ServerPage(QWidget):
    """Everything in the window that belongs to one server.

    :param controller: the server
    :param examples: the apps that are offered to begin with
    :ivar commands: what the user can do here; for the menus while the page is in front
    """

    changed = Signal()
    """State, facts or name are others now."""
    countsChanged = Signal()  # noqa: N815
    """There are more requests or errors, or they have been looked at or cleared."""
    saveRequested = Signal()  # noqa: N815
    """What is filled in is to be remembered."""

    def __init__(
        self,
        controller: SessionController,
        examples: Sequence[Example],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("serverPage")
        self.controller = controller
        self.commands = PageActions(self)
        self.form = SetupForm(self)
        self.bar = ActionBar(self.commands, self)
        self.strip = MessageStrip(self)
        self.requests = RequestsPane(controller.requests, controller.errors, self)
        self.errors = ErrorsPane(controller.errors, self)
        self.output = OutputPane(controller.output, self)
        self.flow = FlowPane(controller.requests, controller.errors, self)
        self.start_page = StartPage(examples, self)
        self.requests.set_front(self.start_page)
        self._counting = Pace(COUNTS_MS, self._show_counts, self)
        self._lay_out()
        self.messages = ServerMessages(controller, self.strip, self)
        self.installer = Installer(controller, self.strip, self)
        self.links = Links(
            self.panes, self.requests, self.errors, self.flow, self.strip, controller
        )
        self.editing = Editing(EditorOpener(), self)
        connect_finders(self.form, self)
        self._connect_commands()
        self._connect_parts()
        self._connect_controller()
        self.refresh_icons()
        self._show_state()

    @property
    def title(self) -> str:
        """What the page is called: its project folder, on one line; "" where there is none."""
        return one_line(Path(self.form.project.text().strip()).name, 80)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing runs: the page can be closed."""
        return self.controller.state in CAN_START

    def restore(self, settings: Settings) -> None:
        """Take over what was remembered, except for what is filled in."""
        if settings.details:
            self.requests.splitter.restoreState(unpacked(settings.details))
        self.links.editor = settings.editor
        self.flow.set_learning(settings.learning, settings.learn_language)
        self.form.restore(settings)

    def remember(self, settings: Settings) -> Settings:
        """The settings with what is chosen and filled in here."""
        return self.form.remember(
            replace(
                settings,
                details=packed(self.requests.splitter.saveState()),
                editor=self.links.editor,
                learning=self.flow.learning,
                learn_language=self.flow.chosen_language,
            )
        )

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.commands.refresh_icons(self.palette())
        for part in (self.strip, self.requests.details, self.errors, self.flow):
            part.refresh_icons()
        self.output.recolour()

    # What the user does

    @Slot()
    def start(self) -> None:
        """Start what is filled in; a mistake in it is shown in the strip."""
        try:
            config = self.form.values()
        except ConfigError as error:
            self.strip.say(error.message)
            return
        self.strip.clear()
        self.messages.announce(config)
        if self.controller.start(config):
            self.saveRequested.emit()

    @Slot()
    def restart(self) -> None:
        """Stop and start again with the same settings."""
        if self.controller.config is not None:
            self.strip.clear()
            self.controller.restart(self.controller.config)

    @Slot(str)
    def warn(self, text: str) -> None:
        """Show a sentence about something that doesn't stop the server."""
        self.strip.say(text, tone="warning")

    @Slot()
    def open_browser(self) -> None:
        """Open the address of the running server."""
        server = self.controller.server
        if server is not None and not QDesktopServices.openUrl(QUrl(server.url)):
            self.strip.say(f"No browser could be opened: go to {server.url} yourself.")

    @Slot()
    def copy_url(self) -> None:
        """Put the address of the running server on the clipboard."""
        if self.controller.server is not None:
            QGuiApplication.clipboard().setText(self.controller.server.url)

    @Slot(int)
    def _start_on(self, port: int) -> None:
        self.form.set_port(port)
        self.start()

    @Slot()
    def _show_pane(self) -> None:
        index = self.commands.show_panes.index(self.sender())
        self.panes.setCurrentIndex(index)
        (self.requests, self.errors, self.output, self.flow)[index].view.setFocus()

    # What the controller reports

    @Slot()
    def _show_state(self) -> None:
        state, server, commands = self.controller.state, self.controller.server, self.commands
        commands.start.setEnabled(state in CAN_START)
        commands.stop.setEnabled(state in CAN_STOP)
        commands.restart.setEnabled(state in CAN_RESTART)
        commands.open_project.setEnabled(state in CAN_START)
        for action in (commands.open_browser, commands.copy_url):
            action.setEnabled(state in IS_UP)
        self.form.setEnabled(state in CAN_START)
        self.bar.show_server(state, server)
        self.requests.set_hint(*hints.requests(state, server))
        self.errors.set_hint(*hints.errors(state))
        self.output.set_hint(*hints.output(state))
        self.flow.set_hint(*hints.flow(state, self.controller.config))
        self.changed.emit()

    @Slot()
    def _mark_seen(self) -> None:
        if self.errors.isVisible():
            self.controller.errors.groups.mark_seen()

    @Slot()
    def _show_counts(self) -> None:
        self._mark_seen()
        requests, errors = self.controller.requests.total, self.controller.errors.total
        for tab, name, count in ((REQUESTS, "Requests", requests), (ERRORS, "Errors", errors)):
            text = f"{name} ({count:,})" if count else name
            if text != self.panes.tabText(tab):  # the whole page is laid out again
                self.panes.setTabText(tab, text)
        self.countsChanged.emit()

    @Slot()
    def _keep_root(self) -> None:
        """Where the app's import root had to be found, it is taken at once the next time."""
        if self.controller.server is not None:
            self.form.keep_root(self.controller.server.root)

    # Putting it together

    def _lay_out(self) -> None:
        self.panes = QTabWidget(self)
        self.panes.setObjectName("panes")
        self.panes.setAccessibleName("Requests, errors, output and flow")
        self.panes.setDocumentMode(True)
        self.panes.addTab(self.requests, "Requests")
        self.panes.addTab(self.errors, "Errors")
        self.panes.addTab(self.output, "Output")
        self.panes.addTab(self.flow, "Flow")
        header = QWidget(self)
        top = QVBoxLayout(header)
        top.setContentsMargins(14, 10, 14, 10)
        top.setSpacing(12)
        top.addWidget(self.form)
        top.addWidget(self.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(header)
        layout.addWidget(self.strip)
        layout.addWidget(self.panes, 1)

    def _connect_commands(self) -> None:
        commands, controller = self.commands, self.controller
        for action, slot in (
            (commands.open_project, self.form.choose_folder),
            (commands.examples, commands.show_requests.trigger),
            (commands.examples, self.start_page.ask),
            (commands.choose_editor, self.links.choose_editor),
            (commands.start, self.start),
            (commands.stop, controller.stop),
            (commands.restart, self.restart),
            (commands.open_browser, self.open_browser),
            (commands.copy_url, self.copy_url),
            *((show, self._show_pane) for show in commands.show_panes),
            (commands.show_requests, self.start_page.leave),
            (commands.clear_requests, controller.clear_requests),
            (commands.clear_errors, controller.clear_errors),
            (commands.clear_output, controller.clear_output),
        ):
            action.triggered.connect(slot)

    def _connect_parts(self) -> None:
        commands, form, start_page = self.commands, self.form, self.start_page
        form.browse.clicked.connect(commands.open_project.trigger)
        form.projectChanged.connect(self.changed)
        form.submitted.connect(commands.start.trigger)
        form.problem.connect(self.strip.say)
        form.edited.connect(self.strip.clear)
        form.project.textChanged.connect(start_page.show_project)
        form.app.editTextChanged.connect(start_page.show_app)
        start_page.wanted.connect(self.requests.show_front)
        start_page.exampleRequested.connect(form.open_path)
        start_page.chosen.connect(self.bar.start.setFocus)
        start_page.folderRequested.connect(commands.open_project.trigger)
        self.requests.listWanted.connect(start_page.leave)
        self.bar.urlActivated.connect(self.open_browser)
        self.panes.currentChanged.connect(self._show_counts)
        self.messages.errorRequested.connect(self.links.show_error)
        self.messages.portRequested.connect(self._start_on)
        self.installer.outputWanted.connect(commands.show_output.trigger)
        self.installer.startWanted.connect(commands.start.trigger)
        self.installer.interpreterWanted.connect(form.python.choose)
        self.installer.installed.connect(form.look_again)
        self.links.openRequested.connect(self.editing.open)
        self.editing.finished.connect(self.links.opened)

    def _connect_controller(self) -> None:
        controller = self.controller
        controller.requestsChanged.connect(self.requests.refresh)
        controller.requestsChanged.connect(self.flow.refresh)
        controller.requestsChanged.connect(self._counting.ask)
        controller.errorsChanged.connect(self.errors.refresh)
        controller.errorsChanged.connect(self._mark_seen)
        controller.errorsChanged.connect(self._counting.ask)
        controller.errorsChanged.connect(self.flow.refresh)
        controller.outputChanged.connect(self.output.refresh)
        controller.stateChanged.connect(self._show_state)
        controller.stateChanged.connect(self.start_page.follow)
        controller.started.connect(self._show_state)
        controller.started.connect(self._keep_root)


def packed(value: QByteArray) -> str:
    """A widget's own state as text, for the settings."""
    return bytes(value.toBase64().data()).decode()


def unpacked(text: str) -> QByteArray:
    """The other way round; a state that a widget doesn't understand it leaves alone."""
    return QByteArray.fromBase64(text.encode())
