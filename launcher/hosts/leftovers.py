"""Finds and ends what a stopped app has left behind, whatever it did to get away.

Each app's processes carry two marks, which children inherit: see ``server/worker/orphans.py``. So
even one that has made itself independent (a daemon, another session, an environment of its own) is
found. Any thread; looks at all of the user's processes, which takes some milliseconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from pathlib import Path

from server.worker.orphans import LEAST, MARK, marked

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["end_leftovers", "mark_by_limit", "marked_processes", "parent_of"]

_WAIT_SECONDS = 1.0
_LOOK_SECONDS = 0.01


def mark_by_limit(pid: int, mark: str) -> bool:
    """Set the limit by which a process, and all that it starts from now on, is found.

    :param mark: the value of the variable :data:`MARK`
    :returns: whether it is set; else what goes its own way with an environment of its own can't be
        found
    """
    try:
        _, most = resource.prlimit(pid, resource.RLIMIT_RTTIME)
        resource.prlimit(pid, resource.RLIMIT_RTTIME, (_limit(mark), most))
    except (AttributeError, OSError, ValueError):  # another system; a harder limit; it has ended
        return False
    return True


def marked_processes(mark: str) -> list[int] | None:
    """The numbers of the processes that carry a mark.

    :param mark: the value of the variable :data:`MARK`
    :returns: None where nobody can look, for want of psutil
    """
    if Path("/proc/self/environ").exists():
        return marked(f"{MARK}={mark}", _limit(mark))
    try:
        import psutil  # only here: the command line starts without it
    except ImportError:
        return None
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
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

    :returns: how many are still there; None where nobody can look
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        left = marked_processes(mark)
        if left is None:
            return None
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left or time.monotonic() > deadline:
            return len(left)
        time.sleep(_LOOK_SECONDS)  # psutil's wait would take the exit status from its parent


def _limit(mark: str) -> int:
    """The limit that stands for a mark."""
    digest = hashlib.blake2b(mark.encode(), digest_size=6).digest()
    return LEAST + int.from_bytes(digest, "big")
