"""What changed on disk: looks at files again and again, and reports which differ.

No policy: who restarts what, and how, is decided elsewhere (``restarting.py`` for ``run_simple``).
A :class:`FileWatch` belongs to the one thread that asks it.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Optional

from ..base.source_files import python_files

__all__ = ["FileWatch"]

_MAX_FILES = 20_000

Fingerprint = tuple[int, int, int]


class FileWatch:
    """The files a program depends on, and how they looked when last asked.

    Watched are the sources of every imported module, every Python file of the folders that the
    program's own modules come from (so that a new file counts, too), and ``extra_files``. A file
    differs when its time, size or inode does, in whichever direction: an older file put back, and
    one that replaced another, are changes like any other.

    :param extra_files: further files, such as templates or settings
    :param exclude_patterns: shell patterns; files whose path matches one are not watched
    """

    def __init__(
        self, extra_files: Iterable[str] = (), exclude_patterns: Iterable[str] = ()
    ) -> None:
        self._extra = [os.path.abspath(name) for name in extra_files]  # noqa: PTH100
        self._excluded = list(exclude_patterns)
        self._roots = _program_folders()
        self._seen = self._look()

    @property
    def count(self) -> int:
        """How many files are watched."""
        return len(self._seen)

    def changed(self) -> list[str]:
        """The files that are new, gone or different since the last call, sorted."""
        before, now = self._seen, self._look()
        # A module that was dropped is still on the disk, and is watched on.
        for name in before.keys() - now.keys():
            fingerprint = _fingerprint(name)
            if fingerprint is not None:
                now[name] = fingerprint
        self._seen = now
        # A module imported since is new to the list, but not to the disk.
        fresh = {name for name in now.keys() - before.keys() if not self._is_asked_for(name)}
        names = {name for name in now if now[name] != before.get(name)} | (
            before.keys() - now.keys()
        )
        return sorted(names - fresh)

    def _look(self) -> dict[str, Fingerprint]:
        found: dict[str, Fingerprint] = {}
        for name in self._names():
            if name in found or self._is_excluded(name):
                continue
            fingerprint = _fingerprint(name)
            if fingerprint is not None:
                found[name] = fingerprint
        return found

    def _names(self) -> Iterator[str]:
        yield from self._extra
        for module in list(sys.modules.values()):
            try:
                file = getattr(module, "__file__", None)
            except Exception:  # a module may be any object, also one that loads itself late
                continue
            if isinstance(file, str) and not file.startswith("<"):
                yield file
        for root in self._roots:
            yield from python_files(root, _MAX_FILES)

    def _is_excluded(self, name: str) -> bool:
        return any(fnmatch.fnmatch(name, pattern) for pattern in self._excluded)

    def _is_asked_for(self, name: str) -> bool:
        return name in self._extra or any(name.startswith(root + os.sep) for root in self._roots)


def _fingerprint(name: str) -> Optional[Fingerprint]:
    try:
        found = os.stat(name)  # noqa: PTH116 - thousands of times a second
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _program_folders() -> list[str]:
    """The folders of ``sys.path`` that are the program's own, not the interpreter's."""
    system = {os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)}
    folders: list[str] = []
    for entry in sys.path:
        folder = os.path.realpath(entry or os.curdir)
        inside = any(folder == prefix or folder.startswith(prefix + os.sep) for prefix in system)
        if not inside and os.path.isdir(folder) and folder not in folders:  # noqa: PTH112
            folders.append(folder)
    return folders
