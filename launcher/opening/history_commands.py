"""What a page offers to do with its history; GUI thread only.

What is cleared is hidden in the history too, so that it stays so when the window is opened again.
Deleting asks first, with how much goes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from launcher.core.display import plural, size
from launcher.core.logs.history.results import Summary
from launcher.page.history_keeper import HistoryKeeper
from launcher.panes.dialogs import ask_to_delete
from launcher.server_page import ServerPage

__all__ = ["HistoryCommands"]


class HistoryCommands(QObject):
    """Connects a page's commands with its history."""

    def __init__(self, page: ServerPage, keeper: HistoryKeeper) -> None:
        super().__init__(page)
        self._page = page
        self._keeper = keeper
        commands, controller = page.commands, page.controller
        commands.history_off.triggered.connect(self._switch)
        commands.delete_history.triggered.connect(self._ask)
        commands.keep_run.triggered.connect(self._keep_run)
        controller.hiding.cleared.connect(keeper.clear)
        controller.hiding.uncleared.connect(keeper.undo_clear)
        controller.hiding.allShown.connect(keeper.show_cleared)
        keeper.changed.connect(self._refresh)
        keeper.deleted.connect(self._deleted)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """What can be done now."""
        commands, keeper = self._page.commands, self._keeper
        for action in (commands.history_off, commands.delete_history):
            action.setEnabled(keeper.history is not None)
        commands.history_off.setChecked(keeper.history is not None and not keeper.history.on)
        commands.keep_run.setEnabled(keeper.run is not None and keeper.is_on)
        commands.keep_run.setChecked(keeper.run_is_kept)

    @Slot(bool)
    def _switch(self, off: bool) -> None:
        try:
            self._keeper.switch(on=not off)
        except OSError as error:
            self._page.warn(f"That can't be remembered: {error.strerror or error}.")
        self._refresh()

    @Slot()
    def _ask(self) -> None:
        self._keeper.summarize(self._ask_about)

    def _ask_about(self, found: Summary | None) -> None:
        if found is None:
            self._page.warn("The history can't be read, so it isn't known what there is to delete.")
        elif not found.bytes:
            self._page.line.show_message("There is no history of this project.", tone="info")
        else:
            dialog = ask_to_delete(self._page.window(), self._page.title, _words(found))
            dialog.accepted.connect(self._keeper.delete)

    @Slot(str)
    def _deleted(self, trouble: str) -> None:
        if trouble:
            self._page.warn(f"The history can't be deleted: {trouble}.")
        else:
            self._page.line.show_message("The history was deleted.", tone="info")

    @Slot(bool)
    def _keep_run(self, kept: bool) -> None:
        self._keeper.keep_run(kept=kept)


def _words(found: Summary) -> str:
    """How much there is: ``2,041 requests, 3 errors and 512 lines of output in 4 runs, 12 MB``."""
    return (
        f"{plural(found.requests, 'request')}, {plural(found.errors, 'error')} and "
        f"{plural(found.lines, 'line')} of output in {plural(found.runs, 'run')}: "
        f"{size(found.bytes)}. This can't be undone; what is in the window stays there."
    )
