"""Hooks of libraries that aren't installed here, on classes of the same form.

``make apps`` tries them with the libraries themselves; here it is what ours make of a call.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import types

import pytest
from spankit import request

from server.base import limits
from server.facts.span import CACHE, SQL
from server.flow import spans
from server.flow.libraries import aiosqlite, asyncpg, psycopg, psycopg2, pymongo, sqlalchemy
from server.flow.libraries.caches import FLASK_CACHING, REDIS
from server.flow.libraries.known import UnknownVersion
from server.flow.libraries.mysql import MYSQLCLIENT, PYMYSQL
from server.flow.libraries.objects import ByObject
from server.flow.libraries.statements import Connections
from server.flow.libraries.subclasses import RecordedForms
from server.flow.patches import Patches


def module(name: str, **names):
    found = types.ModuleType(name)
    vars(found).update(names)
    return found


@pytest.fixture
def install(monkeypatch):
    """Install a library's hook, and take it back at the end."""
    patches = Patches()

    def install(library, found, version="", **beside):
        root = library.AFTER.partition(".")[0]
        if root != library.AFTER:
            monkeypatch.setitem(sys.modules, root, module(root, __version__=version))
        else:
            found.__version__ = version
        for name, other in {found.__name__: found, **beside}.items():
            monkeypatch.setitem(sys.modules, name, other)
        library.install(found, patches)

    yield install
    patches.undo()


class Connection:
    def __init__(self):
        self.is_idle = True
        self.closed = False
        self.done = []

    def commit(self):
        self.done.append("commit")

    def rollback(self):
        self.done.append("rollback")

    def begin(self):
        self.done.append("begin")


class Cursor:
    rowcount = 2

    def __init__(self, connection=None):
        self.connection = connection or Connection()

    def execute(self, query, args=None):
        if query == "nowhere":
            raise LookupError("no such table")
        return 2

    def executemany(self, query, args):
        return 2

    def callproc(self, procname, args=()):
        return args


@pytest.mark.parametrize("library", [PYMYSQL, MYSQLCLIENT])
def test_the_drivers_of_mysql(install, library):
    class OwnCursor(Cursor):
        pass

    class OwnConnection(Connection):
        pass

    package = library.AFTER.partition(".")[0]
    cursors = module(f"{package}.cursors", Cursor=OwnCursor, BaseCursor=OwnCursor)
    found = module(library.AFTER, Connection=OwnConnection)
    install(library, found, "2.0", **{f"{package}.cursors": cursors})
    connection = OwnConnection()
    cursor = OwnCursor(connection)
    with request() as recorded:
        connection.begin()
        cursor.execute("SELECT %s", ("a",))
        cursor.executemany("DELETE %s", iter([("a",)]))
        cursor.callproc("total", (1,))
        with pytest.raises(LookupError):
            cursor.execute("nowhere")
        connection.commit()
        connection.rollback()
    assert recorded.labels(SQL) == [
        "BEGIN", "SELECT %s", "DELETE %s", "CALL total", "nowhere", "COMMIT", "ROLLBACK",
    ]  # fmt: skip
    assert [span.rows for span in recorded.spans] == [None, 2, 2, 2, None, None, None]
    assert {span.database for span in recorded.spans} == {"mysql"}


def test_a_driver_of_another_form_is_left_alone(install):
    with pytest.raises(UnknownVersion, match=r"PyMySQL .* version 9"):
        install(PYMYSQL, module(PYMYSQL.AFTER, Connection=Connection), "9")
    with pytest.raises(UnknownVersion, match=r"psycopg .* version 9"):
        install(psycopg, module("psycopg"), "9.0")


def test_psycopg(install):
    class Info:
        transaction_status = 0

    class OwnConnection(Connection):
        info = Info()

        @classmethod
        def connect(cls, conninfo=""):
            return cls()

    class OwnCursor(Cursor):
        def execute(self, query, params=None):
            return self

        def executemany(self, query, params_seq):
            return None

    class Transaction:
        def __init__(self, connection, savepoint_name=None):
            self.connection, self.savepoint_name = connection, savepoint_name

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    class AsyncConnection(OwnConnection):
        @classmethod
        async def connect(cls, conninfo=""):
            return cls()

        async def commit(self):
            pass

        async def rollback(self):
            pass

    class AsyncCursor(Cursor):
        async def execute(self, query, params=None):
            if query == "nowhere":
                raise LookupError(query)
            return self

        async def executemany(self, query, params_seq):
            return None

    class AsyncTransaction(Transaction):
        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            return None

    class Server(OwnCursor):
        pass

    class AsyncServer(AsyncCursor):
        pass

    names = {
        "Cursor": OwnCursor, "ServerCursor": Server, "Connection": OwnConnection,
        "Transaction": Transaction, "AsyncCursor": AsyncCursor, "AsyncServerCursor": AsyncServer,
        "AsyncConnection": AsyncConnection, "AsyncTransaction": AsyncTransaction,
        "connect": OwnConnection.connect,
    }  # fmt: skip
    library = module("psycopg", **names)
    install(psycopg, library, "3.2")
    connection = OwnConnection()

    async def main():
        assert type(await AsyncConnection.connect("there")) is AsyncConnection
        await AsyncCursor(AsyncConnection()).execute("SELECT 4")
        async with AsyncTransaction(AsyncConnection()):
            pass
        with pytest.raises(LookupError):
            await AsyncCursor(AsyncConnection()).execute("nowhere")

    with request() as recorded:
        for connect in (library.connect, OwnConnection.connect):
            assert type(connect("here")) is OwnConnection
        connection.commit()  # nothing has begun
        with Transaction(connection):
            Info.transaction_status = 2
            OwnCursor(connection).executemany("INSERT", params_seq=[(1,)])
            with pytest.raises(ZeroDivisionError), Transaction(connection, "point"):
                raise ZeroDivisionError
            with Transaction(connection, "point"):
                Server(connection).execute("SELECT 1")
        connection.rollback()
        connection.commit()
        with pytest.raises(ZeroDivisionError), Transaction(connection):
            raise ZeroDivisionError
        Info.transaction_status = 0
        asyncio.run(main())
    asyncio.run(AsyncCursor(AsyncConnection()).execute("outside of a request"))
    assert recorded.labels(SQL) == [
        "CONNECT", "CONNECT", "BEGIN", "INSERT", "SAVEPOINT", "ROLLBACK TO SAVEPOINT",
        "SAVEPOINT", "SELECT 1",
        "RELEASE SAVEPOINT", "COMMIT", "ROLLBACK", "COMMIT", "SAVEPOINT", "ROLLBACK", "CONNECT",
        "SELECT 4",
        "BEGIN", "COMMIT", "nowhere",
    ]  # fmt: skip


def test_psycopg2(install):
    class DriverCursor(Cursor):
        pass

    class DriverConnection(Connection):
        cursor_factory = None

        def __init__(self, *unused):
            super().__init__()

        def cursor(self, name=None, cursor_factory=None):
            return cursor_factory(self)

        def get_transaction_status(self):
            return 0 if self.is_idle else 2

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

    class Composed:
        def as_string(self, context):
            return "SELECT composed"

    def connect(dsn=None, connection_factory=None, cursor_factory=None):
        if dsn == "nowhere":
            raise LookupError(dsn)
        return connection_factory()

    extensions = module("psycopg2.extensions", cursor=DriverCursor, connection=DriverConnection)
    found = module("psycopg2", extensions=extensions, connect=connect)
    install(psycopg2, found, "2.9.10")
    connection = found.connect("here")
    assert isinstance(connection, DriverConnection)
    with pytest.raises(LookupError):
        found.connect("nowhere")
    with request() as recorded:
        connection.commit()
        connection.is_idle = False
        with connection:
            connection.cursor().execute("SELECT 1", (1,))
            connection.cursor("named").execute(Composed())
            connection.cursor(None, DriverCursor).callproc("total")
        connection.commit()
        connection.rollback()
    assert recorded.labels(SQL) == [
        "SELECT 1", "SELECT composed", "CALL total", "COMMIT", "COMMIT", "ROLLBACK",
    ]  # fmt: skip


def test_asyncpg(install):
    class Driver:
        async def execute(self, query, *args):
            return "INSERT 0 3"

        async def fetch(self, query, *args):
            return [1, 2]

        async def fetchval(self, query, *args):
            return 1

        fetchrow = fetchval

        async def executemany(self, command, args):
            return None

    class Statement:
        def get_query(self):
            return "SELECT prepared"

        async def fetchval(self, *args):
            return 1

        async def executemany(self, args):
            return None

    prepared = module("asyncpg.prepared_stmt", PreparedStatement=Statement)
    found = module("asyncpg", Connection=Driver)
    install(asyncpg, found, "0.30", **{"asyncpg.prepared_stmt": prepared})

    async def main():
        connection = Driver()
        await connection.execute("INSERT", 1)
        await connection.fetch("SELECT 1")
        await connection.executemany("INSERT many", [(1,)])
        await Statement().fetchval(5)
        await Statement().executemany([(1,)])

    with request() as recorded:
        asyncio.run(main())
    assert [(span.label, span.rows, span.parameters) for span in recorded.spans] == [
        ("INSERT", 3, "(1,)"), ("SELECT 1", 2, ""), ("INSERT many", None, "[(1,)]"),
        ("SELECT prepared", None, "(5,)"), ("SELECT prepared", None, "[(1,)]"),
    ]  # fmt: skip


def test_aiosqlite(install):
    class Driver:
        def __init__(self):
            self._conn = sqlite3.connect(":memory:")

        async def _execute(self, function, *args, **kwargs):
            return function(*args, **kwargs)

        def _execute_fetchall(self, sql, parameters=()):
            return self._conn.execute(sql, parameters).fetchall()

    install(aiosqlite, module("aiosqlite", Connection=Driver))

    async def main():
        driver = Driver()
        below = driver._conn
        await driver._execute(below.execute, "CREATE TABLE item (name)", [])
        await driver._execute(below.rollback)  # there is nothing to roll back
        many = iter([("a",), ("b",)])
        await driver._execute(below.executemany, "INSERT INTO item VALUES (?)", many)
        await driver._execute(below.commit)
        cursor = await driver._execute(below.execute, "SELECT * FROM item", ())
        assert len(await driver._execute(cursor.fetchall)) == 2
        await driver._execute(driver._execute_fetchall, "SELECT 1", ())
        with pytest.raises(sqlite3.OperationalError):
            await driver._execute(below.execute, "SELECT 1 FROM nowhere")
        below.close()

    with request() as recorded:
        asyncio.run(main())
    assert [(span.label, span.rows) for span in recorded.spans] == [
        ("CREATE TABLE item (name)", None), ("INSERT INTO item VALUES (?)", 2), ("COMMIT", None),
        ("SELECT * FROM item", None), ("SELECT 1", 1), ("SELECT 1 FROM nowhere", None),
    ]  # fmt: skip
    assert {(span.database, span.file) for span in recorded.spans} == {("sqlite", __file__)}
    assert recorded.spans[-1].error.startswith("OperationalError: no such table")


def test_sqlalchemy(install):
    class DefaultDialect:
        name = "oracle"

        def do_execute(self, cursor, statement, parameters, context=None):
            cursor.execute(statement, parameters)

        def do_executemany(self, cursor, statement, parameters, context=None):
            cursor.executemany(statement, parameters)

        def do_execute_no_params(self, cursor, statement, context=None):
            cursor.execute(statement)

        def do_commit(self, pooled):
            pooled.driver_connection.commit()

        def do_rollback(self, pooled):
            pooled.driver_connection.rollback()

    default = module("sqlalchemy.engine.default", DefaultDialect=DefaultDialect)
    engine = module("sqlalchemy.engine", default=default)
    install(sqlalchemy, module("sqlalchemy", engine=engine), "2.0.40")
    driver = Connection()
    pooled = types.SimpleNamespace(driver_connection=driver)
    context = types.SimpleNamespace(root_connection=types.SimpleNamespace(connection=pooled))
    adapted = Cursor(driver)
    del adapted.connection
    dialect = DefaultDialect()
    with request() as recorded:
        dialect.do_execute(Cursor(driver), "SELECT :a", {"a": 1})
        dialect.do_executemany(adapted, "INSERT", [(1,)], context)
        dialect.do_execute_no_params(Cursor(driver), "SELECT 2")
        dialect.do_commit(pooled)
        dialect.do_rollback(types.SimpleNamespace(connection=driver, driver_connection=driver))
    assert recorded.labels(SQL) == ["SELECT :a", "INSERT", "SELECT 2", "COMMIT", "ROLLBACK"]
    assert {(span.database, span.connection) for span in recorded.spans} == {
        ("oracle", recorded.spans[0].connection)
    }
    assert driver.done == ["commit", "rollback"]


def test_pymongo(install):
    listeners: list = []
    monitoring = module("pymongo.monitoring", CommandListener=object, register=listeners.append)
    install(pymongo, module("pymongo"), "4.9", **{"pymongo.monitoring": monitoring})
    (listener,) = listeners

    def event(**more):
        names = {"command_name": "find", "database_name": "shop", "connection_id": ("h", 1)}
        return types.SimpleNamespace(**names, **more)

    started = event(command={"find": "items", "filter": {"a": 1}, "$db": "shop"})
    with request() as recorded:
        listener.started(started)
        listener.succeeded(event(reply={"n": 3}))
        listener.started(started)
        listener.started(started)
        listener.failed(event(failure={"errmsg": "refused"}))
        listener.succeeded(event(reply={}))  # of what was not seen to begin
    listener.end()
    with request() as nothing:
        listener.started(started)
    assert [(span.label, span.rows, span.error) for span in recorded.spans] == [
        ("find shop.items", 3, ""), ("find shop.items", None, ""),
        ("find shop.items", None, "find: refused"),
    ]  # fmt: skip
    assert recorded.spans[0].parameters == "{'filter': {'a': 1}}"
    assert nothing.spans == ()


def test_caches(install):
    class Redis:
        def execute_command(self, *args):
            return args

        def __len__(self):
            return 2

        def execute(self):
            return [1]

    class AsyncRedis:
        async def execute_command(self, *args):
            return args

    class Backend:
        def get(self, key):
            return None

        def get_many(self, *keys):
            return []

        def set_many(self, mapping):
            return []

        def clear(self):
            pass

    class Cache:
        def __init__(self):
            self.backend = Backend()

        @property
        def cache(self):
            """The backend."""
            return self.backend

    redis = module("redis", Redis=Redis, client=module("redis.client", Pipeline=Redis),
                   asyncio=module("redis.asyncio", Redis=AsyncRedis))  # fmt: skip
    install(REDIS, redis, "5.0")
    install(FLASK_CACHING, module("flask_caching", Cache=Cache), "2.3")
    cache = Cache()
    with request() as recorded:
        Redis().execute_command("GET", b"key", 3)
        Redis().execute_command("AUTH", "secret")
        Redis().execute()
        asyncio.run(AsyncRedis().execute_command("SET", 5, "value"))
        cache.cache.get("a")
        cache.cache.get_many("a", "b")
        cache.cache.set_many({str(number): number for number in range(30)})
        cache.cache.get(object())
        cache.cache.clear()
    labels = recorded.labels(CACHE)
    assert labels[:6] == ["GET key", "AUTH", "pipeline of 2", "SET 5", "get a", "get_many a, b"]
    assert labels[6].startswith("set_many 0, 1, ")
    assert labels[6].endswith(", …")
    assert labels[7:] == ["get", "clear"]


def test_libraries_of_which_less_is_there(install):
    class Driver:
        async def execute(self, query, *args):
            return "CREATE TABLE"

        fetch = fetchval = fetchrow = executemany = execute

    class Redis:
        def execute_command(self, *args):
            return args

    install(asyncpg, module("asyncpg", Connection=Driver), "0.30")
    install(REDIS, module("redis", Redis=Redis, client=module("redis.client")), "5.0")
    with request() as recorded:
        asyncio.run(Driver().execute("CREATE TABLE x"))
        Redis().execute_command("GET", "a")
    assert recorded.labels(SQL) == ["CREATE TABLE x"]
    assert recorded.of(SQL)[0].rows is None
    assert recorded.labels(CACHE) == ["GET a"]


def test_pymongo_beyond_the_bound_and_outside_of_a_request(install):
    listeners: list = []
    monitoring = module("pymongo.monitoring", CommandListener=object, register=listeners.append)
    install(pymongo, module("pymongo"), "4.9", **{"pymongo.monitoring": monitoring})
    (listener,) = listeners
    event = types.SimpleNamespace(
        command_name="ping", database_name="shop", connection_id=("h", 1), command={}, reply=None,
        failure="gone",
    )  # fmt: skip
    listener.started(event)
    listener.failed(event)
    with request() as recorded:
        listener.failed(event)
        for _ in range(limits.SPANS_OF_A_KIND + 1):
            listener.started(event)
            listener.succeeded(event)
    assert (len(recorded.of(SQL)), recorded.left_out) == (limits.SPANS_OF_A_KIND, 1)


def test_names_of_connections_are_bounded_and_one_that_shows_nothing_is_named(monkeypatch, caplog):
    monkeypatch.setattr(spans, "_problems", set())
    monkeypatch.setattr(Connections, "_MOST", 1)
    names, odd = Connections(), type("Connection", (), {"__module__": "psycopg"})()
    first = Connection()
    assert [names.name_of(first), names.name_of(odd)] == [
        f"{__name__.partition('.')[0]}-1",
        "psycopg-1",
    ]
    assert names.name_of(first).endswith("-2")
    assert "info" in caplog.text


def test_recorded_forms_of_other_classes_and_of_very_many(monkeypatch):
    monkeypatch.setattr("server.flow.libraries.subclasses._MOST", 2)

    class Recorded(Connection):
        pass

    forms = RecordedForms(Connection, Recorded)
    assert forms.of(Cursor) is Cursor
    assert forms.of(Recorded) is Recorded
    own = [type(f"Own{number}", (Connection,), {}) for number in range(3)]
    made = [forms.of(one) for one in own]
    assert all(issubclass(one, Recorded) for one in made)
    assert forms.of(own[0]) is not made[0]
    assert forms.of(Connection) is Recorded


def test_what_is_kept_for_an_object_ends_with_it():
    kept: ByObject[int] = ByObject()
    first, second = Connection(), Connection()
    kept.put(first, 1)
    kept.put(second, 2)
    owners = kept.owners()
    assert next(owners) is first
    del second
    assert list(owners) == []
