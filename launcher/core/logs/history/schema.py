"""The tables of a history, their version, and how a file comes to have them.

A project has one file. What happens in it is ordered by *numbers*, never by a clock: a row's number
is its run's number times :data:`RUN` plus its place in the run, so it is known before it is
written, and rows of two windows that write at the same time never mix. A run (from Start to Stop)
knows how many rows of each kind it has; their places are dense, but for the oldest ones, which may
have gone. So the number of the millionth row is a matter of adding up runs, and needs no list.

Most requests repeat one of late, but for their times. So a request is two rows: a short one of its
own in ``request``, and the facts in ``exchange``, which it shares with others where it can. They
are found by number as well, without a hash: a request's own exchange has its number, and one that
is shared that of the request that it was written with, plus :data:`SHARED`; ``back`` says how many
places before this request that is. A request refers :data:`REACH` places back at most, so what may
go follows from the numbers. Exchanges belong to their run and go with it. Readers have the view
``whole_request``, in which each request has all its columns.

What repeats within exchanges is in tables of its own, once for each distinct content, found by its
hash: ``word`` (short texts: a thread, a host, a content type), ``headers`` (sets of headers without
the values that are new each time), ``body`` and ``shape`` (the stages of a flow). ``last`` is the
highest number of a row that refers to it: what is older than the oldest row that is left can go.

Functions only, for the thread that has the connection.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping

__all__ = [
    "APPLICATION",
    "CONTENTS",
    "KINDS",
    "PINNED",
    "REACH",
    "ROWS",
    "RUN",
    "SHARED",
    "VERSION",
    "Migration",
    "Refused",
    "has_full_text",
    "prepare",
    "version_of",
]

APPLICATION = 0x53446869
"""SQLite's ``application_id`` of a history: "SDhi"."""

VERSION = 5
"""Of the tables; raised with each change, which then has a step in :data:`MIGRATIONS`."""

RUN = 1 << 32
"""How many rows of one kind a run may have."""

SHARED = RUN >> 1
"""What is added to a number for an exchange that several requests share."""

REACH = 8192
"""How many places before a request its exchange may have been written at most."""

PINNED = 1 << 62
"""``last`` of what a run refers to that is kept for good."""

KINDS = ("request", "error", "line")
"""The tables whose rows are numbered."""

ROWS: Mapping[str, str] = {"request": "whole_request", "error": "error", "line": "line"}
"""By kind: what its rows are read from, with all their columns."""

CONTENTS = ("word", "headers", "body", "shape")
"""The tables of what is stored once."""

_CONTENT = """
CREATE TABLE {name} (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    last INTEGER NOT NULL,
    data {type} NOT NULL{more}
);
CREATE INDEX {name}_last ON {name} (last);
"""

_PACKED = ",\n    packed INTEGER NOT NULL DEFAULT 0"  # see packing.py

_EXCHANGE = """
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    target TEXT,
    version INTEGER,
    status INTEGER,
    reason INTEGER,
    flags INTEGER NOT NULL DEFAULT 0,
    received INTEGER,
    sent INTEGER,
    client INTEGER,
    pid INTEGER,
    host INTEGER,
    type INTEGER,
    endpoint INTEGER,
    request_headers INTEGER,
    request_values TEXT,
    response_headers INTEGER,
    response_values TEXT,
    request_body INTEGER,
    request_size INTEGER,
    response_body INTEGER,
    response_size INTEGER,
    shape INTEGER,
    flow BLOB,
    extra TEXT,
    sql_total INTEGER,
    sql_duplicates INTEGER,
    sql_time INTEGER,
    sql_looped INTEGER,
    spans BLOB
"""

_FACTS = tuple(column.split()[0] for column in _EXCHANGE.split(",\n"))
_OWN = ("number", "id", "started", "duration", "app_duration", "thread", "error")

_REQUESTS = f"""
-- Times are unix seconds, durations seconds. Without back, the exchange is the request's own.
CREATE TABLE request (
    number INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    started REAL NOT NULL,
    duration REAL,
    app_duration REAL,
    thread INTEGER,
    error INTEGER,
    back INTEGER
);

-- Sizes are those on the wire; a body may have been kept in part. What is NULL isn't known (yet),
-- or is what it mostly is: see rows.py.
CREATE TABLE exchange (
    home INTEGER PRIMARY KEY,
{_EXCHANGE}
);

-- CROSS: by the requests' numbers, whatever is asked for.
CREATE VIEW whole_request AS SELECT {", ".join((*_OWN, *_FACTS))} FROM request
CROSS JOIN exchange ON home = iif(back IS NULL, number, number - back + {SHARED});
"""

_TABLES = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- From Start to Stop. first_… and next_…: the places of the rows that are there; those below
-- cleared_… are hidden.
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    reason TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    python TEXT NOT NULL DEFAULT '',
    mode TEXT NOT NULL DEFAULT '',
    kept INTEGER NOT NULL DEFAULT 0,
    first_request INTEGER NOT NULL DEFAULT 0,
    next_request INTEGER NOT NULL DEFAULT 0,
    cleared_request INTEGER NOT NULL DEFAULT 0,
    first_error INTEGER NOT NULL DEFAULT 0,
    next_error INTEGER NOT NULL DEFAULT 0,
    cleared_error INTEGER NOT NULL DEFAULT 0,
    first_line INTEGER NOT NULL DEFAULT 0,
    next_line INTEGER NOT NULL DEFAULT 0,
    cleared_line INTEGER NOT NULL DEFAULT 0,
    line_bytes INTEGER NOT NULL DEFAULT 0,
    indexed_line INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE error (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    request INTEGER,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    file TEXT,
    line INTEGER,
    event TEXT NOT NULL
);

CREATE TABLE line (
    number INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    stream INTEGER NOT NULL,
    request INTEGER,
    level INTEGER,
    logger INTEGER,
    text TEXT NOT NULL,
    file INTEGER,
    place INTEGER,
    own INTEGER
);

-- Between the rows of a run: before the request, the error and the line with these places.
CREATE TABLE mark (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,
    time REAL NOT NULL,
    request INTEGER NOT NULL,
    error INTEGER NOT NULL,
    line INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX mark_run ON mark (run);

-- What Clear has hidden, so that it can be undone: before is {run: what was hidden before}.
CREATE TABLE clearing (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    app TEXT NOT NULL,
    time REAL NOT NULL,
    before TEXT NOT NULL
);
"""
    + _REQUESTS
    + "".join(
        _CONTENT.format(
            name=name,
            type="BLOB" if name == "body" else "TEXT",
            more=_PACKED if name == "body" else "",
        )
        for name in CONTENTS
    )
)

Migration = Callable[[sqlite3.Connection], None]


def _compressed_bodies(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE body ADD COLUMN packed INTEGER NOT NULL DEFAULT 0")


def _places_of_lines(connection: sqlite3.Connection) -> None:
    for column in ("file", "place", "own"):
        connection.execute(f"ALTER TABLE line ADD COLUMN {column} INTEGER")


def _spans_of_requests(connection: sqlite3.Connection) -> None:
    for column in ("sql_total", "sql_duplicates", "sql_time", "sql_looped"):
        connection.execute(f"ALTER TABLE request ADD COLUMN {column} INTEGER")
    connection.execute("ALTER TABLE request ADD COLUMN spans BLOB")


def _shared_exchanges(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE request RENAME TO old_request")
    _make(connection, _REQUESTS)
    connection.execute(
        f"INSERT INTO request ({', '.join(_OWN)}) SELECT number, id, started, duration / 1e9, "
        "app_duration / 1e9, thread, error FROM old_request"
    )
    facts = ", ".join(_FACTS)
    connection.execute(
        f"INSERT INTO exchange (home, {facts}) SELECT number, {facts} FROM old_request"
    )
    connection.execute("DROP TABLE old_request")


def _make(connection: sqlite3.Connection, tables: str) -> None:
    for statement in re.sub(r"--.*", "", tables).split(";"):
        if statement.strip():
            connection.execute(statement)


MIGRATIONS: Mapping[int, Migration] = {
    1: _compressed_bodies,
    2: _places_of_lines,
    3: _spans_of_requests,
    4: _shared_exchanges,
}
"""By version: the step that makes the next version's tables of it, within a transaction."""


class Refused(Exception):
    """A file that is left alone, since it isn't a history that this program can read.

    :ivar kind: ``"newer"`` or ``"foreign"``
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a file's tables; 0 where it is empty.

    :raises Refused: a newer program has written it, or another one
    """
    if connection.in_transaction:
        return _read_version(connection)
    # In one transaction: another window may be making the tables right now.
    connection.execute("BEGIN")
    try:
        return _read_version(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _read_version(connection: sqlite3.Connection) -> int:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application not in (0, APPLICATION):
        raise Refused("foreign", "it was made by another program")
    if application == 0:
        if version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise Refused("foreign", "it was made by another program")
        return 0
    if version > VERSION:
        raise Refused("newer", "a newer version of ServeDeck has written it")
    return version


def prepare(
    connection: sqlite3.Connection, migrations: Mapping[int, Migration] | None = None
) -> None:
    """Make the tables, or bring older ones up to date; the connection may be written to.

    :param migrations: :data:`MIGRATIONS` by default
    :raises Refused: see :func:`version_of`
    :raises sqlite3.Error: it can't be read or written
    """
    steps = MIGRATIONS if migrations is None else migrations
    if version_of(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)  # another window may have been quicker
        if version == 0:
            _make(connection, _TABLES)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            version = VERSION
        while version < VERSION:
            steps[version](connection)
            version += 1
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def has_full_text(connection: sqlite3.Connection) -> bool:
    """Whether this SQLite has FTS5 with trigrams, by which any part of a word is found."""
    try:
        connection.execute("CREATE VIRTUAL TABLE temp.trial USING fts5(t, tokenize='trigram')")
        connection.execute("DROP TABLE temp.trial")
    except sqlite3.Error:
        return False
    return True
