"""The full-text index: of every distinct set of headers, every distinct body, and the output.

It is filled in behind, when nothing else is to be written, and finds any part of a word: FTS5 with
trigrams. It only finds where a text *may* occur (``detail=none``: a fifth of the size); what it
finds is compared with the text itself, and what isn't in it yet is searched without it. So results
are the same with the index, with half of it, and where SQLite has none.

Lines are indexed in blocks of :data:`BLOCK`, which takes a small part of what an entry for each
would take. Upper and lower case are made the same here, by Python, so that index and comparison
agree on it.

What is searched is the text with its secrets masked (see ``launcher.core.secrets``): secrets are in
no index, and no search finds them.

Functions only. Those that write are the writer's thread's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from launcher.core.secrets import OMITTED, mask_body, mask_header, mask_text

from .numbers import number_of
from .packing import columns, content_of

__all__ = [
    "BLOCK",
    "LINE_OVERHEAD",
    "body_text",
    "fill",
    "header_text",
    "line_text",
    "matching",
    "prepare",
    "remove_contents",
    "remove_lines",
]

BLOCK = 64
"""Lines of output in one entry."""

LINE_OVERHEAD = 24
"""Bytes that a line takes beside its text."""

VERSION = 2
"""Of what is indexed, such as the rules of masking; another one makes all of it new."""

_TABLES = ("headers", "body", "line")
_AT_ONCE = 64
_BYTES = 256 * 1024
_TRIGRAMS = 24


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of the index, anew where they are of another version."""
    found = connection.execute("SELECT value FROM meta WHERE name = 'index_version'").fetchone()
    if found is not None and found[0] == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in _TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {table}_index")
            connection.execute(
                f"CREATE VIRTUAL TABLE {table}_index USING fts5(text, content='', "
                "tokenize='trigram case_sensitive 1', detail=none, columnsize=0)"
            )
        connection.execute("UPDATE run SET indexed_line = first_line")
        connection.execute("DELETE FROM meta WHERE name LIKE 'indexed_%'")
        connection.execute("REPLACE INTO meta VALUES ('index_version', ?)", (VERSION,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


# What is searched


def header_text(stored: str) -> str:
    """Of a set of headers as it is stored: a line for each, in lower case, secrets masked.

    The values that lie in the row (see rows.py) aren't in it.
    """
    return header_lines((name, value) for name, value in json.loads(stored) if value is not None)


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """The same of any headers."""
    return "\n".join(f"{name}: {mask_header(name, value)}" for name, value in headers).lower()


def body_text(data: bytes) -> str:
    """Of a body: in lower case, secrets masked; "" where it is no text."""
    return (mask_body(data) or "").lower()


def line_text(line: str) -> str:
    """Of a line of output: in lower case, secrets masked."""
    return mask_text(line).lower()


def raw_part(needle: str) -> str:
    """What a text must have in it before it is masked, if it has the needle afterwards.

    So that most texts need not be masked to know that it isn't in them. What masking adds is
    :data:`~launcher.core.secrets.MASK`, which may be in quotes, and ``OMITTED``.

    :param needle: in lower case
    """
    if "*" in needle or "(" in needle or ")" in needle or needle in OMITTED:
        return ""
    return needle.strip('"')


# Writing


def fill(connection: sqlite3.Connection, settled: Mapping[int, int]) -> bool:
    """Index some of what isn't yet, in one short transaction.

    :param settled: of runs that this process writes to: the place below which lines don't change
    :returns: whether there was anything
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = (
            _fill_contents(connection, "headers")
            or _fill_contents(connection, "body")
            or _fill_lines(connection, settled)
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return done


def _fill_contents(connection: sqlite3.Connection, table: str) -> bool:
    start = indexed_contents(connection, table)
    rows = []
    size = 0
    for number, stored, packed in connection.execute(
        f"SELECT id, {columns(table)} FROM {table} WHERE id > ? ORDER BY id LIMIT ?",
        (start, _AT_ONCE),
    ):
        data = content_of(stored, packed)
        rows.append((number, body_text(data) if table == "body" else header_text(data)))
        size += len(data)
        if size > _BYTES:
            break
    if not rows:
        return False
    connection.executemany(
        f"INSERT INTO {table}_index (rowid, text) VALUES (?, ?)", [row for row in rows if row[1]]
    )
    connection.execute("REPLACE INTO meta VALUES (?, ?)", (f"indexed_{table}", rows[-1][0]))
    return True


def _fill_lines(connection: sqlite3.Connection, settled: Mapping[int, int]) -> bool:
    runs = connection.execute(
        "SELECT id, indexed_line, next_line, ended IS NOT NULL FROM run "
        "WHERE next_line - indexed_line >= ?",
        (BLOCK,),
    ).fetchall()
    for run, start, end, over in runs:
        if not over:
            end = min(end, settled.get(run, 0))
        first = start // BLOCK
        last = min(end // BLOCK, first + _AT_ONCE)
        if last <= first:
            continue
        blocks = _blocks(connection, run, start, last * BLOCK)
        connection.executemany("INSERT INTO line_index (rowid, text) VALUES (?, ?)", blocks)
        connection.execute("UPDATE run SET indexed_line = ? WHERE id = ?", (last * BLOCK, run))
        return True
    return False


def _blocks(
    connection: sqlite3.Connection, run: int, start: int, stop: int
) -> list[tuple[int, str]]:
    texts: dict[int, list[str]] = {}
    for number, text in connection.execute(
        "SELECT number, text FROM line WHERE number >= ? AND number < ?",
        (number_of(run, start), number_of(run, stop)),
    ).fetchall():
        texts.setdefault(number // BLOCK, []).append(line_text(text))
    return [(block, "\n".join(lines)) for block, lines in texts.items()]


def remove_contents(connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> None:
    """Take contents that are about to be deleted out of the index."""
    if table not in _TABLES or not _is_there(connection):
        return
    done = indexed_contents(connection, table)
    rows = connection.execute(
        f"SELECT id, {columns(table)} FROM {table} WHERE id IN ({','.join(map(str, ids))})"
    ).fetchall()
    texts = [
        (
            number,
            body_text(content_of(data, packed)) if table == "body" else header_text(data),
        )
        for number, data, packed in rows
        if number <= done
    ]
    _remove(connection, table, texts)


def remove_lines(connection: sqlite3.Connection, run: int, first: int, stop: int) -> None:
    """Take lines that are about to be deleted out of the index."""
    if not _is_there(connection):
        return
    (done,) = connection.execute("SELECT indexed_line FROM run WHERE id = ?", (run,)).fetchone()
    if first < done:
        _remove(connection, "line", _blocks(connection, run, first, min(stop, done)))
    if done < stop:
        connection.execute("UPDATE run SET indexed_line = ? WHERE id = ?", (stop, run))


def _remove(connection: sqlite3.Connection, table: str, rows: list[tuple[int, str]]) -> None:
    connection.executemany(
        f"INSERT INTO {table}_index ({table}_index, rowid, text) VALUES ('delete', ?, ?)",
        [row for row in rows if row[1]],
    )


# Reading


def _is_there(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT value FROM meta WHERE name = 'index_version'").fetchone()
    return found is not None and found[0] == VERSION


def indexed_contents(connection: sqlite3.Connection, table: str) -> int:
    """The contents up to this id are in the index."""
    found = connection.execute(
        "SELECT value FROM meta WHERE name = ?", (f"indexed_{table}",)
    ).fetchone()
    return int(found[0]) if found else 0


def matching(
    connection: sqlite3.Connection, table: str, needle: str
) -> tuple[set[int], int] | None:
    """Where a text may occur, by the index.

    :param table: ``"headers"``, ``"body"`` or ``"line"``
    :param needle: in lower case
    :returns: the ids of contents, or the numbers of blocks, and up to which id of contents that is
        all of them (0 for lines: see ``run.indexed_line``); None where the index doesn't know
    """
    if len(needle) < 3 or "\0" in needle or not needle.isprintable():
        return None
    if not _is_there(connection):
        return None
    every = [needle[at : at + 3] for at in range(len(needle) - 2)]
    some = every if len(every) <= _TRIGRAMS else every[:: len(every) // _TRIGRAMS + 1]
    query = " AND ".join('"{}"'.format(part.replace('"', '""')) for part in dict.fromkeys(some))
    # First how far it goes: it may grow in the meantime.
    done = 0 if table == "line" else indexed_contents(connection, table)
    try:
        # One row: each step of a statement releases the interpreter's lock.
        (found,) = connection.execute(
            f"SELECT group_concat(rowid) FROM {table}_index WHERE {table}_index MATCH ?", (query,)
        ).fetchone()
    except sqlite3.OperationalError:  # this SQLite has no FTS5, or no trigrams
        return None
    return set(map(int, found.split(","))) if found else set(), done
