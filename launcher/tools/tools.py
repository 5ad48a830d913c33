"""What lies over the window and works on all of it: palette, sheet of keys, Undo. GUI thread.

They know commands, pages and servers, and none of those knows them. Each is loaded and made when it
is first asked for, so that the window is there the sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from launcher.core.palette.entries import Entry, remember
from launcher.main_window import MainWindow
from launcher.opening.servers import Servers
from launcher.panes.undo_toast import UndoToast
from launcher.window.preferences import Preferences

if TYPE_CHECKING:
    from launcher.panes.palette import CommandPalette

__all__ = ["Tools"]


class Tools(QObject):
    """See the module.

    :ivar toast: offers Undo
    """

    def __init__(self, window: MainWindow, servers: Servers, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._servers = servers
        self.toast = UndoToast(window)
        self.toast.offers.connect(window.commands.undo.setEnabled)
        window.commands.undo.triggered.connect(self.toast.take_back)
        window.undoOffered.connect(self.toast.offer)
        window.commands.palette.triggered.connect(self.open_palette)
        self._connect_preferences()
        window.commands.about.triggered.connect(self._about)
        window.commands.keys.triggered.connect(self.show_keys)
        window.searchRequested.connect(self.open_palette)

    @cached_property
    def palette(self) -> CommandPalette:
        """The command palette, made when it is first opened."""
        from launcher.panes.palette import CommandPalette  # not at the top: see the module

        made = CommandPalette(self._window, self.entries)
        made.lately = self._preferences.values.lately
        made.chosen.connect(self._remember)
        return made

    def entries(self) -> list[Entry]:
        """All that can be chosen now."""
        from launcher.tools.palette_entries import all_entries

        return all_entries(self._window, self._servers, self._preferences)

    @Slot()
    def open_palette(self) -> None:
        """Bring the palette to the front."""
        self.palette.open()

    @Slot()
    def show_preferences(self) -> None:
        """Show the page of preferences."""
        from launcher.panes.preferences import PreferencesDialog

        if self._window.findChild(PreferencesDialog) is not None:
            return
        dialog = PreferencesDialog(self._preferences.values, self._window)
        dialog.chosen.connect(self._preferences.set)
        self._preferences.changed.connect(dialog.show_values)
        dialog.show()  # beside the window, which shows what is chosen

    @Slot()
    def show_keys(self) -> None:
        """Show what can be done by keyboard."""
        from launcher.panes.key_sheet import KeySheet
        from launcher.tools.keys import key_sections

        window, page = self._window, self._window.pages.front_server
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
        preferences.changed.connect(self._keep)
        self._show_appearance()

    @Slot()
    def _choose_appearance(self) -> None:
        action = self._window.commands.appearance.checkedAction()
        self._preferences.set("appearance", action.data())

    @Slot()
    def _keep(self) -> None:
        """What is chosen holds for a window that opens now, and also after a crash."""
        if problem := self._window.save():
            self._window.pages.line.show_message(problem, tone="warning")

    @Slot()
    def _show_appearance(self) -> None:
        for action in self._window.commands.appearance.actions():
            action.setChecked(action.data() == self._preferences.values.appearance)

    @Slot()
    def _about(self) -> None:
        from launcher.panes.dialogs import about

        about(self._window)

    @Slot(str)
    def _remember(self, key: str) -> None:
        self.palette.lately = remember(self.palette.lately, key)
        self._preferences.set("lately", self.palette.lately)


def _ignoring(run: Callable[[int], object], step: int, _checked: bool = False) -> None:
    run(step)
