"""Queries through sqlite3: recorded once each, and nothing of it to be seen by the app."""

from __future__ import annotations

import sqlite3
import sys
import traceback

import pytest
from spankit import here, recorded_request, request

from server.base import limits
from server.facts.span import SQL
from server.flow.libraries import recorded_libraries

SHOP = "CREATE TABLE item (name TEXT, price REAL)"


@pytest.fixture
def shop():
    """A connection with a table, and what a request records."""
    with recorded_libraries():
        connection = sqlite3.connect(":memory:")
        connection.execute(SHOP)
        yield connection
        connection.close()


def test_a_statement_with_all_that_is_known_of_it(shop):
    with request() as found:
        line = here() + 1
        shop.execute("INSERT INTO item VALUES (?, ?)", ("tea", 2.5))
    (span,) = found.spans
    assert (span.kind, span.label, span.parameters) == (
        SQL, "INSERT INTO item VALUES (?, ?)", "('tea', 2.5)",
    )  # fmt: skip
    assert (span.rows, span.database, span.error) == (1, "sqlite", "")
    assert span.connection.startswith("sqlite3-")
    assert (span.file, span.line) == (__file__, line)


def test_every_way_to_send_one(shop):
    with request() as found:
        cursor = shop.cursor()
        cursor.execute("SELECT 1")
        cursor.executemany("INSERT INTO item VALUES (?, ?)", [("a", 1), ("b", 2)])
        cursor.executescript("SELECT 3; SELECT 4")
        shop.execute("SELECT 5").execute("SELECT 6")
        shop.executemany("INSERT INTO item VALUES (:name, :price)", iter([{"name": 1, "price": 2}]))
        shop.executescript("SELECT 7")
        cursor.close()
    assert found.labels(SQL) == [
        "SELECT 1", "INSERT INTO item VALUES (?, ?)", "SELECT 3; SELECT 4", "SELECT 5", "SELECT 6",
        "INSERT INTO item VALUES (:name, :price)", "SELECT 7",
    ]  # fmt: skip
    assert [span.rows for span in found.spans] == [None, 2, None, None, None, 1, None]
    assert found.spans[1].parameters == "[('a', 1), ('b', 2)]"
    assert len({span.connection for span in found.spans}) == 1


def test_what_is_beyond_the_bound_is_counted_once(shop):
    with request() as found:
        for number in range(limits.SPANS_OF_A_KIND + 50):
            shop.execute("SELECT ?", (number,))
    assert len(found.of(SQL)) == limits.SPANS_OF_A_KIND
    assert found.left_out == 50
    assert found.spans[-1].parameters == f"({limits.SPANS_OF_A_KIND - 1},)"


def test_statements_of_a_megabyte_are_cut_and_bounded_together(shop):
    text = f"SELECT '{'x' * 1_000_000}'"
    with request() as found:
        for _ in range(100):
            shop.execute(text)
    first = found.spans[0]
    assert (first.label, first.length) == (text[: limits.SPAN_LABEL], len(text))
    assert len(found.spans) == limits.SPANS_TEXT // limits.SPAN_LABEL
    assert len(found.spans) + found.left_out == 100


def test_a_query_from_inside_of_a_query_is_one_of_its_own(shop):
    other = sqlite3.connect(":memory:")
    shop.create_function("ask", 0, lambda: other.execute("SELECT 7").fetchone()[0])
    with request() as found:
        assert shop.execute("SELECT ask()").fetchone() == (7,)
    other.close()
    assert found.labels(SQL) == ["SELECT ask()", "SELECT 7"]


def test_the_steps_of_a_transaction(shop):
    with request() as found:
        shop.commit()  # there is nothing to do
        shop.execute("INSERT INTO item VALUES (1, 2)")
        shop.commit()
        shop.execute("DELETE FROM item")
        shop.rollback()
        with shop:
            shop.execute("INSERT INTO item VALUES (3, 4)")
        with pytest.raises(ZeroDivisionError), shop:
            shop.execute("INSERT INTO item VALUES (5, 6)")
            raise ZeroDivisionError
    assert [label.partition(" ")[0] for label in found.labels(SQL)] == [
        "INSERT", "COMMIT", "DELETE", "ROLLBACK", "INSERT", "COMMIT", "INSERT", "ROLLBACK",
    ]  # fmt: skip


def test_an_error_is_the_same_and_has_no_frame_of_ours(shop):
    with request() as found:
        try:
            shop.execute("SELECT 1 FROM nowhere")
        except sqlite3.OperationalError as error:
            frames = traceback.extract_tb(error.__traceback__)
            assert str(error) == "no such table: nowhere"
    (span,) = found.spans
    assert span.error == "OperationalError: no such table: nowhere"
    if sys.version_info >= (3, 11):
        assert [frame.filename for frame in frames] == [__file__]


def test_what_the_app_uses_stays_what_it_was(shop):
    assert isinstance(shop, sqlite3.Connection)
    assert isinstance(shop.cursor(), sqlite3.Cursor)
    assert type(shop).__name__ == "Connection"
    assert type(shop).__module__ == sqlite3.Connection.__module__
    shop.row_factory = sqlite3.Row
    assert shop.execute("SELECT 1 AS one").fetchone()["one"] == 1
    shop.text_factory = bytes
    assert shop.execute("SELECT 'x'").fetchone()[0] == b"x"
    with pytest.raises(AttributeError):
        shop.new_attribute = 1
    assert shop.execute.__doc__ == sqlite3.Connection.execute.__doc__
    assert shop.cursor().execute.__doc__ == sqlite3.Cursor.execute.__doc__


def test_a_connection_that_is_closed_raises_what_it_always_did():
    with recorded_request() as found:
        connection = sqlite3.connect(":memory:")
        connection.close()
        for use in (connection.commit, connection.cursor, connection.rollback):
            with pytest.raises(sqlite3.ProgrammingError):
                use()
    assert found.spans == ()


class OwnCursor(sqlite3.Cursor):
    def execute(self, sql, *args):
        return super().execute(sql.replace("items", "item"), *args)


class OwnConnection(sqlite3.Connection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.opened = True

    def cursor(self):
        return super().cursor(OwnCursor)


@pytest.mark.parametrize("by_position", [False, True])
def test_factories_of_the_app_are_kept(by_position):
    with recorded_libraries():
        if by_position and sys.version_info < (3, 13):
            connection = sqlite3.connect(":memory:", 5.0, 0, "", True, OwnConnection)
        else:
            connection = sqlite3.connect(":memory:", factory=OwnConnection)
        assert isinstance(connection, OwnConnection)
        assert type(connection).__qualname__ == "OwnConnection"
        assert connection.opened
        connection.execute(SHOP)
        cursor = connection.cursor()
        assert isinstance(cursor, OwnCursor)
        with request() as found:
            cursor.execute("SELECT * FROM items")
            connection.execute("SELECT * FROM item")
        connection.close()
    assert found.labels(SQL) == ["SELECT * FROM item", "SELECT * FROM item"]


def test_a_factory_that_is_no_class_is_left_alone():
    with recorded_request() as found:
        connection = sqlite3.connect(":memory:", factory=lambda *a, **k: sqlite3.Connection(*a))
        assert connection.execute("SELECT 1").fetchone() == (1,)
        cursor = connection.cursor(lambda owner: sqlite3.Cursor(owner))
        assert cursor.execute("SELECT 2").fetchone() == (2,)
        connection.close()
    assert found.spans == ()


def test_all_of_it_is_taken_back():
    before = sqlite3.connect, sqlite3.dbapi2.connect
    with recorded_libraries():
        assert sqlite3.connect is not before[0]
        kept = sqlite3.connect  # as `from sqlite3 import connect` has it
        assert kept.__name__ == "connect"
    assert (sqlite3.connect, sqlite3.dbapi2.connect) == before
    connection = kept(":memory:")
    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.close()
