"""How connections can be made again as the app's were, for the plans of queries.

A hook remembers it when a connection is made or first used; nothing is opened before somebody asks.
What is remembered are the arguments, with a password where there is one: it stays in the app's own
process. Any thread.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

__all__ = ["Explain", "Openers", "asyncpg", "mysql", "openers", "postgresql", "sqlite"]

Explain = Callable[[str], tuple[str, ...]]
"""Takes a SELECT; returns the lines of its plan. On a connection of its own, which can't write and
is closed afterwards. Raises what the driver raises."""

_SECONDS = 3
_MILLISECONDS = 5_000


class Openers:
    """By the name of a connection: what asks for a plan as the app's connection would."""

    _MOST = 1_000

    def __init__(self) -> None:
        self._known: dict[str, Optional[Explain]] = {}

    def remember(self, name: str, explain: Optional[Explain]) -> None:
        """Keep it for a connection.

        :param explain: None where the database is in the memory of that connection alone
        """
        while len(self._known) >= self._MOST:
            self._known.pop(next(iter(self._known)), None)
        self._known[name] = explain

    def get(self, name: str) -> Optional[Explain]:
        """What asks for plans.

        :returns: None where the database is in memory
        :raises KeyError: how the connection was made isn't known
        """
        return self._known[name]


openers = Openers()
"""Of the process, as connections are."""


@contextlib.contextmanager
def _rolled_back(connection: Any) -> Iterator[None]:
    """A connection that is closed at the end, whatever it answers to its rollback."""
    with contextlib.closing(connection):
        try:
            yield
        finally:
            connection.rollback()


def sqlite(connection_class: Any, database: Any = "", *unused: Any, **options: Any) -> Any:
    """Asks for plans as a connection of ``sqlite3`` would; None where its database is in memory.

    :param connection_class: that of the library, which isn't recorded
    :param database: and ``options``, as ``sqlite3.connect`` has got them
    """
    if not isinstance(database, (str, bytes, os.PathLike)):
        return None  # nothing to connect to
    path = os.fsdecode(database)
    uri = bool(options.get("uri")) and path.startswith("file:")
    if path in ("", ":memory:") or (uri and (":memory:" in path or "mode=memory" in path)):
        return None
    if not uri:
        path = f"file:{quote(str(Path(path).absolute()))}?mode=ro"

    def explain(statement: str) -> tuple[str, ...]:
        connection = connection_class(path, uri=True, timeout=_SECONDS)
        try:
            connection.execute("PRAGMA query_only = ON")
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        finally:
            connection.close()
        depths = {0: -1}
        lines = []
        for number, parent, _, detail in rows:
            depths[number] = depths.get(parent, -1) + 1
            lines.append("  " * depths[number] + str(detail))
        return tuple(lines)

    return explain


def postgresql(library: str, connection: Any) -> Explain:
    """Asks for plans as a connection of psycopg or psycopg2 would.

    :param connection: one that is open
    """
    info = connection.info
    known = info.get_parameters() if library == "psycopg" else info.dsn_parameters
    arguments = {**known, "connect_timeout": _SECONDS}
    if info.password:
        arguments["password"] = info.password

    def explain(statement: str) -> tuple[str, ...]:
        driver: Any = sys.modules[library]
        made = driver.connect(**arguments)
        with _rolled_back(made):
            if library == "psycopg":
                made.read_only = True
            else:
                made.set_session(readonly=True)
            cursor = made.cursor()
            cursor.execute(f"SET statement_timeout = {_MILLISECONDS}")
            # Prepared, it can't be several statements in one.
            prepared = {"prepare": True} if library == "psycopg" else {}
            cursor.execute(f"EXPLAIN {statement}", **prepared)
            return tuple([str(row[0]) for row in cursor.fetchall()])

    return explain


def asyncpg(connection: Any) -> Optional[Explain]:
    """Asks for plans as a connection of asyncpg would; None where it can't be known how.

    :param connection: one that is open
    """
    known = getattr(connection, "_params", None)
    address = getattr(connection, "_addr", None)
    if known is None or not address:
        return None
    if isinstance(address, str):  # a Unix socket's path, which ends in the port
        folder, name = os.path.split(address)
        host, port = folder, int(name.rpartition(".")[2])
    else:
        host, port = address[0], int(address[1])
    arguments = {
        "host": host,
        "port": port,
        "user": known.user,
        "password": known.password,
        "database": known.database,
        "ssl": known.ssl,
        "timeout": _SECONDS,
    }

    async def ask(statement: str) -> tuple[str, ...]:
        library: Any = sys.modules["asyncpg"]
        made = await library.connect(**arguments)
        try:
            transaction = made.transaction(readonly=True)
            await transaction.start()
            await made.execute(f"SET LOCAL statement_timeout = {_MILLISECONDS}")
            # What is fetched is prepared, so it can't be several statements in one.
            rows = await made.fetch(f"EXPLAIN {statement}")
            await transaction.rollback()
            return tuple([str(row[0]) for row in rows])
        finally:
            await made.close(timeout=_SECONDS)

    def explain(statement: str) -> tuple[str, ...]:
        import asyncio

        return asyncio.run(ask(statement))

    return explain


_MYSQL_LEFT_OUT = ("connect_timeout", "cursorclass", "defer_connect", "read_timeout")
_MYSQL_COLUMNS = ("table", "type", "key", "rows", "Extra")


def mysql(library: str, connect: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Explain:
    """Asks for plans as a connection of PyMySQL or mysqlclient would.

    :param connect: makes a connection, which isn't recorded
    :param args: and ``options``, what the app's was made with
    """
    known = {name: value for name, value in options.items() if name not in _MYSQL_LEFT_OUT}
    if library == "MySQLdb":
        known["multi_statements"] = False

    def explain(statement: str) -> tuple[str, ...]:
        made = connect(*args, connect_timeout=_SECONDS, read_timeout=_MILLISECONDS // 1000, **known)
        with _rolled_back(made), contextlib.closing(made.cursor()) as cursor:
            # A backslash stands for itself then, as it does in what was found to be a SELECT.
            cursor.execute(
                "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',NO_BACKSLASH_ESCAPES')"
            )
            cursor.execute("START TRANSACTION READ ONLY")
            cursor.execute(f"EXPLAIN {statement}")
            names = [column[0] for column in cursor.description]
            return tuple([_mysql_line(dict(zip(names, row))) for row in cursor.fetchall()])

    return explain


def _mysql_line(row: dict[str, Any]) -> str:
    """A row of a plan in one line."""
    facts = [f"{name}: {row[name]}" for name in _MYSQL_COLUMNS if row.get(name) is not None]
    return f"{row.get('select_type', '')} {', '.join(facts)}".strip()
