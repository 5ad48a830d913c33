"""What the user can do, as two tables; GUI thread only.

Menus, buttons and their tooltips, the palette and the sheet of keys are all made from these tables.
Each command is one :class:`QAction`; what carries it out is connected where that is known, in the
page or in the window. What can be done with the current row of a list is in a table of its own, at
the list: see :mod:`launcher.panes.controls.list_keys`.

Each server's page has its own set, so that its buttons act on its server wherever they are. In the
menus is the set of the page in front; the keys of the others are not active meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette

from launcher import theme
from launcher.core.settings import APPEARANCES
from server.base.values import dataclass

__all__ = ["ICON", "PAGE", "WINDOW", "Command", "PageActions", "WindowActions", "plain_text"]

ICON = "iconName"
"""The property of a command that names its drawing, for buttons with a ground of their own."""


@dataclass(frozen=True)
class Command:
    """A row of the table.

    :param name: the attribute under which its action is found
    :param text: as it is in the menu, with its mnemonic
    :param keys: the first is shown
    :param tip: what it does, one phrase
    :param icon: its drawing in ``resources/icons/actions``, and the tone that has in a menu
    :param short: on a button, where that isn't the text
    :param checkable: it is a switch
    :param title: what it is called apart from its menu, where its text alone says too little
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    tone: str = "text"
    short: str = ""
    checkable: bool = False
    title: str = ""


PAGE = (
    Command("choose_editor", "&Editor\u2026", (), "Choose what opens the sources", "editor"),
    Command("start", "&Start", ("F5",), "Start the server", "start"),
    Command("stop", "S&top", ("Shift+F5",), "Finish running requests and stop the server", "stop"),
    Command("restart", "&Restart", ("F5",), "Stop the server and start it again", "restart"),
    Command(
        "debug_continue",
        "&Continue",
        ("F8",),
        "Go on until the next breakpoint",
        "start",
        title="Debugger: Continue",
    ),
    Command(
        "debug_next",
        "&Next",
        ("F10",),
        "Go on to the next line of this function",
        "debug-next",
        title="Debugger: Next",
    ),
    Command(
        "debug_step",
        "Step &In",
        ("F11",),
        "Go on, also into what is called",
        "debug-step",
        title="Debugger: Step In",
    ),
    Command(
        "debug_stop",
        "Stop &Debugging",
        ("Shift+F8",),
        "End the pause, and what has paused",
        "stop",
    ),
    Command(
        "start_with_window",
        "Start &with the Window",
        (),
        "Start this server whenever ServeDeck is opened",
        checkable=True,
    ),
    Command(
        "open_browser",
        "Open in &Browser",
        ("Ctrl+B",),
        "Open the app's address",
        "browser",
        "soft",
        "Open in browser",
    ),
    Command(
        "copy_url", "&Copy Address", ("Ctrl+Shift+C",), "Copy the app's address", "copy", "soft"
    ),
    Command(
        "copy_pin",
        "Copy Debugger &PIN",
        (),
        "Copy what the debugger in the browser asks for",
        "copy",
        "soft",
    ),
    Command("show_setup", "Set-&up", ("Alt+1",), "Show the set-up", title="Show Set-up"),
    Command(
        "show_requests",
        "&Requests",
        ("Alt+2",),
        "Show the requests",
        "request",
        title="Show Requests",
    ),
    Command(
        "show_watch",
        "&Watch",
        ("Alt+7",),
        "Show the pinned requests, and how they went after each reload",
        "watch",
        title="Show Watch",
    ),
    Command("show_errors", "&Errors", ("Alt+3",), "Show the errors", "error", title="Show Errors"),
    Command("show_output", "&Output", ("Alt+4",), "Show the output", "output", title="Show Output"),
    Command(
        "show_flow",
        "&Flow",
        ("Alt+5",),
        "Show the way that a request took",
        "flow",
        title="Show Flow",
    ),
    Command(
        "show_routes",
        "R&outes",
        ("Alt+6",),
        "Show the app's URL rules, and how often each was asked for",
        title="Show Routes",
    ),
    Command(
        "send_pinned",
        "Send Pinned A&gain",
        (),
        "Send all pinned requests now, and compare their answers",
        title="Send All Pinned Requests Again",
    ),
    Command("clear", "&Clear", ("Ctrl+L",), "Empty the list that is in front", "clear"),
    Command("clear_requests", "Clear Re&quests", (), "Empty the list of requests"),
    Command("clear_errors", "Clear E&rrors", (), "Empty the list of errors"),
    Command("clear_output", "Clear O&utput", (), "Empty the output"),
    Command(
        "move_details",
        "&Move the Details",
        (),
        "Show a request's details beside the list, or below it",
    ),
    Command("show_cleared", "Show C&leared", (), "Show again what the list in front had"),
    Command(
        "keep_run",
        "&Keep This Run",
        (),
        "Keep the run that is going on, or the last one, however old it gets",
        checkable=True,
    ),
    Command(
        "history_off",
        "&History Off for This Project",
        (),
        "Keep nothing of what happens in this project from now on",
        checkable=True,
    ),
    Command(
        "delete_history",
        "&Delete History\u2026",
        (),
        "Delete what is kept of this project's requests, errors and output",
    ),
)
"""The commands of one server's page."""

WINDOW = (
    Command("menu", "&Menu", ("F10",), "Open the menu", "menu"),
    Command(
        "open_project", "&Open Project\u2026", ("Ctrl+O",), "Choose a project folder", "folder"
    ),
    Command(
        "open_har",
        "Open &HAR\u2026",
        (),
        "Show the requests of a HAR file, as browsers save them",
        "request",
    ),
    Command(
        "close_page", "&Close Page", ("Ctrl+W",), "Close this page; its server is stopped", "close"
    ),
    Command(
        "reopen_page",
        "Reopen Closed &Page",
        ("Ctrl+Shift+T",),
        "Show the page that was closed last again",
    ),
    Command("start_page", "Start &Page", ("Ctrl+E",), "Show recent projects and the examples"),
    Command("start_all", "Start &All", (), "Start all servers that are stopped", "start"),
    Command("stop_all", "Stop A&ll", (), "Stop all servers", "stop"),
    Command(
        "preferences", "&Preferences\u2026", ("Ctrl+,",), "Choose how ServeDeck behaves", "settings"
    ),
    Command("larger_text", "&Larger Text", ("Ctrl++", "Ctrl+="), "Show all text larger"),
    Command("smaller_text", "S&maller Text", ("Ctrl+-",), "Show all text smaller"),
    Command("usual_text", "&Usual Text Size", ("Ctrl+0",), "Show all text at its usual size"),
    Command("undo", "&Undo", ("Ctrl+Z",), "Take back what was just cleared"),
    Command(
        "palette",
        "&Find Anything\u2026",
        ("Ctrl+K",),
        "Find a command, a request, a server or a setting",
        "search",
    ),
    Command("keys", "&Keys\u2026", ("?", "F1"), "Show what can be done by keyboard"),
    Command("open_log", "Open &Log", (), "Open what has failed in ServeDeck itself"),
    Command("quit", "&Quit", ("Ctrl+Q",), "Close ServeDeck"),
    Command("about", "&About ServeDeck", (), "What this program is", "info"),
)
"""The commands that are there whichever page is in front."""

_SERVERS = 9


class _Actions(QObject):
    """The actions of a table, each an attribute with the command's name."""

    table: Sequence[Command] = ()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._made: list[tuple[Command, QAction]] = []
        for command in self.table:
            setattr(self, command.name, self._make(command))

    def __iter__(self) -> Iterator[tuple[Command, QAction]]:
        return iter(self._made)

    def find(self, name: str) -> QAction | None:
        """The action of that name, or None."""
        return next((action for command, action in self._made if command.name == name), None)

    def refresh_icons(self, palette: QPalette) -> None:
        """Make the icons, or make them again after a change of theme."""
        for command, action in self._made:
            if command.icon:
                action.setIcon(theme.icon(command.icon, palette, command.tone))

    def _make(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        action.setShortcuts([QKeySequence(keys) for keys in command.keys])
        action.setStatusTip(command.tip)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.setCheckable(command.checkable)
        if command.short:
            action.setIconText(command.short)
        if command.icon:
            action.setProperty(ICON, command.icon)
        self._made.append((command, action))
        return action


class PageActions(_Actions):
    """The commands of one server's page."""

    table = PAGE
    choose_editor: QAction
    start: QAction
    stop: QAction
    restart: QAction
    debug_continue: QAction
    debug_next: QAction
    debug_step: QAction
    debug_stop: QAction
    start_with_window: QAction
    open_browser: QAction
    copy_url: QAction
    copy_pin: QAction
    show_setup: QAction
    show_requests: QAction
    show_watch: QAction
    show_errors: QAction
    show_output: QAction
    show_flow: QAction
    show_routes: QAction
    send_pinned: QAction
    clear: QAction
    clear_requests: QAction
    clear_errors: QAction
    clear_output: QAction
    move_details: QAction
    show_cleared: QAction
    keep_run: QAction
    history_off: QAction
    delete_history: QAction

    @property
    def show_panes(self) -> tuple[QAction, ...]:
        """Those that bring a tab to the front, in the order of the tabs."""
        return (
            self.show_setup,
            self.show_requests,
            self.show_watch,
            self.show_errors,
            self.show_output,
            self.show_flow,
            self.show_routes,
        )


class WindowActions(_Actions):
    """The commands that are there whichever page is in front.

    :ivar show_servers: one for each server that has a key
    :ivar appearance: light, dark, or as the system
    """

    table = WINDOW
    menu: QAction
    open_project: QAction
    open_har: QAction
    close_page: QAction
    reopen_page: QAction
    start_page: QAction
    start_all: QAction
    stop_all: QAction
    preferences: QAction
    larger_text: QAction
    smaller_text: QAction
    usual_text: QAction
    undo: QAction
    palette: QAction
    keys: QAction
    open_log: QAction
    quit: QAction
    about: QAction

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.reopen_page.setEnabled(False)
        self.undo.setEnabled(False)
        self.show_servers = [
            self._make(Command("", "", (f"Ctrl+{number}",), "Show this server"))
            for number in range(1, _SERVERS + 1)
        ]
        self.appearance = QActionGroup(self)
        for appearance, text in zip(
            APPEARANCES, ("&Follow the System", "&Light", "&Dark"), strict=True
        ):
            tip = f"Appearance: {text.replace('&', '')}"
            action = self._make(Command("", text, (), tip, checkable=True))
            action.setData(appearance)
            self.appearance.addAction(action)


def plain_text(action: QAction) -> str:
    """What a command is called, without its mnemonic."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
