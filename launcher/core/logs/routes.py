"""How the requests of each URL rule went. Pure; one thread at a time (the GUI thread's).

What it holds doesn't grow with the requests: for each rule some counters, and the newest durations,
of which median and 95th percentile are exact. A reload keeps the numbers of the rules that are
still there. Requests that no rule answers are counted together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import ceil

from server.base.values import dataclass
from server.events import RequestFinished, Route

from .queries import count_queries
from .route_rules import RuleIndex

__all__ = ["WINDOW", "RouteLog", "RouteRow"]

WINDOW = 500
"""How many of a rule's newest requests its median and 95th percentile are taken from."""


@dataclass(frozen=True)
class RouteRow:
    """A rule and its numbers; times in seconds.

    :param route: None for the requests that no rule has answered
    :param count: requests that have finished
    :param errors: those of them that the app raised an error in, or answered with 5xx
    :param p50: the median, or None before the first request; the other times alike
    :param p95: the 95th percentile
    :param longest: the longest of all
    :param size: bytes sent, heads and bodies
    :param queries: per request, of those whose calls were recorded; None without one
    """

    route: Route | None
    count: int = 0
    errors: int = 0
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None
    size: int = 0
    queries: float | None = None


class _Tally:
    """The running numbers of one rule."""

    __slots__ = ("_row", "count", "errors", "longest", "queries", "recent", "recorded", "route",
                 "size")  # fmt: skip

    def __init__(self, route: Route | None) -> None:
        self.route = route
        self.count = self.errors = self.size = self.recorded = self.queries = 0
        self.longest = 0.0
        self.recent: deque[float] = deque(maxlen=WINDOW)
        self._row: RouteRow | None = None

    def add(self, event: RequestFinished) -> None:
        duration = event.duration
        self._row = None
        self.count += 1
        # An exception that became a 404 is no error of its own: the app meant it.
        self.errors += event.status >= 500 or event.error_id is not None
        self.size += event.bytes_sent
        self.longest = max(self.longest, duration)
        self.recent.append(duration)
        if event.spans is not None:
            self.recorded += 1
            self.queries += count_queries(event.spans, event.spans_left_out).total

    def moved(self, route: Route) -> _Tally:
        """The same numbers, for the rule as it is by now."""
        self.route, self._row = route, None
        return self

    def row(self) -> RouteRow:
        if self._row is None:
            times = sorted(self.recent)
            self._row = RouteRow(self.route)
            if times:
                self._row = RouteRow(
                    self.route,
                    self.count,
                    self.errors,
                    times[(len(times) - 1) // 2],
                    times[ceil(0.95 * len(times)) - 1],
                    self.longest,
                    self.size,
                    self.queries / self.recorded if self.recorded else None,
                )
        return self._row


class RouteLog:
    """The rules of the app, in their order, with their numbers.

    :ivar version: another number after each change
    :ivar known: the app has reported its rules, perhaps none
    """

    def __init__(self) -> None:
        self.version = 0
        self.known = False
        self._index = RuleIndex(())
        self._tallies: list[_Tally] = []
        self._others = _Tally(None)

    @property
    def routes(self) -> list[Route]:
        """The rules."""
        return [tally.route for tally in self._tallies if tally.route is not None]

    @property
    def count(self) -> int:
        """How many rules there are."""
        return len(self._tallies)

    def set_routes(self, routes: Sequence[Route]) -> None:
        """The app was loaded, and these are its rules."""
        before = {_key(tally.route): tally for tally in self._tallies if tally.route is not None}
        self._tallies = [
            known.moved(route) if (known := before.pop(_key(route), None)) else _Tally(route)
            for route in routes
        ]
        self._index = RuleIndex(routes)
        self.known = True
        self.version += 1

    def add(self, event: RequestFinished) -> None:
        """Count a request."""
        number = self._index.find(event.method, event.path, event.endpoint)
        (self._others if number is None else self._tallies[number]).add(event)
        self.version += 1

    def start_over(self) -> None:
        """Forget the numbers, not the rules."""
        self._tallies = [_Tally(tally.route) for tally in self._tallies]
        self._others = _Tally(None)
        self.version += 1

    def rows(self) -> list[RouteRow]:
        """All rules with their numbers; last, where there are any, the requests without one."""
        rows = [tally.row() for tally in self._tallies]
        return [*rows, self._others.row()] if self._others.count else rows


def _key(route: Route) -> tuple[str, tuple[str, ...], str]:
    return route.rule, route.methods, route.endpoint
