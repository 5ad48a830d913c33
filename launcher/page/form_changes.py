"""While a server runs: what is filled in otherwise than it runs with; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from launcher.controller import SessionController
from launcher.core.display import plural
from launcher.core.messages import Action
from launcher.core.option_summary import describe_changes
from launcher.core.state import CAN_START
from launcher.panes.message_line import MessageLine
from launcher.panes.setup.form import SetupForm

__all__ = ["FormChanges"]

_KEY = "changes"


class FormChanges(QObject):
    """Shows it in the message line, with the ways to apply it and to undo it.

    :param restart: has the server run with what is filled in
    """

    def __init__(
        self,
        controller: SessionController,
        form: SetupForm,
        line: MessageLine,
        restart: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._form = form
        self._line = line
        self._restart = restart
        form.edited.connect(self.show_changes)

    @Slot()
    def show_changes(self) -> None:
        """Show what is filled in otherwise; nothing where that is all the same."""
        config, server = self._controller.config, self._controller.server
        running = self._controller.state not in CAN_START
        if config is not None and server is not None:  # what it has found out is no change
            config = replace(config, root=server.root, end_first=server.ends_first)
        changed = self._form.changes(config) if running and config is not None else []
        if not changed:
            self._line.clear_key(_KEY)
            return
        self._line.show_message(
            plural(len(changed), "change"),
            detail=describe_changes(self._form.draft(), changed),
            tone="busy",
            key=_KEY,
            actions=(
                Action("Restart to apply", self._restart, "F5"),
                Action("Undo", self.undo),
            ),
        )

    @Slot()
    def undo(self) -> None:
        """Fill in again what the server runs with."""
        config = self._controller.config
        if config is not None:
            self._form.set_values(
                config,
                python_chosen=self._form.python.is_chosen,
                switches_chosen=self._form.switches_chosen,
            )
            self.show_changes()
