"""How busy a server is: requests and errors a second, how long they take, how many are running.

Each request is counted when it has finished; about once a second somebody looks, and what came
since the look before is one *second* of the last minute. Durations are those of the last minute, a
bounded number of them. What it holds doesn't grow with the requests. Pure; one thread at a time.
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from math import ceil

from server.base.values import dataclass
from server.events import RequestFinished

__all__ = ["QUIET", "SECONDS", "Second", "Traffic", "TrafficNumbers"]

SECONDS = 60
"""How many looks are kept: the last minute."""
_RATE_OVER = 5.0
"""Over how many seconds the rates are taken."""
_DURATIONS = 1000
"""How many durations are kept of one second; of more, the newest."""


@dataclass(frozen=True)
class Second:
    """What came between two looks.

    :param lasted: seconds between them
    :param requests: those that have finished
    :param errors: those of them in which the app raised an error, or that were answered with 5xx
    """

    lasted: float
    requests: int
    errors: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.lasted if self.lasted > 0 else 0.0


@dataclass(frozen=True)
class TrafficNumbers:
    """What a look has found; times in seconds.

    :param rate: requests a second, over the last seconds
    :param errors: errors a second, over the last seconds
    :param failed: the share of the last minute's requests that failed
    :param p50: the median of the last minute, or None without requests; the other two alike
    :param running: requests that are being answered
    :param seconds: the last minute, the oldest look first
    """

    rate: float = 0.0
    errors: float = 0.0
    failed: float = 0.0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    running: int = 0
    seconds: tuple[Second, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether there was nothing for a minute, and nothing is running."""
        return not self.running and not any(second.requests for second in self.seconds)


QUIET = TrafficNumbers()
"""Of a server that doesn't run."""


class Traffic:
    """Counts requests, and makes numbers of them."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._seconds: deque[tuple[Second, tuple[float, ...]]] = deque(maxlen=SECONDS)
        self._begin()

    def add(self, event: RequestFinished) -> None:
        """Count a request."""
        self._requests += 1
        # An exception that became a 404 is no error of its own: the app meant it.
        self._errors += event.status >= 500 or event.error_id is not None
        self._durations.append(event.duration)

    def look(self, now: float, running: int = 0) -> TrafficNumbers:
        """What there is by now.

        :param now: in seconds, on a clock that never goes back
        :param running: how many requests are being answered
        """
        lasted = 1.0 if self._looked is None else now - self._looked
        self._looked = now
        found = Second(lasted, self._requests, self._errors)
        self._seconds.append((found, tuple(self._durations)))
        self._begin()
        seconds = tuple(second for second, _ in self._seconds)
        times = sorted(chain.from_iterable(durations for _, durations in self._seconds))
        requests = sum(second.requests for second in seconds)
        failed = sum(second.errors for second in seconds)
        rate, errors = _rates(seconds)
        return TrafficNumbers(
            rate=rate,
            errors=errors,
            failed=failed / requests if requests else 0.0,
            p50=_percentile(times, 0.5),
            p95=_percentile(times, 0.95),
            p99=_percentile(times, 0.99),
            running=running,
            seconds=seconds,
        )

    def clear(self) -> None:
        """Begin anew."""
        self._looked = None
        self._seconds.clear()
        self._begin()

    def _begin(self) -> None:
        self._requests = self._errors = 0
        self._durations: deque[float] = deque(maxlen=_DURATIONS)


def _rates(seconds: tuple[Second, ...]) -> tuple[float, float]:
    passed, requests, errors = 0.0, 0, 0
    for second in reversed(seconds):
        passed += second.lasted
        requests += second.requests
        errors += second.errors
        if passed >= _RATE_OVER:
            break
    return (requests / passed, errors / passed) if passed > 0 else (0.0, 0.0)


def _percentile(times: list[float], share: float) -> float | None:
    return times[ceil(share * len(times)) - 1] if times else None
