"""Notices from the system that something has changed in a folder, by way of watchfiles.

A notice is a hint where to look, no more: some are late or lost, and what they announce may have
been undone. A :class:`Notices` belongs to the watcher's thread, but for :meth:`Notices.arm` before
that one is started.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from launcher.core.sentences import watching
from server.events import Reason

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

__all__ = ["Notices", "NoticesRefused", "remote_file_system"]

# watchfiles looks for notices this often, in milliseconds, and gives them out when one of these
# steps has brought nothing new: 16 ms after the change on the average, for 0.6 % of a core.
_STEP = 10
_LONGEST = 150  # milliseconds, where changes keep coming
_MAX_BREAKS = 5
_MODULE = "watchfiles._rust_notify"

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
        self._source: RustNotify | None = None
        self._breaks = 0

    @property
    def armed(self) -> bool:
        """Whether the system reports changes."""
        return self._source is not None

    def arm(self, folders: Sequence[str]) -> None:
        """Ask for notices about what is directly in these folders, and about no others.

        What happens meanwhile in folders that were asked for before may be missed: look there.

        :raises FileNotFoundError: one of them is gone
        :raises NoticesRefused: the system refuses, or watchfiles is not there; nothing is armed
        """
        before, self._source = self._source, None
        if self._breaks >= _MAX_BREAKS:
            raise NoticesRefused(Reason("unnameable"))
        try:
            rust = _rust_notify()
        except ImportError as error:
            raise NoticesRefused(Reason.of("no-watchfiles", error=str(error))) from None
        try:
            self._source = rust.RustNotify(_nameable(folders), False, False, 0, False, False)
        except FileNotFoundError:
            raise
        except (OSError, rust.WatchfilesRustInternalError) as error:
            raise NoticesRefused(_why_refused(str(error))) from None
        finally:
            if before is not None:
                before.close()

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
        try:
            found = self._source.watch(_LONGEST, _STEP, max(1, round(seconds * 1000)), wake)
        except (
            _rust_notify().WatchfilesRustInternalError
        ):  # a name that isn't UTF-8: from now on, it always fails
            self._breaks += 1
            self.close()
            return None
        if isinstance(found, str):
            return set() if found == "timeout" else None
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


def _rust_notify() -> Any:
    """The compiled part of watchfiles.

    It is loaded without the rest, which imports asyncio and anyio and takes 40 ms, while the user
    waits for a server to start.

    :raises ImportError: it is not there, or not for this Python
    """
    if _MODULE not in sys.modules:
        package = importlib.util.find_spec("watchfiles")
        places = package.submodule_search_locations if package else None
        spec = importlib.machinery.PathFinder.find_spec(_MODULE, places)
        if spec is None or spec.loader is None:
            raise ImportError(f"no module named {_MODULE}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules.setdefault(_MODULE, module)
    return importlib.import_module(_MODULE)


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
