"""The window: where the panes are, and which signal leads where; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from launcher import APP_NAME
from launcher.actions import Actions
from launcher.controller import SessionController
from launcher.core.display import one_line
from launcher.core.settings import Settings
from launcher.links import Links
from launcher.panes import hints
from launcher.panes.action_bar import ActionBar
from launcher.panes.dialogs import about, ask_to_quit
from launcher.panes.errors import ErrorsPane
from launcher.panes.flow.pane import FlowPane
from launcher.panes.message_strip import MessageStrip
from launcher.panes.output import OutputPane
from launcher.panes.requests import RequestsPane
from launcher.panes.setup.form import SetupForm
from launcher.panes.status import StatusBar
from launcher.server_messages import ServerMessages
from launcher.theme import Theme
from server.errors import ConfigError
from server.state import CAN_RESTART, CAN_START, CAN_STOP, IS_UP

REQUESTS, ERRORS, OUTPUT, FLOW = range(4)


class MainWindow(QMainWindow):
    """The one window of ServeDeck.

    :param save: keeps the settings; returns why it couldn't, or ""
    """

    def __init__(
        self, controller: SessionController, look: Theme, save: Callable[[Settings], str]
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.controller = controller
        self._look = look
        self._save = save
        self._quitting = False
        self.commands = Actions(self)
        self.form = SetupForm(self)
        self.bar = ActionBar(self.commands, self)
        self.strip = MessageStrip(self)
        self.requests = RequestsPane(controller.requests, controller.errors, self)
        self.errors = ErrorsPane(controller.errors, self)
        self.output = OutputPane(controller.output, self)
        self.flow = FlowPane(controller.requests, controller.errors, self)
        self.status = StatusBar(self)
        self.notices = ServerMessages(controller, self.strip, self)
        self._lay_out()
        self.links = Links(
            self.panes, self.requests, self.errors, self.flow, self.strip, controller
        )
        self._connect()
        self._refresh_icons()
        self._show_state()
        self.bar.start.setFocus()

    def restore(self, settings: Settings) -> None:
        """Place and size the window as it was, in the look that was chosen."""
        for value, apply in (
            (settings.geometry, self.restoreGeometry),
            (settings.window_state, self.restoreState),
            (settings.details, self.requests.splitter.restoreState),
        ):
            if value:
                apply(QByteArray.fromBase64(value.encode()))
        for action in self.commands.appearance.actions():
            action.setChecked(action.data() == settings.appearance)
        self._look.set_appearance(settings.appearance)
        self.links.restore(settings)

    # What the user does

    @Slot()
    def start(self) -> None:
        """Start what the form says; a mistake in it is said in the window."""
        try:
            config = self.form.values()
        except ConfigError as error:
            self.strip.say(error.message)
            return
        self.strip.clear()
        self.notices.announce(config)
        if self.controller.start(config):
            problem = self._save(self._settings())
            if problem:
                self.strip.say(problem, tone="warning")

    @Slot()
    def restart(self) -> None:
        """Stop and start again with the same settings."""
        if self.controller.config is not None:
            self.strip.clear()
            self.controller.restart(self.controller.config)

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

    # What the controller tells

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
        self.status.show_facts(state, self.controller.config, server, self.controller.last_end)
        self.status.show_reloads(self.controller.reloads)
        self.requests.set_hint(*hints.requests(state, server))
        self.errors.set_hint(*hints.errors(state))
        self.output.set_hint(*hints.output(state))
        self.flow.set_hint(*hints.flow(state, self.controller.config))
        self._show_title()
        if self._quitting:
            self.quit()

    @Slot()
    def _show_counts(self) -> None:
        requests, errors = self.controller.requests.total, self.controller.errors.total
        self.status.show_counts(requests, errors)
        self.panes.setTabText(REQUESTS, f"Requests ({requests:,})" if requests else "Requests")
        self.panes.setTabText(ERRORS, f"Errors ({errors:,})" if errors else "Errors")

    @Slot()
    def _show_title(self) -> None:
        name = one_line(Path(self.form.project.text().strip()).name, 80).replace("[*]", "[*][*]")
        self.setWindowTitle(f"{APP_NAME} \u2013 {name}" if name else APP_NAME)

    @Slot(int)
    def _start_on(self, port: int) -> None:
        self.form.set_port(port)
        self.start()

    @Slot()
    def _show_pane(self) -> None:
        index = self.commands.show_panes.index(self.sender())
        self.panes.setCurrentIndex(index)
        (self.requests, self.errors, self.output, self.flow)[index].view.setFocus()

    @Slot()
    def _choose_look(self) -> None:
        self._look.set_appearance(self.commands.appearance.checkedAction().data())

    @Slot()
    def _refresh_icons(self) -> None:
        self.commands.refresh_icons(self.palette())
        for part in (self.strip, self.requests.details, self.errors, self.flow):
            part.refresh_icons()
        self.output.recolour()

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        event.setAccepted(self.controller.state in CAN_START)
        if event.isAccepted():
            self._save(self._settings())
        elif not self._quitting and self.findChild(QMessageBox, "quitDialog") is None:
            ask_to_quit(self).accepted.connect(self.quit)

    @Slot()
    def quit(self) -> None:
        """Stop what runs, without asking, and close once it has ended."""
        self._quitting = True
        if self.controller.state in CAN_START:
            self.close()
        elif self.controller.state in CAN_STOP:
            self.controller.stop()

    def _settings(self) -> Settings:
        def packed(value: QByteArray) -> str:
            return bytes(value.toBase64().data()).decode()

        return self.form.remember(
            Settings(
                geometry=packed(self.saveGeometry()),
                window_state=packed(self.saveState()),
                details=packed(self.requests.splitter.saveState()),
                appearance=self._look.appearance,
                editor=self.links.editor,
                learning=self.flow.learning,
                learn_language=self.flow.chosen_language,
            )
        )

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
        centre = QWidget(self)
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(header)
        layout.addWidget(self.strip)
        layout.addWidget(self.panes, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        self.commands.fill(self.menuBar())
        self.setMinimumSize(760, 480)
        self.resize(1180, 760)

    def _connect(self) -> None:
        commands, controller, form = self.commands, self.controller, self.form
        for action, slot in (
            (commands.open_project, self.form.choose_folder),
            (commands.quit, self.close),
            (commands.start, self.start),
            (commands.stop, controller.stop),
            (commands.restart, self.restart),
            (commands.open_browser, self.open_browser),
            (commands.copy_url, self.copy_url),
            *((show, self._show_pane) for show in commands.show_panes),
            (commands.choose_editor, self.links.choose_editor),
            (commands.clear_requests, controller.clear_requests),
            (commands.clear_errors, controller.clear_errors),
            (commands.clear_output, controller.clear_output),
            (commands.about, self._about),
        ):
            action.triggered.connect(slot)
        commands.appearance.triggered.connect(self._choose_look)
        form.browse.clicked.connect(commands.open_project.trigger)
        form.projectChanged.connect(self._show_title)
        form.submitted.connect(commands.start.trigger)
        form.problem.connect(self.strip.say)
        form.edited.connect(self.strip.clear)
        self.bar.urlActivated.connect(self.open_browser)
        controller.requestsChanged.connect(self.requests.refresh)
        controller.requestsChanged.connect(self.flow.refresh)
        controller.requestsChanged.connect(self._show_counts)
        controller.errorsChanged.connect(self.errors.refresh)
        controller.errorsChanged.connect(self._show_counts)
        controller.errorsChanged.connect(self.flow.refresh)
        controller.outputChanged.connect(self.output.refresh)
        controller.stateChanged.connect(self._show_state)
        controller.started.connect(self._show_state)
        self.notices.errorRequested.connect(self.links.show_error)
        self.notices.portRequested.connect(self._start_on)
        self._look.changed.connect(self._refresh_icons)

    @Slot()
    def _about(self) -> None:
        about(self)
