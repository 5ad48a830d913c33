"""Statements through SQLAlchemy, core and ORM, asynchronous ones as well: by its engine's events.

A listener on the class ``Engine`` is one of every engine, those that are there and those to come.
That a statement is over is an event, too, or that it failed; where neither comes, the next one
finds what was left open, and gives it up. A driver below that has a hook of its own keeps still in
between. Commits and rollbacks are the driver's then; of one without a hook they are points, since
their events come before the work and nothing comes after.

What is asynchronous runs in a greenlet that has the context of the task that waits for it.

Source: ``sqlalchemy.events.ConnectionEvents`` of 1.4 to 2.1.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any, Optional

from ..patches import Patches
from ..spans import open_span, problem
from .known import check_version, is_recorded_driver
from .statements import keep_rows, statement_span, transaction_span

__all__ = ["AFTER", "install"]

AFTER = "sqlalchemy"

_ORIGIN = "sqlalchemy"


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    check_version(module, "SQLAlchemy", ("1.4.", "2."))
    library: Any = module
    event, engine = library.event, library.engine.Engine
    for name, listener in _LISTENERS.items():
        event.listen(engine, name, listener)
        patches.call(functools.partial(event.remove, engine, name, listener))


def _before(
    connection: Any, cursor: Any, statement: Any, parameters: Any, context: Any, many: Any
) -> None:
    try:
        span = statement_span(
            statement, parameters, _driver_connection(connection), connection.dialect.name, _ORIGIN
        )
        if span is not None:
            span.start()
    except Exception as own:
        problem(own)


def _after(
    connection: Any, cursor: Any, statement: Any, parameters: Any, context: Any, many: Any
) -> None:
    span = open_span(_ORIGIN)
    if span is not None:
        span.end()
        if span.is_kept:
            keep_rows(span, cursor)


def _failed(context: Any) -> None:
    try:
        span = open_span(_ORIGIN)
        if span is not None:
            span.fail(context.original_exception)
    except Exception as own:
        problem(own)


def _commit(connection: Any) -> None:
    _transaction("COMMIT", connection)


def _rollback(connection: Any) -> None:
    _transaction("ROLLBACK", connection)


def _transaction(label: str, connection: Any) -> None:
    try:
        driver = _driver_connection(connection)
        if not is_recorded_driver(driver):
            span = transaction_span(label, driver, connection.dialect.name)
            if span is not None:
                span.start()
                span.end()
    except Exception as own:
        problem(own)


def _driver_connection(connection: Any) -> Optional[Any]:
    """The driver's own connection, under the pool's and, where that is asynchronous, an adapter."""
    pooled = connection.connection
    return getattr(pooled, "driver_connection", None) or getattr(pooled, "connection", None)


_LISTENERS: dict[str, Any] = {
    "before_cursor_execute": _before,
    "after_cursor_execute": _after,
    "handle_error": _failed,
    "commit": _commit,
    "rollback": _rollback,
}
