"""Statements through psycopg2, whose connections and cursors are C types.

``connect`` makes connections of a subclass, by its ``connection_factory``; their cursors are of a
subclass of whatever class the app has asked for. A commit of what hasn't begun sends nothing and is
no span. Bulk helpers such as ``execute_values`` send through a cursor, and so are recorded.

Source: the documentation of psycopg2 2.8 and 2.9.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan, problem
from ..steps import own_frames
from .calls import hide, recorded
from .known import check_version
from .statements import CONNECT, fill, keep_connection, keep_rows
from .subclasses import RecordedForms, named_as

__all__ = ["AFTER", "install"]

AFTER = "psycopg2"

_DATABASE = "postgresql"
_IDLE = 0  # extensions.TRANSACTION_STATUS_IDLE


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    check_version(AFTER, "psycopg2", ("2.8", "2.9"))
    library: Any = module
    extensions = library.extensions
    cursors = RecordedForms(extensions.cursor, _cursor_class(extensions.cursor))
    connection_class = _connection_class(extensions, cursors)
    connections = RecordedForms(extensions.connection, connection_class)
    original = recorded(library.connect, SQL, _connects, keep_connection)

    @functools.wraps(original)
    def connect(dsn: Any = None, connection_factory: Any = None, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        try:
            connection_factory = connections.of(connection_factory or extensions.connection)
        except Exception as own:
            problem(own)
        try:
            return original(dsn, connection_factory, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    patches.attribute(library, "connect", connect)


def _connection_class(extensions: Any, cursors: RecordedForms) -> Any:
    original: Any = extensions.connection

    class Connection(original):  # type: ignore[misc]
        @functools.wraps(original.cursor)
        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            given = args[1] if len(args) > 1 else kwargs.pop("cursor_factory", None)
            factory = cursors.of(given or self.cursor_factory or extensions.cursor)
            return (
                super().cursor(*args[:1], factory, *args[2:], **kwargs)
                if args
                else (super().cursor(cursor_factory=factory, **kwargs))
            )

        commit = recorded(original.commit, SQL, _commit)
        rollback = recorded(original.rollback, SQL, _rollback)
        __exit__ = recorded(original.__exit__, SQL, _leaves)

    return named_as(original, Connection)


def _cursor_class(original: Any) -> Any:
    class Cursor(original):  # type: ignore[misc]
        execute = recorded(original.execute, SQL, _statement, keep_rows)
        executemany = recorded(original.executemany, SQL, _statement, keep_rows)
        callproc = recorded(original.callproc, SQL, _procedure, keep_rows)

    return named_as(original, Cursor)


def _connects(span: OpenSpan, *unused: Any, **options: Any) -> None:
    fill(span, CONNECT, None, None, _DATABASE)


def _statement(
    span: OpenSpan, cursor: Any, query: Any = "", vars: Any = None, *unused: Any, **options: Any
) -> None:
    params = options.get("vars_list", vars)
    known = params if isinstance(params, (list, tuple, dict)) else None
    if hasattr(query, "as_string"):  # of psycopg2.sql
        query = query.as_string(cursor)
    fill(span, query, known, cursor.connection, _DATABASE)


def _procedure(
    span: OpenSpan, cursor: Any, name: Any = "", parameters: Any = None, *unused: Any
) -> None:
    fill(span, f"CALL {name}", parameters, cursor.connection, _DATABASE)


def _commit(span: OpenSpan, connection: Any) -> bool:
    return _ends("COMMIT", span, connection)


def _rollback(span: OpenSpan, connection: Any) -> bool:
    return _ends("ROLLBACK", span, connection)


def _leaves(span: OpenSpan, connection: Any, error: Any = None, *unused: Any) -> bool:
    return _ends("COMMIT" if error is None else "ROLLBACK", span, connection)


def _ends(label: str, span: OpenSpan, connection: Any) -> bool:
    fill(span, label, None, connection, _DATABASE)
    return not connection.closed and connection.get_transaction_status() != _IDLE


own_frames(globals())
