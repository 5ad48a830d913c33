"""Finds and ends what a stopped app has left behind, whatever it did to get away.

Each app's processes carry a mark in their environment, which children inherit: so even one that
has made itself independent (a daemon, another session) is found. Any thread; looks at all of the
user's processes, which takes some milliseconds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.worker.orphans import MARK

if TYPE_CHECKING:
    import psutil

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.01


def marked_processes(mark: str) -> list[psutil.Process]:
    """The processes that carry a mark.

    :param mark: the value of the variable :data:`MARK`
    """
    import psutil  # only here: the command line starts without it

    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):  # somebody else's, or gone by now
            continue
    return found


def parent_of(pid: int) -> int | None:
    """The number of a process's parent; None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        pass
    import psutil

    try:
        return int(psutil.Process(pid).ppid())
    except (psutil.Error, OSError, ValueError, OverflowError):
        return None


def end_leftovers(mark: str) -> int | None:
    """End every process that carries a mark; blocks for a second at most.

    :returns: how many are still there; None where psutil isn't installed, so nobody could look
    """
    try:
        import psutil
    except ImportError:
        return None

    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        left = marked_processes(mark)
        for process in left:
            try:
                process.kill()
            except psutil.Error:
                continue
        if not left or time.monotonic() > deadline:
            return len(left)
        time.sleep(_LOOK_SECONDS)  # psutil's wait would take the exit status from its parent
