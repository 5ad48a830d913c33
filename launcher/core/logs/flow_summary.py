"""The ways of many requests as a summary: each endpoint, and where its time goes.

Pure data without locks: filled and read on the GUI thread. It grows with the endpoints and the
statements of an app, not with its requests. What ServeDeck does after a failure isn't counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from math import ceil
from statistics import median

from server.base.values import dataclass
from server.events import RequestFinished

from .flow_parties import (
    AFTER,
    PARTIES,
    YOURS,
    foreign_stages,
    is_bare,
    party_of,
)
from .flow_tree import flow_tree, has_body
from .span_labels import KIND_NAMES
from .statements import StatementLog

__all__ = [
    "ALL", "MAX_ENDPOINTS", "MAX_STAGES", "NO_ENDPOINT", "OTHERS", "WINDOW", "EndpointSummary",
    "FlowSummary", "StageShare",
]  # fmt: skip

WINDOW = 1000
"""How many of an endpoint's newest requests its median and 95th percentile are taken from."""
MAX_ENDPOINTS = 300
MAX_STAGES = 200
OTHERS = "(others)"
ALL = ""
"""The name of the summary over all endpoints; no endpoint of a framework is called that."""
NO_ENDPOINT = "(no endpoint)"
_STEPS = 5000


@dataclass(frozen=True, slots=True)
class StageShare:
    """What one stage takes of an endpoint's requests.

    :param share: its own time as a part of all own times, 0 to 1
    :param mean: its own time per request, in seconds
    """

    stage: str
    party: str
    share: float
    mean: float


@dataclass(frozen=True, slots=True)
class EndpointSummary:
    """An endpoint's requests at a glance; times in seconds.

    :param endpoint: its name, or :data:`ALL`
    :param median: of the newest :data:`WINDOW` requests, like ``p95``
    :param total: of all requests together
    :param parties: each party's share of the time, in the order of :data:`PARTIES`
    :param stages: the one that takes most first
    """

    endpoint: str
    count: int
    errors: int
    median: float
    p95: float
    total: float
    parties: tuple[float, ...]
    stages: tuple[StageShare, ...]


class _Tally:
    """The running numbers of one endpoint."""

    __slots__ = ("_made", "count", "errors", "name", "recent", "stages", "total")

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.errors = 0
        self.total = 0.0
        self.recent: deque[float] = deque(maxlen=WINDOW)
        self.stages: dict[tuple[str, str], int] = {}
        self._made: EndpointSummary | None = None

    def add(self, duration: float, failed: bool) -> None:
        self._made = None
        self.count += 1
        self.errors += failed
        self.total += duration
        self.recent.append(duration)

    def add_stages(self, own: Iterable[tuple[tuple[str, str], int]]) -> None:
        self._made = None
        stages = self.stages
        for stage, time in own:
            if stage in stages:
                stages[stage] += time
            elif len(stages) < MAX_STAGES:
                stages[stage] = time
            else:
                others = (OTHERS, stage[1])
                stages[others] = stages.get(others, 0) + time

    def summary(self) -> EndpointSummary:
        if self._made is None:
            times = sorted(self.recent)
            whole = sum(self.stages.values()) or 1
            shares = sorted(self.stages.items(), key=_time, reverse=True)
            self._made = EndpointSummary(
                endpoint=self.name,
                count=self.count,
                errors=self.errors,
                median=median(times),
                p95=times[ceil(0.95 * len(times)) - 1],
                total=self.total,
                parties=tuple(
                    sum(time for (_, whose), time in shares if whose == party) / whole
                    for party in PARTIES
                ),
                stages=tuple(
                    StageShare(stage, party, time / whole, time / self.count / 1e6)
                    for (stage, party), time in shares
                ),
            )
        return self._made


def _time(item: tuple[tuple[str, str], int]) -> int:
    return item[1]


class FlowSummary:
    """Totals of all recorded requests; grows with each of them, but not in memory.

    For each endpoint the newest :data:`WINDOW` durations are kept, so that median and percentile
    are exact for these; of the rest only sums. Beyond :data:`MAX_ENDPOINTS` endpoints, all further
    ones are counted as one.

    :ivar version: another number after each change
    :ivar statements: the SQL of all of them
    """

    def __init__(self) -> None:
        self.version = 0
        self.statements = StatementLog()
        self._all = _Tally(ALL)
        self._endpoints: dict[str, _Tally] = {}

    @property
    def count(self) -> int:
        """How many requests are in it."""
        return self._all.count

    def add(self, event: RequestFinished) -> None:
        """Count a request; one without a recorded flow adds nothing."""
        flow = event.flow
        if not flow:
            return
        self.version += 1
        name = event.endpoint or NO_ENDPOINT
        tally = self._endpoints.get(name)
        if tally is None:
            if len(self._endpoints) >= MAX_ENDPOINTS:
                name = OTHERS
            tally = self._endpoints.setdefault(name, _Tally(name))
        # An exception that became a 404 is no error: the app meant it.
        failed = event.status >= 500 or event.error_id is not None
        tally.add(event.duration, failed)
        tally.add_stages(_own_times(event))
        self.statements.add(event.spans)
        self._all.add(event.duration, failed)

    def clear(self) -> None:
        """Begin anew."""
        self.version += 1
        self._all = _Tally(ALL)
        self._endpoints.clear()
        self.statements.clear()

    def endpoints(self) -> list[EndpointSummary]:
        """Each endpoint's numbers; in front, where there is any, those of all together."""
        if not self._all.count:
            return []
        self._all.stages.clear()
        for tally in self._endpoints.values():
            self._all.add_stages(tally.stages.items())
        return [tally.summary() for tally in (self._all, *self._endpoints.values())]


def _own_times(event: RequestFinished) -> list[tuple[tuple[str, str], int]]:
    """Each stage, with whose it is, and its own time; spans by their kind."""
    if event.spans or event.spans_left_out or event.flow_failed is not None or has_body(event):
        found = []
        for node in flow_tree(event, _STEPS):
            own = sum(end - start for start, end in node.own_parts())
            name = KIND_NAMES.get(node.kind, "") if node.kind else node.stage
            if own and node.party != AFTER:
                found.append(((name, node.party), own))
        return found
    flow = event.flow
    foreign = foreign_stages(event.flow_places)
    keys = [_keyed(stage, foreign) for stage, _, _, _ in flow]
    own_times = [length for _, _, length, _ in flow]
    outer: list[int] = []
    for index, (_, _, length, depth) in enumerate(flow):
        if depth < len(outer):
            del outer[max(0, depth) :]
        if outer:
            own_times[outer[-1]] -= length
        outer.append(index)
    if is_bare(flow):
        keys = [("app", YOURS) if key[0] == "app" else key for key in keys]
    return [
        (key, max(0, time))
        for key, time in zip(keys, own_times, strict=True)
        if key[1] is not AFTER
    ]


@lru_cache(maxsize=2048)
def _keyed(stage: str, foreign: frozenset[str]) -> tuple[str, str]:
    return stage, party_of(stage, foreign=foreign)
