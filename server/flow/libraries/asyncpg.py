"""Statements through asyncpg: its connections and prepared statements.

What a pool lends looks a method up in the connection's class when it is called, and transactions
send their steps through ``execute``: so nothing else need be followed.

Source: the documentation of asyncpg 0.27 to 0.31.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from .calls import record_calls, recorded_coroutine
from .known import check_has
from .statements import CONNECT, fill, keep_connection

__all__ = ["AFTER", "install"]

AFTER = "asyncpg"

_DATABASE = "postgresql"
_TITLE = "asyncpg"
_FETCHING = ("fetch", "fetchval", "fetchrow")
_SENDING = ("execute", *_FETCHING)
_MANY = ("executemany", "fetchmany")


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    library: Any = module
    connection = library.Connection
    check_has(connection, _TITLE, *_SENDING, "executemany")
    prepared = getattr(sys.modules.get("asyncpg.prepared_stmt"), "PreparedStatement", None)
    record_calls(
        patches, library, ("connect",), SQL, _connects, keep_connection, recorded_coroutine
    )
    record_calls(patches, connection, _SENDING, SQL, _statement, _rows, recorded_coroutine)
    record_calls(patches, connection, _MANY, SQL, _statements, None, recorded_coroutine)
    if prepared is not None:
        record_calls(patches, prepared, _FETCHING, SQL, _prepared, _rows, recorded_coroutine)
        record_calls(patches, prepared, _MANY, SQL, _prepared_many, None, recorded_coroutine)


def _connects(span: OpenSpan, *unused: Any, **options: Any) -> None:
    fill(span, CONNECT, None, None, _DATABASE)


def _statement(
    span: OpenSpan, connection: Any, query: Any = "", *args: Any, **options: Any
) -> None:
    fill(span, query, args, connection, _DATABASE)


def _statements(
    span: OpenSpan, connection: Any, query: Any = "", args: Any = (), **options: Any
) -> None:
    known = args if isinstance(args, (list, tuple)) else ()
    fill(span, query, known, connection, _DATABASE)


def _prepared(span: OpenSpan, statement: Any, *args: Any, **options: Any) -> None:
    fill(span, statement.get_query(), args, None, _DATABASE)


def _prepared_many(span: OpenSpan, statement: Any, args: Any = (), **options: Any) -> None:
    known = args if isinstance(args, (list, tuple)) else ()
    fill(span, statement.get_query(), known, None, _DATABASE)


def _rows(span: OpenSpan, result: Any, *unused: Any, **options: Any) -> None:
    if type(result) is list:
        span.rows = len(result)
    elif type(result) is str:  # "INSERT 0 3", of execute
        count = result.rpartition(" ")[2]
        if count.isdigit():
            span.rows = int(count)
