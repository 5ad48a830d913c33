"""Following the end of a painted table; GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent

from launcher.panes.controls.follower import Follower

if TYPE_CHECKING:
    from .canvas import TableCanvas

__all__ = ["TableFollower"]

ABOVE_FOOT = 3


class TableFollower(Follower):
    """A follower whose button stands where a table of requests is emptiest.

    That is at the right end of the column with the paths, just above the foot.
    """

    def __init__(self, view: TableCanvas, noun: str) -> None:
        self._table = view
        super().__init__(view, noun)

    def place(self) -> None:
        """Put the button where it belongs: the columns stand elsewhere now."""
        self._place(None)

    def _place(self, _event: QEvent | QResizeEvent | None) -> None:
        self.button.adjustSize()
        table = self._table
        port = table.viewport().geometry()
        right = port.left() + table.place_of(table.stretching).right
        self.button.move(
            max(port.left(), right - self.button.width()),
            port.bottom() + 1 - ABOVE_FOOT - self.button.height(),
        )
