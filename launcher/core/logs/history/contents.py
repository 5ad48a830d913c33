"""What repeats, stored once: words, sets of headers, bodies, shapes of flows.

A content is found again by its hash. The writer first names everything that a batch refers to
(:meth:`Pool.want`), then has the ids of all of it looked up or given out at one go
(:meth:`Pool.settle`): one statement for hundreds of contents, since each step of a statement lets
go of the interpreter's lock, and has to wait for it where the app is busy in the same process.

The writer's thread only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from operator import is_not
from typing import Any

from .packing import pack
from .schema import PINNED

__all__ = ["Pool", "insert", "insert_columns", "storable"]

_KNOWN = 20_000  # ids that are remembered; all are forgotten when there are more
_SHORT = 2000  # characters of a text whose hash is remembered
_MOST = 512  # rows of a statement
_AHEAD = 4096
_LOOKED_UP, _FEW = 400, 40
_is_known = partial(is_not, None)


def storable(text: str) -> str:
    """The text, with what no UTF-8 has (half of a surrogate pair) written as an escape."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text


def insert(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Write rows that have a key, in place of those that had it before: many with each statement.

    Columns that are NULL in all rows of a statement are left out of it: NULL is the default of each
    column that may have it, and binding it costs as much as a value.
    """
    for at in range(0, len(rows), _MOST):
        part = zip(*rows[at : at + _MOST], strict=True)
        insert_columns(connection, table, dict(zip(columns, part, strict=True)))


def insert_columns(
    connection: sqlite3.Connection, table: str, columns: Mapping[str, Sequence[Any]]
) -> None:
    """The same for rows that are given by column: quicker, as no tuple is made for each.

    Statements come in few lengths, so that they are found again in the connection's cache; what is
    missing in the last one is filled up with a row again.
    """
    used = {name: values for name, values in columns.items() if any(map(_is_known, values))}
    width, count = len(used), len(next(iter(used.values())))
    values: list[Any] = [None] * (width * count)
    for at, column in enumerate(used.values()):
        values[at::width] = column
    for at in range(0, count, _MOST):
        part = values[width * at : width * (at + _MOST)]
        rows = len(part) // width
        length = _length(rows)
        part += part[-width:] * (length - rows)
        connection.execute(_statement(table, tuple(used), length), part)


@lru_cache(maxsize=128)
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    marks = f"({','.join('?' * len(columns))})"
    return f"REPLACE INTO {table} ({','.join(columns)}) VALUES {','.join([marks] * rows)}"


def _length(rows: int) -> int:
    """Of the statement for so many rows: at most a fourth more than needs be."""
    unit = 1 << max(0, (rows - 1).bit_length() - 3)
    return -(-rows // unit) * unit


class Pool:
    """One table of contents."""

    def __init__(self, table: str) -> None:
        self.table = table
        more = ("packed",) if table == "body" else ()
        self._columns = ("id", "hash", "last", "data", *more)
        self._keys: dict[str, bytes] = {}
        self._known: dict[bytes, int] = {}
        self._wanted: dict[bytes, str | bytes] = {}
        self._used: set[bytes] = set()
        self._last: dict[int, int] = {}

    def want(self, data: str | bytes) -> bytes:
        """Name a content that a row of this batch refers to; returns what stands for it."""
        if isinstance(data, str):
            key = self._keys.get(data)
            if key is None:
                key = blake2b(data.encode("utf-8"), digest_size=16).digest()
                if len(data) <= _SHORT:
                    if len(self._keys) >= _KNOWN:
                        self._keys.clear()
                    self._keys[data] = key
        else:
            key = blake2b(data, digest_size=16).digest()
        self._used.add(key)
        if key not in self._known:
            self._wanted[key] = data
        return key

    def want_again(self, key: bytes, data: str | bytes) -> None:
        """The same for what was named before; the writer need not hash it again."""
        self._used.add(key)
        if key not in self._known:
            self._wanted[key] = data

    def id(self, key: bytes) -> int:
        """The id of a content, after :meth:`settle`."""
        return self._known[key]

    def forget(self) -> None:
        """The ids aren't valid any more: a batch has failed, or contents have been deleted."""
        self._known.clear()
        self._last.clear()

    def drop_wanted(self) -> None:
        """A batch is over, or is given up."""
        self._wanted.clear()
        self._used.clear()

    def settle(self, connection: sqlite3.Connection, last: int) -> None:
        """Give every content that was named its id, within the batch's transaction.

        :param last: the highest number that may refer to them
        """
        if len(self._known) > _KNOWN:
            self._forget_unused()
        if self._wanted:
            self._look_up(connection)
        # Somewhat more than needs be, so that it needn't be written again with every batch.
        ahead = min(last + _AHEAD, PINNED)
        missing = [key for key in self._wanted if key not in self._known]
        if missing:
            (highest,) = connection.execute(f"SELECT max(id) FROM {self.table}").fetchone()
            rows = []
            for number, key in enumerate(missing, (highest or 0) + 1):
                self._known[key] = number
                self._last[number] = ahead
                rows.append((number, key, ahead, *self._stored(self._wanted[key])))
            insert(connection, self.table, self._columns, rows)
        ids = (self._known[key] for key in self._used)
        old = [number for number in ids if self._last.get(number, -1) < last]
        if old:
            connection.execute(
                f"UPDATE {self.table} SET last = ?1 WHERE last < ?1 "
                "AND id IN (SELECT value FROM json_each(?2))",
                (ahead, json.dumps(old)),
            )
            self._last.update(dict.fromkeys(old, ahead))

    def _stored(self, data: str | bytes) -> tuple[Any, ...]:
        return pack(data) if isinstance(data, bytes) and self.table == "body" else (data,)

    def _look_up(self, connection: sqlite3.Connection) -> None:
        keys = list(self._wanted)
        for at in range(0, len(keys), _LOOKED_UP):
            part = keys[at : at + _LOOKED_UP]
            # Few lengths, as in insert: what is asked for twice does no harm.
            part += part[:1] * ((_LOOKED_UP if len(part) > _FEW else _FEW) - len(part))
            (found,) = connection.execute(
                f"SELECT group_concat(hex(hash) || ':' || id) FROM {self.table} "
                f"WHERE hash IN ({','.join('?' * len(part))})",
                part,
            ).fetchone()
            for pair in (found or "").split(",") if found else ():
                key, _, number = pair.partition(":")
                self._known[bytes.fromhex(key)] = int(number)

    def _forget_unused(self) -> None:
        self._known = {key: self._known[key] for key in self._used if key in self._known}
        self._last.clear()
