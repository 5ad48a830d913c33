"""Statements through PyMySQL and mysqlclient, whose classes are alike.

Both are PEP 249 in Python: cursors and connections get ours in front of their methods; those that
mysqlclient's connection has from C are set on its class, and taken off again.

Sources: the documentation of PyMySQL 1.x and of mysqlclient 1.4 to 2.2.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

from ...facts.span import SQL
from ..patches import Patches
from ..spans import OpenSpan, problem
from ..steps import own_frames
from .calls import hide, record_calls, recorded
from .known import check_has
from .openers import mysql, openers
from .statements import CONNECT, connections, fill, keep_rows

__all__ = ["MYSQLCLIENT", "PYMYSQL"]

_DATABASE = "mysql"


class _Driver:
    """One of the two.

    :ivar AFTER: see :class:`~server.flow.libraries.Library`
    """

    def __init__(self, title: str, after: str, cursor: str) -> None:
        self.AFTER = after
        self._title = title
        self._cursor = cursor

    def install(self, module: ModuleType, patches: Patches) -> None:
        """See the module."""
        library: Any = module
        check_has(library, self._title, "Connection")
        package = module.__name__.partition(".")[0]
        cursor: Any = getattr(sys.modules.get(f"{package}.cursors"), self._cursor, None)
        connection = library.Connection
        check_has(cursor or library, self._title, "execute", "executemany", "callproc")
        check_has(connection, self._title, "commit", "rollback")
        record_calls(patches, cursor, ("execute", "executemany"), SQL, _statement, keep_rows)
        record_calls(patches, cursor, ("callproc",), SQL, _procedure, keep_rows)
        patches.attribute(connection, "__init__", _remembered(connection, package))
        record_calls(patches, connection, ("begin",), SQL, _begin)
        record_calls(patches, connection, ("commit",), SQL, _commit)
        record_calls(patches, connection, ("rollback",), SQL, _rollback)


PYMYSQL = _Driver("PyMySQL", "pymysql.connections", "Cursor")
MYSQLCLIENT = _Driver("mysqlclient", "MySQLdb.connections", "BaseCursor")


def _remembered(connection_class: Any, package: str) -> Any:
    """The ``__init__`` of connections, which remembers how they were made, for plans."""
    plain = connection_class.__init__
    original = recorded(plain, SQL, _connects)

    def connect(*args: Any, **options: Any) -> Any:
        made = connection_class.__new__(connection_class, *args, **options)
        plain(made, *args, **options)
        return made

    @functools.wraps(plain)
    def remembered(self: Any, *args: Any, **options: Any) -> None:
        __traceback_hide__ = True
        try:
            opener = mysql(package, connect, args, dict(options))
            openers.remember(connections.add(self), opener)
        except Exception as own:
            problem(own)
        try:
            original(self, *args, **options)
        except BaseException as error:
            hide(error)
            raise

    return remembered


def _connects(span: OpenSpan, connection: Any, *unused: Any, **options: Any) -> None:
    fill(span, CONNECT, None, connection, _DATABASE)


def _statement(span: OpenSpan, cursor: Any, query: Any = "", args: Any = None) -> None:
    known = args if isinstance(args, (list, tuple, dict)) else None
    fill(span, query, known, cursor.connection, _DATABASE)


def _procedure(span: OpenSpan, cursor: Any, procname: Any = "", args: Any = ()) -> None:
    fill(span, f"CALL {procname}", args, cursor.connection, _DATABASE)


def _begin(span: OpenSpan, connection: Any) -> None:
    fill(span, "BEGIN", None, connection, _DATABASE)


def _commit(span: OpenSpan, connection: Any) -> None:
    fill(span, "COMMIT", None, connection, _DATABASE)


def _rollback(span: OpenSpan, connection: Any) -> None:
    fill(span, "ROLLBACK", None, connection, _DATABASE)


own_frames(globals())
