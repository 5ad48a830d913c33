"""Commands, one :class:`QAction` each for menus and buttons; GUI thread only.

Each server's page has its own set, so that its buttons act on its server wherever they are. In the
menus is the set of the page in front; the keys of the others are not active meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QMenu, QWidget

from launcher import theme
from launcher.core.settings import APPEARANCES

ICON = "iconName"
"""The property of a command that names its drawing, for buttons with a ground of their own."""


class _Actions(QObject):
    """Commands with their texts, keys and icons. What carries them out is connected elsewhere."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icons: list[tuple[QAction, str, str]] = []

    def _make(self, text: str, keys: str, tip: str, icon: str = "", tone: str = "text") -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(keys)
        action.setStatusTip(tip)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if icon:
            self._icons.append((action, icon, tone))
            action.setProperty(ICON, icon)
        return action


class PageActions(_Actions):
    """The commands of one server's page."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        make = self._make
        self.open_project = make(
            "&Open Project\u2026", "Ctrl+O", "Choose the project folder", "folder"
        )
        self.examples = make("E&xamples\u2026", "Ctrl+E", "Show the example apps")
        self.choose_editor = make("&Editor\u2026", "", "Choose what opens the sources")
        self.start = make("&Start", "F5", "Start the server", "start")
        self.stop = make("S&top", "Shift+F5", "Finish running requests and stop the server", "stop")
        self.restart = make("&Restart", "F5", "Stop the server and start it again", "restart")
        self.open_browser = make(
            "Open in &Browser", "Ctrl+B", "Open the app's address", "browser", "soft"
        )
        self.open_browser.setIconText("Open in Browser")
        self.copy_url = make(
            "&Copy Address", "Ctrl+Shift+C", "Copy the app's address", "copy", "soft"
        )
        self.show_setup = make("Set-&up", "Alt+1", "Show the set-up")
        self.show_requests = make("&Requests", "Alt+2", "Show the requests")
        self.show_errors = make("&Errors", "Alt+3", "Show the errors")
        self.show_output = make("&Output", "Alt+4", "Show the output")
        self.show_flow = make("&Flow", "Alt+5", "Show the way that a request took")
        self.show_panes = (
            self.show_setup,
            self.show_requests,
            self.show_errors,
            self.show_output,
            self.show_flow,
        )
        self.clear = make("&Clear", "Ctrl+L", "Empty the list that is in front", "clear")
        self.clear_requests = make("Clear Re&quests", "", "Empty the list of requests")
        self.start_with_window = make(
            "Start &with the Window", "", "Start this server whenever ServeDeck is opened"
        )
        self.start_with_window.setCheckable(True)
        self.clear_errors = make("Clear E&rrors", "", "Empty the list of errors")
        self.clear_output = make("Clear O&utput", "", "Empty the output")

    def refresh_icons(self, palette: QPalette) -> None:
        """Make the icons, or make them again after a change of theme."""
        for action, name, tone in self._icons:
            action.setIcon(theme.icon(name, palette, tone))


class WindowActions(_Actions):
    """The commands that are there whichever page is in front."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.menu = self._make("&Menu", "F10", "Open the menu")
        self.open_project = self._make(
            "&Open Project\u2026", "Ctrl+O", "Choose a project folder", "folder"
        )
        self.close_page = self._make("&Close Page", "Ctrl+W", "Stop this server and close its page")
        self.reopen_page = self._make(
            "Reopen Closed &Page", "Ctrl+Shift+T", "Show the page that was closed last again"
        )
        self.reopen_page.setEnabled(False)
        self.start_all = self._make("Start &All", "", "Start all servers that are stopped")
        self.stop_all = self._make("Stop A&ll", "", "Stop all servers")
        self.show_servers = [
            self._make("", f"Ctrl+{number}", "Show this server") for number in range(1, 10)
        ]
        self.quit = self._make("&Quit", "Ctrl+Q", "Close ServeDeck")
        self.about = self._make("&About ServeDeck", "", "What this program is")
        self.appearance = QActionGroup(self)
        for appearance, text in zip(
            APPEARANCES, ("&Follow the System", "&Light", "&Dark"), strict=True
        ):
            action = self._make(text, "", f"Appearance: {text.replace('&', '')}")
            action.setCheckable(True)
            action.setData(appearance)
            self.appearance.addAction(action)


class Menus:
    """The window's one menu: its own commands, and those of the page in front.

    :param parent: the window; its keys are those of the menu
    :ivar menu: File, Server, View and Help
    """

    def __init__(self, parent: QWidget, window: WindowActions) -> None:
        self._window = window
        self.menu = QMenu(parent)
        self.menu.setObjectName("windowMenu")
        self.menu.setAccessibleName("Menu")
        # Keys of a menu's commands reach a window only where the menu itself belongs to it.
        parent.addAction(self.menu.menuAction())
        parent.addAction(window.menu)
        self._file = self.menu.addMenu("&File")
        self._server = self.menu.addMenu("&Server")
        self._view = self.menu.addMenu("&View")
        self.menu.addMenu("&Help").addActions([window.about])
        self.recent = QMenu("Open &Recent", parent)
        self._appearance = QMenu("&Appearance", parent)
        self._appearance.addActions(window.appearance.actions())
        self.show_page(None)

    def show_page(self, page: PageActions | None) -> None:
        """Fill the menus for another page, or for none."""
        window = self._window
        for menu in (self._file, self._server, self._view):
            menu.clear()
        has_page = page is not None
        self._server.menuAction().setVisible(has_page)
        window.open_project.setEnabled(not has_page)  # else it is the page's, with the same keys
        window.close_page.setEnabled(has_page)
        self._file.addAction(page.open_project if page is not None else window.open_project)
        self._file.addMenu(self.recent)
        if page is not None:
            self._file.addActions([page.examples, page.choose_editor])
            self._file.addSeparator()
            self._file.addAction(window.close_page)
            self._server.addActions([page.start, page.stop, page.restart, page.start_with_window])
            self._server.addSeparator()
            self._server.addActions([page.open_browser, page.copy_url])
            self._server.addSeparator()
            self._server.addActions([window.start_all, window.stop_all])
            self._server.addSeparator()
            self._server.addActions(window.show_servers)
            self._view.addActions(page.show_panes)
            self._view.addSeparator()
            self._view.addActions(
                [page.clear, page.clear_requests, page.clear_errors, page.clear_output]
            )
            self._view.addSeparator()
        self._file.addAction(window.reopen_page)
        self._file.addSeparator()
        self._file.addActions([window.quit])
        self._view.addMenu(self._appearance)

    def show_servers(self, names: Sequence[str], front: int) -> None:
        """Name the servers that can be shown; the first nine have keys."""
        for number, action in enumerate(self._window.show_servers):
            is_there = number < len(names)
            action.setVisible(is_there)
            action.setEnabled(is_there)
            action.setText(names[number].replace("&", "&&") if is_there else "")
            action.setCheckable(is_there)
            action.setChecked(number == front)
