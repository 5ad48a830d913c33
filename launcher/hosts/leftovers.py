"""Finds and ends what a stopped app has left behind, whatever it did to get away.

Each app's processes carry a mark in their environment, which children inherit: so even one that
has made itself independent (a daemon, another session) is found; those that have lost it are known
from before, see ``descendants.py``. Any thread; looks at all of the
user's processes, which takes some milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
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


def end_leftovers(mark: str, unmarked: Callable[[], Sequence[int]] = lambda: ()) -> int | None:
    """End every process that carries a mark; blocks for a second at most.

    :param unmarked: gives the numbers of those that belong to them without it, as they are now
    :returns: how many are still there; None where psutil isn't installed, so nobody could look
    """
    try:
        import psutil  # noqa: F401
    except ImportError:
        return None

    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        left = {process.pid for process in marked_processes(mark)}.union(unmarked())
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left or time.monotonic() > deadline:
            return len(left)
        time.sleep(_LOOK_SECONDS)  # psutil's wait would take the exit status from its parent
