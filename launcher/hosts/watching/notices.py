"""Notices from the system that something has changed in a folder, by way of watchfiles.

A notice is a hint where to look, no more: some are late or lost, and what they announce may have
been undone. A :class:`Notices` belongs to the watcher's thread, but for :meth:`Notices.arm` before
that one is started.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Sequence
from typing import Any

from launcher.core.sentences import watching
from server.events import Reason

__all__ = ["Notices", "NoticesRefused", "remote_file_system"]

# watchfiles looks for notices this often, in milliseconds, and gives them out when one of these
# steps has brought nothing new: 16 ms after the change on the average, for 0.6 % of a core.
_STEP = 10
_LONGEST = 150  # milliseconds, where changes keep coming
_MAX_BREAKS = 5

# Of what other machines change there, the system gives no notice.
_REMOTE = frozenset({
    "9p", "afs", "ceph", "cifs", "davfs", "drvfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf",
    "vmhgfs",
})  # fmt: skip


class NoticesRefused(Exception):
    """The system gives no notices.

    :param reason: why; :func:`launcher.core.sentences.watching` is what to do
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(watching(reason))
        self.reason = reason


class Notices:
    """Waits for notices about folders."""

    def __init__(self) -> None:
        self._source: Generator[set[tuple[Any, str]], None, None] | None = None
        self._early: set[tuple[Any, str]] = set()  # noticed while they were armed
        self._breaks = 0

    @property
    def armed(self) -> bool:
        """Whether the system reports changes."""
        return self._source is not None

    def arm(self, folders: Sequence[str]) -> None:
        """Ask for notices about what is directly in these folders, and about no others.

        What happens meanwhile in folders that were asked for before may be missed: look there.

        Where notices break off at once, nothing is armed afterwards: ask again.

        :raises FileNotFoundError: one of them is gone
        :raises NoticesRefused: the system refuses, or watchfiles is not there; nothing is armed
        """
        before, self._source = self._source, None
        if self._breaks >= _MAX_BREAKS:
            raise NoticesRefused(Reason("unnameable"))
        try:
            import watchfiles  # 40 ms, which only a server that reloads has to wait for
        except ImportError as error:
            raise NoticesRefused(Reason.of("no-watchfiles", error=str(error))) from None
        source = watchfiles.watch(
            *_nameable(folders), watch_filter=None, recursive=False, debounce=_LONGEST, step=_STEP,
            rust_timeout=_STEP, yield_on_timeout=True, raise_interrupt=False, debug=False,
            force_polling=False,
        )  # fmt: skip
        try:
            self._early = next(source)  # asks the system; returns after a step
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError) as error:
            if "decode path" not in str(error):
                raise NoticesRefused(_why_refused(str(error))) from None
            self._breaks += 1  # armed, and already broken off by a name, as in wait()
            return
        finally:
            if before is not None:
                before.close()
        self._source = source

    def wait(self, seconds: float, wake: threading.Event) -> set[str] | None:
        """Wait for notices, at most so long.

        :param seconds: at most
        :param wake: ends the wait when it is set
        :returns: paths, of which some may be of no interest; empty when the time is up; None where
            there may have been notices that are lost
        """
        if self._source is None:
            wake.wait(seconds)
            return None
        until = time.monotonic() + seconds
        found, self._early = self._early, set()
        try:
            while not found:
                if wake.is_set():
                    return None
                if time.monotonic() >= until:
                    break
                found = next(self._source)
        except (RuntimeError, StopIteration):
            # A name that isn't UTF-8: from now on, it always fails.
            self._breaks += 1
            self.close()
            return None
        return {path for _, path in found}

    def close(self) -> None:
        """Ask for no more notices. May be called twice."""
        source, self._source = self._source, None
        if source is not None:
            source.close()


def remote_file_system(path: str, mounts: str = "/proc/self/mounts") -> str:
    """The kind of the network file system that a path is on; "" where it is on none, or unknown."""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            lines = [line.split(" ") for line in file]
    except OSError:  # no Linux
        return ""
    real = os.path.realpath(path)
    best, kind = "", ""
    for fields in lines:
        point = fields[1].replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind if kind in _REMOTE else ""


def _nameable(folders: Sequence[str]) -> list[str]:
    """Those whose names are valid text; the others are looked at without notices."""
    return [folder for folder in folders if folder.isascii() or _is_text(folder)]


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _why_refused(error: str) -> Reason:
    if "watch limit reached" in error or "os error 28" in error:
        return Reason("watch-limit")
    if "os error 24" in error:
        return Reason("instance-limit")
    return Reason.of("refused", error=error)
