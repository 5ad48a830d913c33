"""What requests send to databases, through the libraries that send it, in the versions pinned here.

The libraries come from the environment that ``make apps`` has set up. PostgreSQL is started from
Debian's package, where that is installed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from pathlib import Path

import pytest
from djangokit import django_project
from spankit import here, recorded_request, request

import server.flow
from server.facts.span import SQL
from server.flow.libraries import recorded_libraries

pytestmark = pytest.mark.skipif(
    not os.environ.get("SERVEDECK_APPS_PYTHON"), reason="make apps sets the environment up"
)
WAIT = 60
OURS = str(Path(server.flow.__file__).parent)


def check(found, labels, database, rows=None):
    """The statements, once each, from this file."""
    assert [span.label for span in found.of(SQL)] == labels
    assert {span.database for span in found.of(SQL)} == {database}
    assert {span.file for span in found.of(SQL)} == {__file__}
    assert len({span.connection for span in found.of(SQL)}) == 1
    if rows is not None:
        assert [span.rows for span in found.of(SQL)] == rows


def without_frames_of_ours(error: BaseException) -> bool:
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return sys.version_info < (3, 11) or not [file for file in files if file.startswith(OURS)]


# SQLAlchemy


def test_sqlalchemys_core_and_orm():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    orm = pytest.importorskip("sqlalchemy.orm")
    base = orm.declarative_base()

    class Item(base):
        __tablename__ = "item"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        name = sqlalchemy.Column(sqlalchemy.String)

    with recorded_libraries():
        engine = sqlalchemy.create_engine("sqlite://")
        base.metadata.create_all(engine)
        with request() as found:
            with engine.begin() as connection:
                connection.execute(sqlalchemy.insert(Item), [{"name": "a"}, {"name": "b"}])
            with orm.Session(engine) as session:
                line = here() + 1
                names = [item.name for item in session.query(Item).order_by(Item.id)]
                with session.begin_nested():
                    session.add(Item(name="c"))
                session.commit()
        engine.dispose()
    assert names == ["a", "b"]
    labels = [" ".join(span.label.split()[:2]) for span in found.of(SQL)]
    assert labels == [
        "INSERT INTO", "COMMIT", "SELECT item.id", "SAVEPOINT sa_savepoint_1", "INSERT INTO",
        "RELEASE SAVEPOINT",  # which ends the transaction, in the way that sqlite3 begins one
    ]  # fmt: skip
    first, select = found.of(SQL)[0], found.of(SQL)[2]
    assert (first.rows, first.database) == (2, "sqlite")
    assert first.parameters.strip("[]()") == "'a',), ('b',"
    assert (select.file, select.line) == (__file__, line)
    assert len({span.connection for span in found.of(SQL)}) == 1


def test_what_sqlalchemy_raises_and_what_follows():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    with recorded_libraries():
        engine = sqlalchemy.create_engine("sqlite://")
        with request() as found, engine.connect() as connection:
            with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
                connection.execute(sqlalchemy.text("SELECT 1 FROM nowhere"))
            connection.execute(sqlalchemy.text("SELECT 2"))
        engine.dispose()
    assert without_frames_of_ours(caught.value)
    failed, second = [span for span in found.of(SQL) if span.label.startswith("SELECT")]
    assert failed.error == "OperationalError: no such table: nowhere"
    assert (second.label, second.error) == ("SELECT 2", "")


def test_sqlalchemys_listeners_are_taken_back():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://")
    with recorded_request() as found, engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
    assert "SELECT 1" in found.labels(SQL)
    engine.dispose()  # a connection keeps its class
    with request() as found, engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 2"))
    assert "SELECT 2" not in found.labels(SQL)
    engine.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite://", "postgresql+asyncpg://", "postgresql+psycopg://"]
)
def test_asynchronous_sqlalchemy(url, request_of_fixture):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    asyncio_part = pytest.importorskip("sqlalchemy.ext.asyncio")
    pytest.importorskip(url.partition("+")[2].rstrip(":/"))
    if url.endswith("+psycopg://") and sqlalchemy.__version__.startswith("1."):
        pytest.skip("SQLAlchemy 1.4 does not know psycopg 3")
    if url.startswith("postgresql"):
        url += f"postgres@/postgres?host={request_of_fixture('postgres')}"

    async def main():
        engine = asyncio_part.create_async_engine(url)
        async with engine.connect() as connection:
            await connection.execute(sqlalchemy.text("SELECT 1"))
            await asyncio.gather(*[asyncio.sleep(0) for _ in range(3)])
            await connection.execute(sqlalchemy.text("SELECT :word"), {"word": "two"})
            await connection.commit()
        await engine.dispose()

    with recorded_request() as found:
        asyncio.run(main())
    labels = found.labels(SQL)
    first = labels.index("SELECT 1")
    (second,) = [span for span in found.of(SQL) if "two" in span.parameters]
    assert labels.count("SELECT 1") == 1
    assert "COMMIT" in labels[-2].upper() or "COMMIT" in labels[-1].upper()
    assert (found.of(SQL)[first].file, second.file) == (__file__, __file__)
    assert second.function == "main"


@pytest.fixture
def request_of_fixture(request: pytest.FixtureRequest):
    return request.getfixturevalue


def test_a_pool_shared_by_threads_never_mixes_two_requests():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pools = pytest.importorskip("sqlalchemy.pool")
    barrier = threading.Barrier(6, timeout=WAIT)
    found = {}

    def serve(number):
        with request() as recorded:
            barrier.wait()
            for turn in range(20):
                with engine.connect() as connection:
                    connection.execute(sqlalchemy.text(f"SELECT {number}, {turn}"))
        found[number] = recorded

    with recorded_libraries():
        engine = sqlalchemy.create_engine(
            "sqlite://", poolclass=pools.QueuePool, pool_size=2, max_overflow=0, pool_timeout=WAIT,
            connect_args={"check_same_thread": False},
        )  # fmt: skip
        threads = [threading.Thread(target=serve, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        engine.dispose()
    for number, recorded in found.items():
        selects = [label for label in recorded.labels(SQL) if label.startswith("SELECT")]
        assert selects == [f"SELECT {number}, {turn}" for turn in range(20)]


# Drivers


def test_psycopg(postgres):
    psycopg = pytest.importorskip("psycopg")
    dsn = f"host={postgres} user=postgres dbname=postgres"
    with recorded_request() as found:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TEMP TABLE item (name TEXT)")
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO item VALUES (%s)", [("a",), ("b",)])
                cursor.execute("SELECT * FROM item WHERE name > %(name)s", {"name": "A"})
                assert cursor.fetchall() == [("a",), ("b",)]
                cursor.execute(psycopg.sql.SQL("SELECT {}").format(1))
                with cursor.copy("COPY item FROM STDIN") as copy:
                    copy.write_row(("c",))
                assert list(cursor.stream("SELECT max(name) FROM item")) == [("c",)]
            with pytest.raises(psycopg.errors.UndefinedTable) as caught, connection.transaction():
                connection.execute("SELECT 1 FROM nowhere")
        connection.close()
    assert without_frames_of_ours(caught.value)
    check(found, [
        "CONNECT", "CREATE TEMP TABLE item (name TEXT)", "INSERT INTO item VALUES (%s)",
        "SELECT * FROM item WHERE name > %(name)s", "SELECT 1",
        "COPY item FROM STDIN", "SELECT max(name) FROM item", "SAVEPOINT",
        "SELECT 1 FROM nowhere", "ROLLBACK TO SAVEPOINT", "COMMIT",
    ], "postgresql")  # fmt: skip
    assert [span.rows for span in found.spans[2:7]] == [2, 2, 1, 1, None]
    assert found.spans[3].parameters == "{'name': 'A'}"
    assert found.spans[8].error.startswith('UndefinedTable: relation "nowhere"')


def test_psycopg_asynchronously(postgres):
    psycopg = pytest.importorskip("psycopg")
    dsn = f"host={postgres} user=postgres dbname=postgres"

    async def main():
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            async with connection.transaction():
                await connection.execute("SELECT 1")
            cursor = await connection.execute("SELECT %s::int", (2,))
            assert await cursor.fetchone() == (2,)
            async with cursor.copy("COPY (SELECT 3) TO STDOUT") as copy:
                assert [row async for row in copy.rows()] == [("3",)]
            assert [row async for row in cursor.stream("SELECT 4")] == [(4,)]
            await connection.rollback()

    with recorded_request() as found:
        asyncio.run(main())
    check(found, [
        "CONNECT", "BEGIN", "SELECT 1", "COMMIT", "SELECT %s::int", "COPY (SELECT 3) TO STDOUT",
        "SELECT 4", "ROLLBACK",
    ], "postgresql")  # fmt: skip


def test_psycopg2(postgres):
    psycopg2 = pytest.importorskip("psycopg2")
    extras = pytest.importorskip("psycopg2.extras")
    sql = pytest.importorskip("psycopg2.sql")

    class Own(psycopg2.extensions.connection):
        pass

    with recorded_request() as found:
        connection = psycopg2.connect(
            f"host={postgres} user=postgres", connection_factory=Own,
            cursor_factory=extras.DictCursor,
        )  # fmt: skip
        assert isinstance(connection, Own)
        connection.commit()  # nothing has begun
        with connection, connection.cursor() as cursor:
            assert isinstance(cursor, extras.DictCursor)
            cursor.execute("CREATE TEMP TABLE item (name TEXT, price INT)")
            rows = [("a", 1), ("b", 2)]
            extras.execute_values(cursor, "INSERT INTO item VALUES %s", rows)
            cursor.execute("SELECT name FROM item WHERE price = %s", (2,))
            assert cursor.fetchone()["name"] == "b"
        with connection.cursor(cursor_factory=extras.RealDictCursor) as cursor:
            cursor.execute(sql.SQL("SELECT {} FROM item").format(sql.Identifier("name")))
            assert len(cursor.fetchall()) == 2
            with pytest.raises(psycopg2.ProgrammingError) as caught:
                cursor.execute("SELECT 1 FROM nowhere")
        connection.rollback()
        connection.close()
    assert without_frames_of_ours(caught.value)
    check(found, [
        "CONNECT", "CREATE TEMP TABLE item (name TEXT, price INT)",
        "INSERT INTO item VALUES ('a',1),('b',2)", "SELECT name FROM item WHERE price = %s",
        "COMMIT", 'SELECT "name" FROM item', "SELECT 1 FROM nowhere", "ROLLBACK",
    ], "postgresql", [None, None, 2, 1, None, 2, None, None])  # fmt: skip


def test_asyncpg(postgres):
    asyncpg = pytest.importorskip("asyncpg")

    async def main():
        async with (
            asyncpg.create_pool(
                host=postgres, user="postgres", database="postgres", min_size=1, max_size=1
            ) as pool,
            pool.acquire() as connection,
        ):
            await connection.execute("CREATE TEMP TABLE item (name TEXT)")
            async with connection.transaction():
                await connection.executemany("INSERT INTO item VALUES ($1)", [("a",), ("b",)])
            assert len(await connection.fetch("SELECT * FROM item WHERE name > $1", "A")) == 2
            statement = await connection.prepare("SELECT 1")
            assert await statement.fetchval() == 1
            with pytest.raises(asyncpg.UndefinedTableError):
                await connection.fetchrow("SELECT 1 FROM nowhere")

    with recorded_request() as found:
        asyncio.run(main())
    labels = [label.rstrip(";") for label in found.labels(SQL)]
    assert labels[:7] == [
        "CREATE TEMP TABLE item (name TEXT)", "BEGIN", "INSERT INTO item VALUES ($1)", "COMMIT",
        "SELECT * FROM item WHERE name > $1", "SELECT 1", "SELECT 1 FROM nowhere",
    ]  # fmt: skip
    assert found.spans[4].rows == 2
    assert found.spans[6].error.startswith("UndefinedTableError: ")


def test_aiosqlite(tmp_path):
    aiosqlite = pytest.importorskip("aiosqlite")
    file = tmp_path / "shop.sqlite"

    async def main():
        async with aiosqlite.connect(file) as connection:
            await connection.execute("CREATE TABLE item (name TEXT)")
            await connection.executemany("INSERT INTO item VALUES (?)", [("a",), ("b",)])
            await connection.commit()
            await connection.commit()  # there is nothing to commit
            select = "SELECT name FROM item WHERE name > ?"
            async with connection.execute(select, ("a",)) as cursor:
                assert await cursor.fetchall() == [("b",)]
            assert len(await connection.execute_fetchall("SELECT * FROM item")) == 2
            await connection.execute("DELETE FROM item")
            await connection.rollback()
            with pytest.raises(aiosqlite.OperationalError) as caught:
                await connection.execute("SELECT 1 FROM nowhere")
        assert without_frames_of_ours(caught.value)

    with recorded_request() as found:
        asyncio.run(main())
    check(found, [
        "CREATE TABLE item (name TEXT)", "INSERT INTO item VALUES (?)", "COMMIT",
        "SELECT name FROM item WHERE name > ?", "SELECT * FROM item", "DELETE FROM item",
        "ROLLBACK", "SELECT 1 FROM nowhere",
    ], "sqlite", [None, 2, None, None, 2, 2, None, None])  # fmt: skip
    assert found.spans[3].parameters == "('a',)"
    assert found.spans[7].error.startswith("OperationalError: no such table")
    assert "_execute" in vars(aiosqlite.Connection)
    assert aiosqlite.Connection._execute.__globals__["__name__"] == "aiosqlite.core"


def test_peewee_is_seen_through_its_driver():
    peewee = pytest.importorskip("peewee")
    with recorded_libraries():
        database = peewee.SqliteDatabase(":memory:")

        class Item(peewee.Model):
            name = peewee.TextField()

            class Meta:
                pass

        Item.bind(database)
        database.create_tables([Item])
        with request() as found:
            Item.create(name="a")
            line = here() + 1
            assert [item.name for item in Item.select()] == ["a"]
        database.close()
    labels = [span.label.split()[0] for span in found.of(SQL)]
    assert labels == ["INSERT", "SELECT"]
    assert (found.of(SQL)[-1].file, found.of(SQL)[-1].line) == (__file__, line)


@pytest.mark.filterwarnings("ignore:Accessing the database during app initialization")
def test_django_on_postgresql(postgres):
    pytest.importorskip("psycopg")
    databases = {
        "default": {
            "ENGINE": "django.db.backends.postgresql", "HOST": postgres, "NAME": "postgres",
            "USER": "postgres",
        },
    }  # fmt: skip
    with django_project("nowhere.urls", DATABASES=databases), recorded_libraries():
        from django.db.utils import ConnectionHandler, ProgrammingError

        connection = ConnectionHandler(databases)["default"]
        with request() as found:
            connection.set_autocommit(False)
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE item (name TEXT)")
                cursor.executemany("INSERT INTO item VALUES (%s)", [("a",), ("b",)])
                point = connection.savepoint()
                with pytest.raises(ProgrammingError) as caught:
                    cursor.execute("SELECT 1 FROM nowhere")
                connection.savepoint_rollback(point)
            connection.commit()
        connection.close()
    assert without_frames_of_ours(caught.value)
    labels = [" ".join(label.split()[:3]) for label in found.labels(SQL)]
    assert labels.pop(0) == "CONNECT"
    assert labels[:2] == ["CREATE TEMP TABLE", "INSERT INTO item"]
    assert labels[-3:] == ["SELECT 1 FROM", "ROLLBACK TO SAVEPOINT", "COMMIT"]
    assert labels[2].startswith("SAVEPOINT")
    assert len(labels) == 6
    assert {span.database for span in found.of(SQL)} == {"postgresql"}
    assert found.spans[2].rows == 2
    assert found.spans[4].error.startswith("ProgrammingError: relation")
