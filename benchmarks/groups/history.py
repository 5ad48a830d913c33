"""A history of a million requests and a million lines: opened, scrolled, filtered, searched, and
what keeping it costs the server under a flood.

Filling and reading are processes of their own (:mod:`benchmarks.history_store`). For the flood, a
server without and one with a history run side by side and are loaded in turns, a second each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from typing import Any

from ..processes import ROOT
from ..report import NONE, Table
from ..workloads import Workload
from . import Options, Result, Show
from .framework import Pairs, compare

__all__ = ["TITLE", "run"]

TITLE = "a history of a million requests and lines, and what keeping it costs"

_COUNT = 1_000_000
_QUICK = 50_000
_TURNS = 6
_LOAD = Workload("hello", "Hello, World!", "/", b"Hello, World!", connections=8)
_PLACES = {
    "in this process": ("kept-off", "kept-on"),
    "in a process of its own": ("kept-off-apart", "kept-on-apart"),
}


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
    turns = max(2, options.rounds * _TURNS)
    floods = {title: compare(*names, turns, show, _LOAD) for title, names in _PLACES.items()}
    tables = [
        _table(count, filled, read),
        _searches(count, read),
        _views(count, seen),
        _floods(floods),
        _targets(filled, read, seen, floods),
    ]
    data = {"count": count, "filled": filled, "read": read, "seen": seen,
            "floods": {title: asdict(pairs) for title, pairs in floods.items()}}  # fmt: skip
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


def _floods(floods: dict[str, Pairs]) -> Table:
    rows, remarks = [], []
    for title, pairs in floods.items():
        ratio, cost = pairs.ratio, pairs.cost
        if ratio is None or cost is None:
            remarks.append(f"{title}: {pairs.failure}")
            rows.append([title, *[NONE] * 4])
        else:
            rows.append([title, f"{ratio.median:.3f}", f"{ratio.low:.2f}-{ratio.high:.2f}",
                         f"{cost.median:.3f}", f"{cost.low:.2f}-{cost.high:.2f}"])  # fmt: skip
    remarks.append(
        "The processor time is that of all the server's processes, the writer's with it."
    )
    return Table("A server under flood, with a history, of what it is without one",
                 ["App", "served", "min-max", "processor time a request", "min-max"],
                 rows, remarks)  # fmt: skip


def _targets(
    filled: dict[str, Any], read: dict[str, Any], seen: dict[str, Any], floods: dict[str, Pairs]
) -> Table:
    columns = [found for name, found in read["searches"].items()
               if name not in ("header:", "body:") and "output" not in name]  # fmt: skip
    views = [found for found in seen.values() if isinstance(found, dict)]
    absent = [seen["absent open"], seen["absent scroll"], *(found["absent"] for found in views)]
    wanted: list[tuple[str, float, float]] = [
        ("window: opened, s", seen["open"], 0.5),
        ("window: filter's first screen, s", seen["status:5xx"]["first"], 0.25),
        ("window: filter's full count, s", seen["status:5xx"]["all"], 1.0),
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
    for title, pairs in floods.items():
        ratio = pairs.ratio
        if ratio is not None:
            rows.append([f"flood {title}: share served", "≥ 0.95", f"{ratio.median:.3f}",
                         "yes" if ratio.median >= 0.95 else "no"])  # fmt: skip
    return Table("Targets", ["Target", "wanted", "measured", "met"], rows)
