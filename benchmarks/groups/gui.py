"""What the window costs: its event loop under load, a frame, processor time, a flood, its start.

On a virtual screen, through a real ``xcb``, loaded by wrk at a steady pace.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..load import WrkResult, run_wrk
from ..processes import ROOT, RunningServer, ServerDied
from ..report import NONE, Table, ratio, spread
from ..screen import Screen
from ..servers import APP_FILE, HOST, Server
from ..workloads import WORKLOADS, Workload
from . import Options, Result, Show

__all__ = ["PARTS", "TITLE", "paced", "percentile", "run"]

TITLE = "the window: its event loop under load, a frame, processor time, a flood, its start"

PARTS = ("start", "frame", "load", "narrowed", "flood", "text")
"""What can be measured by itself."""
RATES = (160, 1_000, 5_000)
_CONNECTIONS = {10: 1, 100: 4, 160: 8, 1_000: 16, 5_000: 64}
_SETTLE = 1.5  # seconds after the start in which nothing is measured
_FILLED = 160  # requests a second, for a second: more rows than are seen, counts with three digits
_CALM_SECONDS = 5.0  # at least, where the processor is hardly used
_FRAMES = 60
_PLACES = (("process", "own process"), ("thread", "this process"))
_TEXTS = (
    ("/text/output", "100 MB of output in 10 s, in front", "output"),
    ("/text/line", "a line of 10 MB, in front", "output"),
    ("/text/error", "an error's text of 10 MB, selected at 100/s", "requests"),
    ("/text/lines", "300,000 lines of it, selected at 100/s", "requests"),
    ("/text/header", "a header of 1 MB, selected at 100/s", "requests"),
    ("/text/json", "a JSON body of 1 MB, selected at 100/s", "requests"),
)
_NARROWINGS = ("filter", "sort", "filter and sort")
"""What is on while requests come: words for the window."""
_HELLO = next(workload for workload in WORKLOADS if workload.name == "hello")


def run(options: Options, show: Show) -> Result:
    """Measure and make the tables."""
    data: dict[str, Any] = {}
    with Screen() as screen:
        environ = {**os.environ, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb",
                   "PYTHONDONTWRITEBYTECODE": "", "PYTHONWARNINGS": ""}  # fmt: skip
        environ.pop("PYTHONPATH", None)
        measures = (_starts, _frames, _loads, _narrowed, _floods, _texts)
        for name, measure in zip(PARTS, measures, strict=True):
            if not options.workloads or name in options.workloads:
                data[name] = measure(environ, options, show)
                show(f"{name}: {data[name]}")
    return Result([table for table in _tables(data) if table.rows], data)


def paced(rate: int, folder: Path) -> Workload:
    """Hello, World! at a steady pace.

    :param rate: requests per second, over all connections
    :param folder: where the script for wrk is written
    """
    connections = _CONNECTIONS[rate]
    script = folder / f"paced-{rate}.lua"
    milliseconds = connections * 1000 // rate
    script.write_text(f"function delay() return {milliseconds} end\n", encoding="ascii")
    return replace(_HELLO, connections=connections, pace=script)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all values don't exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _task(environ: dict[str, str], *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.window", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise ServerDied(f"the window has ended ({done.returncode}): {done.stderr[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _starts(environ: dict[str, str], options: Options, show: Show) -> dict[str, list[float]]:
    """Seconds from the start of a process to the window that can be seen."""
    times: dict[str, list[float]] = {"window": [], "bare": []}
    for number in range(max(2, options.rounds) + 1):
        for name, task in (("window", "start"), ("bare", "bare")):
            with tempfile.TemporaryDirectory(prefix="servedeck-bench-") as folder:
                begun = time.perf_counter()
                _task(environ, task, folder)
                if number:  # the first one reads everything from the disk
                    times[name].append(time.perf_counter() - begun)
    return times


def _frames(environ: dict[str, str], options: Options, show: Show) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="servedeck-bench-") as folder:
            for key, value in _task(environ, "frame", folder, str(_FRAMES)).items():
                values.setdefault(key, []).append(value)
    return values


@contextlib.contextmanager
def _window(environ: dict[str, str], run_in: str, debug: bool = False) -> Iterator[RunningServer]:
    """The window on the screen, serving."""

    def command(port: int, threads: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.window", "serve", run_in, str(port),
                str(folder), "debug" if debug else "quiet"]  # fmt: skip

    server = Server(f"window-{run_in}", "the window", command, ours=True)
    with RunningServer(server, environ=environ, answers=True) as running:
        time.sleep(_SETTLE)
        yield running


def _ask(window: RunningServer, word: str) -> Any:
    return json.loads(window.ask(word))


def _loads(environ: dict[str, str], options: Options, show: Show) -> dict[str, Any]:
    """The event loop and the processor at each rate, the app in a process of its own."""
    found: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="servedeck-bench-") as scratch,
        _window(environ, "process") as window,
    ):
        # What is measured is a window at work, not its first rows.
        _load(window, _FILLED, 1.0, Path(scratch))
        time.sleep(_SETTLE)
        for rate in (0, 10, *RATES):
            seconds = options.seconds if rate > 10 else max(options.seconds, _CALM_SECONDS)
            for _ in range(options.rounds if rate <= 10 else 1):
                entry = found.setdefault(str(rate), {"cpu": [], "late": [], "rate": []})
                # Without the probe: it costs more than an idle window.
                used, begun = _ask(window, "cpu"), time.perf_counter()
                entry["rate"].append(_load(window, rate, seconds, Path(scratch)))
                took = time.perf_counter() - begun
                entry["cpu"].append((_ask(window, "cpu") - used) / took)
            _ask(window, "reset")
            _load(window, rate, options.seconds, Path(scratch))
            late = _ask(window, "report")["late"]
            entry["late"] = [percentile(late, share) for share in (0.5, 0.99, 1.0)]
            show(f"{rate}/s: {entry}")
    return found


def _narrowed(environ: dict[str, str], options: Options, show: Show) -> dict[str, Any]:
    """The event loop with a filter, with an order, and with both."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="servedeck-bench-") as scratch:
        for words in _NARROWINGS:
            with _window(environ, "process") as window:
                for word in words.split(" and "):
                    _ask(window, word)
                for rate in RATES:
                    _ask(window, "reset")
                    measured = _load(window, rate, options.seconds, Path(scratch))
                    late = _ask(window, "report")["late"]
                    entry = {
                        "rate": [measured],
                        "late": [percentile(late, share) for share in (0.5, 0.99, 1.0)],
                    }
                    found.setdefault(words, {})[str(rate)] = entry
                    show(f"{words}, {rate}/s: {entry}")
    return found


def _load(window: RunningServer, rate: int, seconds: float, scratch: Path) -> float:
    if not rate:
        time.sleep(seconds)
        return 0.0
    return run_wrk(paced(rate, scratch), window.port, seconds).rate


def _floods(environ: dict[str, str], options: Options, show: Show) -> dict[str, Any]:
    """Requests per second, quiet and under the window, in turns."""
    found: dict[str, Any] = {}
    for place, _ in _PLACES:
        entry = found[place] = {"quiet": [], "window": [], "debug": [], "late": []}
        for _ in range(options.rounds):
            with RunningServer(_quiet(place)) as server:
                entry["quiet"].append(_flood(server, options.seconds).rate)
            for name, debug in (("window", False), ("debug", True)):
                with _window(environ, place, debug) as window:
                    _ask(window, "reset")
                    entry[name].append(_flood(window, options.seconds).rate)
                    if not debug:
                        entry["late"].append(max(_ask(window, "report")["late"], default=0.0))
            show(f"flood, {place}: {entry}")
    return found


def _flood(server: RunningServer, seconds: float) -> WrkResult:
    return run_wrk(_HELLO, server.port, seconds)


def _quiet(place: str) -> Server:
    def command(port: int, threads: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "launcher", "serve", f"{APP_FILE}:app", "--host", HOST,
                "--port", str(port), "--run-in", place]  # fmt: skip

    return Server(f"quiet-{place}", "`servedeck serve`", command, ours=True)


def _texts(
    environ: dict[str, str], options: Options, show: Show
) -> dict[str, dict[str, list[float]]]:
    """How long the event loop was away at most, in milliseconds, for texts that are too long; and
    how much processor time the GUI thread used at most at one go, which is so on a busy machine."""
    found: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="servedeck-bench-") as scratch:
        for place, name, front in _TEXTS:
            with _window(environ, "process", debug=True) as window:
                _ask(window, front)
                _ask(window, "reset")
                _get(window.port, place)
                time.sleep(_SETTLE)
                if front == "requests":
                    _ask(window, "select")
                    _load(window, 100, min(5.0, options.seconds), Path(scratch))
                report = _ask(window, "report")
                found[name] = {kind: [max(values, default=0.0)] for kind, values in report.items()}
                show(f"{name}: {found[name]}")
    return found


def _get(port: int, path: str) -> None:
    """Have the app do something; whatever it answers."""
    with contextlib.suppress(urllib.error.HTTPError, http.client.HTTPException):
        urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=100).close()


def _text_table(texts: dict[str, dict[str, list[float]]]) -> Table:
    rows = [
        [name, *(_number(_median(entry[kind]), ".0f") for kind in ("late", "used")), "≤ 50"]
        for name, entry in texts.items()
    ]
    return Table(
        "Event loop away with long texts, the app in its own process",
        ("Text", "longest ms", "busiest turn, processor ms", "wanted"),
        rows,
    )


def _tables(data: dict[str, Any]) -> list[Table]:
    return [
        _text_table(data.get("text", {})),
        _load_table("Event loop away, the app in its own process", data.get("load", {})),
        *(
            _load_table(f"The same with {words} on", data["narrowed"][words])
            for words in data.get("narrowed", ())
        ),
        _processor_table(data.get("load", {})),
        _frame_table(data.get("frame", {})),
        _flood_table(data.get("flood", {})),
        _start_table(data.get("start", {})),
    ]


def _median(values: Sequence[float]) -> float | None:
    found = spread(values)
    return None if found is None else found.median


def _number(value: float | None, form: str = ".2f") -> str:
    return NONE if value is None else format(value, form)


def _load_table(title: str, loads: dict[str, Any]) -> Table:
    wanted = {160: 10, 1_000: 16, 5_000: 16}
    rows = []
    for rate in RATES:
        if str(rate) in loads:
            entry = loads[str(rate)]
            rows.append([
                f"{rate:,} requests/s",
                f"{_median(entry['rate']) or 0:,.0f}",
                *(_number(late, ".1f") for late in entry["late"]),
                f"p99 ≤ {wanted[rate]}, ≤ 50",
            ])  # fmt: skip
    return Table(
        title,
        ("Load", "measured", "p50 ms", "p99 ms", "longest ms", "wanted"),
        rows,
    )


def _processor_table(loads: dict[str, Any]) -> Table:
    names = {"0": "idle", **{str(rate): f"{rate:,} requests/s" for rate in (10, *RATES)}}
    wanted = {"0": "≤ 0.5", "10": "≤ 2"}
    rows = []
    for key, name in names.items():
        found = spread([share * 100 for share in loads.get(key, {}).get("cpu", [])])
        if found is not None:
            ends = f"{found.low:.1f}-{found.high:.1f}"
            rows.append([name, _number(found.median), ends, wanted.get(key, NONE)])
    return Table(
        "Processor time of the window, % of a core", ("Load", "median", "min-max", "wanted"), rows
    )


def _frame_table(frames: dict[str, Any]) -> Table:
    rows = []
    for key, name, wanted in (
        ("again", "all rows as they are", "≤ 4"),
        ("new", "all rows new", "≤ 4"),
        ("one", "one more row", NONE),
    ):
        ours, peer = _median(frames.get(key, ())), _median(frames.get(f"peer_{key}", ()))
        if ours is not None:
            rows.append([name, _number(ours), _number(peer), ratio(ours, peer), wanted])
    count = _median(frames.get("rows", ())) or 0
    return Table(
        f"A frame of Requests at 1180 by 760, {count:.0f} rows",
        ("Painted", "ms", "QTableView, ms", "ratio", "wanted"),
        rows,
    )


def _flood_table(floods: dict[str, Any]) -> Table:
    wanted = {"process": "≥ 0.8, ≤ 50 ms", "thread": "≥ 0.5, ≤ 50 ms"}
    rows = []
    for place, name in _PLACES:
        entry = floods.get(place)
        if entry:
            quiet, window = _median(entry["quiet"]), _median(entry["window"])
            debug = _median(entry["debug"])
            rows.append([
                name, _number(quiet, ",.0f"), _number(window, ",.0f"), ratio(window, quiet),
                ratio(debug, quiet), _number(max(entry["late"], default=None), ".1f"),
                wanted[place],
            ])  # fmt: skip
    return Table(
        "A flood, requests per second",
        ("The app in", "quiet", "under the window", "ratio", "with debug", "away ms", "wanted"),
        rows,
    )


def _start_table(starts: dict[str, Any]) -> Table:
    window, bare = _median(starts.get("window", ())), _median(starts.get("bare", ()))
    rows = []
    if window is not None and bare is not None:
        rows.append([
            "empty data folder", f"{window * 1000:.0f}", f"{bare * 1000:.0f}",
            ratio(window, bare), "≤ 2.5",
        ])  # fmt: skip
    return Table(
        "Start, until the window can be seen",
        ("Window", "ms", "bare QMainWindow, ms", "ratio", "wanted"),
        rows,
    )
