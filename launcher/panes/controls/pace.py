"""Doing at most so often what is asked for without end; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Slot

__all__ = ["Pace"]

_LATE = 0.25
"""Of the interval: by how much the timer is late. Where wishes keep coming, the first one after the
interval is passed on in its own turn of the event loop, and the timer needn't wake it up."""


class Pace(QObject):
    """Passes wishes on: the first one at once, what comes soon after it as one, at the end.

    :param interval: milliseconds from one time to the next
    :param action: what is wished for
    """

    def __init__(self, interval: int, action: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._interval = interval
        self._last = float("-inf")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._act)

    @Slot()
    def ask(self) -> None:
        """Do it: now, or as soon as the interval is over."""
        left = self._interval - (monotonic() - self._last) * 1000
        if left <= 0:
            self._act()
        elif not self._timer.isActive():
            self._timer.start(int(left + self._interval * _LATE) + 1)

    @Slot()
    def _act(self) -> None:
        self._timer.stop()
        self._last = monotonic()
        self._action()
