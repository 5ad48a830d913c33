"""The way of requests through server, framework and app: one as a time line, many as a summary.

Pure data without locks: filled and read on the GUI thread. What comes in are the recorded stages of
:class:`~server.events.RequestFinished`: name, start and duration in microseconds, and depth, in the
order in which they began.

A stage's *own* time is what is left of its duration without the stages inside of it. Own times add
up to the whole, so they, not the durations, show where the time goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from statistics import median

from server.events import RequestFinished

WINDOW = 1000
"""How many of an endpoint's newest requests its median and 95th percentile are taken from."""
MAX_ENDPOINTS = 300
MAX_STAGES = 200
MAX_STEPS = 5000
OTHERS = "(others)"
ALL = ""
"""The name of the summary over all endpoints; no endpoint of a framework is called that."""
NO_ENDPOINT = "(no endpoint)"

SERVER, FRAMEWORK, YOURS = "server", "framework", "yours"
PARTIES = (SERVER, FRAMEWORK, YOURS)

_NAMED = ("hook", "view", "middleware")
_SERVER_STAGES = frozenset(
    (
        "handle",
        "handle_one_request",
        "parse_request",
        "run_wsgi",
        "make_environ",
        "start_response",
        "write",
        "first byte",
        "last byte",
    )
)
_LABELS = {"app": "app(environ, start_response)"}

Flow = tuple[tuple[str, int, int, int], ...]


@lru_cache(maxsize=2048)
def parse_stage(stage: str) -> tuple[str, str]:
    """A stage as what is documented and the name of the user's function: ``("hook", "log_in")``."""
    kind, _, name = stage.partition(" ")
    return (kind, name) if kind in _NAMED and name else (stage, "")


def label(stage: str) -> str:
    """A stage as it is written in the time line."""
    return _LABELS.get(stage, stage)


def party_of(stage: str, *, bare: bool = False) -> str:
    """Whose code a stage is: ``"server"``, ``"framework"`` or ``"yours"``.

    :param bare: there is no framework whose steps are known, so the app as a whole is yours
    """
    key, name = parse_stage(stage)
    if name or (bare and key == "app"):
        return YOURS
    return SERVER if key in _SERVER_STAGES else FRAMEWORK


def _is_bare(flow: Flow) -> bool:
    return all(stage == "app" or party_of(stage) is not FRAMEWORK for stage, _, _, _ in flow)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a time line; times are in microseconds from the beginning of the request.

    :param key: the documented step, such as ``"hook"`` for ``"hook log_in"``
    :param name: the name of the user's function, or ""
    :param detail: for a view, its endpoint and the values from the URL
    :param party: whose code it is
    :param own: the part of the duration that isn't in the steps inside of it
    :param share: the duration as a part of the whole, 0 to 1
    :param pieces: the spans that make up the own time
    :param failed: an exception came out of this step and out of none inside of it
    :param place: file and line of the function, where they were recorded
    """

    index: int
    stage: str
    key: str
    name: str
    detail: str
    party: str
    depth: int
    start: int
    duration: int
    own: int
    share: float
    own_share: float
    pieces: tuple[tuple[int, int], ...]
    failed: bool
    place: tuple[str, int] | None

    @property
    def label(self) -> str:
        """The step as it is written in the time line."""
        return label(self.stage)

    @property
    def end(self) -> int:
        """When it was over."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Timeline:
    """One request's way, ready to be drawn.

    :param total: the length of the common time scale in microseconds
    :param failed: the index of the step that failed, or None
    :param failed_at: when it did
    :param left_out: how many steps there were beyond the first :data:`MAX_STEPS`
    :param heaviest: the step with the most own time
    :param meant: what failed was answered as the app means it, with a 404 for instance
    """

    steps: tuple[Step, ...] = ()
    total: int = 0
    failed: int | None = None
    failed_at: int | None = None
    left_out: int = 0
    heaviest: Step | None = None
    meant: bool = False


def _own(step: Step) -> int:
    return step.own


def timeline(event: RequestFinished) -> Timeline:
    """Lay out one request's recorded stages; an empty time line where there are none."""
    flow = event.flow[:MAX_STEPS]
    if not flow:
        return Timeline()
    first = min(start for _, start, _, _ in flow)
    spans = [(start - first, start - first + max(0, length)) for _, start, length, _ in flow]
    total = max(1, max(end for _, end in spans))
    depths = _depths(depth for _, _, _, depth in flow)
    pieces = _pieces(spans, depths)
    places = {stage: (file, line) for stage, file, line in event.flow_places}
    bare = _is_bare(flow)
    failed = event.flow_failed
    if failed is not None and not 0 <= failed < len(flow):
        failed = None
    steps = []
    for index, ((stage, _, _, _), (start, end)) in enumerate(zip(flow, spans, strict=True)):
        key, name = parse_stage(stage)
        own = sum(stop - begin for begin, stop in pieces[index])
        steps.append(
            Step(
                index=index,
                stage=stage,
                key=key,
                name=name,
                detail=call(event) if key == "view" else "",
                party=party_of(stage, bare=bare),
                depth=depths[index],
                start=start,
                duration=end - start,
                own=own,
                share=(end - start) / total,
                own_share=own / total,
                pieces=tuple(pieces[index]),
                failed=index == failed,
                place=places.get(stage),
            )
        )
    return Timeline(
        steps=tuple(steps),
        total=total,
        failed=failed,
        failed_at=None if failed is None else spans[failed][1],
        left_out=len(event.flow) - len(flow),
        heaviest=max(steps, key=_own),
        meant=failed is not None and event.error_id is None and 200 <= event.status < 500,
    )


def call(event: RequestFinished) -> str:
    """What answered and with which values from the URL: ``shop.product(slug='tea')``; or ""."""
    if not event.endpoint:
        return ""
    return f"{event.endpoint}({', '.join(f'{name}={value}' for name, value in event.view_args)})"


def _depths(recorded: Iterable[int]) -> list[int]:
    """The depths without leaps: a step can only be inside of the one before it, or further out."""
    result: list[int] = []
    last = -1
    for depth in recorded:
        last = max(0, min(depth, last + 1))
        result.append(last)
    return result


def _pieces(spans: list[tuple[int, int]], depths: list[int]) -> list[list[tuple[int, int]]]:
    """For each step the spans in which none of the steps inside of it ran."""
    pieces: list[list[tuple[int, int]]] = [[] for _ in spans]
    reached = [start for start, _ in spans]
    outer: list[int] = []
    for index, (start, end) in enumerate(spans):
        del outer[depths[index] :]
        if outer:
            parent = outer[-1]
            if start > reached[parent]:
                pieces[parent].append((reached[parent], min(start, spans[parent][1])))
            reached[parent] = max(reached[parent], end)
        outer.append(index)
    for index, (_, end) in enumerate(spans):
        if end > reached[index]:
            pieces[index].append((reached[index], end))
    return pieces


# Many requests


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
    """

    def __init__(self) -> None:
        self.version = 0
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
        tally.add_stages(_own_times(flow))
        self._all.add(event.duration, failed)

    def clear(self) -> None:
        """Begin anew."""
        self.version += 1
        self._all = _Tally(ALL)
        self._endpoints.clear()

    def endpoints(self) -> list[EndpointSummary]:
        """Each endpoint's numbers; in front, where there is any, those of all together."""
        if not self._all.count:
            return []
        self._all.stages.clear()
        for tally in self._endpoints.values():
            self._all.add_stages(tally.stages.items())
        return [tally.summary() for tally in (self._all, *self._endpoints.values())]


def _own_times(flow: Flow) -> list[tuple[tuple[str, str], int]]:
    """Each stage, with whose it is, and its own time: like :func:`_pieces`, but quick."""
    keys = [_keyed(stage) for stage, _, _, _ in flow]
    own = [length for _, _, length, _ in flow]
    outer: list[int] = []
    for index, (_, _, length, depth) in enumerate(flow):
        if depth < len(outer):
            del outer[max(0, depth) :]
        if outer:
            own[outer[-1]] -= length
        outer.append(index)
    if all(key[1] is not FRAMEWORK or key[0] == "app" for key in keys):
        keys = [("app", YOURS) if key[0] == "app" else key for key in keys]
    return [(key, max(0, time)) for key, time in zip(keys, own, strict=True)]


@lru_cache(maxsize=2048)
def _keyed(stage: str) -> tuple[str, str]:
    return stage, party_of(stage)
