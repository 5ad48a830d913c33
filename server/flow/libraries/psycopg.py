"""Statements through psycopg 3, and the steps of its transactions.

Its cursors and connections are classes in Python, so their methods get ours in front; a cursor of
C code (``psycopg_c``) works below them. A commit of what hasn't begun sends nothing and is no span.

Source: the documentation of psycopg 3.1 to 3.3.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from .blocks import recorded_async_block, recorded_async_rows, recorded_block, recorded_rows
from .calls import record_calls, recorded, recorded_coroutine
from .known import check_version
from .statements import CONNECT, fill, keep_connection, keep_rows

__all__ = ["AFTER", "install"]

AFTER = "psycopg"

_DATABASE = "postgresql"
_IDLE = 0  # pq.TransactionStatus
_CURSORS = ("Cursor", "ServerCursor")
_ASYNC_CURSORS = ("AsyncCursor", "AsyncServerCursor")
_SENDING = ("execute", "executemany")


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    check_version(AFTER, "psycopg", ("3.",))
    library: Any = module
    for name, recording in (("Connection", recorded), ("AsyncConnection", recorded_coroutine)):
        opening = vars(getattr(library, name)).get("connect")
        if isinstance(opening, classmethod):
            call = recording(opening.__func__, SQL, _connects, keep_connection)
            patches.attribute(getattr(library, name), "connect", classmethod(call))
    if hasattr(library, "connect"):  # it is the class's, as that was when psycopg was imported
        patches.attribute(library, "connect", library.Connection.connect)
    for names, connection, transaction, prefix, around, block, rows in (
        (
            _CURSORS, "Connection", "Transaction", "__", recorded, recorded_block, recorded_rows,
        ),
        (
            _ASYNC_CURSORS, "AsyncConnection", "AsyncTransaction", "__a", recorded_coroutine,
            recorded_async_block, recorded_async_rows,
        ),
    ):  # fmt: skip
        for name in names:
            cursor = getattr(library, name)
            for methods, put in ((_SENDING, around), (("copy",), block), (("stream",), rows)):
                own = tuple([method for method in methods if method in vars(cursor)])
                record_calls(patches, cursor, own, SQL, _statement, keep_rows, put)
        for owner, method, describes in (
            (connection, "commit", _commit),
            (connection, "rollback", _rollback),
            (transaction, f"{prefix}enter__", _enters),
            (transaction, f"{prefix}exit__", _leaves),
        ):
            record_calls(patches, getattr(library, owner), (method,), SQL, describes, None, around)


def _connects(span: OpenSpan, *unused: Any, **options: Any) -> None:
    fill(span, CONNECT, None, None, _DATABASE)


def _statement(
    span: OpenSpan,
    cursor: Any,
    query: Any = "",
    params: Any = None,
    *unused: Any,
    **options: Any,
) -> None:
    params = options.get("params_seq", params)
    known = params if isinstance(params, (list, tuple, dict)) else None
    fill(span, query, known, cursor.connection, _DATABASE)


def _is_idle(connection: Any) -> bool:
    try:
        return bool(connection.info.transaction_status == _IDLE)
    except Exception:  # it is closed; what is called for says so
        return True


def _commit(span: OpenSpan, connection: Any) -> bool:
    return _ends("COMMIT", span, connection)


def _rollback(span: OpenSpan, connection: Any) -> bool:
    return _ends("ROLLBACK", span, connection)


def _ends(label: str, span: OpenSpan, connection: Any) -> bool:
    fill(span, label, None, connection, _DATABASE)
    return not _is_idle(connection)


def _enters(span: OpenSpan, transaction: Any) -> None:
    connection = transaction.connection
    label = "BEGIN" if _is_idle(connection) else "SAVEPOINT"
    fill(span, label, None, connection, _DATABASE)


def _leaves(span: OpenSpan, transaction: Any, error: Any = None, *unused: Any) -> None:
    if transaction.savepoint_name:
        label = "RELEASE SAVEPOINT" if error is None else "ROLLBACK TO SAVEPOINT"
    else:
        label = "COMMIT" if error is None else "ROLLBACK"
    fill(span, label, None, transaction.connection, _DATABASE)
