"""Clear of a page's lists, and the ways back; GUI thread only.

A list that is cleared hides what it has. For some seconds Undo is offered; after that, and after
another start, the link beside the tabs shows what is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from launcher.actions import PageActions
from launcher.controller import SessionController
from launcher.core.display import plural
from launcher.core.messages import Undo
from launcher.panes.controls.pace import Pace
from launcher.panes.tabs import Tabs

__all__ = ["Clearing"]

_INTERVAL_MS = 1000  # between two looks at how much of the hidden rows is still kept


class Clearing(QObject):
    """Carries the page's commands for it out.

    :param lists: by the pane in a tab: the kind of its list, as ``SessionController.clear`` has it
    """

    undoOffered = Signal(object)  # noqa: N815
    """``Undo``: something was cleared."""
    hiddenChanged = Signal()  # noqa: N815
    """More of a list is hidden than before, or less."""

    def __init__(
        self,
        panes: Tabs,
        controller: SessionController,
        commands: PageActions,
        lists: Mapping[QWidget, str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panes = panes
        self._controller = controller
        self._commands = commands
        self._lists = lists
        self._hidden: list[int] = [0] * len(lists)
        self._pace = Pace(_INTERVAL_MS, self._refresh, self)
        commands.clear.triggered.connect(self.clear_front)
        commands.clear_requests.triggered.connect(self._clear_requests)
        commands.clear_errors.triggered.connect(self._clear_errors)
        commands.clear_output.triggered.connect(self._clear_output)
        commands.show_cleared.triggered.connect(self._show_cleared)
        panes.cleared.clicked.connect(commands.show_cleared.trigger)
        panes.currentChanged.connect(self._refresh)
        for changed in (
            controller.requestsChanged, controller.errorsChanged, controller.outputChanged
        ):  # fmt: skip
            changed.connect(self._pace.ask)
        for hiding in (
            controller.hiding.cleared, controller.hiding.uncleared, controller.hiding.allShown
        ):  # fmt: skip
            hiding.connect(self._refresh)
        self._refresh()

    @property
    def front(self) -> str:
        """The kind of the list that is in front; "" where none is."""
        return self._lists.get(self._panes.currentWidget(), "")

    @Slot()
    def clear_front(self) -> Undo | None:
        """Empty the list that is in front; returns how to take that back, which is offered too."""
        return self.clear(self.front) if self.front else None

    def clear(self, kind: str) -> Undo | None:
        """Empty a list; see :meth:`clear_front`."""
        count = self._controller.hiding.clear(kind)
        if not count:
            return None
        noun = "line" if kind == "output" else kind.removesuffix("s")
        undo = Undo(
            f"{plural(count, noun)} cleared", partial(self._controller.hiding.unclear, kind)
        )
        self.undoOffered.emit(undo)
        return undo

    @Slot()
    def _clear_requests(self) -> None:
        self.clear("requests")

    @Slot()
    def _clear_errors(self) -> None:
        self.clear("errors")

    @Slot()
    def _clear_output(self) -> None:
        self.clear("output")

    @Slot()
    def _show_cleared(self) -> None:
        if self.front:
            self._controller.hiding.show_all(self.front)

    @Slot()
    def _refresh(self) -> None:
        hidden = self._controller.hiding.count(self.front) if self.front else 0
        command = self._commands.show_cleared
        command.setEnabled(hidden > 0)
        command.setText(f"Show {hidden:,} C&leared" if hidden else "Show C&leared")
        self._panes.show_cleared(hidden)
        counts = [self._controller.hiding.count(kind) for kind in self._lists.values()]
        if counts != self._hidden:
            self._hidden = counts
            self.hiddenChanged.emit()
