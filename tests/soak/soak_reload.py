"""Reloads an app a thousand times under load, and fails no request: ``make soak``, or
``python tests/soak/soak_reload.py``.

The app's file is replaced again and again, at times twice in a moment, while clients ask all the
time. Each version has to answer in the end, every request has to be answered with 200 by some
version, and nothing may be left at the end; else the status is 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from soak_kit import (
    WAIT,
    Holdings,
    ReloadFailed,
    ServerFailed,
    ServerStarted,
    ServerStopped,
    Soaked,
    SoakFailed,
    expect_no_growth,
    log,
)

_APP = """\
import time

VERSION = b"version %d"

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.03)
    size = str(len(VERSION))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", size)])
    return [VERSION]
"""


def main(argv: Sequence[str]) -> int:
    """Run.

    :returns: the exit status
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--host", choices=["thread", "process", "both"], default="both")
    parser.add_argument("--keep", type=int, default=4, help="clients that keep connections")
    parser.add_argument("--close", type=int, default=4, help="clients that don't")
    parser.add_argument("--cold", action="store_true", help="with cold reloads")
    parser.add_argument("--seconds", type=float, default=3600.0, help="at most; default: 3600")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args(argv)
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    log(f"reload: seed {seed}")
    random.seed(seed)
    hosts = ["thread", "process"] if arguments.host == "both" else [arguments.host]
    arguments.deadline = time.monotonic() + arguments.seconds
    for host in hosts:
        try:
            soak(host, arguments)
        except SoakFailed as failed:
            log(f"reload, {host}: FAILED: {failed}")
            return 1
    return 0


def soak(host: str, arguments: argparse.Namespace) -> None:
    """So many reloads in one host.

    :raises SoakFailed: a request failed, a version never came, or something is left
    """
    with tempfile.TemporaryDirectory(prefix="servedeck-soak-") as folder:
        project = Path(folder)
        save(project, 0)
        before = Holdings.now()
        with Soaked(project) as soaked:
            config = soaked.config(host, reload=True, cold_reload=arguments.cold)
            port = soaked.start(config).port
            with Load(port, arguments.keep, arguments.close) as load:
                reload_often(soaked, host, port, arguments)
                summary = load.end()
            soaked.stop()
        counts = ", ".join(f"{name} {summary[name]}" for name in ("answers", "failed", "slowest"))
        log(f"reload, {host}: {arguments.count:,} reloads, {counts}")
        if summary["failed"]:
            raise SoakFailed("\n".join([f"{summary['failed']} requests:", *summary["wrong"]]))
        if arguments.keep + arguments.close and not summary["answers"]:
            raise SoakFailed("the clients were not answered at all")
        expect_no_growth(before)


def reload_often(soaked: Soaked, host: str, port: int, arguments: argparse.Namespace) -> None:
    """Save one version after the other, each when the one before has answered."""
    version, times, starts = 0, list[float](), 0
    for number in range(1, arguments.count + 1):
        version += 1
        save(soaked.project, version)
        if random.random() < 0.1:  # once more, before or while it is loaded
            time.sleep(random.random() * 0.1)
            version += 1
            save(soaked.project, version)
        begun = time.perf_counter()
        wait_for_version(port, version)
        times.append(time.perf_counter() - begun)
        starts += drain(soaked)
        if number % max(1, arguments.count // 20) == 0:
            median, worst = statistics.median(times[-50:]) * 1000, max(times[-50:]) * 1000
            log(f"reload, {host}: {number:,} of {arguments.count:,}, {median:.0f} ms each, "
                  f"{worst:.0f} at most, {Holdings.now()}")  # fmt: skip
        if time.monotonic() > arguments.deadline:
            raise SoakFailed(f"only {number} reloads in the time given")
        time.sleep(random.choice([0.0, 0.0, 0.02, 0.1]))
    log(f"reload, {host}: {version:,} saves, {starts:,} starts reported")


def save(project: Path, version: int) -> None:
    """Replace the app's file."""
    temporary = project / "app.py.tmp"
    temporary.write_text(_APP % version)
    temporary.replace(project / "app.py")


def wait_for_version(port: int, version: int) -> None:
    """Ask until this version answers.

    :raises SoakFailed: it doesn't in time, or a request fails
    """
    deadline = time.monotonic() + WAIT
    wanted, answer = b"version %d" % version, b""
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise SoakFailed(f"version {version}: {error!r}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise SoakFailed(f"version {version}: {response.status} {answer[:200]!r}")
        if answer == wanted:
            return
        time.sleep(0.005)
    raise SoakFailed(f"version {version} has not come in {WAIT:g} s; the last was {answer!r}")


def drain(soaked: Soaked) -> int:
    """Take the events so far.

    :returns: how many servers have started
    :raises SoakFailed: one of them reports a failure
    """
    started = 0
    while not soaked.events.empty():
        event = soaked.next()
        if isinstance(event, ReloadFailed | ServerFailed | ServerStopped):
            raise SoakFailed(f"an event that should not be: {event}")
        started += isinstance(event, ServerStarted)
    return started


class Load:
    """The clients' process. Use it in a ``with`` block."""

    def __init__(self, port: int, keep: int, close: int) -> None:
        script = str(Path(__file__).resolve().parent / "soak_load.py")
        self._process = subprocess.Popen(
            [sys.executable, script, str(port), str(keep), str(close)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *unused: object) -> None:
        self._process.kill()
        self._process.communicate()

    def end(self) -> dict[str, object]:
        """Let the clients finish; what they have seen.

        :raises SoakFailed: they don't end
        """
        try:
            text, _ = self._process.communicate("", timeout=2 * WAIT)
            summary: dict[str, object] = json.loads(text)
        except (subprocess.TimeoutExpired, ValueError) as error:
            raise SoakFailed(f"the clients did not end: {error!r}") from None
        return summary


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
