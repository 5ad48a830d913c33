"""Statements through Django's connections: by the ``execute_wrappers`` that each of them has.

A connection is seen when it connects, by Django's signal for that. Ours is put *first* in its list:
``connection.execute_wrapper(…)`` puts the app's at the end, and takes back what is last. As the
outermost one its time is that of all of them.

Commits and rollbacks are the driver's; ``BEGIN`` of SQLite and savepoints are statements.

Source: ``django.db.backends.base.base.BaseDatabaseWrapper``, Django 2.0 and newer.
"""

from __future__ import annotations

import sys
import weakref
from types import ModuleType
from typing import Any

from ..patches import Patches
from ..spans import problem
from ..steps import own_frames
from .calls import hide
from .known import check_has
from .statements import keep_rows, statement_span

__all__ = ["AFTER", "install"]

AFTER = "django.db.backends.signals"


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    signals: Any = module
    check_has(signals, "Django", "connection_created")
    followed: weakref.WeakSet[Any] = weakref.WeakSet()

    def follow(connection: Any, **unused: Any) -> None:
        try:
            if _wrapper not in connection.execute_wrappers:
                connection.execute_wrappers.insert(0, _wrapper)
                followed.add(connection)
        except Exception as own:
            problem(own)

    def forget() -> None:
        signals.connection_created.disconnect(follow)
        for connection in list(followed):
            if _wrapper in connection.execute_wrappers:
                connection.execute_wrappers.remove(_wrapper)

    signals.connection_created.connect(follow, weak=False)
    patches.call(forget)
    database: Any = sys.modules.get("django.db")
    for connection in _connected(getattr(database, "connections", None)):
        follow(connection)


def _connected(connections: Any) -> list[Any]:
    """The connections of this thread that there are already."""
    if connections is None:
        return []
    try:
        return [one for one in connections.all(initialized_only=True) if one.connection is not None]
    except Exception:  # no settings yet; or Django before 4.1
        return []


def _wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
    __traceback_hide__ = True
    span = None
    try:
        connection = context["connection"]
        span = statement_span(sql, params, connection.connection, connection.vendor)
    except Exception as own:
        problem(own)
    if span is None:
        try:
            return execute(sql, params, many, context)
        except BaseException as error:
            hide(error)
            raise
    span.start()
    try:
        result = execute(sql, params, many, context)
    except BaseException as error:
        span.fail(error)
        hide(error)
        raise
    span.end()
    if span.is_kept:
        _keep_rows(span, context)
    return result


def _keep_rows(span: Any, context: Any) -> None:
    try:
        keep_rows(span, context["cursor"])
    except Exception as own:
        problem(own)


own_frames(globals())
