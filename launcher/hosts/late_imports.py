"""What the launcher imports only when it needs it, imported in time.

While an app runs in this process, its folder stands in front on ``sys.path``: a ``glob.py`` in it
would be found by an import of ours that comes late, or by one of a library of ours. So where a
project has files with names of the standard library's modules, all of it is imported before. What
the server imports late is its own affair, see ``server/app/early.py``. The supervisor's thread.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path

LATE = (
    "asyncio", "brotli", "difflib", "dotenv.main", "dotenv.variables", "fcntl", "hashlib",
    "platform", "psutil", "pygments.formatters", "pygments.lexers", "regex", "tempfile", "termios",
    "watchfiles", "zstandard",
)  # fmt: skip
"""A test holds that nothing which the launcher imports in a function is missing here."""


def import_late(project: Path) -> None:
    """Import them, where files of a project could be taken for parts of the standard library."""
    if not _has_names_of_the_library(project):
        return
    for name in LATE:
        with contextlib.suppress(Exception):  # it isn't installed, or of no use on this system
            importlib.import_module(name)


def _has_names_of_the_library(project: Path) -> bool:
    for folder in (project, project / "src"):
        with contextlib.suppress(OSError):
            names = {entry.partition(".")[0] for entry in os.listdir(folder)}  # noqa: PTH208
            if not names.isdisjoint(sys.stdlib_module_names):
                return True
    return False
