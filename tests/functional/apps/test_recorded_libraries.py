"""What requests do through libraries that aren't databases of SQL, in the versions pinned here.

Where a server would be needed, the library's own objects are used up to the point where it sends.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from spankit import recorded_request, request

from server.events import Span
from server.flow.libraries import recorded_libraries

pytestmark = pytest.mark.skipif(
    not os.environ.get("SERVEDECK_APPS_PYTHON"), reason="make apps sets the environment up"
)


def labels(spans: list[Span]) -> list[str]:
    return [span.label for span in spans]


def test_flask_caching_and_what_it_decorates():
    flask = pytest.importorskip("flask")
    flask_caching = pytest.importorskip("flask_caching")
    with recorded_libraries():
        app = flask.Flask(__name__)
        cache = flask_caching.Cache(app, config={"CACHE_TYPE": "SimpleCache"})

        @cache.memoize()
        def slow(number):
            return number * 2

        with app.app_context(), request() as found:
            cache.set("key", 1)
            assert cache.get("key") == 1
            assert slow(2) == slow(2) == 4
            cache.clear()
            backend = cache.cache
    names = [label.partition(" ")[0] for label in labels(found.of("cache"))]
    assert names[:2] == ["set", "get"]
    assert names[-1] == "clear"
    assert len(names) > 5
    assert labels(found.of("cache"))[:2] == ["set key", "get key"]
    assert "get" not in vars(backend)
    assert flask_caching.Cache.cache.fget.__module__ == "flask_caching"


def test_redis_and_a_connection_that_fails():
    redis = pytest.importorskip("redis")
    with recorded_request() as found:
        client = redis.Redis(host="127.0.0.1", port=1, retry=None)
        with pytest.raises(redis.exceptions.ConnectionError):
            client.get("key")
        with pytest.raises(redis.exceptions.ConnectionError):
            client.execute_command("AUTH", "a password")
        pipeline = client.pipeline()
        pipeline.set("a", 1).get("a")
        with pytest.raises(redis.exceptions.ConnectionError):
            pipeline.execute()
        client.close()
    assert labels(found.of("cache")) == ["GET key", "AUTH", "pipeline of 2"]
    assert all(span.error.startswith("ConnectionError: ") for span in found.of("cache"))
    assert {span.file for span in found.of("cache")} == {__file__}


def test_commands_of_pymongo():
    monitoring = pytest.importorskip("pymongo.monitoring")
    with recorded_libraries():
        listener = monitoring._LISTENERS.command_listeners[-1]
        where = ("127.0.0.1", 27017)
        with request() as found:
            command = {"find": "items", "filter": {"name": "tea"}, "$db": "shop"}
            listener.started(monitoring.CommandStartedEvent(command, "shop", 1, where, 1))
            done = monitoring.CommandSucceededEvent(timedelta(), {"n": 3}, "find", 1, where, 1)
            listener.succeeded(done)
            listener.started(monitoring.CommandStartedEvent(command, "shop", 2, where, 2))
            listener.started(monitoring.CommandStartedEvent(command, "shop", 3, where, 3))
            failure, never = {"errmsg": "no such collection"}, timedelta()
            listener.failed(monitoring.CommandFailedEvent(never, failure, "find", 3, where, 3))
    first, second, third = found.of("sql")
    assert first.label == "find shop.items"
    assert first.parameters == "{'filter': {'name': 'tea'}}"
    assert (first.rows, first.database) == (3, "mongodb")
    assert (second.error, third.error) == ("", "find: no such collection")
    with request() as found:  # nothing is recorded any more
        listener.started(monitoring.CommandStartedEvent(command, "shop", 1, where, 1))
    assert found.spans == ()


def test_pymysqls_cursors_and_connections(monkeypatch):
    pymysql = pytest.importorskip("pymysql")
    with recorded_libraries():
        connection = pymysql.connect(defer_connect=True)
        sent = []
        monkeypatch.setattr(connection, "query", lambda sql, *a, **k: sent.append(sql) or 2)
        monkeypatch.setattr(connection, "_execute_command", lambda *a, **k: None)
        monkeypatch.setattr(connection, "_read_ok_packet", lambda: None)
        monkeypatch.setattr(connection, "escape", lambda value, *a: repr(value))
        monkeypatch.setattr(pymysql.cursors.Cursor, "_do_get_result", lambda self: None)
        with request() as found:
            connection.begin()
            cursor = connection.cursor()
            cursor.execute("SELECT %s", ("one",))
            cursor.executemany("DELETE FROM item WHERE name = %s", [("a",), ("b",)])
            connection.commit()
            connection.rollback()
    assert labels(found.of("sql")) == [
        "BEGIN", "SELECT %s", "DELETE FROM item WHERE name = %s", "COMMIT", "ROLLBACK",
    ]  # fmt: skip
    assert {span.database for span in found.of("sql")} == {"mysql"}
    assert found.spans[1].parameters == "('one',)"
    assert len({span.connection for span in found.spans}) == 1
