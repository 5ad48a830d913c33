"""The processes of an app, wherever they have gone; and their end, when the launcher is gone.

What an app starts is in its worker's process group. What leaves that, as daemons do, is known by
two marks that are inherited. One is a variable in the environment. The other, for what is started
with an environment of its own, is a limit: :data:`LIMIT`, which bounds only processes that are
scheduled in real time, set to a number of years of which each server has its own. Children have
their parent's limits, whatever they do to sessions, parents, descriptors and the environment, and
nothing else sets this one.

Linux shows both in ``/proc``; elsewhere the process group is all there is. Any thread.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

__all__ = ["LEAST", "LIMIT", "MARK", "end_everything", "end_group", "marked"]

MARK = "SERVEDECK_SERVER"
"""The variable; its value is another one for each server."""

LIMIT = "Max realtime timeout"
"""The limit, RLIMIT_RTTIME, as ``/proc`` calls it; in microseconds."""

LEAST = 1 << 50
"""No mark is below it: some 35 years."""


def end_everything() -> None:
    """Kill every process of this app, this one last; it doesn't return."""
    value = os.environ.get(MARK)
    for pid in marked(f"{MARK}={value}" if value else "", _limit_of(Path("/proc/self"))):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    end_group()


def end_group() -> None:
    """Kill this process and what is in its group; the app's other processes go on."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def marked(variable: str, limit: int) -> list[int]:
    """The other processes that carry one of the marks.

    :param variable: ``NAME=value``, as it was when they were started; "" for none
    :param limit: 0 for none
    """
    found: list[int] = []
    with contextlib.suppress(OSError):
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == os.getpid():
                continue
            if _has(process, variable) or (limit and _limit_of(process) == limit):
                found.append(int(process.name))
    return found


def _has(process: Path, variable: str) -> bool:
    try:
        environ = (process / "environ").read_bytes()
    except OSError:  # somebody else's, or gone by now
        return False
    return bool(variable) and variable.encode() in environ.split(b"\0")


def _limit_of(process: Path) -> int:
    """The mark in a process's limits; 0 where there is none, or where the process has ended and
    nobody has collected it yet."""
    try:
        lines = (process / "limits").read_text("ascii").splitlines()
        state = (process / "stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return 0
    for line in lines:
        if line.startswith(LIMIT) and state not in (b"Z", b"X"):
            soft = line[len(LIMIT) :].split()[0]
            return int(soft) if soft.isdigit() and int(soft) >= LEAST else 0
    return 0
