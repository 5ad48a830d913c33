"""Requests per second and what they cost: our server beside the others.

For each workload, round after round, each server is started anew, warmed up and loaded, one after
the other (A B C … A B C …), so that whatever else the machine does hits all of them alike.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..load import WrkResult, run_wrk
from ..probes import ends_by_closing, idle_connections, slow_heads
from ..processes import RunningServer, ServerDied
from ..report import NONE, Spread, Table, ratio, spread
from ..servers import PEERS, SERVERS, Server
from ..workloads import WORKLOADS, Workload
from . import Options, Result, Show

__all__ = ["TITLE", "run"]

TITLE = "our server beside Werkzeug, wsgiref, Waitress, Cheroot, Gunicorn and Granian"

WARM_UP = 1.0
TOLERATED = 0.001  # share of errors up to which a measurement is one


@dataclass
class Cell:
    """One server under one workload, all rounds.

    :ivar cpu: microseconds of processor time per request, one per round
    :ivar failures: why a round gave no result
    """

    rounds: list[WrkResult] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    errors: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether its figures don't count."""
        answers = sum(result.requests for result in self.rounds)
        return bool(self.failures) or not answers or self.errors > answers * TOLERATED

    @property
    def rate(self) -> Spread | None:
        """Requests per second; None where it failed."""
        return None if self.failed else spread([result.rate for result in self.rounds])


@dataclass
class Extras:
    """What is measured once: memory per idle connection, and the answer among slow clients."""

    idle_bytes: float | None = None
    idle_kept: int = 0
    idle_asked: int = 0
    first_byte: float | None = None
    failure: str = ""


Cells = dict[tuple[str, str], Cell]


def run(options: Options, show: Show) -> Result:
    """Measure and make the tables."""
    servers = [
        server for server in SERVERS if not options.servers or server.name in options.servers
    ]
    workloads = [
        workload
        for workload in WORKLOADS
        if not options.workloads or workload.name in options.workloads
    ]
    cells: Cells = {}
    for workload in workloads:
        for number in range(options.rounds):
            for server in servers:
                cell = cells.setdefault((workload.name, server.name), Cell())
                _measure(server, workload, options.seconds, cell)
                show(f"{workload.name}, round {number + 1}: {server.title}: {_last(cell)}")
    extras: dict[str, Extras] = {}
    if not options.workloads or "extras" in options.workloads:
        for server in servers:
            extras[server.name] = _measure_extras(server)
            show(f"memory and slow clients: {server.title}: {extras[server.name]}")
    tables = [_workload_table(workload, servers, cells) for workload in workloads]
    if extras:
        tables.append(_extras_table(servers, extras))
    tables.insert(0, _overview_table(servers, workloads, cells))
    if targets := _targets_table(cells, extras):
        tables.append(targets)
    return Result(tables, _data(servers, cells, extras))


def versions() -> dict[str, str]:
    """Of what is compared."""
    found = {}
    for name in ("Werkzeug", "waitress", "cheroot", "gunicorn", "granian", "Flask"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def _measure(server: Server, workload: Workload, seconds: float, cell: Cell) -> None:
    """One round."""
    try:
        with RunningServer(server, workload.threads) as running:
            uncounted = ends_by_closing(workload, running.port)
            run_wrk(workload, running.port, WARM_UP)
            before = running.usage().cpu
            result = run_wrk(workload, running.port, seconds)
            used = running.usage().cpu - before
            if not running.alive:
                raise ServerDied("it ended under the load")
    except (ServerDied, ValueError) as error:
        cell.failures.append(str(error))
        return
    cell.rounds.append(result)
    cell.errors += result.errors - (result.read_errors if uncounted else 0)
    if result.requests:
        cell.cpu.append(used / result.requests * 1e6)


def _last(cell: Cell) -> str:
    if cell.failures:
        return f"failed: {cell.failures[-1]}"
    return f"{cell.rounds[-1].rate:,.0f}/s, {cell.cpu[-1] if cell.cpu else 0:.1f} µs"


def _measure_extras(server: Server) -> Extras:
    extras = Extras()
    try:
        with RunningServer(server) as running:
            idle = idle_connections(running)
            extras.idle_bytes, extras.idle_kept = idle.bytes_each, idle.kept
            extras.idle_asked = idle.asked
        with RunningServer(server) as running:
            extras.first_byte = slow_heads(running)
    except (ServerDied, OSError) as error:
        extras.failure = str(error)
    return extras


def _best_peer(workload: str, cells: Cells) -> float | None:
    rates = [
        cell.rate.median
        for peer in PEERS
        if (cell := cells.get((workload, peer.name))) and cell.rate is not None
    ]
    return max(rates, default=None)


def _median(workload: str, server: str, cells: Cells) -> float | None:
    cell = cells.get((workload, server))
    return cell.rate.median if cell and cell.rate else None


def _workload_table(workload: Workload, servers: Sequence[Server], cells: Cells) -> Table:
    werkzeug = _median(workload.name, "werkzeug", cells)
    best = _best_peer(workload.name, cells)
    rows, remarks = [], []
    for server in servers:
        cell = cells[workload.name, server.name]
        rate = cell.rate
        cpu = spread(cell.cpu)
        if rate is None:
            first = "failed"
            why = cell.failures[0] if cell.failures else "too many errors"
            remarks.append(f"{server.title} failed: {why}")
        else:
            first = f"{rate.median:,.0f}"
        rows.append([
            server.title,
            first,
            f"{rate.low:,.0f}-{rate.high:,.0f}" if rate else NONE,
            ratio(rate.median if rate else None, werkzeug),
            ratio(rate.median if rate else None, best),
            f"{cpu.median:,.1f}" if cpu else NONE,
            _milliseconds([result.median for result in cell.rounds]),
            _milliseconds([result.p99 for result in cell.rounds]),
            f"{cell.errors:,}",
        ])  # fmt: skip
    columns = ["Server", "requests/s", "min-max", "/ Werkzeug", "/ best peer", "CPU µs", "p50 ms",
               "p99 ms", "errors"]  # fmt: skip
    return Table(workload.title, columns, rows, remarks)


def _milliseconds(values: Sequence[float]) -> str:
    found = spread(values)
    return f"{found.median * 1000:.2f}" if found else NONE


def _overview_table(
    servers: Sequence[Server], workloads: Sequence[Workload], cells: Cells
) -> Table:
    rows = []
    for server in servers:
        row = [server.title]
        for workload in workloads:
            rate = cells[workload.name, server.name].rate
            row.append(f"{rate.median:,.0f}" if rate else "failed")
        rows.append(row)
    return Table(
        "Requests per second", ["Server", *(workload.name for workload in workloads)], rows
    )


def _extras_table(servers: Sequence[Server], extras: dict[str, Extras]) -> Table:
    rows, remarks = [], []
    for server in servers:
        extra = extras[server.name]
        rows.append([
            server.title,
            f"{extra.idle_bytes / 1024:.1f}" if extra.idle_bytes is not None else NONE,
            f"{extra.idle_kept:,} of {extra.idle_asked:,}",
            f"{extra.first_byte * 1000:.2f}" if extra.first_byte is not None else "none in 2 s",
        ])  # fmt: skip
        if extra.failure:
            remarks.append(f"{server.title} failed: {extra.failure}")
    columns = ["Server", "KB per idle connection", "kept open", "first byte among 60 slow, ms"]
    return Table("Idle and slow clients", columns, rows, remarks)


def _targets_table(cells: Cells, extras: dict[str, Extras]) -> Table | None:
    """What issue 3 asks for, and what came out; only what was measured."""
    rows = []

    def add(what: str, value: float | None, wanted: float, most: bool = False) -> None:
        if value is not None:
            met = value <= wanted if most else value >= wanted
            sign = "≤" if most else "≥"
            rows.append([what, f"{sign} {wanted:g}", f"{value:.2f}", "yes" if met else "no"])

    def over(workload: str, base: float | None, server: str = "ours") -> float | None:
        value = _median(workload, server, cells)
        return value / base if value is not None and base else None

    add("kept alive / Werkzeug", over("hello", _median("hello", "werkzeug", cells)), 12)
    add("kept alive / best peer", over("hello", _best_peer("hello", cells)), 2.5)
    add("kept alive / Granian", over("hello", _median("hello", "granian", cells)), 0.5)
    add("close / best peer", over("close", _best_peer("close", cells)), 1)
    add("Flask / best peer", over("flask", _best_peer("flask", cells)), 1)
    quiet = _median("hello", "ours", cells)
    add("events written / quiet", over("hello", quiet, "written"), 0.85)
    add("servedeck serve --events, in one process / quiet", over("hello", quiet, "events"), 0.85)
    add("the same, in two processes / quiet", over("hello", quiet, "apart"), 0.85)
    add("wait, 64 connections / best peer", over("wait64", _best_peer("wait64", cells)), 1)
    if (ours := extras.get("ours")) and ours.idle_bytes is not None:
        add("KB per idle connection", ours.idle_bytes / 1024, 16, most=True)
    if not rows:
        return None
    return Table("Targets", ["Target", "wanted", "measured", "met"], rows)


def _data(servers: Sequence[Server], cells: Cells, extras: dict[str, Extras]) -> dict[str, Any]:
    return {
        "versions": versions(),
        "servers": {server.name: server.title for server in servers},
        "workloads": {
            workload: {
                server: asdict(cell) for (name, server), cell in cells.items() if name == workload
            }
            for workload in dict.fromkeys(name for name, _ in cells)
        },
        "extras": {name: asdict(extra) for name, extra in extras.items()},
    }
