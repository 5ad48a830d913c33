"""Statements through Django's connections: by the ``execute_wrappers`` that each of them has.

A connection is seen when it connects, by Django's signal for that. Ours is put *first* in its list:
``connection.executewrapper(…)`` puts the app's at the end, and takes back what is last. As the
outermost one its time is that of all of them.

Commits and rollbacks are the driver's; ``BEGIN`` of SQLite and savepoints are statements. What
Django asks on its own account is left out: the settings of a connection when it connects, whether
one that it keeps can still be used, and, with DEBUG, SQLite for the text of each statement that had
parameters.

Source: ``django.db.backends.base.base.BaseDatabaseWrapper``, Django 2.0 and newer.
"""

from __future__ import annotations

import functools
import sys
from time import perf_counter_ns as now
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..shown import sentence
from ..spans import OpenSpan, hold_back, problem, recorder_of
from ..steps import own_frames
from .calls import hide, recorded, unrecorded
from .known import check_has
from .objects import ByObject
from .statements import CONNECT, fill, keep, name_of

__all__ = ["DJANGO_STATEMENTS", "DJANGO_UNASKED"]


class _Unasked:
    """Leaves out what a method of Django's classes asks.

    :ivar AFTER: see :class:`~server.flow.libraries.Library`
    :param needed: each version that is known has it
    """

    def __init__(self, after: str, owner: str, method: str, *, needed: bool = True) -> None:
        self.AFTER = after
        self._owner = owner
        self._method = method
        self._needed = needed

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        owner = getattr(module, self._owner, None)
        if not self._needed and getattr(owner, self._method, None) is None:
            return
        check_has(owner, "Django", self._method)
        call = unrecorded(getattr(owner, self._method), SQL)
        patches.attribute(owner, self._method, call)


class _Connects:
    """Records that a connection is opened, without what Django asks for its settings.

    One of SQLite is not: it goes to no server, and takes next to no time.
    """

    AFTER = "django.db.backends.base.base"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        owner = getattr(module, "BaseDatabaseWrapper", None)
        check_has(owner, "Django", "connect")
        call: Any = owner.connect  # type: ignore[union-attr]
        in_front, silent = recorded(call, SQL, _opens, _opened), unrecorded(call, SQL)

        @functools.wraps(call)
        def connect(wrapper: Any) -> Any:
            __traceback_hide__ = True
            try:
                return (silent if wrapper.vendor == "sqlite" else in_front)(wrapper)
            except BaseException as error:
                hide(error)
                raise

        patches.attribute(owner, "connect", connect)


def _opens(span: OpenSpan, wrapper: Any) -> None:
    fill(span, CONNECT, None, None, wrapper.vendor)


def _opened(span: OpenSpan, result: Any, wrapper: Any) -> None:
    span.connection = name_of(wrapper.connection)


class _Statements:
    """See :class:`~server.flow.libraries.Library`."""

    AFTER = "django.db.backends.signals"

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        signals: Any = module
        check_has(signals, "Django", "connection_created")
        followed: ByObject[bool] = ByObject()

        def follow(connection: Any, **unused: Any) -> None:
            try:
                if _wrapper not in connection.execute_wrappers:
                    connection.execute_wrappers.insert(0, _wrapper)
                    followed.put(connection, True)
            except Exception as own:
                problem(own)

        def forget() -> None:
            signals.connection_created.disconnect(follow)
            for connection in followed.owners():
                if _wrapper in connection.execute_wrappers:
                    connection.execute_wrappers.remove(_wrapper)

        signals.connection_created.connect(follow, weak=False)
        patches.call(forget)
        database: Any = sys.modules.get("django.db")
        for connection in _connected(getattr(database, "connections", None)):
            follow(connection)


DJANGO_STATEMENTS = _Statements()
_BASE = "django.db.backends.base.base"
DJANGO_UNASKED = (
    _Connects(),
    _Unasked(_BASE, "BaseDatabaseWrapper", "close_if_unusable_or_obsolete"),
    _Unasked(_BASE, "BaseDatabaseWrapper", "close_if_health_check_failed", needed=False),
    _Unasked("django.db.backends.sqlite3.operations", "DatabaseOperations", "last_executed_query"),
)


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
    try:
        recorder = recorder_of(SQL)
        if recorder is None:
            return execute(sql, params, many, context)
        held = hold_back(recorder, SQL)
        started = now()
        try:
            result = execute(sql, params, many, context)
        except BaseException as error:
            held.ended = ended = now()
            connection, database, _ = _sender(context)
            keep(recorder, started, ended, sql, params, None, connection, database, sentence(error))
            raise
        held.ended = ended = now()
    except BaseException as error:
        hide(error)
        raise
    connection, database, rows = _sender(context)
    keep(recorder, started, ended, sql, params, rows, connection, database)
    return result


def _sender(context: Any) -> tuple[Any, str, Any]:
    """The driver's connection, the kind of database, and how many rows the cursor knows of."""
    try:
        wrapper, cursor = context["connection"], context["cursor"]
        rows = getattr(getattr(cursor, "cursor", cursor), "rowcount", None)
        return wrapper.connection, wrapper.vendor, rows
    except Exception as own:  # a context of another version's
        problem(own)
        return None, "", None


own_frames(globals())
