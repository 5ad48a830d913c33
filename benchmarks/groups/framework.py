"""The framework beside Flask, and what recording the flow of each request costs.

In one process, calls of ``app(environ, start_response)`` with a prepared environ: a round of one
app, then a round of the other. Over the network, two servers run side by side and are loaded in
turns, a second each: what counts is the ratio of two neighbouring turns, which hardly depends on
what else the machine does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from werkzeug.test import create_environ

import framework

from ..apps import flask_app
from ..load import run_paced, run_wrk
from ..processes import RunningServer, ServerDied
from ..query_apps import ANSWER
from ..report import NONE, Spread, Table, spread
from ..servers import Server, hosted
from ..workloads import Workload
from . import Options, Result, Show

__all__ = ["PARTS", "TITLE", "Pairs", "compare", "run"]

TITLE = "the framework beside Flask, and what recording the flow costs"

framework_app = framework.App(__name__)


@framework_app.get("/flask")
def _hello() -> str:
    return "Hello, World!"


_CALLS = 2000
_TURNS = 6  # of each app or server, in each of the rounds asked for
_LOAD = Workload("flow", "Flask hello", "/flask", b"Hello, World!", connections=8)
_WARM_UP = 1.0

# What is measured: a title, the hosts without and with the recording, and the least ratio wanted.
_FLOWS = {
    "thread": ("events stay in the process", "flow-off", "flow-on", 0.95),
    "process": ("events as lines of JSON", "flow-off-lines", "flow-on-lines", 0.95),
    "each": ("each request is recorded, however many", "flow-off", "flow-each", None),
}

# Views of 20 queries, each recorded with its statement, its line and its time: of each request, or
# as by default, which is a sample of a flood, and each request at the pace at which people look at
# pages. Wanted is at most so many times the processor time.
_QUERIES: dict[str, tuple[str, str, str, float | None]] = {
    "sqlalchemy": ("SQLAlchemy", "sqlalchemy-off", "sqlalchemy-on", 1.08),
    "sqlalchemy-lines": (
        "SQLAlchemy, events as lines of JSON", "sqlalchemy-off-lines", "sqlalchemy-on-lines", 1.08,
    ),
    "sqlalchemy-flood": (
        "SQLAlchemy, lines, a sample as by default",
        "sqlalchemy-off-lines", "sqlalchemy-default-lines", 1.08,
    ),
    "sqlalchemy-paced": (
        "SQLAlchemy, lines, 50 requests a second",
        "sqlalchemy-off-lines", "sqlalchemy-default-lines", 1.08,
    ),
    "flask-sqlalchemy": (
        "Flask-SQLAlchemy", "flask_sqlalchemy-off", "flask_sqlalchemy-on", 1.08,
    ),
    "flask-toolbar": (
        "Flask-SQLAlchemy with Flask-DebugToolbar", "flask_sqlalchemy-off",
        "flask_sqlalchemy-toolbar", None,
    ),
    "django": ("Django", "django-off", "django-on", 1.08),
    "django-lines": (
        "Django, events as lines of JSON", "django-off-lines", "django-on-lines", 1.08,
    ),
    "django-flood": (
        "Django, lines, a sample as by default", "django-off-lines", "django-default-lines", 1.08,
    ),
    "django-paced": (
        "Django, lines, 50 requests a second", "django-off-lines", "django-default-lines", 1.08,
    ),
    "toolbar": ("Django with Django Debug Toolbar", "django-off", "django-toolbar", None),
    "silk": ("Django with django-silk", "django-off", "django-silk", None),
}  # fmt: skip
PARTS = (*_FLOWS, *_QUERIES)
"""What can be asked for by name, as a workload."""
_PACE = 50.0
_PACED_SECONDS = 2.0
_REST = 5.0
_QUERY_LOAD = Workload("queries", "20 queries", "/queries", ANSWER, connections=2)


@dataclass
class Pairs:
    """Two things measured in turns.

    :ivar first: of the base, such as calls per second
    :ivar second: of what is compared with it
    :ivar first_cpu: seconds of processor time for each request, where servers are compared
    :ivar second_cpu: likewise
    :ivar failure: why there are no figures; else ""
    """

    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    first_cpu: list[float] = field(default_factory=list)
    second_cpu: list[float] = field(default_factory=list)
    failure: str = ""

    @property
    def ratio(self) -> Spread | None:
        """Of each two neighbouring turns, how many times the base the other one is."""
        return spread([b / a for a, b in zip(self.first, self.second, strict=True)])

    @property
    def cost(self) -> Spread | None:
        """Of each two neighbouring turns, how many times the base's processor time."""
        pairs = zip(self.first_cpu, self.second_cpu, strict=True)
        return spread([b / a for a, b in pairs if a])


def run(options: Options, show: Show) -> Result:
    """Measure and make the tables."""
    turns = max(2, options.rounds * _TURNS)
    calls = Pairs()
    for number in range(turns):
        calls.first.append(_calls_per_second(flask_app))
        calls.second.append(_calls_per_second(framework_app))
        show(f"calls, turn {number + 1}: Flask {calls.first[-1]:,.0f}/s, "
            f"framework {calls.second[-1]:,.0f}/s")  # fmt: skip
    flows = {
        name: compare(off, on, turns, show)
        for name, (_, off, on, _) in _FLOWS.items()
        if not options.workloads or name in options.workloads
    }
    queries = {
        name: compare(off, on, turns, show, _QUERY_LOAD, name.endswith("-paced"))
        for name, (_, off, on, _) in _QUERIES.items()
        if not options.workloads or name in options.workloads
    }
    titled = [(title, queries[name]) for name, (title, *_) in _QUERIES.items() if name in queries]
    tables = [
        _table("Hello, World! without a server, calls per second", "Flask", "framework",
               [("framework / Flask", calls)]),
        _table("Flask's Hello, World! under our server, requests per second", "flow off", "flow on",
               [(title, flows[name]) for name, (title, *_) in _FLOWS.items() if name in flows]),
        _table("Views of 20 queries under our server, requests per second", "flow off", "flow on",
               titled),
        _targets(calls, flows, queries),
    ]  # fmt: skip
    data = {
        "calls": asdict(calls),
        "flow": {name: asdict(flow) for name, flow in flows.items()},
        "queries": {name: asdict(one) for name, one in queries.items()},
    }
    return Result(tables, data)


def _calls_per_second(app: Callable[..., Any]) -> float:
    environ = create_environ("/flask")

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return None

    started = time.perf_counter()
    for _ in range(_CALLS):
        items = app(environ.copy(), start_response)
        b"".join(items)
        items.close()
    return _CALLS / (time.perf_counter() - started)


def compare(
    off: str, on: str, turns: int, show: Show, load: Workload = _LOAD, paced: bool = False
) -> Pairs:
    """Load two servers of :mod:`benchmarks.hosts` in turns, one without something and one with.

    :param paced: ask at a steady pace instead of as often as it answers
    """
    pairs = Pairs()
    try:
        with (
            RunningServer(Server(off, off, hosted(off))) as without,
            RunningServer(Server(on, on, hosted(on))) as recording,
        ):
            for running in (without, recording):
                run_wrk(load, running.port, _WARM_UP)
            if paced:  # what the warm-up has used up of the sample is there again
                time.sleep(_REST)
            for number in range(turns):
                sides = [
                    (without, pairs.first, pairs.first_cpu),
                    (recording, pairs.second, pairs.second_cpu),
                ]
                for running, rates, costs in sides if number % 2 else reversed(sides):
                    before = running.usage().cpu
                    requests, rate = _asked(load, running.port, paced)
                    rates.append(rate)
                    costs.append((running.usage().cpu - before) / max(1, requests))
                show(f"{on}, turn {number + 1}: off {pairs.first[-1]:,.0f}/s, "
                    f"on {pairs.second[-1]:,.0f}/s")  # fmt: skip
    except (ServerDied, ValueError) as error:
        pairs.failure = str(error)
        pairs.first.clear()
        pairs.second.clear()
        pairs.first_cpu.clear()
        pairs.second_cpu.clear()
    return pairs


def _asked(load: Workload, port: int, paced: bool) -> tuple[int, float]:
    """How many requests were answered in a second or two, and how many per second."""
    if paced:
        return run_paced(load.path, port, _PACE, _PACED_SECONDS), _PACE
    result = run_wrk(load, port, 1.0)
    return result.requests, result.rate


def _table(title: str, first: str, second: str, rows: Sequence[tuple[str, Pairs]]) -> Table:
    shown, remarks = [], []
    for what, pairs in rows:
        ratio = pairs.ratio
        if ratio is None:
            remarks.append(f"{what} failed: {pairs.failure}")
            shown.append([what, NONE, NONE, NONE, NONE, NONE])
            continue
        cost = pairs.cost
        shown.append([
            what,
            f"{statistics.median(pairs.first):,.0f}",
            f"{statistics.median(pairs.second):,.0f}",
            f"{ratio.median:.3f}",
            f"{ratio.low:.2f}-{ratio.high:.2f}",
            NONE if cost is None else f"{cost.median:.3f} ({cost.low:.2f}-{cost.high:.2f})",
        ])  # fmt: skip
    titles = ["Compared", first, second, "ratio", "min-max", "processor time"]
    return Table(title, titles, shown, remarks)


def _targets(calls: Pairs, flows: dict[str, Pairs], queries: dict[str, Pairs]) -> Table:
    """What is wanted, and what came out."""
    rows = []
    wanted: list[tuple[str, Pairs, float | None]] = [("framework / Flask", calls, 1.0)]
    for name, (title, _, _, least) in _FLOWS.items():
        if name in flows:
            wanted.append((f"flow on / off, {title}", flows[name], least))
    for what, pairs, least in wanted:
        ratio = pairs.ratio
        if ratio is not None and least is not None:
            met = "yes" if ratio.median >= least else "no"
            rows.append([what, f"≥ {least:g}", f"{ratio.median:.3f}", met])
    for name, (title, _, _, most) in _QUERIES.items():
        cost = queries[name].cost if name in queries else None
        if cost is not None and most is not None:
            met = "yes" if cost.median <= most else "no"
            what = f"processor time, flow on / off, 20 queries, {title}"
            rows.append([what, f"≤ {most:g}", f"{cost.median:.3f}", met])
    return Table("Targets", ["Target", "wanted", "measured", "met"], rows)
