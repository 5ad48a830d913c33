"""Files that the user saves somewhere: whole or not at all, and for the user alone. Any thread."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from launcher.core.private_files import open_for_writing

__all__ = ["save_parts"]


def save_parts(path: str, parts: Iterable[str]) -> str:
    """Write a text to a file, part by part.

    :returns: what went wrong, a sentence; "" where nothing did
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.part")
    try:
        with open_for_writing(beside) as file:
            for part in parts:
                file.write(part.encode("utf-8", "replace"))
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        return f"It can't be saved as {target.name}: {error.strerror or error}."
    return ""
