"""How long a crashed app waits before it is started again; a value and a clock of its own, no
thread."""

from __future__ import annotations

__all__ = ["Backoff"]

_FIRST, _LONGEST = 1.0, 30.0  # seconds
_STEADY = 60.0  # seconds that it has run after which a crash counts as the first one again


class Backoff:
    """1, 2, 4 … 30 seconds; from the beginning again after a process that has run for a while."""

    def __init__(self) -> None:
        self._next = _FIRST

    def after(self, lived: float) -> float:
        """Seconds to wait.

        :param lived: how many the process has answered requests
        """
        if lived >= _STEADY:
            self._next = _FIRST
        wait, self._next = self._next, min(2 * self._next, _LONGEST)
        return wait
