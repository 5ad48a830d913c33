"""Loads a server with wrk and reads what it prints."""

from __future__ import annotations

import http.client
import re
import subprocess
import time
from dataclasses import dataclass

from .servers import HOST
from .workloads import Workload

__all__ = ["WrkResult", "parse_wrk", "run_paced", "run_wrk", "wrk_command"]

_MARGIN = 20.0  # seconds wrk may take longer than it was asked to
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SUMMARY = re.compile(r"(\d+) requests in ([\d.]+)(us|ms|s|m|h), ")
_RATE = re.compile(r"Requests/sec: +([\d.]+)")
_PERCENTILE = re.compile(r"^ +(50|99)% +([\d.]+)(us|ms|s|m|h)$", re.MULTILINE)
_SOCKET = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_STATUS = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True)
class WrkResult:
    """One run of wrk.

    :param requests: complete answers
    :param rate: of them per second
    :param median: latency in seconds
    :param p99: the latency that one in a hundred exceeds
    :param bad_status: answers that aren't 2xx or 3xx
    """

    requests: int
    rate: float
    median: float
    p99: float
    connect_errors: int = 0
    read_errors: int = 0
    write_errors: int = 0
    timeouts: int = 0
    bad_status: int = 0

    @property
    def errors(self) -> int:
        """Everything that went wrong."""
        return (
            self.connect_errors
            + self.read_errors
            + self.write_errors
            + self.timeouts
            + self.bad_status
        )


def wrk_command(workload: Workload, port: int, seconds: float) -> list[str]:
    """What to run; wrk takes whole seconds only."""
    command = ["wrk", "-t1", f"-c{workload.connections}", f"-d{max(1, round(seconds))}s",
               "--timeout", "5s", "--latency"]  # fmt: skip
    if not workload.keep_alive:
        command += ["-H", "Connection: close"]
    if workload.script is not None:
        command += ["-s", str(workload.script)]
    return [*command, f"http://{HOST}:{port}{workload.path}"]


def parse_wrk(text: str) -> WrkResult:
    """Read what ``wrk --latency`` prints.

    :raises ValueError: it isn't that
    """
    summary, rate = _SUMMARY.search(text), _RATE.search(text)
    if summary is None or rate is None:
        raise ValueError(f"wrk printed something else: {text.strip()[-200:]!r}")
    percentiles = {
        share: float(number) * _UNITS[unit] for share, number, unit in _PERCENTILE.findall(text)
    }
    found = _SOCKET.search(text)
    connect, read, write, timeout = map(int, found.groups()) if found else (0, 0, 0, 0)
    status = _STATUS.search(text)
    return WrkResult(
        requests=int(summary[1]),
        rate=float(rate[1]),
        median=percentiles.get("50", 0.0),
        p99=percentiles.get("99", 0.0),
        connect_errors=connect,
        read_errors=read,
        write_errors=write,
        timeouts=timeout,
        bad_status=int(status[1]) if status else 0,
    )


def run_wrk(workload: Workload, port: int, seconds: float) -> WrkResult:
    """Load the server that listens on ``port``.

    :raises ValueError: wrk could not connect, or printed something else
    """
    try:
        done = subprocess.run(
            wrk_command(workload, port, seconds),
            capture_output=True,
            text=True,
            timeout=seconds + _MARGIN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"wrk did not end within {seconds + _MARGIN:g} s") from None
    return parse_wrk(done.stdout + done.stderr)


def run_paced(path: str, port: int, rate: float, seconds: float) -> int:
    """Ask at a steady pace over one connection, as people and their pages do.

    :param rate: requests per second
    :returns: how many were answered
    :raises ValueError: an answer isn't 200, or there is none
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    count = max(1, round(rate * seconds))
    begin = time.monotonic()
    try:
        for number in range(count):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise ValueError(f"a wrong answer: {answer.status}")
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(f"no answer: {type(error).__name__}: {error}") from None
    finally:
        connection.close()
    return count
