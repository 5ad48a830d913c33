"""Following the end of a painted table; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView

from launcher.panes.controls.follower import Follower

__all__ = ["TableFollower"]

ABOVE_FOOT = 3


class TableFollower(Follower):
    """A follower whose button stands where a table of requests is emptiest.

    That is at the right end of the column with the paths, just above the foot.

    :param right_end: where that is, from the left edge of the rows
    """

    def __init__(self, view: QTableView, right_end: Callable[[], int], noun: str) -> None:
        self._table = view
        self._right_end = right_end
        super().__init__(view, noun)

    def place(self) -> None:
        """Put the button where it belongs: the columns stand elsewhere now."""
        self._place(None)

    def _place(self, _event: QEvent | QResizeEvent | None) -> None:
        self.button.adjustSize()
        port = self._table.viewport().geometry()
        right = port.left() + self._right_end()
        self.button.move(
            max(port.left(), right - self.button.width()),
            port.bottom() + 1 - ABOVE_FOOT - self.button.height(),
        )
