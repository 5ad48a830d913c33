"""Files and folders that only the user can read: settings, the history, events. Any thread.

They hold cookies, keys and what people typed into forms. The mode is given as the file is made, so
that there is no moment in which others could open it; what is there already with a wider mode,
from an older version or made by hand, is narrowed. On Windows the user's folder has such rights.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["narrow", "open_for_writing", "private_folder"]

_FOLDER = 0o700
_FILE = 0o600


def private_folder(folder: Path) -> Path:
    """Make a folder for the user alone, with those above it; narrow it, and the files in it, where
    it is there.

    One that plainly is not ServeDeck's alone keeps its modes, and so does what is in it: the home
    folder and those above it, and one that all may write to, as ``/tmp``.

    :raises OSError: it can't be made
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    if not _is_shared(folder):
        _chmod(folder, _FOLDER)
        for file in folder.iterdir():
            if stat.S_ISREG(file.lstat().st_mode):
                narrow(file)
    return folder


def narrow(file: Path) -> None:
    """Take from others what rights they have on a file; nothing happens where it isn't there."""
    if not file.is_symlink():
        _chmod(file, _FILE)


def open_for_writing(file: Path) -> BinaryIO:
    """Open a file for the user alone, empty and without a buffer.

    What isn't an ordinary file, such as a named pipe or ``/dev/null``, is opened as it is.

    :raises OSError: it can't be opened
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(file, flags | getattr(os, "O_BINARY", 0), _FILE)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and hasattr(os, "fchmod"):
            with contextlib.suppress(PermissionError):  # another user's, who lets us write
                os.fchmod(descriptor, _FILE)
        return os.fdopen(descriptor, "wb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def _is_shared(folder: Path) -> bool:
    real, home = Path(os.path.realpath(folder)), Path(os.path.realpath(Path.home()))
    return home.is_relative_to(real) or bool(real.stat().st_mode & stat.S_ISVTX)


def _chmod(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):  # not ours, or a file system without modes
        if stat.S_IMODE(path.stat().st_mode) & ~mode:
            path.chmod(mode)
