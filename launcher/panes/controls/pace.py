"""Doing at most so often what is asked for without end; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

__all__ = ["Pace"]


class Pace(QObject):
    """Passes wishes on: the first one at once, what comes soon after it as one, at the end.

    :param interval: milliseconds from one time to the next
    :param action: what is wished for
    """

    def __init__(self, interval: int, action: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._asked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval)
        self._timer.timeout.connect(self._over)

    @Slot()
    def ask(self) -> None:
        """Do it: now, or as soon as the interval is over."""
        if self._timer.isActive():
            self._asked = True
        else:
            self._timer.start()
            self._action()

    @Slot()
    def _over(self) -> None:
        if self._asked:
            self._asked = False
            self.ask()
