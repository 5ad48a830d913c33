"""Statements through SQLAlchemy, core and ORM, asynchronous ones as well: as a dialect sends them.

Every statement goes through one of three methods of its dialect, and each step of a transaction
through one of its own; all dialects inherit them. A driver below that has a hook of its own keeps
still meanwhile; where a dialect has a method of its own instead, the driver's hook sees the call.
Commits and rollbacks are left to a driver with a hook, which knows whether there is one to end.

The engine's events would give the same, but not the end of what fails in every way; and with one
listener to them SQLAlchemy takes another way through each statement, which costs more than all that
is done here.

What is asynchronous runs in a greenlet that has the context of the task that waits for it.

Source: ``sqlalchemy.engine.interfaces.Dialect`` of 1.4 to 2.1.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from .calls import record_calls
from .known import check_has, check_version, is_recorded_driver
from .statements import fill

__all__ = ["AFTER", "install"]

AFTER = "sqlalchemy"

_TITLE = "SQLAlchemy"
_SENDING = ("do_execute", "do_executemany")
_WITHOUT_PARAMETERS = "do_execute_no_params"


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    check_version(AFTER, _TITLE, ("1.4.", "2."))
    library: Any = module
    dialect = library.engine.default.DefaultDialect
    check_has(dialect, _TITLE, *_SENDING, _WITHOUT_PARAMETERS, "do_commit", "do_rollback")
    record_calls(patches, dialect, _SENDING, SQL, _statement, _ended)
    record_calls(patches, dialect, (_WITHOUT_PARAMETERS,), SQL, _plain_statement, _ended)
    record_calls(patches, dialect, ("do_commit",), SQL, _commit)
    record_calls(patches, dialect, ("do_rollback",), SQL, _rollback)


def _statement(
    span: OpenSpan,
    dialect: Any,
    cursor: Any,
    statement: Any,
    parameters: Any = None,
    context: Any = None,
) -> None:
    connection = getattr(cursor, "connection", None)
    if connection is None and context is not None:
        connection = _under_adapter(context)
    fill(span, statement, parameters, connection, dialect.name)


def _plain_statement(
    span: OpenSpan, dialect: Any, cursor: Any, statement: Any, context: Any = None
) -> None:
    _statement(span, dialect, cursor, statement, None, context)


def _under_adapter(context: Any) -> Any:
    """The driver's own connection, where an asynchronous one's cursors show none."""
    return _driver_connection(context.root_connection.connection)


def _driver_connection(pooled: Any) -> Any:
    found = getattr(pooled, "driver_connection", None)
    return getattr(pooled, "connection", pooled) if found is None else found


def _ended(
    span: OpenSpan, result: Any, dialect: Any, cursor: Any, *unused: Any, **named: Any
) -> None:
    rows = getattr(cursor, "rowcount", None)
    if type(rows) is int and rows >= 0:
        span.rows = rows


def _commit(span: OpenSpan, dialect: Any, pooled: Any) -> bool:
    return _ends("COMMIT", span, dialect, pooled)


def _rollback(span: OpenSpan, dialect: Any, pooled: Any) -> bool:
    return _ends("ROLLBACK", span, dialect, pooled)


def _ends(label: str, span: OpenSpan, dialect: Any, pooled: Any) -> bool:
    connection = _driver_connection(pooled)
    if is_recorded_driver(connection):
        return False
    fill(span, label, None, connection, dialect.name)
    return True
