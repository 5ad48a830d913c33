"""What turns while something goes on: once a second, in twelve steps; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStyle, QWidget

__all__ = ["STEPS", "Turning"]

STEPS = 12


class Turning(QWidget):
    """Turns while it can be seen; with reduced motion it stands still. A subclass paints it.

    :ivar step: how far it has turned, in twelfths
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = 0
        self._goes_on = True
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // STEPS)
        self._timer.timeout.connect(self._turn)

    @property
    def turns(self) -> bool:
        """Whether it is turning now."""
        return self._timer.isActive()

    def set_goes_on(self, goes_on: bool) -> None:
        """Something goes on from now on, or nothing does any more; it begins at the first step."""
        self.step = 0
        self._goes_on = goes_on
        self._move()

    @Slot()
    def _turn(self) -> None:
        self.step = (self.step + 1) % STEPS
        self.update()

    def _move(self) -> None:
        moves = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        is_seen = self.isVisible() and not self.window().isMinimized()  # both may be so
        if not (moves and self._goes_on and is_seen):
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()
