"""Starts and stops servers in both hosts, a thousand times each: ``make soak``, or
``python tests/soak/soak_start_stop.py``.

Each cycle starts a server, asks it once and stops it; every second one watches the files, and every
tenth is stopped before it has started. At the end, no descriptor, thread, child or zombie may be
there that was not there after the first cycles; else the status is 1.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from soak_kit import Holdings, Soaked, SoakFailed, expect_no_growth, log

_WARM_UP = 20
_APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


def main(argv: Sequence[str]) -> int:
    """Run.

    :returns: the exit status
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--host", choices=["thread", "process", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=3600.0, help="at most; default: 3600")
    arguments = parser.parse_args(argv)
    hosts = ["thread", "process"] if arguments.host == "both" else [arguments.host]
    deadline = time.monotonic() + arguments.seconds
    for host in hosts:
        try:
            soak(host, arguments.count, deadline)
        except SoakFailed as failed:
            log(f"start and stop, {host}: FAILED: {failed}")
            return 1
    return 0


def soak(host: str, count: int, deadline: float) -> None:
    """So many cycles of one host.

    :param deadline: of ``time.monotonic()``
    :raises SoakFailed: something doesn't start, is left behind, or takes too long
    """
    with tempfile.TemporaryDirectory(prefix="servedeck-soak-") as folder:
        (Path(folder) / "app.py").write_text(_APP)
        times: list[float] = []
        with Soaked(Path(folder)) as soaked:
            cycle(soaked, host, 0)
            before = Holdings.now()
            for number in range(1, count + 1):
                begun = time.perf_counter()
                cycle(soaked, host, number)
                times.append(time.perf_counter() - begun)
                if number == min(_WARM_UP, count // 2):
                    before = Holdings.now()  # what is kept for good is there now
                if number % max(1, count // 20) == 0:
                    median = statistics.median(times[-50:]) * 1000
                    log(f"start and stop, {host}: {number:,} of {count:,}, "
                          f"{median:.0f} ms each, {Holdings.now()}")  # fmt: skip
                if time.monotonic() > deadline:
                    raise SoakFailed(f"only {number} cycles in the time given")
            after = expect_no_growth(before)
        log(f"start and stop, {host}: {count:,} cycles, no growth: {after}")


def cycle(soaked: Soaked, host: str, number: int) -> None:
    """One start and stop.

    :raises SoakFailed: it isn't as it should be
    """
    config = soaked.config(host, reload=bool(number % 2))
    if number % 10 == 9:
        soaked.supervisor.start(config)
    else:
        started = soaked.start(config)
        connection = http.client.HTTPConnection(started.host, started.port, timeout=30)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise SoakFailed(f"cycle {number}: no answer: {error!r}") from None
        finally:
            connection.close()
        if answer != b"ok":
            raise SoakFailed(f"cycle {number}: a wrong answer: {answer!r}")
    soaked.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
