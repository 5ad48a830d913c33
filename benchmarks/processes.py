"""A server as a process group of its own: started, asked, measured, and certainly ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .servers import HOST, Server

__all__ = ["RunningServer", "ServerDied", "Usage", "free_port", "parse_stat"]

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ServerDied(Exception):
    """The server didn't start, or ended while it was measured."""


class Usage:
    """What a group of processes has used at one moment.

    :ivar cpu: seconds of processor time, user and system
    :ivar rss: bytes in memory
    """

    def __init__(self, cpu: float, rss: int) -> None:
        self.cpu = cpu
        self.rss = rss


def parse_stat(text: str) -> tuple[int, int, int]:
    """Read one ``/proc/PID/stat`` (see proc(5)).

    :returns: process group, ticks of processor time, pages in memory
    """
    # The name in parentheses may hold spaces and parentheses itself.
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[2]), int(fields[11]) + int(fields[12]), int(fields[21])


def free_port() -> int:
    """A port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


class RunningServer:
    """A server that answers; leaves nothing behind when the block ends.

    :param prepare: makes what is served in the scratch folder that it is given, and returns where
        to start the server; the checkout by default
    :raises ServerDied: it doesn't start within :data:`START_SECONDS`
    """

    def __init__(
        self, server: Server, threads: int = 8, prepare: Callable[[Path], Path] | None = None
    ) -> None:
        self.server = server
        self.threads = threads
        self.port = 0
        self.cwd = ROOT
        self._prepare = prepare
        self._folder = tempfile.TemporaryDirectory(prefix="servedeck-bench-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RunningServer:
        folder = Path(self._folder.name)
        if self._prepare is not None:
            self.cwd = self._prepare(folder)
        self.port = free_port()
        environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONWARNINGS": ""}
        environ.pop("PYTHONPATH", None)
        try:
            with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
                self._process = subprocess.Popen(
                    self.server.command(self.port, self.threads, folder),
                    cwd=self.cwd,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                )
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether its first process still runs."""
        return self._process is not None and self._process.poll() is None

    def usage(self) -> Usage:
        """Of all processes of its group."""
        assert self._process is not None
        ticks = pages = 0
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                group, used, resident = parse_stat((folder / "stat").read_text())
            except (OSError, ValueError):  # it has just ended
                continue
            if group == self._process.pid:
                ticks += used
                pages += resident
        return Usage(ticks / _TICKS, pages * _PAGE)

    def stop(self) -> None:
        """End its whole group and remove its files."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._folder.cleanup()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.alive:
                raise ServerDied(f"{self.server.title} did not start: {self._last_words()}")
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1) as s:
                s.settimeout(5.0)
                s.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                if s.recv(12).startswith(b"HTTP/1."):
                    return
            time.sleep(0.02)
        raise ServerDied(f"{self.server.title} did not answer: {self._last_words()}")

    def _last_words(self) -> str:
        text = (Path(self._folder.name) / "stderr").read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "it said nothing"
