"""One server's page: what to serve, its state, its panes and its messages; GUI thread only.

All of it belongs to one server, and the window may have several pages. A page knows its
controller; what concerns the whole window (menus, title, status bar, settings) it reports by
signals.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher.actions import PageActions
from launcher.controller import SessionController
from launcher.core.display import one_line, plural
from launcher.core.editors import EditorOpener
from launcher.core.profiles import Profiles
from launcher.core.settings import OpenPage, Settings
from launcher.core.state import CAN_RESTART, CAN_START, CAN_STOP, IS_UP, SessionState
from launcher.page.clearing import Clearing
from launcher.page.editing import Editing
from launcher.page.explaining import Explaining
from launcher.page.exposure import Exposure
from launcher.page.finders import connect_finders
from launcher.page.form_changes import FormChanges
from launcher.page.frame_consoles import FrameConsoles
from launcher.page.hints import Hints
from launcher.page.installer import Installer
from launcher.page.links import Links
from launcher.page.messages import ServerMessages
from launcher.page.notices import ErrorNotices
from launcher.page.numbers import PageNumbers
from launcher.page.pausing import Pausing
from launcher.page.replaying import Replaying
from launcher.page.reviving import Reviving
from launcher.page.view import restore_view, view_of
from launcher.page.waiting import Waiting
from launcher.panes.controls.page_holder import page_holder
from launcher.panes.errors import ErrorsPane
from launcher.panes.flow.pane import FlowPane
from launcher.panes.head.address import expected_url
from launcher.panes.head.head import Head
from launcher.panes.latest_error import LatestError
from launcher.panes.message_line import MessageLine
from launcher.panes.output.pane import OutputPane
from launcher.panes.requests import RequestsPane
from launcher.panes.routes import RoutesPane
from launcher.panes.setup.found import LastRun
from launcher.panes.setup.page import SetupPage
from launcher.panes.tabs import Tabs
from launcher.panes.wait_line import WaitLine
from launcher.panes.watch.pane import WatchPane
from server.config import ServerConfig
from server.errors import ConfigError

SETUP, REQUESTS, ERRORS, OUTPUT, FLOW, ROUTES = range(6)
"""The tabs, as long as nothing is pinned: Watch comes behind the requests then."""
_MISTAKE = "mistake"


class ServerPage(QWidget):
    """Everything in the window that belongs to one server.

    :param controller: the server
    :ivar commands: what the user can do here; for the menus while the page is in front
    :ivar preferred: what was last given to :meth:`apply`
    :ivar has_run: its server was started at least once, so the page keeps its project
    """

    changed = Signal(object)
    """State, facts or name of this page are others now."""
    countsChanged = Signal(object)  # noqa: N815
    """There are more requests or errors, or they have been looked at or cleared."""
    undoOffered = Signal(object)  # noqa: N815
    """``Undo``: something was done that can be taken back for some seconds."""
    saveRequested = Signal(object)  # noqa: N815
    """What is filled in is to be remembered."""
    historyWanted = Signal(str, str)  # noqa: N815
    """What there is of before is to be shown: of this project, and its app."""

    def __init__(
        self,
        controller: SessionController,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("serverPage")
        self.controller = controller
        self.has_run = False
        self._profiles = Profiles()
        self.preferred = Settings()
        self.commands = PageActions(self)
        self.head = Head(self.commands, self)
        self.panes = Tabs(self)
        holder = page_holder(self.panes)
        self.setup = SetupPage(self.commands, holder)
        self.form = self.setup.form
        self.line = MessageLine(self)
        self.wait_line = WaitLine(self)
        self.latest = LatestError(controller.errors, self)
        self.requests = RequestsPane(controller.requests, controller.errors, holder)
        self.watch = WatchPane(controller.watch, holder)
        self.errors = ErrorsPane(controller.errors, holder)
        self.output = OutputPane(controller.output, holder)
        self.flow = FlowPane(controller.requests, controller.errors, holder)
        self.routes = RoutesPane(controller.routes, holder)
        self.notices = ErrorNotices(controller.errors, self)
        self._leaves_setup = False
        self._lay_out()
        lists = {self.requests: "requests", self.errors: "errors", self.output: "output"}
        self.clearing = Clearing(self.panes, controller, self.commands, lists, self)
        self.clearing.undoOffered.connect(self.undoOffered)
        self.hints = Hints(
            controller, self.commands, self.requests, self.errors, self.output, self.flow,
            self.routes, self,
        )  # fmt: skip
        self.clearing.hiddenChanged.connect(self.hints.show_lists)
        self.hints.flowWanted.connect(self._record_flow)
        self.numbers = PageNumbers(
            controller, self.panes, self.requests, self.errors, self.latest, self.line, self
        )
        self.numbers.changed.connect(self._counts_changed)
        self.messages = ServerMessages(controller, self.line, self)
        self.installer = Installer(controller, self.line, self)
        self.links = Links(
            self.panes, self.requests, self.errors, self.flow, self.routes, self.line, controller
        )
        self.editing = Editing(EditorOpener(), self)
        self.replaying = Replaying(controller, self.requests, self.line, self)
        self.waiting = Waiting(controller, self.wait_line, self.line, self)
        self.waiting.watch(self.installer, connect_finders(self.form, self), self.output)
        self.form_changes = FormChanges(controller, self.form, self.line, self.restart, self)
        self.exposure = Exposure(self.line, self.form, self.start_or_restart, self)
        self.pausing = Pausing(controller, self.commands, self.output, self.head, self.line, self)
        errors = (self.errors.panel.frames, self.requests.details.error.frames)
        self.reviving = Reviving(controller, self.head, self.line, self)
        self.frame_consoles = FrameConsoles(controller, errors, self)
        self.explaining = Explaining(controller, self.requests.details.queries, self)
        self._connect_commands()
        self._connect_parts()
        self._connect_controller()
        self.refresh_icons()
        self._show_state()
        self._tab_changed()
        self.numbers.show_counts()

    @property
    def title(self) -> str:
        """What the page is called: its project folder, on one line; "" where there is none."""
        return one_line(Path(self.form.project.text().strip()).name, 80)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing runs: the page can be closed."""
        return self.controller.state in CAN_START

    @property
    def project(self) -> str:
        """The project folder that is filled in."""
        return self.form.project.text().strip()

    @property
    def app(self) -> str:
        """The app that is filled in."""
        return self.form.app.value()

    def as_open_page(self) -> OpenPage:
        """What of the page is remembered while it is open."""
        return OpenPage(
            self.project,
            self.app,
            self.has_run,
            self.commands.start_with_window.isChecked(),
            view_of(self.panes, self.requests, self.errors, self.output),
        )

    def restore_page(self, page: OpenPage) -> None:
        """The other way round; what is filled in is in the profile."""
        self.has_run = page.has_run
        self.commands.start_with_window.setChecked(page.starts)
        restore_view(page.view, self.panes, self.requests, self.errors, self.output)

    def restore(self, settings: Settings, profiles: Profiles) -> None:
        """Take over what was remembered, except for what is filled in."""
        if settings.details:
            self.requests.splitter.restore(settings.details)
        self.flow.set_learning(settings.learning, settings.learn_language)
        self._profiles = profiles
        self.form.restore(settings, profiles)
        self._show_filters()

    @Slot()
    def _show_filters(self) -> None:
        """The project's own rules and saved filters."""
        self.requests.filtering.set_filters(self._profiles.filters(self.project))

    @Slot()
    def _mark(self) -> None:
        self.controller.mark("")

    @Slot()
    def _keep_filters(self) -> None:
        problem = self._profiles.keep_filters(self.project, self.requests.filtering.filters)
        if problem:
            self.warn(problem)

    @Slot(object)
    def apply(self, settings: Settings) -> None:
        """Follow what is preferred for all pages."""
        self.preferred = settings
        self.notices.enabled = settings.notify
        self.links.editor = settings.editor
        self.requests.view.set_compact(settings.rows == "compact")
        self.controller.requests.set_capacity(settings.kept_requests)

    def remember(self, settings: Settings) -> Settings:
        """The settings with what is chosen and filled in here."""
        return self.form.remember(
            replace(
                settings,
                details=self.requests.splitter.choice,
                learning=self.flow.learning,
                learn_language=self.flow.chosen_language,
            )
        )

    @Slot()
    def focus_start(self) -> None:
        """Put the focus on Start, the larger one where it is in front; while the server runs, on
        what is in front."""
        focus: QWidget
        if not self.is_stopped:
            focus = self._beginnings[self.panes.currentWidget()]
        else:
            focus = self.setup.start if self.panes.currentIndex() == SETUP else self.head.start
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def _beginnings(self) -> dict[QWidget, QWidget]:
        """Where work begins in each pane, in the order of the commands that show them."""
        lists = (
            self.requests, self.watch, self.errors, self.output, self.flow, self.routes
        )  # fmt: skip
        return {self.setup: self.form.app, **{pane: pane.view for pane in lists}}

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.commands.refresh_icons(self.palette())
        for part in (
            self.head, self.setup, self.line, self.latest,
            self.requests.details, self.watch, self.errors, self.output, self.flow,
        ):  # fmt: skip
            part.refresh_icons()

    # What the user does

    def _filled_in(self) -> ServerConfig | None:
        """What is filled in; None where it can't be used so, which the message line shows."""
        try:
            config = self.form.values()
        except ConfigError as error:
            self._show_mistake(error.message)
            return None
        self.line.clear()
        return config if self.exposure.allows(config) else None

    @Slot()
    def start(self) -> None:
        """Start what is filled in; a mistake in it is shown in the message line."""
        config = self._filled_in()
        if config is None:
            return
        self._leaves_setup = self.panes.currentIndex() == SETUP
        self.messages.announce(config)
        if self.controller.start(config):
            self.has_run = True
            self.saveRequested.emit(self)

    @Slot()
    def stop(self) -> None:
        """Stop the server; where it is being stopped already, wait for nothing any more."""
        if not self.controller.stop_now():
            self.controller.stop()

    @Slot()
    def restart(self) -> None:
        """Stop and start again, with what is filled in now."""
        config = self._filled_in()
        if config is None:
            return
        if self.controller.restart(config):
            self.saveRequested.emit(self)

    @Slot()
    def start_or_restart(self) -> None:
        """Have the server run with what is filled in now."""
        if self.controller.state in CAN_START:
            self.start()
        else:
            self.restart()

    @Slot(str)
    def warn(self, text: str) -> None:
        """Show a sentence about something that doesn't stop the server."""
        self.line.show_message(text, tone="warning")

    @Slot()
    def open_browser(self) -> None:
        """Open the address of the running server."""
        server = self.controller.server
        if server is not None and not QDesktopServices.openUrl(QUrl(server.url)):
            self.line.show_message(f"No browser could be opened: go to {server.url} yourself.")

    @Slot()
    def copy_url(self) -> None:
        """Put the address of the running server on the clipboard."""
        if self.controller.server is not None:
            QGuiApplication.clipboard().setText(self.controller.server.url)

    @Slot()
    def copy_pin(self) -> None:
        """Put what the debugger in the browser asks for on the clipboard."""
        if self.controller.server is not None:
            QGuiApplication.clipboard().setText(self.controller.server.debugger_pin)

    @Slot(int)
    def _start_on(self, port: int) -> None:
        self.form.set_port(port)
        self.start()

    @Slot()
    def _record_flow(self) -> None:
        self.form.set_flow("on")
        self.start_or_restart()

    @Slot(QAction)
    def _show_pane(self, action: QAction) -> None:
        pane, focus = list(self._beginnings.items())[self.commands.show_panes.index(action)]
        self.panes.setCurrentWidget(pane)
        focus.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if pane is self.output:
            self.pausing.come_to_front()

    # What the controller reports

    @Slot()
    def _show_state(self) -> None:
        state, server, commands = self.controller.state, self.controller.server, self.commands
        in_head = self.head.has_command_focus
        if state not in CAN_START:
            self.setup.lend_focus()
        commands.start.setEnabled(state in CAN_START)
        commands.stop.setEnabled(state in CAN_STOP or state is SessionState.STOPPING)
        commands.restart.setEnabled(state in CAN_RESTART)
        for action in (commands.open_browser, commands.copy_url):
            action.setEnabled(state in IS_UP)
        pin = server.debugger_pin if server is not None else ""
        commands.copy_pin.setVisible(bool(pin))
        commands.copy_pin.setText(f"Copy Debugger &PIN  {pin}")
        self.setup.set_running(state not in CAN_START)
        self._show_head()
        if in_head and not self.head.has_command_focus:
            self.head.focus_command()
        self.numbers.follow_traffic(is_up=state in IS_UP)
        self.requests.show_server("" if server is None else server.url)
        self.errors.set_facts(self.app, server.python if server is not None else "")
        self.hints.refresh()
        self.changed.emit(self)

    @Slot()
    def _keep_found(self) -> None:
        """What the server had to find out about the app is known at once the next time."""
        server = self.controller.server
        if server is not None:
            self.form.keep_found(server.root, server.ends_first)

    @Slot()
    def _show_head(self) -> None:
        """What the head shows of the server and of what is filled in."""
        controller = self.controller
        self.head.show_name(self.title)
        self.head.show_environment(self.form.python.current(), self.form.app.kind())
        self.head.show_server(
            controller.state,
            controller.server,
            expected=expected_url(self.form.draft()),
            deadline=controller.stops_by,
            crash=controller.crash,
        )

    @Slot()
    def _counts_changed(self) -> None:
        self.countsChanged.emit(self)

    @Slot()
    def _show_requests(self) -> None:
        self.panes.setCurrentIndex(REQUESTS)

    @Slot()
    def _tab_changed(self) -> None:
        self.head.set_set_up_in_front(self.panes.currentIndex() == SETUP)
        if self.panes.currentWidget() is self.output:
            self.pausing.come_to_front()

    @Slot()
    def _started(self) -> None:
        """The server is there: from the set-up, go on to what it is asked."""
        good = self.controller.state is SessionState.RUNNING
        if good and self._leaves_setup and self.panes.currentIndex() == SETUP:
            focus = self.window().focusWidget()
            focus_is_here = focus is not None and self.setup.isAncestorOf(focus)
            self.panes.setCurrentIndex(REQUESTS)
            if focus_is_here:  # else Qt gives it to what is first in the window
                self.requests.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._leaves_setup = False
        self._show_state()

    @Slot()
    def _ended(self) -> None:
        """The server has ended; the set-up shows how its run went."""
        logs = self.controller
        if not logs.last_end:  # it never ran
            return
        kinds, errors = plural(len(logs.errors.groups), "kind"), logs.errors.total
        self.setup.found.show_last_run(
            LastRun(
                (
                    ("Requests", f"{logs.requests.total:,}"),
                    (
                        "Errors",
                        f"{kinds}, {errors:,} in all" if errors else "none",
                    ),
                ),
                logs.last_end,
            )
        )

    @Slot()
    def _edited(self) -> None:
        self.line.clear_key(_MISTAKE)

    @Slot(str)
    def _show_mistake(self, text: str) -> None:
        self.line.show_message(text, key=_MISTAKE)

    @Slot()
    def _project_opened(self) -> None:
        """Another project is filled in: its set-up is what comes first, and what there is of it."""
        if self.controller.state in CAN_START:
            self.panes.setCurrentIndex(SETUP)
            if not self.has_run:
                self.historyWanted.emit(self.project, self.app)
        self._show_head()
        self.changed.emit(self)

    # Putting it together

    def _lay_out(self) -> None:
        self.panes.setAccessibleName("Set-up, requests, watch, errors, output, flow and routes")
        for pane, name in (
            (self.setup, "Set-up"),
            (self.requests, "Requests"),
            (self.errors, "Errors"),
            (self.output, "Output"),
            (self.flow, "Flow"),
            (self.routes, "Routes"),
        ):
            self.panes.addTab(pane, name)
        self.watch.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.panes, 1)
        layout.addWidget(self.wait_line)
        layout.addWidget(self.line)
        layout.addWidget(self.latest)

    def _connect_commands(self) -> None:
        commands = self.commands
        for action, slot in (
            (commands.choose_editor, self.links.choose_editor),
            (commands.start, self.start),
            (commands.stop, self.stop),
            (commands.restart, self.restart),
            (commands.open_browser, self.open_browser),
            (commands.copy_url, self.copy_url),
            (commands.copy_pin, self.copy_pin),
        ):
            action.triggered.connect(slot)
        panes = QActionGroup(self)
        panes.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for action in commands.show_panes:
            panes.addAction(action)
        panes.triggered.connect(self._show_pane)

    def _connect_parts(self) -> None:
        commands, form = self.commands, self.form
        form.browse.clicked.connect(form.choose_folder)
        form.projectChanged.connect(self._project_opened)
        form.projectChanged.connect(self._show_filters)
        self.requests.filtering.kept.connect(self._keep_filters)
        self.requests.markWanted.connect(self._mark)
        self.requests.clearWanted.connect(commands.clear_requests.trigger)
        commands.move_details.triggered.connect(self.requests.splitter.toggle)
        form.submitted.connect(commands.start.trigger)
        form.problem.connect(self._show_mistake)
        form.edited.connect(self._edited)
        form.changed.connect(self._show_head)
        for ours, theirs in ((self.head.debug, form.debug), (self.head.reload, form.reload)):
            ours.toggled.connect(theirs.setChecked)
            theirs.toggled.connect(ours.setChecked)
            ours.setChecked(theirs.isChecked())
        self.requests.listWanted.connect(self._show_requests)
        self.head.urlActivated.connect(self.open_browser)
        self.panes.currentChanged.connect(self._tab_changed)
        self.setup.found.requestsWanted.connect(commands.show_requests.trigger)
        self.latest.errorRequested.connect(self.links.show_error)
        self.latest.sourceRequested.connect(self.links.open_source)
        self.requests.whereRequested.connect(self.waiting.ask_where)
        self.wait_line.sourceRequested.connect(self.links.open_source)
        self.messages.errorRequested.connect(self.links.show_error)
        self.messages.portRequested.connect(self._start_on)
        self.installer.outputWanted.connect(commands.show_output.trigger)
        self.installer.startWanted.connect(commands.start.trigger)
        self.installer.interpreterWanted.connect(form.python.choose)
        self.installer.installed.connect(form.look_again)
        self.links.openRequested.connect(self.editing.open)
        self.output.sourceRequested.connect(self.links.open_source)
        self.output.requestRequested.connect(self.links.show_request)
        self.editing.finished.connect(self.links.opened)

    def _connect_controller(self) -> None:
        controller = self.controller
        controller.requestsChanged.connect(self.requests.refresh)
        for came_back in (controller.hiding.uncleared, controller.hiding.allShown):
            came_back.connect(self.requests.select_shown)
        controller.requestsChanged.connect(self.flow.refresh)
        controller.requestsChanged.connect(self.routes.refresh)
        controller.errorsChanged.connect(self.errors.refresh)
        controller.errorsChanged.connect(self.notices.look)
        controller.errorsChanged.connect(self.requests.refresh)
        controller.errorsChanged.connect(self.flow.refresh)
        controller.outputChanged.connect(self.output.refresh)
        controller.stateChanged.connect(self._show_state)
        controller.started.connect(self._started)
        controller.started.connect(self._keep_found)
        controller.stopped.connect(self._ended)
        controller.failed.connect(self._ended)
