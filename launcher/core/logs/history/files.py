"""Where the histories are: one file for each project, which only the user can read.

``<data folder>/history/<folder's name>-<hash of its path>.sqlite3``, 0600 in a folder that is 0700;
SQLite gives its two companions (``-wal``, ``-shm``) the same rights. A file that is damaged is put
aside under another name, not deleted. Where the history of a project is switched off, an empty file
``….off`` marks it.

Functions only; any thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from launcher.core.private_files import narrow, private_folder
from launcher.core.profiles import project_key

from .schema import VERSION, Refused, prepare, version_of

__all__ = [
    "Damaged",
    "delete",
    "file_of",
    "identity",
    "is_damage",
    "is_locked",
    "is_off",
    "open_for_reading",
    "open_for_writing",
    "put_aside",
    "size_of",
    "switch",
]

_FOLDER = "history"
_COMPANIONS = ("", "-wal", "-shm", "-journal")
_BUSY_MS = 2000
_CONVERSION_MS = 120_000  # while another thread or window brings a large file up to date
_WAL_LIMIT = 32 * 1024 * 1024
_WAL_PAGES = 7_500
"""So long may the write-ahead log become. What is in it is moved into the file when nothing else is
to be done: that waits for the disk, which takes a second where others are busy with it."""


class Damaged(Exception):
    """A history can't be read; the message is why."""


def file_of(data_dir: Path, project: str) -> Path:
    """The file of a project's history, whether it is there or not.

    :param project: its folder
    """
    key = project_key(project)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(key).name)[:40].strip("-.") or "project"
    code = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return data_dir / _FOLDER / f"{name}-{code}.sqlite3"


def is_off(file: Path) -> bool:
    """Whether the history of a project is switched off."""
    return file.with_suffix(".off").exists()


def switch(file: Path, *, on: bool) -> None:
    """Switch the history of a project on or off, for the time to come; deletes nothing.

    :raises OSError: the data folder can't be written to
    """
    marker = file.with_suffix(".off")
    if on:
        marker.unlink(missing_ok=True)
    else:
        private_folder(file.parent)
        _make_private(marker)


def delete(file: Path) -> None:
    """Delete a history. Windows that write to it begin a new one.

    :raises OSError: it can't be deleted
    """
    for companion in _companions(file):
        companion.unlink(missing_ok=True)


def put_aside(file: Path) -> Path:
    """Give a damaged file another name, and return it.

    :raises OSError: it can't be renamed
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    base = aside = file.with_suffix(f".damaged-{stamp}.sqlite3")
    count = 1
    while aside.exists():
        count += 1
        aside = base.with_suffix(f".{count}.sqlite3")
    for companion, new in zip(_companions(file), _companions(aside), strict=True):
        with contextlib.suppress(FileNotFoundError):
            companion.replace(new)
    return aside


def identity(file: Path) -> tuple[int, int] | None:
    """What distinguishes the file from another of the same name; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_for_writing(file: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection to a project's history, which is made where there is none.

    Transactions are begun and ended by the caller.

    :returns: the connection, and whether the file has a write-ahead log, with which readers and a
        writer don't hinder each other
    :raises OSError: the folder or the file can't be made
    :raises sqlite3.Error: it can't be opened; see :func:`is_damage`
    :raises Refused: it is no history of this version, and is left alone
    """
    private_folder(file.parent)
    _make_private(file)
    connection = sqlite3.connect(
        file, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        version = version_of(connection)
        if version == 0:
            # Only before the first table: what is deleted later can be given back bit by bit.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        wal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
        if not wal:
            connection.execute("PRAGMA journal_mode = TRUNCATE")
        # What is written survives the end of the process; only a loss of power may take the last
        # seconds along, and never damages the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        connection.execute("PRAGMA cache_size = -8000")
        connection.execute("PRAGMA secure_delete = OFF")
        if 0 < version < VERSION:
            connection.execute(f"PRAGMA busy_timeout = {_CONVERSION_MS}")
        prepare(connection)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    except BaseException:
        connection.close()
        raise
    return connection, wal


def open_for_reading(file: Path) -> sqlite3.Connection:
    """A connection that can't change anything, to a history that is there.

    One that an older version has written is brought up to date first; where it can't be written to,
    a copy of it.

    :raises FileNotFoundError: there is none
    :raises Damaged: it can't be read
    :raises Refused: it is no history of this version
    """
    if not file.exists():
        raise FileNotFoundError(file)
    if not file.stat().st_size:  # just made by a window that hasn't written yet
        raise FileNotFoundError(file)
    try:
        connection = _connect_to_read(file)
        if version_of(connection) == 0:
            connection.close()
            raise FileNotFoundError(file)
        if version_of(connection) < VERSION:
            connection.close()
            connection = _connect_to_older(file)
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise Damaged(str(error)) from error
    return connection


def _connect_to_read(file: Path) -> sqlite3.Connection:
    """As one that might write, though it doesn't: what a kill has left in a journal is put right,
    and the last to close the file removes the write-ahead log and its companion.

    Where the folder can't be written to, these can't be made: then the file is read as it stands,
    or, where there is something in a log or a journal, a copy of both."""
    try:
        return _connect(file, "mode=rw")
    except sqlite3.OperationalError as error:
        left = _journals(file)
        if left and is_locked(error):
            raise  # the file may be half written
        if not left:
            return _connect(file, "mode=ro&immutable=1")
    return _connect_to_copy(file, left)


def _connect_to_older(file: Path) -> sqlite3.Connection:
    try:
        open_for_writing(file)[0].close()
    except (OSError, sqlite3.OperationalError) as error:
        if is_locked(error):
            raise
        return _connect_to_copy(file, _journals(file))
    return _connect_to_read(file)


def _connect_to_copy(file: Path, journals: list[Path]) -> sqlite3.Connection:
    with tempfile.TemporaryDirectory(prefix="servedeck-") as folder:  # open, it outlives its name
        copy = Path(folder, file.name)
        for part in (file, *journals):
            shutil.copyfile(part, copy.with_name(part.name))
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            prepare(connection)
        return _connect(copy, "mode=rw")


def _journals(file: Path) -> list[Path]:
    """What stands beside a file that has something in it which the file hasn't."""
    found = []
    for suffix in ("-wal", "-journal"):
        part = file.with_name(file.name + suffix)
        with contextlib.suppress(FileNotFoundError):  # who closes the file last takes it away
            if part.stat().st_size:
                found.append(part)
    return found


def _connect(file: Path, way: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?{way}",
        uri=True,
        timeout=_BUSY_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -16000")
    except BaseException:
        connection.close()
        raise
    return connection


def size_of(file: Path) -> int:
    """The bytes that a history takes on the disk, with its companions."""
    found = 0
    for part in _companions(file):
        with contextlib.suppress(OSError):
            found += part.stat().st_size
    return found


def is_damage(error: BaseException) -> bool:
    """Whether an error means that the file is damaged."""
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, Refused):
        return False
    text = str(error)
    return "malformed" in text or "not a database" in text or "disk image" in text


def is_locked(error: BaseException) -> bool:
    """Whether an error means that another program is writing right now."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _companions(file: Path) -> list[Path]:
    return [file.with_name(file.name + suffix) for suffix in _COMPANIONS]


def _make_private(file: Path) -> None:
    """An empty file for the user alone, or what is there, narrowed."""
    os.close(os.open(file, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    narrow(file)
