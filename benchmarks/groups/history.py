"""A history of a million requests and a million lines: opened, scrolled, filtered, searched, and
what keeping it costs the server under a flood.

Filling and reading are processes of their own (:mod:`benchmarks.history_store`). For the flood, one
server under one load keeps a history in every other turn of half a second (:mod:`benchmarks.kept`):
what counts is the ratio of two neighbouring turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from ..load import run_wrk
from ..processes import ROOT, RunningServer, ServerDied
from ..report import NONE, Spread, Table, spread
from ..servers import Server, hosted
from ..workloads import Workload
from . import Options, Result, Show

__all__ = ["TITLE", "run"]

TITLE = "a history of a million requests and lines, and what keeping it costs"

_COUNT = 1_000_000
_QUICK = 50_000
_TURNS = 4  # of each kind, in each of the rounds asked for
_TURN_SECONDS = 0.5
_WARM_UP = 1.5
_MARGIN = 1.2
_LOAD = Workload("hello", "Hello, World!", "/", b"Hello, World!", connections=8)
_PLACES = {
    "in this process": "kept",
    "in a process of its own": "kept-apart",
}


@dataclass
class Flood:
    """Neighbouring turns of a server under flood, without a history and with one.

    :ivar served: how many times the requests of the turn without, in the one with
    :ivar cpu: how many times the processor time for each request, of all its processes
    :ivar rates: of the turns without, requests per second
    :ivar writing: seconds of processor time of the history's thread, for each request
    :ivar failure: why there are no figures; else ""
    """

    served: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    writing: list[float] = field(default_factory=list)
    failure: str = ""


def run(options: Options, show: Show) -> Result:
    """Measure and make the tables."""
    count = _QUICK if options.rounds == 1 else _COUNT
    with tempfile.TemporaryDirectory() as folder:
        show(f"filling a history with {count:,} requests and as many lines")
        filled = _store("fill", folder, count)
        show("reading it")
        read = _store("read", folder, count)
        show("looking at it as the window does")
        seen = _module("benchmarks.history_view", folder)
    turns = 4 if options.rounds == 1 else options.rounds * _TURNS
    floods = {}
    for title, name in _PLACES.items():
        show(f"a flood, {title}")
        floods[title] = flood(name, turns)
    tables = [
        _table(count, filled, read),
        _searches(count, read),
        _views(count, seen),
        _floods(floods),
        _targets(filled, read, seen, floods),
    ]
    data = {"count": count, "filled": filled, "read": read, "seen": seen,
            "floods": {title: asdict(found) for title, found in floods.items()}}  # fmt: skip
    return Result(tables, data)


def _store(what: str, folder: str, count: int) -> dict[str, Any]:
    return _module("benchmarks.history_store", what, folder, str(count))


def _module(name: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=1800, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}"


def _table(count: int, filled: dict[str, Any], read: dict[str, Any]) -> Table:
    rows = [
        ["written, µs each", f"{filled['us_per_request']:.1f}", f"{filled['us_per_line']:.1f}"],
        ["written where they are alike, processor time, µs each",
         f"{filled['us_per_alike']:.1f}", ""],
        ["in the file, bytes each", f"{filled['bytes_per_request']:.0f}",
         f"{filled['bytes_per_line']:.0f}"],
        ["opened, first screen, ms", _ms(read["open"]), _ms(read["open_lines"])],
        ["scrolled to, slowest of 500 places, ms", _ms(read["scroll"]), _ms(read["scroll_lines"])],
    ]  # fmt: skip
    remarks = [
        "Without bodies and index. Every request differs from the others.",
        f"All of it indexed in {filled['index_seconds']:.0f} s, in "
        f"{filled['index_bytes'] / 1e6:.0f} MB.",
        f"Memory that reading took: {read['memory'] / 1e6:.0f} MB.",
    ]
    return Table(f"A history of {count:,}", ["What", "requests", "lines"], rows, remarks)


def _searches(count: int, read: dict[str, Any]) -> Table:
    rows = [
        [name, _ms(found["first"]), _ms(found["all"]), _ms(found["part"]), f"{found['found']:,}"]
        for name, found in read["searches"].items()
    ]
    return Table(
        f"Searches in {count:,}, in ms",
        ["Filter", "first", "all", "longest part", "found"],
        rows,
    )


def _views(count: int, seen: dict[str, Any]) -> Table:
    rows = [
        ["the last screen, opened", _ms(seen["open"]), "", _ms(seen["absent open"])],
        ["a screen anywhere, slowest of 200", _ms(seen["scroll"]), "", _ms(seen["absent scroll"])],
    ]
    rows += [
        [name, _ms(found["first"]), _ms(found["all"]), _ms(found["absent"])]
        for name, found in seen.items()
        if isinstance(found, dict)
    ]
    return Table(
        f"The window before {count:,}, in ms",
        ["What", "first screen", "all", "longest absence"],
        rows,
        [f"Memory that it took: {seen['memory'] / 1e6:.0f} MB."],
    )


@dataclass
class _Turn:
    seconds: float
    requests: int
    cpu: float
    writing: float


def flood(name: str, turns: int) -> Flood:
    """Load a server of :mod:`benchmarks.hosts`, and switch its history off and on.

    :param turns: how many pairs of turns are compared
    """
    found = Flood()
    seconds = _WARM_UP + _MARGIN * (2 * turns + 2) * _TURN_SECONDS
    try:
        with RunningServer(Server(name, name, hosted(name)), answers=True) as running:
            load = threading.Thread(target=run_wrk, args=(_LOAD, running.port, seconds))
            load.start()
            try:
                time.sleep(_WARM_UP)
                measured = [_turn(running, kept=number % 2 == 1) for number in range(2 * turns)]
            finally:
                load.join()
    except (ServerDied, ValueError) as error:
        found.failure = str(error)
        return found
    for without, kept in zip(measured[::2], measured[1::2], strict=True):
        rates = [turn.requests / turn.seconds for turn in (without, kept)]
        costs = [turn.cpu / max(1, turn.requests) for turn in (without, kept)]
        found.rates.append(rates[0])
        found.served.append(rates[1] / rates[0])
        found.cpu.append(costs[1] / costs[0])
        found.writing.append(kept.writing / max(1, kept.requests))
    return found


def _turn(running: RunningServer, *, kept: bool) -> _Turn:
    """What was asked for in it is written in it."""
    before = json.loads(running.ask("on" if kept else "off"))
    cpu, began = running.usage().cpu, time.perf_counter()
    time.sleep(_TURN_SECONDS)
    after = json.loads(running.ask("off"))
    return _Turn(
        time.perf_counter() - began,
        after["requests"] - before["requests"],
        running.usage().cpu - cpu,
        after["history"] - before["history"],
    )


def _floods(floods: dict[str, Flood]) -> Table:
    rows, remarks = [], []
    for title, found in floods.items():
        served, cpu, writing = map(spread, (found.served, found.cpu, found.writing))
        if served is None or cpu is None or writing is None:
            remarks.append(f"{title}: {found.failure}")
            rows.append([title, *[NONE] * 4])
        else:
            rows.append([title, _shown(served), _shown(cpu), f"{writing.median * 1e6:.1f}",
                         f"{statistics.median(found.rates):,.0f}"])  # fmt: skip
    remarks += [
        f"Middle, least and most of {len(next(iter(floods.values())).served)} pairs of turns.",
        "The processor time is that of all the server's processes, the writer's with it.",
    ]
    return Table("A server under flood, with a history, of what it is without one",
                 ["App", "served", "processor time a request", "the history's thread, µs",
                  "requests a second without"],
                 rows, remarks)  # fmt: skip


def _shown(found: Spread) -> str:
    return f"{found.median:.3f} ({found.low:.2f}-{found.high:.2f})"


def _targets(
    filled: dict[str, Any], read: dict[str, Any], seen: dict[str, Any], floods: dict[str, Flood]
) -> Table:
    columns = [found for name, found in read["searches"].items()
               if name not in ("header:", "body:") and "output" not in name]  # fmt: skip
    views = [found for found in seen.values() if isinstance(found, dict)]
    absent = [seen["absent open"], seen["absent scroll"], *(found["absent"] for found in views)]
    wanted: list[tuple[str, float, float]] = [
        ("window: opened, s", seen["open"], 0.5),
        ("window: filter's first screen, s", seen["status:5xx"]["first"], 0.25),
        (
            "window: filter's full count, s",
            max(seen[name]["all"] for name in ("status:5xx", "without static files")),
            1.0,
        ),
        (
            "window: sorted, first screen, s",
            max(found["first"] for name, found in seen.items() if " by " in f" {name}"),
            0.25,
        ),
        ("window: longest absence, s", max(absent), 0.05),
        ("window: memory, MB", seen["memory"] / 1e6, 300),
        ("opened, s", read["open"], 0.5),
        ("filter over columns: first screen, s", max(f["first"] for f in columns), 0.25),
        ("filter over columns: full count, s", max(f["all"] for f in columns), 1.0),
        ("slowest page of requests, s", read["scroll"], 0.05),
        ("slowest page of lines, s", read["scroll_lines"], 0.05),
        ("memory, MB", read["memory"] / 1e6, 300),
        ("bytes a request", filled["bytes_per_request"], 400),
        ("output: first match, s", read["searches"]["in the output"]["first"], 0.3),
    ]
    rows = [
        [what, f"≤ {limit:g}", f"{value:.3g}", "yes" if value <= limit else "no"]
        for what, value, limit in wanted
    ]
    for title, found in floods.items():
        cpu = spread(found.cpu)
        if cpu is not None:
            rows.append([f"flood {title}: processor time", "≤ 1.05", f"{cpu.median:.3f}",
                         "yes" if cpu.median <= 1.05 else "no"])  # fmt: skip
    return Table("Targets", ["Target", "wanted", "measured", "met"], rows)
