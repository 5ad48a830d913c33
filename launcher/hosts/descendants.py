"""Which processes an app has started that nobody would know for its own afterwards.

What an app starts inherits its environment, and with it the server's mark, and its process group.
A process that was started without either, as by ``Popen(command, env={}, start_new_session=True)``,
shows whose it is by its parents alone, and no longer so when one of them has ended. So the host
looks at who is whose child while they are there, about each second, and remembers what has no mark.
What has lost its parent between two looks is known by its session, if one of those made it.

There is a way to leave all of this, by forking twice within a second, in a session that nobody has
seen the beginning of. Such a process looks like any other that the system has adopted, and is not
to be killed for a guess; but it is named, as one that may be the app's. So that few are named for
nothing, it has to have come after the workers, to the user and the control group that they have.

Linux shows all processes in ``/proc``; elsewhere nothing is found. The parent at a process's start
is what counts, so each is looked at once, and a look costs little more than a list of names. The
host's thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from launcher.core.display import one_line
from server.worker.orphans import MARK

_PROC = Path("/proc")
_MOST = 5  # that are named
_NAME = 40  # characters


class _Stat(NamedTuple):
    """What proc(5) has of a process; zeros where it isn't there, or only waits to be collected."""

    parent: int = 0
    session: int = 0
    start: int = 0  # in ticks since the system's start: with the number, one process


class Descendants:
    """Looks for the unmarked processes below the workers.

    :param mark: the value of the variable :data:`MARK` that the others have
    """

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}".encode()
        self._reapers = _ancestors()
        self._family: set[int] = set()
        self._strangers: set[int] = set()
        self._sessions: set[int] = set()  # that one of the family has begun, and that are there
        self._young: set[int] = set()  # looked at once more: it may have been about to begin
        self._found: dict[int, int] = {}  # with the start of each
        self._adopted: dict[int, int] = {}  # the same, of those that may be the app's
        self._since = 0

    def look(self, workers: Iterable[int]) -> None:
        """Look at the processes that are there.

        :param workers: the workers' numbers
        """
        present = _processes()
        workers = set(workers)
        self._family = (self._family & present) | workers
        self._sessions |= workers  # each begins one
        self._strangers &= present
        if not self._since:
            starts = (_stat(pid).start for pid in self._family)
            self._since = min(filter(None, starts), default=0)
        new = {pid: _stat(pid) for pid in present - self._family - self._strangers}
        young = set()
        while children := {pid for pid, stat in new.items() if self._is_family(stat)}:
            self._family |= children
            young |= children
            self._sessions |= {pid for pid in children if new[pid].session == pid}
            for pid in children:
                del new[pid]
        self._strangers |= new.keys()
        for pid in young | self._young:
            if self._is_unmarked(pid) and (start := _stat(pid).start):
                self._found[pid] = start
        self._young = young
        for pid, stat in new.items():
            leads = stat.session == pid or not _stat(stat.session).start
            if leads and stat.parent in self._reapers and 0 < self._since <= stat.start:
                self._adopted[pid] = stat.start
        self._sessions &= {_stat(pid).session for pid in self._family}

    def left(self) -> list[int]:
        """Those that are still there."""
        self._found = _still_there(self._found)
        return list(self._found)

    def perhaps_left(self) -> tuple[str, ...]:
        """Those that are still there and may be the app's: names and numbers, for people."""
        self._adopted = _still_there(self._adopted)
        group = _control_group(os.getpid())
        found = [
            f"{_name(pid)} (pid {pid})"
            for pid in self._adopted
            if _control_group(pid) == group and self._is_unmarked(pid, of_anyone=True)
        ]
        return tuple(found[:_MOST])

    def _is_family(self, stat: _Stat) -> bool:
        return stat.parent in self._family or stat.session in self._sessions

    def _is_unmarked(self, pid: int, *, of_anyone: bool = False) -> bool:
        """Whether a process has not this server's mark; or none of any server."""
        try:
            environ = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:  # it has ended, or is another user's by now
            return False
        if of_anyone:
            return f"{MARK}=".encode() not in environ
        return self._mark not in environ.split(b"\0")


def _stat(pid: int) -> _Stat:
    try:
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        if fields[0] in (b"Z", b"X"):
            return _Stat()
        return _Stat(int(fields[1]), int(fields[3]), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return _Stat()


def _still_there(processes: dict[int, int]) -> dict[int, int]:
    return {pid: start for pid, start in processes.items() if _stat(pid).start == start}


def _ancestors() -> set[int]:
    """The processes above this one: what loses its parent below it becomes a child of one."""
    found, pid = {1}, os.getppid()
    while pid and pid not in found:
        found.add(pid)
        pid = _stat(pid).parent
    return found


def _control_group(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cgroup").read_bytes()
    except OSError:
        return b""


def _name(pid: int) -> str:
    try:
        return one_line((_PROC / str(pid) / "comm").read_text(errors="replace").strip(), _NAME)
    except OSError:
        return "a process"


def _processes() -> set[int]:
    """The numbers of all that are there."""
    try:
        return {int(name) for name in os.listdir(_PROC) if name.isdigit()}  # noqa: PTH208
    except OSError:
        return set()
