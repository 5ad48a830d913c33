"""From a save to the first answer of the new code, beside Flask's and Gunicorn's reloaders; and
from Start to the first answer.

In each round, each server is started anew with each app in a folder of its own; then the app's file
is replaced a few times, and a client asks until the new code answers.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.metadata
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..processes import ROOT, RunningServer, ServerDied
from ..reload_apps import HEAVY, RELOAD_APPS, SMALL, ReloadApp
from ..report import NONE, Spread, Table, ratio, spread
from ..servers import HOST, Server
from . import Options, Result, Show

__all__ = ["SERVERS", "TITLE", "Cell", "reload_once", "run"]

TITLE = "reloads beside Flask and Gunicorn, and the start of a server"

EDITS = 5
SETTLE = 3.0  # seconds after the start in which nobody edits
LONGEST = 10.0  # a reload that takes longer was not noticed
_PAUSE = 0.005  # between two polls
_STAT = """\
import sys
sys.modules["watchdog"] = None
from flask.cli import main
main()
"""


def _serve(*more: str) -> Any:
    def command(port: int, threads: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "launcher", "serve", "app:app", "--host", HOST, "--port",
                str(port), "--debug", "--reload", *more]  # fmt: skip

    return command


def _flask(port: int, threads: int, folder: Path) -> list[str]:
    return [sys.executable, "-m", "flask", *_flask_options(port)]


def _flask_stat(port: int, threads: int, folder: Path) -> list[str]:
    """Where watchdog is installed, only its absence makes Flask look at the files itself."""
    script = folder / "flask_stat.py"
    script.write_text(_STAT, encoding="utf-8")
    return [sys.executable, str(script), *_flask_options(port)]


def _flask_options(port: int) -> list[str]:
    return ["--app", "app:app", "run", "--debug", "--host", HOST, "--port", str(port)]


def _gunicorn(port: int, threads: int, folder: Path) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--reload", "--bind", f"{HOST}:{port}",
            "--log-level", "error", "app:app"]  # fmt: skip


SERVERS = (
    Server("ours", "ServeDeck", _serve(), ours=True),
    Server("cold", "ServeDeck, --cold-reload", _serve("--cold-reload"), ours=True),
    Server("flask-stat", "flask run --debug, stat", _flask_stat),
    Server("flask-watchdog", "flask run --debug, watchdog", _flask),
    Server("gunicorn", "gunicorn --reload", _gunicorn),
)
"""All of them; the order is that of the report."""


@dataclass
class Cell:
    """One server with one app, all rounds.

    :ivar times: seconds of each reload that was seen
    :ivar missed: edits after which the new code never answered
    :ivar polls: requests that were made meanwhile
    :ivar refused: of these, connections that were refused
    :ivar failed: of these, other answers than the app's, and none
    :ivar failures: why a round gave no result
    """

    times: list[float] = field(default_factory=list)
    missed: int = 0
    polls: int = 0
    refused: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def spread(self) -> Spread | None:
        """Seconds; None where edits were missed, or nothing was measured."""
        return None if self.missed or self.failures else spread(self.times)


@dataclass
class Start:
    """Seconds from Start to the first answer.

    :ivar first: in a fresh process
    :ivar again: in one that has started the app before
    :ivar bare: for a bare interpreter to start and import the app
    """

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    failure: str = ""


Cells = dict[tuple[str, str], Cell]
Starts = dict[tuple[str, str], Start]


def run(options: Options, show: Show) -> Result:
    """Measure and make the tables."""
    servers = [s for s in SERVERS if not options.servers or s.name in options.servers]
    edits = 2 if options.seconds <= 1 else EDITS
    apps = [app for app in RELOAD_APPS if not _missing(app.imports)]
    cells: Cells = {}
    for number in range(options.rounds):
        for app in apps:
            for server in servers:
                cell = cells.setdefault((app.name, server.name), Cell())
                measure(server, app, edits, cell)
                show(f"{app.name}, round {number + 1}: {server.title}: {_last(cell)}")
    starts: Starts = {}
    for _ in range(options.rounds):
        _measure_starts(apps, starts)
    show(f"starts: {starts}")
    tables = [_reload_table(app, servers, cells) for app in apps]
    tables += [_start_table(apps, starts), _targets_table(cells, starts)]
    data = {
        "versions": {name: _version(name) for name in ("Flask", "watchdog", "gunicorn", "pandas")},
        "reload": {f"{app}/{server}": asdict(cell) for (app, server), cell in cells.items()},
        "start": {f"{app}/{host}": asdict(start) for (app, host), start in starts.items()},
    }
    return Result(tables, data)


def measure(server: Server, app: ReloadApp, edits: int, cell: Cell) -> None:
    """One round: start, and replace the file some times."""

    def prepare(folder: Path) -> Path:
        project = folder / "project"
        project.mkdir()
        app.write(project, 0)
        return project

    try:
        with RunningServer(server, prepare=prepare) as running:
            time.sleep(SETTLE)
            for version in range(1, edits + 1):
                # Some reloaders look once a second: when in it the edit comes must be chance.
                time.sleep(0.5 + random.random())
                if not running.alive:
                    raise ServerDied("it ended")
                if not reload_once(running.port, app, running.cwd, version, cell):
                    return
    except ServerDied as error:
        cell.failures.append(str(error))


def reload_once(port: int, app: ReloadApp, project: Path, version: int, cell: Cell) -> bool:
    """Replace the file, and ask until the new code answers, or :data:`LONGEST` seconds are over.

    :returns: whether it has answered
    """
    wanted, before = app.answer(version), app.answer(version - 1)
    app.write(project, version)
    begun = time.perf_counter()
    while time.perf_counter() < begun + LONGEST:
        cell.polls += 1
        try:
            answer = _ask(port)
        except ConnectionRefusedError:
            cell.refused += 1
        except (OSError, http.client.HTTPException):
            cell.failed += 1
        else:
            if answer == wanted:
                cell.times.append(time.perf_counter() - begun)
                return True
            cell.failed += answer != before
        time.sleep(_PAUSE)
    cell.missed += 1
    return False


def _ask(port: int) -> bytes:
    connection = http.client.HTTPConnection(HOST, port, timeout=LONGEST)
    with contextlib.closing(connection):
        connection.request("GET", "/", headers={"Connection": "close"})
        return connection.getresponse().read()


def _measure_starts(apps: Sequence[ReloadApp], starts: Starts) -> None:
    """One round, both hosts with each app."""
    with tempfile.TemporaryDirectory(prefix="servedeck-bench-") as scratch:
        folders = {"example": (ROOT / "resources" / "examples", "hello")}
        for app in apps:
            folder = Path(scratch, app.name)
            folder.mkdir()
            app.write(folder, 0)
            folders[app.name] = (folder, "app")
        for name, (folder, module) in folders.items():
            _import_time(folder, module)  # compiles it, and reads everything from the disk
            bare = _import_time(folder, module)
            for host in ("thread", "process"):
                start = starts.setdefault((name, host), Start())
                command = [sys.executable, "-m", "benchmarks.starts", host, str(folder),
                           module, "4"]  # fmt: skip
                done = subprocess.run(
                    command, cwd=ROOT, capture_output=True, text=True, check=False
                )
                if done.returncode:
                    start.failure = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
                    continue
                first, *again = json.loads(done.stdout.splitlines()[-1])
                start.first.append(first)
                start.again += again
                start.bare.append(bare)


def _import_time(folder: Path, module: str) -> float:
    """Seconds that a bare interpreter needs to start, import the app and end."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", f"import {module}"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - begun


def _last(cell: Cell) -> str:
    if cell.failures:
        return f"failed: {cell.failures[-1]}"
    if cell.missed:
        return f"missed {cell.missed}"
    return f"{cell.times[-1] * 1000:,.0f} ms"


def _fastest_peer(app: str, cells: Mapping[tuple[str, str], Cell]) -> float | None:
    found = [
        cell.spread.median
        for server in SERVERS
        if not server.ours and (cell := cells.get((app, server.name))) and cell.spread
    ]
    return min(found, default=None)


def _median(app: str, server: str, cells: Mapping[tuple[str, str], Cell]) -> float | None:
    cell = cells.get((app, server))
    return cell.spread.median if cell and cell.spread else None


def _reload_table(app: ReloadApp, servers: Sequence[Server], cells: Cells) -> Table:
    peer = _fastest_peer(app.name, cells)
    rows, remarks = [], []
    for server in servers:
        cell = cells[app.name, server.name]
        found = cell.spread
        rows.append([
            server.title,
            f"{found.median * 1000:,.0f}" if found else "failed",
            f"{found.low * 1000:,.0f}-{found.high * 1000:,.0f}" if found else NONE,
            ratio(found.median if found else None, peer),
            str(len(cell.times)),
            str(cell.missed),
            f"{cell.polls:,}",
            f"{cell.refused:,}",
            f"{cell.failed:,}",
        ])  # fmt: skip
        remarks += [f"{server.title} failed: {why}" for why in cell.failures[:1]]
        if cell.missed:
            remarks.append(f"{server.title} failed: the new code did not answer in {LONGEST:g} s")
    columns = ["Server", "ms", "min-max", "/ fastest peer", "seen", "missed", "polls", "refused",
               "failed"]  # fmt: skip
    return Table(f"From a save to the new code's answer: {app.title}", columns, rows, remarks)


def _start_table(apps: Sequence[ReloadApp], starts: Starts) -> Table:
    titles = {"example": "The example app"} | {app.name: app.title for app in apps}
    hosts = {"thread": "in this process", "process": "in a separate process"}
    rows, remarks = [], []
    for (app, host), start in starts.items():
        title = f"{titles[app]}, {hosts[host]}"
        first, again, bare = spread(start.first), spread(start.again), spread(start.bare)
        rows.append([
            title,
            f"{first.median * 1000:,.0f}" if first else "failed",
            f"{again.median * 1000:,.0f}" if again else NONE,
            f"{bare.median * 1000:,.0f}" if bare else NONE,
            ratio(first.median if first else None, bare.median if bare else None),
        ])  # fmt: skip
        if start.failure:
            remarks.append(f"{title} failed: {start.failure}")
    remarks.append("Bare: `python -c 'import app'`, with the interpreter's own start.")
    columns = ["App and host", "first, ms", "again, ms", "bare, ms", "first / bare"]
    return Table("From Start to the first answer", columns, rows, remarks)


def _targets_table(cells: Cells, starts: Starts) -> Table:
    """What was asked for, and what came out; only what was measured."""
    rows = []

    def add(what: str, value: float | None, wanted: float) -> None:
        if value is not None:
            rows.append([what, f"≤ {wanted:g}", f"{value:.2f}", "yes" if value <= wanted else "no"])

    def over(value: float | None, base: float | None) -> float | None:
        return value / base if value is not None and base else None

    def middle(values: Sequence[float]) -> float | None:
        found = spread(values)
        return found.median if found else None

    for app in RELOAD_APPS:
        ours = _median(app.name, "ours", cells)
        add(f"{app.name}: reload / fastest peer", over(ours, _fastest_peer(app.name, cells)), 0.35)
        if (cell := cells.get((app.name, "ours"))) and cell.polls:
            add(f"{app.name}: polls refused or failed", float(cell.refused + cell.failed), 0)
    small, heavy = (_median(app.name, "ours", cells) for app in (SMALL, HEAVY))
    add("reload of the heavy app / small app", over(heavy, small), 1.3)
    if start := starts.get(("example", "thread")):
        add("first start in this process, s", middle(start.first), 0.1)
        add("another start in this process, s", middle(start.again), 0.1)
    for app in RELOAD_APPS:
        if start := starts.get((app.name, "process")):
            value = over(middle(start.first), middle(start.bare))
            add(f"{app.name}: start in a separate process / bare import", value, 1.3)
    return Table("Targets", ["Target", "wanted", "measured", "met"], rows)


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in names if _version(name) == "missing"]


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
