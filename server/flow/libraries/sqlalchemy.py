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

import functools
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan
from ..steps import own_frames
from .calls import Describes, hide, record_calls, recorded
from .known import check_has, check_version, is_recorded_driver, recorded_cursors
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
    for name in _SENDING:
        patches.attribute(dialect, name, _sending(getattr(dialect, name)))
    record_calls(patches, dialect, (_WITHOUT_PARAMETERS,), SQL, _plain_statement, _ended)
    for name, describes in (("do_commit", _commit), ("do_rollback", _rollback)):
        patches.attribute(dialect, name, _ending(getattr(dialect, name), describes))


def _sending(call: Any) -> Any:
    """A method of a dialect that sends a statement, recorded where the cursor doesn't do so."""
    in_front = recorded(call, SQL, _statement, _ended)
    known = recorded_cursors

    @functools.wraps(call)
    def send(
        dialect: Any, cursor: Any, statement: Any, parameters: Any, context: Any = None
    ) -> Any:
        __traceback_hide__ = True
        try:
            if known and issubclass(type(cursor), known[0]):
                return call(dialect, cursor, statement, parameters, context)
            return in_front(dialect, cursor, statement, parameters, context)
        except BaseException as error:
            hide(error)
            raise

    return send


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


def _ending(call: Any, describes: Describes) -> Any:
    """A method of a dialect that ends a transaction, recorded where the driver has no hook."""
    in_front = recorded(call, SQL, describes)

    @functools.wraps(call)
    def end(dialect: Any, pooled: Any) -> Any:
        __traceback_hide__ = True
        try:
            its_own = is_recorded_driver(_driver_connection(pooled))
            return (call if its_own else in_front)(dialect, pooled)
        except BaseException as error:
            hide(error)
            raise

    return end


def _commit(span: OpenSpan, dialect: Any, pooled: Any) -> None:
    fill(span, "COMMIT", None, _driver_connection(pooled), dialect.name)


def _rollback(span: OpenSpan, dialect: Any, pooled: Any) -> None:
    fill(span, "ROLLBACK", None, _driver_connection(pooled), dialect.name)


own_frames(globals())
