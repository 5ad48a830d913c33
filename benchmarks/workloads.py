"""What the servers are loaded with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import apps

__all__ = ["WORKLOADS", "Workload"]

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Workload:
    """One kind of load.

    :param name: short, for the command line and the JSON
    :param title: for the table
    :param path: of the app
    :param answer: the body that each answer must have
    :param connections: how many at a time
    :param keep_alive: whether the client asks to keep them
    :param threads: for the servers that are given a number of threads
    :param upload: bytes of the request's body; 0 for a GET
    :param pace: a script that makes wrk wait between two requests; None to send at once
    """

    name: str
    title: str
    path: str
    answer: bytes
    connections: int = 8
    keep_alive: bool = True
    threads: int = 8
    upload: int = 0
    pace: Path | None = None

    @property
    def script(self) -> Path | None:
        """The script that makes wrk send this load, where its command line isn't enough."""
        return _HERE / "upload.lua" if self.upload else self.pace


WORKLOADS = (
    Workload("hello", "Hello, World, kept alive", "/", apps.HELLO),
    Workload(
        "close", "Hello, World, a connection for each request", "/", apps.HELLO, keep_alive=False
    ),
    Workload("flask", "Hello, World through Flask, kept alive", "/flask", apps.HELLO),
    Workload("download", "A response of 1 MB", "/download", apps.LARGE),
    Workload("upload", "An upload of 1 MB", "/upload", b"1048576", upload=1048576),
    Workload("stream", "A stream of 100 items", "/stream", apps.ITEM * apps.ITEMS),
    Workload("wait8", "A view that waits 20 ms, 8 connections", "/wait", apps.HELLO),
    Workload(
        "wait64", "A view that waits 20 ms, 64 connections (64 threads where that is an option)",
        "/wait", apps.HELLO, connections=64, threads=64,
    ),
)  # fmt: skip
"""All of them; the order is that of the report."""
