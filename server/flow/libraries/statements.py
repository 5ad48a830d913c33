"""What the spans of all databases have in common: statements, rows, the names of connections.

Any thread.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Any, Optional

from ...base import limits
from ...facts.span import SQL
from ..places import own_line
from ..shown import shown, statement_text
from ..spans import OpenSpan, SpanRecorder, problem
from .openers import Explain, asyncpg, openers, postgresql

__all__ = [
    "CONNECT", "Connections", "connections", "fill", "keep", "keep_connection", "keep_rows",
    "name_of",
]  # fmt: skip


def fill(span: OpenSpan, statement: Any, parameters: Any, connection: Any, database: str) -> None:
    """Fill in what is known of a statement that is about to be sent.

    :param statement: also ``"COMMIT"``, ``"ROLLBACK"``, … where the app wrote none
    :param connection: the driver's connection
    """
    span.label = statement if type(statement) is str else statement_text(statement)
    if parameters is not None:  # whether it is true is a question to code of the app's
        span.parameters = shown(parameters)
    if connection is not None:
        span.connection = name_of(connection)
    span.database = database


def keep(
    recorder: SpanRecorder,
    started: int,
    ended: int,
    statement: Any,
    parameters: Any,
    rows: Any,
    connection: Any,
    database: str,
    error: str = "",
) -> None:
    """Record a statement that is over, for the caller's caller. Never raises.

    The dearest part of a view's spans are its statements, so this is done in one go.

    :param started: and ``ended``, by ``perf_counter_ns``
    :param rows: what the cursor says
    :param connection: the driver's
    :param error: see :class:`~server.facts.span.Span`
    """
    try:
        room = recorder.room
        left = room[SQL]
        if left <= 0 or recorder.text <= 0:
            recorder.leave_out(SQL, started, ended)
            return
        label = statement if type(statement) is str else statement_text(statement)
        length = 0
        if len(label) > limits.SPAN_LABEL:  # what is beyond is let go at once
            label, length = label[: limits.SPAN_LABEL], len(label)
        text = "" if parameters is None else shown(parameters)
        place = own_line(3, label)
        name = "" if connection is None else name_of(connection)
        room[SQL] = left - 1
        recorder.text -= len(label) + len(text)
        recorder.collected.append((
            started, ended, label, place, text,
            rows if type(rows) is int and rows >= 0 and not error else None,
            name, database, error, length,
        ))  # fmt: skip
    except Exception as own:
        problem(own)


CONNECT = "CONNECT"
"""What stands for a statement where a connection is opened to a server."""


def keep_connection(span: OpenSpan, connection: Any, *unused: Any, **named: Any) -> None:
    """Keep the name of a connection that has just been opened."""
    span.connection = name_of(connection)


def keep_rows(span: OpenSpan, result: Any, cursor: Any, *unused: Any, **named: Any) -> None:
    """Keep how many rows a statement changed or found, where its cursor knows."""
    rows = getattr(cursor, "rowcount", None)
    if type(rows) is int and rows >= 0:
        span.rows = rows


def _opener(library: str, connection: Any) -> Optional[Explain]:
    """What asks for plans as a connection would, where the connection itself shows how."""
    if library in ("psycopg", "psycopg2"):
        return postgresql(library, connection)
    return asyncpg(connection) if library == "asyncpg" else None


class Connections:
    """Names connections of this process, in the order in which they were first used.

    A name is found by the connection's address: not all drivers' connections can be referred to
    weakly. Where one can, a later one at the same address is known from it.
    """

    _MOST = 10_000

    def __init__(self) -> None:
        self._names: dict[int, tuple[Any, str]] = {}
        self._numbers: dict[str, itertools.count[int]] = {}

    def name_of(self, connection: Any) -> str:
        """Its name, such as ``"psycopg-2"``."""
        found = self._names.get(id(connection))
        if found is not None and (found[0] is None or found[0]() is connection):
            return found[1]
        return self.add(connection)

    def add(self, connection: Any) -> str:
        """Name a connection that is new at its address."""
        library = type(connection).__module__.partition(".")[0]
        library = "sqlite3" if library == "_sqlite3" else library
        number = next(self._numbers.setdefault(library, itertools.count(1)))
        if len(self._names) >= self._MOST:
            self._names.clear()
        try:
            reference: Any = weakref.ref(connection)
        except TypeError:
            reference = None
        name = f"{library}-{number}"
        self._names[id(connection)] = reference, name
        try:
            opener = _opener(library, connection)
            if opener is not None:
                openers.remember(name, opener)
        except Exception as own:  # it is closed, or another version's
            problem(own)
        return name


connections = Connections()
"""Of the process, as connections are."""

name_of = connections.name_of
