"""How busy a server is: requests a second, and how many of them fail. Pure; one thread at a time.

Counters are looked at from time to time; what lies between two looks is never counted twice.
"""

from __future__ import annotations

from collections import deque

__all__ = ["Traffic"]

WINDOW = 5.0
"""Over how many seconds the rate is taken."""


class Traffic:
    """Takes the counters of a log, at most once a second, and makes rates of them."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()

    def look(self, now: float, requests: int) -> float:
        """Take the counter.

        :param now: in seconds, on a clock that never goes back
        :param requests: how many there have been in all
        :returns: requests a second over the last seconds
        """
        looks = self._looks
        if looks and requests < looks[-1][1]:
            looks.clear()  # the log was cleared
        looks.append((now, requests))
        while len(looks) > 2 and now - looks[1][0] >= WINDOW:
            looks.popleft()
        passed = now - looks[0][0]
        return (requests - looks[0][1]) / passed if passed > 0 else 0.0

    def clear(self) -> None:
        """Start anew."""
        self._looks.clear()
