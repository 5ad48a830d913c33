"""``servedeck`` in a process of its own, as a user has it in a terminal.

Every wait is bounded, and ends as soon as what it waits for is there.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from wire import Answer, ask

ROOT = Path(__file__).resolve().parents[1]
LIVE_APPS = ROOT / "tests" / "live_apps"
WAIT = 30.0
_KEPT = 8 * 1024 * 1024
_URL = re.compile(r"https?://(?:\[[^]]+\]|[^\s/:\"]+):(\d+)\b")


def clean_environ(**more: str) -> dict[str, str]:
    """The environment without what a shell, a launcher or a screen has put into it."""
    dropped = ("FLASK_", "WERKZEUG_", "DJANGO_", "QT_", "PYTHONPATH", "PYTHONWARNINGS")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "VIRTUAL_ENV", "NO_COLOR"):
        environ.pop(name, None)
    return environ | {"PYTHONPATH": str(ROOT), **more}


class _Pipe:
    """Collects what a process writes, in a thread, so that the process never waits for us.

    Only the first megabytes are kept.
    """

    def __init__(self, stream: IO[bytes], changed: threading.Condition) -> None:
        self._stream = stream
        self._changed = changed
        self._data = bytearray()
        self._ended = False
        self._left = False
        self._thread = threading.Thread(target=self._read, name="pipe", daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        with self._changed:
            return self._data.decode("utf-8", "replace")

    @property
    def ended(self) -> bool:
        return self._ended

    def leave(self) -> None:
        """Read no more, and let the process find out."""
        self._left = True

    def join(self) -> None:
        self._thread.join(WAIT)
        self._stream.close()

    def _read(self) -> None:
        descriptor = self._stream.fileno()
        while not self._left:
            if not select.select([descriptor], [], [], 0.02)[0]:
                continue
            data = os.read(descriptor, 65536)
            if not data:
                break
            with self._changed:
                if len(self._data) < _KEPT:
                    self._data += data
                self._changed.notify_all()
        if self._left:
            self._stream.close()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


class Command:
    """``python -m launcher`` with arguments; use it in a ``with`` block, which kills what is left.

    :param arguments: the command line after ``python -m launcher``
    :param cwd: where it is started; the live apps by default
    :param stdin: its standard input; nothing by default
    """

    def __init__(
        self,
        *arguments: str | Path,
        cwd: Path = LIVE_APPS,
        env: dict[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            self.command_line(*map(str, arguments)),
            cwd=cwd,
            env=clean_environ(**(env or {})),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._out = _Pipe(self.process.stdout, self._changed)
        self._err = _Pipe(self.process.stderr, self._changed)

    def command_line(self, *arguments: str) -> list[str]:
        """What is run."""
        return [sys.executable, "-m", "launcher", *arguments]

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT)
        self._out.join()
        self._err.join()

    @property
    def out(self) -> str:
        """What it has written to standard output so far."""
        return self._out.text

    @property
    def err(self) -> str:
        """What it has written to standard error so far."""
        return self._err.text

    @property
    def port(self) -> int:
        """The port it serves on, as the first line with a URL gives it."""
        self.wait_for(lambda: _URL.search(self.out + self.err) is not None, "a URL")
        found = _URL.search(self.out + self.err)
        assert found is not None
        return int(found[1])

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = WAIT) -> None:
        """Wait until what it has written fulfils a condition."""

        def settled() -> bool:
            return condition() or (self._out.ended and self._err.ended)

        with self._changed:
            self._changed.wait_for(settled, seconds)
        assert condition(), f"no sign of {what}\n--- out\n{self.out}\n--- err\n{self.err}"

    def ask(self, target: str = "/", method: str = "GET", **options: object) -> Answer:
        """One request on a connection of its own."""
        return ask(self.port, target, method, **options)  # type: ignore[arg-type]

    def send_signal(self, number: int) -> None:
        """Send a signal, as Ctrl+C or a service manager does."""
        self.process.send_signal(number)

    def close_output(self) -> None:
        """Close the terminal it writes to, as ``head`` does when it has seen enough."""
        for pipe in (self._out, self._err):
            pipe.leave()
        with self._changed:
            self._changed.wait_for(lambda: self._out.ended and self._err.ended, WAIT)

    def wait(self, seconds: float = WAIT) -> int:
        """Wait for the end, and for the last of its output.

        :returns: the exit status; negative for a signal
        """
        code = self.process.wait(seconds)
        with self._changed:
            self._changed.wait_for(lambda: self._out.ended and self._err.ended, seconds)
        return code

    def stop(self, number: int = signal.SIGINT) -> int:
        """Stop it by a signal and wait for the end."""
        self.port  # noqa: B018  # the signal comes after the start
        self.send_signal(number)
        return self.wait()


def serve(
    app: str | Path,
    *options: str | Path,
    cwd: Path = LIVE_APPS,
    pass_fds: Sequence[int] = (),
    **env: str,
) -> Command:
    """``servedeck serve APP --port 0`` with more options; other names are for its environment."""
    port = () if "--port" in options else ("--port", "0")
    return Command("serve", app, *port, *options, cwd=cwd, env=env, pass_fds=pass_fds)


def run(arguments: Sequence[str | Path], cwd: Path = LIVE_APPS, **env: str) -> Command:
    """Run a command to its end; its output and ``process.returncode`` are there to be read."""
    with Command(*arguments, cwd=cwd, env=env) as command:
        command.wait()
    return command


def wait_until(condition: Callable[[], bool], what: str, seconds: float = WAIT) -> None:
    """For what can only be looked up, such as a process's state: look every 10 ms."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        threading.Event().wait(0.01)
