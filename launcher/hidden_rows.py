"""Clear of one server's lists: hides what they have, and shows it again; GUI thread only.

What is hidden is neither dropped nor deleted. The history follows by the signals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

__all__ = ["HiddenRows", "Hiding"]


class Hiding(Protocol):
    """What Clear needs of a log."""

    @property
    def hidden(self) -> int: ...
    def hide(self) -> int: ...
    def unhide(self) -> object: ...


class HiddenRows(QObject):
    """Hides rows of lists.

    :param lists: by their kinds, ``"requests"``, ``"errors"`` and ``"output"``: the logs, and the
        signals by which their panes follow
    :param on_clear: takes the kind of a list that was cleared, also where it had no rows
    """

    cleared = Signal(str)
    """What a list has is hidden from now on: its kind."""
    uncleared = Signal(str)
    """The last of these was taken back."""
    allShown = Signal(str)  # noqa: N815
    """Nothing of a list is hidden any more."""

    def __init__(
        self,
        lists: Mapping[str, tuple[Hiding, SignalInstance]],
        on_clear: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._lists = lists
        self._on_clear = on_clear

    def clear(self, kind: str) -> int:
        """Hide what a list has now, so that it can be taken back.

        :returns: how many rows are hidden by it
        """
        log, changed = self._lists[kind]
        count = log.hide()
        self._on_clear(kind)
        if count:
            self.cleared.emit(kind)
        changed.emit()
        return count

    def unclear(self, kind: str) -> None:
        """Show again what the last :meth:`clear` of that kind has hidden."""
        log, changed = self._lists[kind]
        log.unhide()
        self.uncleared.emit(kind)
        changed.emit()

    def count(self, kind: str) -> int:
        """How many rows of a list are hidden."""
        return self._lists[kind][0].hidden

    def show_all(self, kind: str) -> None:
        """Show again all that is hidden of a list."""
        log, changed = self._lists[kind]
        hidden = log.hidden
        while hidden:
            log.unhide()
            before, hidden = hidden, log.hidden
            if hidden == before:  # what is left can't be shown again
                break
        self.allShown.emit(kind)
        changed.emit()
