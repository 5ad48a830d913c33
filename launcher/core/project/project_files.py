"""The Python files of a project folder that may hold an app, those nearest to the top first.

Virtual environments, hidden folders, caches and tests are left out; links are not followed.
Thread: any; reads many folders.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["project_files"]

# Beside these, hidden folders, caches and whatever holds a virtual environment are left out.
_SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "test",
        "tests",
        "venv",
    }
)
_TEST_FILE = re.compile(r"(?:test_.*|.*_test|tests|conftest)\.py")


def project_files(root: Path, limit_files: int, limit_entries: int) -> Iterator[Path]:
    """The files, level by level.

    :param limit_files: how many at most
    :param limit_entries: directory entries to look at, at most
    """
    level = [root]
    files = entries = 0
    while level:
        below: list[Path] = []
        for folder in level:
            for entry in _entries(folder):
                entries += 1
                if entries > limit_entries:
                    return
                if _is_folder(entry):
                    below += _to_enter(entry)
                elif _is_source(entry):
                    files += 1
                    if files > limit_files:
                        return
                    yield Path(entry.path)
        level = below


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _to_enter(entry: os.DirEntry[str]) -> list[Path]:
    """The folder, unless it is hidden, a link, a virtual environment, tests, or generated."""
    name = entry.name.lower()
    skipped = name in _SKIPPED_FOLDERS or name.startswith(".") or name.endswith("cache")
    if skipped or name.endswith(".egg-info") or entry.is_symlink():
        return []
    path = Path(entry.path)
    try:
        return [] if (path / "pyvenv.cfg").exists() else [path]
    except OSError:
        return []


def _is_source(entry: os.DirEntry[str]) -> bool:
    try:
        return (
            entry.name.endswith((".py", ".wsgi"))
            and entry.is_file()
            and not _TEST_FILE.fullmatch(entry.name)
            and entry.name != "setup.py"
        )
    except OSError:
        return False
