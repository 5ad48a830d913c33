"""Where the window keeps what it remembers. No Qt; any thread."""

from __future__ import annotations

from pathlib import Path

import platformdirs

__all__ = ["default_data_dir"]


def default_data_dir() -> Path:
    """The folder of settings and histories, unless ``--data-dir`` is given."""
    return Path(platformdirs.user_data_dir("servedeck", appauthor=False))
