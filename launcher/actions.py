"""The window's commands, one :class:`QAction` each for menus and buttons; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import QMenuBar

from launcher import theme
from launcher.core.settings import APPEARANCES


class Actions(QObject):
    """All commands, with their texts, keys and icons. Who carries them out is wired elsewhere."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._icons: list[tuple[QAction, str, str]] = []
        make = self._make
        self.open_project = make(
            "&Open Project\u2026", "Ctrl+O", "Choose the project folder", "folder"
        )
        self.examples = make("E&xamples\u2026", "Ctrl+E", "Show the example apps")
        self.choose_editor = make("&Editor\u2026", "", "Choose what opens the sources")
        self.quit = make("&Quit", "Ctrl+Q", "Close ServeDeck")
        self.start = make("&Start", "F5", "Start the server", "start", "on_accent")
        self.stop = make("S&top", "Shift+F5", "Finish running requests and stop the server", "stop")
        self.restart = make("&Restart", "F5", "Stop the server and start it again", "restart")
        self.open_browser = make("Open in &Browser", "Ctrl+B", "Open the app's address", "browser")
        self.open_browser.setIconText("Open in Browser")
        self.copy_url = make("&Copy Address", "Ctrl+Shift+C", "Copy the app's address", "copy")
        self.show_requests = make("&Requests", "Ctrl+1", "Show the requests")
        self.show_errors = make("&Errors", "Ctrl+2", "Show the errors")
        self.show_output = make("&Output", "Ctrl+3", "Show the output")
        self.show_flow = make("&Flow", "Ctrl+4", "Show the way that a request took")
        self.show_panes = (
            self.show_requests,
            self.show_errors,
            self.show_output,
            self.show_flow,
        )
        self.clear_requests = make("&Clear Requests", "Ctrl+L", "Empty the list of requests")
        self.clear_errors = make("Clear E&rrors", "", "Empty the list of errors")
        self.clear_output = make("Clear O&utput", "", "Empty the output")
        self.about = make("&About ServeDeck", "", "What this program is")
        self.appearance = QActionGroup(self)
        for appearance, text in zip(
            APPEARANCES, ("&Follow the System", "&Light", "&Dark"), strict=True
        ):
            action = make(text, "", f"Appearance: {text.replace('&', '')}")
            action.setCheckable(True)
            action.setData(appearance)
            self.appearance.addAction(action)

    def fill(self, bar: QMenuBar) -> None:
        """Put every command into a menu."""
        file = bar.addMenu("&File")
        file.addActions([self.open_project, self.examples, self.choose_editor])
        file.addSeparator()
        file.addActions([self.quit])
        server = bar.addMenu("&Server")
        server.addActions([self.start, self.stop, self.restart])
        server.addSeparator()
        server.addActions([self.open_browser, self.copy_url])
        view = bar.addMenu("&View")
        view.addActions(self.show_panes)
        view.addSeparator()
        view.addActions([self.clear_requests, self.clear_errors, self.clear_output])
        view.addSeparator()
        view.addMenu("&Appearance").addActions(self.appearance.actions())
        bar.addMenu("&Help").addActions([self.about])

    def refresh_icons(self, palette: QPalette) -> None:
        """Make the icons, or make them again after a change of theme."""
        for action, name, tone in self._icons:
            action.setIcon(theme.icon(name, palette, tone))

    def _make(self, text: str, keys: str, tip: str, icon: str = "", tone: str = "text") -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(keys)
        action.setStatusTip(tip)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if icon:
            self._icons.append((action, icon, tone))
        return action
