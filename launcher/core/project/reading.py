"""Looks for and reads the files of a project, and of the tools around it. Any thread.

They come from outside: what is missing, damaged, no file at all or too large to be right counts as
nothing. Its own tool reports better what is wrong with it.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["exists", "is_file", "is_folder", "listed", "read_text", "read_toml", "table"]


def read_text(file: Path, limit: int = 1_000_000) -> str:
    """A file's text; "" for one that isn't there, isn't a file, or is too large to be right."""
    try:
        if not file.is_file() or file.stat().st_size > limit:
            return ""
        return file.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


def read_toml(file: Path, limit: int = 1_000_000) -> dict[str, Any]:
    """A TOML file; nothing where it is missing or damaged: its own tool reports that better."""
    text = read_text(file, limit)
    if not text:
        return {}
    try:
        reader = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        content: dict[str, Any] = reader.loads(text)
    except (ImportError, ValueError, RecursionError):
        return {}
    return content


def table(content: Any, *names: str) -> dict[str, Any]:
    """A table in a TOML file's content; an empty one where there is none."""
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


# The methods of Path of these names raise where a folder on the way may not be entered.
def is_folder(path: Path) -> bool:
    """Whether there is a folder, as far as can be seen."""
    return os.path.isdir(path)  # noqa: PTH112


def is_file(path: Path) -> bool:
    """Whether there is a file, as far as can be seen."""
    return os.path.isfile(path)  # noqa: PTH113


def exists(path: Path) -> bool:
    """Whether there is anything, as far as can be seen."""
    return os.path.exists(path)  # noqa: PTH110


def listed(folder: Path) -> list[Path]:
    """What is in a folder; nothing where it can't be read."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []
