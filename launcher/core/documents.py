"""JSON files that several windows read and write, each file whole or not at all. No Qt; any thread.

Several processes may use one folder at the same time. So:

* A change reads the file, changes what was read, and replaces the file, all under one lock of the
  folder. What another window has written meanwhile is there before the change, and stays.
* A file is written beside its place and moved there, so that a reader never finds half of one, and
  needs no lock.
* What can't be used, damaged or from a newer version, is put aside under the next free name and
  reported in :attr:`Documents.notices`; it is never overwritten. What can't even be read, as for
  want of rights, stays where it is, and nothing is written in its place.

The lock is the operating system's, so it ends with the process that holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from server.errors import why_refused

from .private_files import private_folder

__all__ = ["VERSION", "Documents", "Record", "take_lock"]

Record = dict[str, Any]

VERSION = 1
"""The form of the files that are written here; a higher number was written by a newer version."""

_LOCK = ".lock"
_LOCK_SECONDS = 2.0
_MOST_BYTES = 16 * 1024 * 1024  # far beyond what is ever written; more isn't even read


class _Unusable(Exception):
    """A file's content can't be used. Its text is why: the end of a sentence."""


class Documents:
    """The JSON files of a folder, each one object with a ``version``.

    :param folder: made, for this user alone, when something is first written
    :ivar notices: what became of files that could not be used, a sentence each, until they are
        taken by :meth:`take_notices`
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notices: list[str] = []

    def take_notices(self) -> list[str]:
        """What is to be reported to the user; each sentence once."""
        notices, self.notices = self.notices, []
        return notices

    def read(self, name: str) -> Record:
        """The content of a file. One that isn't there, or can't be used, counts as empty."""
        try:
            return _load(self.folder / name)
        except _Unusable:
            with contextlib.suppress(OSError), self.locked():
                self._put_aside(name)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._notice(f"{self.folder / name} can't be read: {why_refused(error)}.")
        return {}

    def change(self, name: str, change: Callable[[Record], Record]) -> str:
        """Replace a file's content by what a function makes of it, or leave it untouched.

        :param change: takes what is in the file now, {} where there is none
        :returns: why it could not be done, in one sentence, or ""
        """
        try:
            with self.locked():
                self.change_locked(name, change)
        except OSError as error:
            return f"The settings can't be saved in {self.folder}: {why_refused(error)}."
        return ""

    def change_locked(self, name: str, change: Callable[[Record], Record]) -> None:
        """As :meth:`change`, within :meth:`locked`.

        :raises OSError: it could not be done
        """
        record: Record = {}
        try:
            record = _load(self.folder / name)
        except _Unusable:
            self._put_aside(name)
        except FileNotFoundError:
            pass
        _store(self.folder / name, {**change(record), "version": VERSION})

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other windows from writing; not to be nested.

        :raises OSError: the folder can't be used, or another window holds the lock for long
        """
        private_folder(self.folder)
        deadline = time.monotonic() + _LOCK_SECONDS
        while (lock := take_lock(self.folder / _LOCK)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError("another ServeDeck is writing there")
            time.sleep(0.01)
        with lock:
            yield

    def move_aside(self, name: str) -> Path:
        """Give a file the next free name, ``name.1`` and so on. Within :meth:`locked`.

        :raises OSError: it can't be moved
        """
        file = self.folder / name
        number = 1
        while os.path.lexists(aside := file.with_name(f"{name}.{number}")):
            number += 1
        file.rename(aside)
        return aside

    def _put_aside(self, name: str) -> None:
        """Move a file away that can't be used, unless another window has done so by now.

        :raises OSError: it can't be moved, so it must not be written either
        """
        file = self.folder / name
        try:
            _load(file)
        except _Unusable as problem:
            try:
                aside = self.move_aside(name)
            except OSError as error:
                self._notice(
                    f"{file} {problem}, and can't be put aside ({why_refused(error)}): "
                    "nothing is saved in its place."
                )
                raise
            self._notice(f"{file} {problem}. It was put aside there as {aside.name}.")
        except FileNotFoundError:
            pass

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)


def take_lock(file: Path) -> BinaryIO | None:
    """Take a lock that lasts until what is returned is closed, or the process ends.

    :returns: None where another process, or another part of this one, holds it
    :raises OSError: the file can't be opened
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    handle = os.fdopen(descriptor, "r+b", buffering=0)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle


def _load(file: Path) -> Record:
    with file.open("rb") as stream:
        data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise _Unusable("is larger than ServeDeck's files ever are")
    try:
        record = json.loads(data.decode("utf-8"))
        # What has half of a surrogate pair in it can't be shown, nor be a path in the window.
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise _Unusable("is damaged") from None
    if not isinstance(record, dict):
        raise _Unusable("is damaged")
    version = record.get("version", VERSION)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _Unusable("is damaged")
    if version > VERSION:
        raise _Unusable("was written by a newer version of ServeDeck")
    return record


def _store(file: Path, record: Record) -> None:
    # mkstemp makes the file 0600 from its first moment on.
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            json.dump(record, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())  # else a power failure may leave an empty file in its place
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
