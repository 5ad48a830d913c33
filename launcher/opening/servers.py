"""Which servers are open in the window: opens, lists, closes and restores their pages. GUI thread.

A server is an app of a project. The same one twice is one page, brought to the front. A page keeps
its project once its server has run, since its rows are that project's; one that never ran is reused
for what is opened next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from launcher.core import resources
from launcher.core.messages import Action
from launcher.core.profiles import Profiles, project_key
from launcher.core.project.app_argument import read_app_argument
from launcher.core.settings import OpenPage, Settings, SettingsFolder
from launcher.core.state import CAN_START, CAN_STOP, IS_UP
from launcher.core.window_defaults import with_window_defaults
from launcher.main_window import MainWindow
from launcher.models.servers import ServerRow
from launcher.opening.har_files import HarFiles, is_har
from launcher.opening.port_offers import PortOffers
from launcher.opening.recent_projects import RecentProjects
from launcher.opening.server_rows import ServerRows, server_names
from launcher.opening.targets import targets_of
from launcher.panes.dialogs import ask_to_close
from launcher.panes.targets import Target
from launcher.pool import Background
from server.config import ServerConfig
from server.errors import ConfigError

if TYPE_CHECKING:
    from launcher.server_page import ServerPage

UNDO_MS = 8000
_TICK_MS = 1000
_CLOSED = "closed"  # the key of a message


class Servers(QObject):
    """See the module.

    :param make_page: makes a page with its server, in front of the window
    :param files: the pages that show files, which are listed behind the servers
    :ivar rows: the servers as they are listed, in the order of the pages
    :ivar recent: the recent projects
    """

    def __init__(
        self,
        window: MainWindow,
        settings: SettingsFolder,
        make_page: Callable[[], ServerPage],
        files: HarFiles,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._folder = settings
        self._make_page = make_page
        self._restored = Settings()
        self.rows: list[ServerRow] = []
        self.recent = RecentProjects(window, settings.profiles)
        self._ports = PortOffers(window, self._name_of)
        self._closing: set[ServerPage] = set()
        self._closed: list[OpenPage | str] = []  # the path of a file
        self._kept: tuple[ServerPage, int] | None = None  # closed, but still whole; and its place
        self._server_rows = ServerRows()
        self._undo = QTimer(self)
        self._undo.setSingleShot(True)
        self._undo.setInterval(UNDO_MS)
        self._undo.timeout.connect(self._end_kept)
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._tick)
        self._connect()

    @property
    def profiles(self) -> Profiles:
        """What was filled in for each app of each project."""
        return self._folder.profiles

    # Opening

    def restore(self, settings: Settings) -> None:
        """Open what was open, in its order; nothing is started."""
        self._restored = settings
        front = None
        for number, page in enumerate(settings.pages):
            if page.project and not Path(page.project).is_dir():
                continue  # it is among the recent ones, as one that is gone
            made = self._open_again(page)
            if number == settings.front:
                front = made
        if front is not None:
            self._window.pages.bring_to_front(front)
        if self._window.pages.servers:
            self._report_notices()

    def open(self, named: ServerConfig, python: str = "") -> ServerPage:
        """Bring an app's page to the front, and make one where there is none.

        :param named: project and app; without an app, the one that was used last there
        :param python: the interpreter; "" for the one that is remembered or found
        """
        page = self.find(named.project, named.app)
        if page is None:
            page = self._page_to_fill()
            self._fill(page, named, python)
        elif page.is_stopped and (python or (named.app and not page.app)):
            self._fill(page, replace(named, app=named.app or page.app), python)
        self._window.pages.bring_to_front(page)
        self.profiles.mark_used(page.project, page.app)
        self._refresh()
        self._report_notices()
        return page

    def open_path(self, path: str) -> None:
        """Open a folder, a file as the app of its project, or a HAR file; a mistake is shown as a
        message."""
        if is_har(path):
            self._files.open(path)
            return
        try:
            named = read_app_argument(path)
            self.open(ServerConfig(project=str(named.project), app=named.app))
        except ConfigError as error:
            self._window.pages.line.show_message(error.message)

    def open_last(self, python: str = "") -> ServerPage | None:
        """Open what was used last of all; at the very first start there is only the start page."""
        known = self.profiles.last()
        if known is None:
            return None
        return self.open(ServerConfig(project=known.config.project, app=known.config.app), python)

    def find(self, project: str, app: str) -> ServerPage | None:
        """The page of an app, or of any app of the project where none is named."""
        key, name = project_key(project), _app_key(app)
        of_project = [
            page for page in self._window.pages.servers if project_key(page.project) == key
        ]
        of_project.sort(key=lambda page: page is not self._window.pages.front_server)
        for page in of_project:
            if not name or _app_key(page.app) == name or (not page.app and not page.has_run):
                return page
        return None

    @Slot()
    def start_chosen(self) -> None:
        """Start the servers that were chosen to start with the window."""
        front = self._window.pages.front_server
        for page in list(self._window.pages.servers):
            if page.commands.start_with_window.isChecked() and page.is_stopped:
                page.start()
                if page is front:
                    page.focus_start()  # Start can't have the focus any more

    @Slot()
    def start_all(self) -> None:
        """Start every server that is stopped."""
        for page in self._window.pages.servers:
            if page.controller.state in CAN_START:
                page.start()

    @Slot()
    def stop_all(self) -> None:
        """Stop every server that runs."""
        for page in self._window.pages.servers:
            if page.controller.state in CAN_STOP:
                page.controller.stop()

    def _page_to_fill(self) -> ServerPage:
        page = self._window.pages.front_server
        if page is not None and page.is_stopped and not page.has_run:
            page.remember(Settings())
            return page
        return self._add()

    def _add(self) -> ServerPage:
        page = self._make_page()
        page.restore(self._restored, self.profiles)
        page.form.elsewhere = partial(self._open_elsewhere, page)
        page.controller.port_holder = partial(self._ports.holder, page)
        page.changed.connect(self._refresh)
        page.countsChanged.connect(self._show_rows)
        for signal in (page.form.edited, page.form.projectChanged):
            signal.connect(self._ports.check)
        page.saveRequested.connect(self._mark_used)
        page.requests.replays.others = partial(self._targets, page)
        return page

    def _fill(self, page: ServerPage, named: ServerConfig, python: str) -> None:
        """Fill a page in with what is named, and with what is remembered of it."""
        known = self.profiles.read(named.project, named.app) or self.profiles.read(named.project)
        if known is None:
            new = replace(
                named,
                python=python,
                body_limit=page.preferred.body_limit,
                port=self._ports.proposal(named.port),
            )
            page.form.set_values(with_window_defaults(new))
        else:
            config = replace(
                known.config,
                app=named.app or known.config.app,
                python=python or known.config.python,
            )
            page.form.set_values(
                config,
                python_chosen=known.python_chosen or bool(python),
                switches_chosen=known.switches_chosen,
            )

    def _open_elsewhere(self, page: ServerPage, path: str) -> bool:
        """Open a path that was chosen in a page, unless its place is that page."""
        named = read_app_argument(path)
        found = self.find(str(named.project), named.app)
        if (found is None or found is page) and page.is_stopped and not page.has_run:
            return False
        if (
            found is page
            and page.is_stopped
            and project_key(page.project) == project_key(str(named.project))
        ):
            return False
        self.open(ServerConfig(project=str(named.project), app=named.app))
        return True

    def _open_again(self, page: OpenPage) -> ServerPage:
        made = self._add()
        self._fill(made, ServerConfig(project=page.project, app=page.app), "")
        made.restore_page(page)
        return made

    def _report_notices(self) -> None:
        for notice in self._folder.take_notices():
            self._window.pages.line.show_message(notice, tone="warning")

    # Closing

    @Slot()
    def close_front(self) -> None:
        """Close the page in front; where its server runs, ask, and stop it first."""
        front = self._window.pages.front_server
        if front is not None:
            self.close_page(front)
        elif (page := self._window.page) is not None:
            self._files.close_page(
                self._window.pages.all.index(page) - len(self._window.pages.servers)
            )

    def close_page(self, page: ServerPage) -> None:
        """Close a page; see :meth:`close_front`."""
        if page.is_stopped:
            self._take_away(page)
        elif page not in self._closing:
            ask_to_close(self._window, page.title or page.app).accepted.connect(
                partial(self._stop_and_close, page)
            )

    @Slot()
    def reopen(self) -> None:
        """Show again the page that was closed last; with its rows, if it was closed just now."""
        last = self._closed[-1] if self._closed else None
        if isinstance(last, str):
            self._closed.pop()
            self._files.open(last)
        elif self._kept is not None:
            (page, at), self._kept = self._kept, None
            self._undo.stop()
            self._closed.pop()
            self._clear_message(_CLOSED)
            self._window.pages.insert_server(min(at, len(self._window.pages.servers)), page)
        elif last is not None:
            self._closed.pop()
            self._window.pages.bring_to_front(self._open_again(last))
        self._refresh()

    def _stop_and_close(self, page: ServerPage) -> None:
        self._closing.add(page)
        if page.controller.state in CAN_STOP:
            page.controller.stop()
        self._close_stopped()

    def _close_stopped(self) -> None:
        for page in [page for page in self._closing if page.is_stopped]:
            self._take_away(page)

    def _take_away(self, page: ServerPage) -> None:
        self._closing.discard(page)
        self._end_kept()
        page.remember(Settings())
        name = page.title or page.app
        self._closed.append(page.as_open_page())
        self._kept = (page, self._window.pages.servers.index(page))
        self._window.pages.remove_server(page)
        self._undo.start()
        self._refresh()
        undo = (Action("Undo", self.reopen, "Ctrl+Shift+T"),)
        self._clear_message(_CLOSED)
        self._window.pages.line.show_message(
            f"{name} was closed.", tone="info", key=_CLOSED, actions=undo
        )

    @Slot()
    def _end_kept(self) -> None:
        """The page that was closed won't be wanted any more, with its rows."""
        if self._kept is None:
            return
        from launcher.bridge import EventBridge
        from launcher.page.history_keeper import HistoryKeeper
        from launcher.page.watching import Watching

        (page, _at), self._kept = self._kept, None
        self._undo.stop()
        for bridge in page.findChildren(EventBridge):
            bridge.flush()  # so that the history has it
            bridge.close()
        for worker in page.findChildren(Background):
            worker.close()
        for keeper in page.findChildren(HistoryKeeper):
            keeper.close()
        page.replaying.close()
        for watching in page.findChildren(Watching):
            watching.close()
        page.controller.close(1.0)
        self._server_rows.forget(page)
        page.deleteLater()

    # Lists

    @Slot()
    def _refresh(self) -> None:
        """Bring the lists in step with the pages."""
        if self._closing:
            self._close_stopped()
        window = self._window
        self.rows = self._listed()
        window.show_servers(self.rows)
        servers = [row for row in self.rows if not row.is_file]
        if window.pages.files:
            self._files.show_targets(self._targets(None))
        runs = any(page.controller.state in IS_UP for page in window.pages.servers)
        if runs and not self._ticks.isActive():
            self._ticks.start()
        elif not runs:
            self._ticks.stop()
        window.commands.reopen_page.setEnabled(bool(self._closed))
        window.commands.start_all.setEnabled(any(r.state in CAN_START for r in servers))
        window.commands.stop_all.setEnabled(any(r.state in CAN_STOP for r in servers))
        self._ports.check()
        self.recent.set_open({project_key(page.project) for page in window.pages.servers})

    @Slot()
    def _show_rows(self) -> None:
        """What is listed of a page may be different: nothing else depends on its counts."""
        rows = self._listed()
        if rows != self.rows:
            self.rows = rows
            self._window.show_servers(rows)

    def _listed(self) -> list[ServerRow]:
        """What is listed now, in the order of the pages."""
        return [*self._server_rows.of(self._window.pages.servers), *self._files.rows]

    @Slot()
    def _tick(self) -> None:
        """Once a second: how many requests each has had in it."""
        if not self._window.sidebar.isVisible():
            return
        self._server_rows.count(self._window.pages.servers)
        self._show_rows()

    def _name_of(self, page: ServerPage) -> str:
        """What a page's server is called in the list."""
        pages = self._window.pages.servers
        return server_names(pages)[pages.index(page)]

    def _targets(self, without: ServerPage | None) -> list[Target]:
        """The servers to which requests of other pages can be sent."""
        pages = self._window.pages.servers
        named = zip(pages, server_names(pages), strict=True)
        return targets_of(self._window, [pair for pair in named if pair[0] is not without])

    @Slot(str)
    def _file_closed(self, path: str) -> None:
        self._closed.append(path)

    def _clear_message(self, key: str) -> None:
        """Take a message away, in whichever page it is."""
        pages = self._window.pages.all
        for line in (self._window.pages.start.line, *(page.line for page in pages)):
            line.clear_key(key)

    # Putting it together

    def _connect(self) -> None:
        window = self._window
        commands, sidebar = window.commands, window.sidebar
        commands.open_project.triggered.connect(self.choose_folder)
        commands.close_page.triggered.connect(self.close_front)
        commands.reopen_page.triggered.connect(self.reopen)
        commands.start_all.triggered.connect(self.start_all)
        commands.stop_all.triggered.connect(self.stop_all)
        for number, action in enumerate(commands.show_servers):
            action.triggered.connect(partial(self._show_number, number))
        sidebar.addRequested.connect(self.choose_folder)
        sidebar.startAllRequested.connect(self.start_all)
        sidebar.stopAllRequested.connect(self.stop_all)
        sidebar.servers.chosen.connect(self._show_number)
        sidebar.servers.commandRequested.connect(self._command)
        window.pages.start.folderRequested.connect(self.choose_folder)
        window.pages.start.fileRequested.connect(self.choose_file)
        window.pages.start.exampleRequested.connect(self.open_path)
        self.recent.chosen.connect(self.open_path)
        window.pageShown.connect(self._refresh)
        window.drops.dropped.connect(self.open_path)
        self._files.changed.connect(self._refresh)
        self._files.closed.connect(self._file_closed)

    @Slot()
    def choose_folder(self) -> None:
        """Choose a project in a dialog, from the folder that has the last own one."""
        examples = project_key(str(resources.resource("examples")))
        own = [
            project.project
            for project in self.profiles.recent()
            if not Path(project.project).is_relative_to(examples)
        ]
        dialog = QFileDialog(
            self._window, "Project Folder", str(Path(own[0]).parent) if own else ""
        )
        dialog.setObjectName("projectDialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.open_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def choose_file(self) -> None:
        """Choose the file that has the app."""
        dialog = QFileDialog(self._window, "App", "", "Python (*.py *.wsgi)")
        dialog.setObjectName("appFileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(int)
    def _show_number(self, number: int, _checked: bool = False) -> None:
        if number < len(self._window.pages.all):
            self._window.pages.bring_to_front(self._window.pages.all[number])

    @Slot(int, str)
    def _command(self, number: int, command: str) -> None:
        if number >= len(self._window.pages.servers):
            self._files.close_page(number - len(self._window.pages.servers))
            return
        page = self._window.pages.servers[number]
        if command == "close":
            self.close_page(page)
        else:
            {"start": page.start, "stop": page.stop, "restart": page.restart}[command]()

    @Slot(object)
    def _mark_used(self, page: ServerPage) -> None:
        self.profiles.mark_used(page.project, page.app)


def _app_key(app: str) -> str:
    """One name for an app that may be written in several ways."""
    return app.removesuffix(":app").removesuffix(".py")
