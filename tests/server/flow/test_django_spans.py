"""Django's statements: through its own wrappers, once each, and taken back."""

from __future__ import annotations

import contextvars
import sys
import threading
import types
from pathlib import Path

import pytest
from djangokit import django_project
from spankit import here, request

import server.flow
from server.base import limits
from server.facts.span import SQL
from server.flow.libraries import recorded_libraries
from server.flow.libraries.django_database import DJANGO_STATEMENTS

# The settings of a test are those of no project.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the database during app initialization")
OURS = str(Path(server.flow.__file__).parent)


@pytest.fixture
def connection(tmp_path):
    """A connection of Django's to SQLite, not open yet."""
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db"}}
    with django_project("nowhere.urls", DATABASES=databases):
        from django.db.utils import ConnectionHandler

        found = ConnectionHandler(databases)["default"]
        yield found
        found.close()


def test_a_statement_is_djangos_not_the_drivers_as_well(connection):
    with recorded_libraries():
        connection.ensure_connection()
        with request() as found, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE item (name TEXT)")
            line = here() + 1
            cursor.executemany("INSERT INTO item VALUES (%s)", [("a",), ("b",)])
            cursor.execute("SELECT name FROM item WHERE name > %s", ("A",))
            assert len(cursor.fetchall()) == 2
    assert found.labels(SQL) == [
        "CREATE TABLE item (name TEXT)", "INSERT INTO item VALUES (%s)",
        "SELECT name FROM item WHERE name > %s",
    ]  # fmt: skip
    insert, select = found.of(SQL)[1:]
    assert (insert.rows, insert.database, insert.line) == (2, "sqlite", line)
    assert insert.parameters == "[('a',), ('b',)]"
    assert select.parameters == "('A',)"
    assert len({span.connection for span in found.of(SQL)}) == 1
    assert insert.connection.startswith("sqlite3-")


def test_transactions(connection):
    with recorded_libraries():
        connection.ensure_connection()
        with request() as found:
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE item (name TEXT)")
            connection.rollback()
            connection.commit()
            connection.set_autocommit(True)
    labels = [label.partition(" ")[0] for label in found.labels(SQL)]
    assert labels == ["BEGIN", "CREATE", "ROLLBACK"]


def test_a_connection_made_before_and_one_of_another_thread(connection):
    connection.ensure_connection()
    found = []

    def other():
        with request() as recorded:
            connection.inc_thread_sharing()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        found.append(recorded)

    with recorded_libraries():
        connection.close()
        connection.inc_thread_sharing()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert found[0].labels(SQL)[-1] == "SELECT 1"


def test_wrappers_of_the_app_are_kept_and_ours_is_taken_back(connection):
    seen = []

    def own(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with recorded_libraries(), request() as found:
        with connection.execute_wrapper(own), connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # it connects in here
        assert own not in connection.execute_wrappers
        assert len(connection.execute_wrappers) == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT 2")
    assert seen[-1] == "SELECT 1"
    assert found.labels(SQL)[-2:] == ["SELECT 1", "SELECT 2"]
    assert connection.execute_wrappers == []


def test_what_django_raises(connection):
    from django.db.utils import OperationalError

    with (
        recorded_libraries(),
        request() as found,
        connection.cursor() as cursor,
        pytest.raises(OperationalError) as caught,
    ):
        cursor.execute("SELECT 1 FROM nowhere")
    assert found.of(SQL)[-1].error == "OperationalError: no such table: nowhere"
    tb, files = caught.value.__traceback__, []
    while tb is not None:
        files.append(tb.tb_frame.f_code.co_filename)
        tb = tb.tb_next
    if sys.version_info >= (3, 11):
        assert not [file for file in files if file.startswith(OURS)]


def test_what_django_asks_by_itself_is_left_out(connection):
    with recorded_libraries(), request() as found:
        connection.force_debug_cursor = True
        with connection.cursor() as cursor:  # it connects in here
            cursor.execute("SELECT %s", ("text",))
            cursor.execute("SELECT 2")
    assert connection.queries_log[0]["sql"] == "SELECT 'text'"
    assert found.labels(SQL) == ["SELECT %s", "SELECT 2"]
    assert found.left_out == 0


def test_opening_a_connection_to_a_server_is_recorded(connection, monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with recorded_libraries(), request() as found:
        connection.ensure_connection()
        failing = connection.copy()
        failing.settings_dict["NAME"] = "/nowhere/at/all"
        monkeypatch.setattr(failing, "vendor", "postgresql", raising=False)
        with pytest.raises(Exception, match="unable to open") as caught:
            failing.connect()
    opened, refused = found.of(SQL)
    assert (opened.label, opened.database) == ("CONNECT", "postgresql")
    assert opened.connection.startswith("sqlite3-")
    assert (refused.label, refused.connection) == ("CONNECT", "")
    assert refused.error == "OperationalError: unable to open database file"
    if sys.version_info >= (3, 11):
        assert OURS not in str(caught.traceback)


def test_whether_a_connection_can_still_be_used_is_djangos_affair(connection, monkeypatch):
    with recorded_libraries():
        connection.ensure_connection()
        asked = []

        def is_usable():  # as PostgreSQL's does it, beneath Django's own cursors
            asked.append(connection.connection.execute("SELECT 'usable'").fetchone())
            return True

        monkeypatch.setattr(connection, "is_usable", is_usable)
        with request() as found:
            connection.errors_occurred, connection.close_at = True, None
            connection.close_if_unusable_or_obsolete()
            connection.health_check_enabled, connection.health_check_done = True, False
            connection.close_if_health_check_failed()
    assert asked == [("usable",)] * 2
    assert found.spans == ()


def test_a_connection_is_followed_once_and_only_as_long_as_the_app_lets_it(connection, monkeypatch):
    """Those that there are already, and each that connects again."""
    from django import db

    connection.ensure_connection()
    handler = types.SimpleNamespace(all=lambda initialized_only: [connection])
    monkeypatch.setattr(db, "connections", handler)
    with recorded_libraries((DJANGO_STATEMENTS,)):
        assert len(connection.execute_wrappers) == 1
        connection.close()
        connection.ensure_connection()
        assert len(connection.execute_wrappers) == 1
        with connection.cursor() as cursor, request() as found:
            contextvars.Context().run(cursor.execute, "SELECT 1")
            for number in range(limits.SPANS_OF_A_KIND + 1):
                cursor.execute(f"SELECT {number}")
        assert (len(found.of(SQL)), found.left_out) == (limits.SPANS_OF_A_KIND, 1)
        connection.execute_wrappers.clear()
    assert connection.execute_wrappers == []


def test_signals_without_the_rest_of_django(connection, monkeypatch):
    monkeypatch.delitem(sys.modules, "django.db")
    with recorded_libraries((DJANGO_STATEMENTS,)):
        connection.ensure_connection()
        assert len(connection.execute_wrappers) == 1
