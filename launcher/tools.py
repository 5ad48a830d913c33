"""What lies over the window and works on all of it: palette, sheet of keys, Undo. GUI thread.

They know commands, pages and servers, and none of those knows them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from launcher.actions import PageActions, WindowActions, plain_text
from launcher.core.palette.entries import ACTIONS, PROJECTS, SERVERS, Entry, remember
from launcher.core.palette.requests import request_entries
from launcher.core.state import IS_UP
from launcher.keys import key_sections, shown_keys
from launcher.main_window import MainWindow
from launcher.models.servers import RecentRow
from launcher.panes.controls.list_keys import ListKeys, native_keys
from launcher.panes.dialogs import about
from launcher.panes.key_sheet import KeySheet
from launcher.panes.palette import CommandPalette
from launcher.panes.preferences import PreferencesDialog
from launcher.panes.undo_toast import UndoToast
from launcher.preferences import Preferences
from launcher.servers import Servers

__all__ = ["Tools"]


class Tools(QObject):
    """See the module.

    :ivar palette: the command palette
    :ivar toast: offers Undo
    """

    def __init__(self, window: MainWindow, servers: Servers, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._servers = servers
        self.palette = CommandPalette(window, self.entries)
        self.palette.chosen.connect(self._remember)
        self.toast = UndoToast(window)
        self.toast.offers.connect(window.commands.undo.setEnabled)
        window.commands.undo.triggered.connect(self.toast.take_back)
        window.undoOffered.connect(self.toast.offer)
        window.commands.palette.triggered.connect(self.palette.open)
        self.palette.lately = preferences.values.lately
        self._connect_preferences()
        window.commands.about.triggered.connect(self._about)
        window.commands.keys.triggered.connect(self.show_keys)
        window.searchRequested.connect(self.palette.open)

    def entries(self) -> list[Entry]:
        """All that can be chosen now."""
        window = self._window
        front, page = window.page, window.server_page
        entries: list[Entry] = []
        if page is not None:
            entries += request_entries(page.controller.requests, page.links.show_request)
            entries += action_entries(page.commands)
        elif front is not None:
            entries += request_entries(front.controller.requests, front.requests.show_request)
        entries += action_entries(window.commands, without="palette")
        if front is not None:
            entries += row_entries(front.requests if page is None else page.panes.currentWidget())
        entries += self._server_entries()
        entries += [
            _recent_entry(row, partial(self._servers.open_path, row.project))
            for row in self._servers.recent.rows
            if row.is_there
        ]
        return entries + self._preferences.entries()

    @Slot()
    def show_preferences(self) -> None:
        """Show the page of preferences."""
        if self._window.findChild(PreferencesDialog) is not None:
            return
        dialog = PreferencesDialog(self._preferences.values, self._window)
        dialog.chosen.connect(self._preferences.set)
        self._preferences.changed.connect(dialog.show_values)
        dialog.show()  # beside the window, which shows what is chosen

    @Slot()
    def show_keys(self) -> None:
        """Show what can be done by keyboard."""
        window, page = self._window, self._window.server_page
        if window.findChild(KeySheet) is None:
            commands = None if page is None else page.commands
            KeySheet(key_sections(window.commands, commands, window.page), window).show()

    def _connect_preferences(self) -> None:
        commands, preferences = self._window.commands, self._preferences
        commands.preferences.triggered.connect(self.show_preferences)
        for action, step in (
            (commands.larger_text, 1),
            (commands.smaller_text, -1),
            (commands.usual_text, 0),
        ):
            action.triggered.connect(partial(_ignoring, preferences.change_text_size, step))
        commands.appearance.triggered.connect(self._choose_appearance)
        preferences.changed.connect(self._show_appearance)
        self._show_appearance()

    @Slot()
    def _choose_appearance(self) -> None:
        action = self._window.commands.appearance.checkedAction()
        self._preferences.set("appearance", action.data())

    @Slot()
    def _show_appearance(self) -> None:
        for action in self._window.commands.appearance.actions():
            action.setChecked(action.data() == self._preferences.values.appearance)

    @Slot()
    def _about(self) -> None:
        about(self._window)

    def _server_entries(self) -> list[Entry]:
        window = self._window
        entries = []
        pages = zip(window.all_pages, self._servers.rows, strict=False)
        for number, (page, row) in enumerate(pages):
            word = row.address if row.state in IS_UP or row.is_file else row.state.value.lower()
            entries.append(
                Entry(
                    f"server:{row.project} {row.app}",
                    SERVERS,
                    row.name,
                    partial(window.show_page, page),
                    detail=word,
                    right=f"Ctrl+{number + 1}" if number < 9 else "",
                    icon="request" if row.is_file else "server",
                )
            )
        return entries

    @Slot(str)
    def _remember(self, key: str) -> None:
        self.palette.lately = remember(self.palette.lately, key)
        self._preferences.set("lately", self.palette.lately)


def action_entries(actions: PageActions | WindowActions, without: str = "") -> list[Entry]:
    """The commands that can be carried out now."""
    return [
        Entry(
            f"action:{command.name}",
            ACTIONS,
            command.title or plain_text(action),
            action.trigger,
            detail="" if command.title else command.tip,
            right=shown_keys(action.shortcuts()[:1]),
            icon=command.icon,
            state=action.isChecked() if action.isCheckable() else None,
        )
        for command, action in actions
        if command.name not in ("", without) and action.isEnabled() and action.isVisible()
    ]


def row_entries(pane: QWidget) -> list[Entry]:
    """What can be done with the current row of a pane's lists."""
    return [
        Entry(
            f"row:{keys.title} {command.text}",
            ACTIONS,
            command.text,
            command.run,
            detail=f"Selected row in {keys.title}",
            right=native_keys(command.keys[0]) if command.keys else "",
        )
        for keys in pane.findChildren(ListKeys)
        for command in keys.commands
        if command.in_menu and not command.under and command.is_there()
    ]


def _recent_entry(row: RecentRow, run: Callable[[], object]) -> Entry:
    return Entry(
        f"project:{row.project}",
        PROJECTS,
        row.name,
        run,
        detail=row.project,
        right=row.second,
        icon="folder",
    )


def _ignoring(run: Callable[[int], object], step: int, _checked: bool = False) -> None:
    run(step)
