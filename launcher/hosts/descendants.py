"""Which processes an app has started that nobody would know for its own afterwards.

What an app starts inherits its environment, and with it the server's mark, and its process group.
A process that was started without either, as by ``Popen(command, env={}, start_new_session=True)``,
shows whose it is by its parents alone, and no longer so when one of them has ended. So the host
looks at who is whose child while they are there, about each second, and remembers what has no mark.

Linux shows all processes in ``/proc``; elsewhere nothing is found. The parent at a process's start
is what counts, so each is looked at once, and a look costs little more than a list of names. A
process that leaves all of this between two looks, by forking twice, is not found. The host's
thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from server.worker.orphans import MARK

_PROC = Path("/proc")


class Descendants:
    """Looks for the unmarked processes below the workers.

    :param mark: the value of the variable :data:`MARK` that the others have
    """

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}".encode()
        self._family: set[int] = set()
        self._strangers: set[int] = set()
        self._young: set[int] = set()  # looked at once more: it may have been about to begin
        self._found: dict[int, int] = {}  # with the tick of their start: together, one process

    def look(self, workers: Iterable[int]) -> None:
        """Look at the processes that are there.

        :param workers: the workers' numbers
        """
        present = _processes()
        self._family = (self._family & present) | set(workers)
        self._strangers &= present
        parents = {pid: _stat(pid)[0] for pid in present - self._family - self._strangers}
        young = set()
        while children := {pid for pid, parent in parents.items() if parent in self._family}:
            self._family |= children
            young |= children
            for pid in children:
                del parents[pid]
        self._strangers |= parents.keys()
        for pid in young | self._young:
            if self._is_unmarked(pid) and (start := _stat(pid)[1]):
                self._found[pid] = start
        self._young = young

    def left(self) -> list[int]:
        """Those that are still there."""
        self._found = {pid: start for pid, start in self._found.items() if _stat(pid)[1] == start}
        return list(self._found)

    def _is_unmarked(self, pid: int) -> bool:
        try:
            environ = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:  # it has ended, or is another user's by now
            return False
        return self._mark not in environ.split(b"\0")


def _stat(pid: int) -> tuple[int, int]:
    """The number of a process's parent, and the tick of its start; zeros where it isn't there, or
    only waits to be collected."""
    try:
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return (0, 0) if fields[0] in (b"Z", b"X") else (int(fields[1]), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return 0, 0


def _processes() -> set[int]:
    """The numbers of all that are there."""
    try:
        return {int(name) for name in os.listdir(_PROC) if name.isdigit()}  # noqa: PTH208
    except OSError:
        return set()
