"""The Python files below a folder, without what is other people's code. Any thread."""

from __future__ import annotations

import os
from collections.abc import Iterator

__all__ = ["python_files"]

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})


def python_files(root: str, most: int) -> Iterator[str]:
    """The paths of the Python files below a folder.

    Hidden folders are left out, caches, and virtual environments, which have a ``pyvenv.cfg``.

    :param most: how many are given
    """
    count = 0
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
        ]
        for name in files:
            if name.endswith(".py"):
                count += 1
                if count > most:
                    return
                yield os.path.join(folder, name)  # noqa: PTH118
