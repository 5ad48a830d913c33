"""``kill -9`` in the midst of writing, again and again: the history opens, and lost is at most the
last half second.

A child writes to a history that grows from kill to kill, and says on a pipe what it has handed over
and when. After the kill the file is checked whole; everything that was handed over more than half a
second before is there, in its order, and nothing else. ``--lost`` is for a machine that others keep
busy, where writing takes longer; how often it took longer than half a second is counted.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from soak_kit import ROOT, SoakFailed, log

from launcher.core.logs.history.files import file_of, open_for_writing
from launcher.core.logs.history.history import History
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.writer import Trouble
from server.events import Body, OutputWritten, RequestFinished, RequestStarted

LOST_SECONDS = 0.5
PROJECT = "/srv/shop"


def child(folder: Path, seed: int) -> None:
    """Write until the end."""

    def fail(trouble: Trouble) -> None:
        if trouble.kind != "no-wal":
            print(f"trouble {trouble.kind} {trouble.message}", flush=True)

    history = History(folder, PROJECT, fail, Limits(total_bytes=20_000_000))
    history.begin_run(f"app:{seed}")
    rnd = random.Random(seed)
    number = 0
    while True:
        events: list[object] = []
        for _ in range(rnd.randrange(1, 60)):
            number += 1
            body = b"%d " % number * rnd.randrange(60)
            events.append(RequestStarted(number, "GET", f"/{number}", time.time()))
            if number % 7:
                events.append(
                    RequestFinished.of(
                        id=number, started=time.time(), duration=0.1, app_duration=0.1, thread="t",
                        target=f"/{number}", path=f"/{number}", status=200, reason="OK",
                        response_body=Body(len(body), body),
                    )
                )  # fmt: skip
            events.append(OutputWritten("stdout", f"line {number}\n"))
        history.take(events)  # type: ignore[arg-type]
        print(f"{time.time():.4f} {number}", flush=True)
        time.sleep(rnd.random() / 50)


def cycle(folder: Path, seed: int, lost: float) -> tuple[int, bool]:
    """Start a child, kill it, and look at what is left.

    :param lost: seconds before the kill of which nothing has to be there
    :returns: how many requests it had handed over, and whether at most the last half second of them
        was lost
    :raises SoakFailed: something is wrong
    """
    process = subprocess.Popen(
        [sys.executable, __file__, "--child", str(folder), "--seed", str(seed)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    handed: list[tuple[float, int]] = [_read(process.stdout.readline())]
    time.sleep(random.Random(seed).random() * 1.5)
    killed = time.time()
    os.kill(process.pid, signal.SIGKILL)
    handed += [_read(line) for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    left = _check(folder, f"app:{seed}", _before(handed, killed - lost))
    return handed[-1][1], left >= _before(handed, killed - LOST_SECONDS)


def _before(handed: list[tuple[float, int]], end: float) -> int:
    """The last request that was handed over before a moment; 0 for none."""
    return max((number for moment, number in handed if moment < end), default=0)


def _read(line: str) -> tuple[float, int]:
    if line.startswith("trouble"):
        raise SoakFailed(line)
    moment, number = line.split()
    return float(moment), int(number)


def _check(folder: Path, app: str, safe: int) -> int:
    """Look at the file; returns how many requests of the app there are."""
    file = file_of(folder, PROJECT)
    if not file.exists() and not safe:
        return 0
    connection, _ = open_for_writing(file)
    result = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    if result != ("ok",):
        raise SoakFailed(f"damaged: {result}")
    with Reader(file) as reader:
        extent = reader.extent("request", app)
        rows = reader.requests(extent, 0, len(extent))
        if len(rows) != len(extent):
            raise SoakFailed(f"{len(extent)} rows are promised, {len(rows)} are there")
        if len(rows) < safe:
            raise SoakFailed(f"lost: {safe} were handed over in time, {len(rows)} are there")
        if [row.path for row in rows] != [f"/{n}" for n in range(1, len(rows) + 1)]:
            raise SoakFailed("the order is wrong")
        for row in rows[-50:]:
            stored = reader.request(row.number)
            if stored is None or (row.status is not None and row.id % 7 == 0):
                raise SoakFailed(f"{row} is wrong")
        lines = reader.extent("line", app)
        if abs(len(lines) - len(rows)) > 60:
            raise SoakFailed(f"{len(rows)} requests, but {len(lines)} lines")
        return len(rows)


def main() -> int:
    """Run.

    :returns: the exit status; 1 at the first finding
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="kills; default: 100")
    parser.add_argument("--seed", type=int, default=0, help="of the first child")
    parser.add_argument(
        "--lost", type=float, default=LOST_SECONDS,
        help=f"seconds that may be lost; default: {LOST_SECONDS}",
    )  # fmt: skip
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments, _ = parser.parse_known_args()
    if arguments.child is not None:
        child(arguments.child, arguments.seed)
    total = late = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.count):
            try:
                requests, in_time = cycle(Path(folder), arguments.seed + number, arguments.lost)
            except SoakFailed as error:
                log(f"kill {number}: {error}")
                return 1
            total += requests
            late += not in_time
            if number % 10 == 9:
                size = file_of(Path(folder), PROJECT).stat().st_size
                log(
                    f"{number + 1} kills, {total:,} requests, {size / 1e6:.1f} MB; "
                    f"{late} times more than half a second was lost"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
