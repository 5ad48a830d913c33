"""A server as a process group of its own: started, asked, measured, and certainly ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from .servers import HOST, Server

__all__ = ["RunningServer", "ServerDied", "Stat", "Usage", "free_port", "parse_stat"]

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
END_SECONDS = 10.0
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


class Stat(NamedTuple):
    """Of one process.

    :ivar parent: the number of the process that has started it
    :ivar pages: in memory
    """

    parent: int
    group: int
    pages: int


def parse_stat(text: str) -> Stat:
    """Read one ``/proc/PID/stat`` (see proc(5))."""
    # The name in parentheses may hold spaces and parentheses itself.
    fields = text[text.rindex(")") + 2 :].split()
    return Stat(int(fields[1]), int(fields[2]), int(fields[21]))


def cpu_seconds(number: int) -> float:
    """The processor time that a process has used, to the microsecond; 0 where it has ended."""
    try:
        return time.clock_gettime((~number << 3) | 2)  # clock_getcpuclockid(3)
    except OSError:
        return 0.0


def free_port() -> int:
    """A port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


class RunningServer:
    """A server that answers; leaves nothing behind when the block ends.

    :param prepare: makes what is served in the scratch folder that it is given, and returns where
        to start the server; the checkout by default
    :param environ: its environment; this process's by default
    :param answers: it can be asked through its standard input, by :meth:`ask`
    :raises ServerDied: it doesn't start within :data:`START_SECONDS`
    """

    def __init__(
        self,
        server: Server,
        threads: int = 8,
        prepare: Callable[[Path], Path] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        answers: bool = False,
    ) -> None:
        self.server = server
        self.threads = threads
        self.port = 0
        self.cwd = ROOT
        self._prepare = prepare
        self._environ = os.environ if environ is None else environ
        self._answers = answers
        self._folder = tempfile.TemporaryDirectory(prefix="servedeck-bench-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RunningServer:
        folder = Path(self._folder.name)
        if self._prepare is not None:
            self.cwd = self._prepare(folder)
        self.port = free_port()
        environ = {**self._environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONWARNINGS": ""}
        environ.pop("PYTHONPATH", None)
        try:
            with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
                self._process = subprocess.Popen(
                    self.server.command(self.port, self.threads, folder),
                    cwd=self.cwd,
                    env=environ,
                    stdin=subprocess.PIPE if self._answers else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if self._answers else out,
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

    def ask(self, word: str) -> str:
        """Send a line to its standard input, and read one from its standard output.

        :raises ServerDied: it has ended
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ServerDied(f"{self.server.title} can't be asked")
        process.stdin.write(f"{word}\n".encode())
        process.stdin.flush()
        line = process.stdout.readline().decode()
        if not line:
            raise ServerDied(f"{self.server.title} has ended: {self._last_words()}")
        return line

    def usage(self) -> Usage:
        """Of all processes of its group, and of all that it has started."""
        mine = self._processes()
        pages = sum(stat.pages for stat in mine.values())
        return Usage(sum(map(cpu_seconds, mine)), pages * _PAGE)

    def stop(self) -> None:
        """End all its processes and remove its files."""
        started = self._processes()
        process, self._process = self._process, None
        if process is not None:
            for number in started:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            deadline = time.monotonic() + END_SECONDS
            while any(map(_runs, started)):
                if time.monotonic() > deadline:
                    raise ServerDied(f"{self.server.title} did not end")
                time.sleep(0.01)
        self._folder.cleanup()

    def _processes(self) -> dict[int, Stat]:
        """By their number; none once it has been stopped."""
        if self._process is None:
            return {}
        first = self._process.pid
        found: dict[int, Stat] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError, ValueError):  # it has just ended
                    found[int(folder.name)] = parse_stat((folder / "stat").read_text())

        def belongs(stat: Stat) -> bool:
            parent = found.get(stat.parent)
            return stat.group == first or (parent is not None and belongs(parent))

        return {number: stat for number, stat in found.items() if belongs(stat)}

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
        return text.splitlines()[-1] if text else "it printed nothing"


def _runs(number: int) -> bool:
    """Whether a process is there, and isn't one that only waits to be collected.

    Until its last thread has ended, such a one still has its sockets.
    """
    folder = Path(f"/proc/{number}")
    try:
        stat = (folder / "stat").read_text()
        return stat[stat.rindex(")") + 2] not in "ZX" or len(list((folder / "task").iterdir())) > 1
    except OSError:
        return False
