"""The window: the pages of the servers, menus for the one in front, geometry; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QMessageBox, QStackedWidget

from launcher import APP_NAME
from launcher.actions import Menus, WindowActions
from launcher.core.settings import Settings
from launcher.core.state import CAN_STOP
from launcher.panes.controls.focus_ring import FocusRing
from launcher.panes.dialogs import about, ask_to_quit
from launcher.panes.status import StatusBar
from launcher.server_page import ServerPage, packed, unpacked
from launcher.theme import Theme


class MainWindow(QMainWindow):
    """The one window of ServeDeck.

    :param save: keeps the settings; returns why it couldn't, or ""
    :param data_dir: the data folder, in which the servers' histories are
    :ivar pages: the servers' pages, in the order in which they were added
    """

    def __init__(self, look: Theme, save: Callable[[Settings], str], data_dir: Path) -> None:
        super().__init__()
        self.data_dir = data_dir
        self.setObjectName("mainWindow")
        self._look = look
        self._save = save
        self._quitting = False
        self.pages: list[ServerPage] = []
        self.commands = WindowActions(self)
        self.menus = Menus(self, self.commands)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self._stack = QStackedWidget(self)
        self.setCentralWidget(self._stack)
        self._ring = FocusRing(self)
        self.setMinimumSize(640, 400)
        self.resize(1180, 760)
        self._stack.currentChanged.connect(self._show_page)
        self.commands.quit.triggered.connect(self.close)
        self.commands.menu.triggered.connect(self._open_menu)
        self.commands.about.triggered.connect(self._about)
        self.commands.appearance.triggered.connect(self._choose_look)
        look.changed.connect(self._refresh_icons)
        self._show_page()

    @property
    def page(self) -> ServerPage | None:
        """The page in front, or None where there is none."""
        page = self._stack.currentWidget()
        return page if isinstance(page, ServerPage) else None

    def add_page(self, page: ServerPage) -> None:
        """Take a page in, and bring it to the front."""
        self.pages.append(page)
        page.changed.connect(self._page_changed)
        page.head.menuRequested.connect(self.menus.menu.popup)
        page.countsChanged.connect(self._counts_changed)
        page.saveRequested.connect(self._save_for_page)
        page.links.editorChosen.connect(self._use_editor)
        self._stack.addWidget(page)
        self.show_page(page)

    def show_page(self, page: ServerPage) -> None:
        """Bring a page to the front."""
        self._stack.setCurrentWidget(page)
        page.focus_start()

    def restore(self, settings: Settings) -> None:
        """Place and size the window as it was, in the look that was chosen."""
        for value, apply in (
            (settings.geometry, self.restoreGeometry),
            (settings.window_state, self.restoreState),
        ):
            if value:
                apply(unpacked(value))
        for action in self.commands.appearance.actions():
            action.setChecked(action.data() == settings.appearance)
        self._look.set_appearance(settings.appearance)

    def _settings(self) -> Settings:
        """What is to be remembered; of what there can only be one, that of the page in front."""
        settings = Settings(
            geometry=packed(self.saveGeometry()),
            window_state=packed(self.saveState()),
            appearance=self._look.appearance,
        )
        for page in sorted(self.pages, key=lambda page: page is self.page):
            settings = page.remember(settings)
        return settings

    # What the pages report

    @Slot()
    def _show_page(self) -> None:
        page = self.page
        self.menus.show_page(None if page is None else page.commands)
        self._show_facts()
        self._show_counts()

    @Slot()
    def _page_changed(self) -> None:
        if self.sender() is self.page:
            self._show_facts()
        if self._quitting:
            self.quit()

    @Slot()
    def _counts_changed(self) -> None:
        if self.sender() is self.page:
            self._show_counts()

    def _show_facts(self) -> None:
        page = self.page
        title = "" if page is None else page.title.replace("[*]", "[*][*]")
        self.setWindowTitle(f"{APP_NAME} \u2013 {title}" if title else APP_NAME)
        if page is not None:
            server = page.controller
            self.status.show_facts(server.state, server.config, server.server, server.last_end)
            self.status.show_reloads(server.reloads)

    def _show_counts(self) -> None:
        if self.page is not None:
            logs = self.page.controller
            self.status.show_counts(logs.requests.total, logs.errors.groups)

    @Slot()
    def _save_for_page(self) -> None:
        page, problem = self.sender(), self._save(self._settings())
        if problem and isinstance(page, ServerPage):
            page.line.say(problem, tone="warning")

    @Slot(str)
    def _use_editor(self, command: str) -> None:
        for page in self.pages:
            page.links.editor = command

    # The look

    @Slot()
    def _choose_look(self) -> None:
        self._look.set_appearance(self.commands.appearance.checkedAction().data())

    @Slot()
    def _refresh_icons(self) -> None:
        for page in self.pages:
            page.refresh_icons()

    @Slot()
    def _open_menu(self) -> None:
        if self.page is not None:
            self.page.head.open_menu()
        else:
            self.menus.menu.popup(self.mapToGlobal(self._stack.pos()))

    @Slot()
    def _about(self) -> None:
        about(self)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        event.setAccepted(all(page.is_stopped for page in self.pages))
        if event.isAccepted():
            self._save(self._settings())
        elif not self._quitting and self.findChild(QMessageBox, "quitDialog") is None:
            ask_to_quit(self).accepted.connect(self.quit)

    @Slot()
    def quit(self) -> None:
        """Stop what runs, without asking, and close once all of it has ended."""
        self._quitting = True
        for page in self.pages:
            if page.controller.state in CAN_STOP:
                page.controller.stop()
        if all(page.is_stopped for page in self.pages):
            self.close()
