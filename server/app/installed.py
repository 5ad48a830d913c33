"""What is installed for an interpreter: the files of packages that were imported, and what came or
went since.

An installer writes other files in place of a package's, and a ``*.dist-info`` beside them. Both are
looked at, as they were when a process imported them and as they are now. Any thread; on either side
of the worker's channel.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from typing import Optional

from .imported import is_foreign, source_of

__all__ = ["Stamps", "distributions", "find_module", "package_files", "package_folders", "stamps"]

Stamps = dict[str, list[int]]
"""Time, size and inode of files by their paths, as JSON has them; none of one that isn't there."""

_MARKS = (".dist-info", ".egg-info", ".egg-link", ".pth")


def package_folders() -> list[str]:
    """The folders on ``sys.path`` that installers write to."""
    return [folder for folder in sys.path if is_foreign(folder)]


def package_files() -> list[str]:
    """The files of the modules that were imported from such folders."""
    found = (source_of(module) for module in list(sys.modules.values()))
    return [file for file in found if file is not None and is_foreign(file)]


def stamps(files: Iterable[str]) -> Stamps:
    """How files look now."""
    found: Stamps = {}
    for file in files:
        try:
            there = os.stat(file)  # noqa: PTH116 - thousands at a time
        except (OSError, ValueError):
            found[file] = []
        else:
            found[file] = [there.st_mtime_ns, there.st_size, there.st_ino]
    return found


def distributions(folders: Sequence[str]) -> Stamps:
    """What is installed in folders, by what installers leave for each package."""
    names: list[str] = []
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            names += [entry.path for entry in entries if entry.name.endswith(_MARKS)]
    return stamps(names)


def find_module(name: str) -> Optional[ModuleSpec]:
    """Where a module would be imported from; nothing is imported to find it, not even packages.

    :param name: its whole name
    """
    folders: Optional[list[str]] = None
    found: Optional[ModuleSpec] = None
    whole = ""
    for part in name.split("."):
        whole = f"{whole}.{part}".lstrip(".")
        found = PathFinder.find_spec(whole, folders)
        if found is None:
            return None
        folders = list(found.submodule_search_locations or ())
    return found
