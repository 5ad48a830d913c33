"""Garbage collection that doesn't hold the window up; GUI thread only.

What the logs keep are many small values without cycles. They are freed when they are dropped, and
the collector has nothing to do with that; but each of its full collections looks at all of them,
which takes a quarter of a second for 20,000 requests, in the midst of a flood. So full collections
don't come by themselves here. Every few seconds, what has been made since the last time is
collected, if that is little, and then put aside for good (``gc.freeze``), so that the collector
never looks at it again. After a flood it is put aside unseen: a cycle that became garbage just then
stays in memory until the program ends, which is the price.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

__all__ = ["Collector"]

INTERVAL_MS = 5000
NEVER = 1_000_000
"""So many collections of the middle generation would have to come before a full one does."""
LITTLE = 4
"""Collections of the middle generation since the last time, up to which a full one is short."""


class Collector(QObject):
    """Collects what is little, and puts it aside; from here on there are collections. One for a
    program.

    :param parent: with it, all is as it was again
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._before = gc.get_threshold()
        youngest, middle, _ = self._before
        gc.set_threshold(youngest, middle, NEVER)
        gc.enable()  # the start goes without
        # What the program consists of is there for good, and none of it is garbage.
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect what is little, and put it aside."""
        if gc.get_count()[2] <= LITTLE:
            gc.collect()
        gc.freeze()

    def close(self) -> None:
        """Have everything as it was before."""
        self._timer.stop()
        gc.set_threshold(*self._before)
        gc.unfreeze()
