"""How much is kept, and how the oldest goes: in small steps, so that nobody waits for it.

A step is one short transaction. What it deletes is the oldest that isn't kept for good: requests,
errors and lines of the oldest run, then the run; and contents (words, headers, bodies) that no row
refers to any more. The space becomes free within the file, and is given back where the file is
larger than it may be.

Age is measured by the clock, so a clock that was wrong for a while may drop things early or late;
their order never depends on it.

Functions only; the writer's thread.
"""

from __future__ import annotations

import sqlite3

from server.base.values import dataclass

from . import index
from .numbers import number_of
from .rows import REFERENCES
from .schema import CONTENTS, PINNED, REACH, RUN, SHARED

__all__ = ["Limits", "keep_run", "step", "used_bytes"]

_REQUESTS = 500
_ERRORS = 50
_LINES = 32 * index.BLOCK
_CONTENTS = 200
_PAGES = 256
_DAY = 86400.0


@dataclass(frozen=True)
class Limits:
    """How much of a project is kept.

    :param days: how long
    :param total_bytes: how much in all, without what is free within the file
    :param output_bytes: how much output of one app
    """

    days: float = 30.0
    total_bytes: int = 1 << 30
    output_bytes: int = 256 << 20


def step(connection: sqlite3.Connection, limits: Limits, now: float, live: set[int]) -> bool:
    """Let some of the oldest go, if there is too much.

    :param now: unix seconds
    :param live: the ids of the runs that this process writes to
    :returns: whether anything was done, so that another step may be due
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = (
            _trim_output(connection, limits)
            or _trim_age(connection, now - limits.days * _DAY, live)
            or (used_bytes(connection) > limits.total_bytes and _trim_oldest(connection, live))
        )
        done = _sweep(connection) or done
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return bool(done) or _give_back(connection, limits)


def used_bytes(connection: sqlite3.Connection) -> int:
    """What a history takes, without what is free within the file."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def keep_run(connection: sqlite3.Connection, run: int, *, kept: bool) -> None:
    """Keep a run whatever the limits are, or no longer.

    Its contents are pinned, so that they outlast the others that refer to them.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("UPDATE run SET kept = ? WHERE id = ?", (int(kept), run))
        if kept:
            _pin(connection, run)
        else:
            newest = connection.execute(
                "SELECT max(id) * ? FROM run WHERE kept = 0", (RUN,)
            ).fetchone()[0]
            for table in CONTENTS:
                connection.execute(
                    f"UPDATE {table} SET last = ? WHERE last = ?", (newest + RUN - 1, PINNED)
                )
            for (other,) in connection.execute("SELECT id FROM run WHERE kept = 1").fetchall():
                _pin(connection, other)
            _count_sweep(connection)  # writers must not take them for pinned any more
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _pin(connection: sqlite3.Connection, run: int) -> None:
    span = (number_of(run, 0), number_of(run + 1, 0))
    referring = [
        *((table, "exchange", column, "home") for column, table in REFERENCES.items()),
        ("word", "request", "thread", "number"),
        ("word", "line", "logger", "number"),
        ("word", "line", "file", "number"),
    ]
    for table, rows, column, number in referring:
        connection.execute(
            f"UPDATE {table} SET last = ? WHERE id IN "
            f"(SELECT {column} FROM {rows} WHERE {number} >= ? AND {number} < ?)",
            (PINNED, *span),
        )


def _trim_output(connection: sqlite3.Connection, limits: Limits) -> bool:
    found = connection.execute(
        "SELECT app FROM run GROUP BY app HAVING sum(line_bytes) > ? LIMIT 1",
        (limits.output_bytes,),
    ).fetchone()
    if found is None:
        return False
    run = connection.execute(
        "SELECT id FROM run WHERE app = ? AND kept = 0 AND first_line < next_line "
        "ORDER BY id LIMIT 1",
        found,
    ).fetchone()
    return run is not None and _trim_lines(connection, run[0])


def _trim_age(connection: sqlite3.Connection, before: float, live: set[int]) -> bool:
    runs = connection.execute(
        "SELECT id, coalesce(ended, 0) < ? FROM run WHERE kept = 0 AND started < ? "
        "ORDER BY id LIMIT 50",
        (before, before),
    ).fetchall()
    for run, over in runs:
        if over and run not in live and _newest_time(connection, run) < before:
            return _trim_run(connection, run, live)
        for kind, column in (("request", "started"), ("error", "time"), ("line", "time")):
            oldest = connection.execute(
                f"SELECT t.{column} FROM run JOIN {kind} t ON t.number = run.id * ? + first_{kind} "
                "WHERE run.id = ?",
                (RUN, run),
            ).fetchone()
            if oldest is not None and oldest[0] < before:
                return _TRIM[kind](connection, run, before)
    return False


def _newest_time(connection: sqlite3.Connection, run: int) -> float:
    """When something happened in a run for the last time, as far as it is known."""
    span = (number_of(run, 0), number_of(run + 1, 0))
    times = [0.0]
    for kind, column in (("request", "started"), ("error", "time"), ("line", "time")):
        found = connection.execute(
            f"SELECT {column} FROM {kind} WHERE number >= ? AND number < ? "
            "ORDER BY number DESC LIMIT 1",
            span,
        ).fetchone()
        times += found or ()
    return max(times)


def _trim_oldest(connection: sqlite3.Connection, live: set[int]) -> bool:
    runs = connection.execute("SELECT id FROM run WHERE kept = 0 ORDER BY id LIMIT 50").fetchall()
    return any(_trim_run(connection, run, live) for (run,) in runs)


def _trim_run(connection: sqlite3.Connection, run: int, live: set[int]) -> bool:
    """Some of a run's oldest rows; the run itself where it has none."""
    done = [trim(connection, run) for trim in _TRIM.values()]
    if any(done) or run in live:
        return any(done)
    _delete_exchanges(connection, number_of(run, 0), number_of(run + 1, 0))
    connection.execute("DELETE FROM mark WHERE run = ?", (run,))
    connection.execute("DELETE FROM run WHERE id = ?", (run,))
    return True


def _trim_rows(
    connection: sqlite3.Connection, kind: str, run: int, count: int, column: str, before: float
) -> bool:
    first, end = _places(connection, kind, run)
    stop = min(first + count, end)
    start_number, stop_number = number_of(run, first), number_of(run, stop)
    newer = connection.execute(
        f"SELECT min(number) FROM {kind} WHERE number >= ? AND number < ? AND {column} >= ?",
        (start_number, stop_number, before),
    ).fetchone()[0]
    if newer is not None:
        stop_number = newer
        stop = newer - number_of(run, 0)
    if stop == first:
        return False
    connection.execute(
        f"DELETE FROM {kind} WHERE number >= ? AND number < ?", (start_number, stop_number)
    )
    if kind == "request":
        own, shared = number_of(run, 0), number_of(run, SHARED)
        _delete_exchanges(connection, own, stop_number)
        _delete_exchanges(connection, shared, stop_number + SHARED - REACH)
    connection.execute(f"UPDATE run SET first_{kind} = ? WHERE id = ?", (stop, run))
    return True


def _delete_exchanges(connection: sqlite3.Connection, low: int, high: int) -> None:
    """Those with these numbers, which no request refers to any more."""
    connection.execute("DELETE FROM exchange WHERE home >= ? AND home < ?", (low, high))


def _trim_requests(connection: sqlite3.Connection, run: int, before: float = float("inf")) -> bool:
    return _trim_rows(connection, "request", run, _REQUESTS, "started", before)


def _trim_errors(connection: sqlite3.Connection, run: int, before: float = float("inf")) -> bool:
    return _trim_rows(connection, "error", run, _ERRORS, "time", before)


def _trim_lines(connection: sqlite3.Connection, run: int, before: float = float("inf")) -> bool:
    """Whole blocks of the index, so that they can be taken out of it."""
    first, end = _places(connection, "line", run)
    if first == end:
        return False
    stop = min((first // index.BLOCK) * index.BLOCK + _LINES, end)
    span = (number_of(run, first), number_of(run, stop))
    freed = connection.execute(
        "SELECT sum(length(CAST(text AS BLOB)) + ?) FROM line WHERE number >= ? AND number < ?",
        (index.LINE_OVERHEAD, *span),
    ).fetchone()[0]
    index.remove_lines(connection, run, first, stop)
    connection.execute("DELETE FROM line WHERE number >= ? AND number < ?", span)
    connection.execute(
        "UPDATE run SET first_line = ?, line_bytes = max(0, line_bytes - ?) WHERE id = ?",
        (stop, freed or 0, run),
    )
    return True


_TRIM = {"request": _trim_requests, "error": _trim_errors, "line": _trim_lines}


def _places(connection: sqlite3.Connection, kind: str, run: int) -> tuple[int, int]:
    first, end = connection.execute(
        f"SELECT first_{kind}, next_{kind} FROM run WHERE id = ?", (run,)
    ).fetchone()
    return first, end


def _sweep(connection: sqlite3.Connection) -> bool:
    """Delete contents that only rows referred to which are gone."""
    found = connection.execute(
        "SELECT id, first_request FROM run WHERE kept = 0 ORDER BY id LIMIT 1"
    ).fetchone()
    if found is None:
        return False
    run, first = found
    done = False
    for table in CONTENTS:
        # Loggers of lines are words too, and go with the run only.
        oldest = number_of(run, 0 if table == "word" else first)
        ids = [
            row[0]
            for row in connection.execute(
                f"SELECT id FROM {table} WHERE last < ? ORDER BY last LIMIT ?", (oldest, _CONTENTS)
            ).fetchall()
        ]
        if not ids:
            continue
        index.remove_contents(connection, table, ids)
        connection.execute(f"DELETE FROM {table} WHERE id IN ({','.join(map(str, ids))})")
        done = True
    if done:
        _count_sweep(connection)
    return done


def _count_sweep(connection: sqlite3.Connection) -> None:
    """Have every writer forget what it remembers of contents."""
    connection.execute(
        "INSERT INTO meta VALUES ('swept', 1) ON CONFLICT DO UPDATE SET value = value + 1"
    )


def _give_back(connection: sqlite3.Connection, limits: Limits) -> bool:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    if free < _PAGES or (pages * size <= limits.total_bytes and free < pages // 2):
        return False
    connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    return True
