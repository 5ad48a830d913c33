"""Reads a history, for the window and for the commands: rows by position, one row whole, searches.

A :class:`Reader` has connections of its own, which can't change anything, and belongs to one thread
at a time; only :meth:`Reader.interrupt` may come from another. Readers and the writer don't hinder
each other. What a table shows are light rows, a page of them at a time, in one step of a statement:
under a millisecond. An :class:`~launcher.core.logs.history.extents.Extent` has how many rows there
are, and which stands where, without reading them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from server.events import (
    AppError,
    ReloadFailed,
    RequestFinished,
    RequestStarted,
    ServerFailed,
    decode,
)

from ..levels import LEVELS
from ..queries import QueryCount
from . import files
from .conditions import Condition
from .extents import Extent, Segment
from .lines import STREAMS
from .numbers import number_of, run_of
from .packing import columns, content_of
from .replayed import partner_of
from .request_lines import output_of
from .results import (
    ErrorGroup,
    ErrorRow,
    LineRow,
    MarkRow,
    RequestRow,
    RunRow,
    StoredError,
    StoredRequest,
    Summary,
)
from .rows import (
    ABORTED,
    COLUMNS,
    LOST,
    REFERENCES,
    event_of,
    replay_of_flags,
    target_of,
)
from .schema import CONTENTS, ROWS, has_full_text
from .search import Found, Search
from .sorting import first_rows, sorted_rows

__all__ = ["Reader"]

SHOWN = 64 * 1024
"""Characters of a line, or of an error's message, in a list."""
_GROUP_MESSAGE = 1_000


_LIGHT = (
    "number", "id", "CAST(round(started * 1e6) AS INTEGER)",
    "CAST(round(duration * 1e9) AS INTEGER)", "method", "path", "query",
    "status", "flags", "received", "sent", "request_size", "response_size", "type", "host",
    "endpoint", "thread", "client", "pid", "error", "target",
    *(f"ifnull(sql_{name}, 0)" for name in QueryCount._fields),
)  # fmt: skip


_LEVEL_WORDS: dict[Any, str] = {10 * place: word for place, word in enumerate(LEVELS, 1)}


class Reader:
    """An open history. One thread at a time.

    :param file: where it is
    :raises FileNotFoundError: there is none
    :raises Damaged: it can't be read
    :raises Refused: it is no history of this version
    """

    def __init__(self, file: Path) -> None:
        self._connection = files.open_for_reading(file)
        self._contents = files.open_for_reading(file)
        self._file = file
        self._scratch: sqlite3.Connection | None = None
        self._words: dict[int, str] = {}
        self.full_text = has_full_text(self._contents)
        """Whether searches are helped by an index; without it they take longer."""

    def close(self) -> None:
        """Close the file."""
        for connection in self._connections:
            connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def interrupt(self) -> None:
        """Any thread: have what runs right now end with ``sqlite3.OperationalError``."""
        for connection in self._connections:
            connection.interrupt()

    @property
    def _connections(self) -> list[sqlite3.Connection]:
        scratch = self._scratch
        return [self._connection, self._contents, *([] if scratch is None else [scratch])]

    # What there is

    def runs(self, app: str | None = None) -> list[RunRow]:
        """The runs, the oldest first.

        :param app: of this app only
        """
        found = self._connection.execute(
            "SELECT id, app, started, ended, reason, url, python, mode, kept, "
            "next_request - first_request, next_error - first_error, next_line - first_line "
            "FROM run WHERE ?1 IS NULL OR app = ?1 ORDER BY id",
            (app,),
        ).fetchall()
        return [RunRow._make(row)._replace(kept=bool(row[8])) for row in found]

    def extent(
        self,
        kind: str,
        app: str | None = None,
        *,
        cleared: bool = False,
        below: int | None = None,
    ) -> Extent:
        """Which rows there are.

        :param kind: one of ``schema.KINDS``
        :param app: of this app only
        :param cleared: also those that Clear has hidden
        :param below: only those of runs before this one
        """
        start = f"first_{kind}" if cleared else f"max(first_{kind}, cleared_{kind})"
        found = self._connection.execute(
            f"SELECT id, {start}, next_{kind} FROM run WHERE next_{kind} > {start} "
            "AND (?1 IS NULL OR app = ?1) AND (?2 IS NULL OR id < ?2) ORDER BY id",
            (app, below),
        ).fetchall()
        return Extent([Segment(*row) for row in found])

    def summary(self) -> Summary:
        """How much there is, of all apps."""
        counts = self._connection.execute(
            "SELECT count(*), coalesce(sum(next_request - first_request), 0), "
            "coalesce(sum(next_error - first_error), 0), coalesce(sum(next_line - first_line), 0) "
            "FROM run"
        ).fetchone()
        return Summary._make((*counts, files.size_of(self._file)))

    def hidden(self, kind: str, app: str | None = None) -> int:
        """How many rows Clear has hidden."""
        return len(self.extent(kind, app, cleared=True)) - len(self.extent(kind, app))

    def marks(self, run: int) -> list[MarkRow]:
        """What stands between the rows of a run, in order."""
        found = self._connection.execute(
            "SELECT id, run, kind, time, request, error, line, text FROM mark WHERE run = ? "
            "ORDER BY id",
            (run,),
        ).fetchall()
        return [
            MarkRow(
                id,
                run,
                kind,
                time,
                number_of(run, request),
                number_of(run, error),
                number_of(run, line),
                text,
            )
            for id, run, kind, time, request, error, line, text in found
        ]

    # Rows of lists

    def requests(self, extent: Extent, start: int, stop: int) -> list[RequestRow]:
        """The rows at some positions; those that have been deleted since are left out."""
        return [row for span in extent.spans(start, stop) for row in self._requests(span)]

    def requests_by_number(self, numbers: Iterable[int]) -> list[RequestRow]:
        """The rows with these numbers, in their order; those that aren't there are left out."""
        wanted = list(numbers)
        found = {
            row.number: row
            for row in self._light("number IN (SELECT value FROM json_each(?))",
                                   (json.dumps(wanted),))
        }  # fmt: skip
        return [found[number] for number in wanted if number in found]

    def _requests(self, span: tuple[int, int]) -> list[RequestRow]:
        return self._light("number >= ? AND number < ?", span)

    def _light(self, where: str, parameters: tuple[Any, ...]) -> list[RequestRow]:
        rows = self._as_json(ROWS["request"], _LIGHT, where, parameters)
        self._learn_words(word for row in rows for word in row[13:18])
        words = self._words
        return [
            RequestRow(
                number=row[0],
                id=row[1],
                started=row[2] / 1e6,
                duration=None if row[3] is None else row[3] / 1e9,
                method=row[4],
                path=row[5],
                query=row[6],
                target=target_of(row[20], row[5], row[6]),
                status=row[7],
                aborted=bool(row[8] & ABORTED),
                lost=bool(row[8] & LOST),
                replay=replay_of_flags(row[8]),
                received=row[9],
                sent=row[10],
                request_size=row[11] or 0,
                response_size=row[12] or 0,
                type=words.get(row[13], ""),
                host=words.get(row[14], ""),
                endpoint=words.get(row[15], ""),
                thread=words.get(row[16], ""),
                client=words.get(row[17], ""),
                pid=row[18],
                error=None if row[19] is None else number_of(run_of(row[0]), row[19]),
                queries=QueryCount._make(row[21:]),
            )
            for row in rows
        ]

    def lines(self, extent: Extent, start: int, stop: int) -> list[LineRow]:
        """The lines at some positions."""
        return [
            row
            for span in extent.spans(start, stop)
            for row in self._lines("number >= ? AND number < ?", span)
        ]

    def lines_by_number(self, numbers: Iterable[int]) -> list[LineRow]:
        """The lines with these numbers, ascending; those that aren't there are left out."""
        wanted = json.dumps(list(numbers))
        return self._lines("number IN (SELECT value FROM json_each(?))", (wanted,))

    def _lines(self, where: str, parameters: tuple[Any, ...]) -> list[LineRow]:
        rows = self._as_json(
            "line",
            ("number", "CAST(round(time * 1e6) AS INTEGER)", "stream", "request", "level",
             "logger", f"substr(text, 1, {SHOWN})", "length(text)", "file", "place", "own"),
            where,
            parameters,
        )  # fmt: skip
        self._learn_words(word for row in rows for word in (row[5], row[8]))
        words = self._words
        return [
            LineRow(row[0], row[1] / 1e6, STREAMS[row[2]], row[3], _LEVEL_WORDS.get(row[4], ""),
                    words.get(row[5], ""), row[6], max(row[7], len(row[6])),
                    words.get(row[8], ""), row[9] or 0, bool(row[10]))
            for row in rows
        ]  # fmt: skip

    def line(self, number: int) -> str | None:
        """A line, whole; None where it isn't there any more."""
        found = self._connection.execute(
            "SELECT text FROM line WHERE number = ?", (number,)
        ).fetchone()
        return None if found is None else found[0]

    def partner(self, number: int) -> int | None:
        """The original of a request that was sent again, or the newest that repeats this one."""
        return partner_of(self._connection, number)

    def request_output(self, number: int, most: int) -> str:
        """The lines that a request has printed, the first ``most`` characters, about."""
        return output_of(self._connection, number, most)

    def errors(self, extent: Extent, start: int, stop: int) -> list[ErrorRow]:
        """The errors at some positions."""
        return [
            _error_row(row)
            for span in extent.spans(start, stop)
            for row in self._connection.execute(
                f"SELECT number, time, request, type, substr(message, 1, {SHOWN}), file, line "
                "FROM error WHERE number >= ? AND number < ? ORDER BY number",
                span,
            ).fetchall()
        ]

    def error_groups(self, app: str | None = None) -> list[ErrorGroup]:
        """Errors of the same type from the same place; the one that occurred last in front."""
        spans = self.extent("error", app).segments
        if not spans:
            return []
        where = " OR ".join(
            f"number BETWEEN {number_of(run, first)} AND {number_of(run, end) - 1}"
            for run, first, end in spans
        )
        found = self._connection.execute(
            "SELECT kind.*, substr(error.message, 1, ?) FROM "
            "(SELECT type, file, line, count(*), min(time), max(time), max(number) AS newest "
            f"FROM error WHERE {where} GROUP BY type, file, line) AS kind "
            "JOIN error ON error.number = kind.newest ORDER BY kind.newest DESC",
            (_GROUP_MESSAGE,),
        ).fetchall()
        return [ErrorGroup(*row) for row in found]

    # One row

    def request(self, number: int) -> StoredRequest | None:
        """A request, whole; None where it isn't there any more."""
        cursor = self._connection.execute(
            f"SELECT {','.join(COLUMNS)} FROM {ROWS['request']} WHERE number = ?",
            (number,),
        )
        found = cursor.fetchone()
        if found is None:
            return None
        row = dict(zip(COLUMNS, found, strict=True))
        for column, table in {**REFERENCES, "thread": "word"}.items():
            row[column] = self._content(table, row[column])
        error = None if row["error"] is None else number_of(run_of(number), row["error"])
        event: RequestFinished | RequestStarted
        if row["status"] is None:
            target = target_of(row["target"], row["path"], row["query"])
            event = RequestStarted(row["id"], row["method"], target, row["started"])
        else:
            event = event_of(row)
        return StoredRequest(number, event, error, bool(row["flags"] & LOST))

    def error(self, number: int) -> StoredError | None:
        """An error, whole; None where it isn't there any more."""
        found = self._connection.execute(
            "SELECT number, time, request, type, message, file, line, event FROM error "
            "WHERE number = ?",
            (number,),
        ).fetchone()
        if found is None:
            return None
        event = decode(found[7])
        assert isinstance(event, (AppError, ServerFailed, ReloadFailed))
        return StoredError(_error_row(found[:7]), event)

    # Searches

    def search(self, kind: str, condition: Condition, extent: Extent) -> Iterator[Found]:
        """Look for rows, the newest first, a part at a time; stop by not going on.

        :param kind: one of ``schema.KINDS``
        :raises sqlite3.OperationalError: it was interrupted
        """
        return Search(self._connection, self._contents, kind, condition).run(extent)

    def sorted_requests(
        self, column: str, condition: Condition | None, extent: Extent
    ) -> Iterator[tuple[list[Any], list[int]]]:
        """Keys and numbers of requests, ascending by a column, in chunks; see ``sorting.py``.

        :param column: one of ``sorting.COLUMNS``
        :raises sqlite3.OperationalError: it was interrupted
        """
        if self._scratch is None:
            # It is opened for reading like the others; but it may have tables of its own.
            self._scratch = files.open_for_reading(self._file)
            self._scratch.execute("PRAGMA query_only = OFF")
        return sorted_rows(self._scratch, self._contents, column, condition, extent)

    def first_requests(
        self,
        column: str,
        condition: Condition | None,
        extent: Extent,
        count: int,
        *,
        descending: bool,
    ) -> tuple[list[Any], list[int]]:
        """Keys and numbers of the few that come first by a column; see ``sorting.py``."""
        return first_rows(
            self._connection, self._contents, column, condition, extent, count,
            descending=descending,
        )  # fmt: skip

    # Helpers

    def _as_json(
        self, table: str, columns: Iterable[str], where: str, parameters: tuple[Any, ...]
    ) -> list[list[Any]]:
        """Rows in the order of their numbers, in one step of one statement: each step releases
        the interpreter's lock, and may have to wait for it."""
        (found,) = self._connection.execute(
            f"SELECT json_group_array(json_array({','.join(columns)})) "
            f"FROM (SELECT * FROM {table} WHERE {where} ORDER BY number)",
            parameters,
        ).fetchone()
        rows: list[list[Any]] = json.loads(found)
        return rows

    def _learn_words(self, ids: Iterable[int | None]) -> None:
        missing = {number for number in ids if number is not None} - self._words.keys()
        if not missing:
            return
        if len(self._words) > 50_000:
            self._words.clear()
        (found,) = self._connection.execute(
            "SELECT json_group_array(json_array(id, data)) FROM word "
            "WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(missing)),),
        ).fetchone()
        self._words.update(json.loads(found))

    def _content(self, table: str, number: int | None) -> Any:
        assert table in CONTENTS
        if number is None:
            return None
        found = self._connection.execute(
            f"SELECT {columns(table)} FROM {table} WHERE id = ?", (number,)
        ).fetchone()
        return None if found is None else content_of(*found)


def _error_row(row: tuple[Any, ...]) -> ErrorRow:
    number, time, request, *rest = row
    if request is not None:
        request = number_of(run_of(number), request)
    return ErrorRow(number, time, request, *rest)
