"""The files an app is reloaded for, and how they looked last: finds them, and which differ.

Looks at the disk, starts nothing. A :class:`WatchedFiles` is used by one thread at a time; the
watcher guards it with a lock.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import field
from enum import Enum

from server.base.values import dataclass

from .rules import WatchRules, is_below, is_temporary

__all__ = ["MAX_FILES", "MAX_FOLDERS", "WatchedFiles"]

MAX_FILES = 50_000
MAX_FOLDERS = 10_000

# A file's time stamp may be as coarse as this many nanoseconds: within them, a second save can
# leave time, size and inode as they are.
_CLOCK_STEP = 20_000_000
_MAX_CHECKED = 1 << 20
_VENV_FILE = "pyvenv.cfg"  # what a virtual environment has

Identity = tuple[int, int]
"""Device and inode."""
Fingerprint = tuple[int, int, int, int]
"""Time, size, inode, and for a file that was saved a moment ago a check sum, else -1."""


class _Kind(Enum):
    """What counts in a folder."""

    NAMED = "only files that are named"
    SOURCES = "the app's modules"
    ALL = "everything"


@dataclass
class _View:
    """What was found in one look.

    :ivar links: from the real file to the symbolic links that lead to it
    :ivar seen: the folders that were gone through, so that links don't lead around in circles
    """

    files: dict[str, Fingerprint] = field(default_factory=dict)
    folders: dict[str, tuple[_Kind, Identity]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=dict)
    seen: set[Identity] = field(default_factory=set)
    truncated: bool = False


class WatchedFiles:
    """All files that count, with fingerprints.

    Watched are the sources in the project's folder, the extra files and all files of the extra
    folders, and the packages that :meth:`add_modules` names. A file differs when its time, size or
    inode does, in whichever direction: an older file put back is a change, and so is one that was
    replaced by another, even of the same content.

    :param rules: what counts
    :param project: the project's folder, absolute
    :param extra: further files and folders, absolute, whether they exist or not
    """

    def __init__(self, rules: WatchRules, project: str, extra: Sequence[str] = ()) -> None:
        self._rules = rules
        self._project = project
        self._real_project = os.path.realpath(project)
        self._roots = {project: _Kind.SOURCES} | dict.fromkeys(extra, _Kind.ALL)
        self._view = _View()
        self.generation = 0
        """Grows when the folders to be watched are others than before."""
        self.lost = False
        """Whether a hint could not be placed: only :meth:`look` finds what it was about."""

    @property
    def count(self) -> int:
        """How many files are watched."""
        return len(self._view.files)

    @property
    def paths(self) -> list[str]:
        """The files that are watched."""
        return list(self._view.files)

    @property
    def truncated(self) -> bool:
        """Whether there are more files than are watched."""
        return self._view.truncated

    @property
    def folders(self) -> list[str]:
        """The folders in which something may change that counts, without their subfolders."""
        return list(self._view.folders)

    def is_unsettled(self, path: str) -> bool:
        """Whether a file is gone or empty, as it is for a moment in the midst of many saves."""
        found = self._view.files.get(path)
        return found is None or not found[1]

    def look(self) -> list[str]:
        """Look everywhere; the files that are new, gone or different, sorted."""
        before, now = self._view, _View()
        self._visit_roots(now, self._roots)
        self._watch_parents(now, self._roots)
        changed = self._compare(before.files, now)
        if before.folders != now.folders:
            self.generation += 1
        self._view = now
        self.lost = False
        return changed

    def look_at(self, hints: Collection[str]) -> list[str]:
        """Look where something may have changed; the files that did, sorted."""
        changed: set[str] = set()
        mark = os.sep + _VENV_FILE
        environments = {os.path.dirname(hint) for hint in hints if hint.endswith(mark)}  # noqa: PTH120
        for hint in [*sorted(environments), *sorted(hints)]:
            for path in [hint, *self._view.links.get(hint, ())]:
                changed.update(self._look_at(path))
        return sorted(changed)

    def add_modules(self, files: Iterable[str]) -> bool:
        """Watch these modules from now on, with their packages.

        :param files: source files; those that are watched already, or were installed, are passed
            over
        :returns: whether there is anything new to watch
        """
        fresh: dict[str, _Kind] = {}
        for file in files:
            path = os.path.abspath(file)  # noqa: PTH100
            if self._is_known(path) or self._rules.is_installed(path):
                continue
            real = os.path.realpath(path)
            if is_below(real, self._real_project) and not is_below(path, self._project):
                # The project's folder is a link, and the module's path is given without it.
                path = self._project + real[len(self._real_project) :]
            if self._is_known(path) or self._rules.is_installed(real) or self._is_left_out(path):
                continue
            package = None if is_below(path, self._project) else _package_of(path)
            if os.path.isfile(path):  # noqa: PTH113
                fresh[package or path] = _Kind.ALL if package is None else _Kind.SOURCES
        for root, kind in fresh.items():
            self._roots[root] = kind
            self._look_at(root)
        return bool(fresh)

    def _look_at(self, path: str) -> list[str]:
        """Look anew at one file or folder, and at everything named below it."""
        view = self._view
        part = _View(truncated=view.truncated)
        parent = view.folders.get(os.path.dirname(path))  # noqa: PTH120
        kind = self._roots.get(path) or (parent and parent[0])
        if path not in view.files and path not in view.folders and kind is None:
            self.lost = True
            return []
        was_folder = path in view.folders
        part.seen = {
            identity
            for folder, (_, identity) in view.folders.items()
            if not is_below(folder, path)
        } if was_folder or os.path.isdir(path) else set()  # fmt: skip  # noqa: PTH112
        self._visit(part, path, kind or _Kind.NAMED)
        below = [root for root in self._roots if root != path and is_below(root, path)]
        self._visit_roots(part, below)
        self._watch_parents(part, [path, *below] if path in self._roots else below)
        old = {path: view.files[path]} if path in view.files else {}
        if was_folder:
            old |= {name: mark for name, mark in view.files.items() if is_below(name, path)}
            # It may be another folder of the same name, even with the same inode.
            self.generation += 1
            for name in [name for name in view.folders if is_below(name, path)]:
                del view.folders[name]
        elif not part.folders.keys() <= view.folders.keys():
            self.generation += 1
        changed = self._compare(old, part)
        for name in old:
            view.files.pop(name, None)
        view.files |= part.files
        for name, found in part.folders.items():
            if found[0] is not _Kind.NAMED or name not in view.folders:
                view.folders[name] = found
        for target, links in part.links.items():
            view.links.setdefault(target, set()).update(links)
        return changed

    def _compare(self, before: dict[str, Fingerprint], now: _View) -> list[str]:
        changed = [name for name, mark in now.files.items() if _differs(before.get(name), mark)]
        for name, mark in before.items():
            if name not in now.files:
                if not os.path.exists(name):  # noqa: PTH110
                    changed.append(name)
                elif now.truncated:  # another may have taken its place in the list
                    now.files[name] = mark
        return sorted(changed)

    def _visit_roots(self, view: _View, roots: Iterable[str]) -> None:
        # A folder of which everything counts may be one of the project's, and has the last word.
        for root in sorted(roots, key=lambda root: self._roots[root] is _Kind.ALL):
            view.seen.clear()
            self._visit(view, root, self._roots[root])

    def _visit(self, view: _View, path: str, kind: _Kind) -> None:
        """Record a file, or a folder with everything in it, where it counts."""
        try:
            found = os.stat(path)  # noqa: PTH116 - thousands of times a second
        except (OSError, ValueError):  # ValueError: a NUL in the name
            return
        named = path in self._roots
        if not stat.S_ISDIR(found.st_mode):
            if self._counts(path, kind, named=named):
                self._record(view, path, found)
        elif kind is not _Kind.NAMED and (named or self._rules.enters(path)):
            self._walk(view, path, kind)

    def _walk(self, view: _View, top: str, kind: _Kind) -> None:
        """Go through a folder. Linked folders come last: what they lead to is then known."""
        folders, linked = [top], list[str]()
        while folders or linked:
            if not folders:
                linked.sort(reverse=True)
                folders.append(linked.pop())
            folder = folders.pop()
            try:
                found = os.stat(folder)  # noqa: PTH116
                identity = (found.st_dev, found.st_ino)
                if identity in view.seen:
                    # Not gone through twice; but where the link leads may change.
                    view.files[folder] = (0, 0, found.st_ino, -1)
                    continue
                with os.scandir(folder) as entries:
                    listed = list(entries)
            except (OSError, ValueError):
                continue
            # By the very list that is gone through: one that is being made has files in no time.
            if folder not in self._roots and any(item.name == _VENV_FILE for item in listed):
                continue
            if len(view.folders) >= MAX_FOLDERS:
                view.truncated = True
                return
            view.seen.add(identity)
            view.folders[folder] = (kind, identity)
            for entry in listed:
                try:
                    if entry.is_dir():
                        if self._rules.enters(entry.path):
                            (linked if entry.is_symlink() else folders).append(entry.path)
                    elif self._counts(entry.path, kind, entry.name):
                        if len(view.files) >= MAX_FILES:
                            view.truncated = True
                            return
                        self._record(view, entry.path, entry.stat(), link=entry.is_symlink())
                except OSError:  # gone, or a link to nowhere
                    continue

    def _counts(self, path: str, kind: _Kind, name: str = "", *, named: bool = False) -> bool:
        name = name or os.path.basename(path)  # noqa: PTH119
        if kind is _Kind.ALL:
            fits = named or not is_temporary(name)
        else:
            fits = kind is _Kind.SOURCES and self._rules.is_source(name)
        return fits and not self._rules.is_excluded(path)

    def _record(
        self, view: _View, path: str, found: os.stat_result, *, link: bool | None = None
    ) -> None:
        if not stat.S_ISREG(found.st_mode):
            return
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        before = self._view.files.get(path)
        unsure = before is not None and before[3] >= 0 and before[:3] == mark
        fresh = -_CLOCK_STEP < time.time_ns() - found.st_mtime_ns < _CLOCK_STEP
        check = _check_sum(path) if fresh or unsure else -1
        if before is not None and unsure and not fresh and check == before[3]:
            check = -1  # from now on, the time decides
        view.files[path] = (*mark, check)
        if os.path.islink(path) if link is None else link:  # noqa: PTH114
            target = os.path.realpath(path)
            view.links.setdefault(target, set()).add(path)
            self._watch_parents(view, [target])

    def _watch_parents(self, view: _View, paths: Iterable[str]) -> None:
        """Files that are named, and links that are, may be replaced in the folder they are in."""
        for path in paths:
            if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
                continue
            parent = os.path.dirname(path)  # noqa: PTH120
            if parent in view.folders or not os.access(parent, os.R_OK):
                continue
            with contextlib.suppress(OSError):
                found = os.stat(parent)  # noqa: PTH116
                view.folders[parent] = (_Kind.NAMED, (found.st_dev, found.st_ino))

    def _is_known(self, path: str) -> bool:
        return path in self._view.files or path in self._roots

    def _is_left_out(self, path: str) -> bool:
        """Whether a pattern excludes a file, or a folder that it is in."""
        while not self._rules.is_excluded(path):
            path, before = os.path.dirname(path), path  # noqa: PTH120
            if path in (before, self._project):
                return False
        return True


def _differs(before: Fingerprint | None, now: Fingerprint) -> bool:
    if before is None or before[:3] != now[:3]:
        return True
    return before[3] >= 0 and now[3] >= 0 and before[3] != now[3]


def _check_sum(path: str) -> int:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return zlib.crc32(file.read(_MAX_CHECKED))
    except OSError:
        return -1


def _package_of(file: str) -> str | None:
    """The outermost package a module is in; None for a module in no package."""
    package, folder = None, os.path.dirname(file)  # noqa: PTH120
    while os.path.isfile(os.path.join(folder, "__init__.py")):  # noqa: PTH113, PTH118
        package, folder = folder, os.path.dirname(folder)  # noqa: PTH120
    return package
