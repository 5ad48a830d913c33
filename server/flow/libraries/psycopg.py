"""Statements through psycopg 3, and the steps of its transactions.

Its cursors and connections are classes in Python, so their methods get ours in front; a cursor of
C code (``psycopg_c``) works below them. A commit of what hasn't begun sends nothing and is no span.

Source: the documentation of psycopg 3.1 to 3.3.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Optional

from ...span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from .calls import record_calls, recorded, recorded_coroutine
from .known import check_version
from .statements import keep_rows, statement_span, transaction_span

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
    for names, connection, transaction, prefix, around in (
        (_CURSORS, "Connection", "Transaction", "__", recorded),
        (_ASYNC_CURSORS, "AsyncConnection", "AsyncTransaction", "__a", recorded_coroutine),
    ):
        for name in names:
            cursor = getattr(library, name)
            sending = tuple([name for name in _SENDING if name in vars(cursor)])
            record_calls(patches, cursor, sending, SQL, _statement, _ended, around)
        for owner, method, opens in (
            (connection, "commit", _commit),
            (connection, "rollback", _rollback),
            (transaction, f"{prefix}enter__", _begins),
            (transaction, f"{prefix}exit__", _ends),
        ):
            record_calls(patches, getattr(library, owner), (method,), SQL, opens, None, around)


def _statement(
    cursor: Any, query: Any = "", params: Any = None, *unused: Any, **options: Any
) -> Optional[OpenSpan]:
    params = options.get("params_seq", params)
    known = params if isinstance(params, (list, tuple, dict)) else None
    return statement_span(query, known, cursor.connection, _DATABASE)


def _ended(span: OpenSpan, result: Any, cursor: Any, *unused: Any, **options: Any) -> None:
    keep_rows(span, cursor)


def _is_idle(connection: Any) -> bool:
    try:
        return bool(connection.info.transaction_status == _IDLE)
    except Exception:  # it is closed; what is called for says so
        return True


def _commit(connection: Any) -> Optional[OpenSpan]:
    return None if _is_idle(connection) else transaction_span("COMMIT", connection, _DATABASE)


def _rollback(connection: Any) -> Optional[OpenSpan]:
    return None if _is_idle(connection) else transaction_span("ROLLBACK", connection, _DATABASE)


def _begins(transaction: Any) -> Optional[OpenSpan]:
    connection = transaction.connection
    label = "BEGIN" if _is_idle(connection) else "SAVEPOINT"
    return transaction_span(label, connection, _DATABASE)


def _ends(transaction: Any, error: Any = None, *unused: Any) -> Optional[OpenSpan]:
    if transaction.savepoint_name:
        label = "RELEASE SAVEPOINT" if error is None else "ROLLBACK TO SAVEPOINT"
    else:
        label = "COMMIT" if error is None else "ROLLBACK"
    return transaction_span(label, transaction.connection, _DATABASE)
