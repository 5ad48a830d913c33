"""The window: sidebar and menus beside the pages, title, geometry, settings; GUI thread only.

The pages are in :mod:`launcher.window.pages`; what is open is decided in
:mod:`launcher.opening.servers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from launcher.actions import WindowActions
from launcher.core.settings import Settings
from launcher.core.state import IS_UP
from launcher.models.servers import ServerRow
from launcher.panes.controls.enter_key import pressed_by_enter
from launcher.panes.controls.focus_ring import FocusRing
from launcher.panes.controls.reading_order import ReadingOrder
from launcher.panes.drops import Drops
from launcher.panes.sidebar import Sidebar
from launcher.panes.status import StatusBar
from launcher.theme import Theme
from launcher.theme.fonts import text_size
from launcher.window.facts import show_counts, show_facts
from launcher.window.menus import Menus
from launcher.window.pages import Pages
from launcher.window.placing import FIRST_SIZE, packed, place, unpacked
from launcher.window.quitting import Quitting

if TYPE_CHECKING:
    from launcher.page.har_page import HarPage
    from launcher.server_page import ServerPage  # where no page is shown, it is not loaded

SIDEBAR_FROM = 1000
"""The width of the window from which there is room for the sidebar, in logical pixels; so many
times as much where text is larger."""


class MainWindow(ReadingOrder, QMainWindow):
    """The one window of ServeDeck.

    :param save: keeps the settings; returns why it couldn't, or ""
    :param data_dir: the data folder, in which the servers' histories are
    :ivar pages: the servers', the files', and the start page
    :ivar quitting: stops what runs before the window closes
    :ivar foot: where the window shows what concerns no page
    :ivar keeps_pages: what is open here is what is opened at the next start
    """

    pageShown = Signal()  # noqa: N815
    """Another page is in front, or there is one more or less."""
    searchRequested = Signal()  # noqa: N815
    """The search field of a page was chosen."""
    undoOffered = Signal(object)  # noqa: N815
    """``Undo``: see ``ServerPage.undoOffered``."""

    def __init__(self, look: Theme, save: Callable[[Settings], str], data_dir: Path) -> None:
        super().__init__()
        self.data_dir = data_dir
        self.setObjectName("mainWindow")
        self._look = look
        self._save = save
        self._settings_before = Settings()
        self.keeps_pages = True
        self.commands = WindowActions(self)
        self.addActions([self.commands.close_page, *self.commands.show_servers])
        self.menus = Menus(self, self.commands)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        beside = QWidget(self)
        self.setCentralWidget(beside)
        self.sidebar = Sidebar(beside)
        self.pages = Pages(beside)
        self.quitting = Quitting(self, self.pages.servers)
        self._ring = FocusRing(self)
        self._lay_out(beside)
        self.pages.currentChanged.connect(self._show_page)
        self.pages.taken.connect(self._page_taken)
        start = self.pages.start
        start.menuRequested.connect(self.menus.menu.popup)
        start.searchRequested.connect(self.searchRequested)
        self.commands.start_page.triggered.connect(self.pages.show_start)
        self.commands.quit.triggered.connect(self.close)
        self.commands.menu.triggered.connect(self._open_menu)
        look.changed.connect(self._refresh_icons)
        self._show_page()

    @property
    def page(self) -> ServerPage | HarPage | None:
        """The page in front, or None where that is the start page."""
        return self.pages.front

    def add_page(self, page: ServerPage) -> None:
        """Take a new server's page in, and bring it to the front."""
        page.changed.connect(self._page_changed)
        page.head.menuRequested.connect(self.menus.menu.popup)
        page.head.searchRequested.connect(self.searchRequested)
        page.undoOffered.connect(self.undoOffered)
        page.countsChanged.connect(self._counts_changed)
        page.saveRequested.connect(self._save_for_page)
        self.pages.insert_server(len(self.pages.servers), page)

    def add_file(self, page: HarPage) -> None:
        """Take the page of a file in, and bring it to the front."""
        page.menuRequested.connect(self.menus.menu.popup)
        page.searchRequested.connect(self.searchRequested)
        self.pages.add_file(page)

    def show_servers(self, rows: Sequence[ServerRow]) -> None:
        """List servers and files in the sidebar and in the menu, in the order of the pages."""
        page = self.page
        front = -1 if page is None else self.pages.all.index(page)
        self.sidebar.show_servers(rows, front)
        self.menus.show_servers([row.name for row in rows], front)

    def restore(self, settings: Settings) -> None:
        """Place and size the window as it was."""
        self._settings_before = settings
        place(self, unpacked(settings.geometry))
        self.restoreState(unpacked(settings.window_state))

    @Slot()
    def save(self) -> str:
        """Keep the settings; returns why that isn't possible, or ""."""
        settings = replace(
            self._settings_before,
            geometry=packed(self.saveGeometry()),
            window_state=packed(self.saveState()),
        )
        # Of what there can only be one, that of the page in front.
        in_front, servers = self.pages.front_server, self.pages.servers
        for page in sorted(servers, key=lambda page: page is in_front):
            settings = page.remember(settings)
        if self.keeps_pages:
            front = -1 if in_front is None else servers.index(in_front)
            pages = tuple(page.as_open_page() for page in servers)
            settings = replace(settings, pages=pages, front=front)
        self._settings_before = settings
        return self._save(settings)

    def come_to_front(self) -> None:
        """Show the window above all others, as far as the desktop allows that."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # What the pages report

    @Slot()
    def _show_page(self) -> None:
        page = self.pages.front_server
        self.menus.show_page(None if page is None else page.commands, closes=self.page is not None)
        self._show_facts()
        self._show_counts()
        self._place_sidebar()
        self.pageShown.emit()

    @Slot()
    def _page_taken(self) -> None:
        self._place_sidebar()
        self.pageShown.emit()

    @Slot(object)
    def _page_changed(self, page: ServerPage) -> None:
        if self.page in (page, None):
            self._show_facts()
        self.quitting.page_changed()

    @Slot(object)
    def _counts_changed(self, page: ServerPage) -> None:
        if page is self.page:
            self._show_counts()

    def _show_facts(self) -> None:
        running = sum(page.controller.state in IS_UP for page in self.pages.servers)
        show_facts(self, self.status, self.page, self.pages.front_server, running)

    def _show_counts(self) -> None:
        show_counts(self.status, self.page, self.pages.front_server)

    @Slot(object)
    def _save_for_page(self, page: ServerPage) -> None:
        if problem := self.save():
            page.warn(problem)

    # The look

    @Slot()
    def _refresh_icons(self) -> None:
        self.sidebar.refresh_icons()
        self._place_sidebar()
        self.pages.refresh_icons()

    @Slot()
    def _open_menu(self) -> None:
        open_menu = self.pages.start.open_menu if self.page is None else self.page.head.open_menu
        open_menu()

    def _lay_out(self, beside: QWidget) -> None:
        layout = QHBoxLayout(beside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sidebar)
        self.foot = QVBoxLayout()
        self.foot.setSpacing(0)
        self.foot.addWidget(self.pages, 1)
        layout.addLayout(self.foot, 1)
        self.drops = Drops(self)
        self.setMinimumSize(640, 400)
        self.resize(FIRST_SIZE)

    def _place_sidebar(self) -> None:
        has_room = self.width() >= SIDEBAR_FROM * text_size()
        self.sidebar.setVisible(has_room and len(self.pages.all) > 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_sidebar()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if self.quitting.answer(event):
            self.save()
