"""The servers that are compared, and how each is started.

All of them run on this interpreter and this machine, serve ``benchmarks.apps:app`` on the loopback
address and write no access log, unless the row says otherwise. Options that aren't named here are
each server's own defaults.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HOST", "PEERS", "SERVERS", "Server", "hosted"]

HOST = "127.0.0.1"
APP = "benchmarks.apps:app"
APP_FILE = str(Path(__file__).resolve().parent / "apps.py")

Command = Callable[[int, int, Path], list[str]]
"""From port, number of threads and a scratch folder to what to run."""


@dataclass(frozen=True)
class Server:
    """One row of the tables.

    :param name: short, for the command line and the JSON
    :param title: for the table
    :param command: makes the command line
    :param ours: it is ServeDeck's
    :param pure: it is written in Python, so that it counts for "the best other in pure Python"
    """

    name: str
    title: str
    command: Command
    ours: bool = False
    pure: bool = True


def hosted(kind: str) -> Command:
    """A server that is started through its Python interface, in :mod:`benchmarks.hosts`."""

    def command(port: int, threads: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.hosts", kind, str(port), str(threads),
                str(folder)]  # fmt: skip

    return command


def _serving_with_events(run_in: str) -> Command:
    """``servedeck serve`` with the app in its own process or, as is usual, in another."""

    def command(port: int, threads: int, folder: Path) -> list[str]:
        return [sys.executable, "-m", "launcher", "serve", f"{APP_FILE}:app", "--host", HOST,
                "--port", str(port), "--events", str(folder / "events.jsonl"),
                "--run-in", run_in]  # fmt: skip

    return command


def _gunicorn(port: int, threads: int, folder: Path) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1",
            "--threads", str(threads), "--bind", f"{HOST}:{port}", "--log-level", "error",
            APP]  # fmt: skip


def _granian(port: int, threads: int, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1",
               "--host", HOST, "--port", str(port), "--log-level", "warning",
               "--no-access-log"]  # fmt: skip
    if threads > 8:  # by default it chooses the number by itself
        command += ["--blocking-threads", str(threads)]
    return [*command, APP]


SERVERS = (
    Server("ours", "ServeDeck, quiet", hosted("ours"), ours=True),
    Server("single", "ServeDeck, single-threaded", hosted("single"), ours=True),
    Server("written", "ServeDeck, events written to a file", hosted("written"), ours=True),
    Server("events", "`serve --events`, one process", _serving_with_events("thread"), ours=True),
    Server("apart", "`serve --events`, two processes", _serving_with_events("process"), ours=True),
    Server("launcher", "ServeDeck, under the window", hosted("launcher"), ours=True),
    Server("werkzeug", "Werkzeug", hosted("werkzeug")),
    Server("wsgiref", "wsgiref", hosted("wsgiref")),
    Server("waitress", "Waitress", hosted("waitress")),
    Server("cheroot", "Cheroot", hosted("cheroot")),
    Server("gunicorn", "Gunicorn gthread", _gunicorn),
    Server("granian", "Granian (Rust)", _granian, pure=False),
)
"""All of them; the order is that of the report."""

PEERS = tuple(server for server in SERVERS if server.pure and not server.ours)
"""The other servers in pure Python."""
