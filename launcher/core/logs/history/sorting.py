"""Sorts the requests of a history by a column, however many there are.

SQLite sorts, into a table of the connection's own that is gone when the connection is closed: that
is a single statement, during which other threads of the process go on. What comes of it is read in
chunks, since to take over a million rows at once would hold them up.

The few that come first are found without a sort of the others: first among some thousands of rows,
then among the rest, of which nearly all come behind the last of those few. That is seen from their
keys, before anything else is asked of them; from those of the exchanges alone where the key is in
these, as to find the exchange of each request takes longer than to go through them.

A sort belongs to its reader, and to the thread that uses it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import rows
from .conditions import All, Condition
from .extents import Extent
from .schema import REACH, RUN, SHARED
from .search import Search

__all__ = ["COLUMNS", "OTHER_FACTS", "first_rows", "sorted_rows"]

_CHUNK = 4_000
_FIRST_PART, _GROWTH = 20_000, 4
_FEW = 2_000


def _as_is(value: Any) -> Any:
    return value


def _microseconds(value: int) -> float:
    return value / 1e6


def _nanoseconds(value: int) -> float:
    return value / 1e9


_WORDS = ("thread", "client", "endpoint", "host", "type")


def _other_fact(name: str, default: Any) -> tuple[str, Callable[[Any], Any]]:
    """The row of a fact without a column, whose value is among others, or is the default."""
    value = f"ifnull(json_extract(extra, '$.{name}'), "
    if isinstance(default, str):
        return f"iif(status IS NULL, '', {value}'{default}'))", _as_is
    return f"iif(status IS NULL, -1, {value}{int(default)}))", float


OTHER_FACTS = {
    name: default for name, default in rows.OTHER_FACTS.items() if isinstance(default, (int, str))
}
"""The facts that are sorted by though they have no column: texts, whole numbers, yes or no."""

COLUMNS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "started": ("CAST(round(started * 1e6) AS INTEGER)", _microseconds),
    "method": ("method", _as_is),
    "path": ("path", _as_is),
    "query": ("query", _as_is),
    "status": ("ifnull(status, -1)", float),
    "duration": ("CAST(round(ifnull(duration, -1) * 1e9) AS INTEGER)", _nanoseconds),
    "size": ("iif(status IS NULL, -1, ifnull(response_size, 0))", float),
    "request_size": ("iif(status IS NULL, -1, ifnull(request_size, 0))", float),
    "queries": ("iif(status IS NULL, -1, ifnull(sql_total, 0))", float),
    "pid": ("iif(status IS NULL, -1, ifnull(pid, 0))", float),
    **{word: (f"ifnull((SELECT data FROM word WHERE id = {word}), '')", _as_is) for word in _WORDS},
    "version": (
        "ifnull((SELECT data FROM word WHERE id = version), iif(status IS NULL, '', 'HTTP/1.1'))",
        _as_is,
    ),
    "error": (
        "coalesce((SELECT type FROM error WHERE error.number = "
        f"whole_request.number / {RUN} * {RUN} + whole_request.error), "
        "json_extract(extra, '$.problem'), '')",
        _as_is,
    ),
    **{name: _other_fact(name, default) for name, default in OTHER_FACTS.items()},
}
"""By name: the expression that is sorted by, and what makes the key of its value.

The keys are those that ``orders.py`` makes of rows in memory. Fractions are sorted by as whole
numbers: SQLite writes them into JSON with 15 digits, so rows would be in another order than their
keys."""


_OF_REQUESTS = frozenset(("started", "duration", "thread", "error"))
"""The columns whose keys aren't those of the exchange alone."""


def sorted_rows(
    connection: sqlite3.Connection,
    contents: sqlite3.Connection,
    column: str,
    condition: Condition | None,
    extent: Extent,
) -> Iterator[tuple[list[Any], list[int]]]:
    """Keys and numbers of requests, ascending, in chunks; equal keys in the order of arrival.

    :param connection: one that may have tables of its own
    :param contents: another one, for what a condition reads
    :param column: one of :data:`COLUMNS`
    :raises sqlite3.OperationalError: it was interrupted
    """
    expression, key_of = COLUMNS[column]
    search = Search(connection, contents, "request", condition or All(()))
    where = _where(search, extent)
    connection.execute("DROP TABLE IF EXISTS temp.sorted")
    connection.execute("CREATE TEMP TABLE sorted (at INTEGER PRIMARY KEY, key, number INTEGER)")
    connection.execute(
        f"INSERT INTO temp.sorted SELECT NULL, {expression}, number FROM whole_request "
        f"WHERE {where} ORDER BY 2, 3",
        search.parameters,
    )
    words: dict[Any, Any] = {}
    at = 0
    while True:
        (found,) = connection.execute(
            "SELECT json_group_array(json_array(key, number)) FROM "
            "(SELECT key, number FROM temp.sorted WHERE at > ? AND at <= ? ORDER BY at)",
            (at, at + _CHUNK),
        ).fetchone()
        chunk: list[list[Any]] = json.loads(found)
        if not chunk:
            break
        keys = [words.setdefault(key, key) for key in [key_of(key) for key, _ in chunk]]
        yield keys, [number for _, number in chunk]
        at += _CHUNK
        if len(words) > 100_000:
            words.clear()
    connection.execute("DROP TABLE temp.sorted")


def first_rows(
    connection: sqlite3.Connection,
    contents: sqlite3.Connection,
    column: str,
    condition: Condition | None,
    extent: Extent,
    count: int,
    *,
    descending: bool,
) -> tuple[list[Any], list[int]]:
    """Keys and numbers of the requests that come first, ascending as :func:`sorted_rows` has them.

    :param count: how many of them
    :param descending: those that come last, which in a descending order are the first
    :raises sqlite3.OperationalError: it was interrupted
    """
    expression, key_of = COLUMNS[column]
    search = Search(connection, contents, "request", condition or All(()))
    way = "DESC" if descending else "ASC"
    best: list[list[Any]] = []
    for part in _parts(extent, newest_first=descending):
        # Of equal keys those of the parts before come first: so only what is beyond them counts.
        where, bound, few = _where(search, part), None, None
        if len(best) >= count:
            bound = best[-1][0]
            beyond = _beyond(column, bound, descending)
            where = f"{beyond} AND {where}"
            few = None if column in _OF_REQUESTS else _few(connection, beyond, bound, part)
            if few is not None:
                where = f"number IN (SELECT value FROM json_each(:few)) AND {where}"
        (found,) = connection.execute(
            "SELECT json_group_array(json_array(key, number)) FROM "
            f"(SELECT {expression} AS key, number FROM whole_request WHERE {where} "
            f"ORDER BY 1 {way}, 2 {way} LIMIT {count})",
            {**search.parameters, "bound": bound, "few": few},
        ).fetchone()
        best = sorted([*best, *json.loads(found)], reverse=descending)[:count]
    if descending:
        best.reverse()
    return [key_of(key) for key, _ in best], [number for _, number in best]


def _parts(extent: Extent, *, newest_first: bool) -> Iterator[Extent]:
    """The rows in parts, each larger than the one before."""
    total, done, size = len(extent), 0, _FIRST_PART
    while done < total:
        end = min(total, done + size)
        yield extent.part(total - end, total - done) if newest_first else extent.part(done, end)
        done, size = end, _GROWTH * size


def _beyond(column: str, bound: Any, descending: bool) -> str:
    """That a row comes in front of all those with this key, which is the parameter ``:bound``."""
    sign = ">" if descending else "<"
    if column not in _WORDS:
        return f"{COLUMNS[column][0]} {sign} :bound"
    # Words are looked for once, instead of the text of each row; NULL is the empty one.
    words = f"{column} IN (SELECT id FROM word WHERE data {sign} :bound)"
    return words if descending or not bound else f"({column} IS NULL OR {words})"


def _few(connection: sqlite3.Connection, beyond: str, bound: Any, extent: Extent) -> str | None:
    """The numbers of the requests in front, as JSON, as their exchanges show; None where they are
    many, or share exchanges: then all rows have to be looked at.

    :param beyond: see :func:`_beyond`; of columns of the exchange only
    """
    spans = extent.spans(0, len(extent))
    # A request may share that of one which was begun before, or after, and has ended first.
    statement = f"SELECT {{}} FROM exchange WHERE home >= :low AND home < :high AND {beyond} "
    for low, high in spans:
        values = {"bound": bound, "low": low + SHARED - REACH, "high": high + SHARED + REACH}
        if connection.execute(statement.format("1") + "LIMIT 1", values).fetchone():
            return None
    numbers: list[int] = []
    for low, high in spans:
        values = {"bound": bound, "low": low, "high": high}
        (found,) = connection.execute(
            f"SELECT json_group_array(home) FROM ({statement.format('home')} LIMIT {_FEW})", values
        ).fetchone()
        numbers += json.loads(found)
        if len(numbers) >= _FEW:
            return None
    return json.dumps(numbers)


def _where(search: Search, extent: Extent) -> str:
    spans = extent.spans(0, len(extent))
    where = " OR ".join(f"(number >= {low} AND number < {high})" for low, high in spans) or "0"
    return f"({where}) AND {search.expression}"
