"""Plans of queries, from databases that run: read-only, of one SELECT, on connections that go.

The libraries come from the environment that ``make apps`` has set up.
"""

from __future__ import annotations

import asyncio
import os
import queue

import pytest
from spankit import recorded_request

from launcher.core.sql.plans import plan_text, question_of
from server.debugging.explain import Explainer
from server.events import ExplainQuestion
from server.facts.span import SQL
from server.flow.libraries.openers import openers

pytestmark = pytest.mark.skipif(
    not os.environ.get("SERVEDECK_APPS_PYTHON"), reason="make apps sets the environment up"
)


def explained(span):
    """The plan of a span as the window asks for it."""
    statement = question_of(span)
    assert statement is not None
    found = queue.SimpleQueue()
    Explainer(found.put).ask(ExplainQuestion(1, span.connection, statement))
    event = found.get(timeout=30)
    assert event.problem == "", event
    return plan_text(event)


def selects(found):
    return [span for span in found.of(SQL) if span.label.startswith("SELECT")]


def test_psycopg(postgres):
    psycopg = pytest.importorskip("psycopg")
    with recorded_request() as found:
        with psycopg.connect(f"host={postgres} user=postgres dbname=postgres") as connection:
            select = "SELECT * FROM pg_class WHERE relname = %s"
            connection.execute(select, ("it's",))
        connection.close()
    (span,) = selects(found)
    assert "Scan" in explained(span)
    check_postgresql(span, postgres)


def test_asynchronous_psycopg(postgres):
    psycopg = pytest.importorskip("psycopg")

    async def main():
        dsn = f"host={postgres} user=postgres dbname=postgres"
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            await connection.execute("SELECT * FROM pg_class WHERE oid = %s", (7,))

    with recorded_request() as found:
        asyncio.run(main())
    assert "Index Scan" in explained(selects(found)[0])


def test_psycopg2(postgres):
    psycopg2 = pytest.importorskip("psycopg2")
    with recorded_request() as found:
        connection = psycopg2.connect(f"host={postgres} user=postgres dbname=postgres")
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT * FROM pg_class WHERE oid = %s", (7,))
        connection.close()
    (span,) = selects(found)
    assert "Index Scan" in explained(span)
    check_postgresql(span, postgres)


def test_asyncpg(postgres):
    asyncpg = pytest.importorskip("asyncpg")

    async def main():
        connection = await asyncpg.connect(host=postgres, user="postgres", database="postgres")
        await connection.fetch("SELECT * FROM pg_class WHERE oid = $1", 7)
        await connection.close()

    with recorded_request() as found:
        asyncio.run(main())
    (span,) = selects(found)
    assert "Index Scan" in explained(span)
    check_postgresql(span, postgres)


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg"])
def test_sqlalchemy(postgres, driver):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    asynchronous = pytest.importorskip("sqlalchemy.ext.asyncio")
    pytest.importorskip(driver)
    url = f"postgresql+{driver}://postgres@/postgres?host={postgres}"
    statement = sqlalchemy.text("SELECT * FROM pg_class WHERE relname = :name")

    async def main():
        engine = asynchronous.create_async_engine(url)
        async with engine.connect() as connection:
            await connection.execute(statement, {"name": "it"})
        await engine.dispose()

    with recorded_request() as found:
        if driver == "asyncpg":
            asyncio.run(main())
        else:
            engine = sqlalchemy.create_engine(url)
            with engine.connect() as connection:
                connection.execute(statement, {"name": "it"})
            engine.dispose()
    assert "Scan" in explained(next(span for span in selects(found) if "pg_class" in span.label))


@pytest.mark.parametrize("driver", ["pymysql", "MySQLdb"])
def test_mariadb(mariadb, driver):
    library = pytest.importorskip(driver)
    with recorded_request() as found:
        connection = library.connect(unix_socket=mariadb, user="root", database="shop")
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE IF NOT EXISTS item (id INT PRIMARY KEY, name TEXT)")
        cursor.execute("SELECT name FROM item WHERE id > %s AND name <> %s", (7, "it's \\"))
        cursor.fetchall()
        connection.close()
    (span,) = selects(found)
    assert "table: item" in explained(span)
    explain = openers.get(span.connection)
    with pytest.raises(library.MySQLError):
        explain("SELECT 1; DROP TABLE item")
    assert "item" in explained(span)


def test_a_password_is_sent_as_the_app_sent_it(postgres):
    psycopg = pytest.importorskip("psycopg")
    with recorded_request() as found:
        dsn = f"host={postgres} user=postgres dbname=postgres password=hunter2"
        with psycopg.connect(dsn) as connection:
            connection.execute("SELECT 1")
        connection.close()
    (span,) = selects(found)
    assert "Result" in explained(span)
    assert "hunter2" not in repr(span)


def check_postgresql(span, postgres):
    """What could change something is refused by the database, and no connection is left."""
    psycopg = pytest.importorskip("psycopg")
    explain = openers.get(span.connection)
    with pytest.raises(Exception, match="read-only transaction"):
        explain("ANALYZE DELETE FROM pg_description")
    dsn = f"host={postgres} user=postgres dbname=postgres"
    with psycopg.connect(dsn, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        for _ in range(200):  # a server's end of a closed connection takes its time
            if connection.execute(query).fetchone() == (1,):
                break
            connection.execute("SELECT pg_sleep(0.02)")
        else:
            pytest.fail("a connection is left")
