"""Plans of queries: on a connection of its own, of one SELECT, and never by running it."""

from __future__ import annotations

import queue
import sqlite3
import sys
import types

import pytest

from server.debugging.explain import Explainer, is_one_select
from server.events import Explained, ExplainQuestion
from server.flow.libraries.openers import Openers, asyncpg, mysql, openers, postgresql, sqlite


@pytest.mark.parametrize(
    ("statement", "one"),
    [
        ("SELECT 1", True),
        (" (select a from b where c = ';');", True),
        ("WITH x AS (SELECT 1) SELECT * FROM x -- ; nothing", True),
        ('SELECT "a;b" FROM `c;d` /* ; */', True),
        ("VALUES (1)", True),
        ("SELECT 1; SELECT 2", False),
        ("SELECT 1; DROP TABLE a", False),
        ("DELETE FROM a", False),
        ("WITH x AS (DELETE FROM a RETURNING 1) SELECT * FROM x", False),
        ("SELECT 1 INTO b", False),
        ("(ANALYZE) SELECT 1", False),
        ("ANALYZE SELECT 1", False),
        ("SELECT '; DROP TABLE a", False),
        ("SELECT $$;$$", False),
        ("SELECT 'the e', 'e'", True),
        (r"SELECT 'C:\'", True),
        (r"SELECT E'\'' ; DROP TABLE a --'", False),
        ("", False),
    ],
)
def test_what_may_be_explained(statement, one):
    assert is_one_select(statement) == one


@pytest.fixture
def ask():
    found = queue.SimpleQueue()
    explainer = Explainer(found.put)

    def one(connection, statement):
        explainer.ask(ExplainQuestion(7, connection, statement))
        return found.get(timeout=30)

    return one


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a b?.sqlite3"
    made = sqlite3.connect(path)
    made.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)")
    made.close()
    return path


def test_a_plan(ask, file):
    openers.remember("sqlite3-901", sqlite(sqlite3.Connection, file))
    found = ask("sqlite3-901", "SELECT * FROM item WHERE id = 3")
    assert (found.number, found.problem) == (7, "")
    assert "SEARCH" in found.plan[0]
    both = ask("sqlite3-901", "SELECT 1 UNION SELECT id FROM item").plan
    assert any(line.startswith("  ") for line in both)


def test_a_database_that_is_given_as_an_address(ask, file):
    plain = file.with_name("plain.sqlite3")
    file.rename(plain)
    explain = sqlite(sqlite3.Connection, f"file:{plain}?cache=private", uri=True)
    openers.remember("sqlite3-902", explain)
    assert "SCAN" in ask("sqlite3-902", "SELECT name FROM item").plan[0]


@pytest.mark.parametrize(
    ("database", "options"),
    [(":memory:", {}), ("", {}), ("file::memory:?cache=shared", {"uri": True}),
     ("file:x?mode=memory", {"uri": True})],
)  # fmt: skip
def test_a_database_in_memory_has_no_plan(ask, database, options):
    openers.remember("sqlite3-903", sqlite(sqlite3.Connection, database, **options))
    assert ask("sqlite3-903", "SELECT 1").problem == "memory"


def test_why_there_is_none(ask, file, tmp_path):
    assert ask("sqlite3-999", "SELECT 1").problem == "unknown"
    openers.remember("sqlite3-904", sqlite(sqlite3.Connection, file))
    assert ask("sqlite3-904", "DELETE FROM item").problem == "statement"
    failed = ask("sqlite3-904", "SELECT * FROM missing")
    assert (failed.problem, failed.message) == (
        "failed", "OperationalError: no such table: missing",
    )  # fmt: skip
    gone = tmp_path / "gone.sqlite3"
    openers.remember("sqlite3-905", sqlite(sqlite3.Connection, gone))
    assert ask("sqlite3-905", "SELECT 1").problem == "failed"
    assert not gone.exists()


def test_only_the_newest_connections_are_remembered():
    known = Openers()
    for number in range(Openers._MOST + 5):
        known.remember(f"sqlite3-{number}", None)
    with pytest.raises(KeyError):
        known.get("sqlite3-0")
    assert known.get(f"sqlite3-{Openers._MOST}") is None


def test_questions_and_answers_are_values():
    question = ExplainQuestion(1, "sqlite3-1", "SELECT 1")
    assert ExplainQuestion.from_json(question.to_json()) == question
    assert Explained(1).problem == ""


class Driver:
    """What of psycopg, or of psycopg2, is used for a plan."""

    def __init__(self, parameters):
        self.calls = []
        self.info = self
        self.password = "geheim"
        self.dsn_parameters = parameters
        self.read_only = False

    def get_parameters(self):
        return self.dsn_parameters

    def connect(self, **arguments):
        self.calls.append(arguments)
        return self

    def set_session(self, **options):
        self.read_only = options["readonly"]

    def cursor(self):
        return self

    def execute(self, statement, **options):
        self.calls.append((statement, options, self.read_only))
        if "missing" in statement:
            raise LookupError("missing")

    def fetchall(self):
        return [("Seq Scan on item",), ("  Filter: a",)]

    def rollback(self):
        self.calls.append("rollback")

    def close(self):
        self.calls.append("close")


@pytest.mark.parametrize("library", ["psycopg", "psycopg2"])
def test_postgresql_is_asked_in_a_transaction_that_cannot_write(ask, monkeypatch, library):
    driver = Driver({"host": "db", "user": "ada"})
    monkeypatch.setitem(sys.modules, library, driver)
    openers.remember("psycopg-901", postgresql(library, driver))
    found = ask("psycopg-901", "SELECT * FROM item")
    assert found.plan == ("Seq Scan on item", "  Filter: a")
    made, limit, explain, *end = driver.calls
    assert made == {"host": "db", "user": "ada", "password": "geheim", "connect_timeout": 3}
    assert "statement_timeout" in limit[0]
    prepared = {"prepare": True} if library == "psycopg" else {}
    assert explain == ("EXPLAIN SELECT * FROM item", prepared, True)
    assert end == ["rollback", "close"]
    assert ask("psycopg-901", "SELECT * FROM missing").message == "LookupError: missing"
    assert driver.calls[-2:] == ["rollback", "close"]


class Mysql:
    """Stands for a driver's connection and its cursor."""

    def __init__(self, *args, **options):
        self.made_with = args, options
        self.sent = []
        self.description = [("id",), ("select_type",), ("table",), ("key",), ("Extra",)]

    def cursor(self):
        return self

    def execute(self, statement):
        self.sent.append(statement)
        if "broken" in statement:
            raise ValueError(statement)

    def fetchall(self):
        return [(1, "SIMPLE", "item", None, "Using where")]

    def rollback(self):
        self.sent.append("ROLLBACK")

    def close(self):
        self.sent.append("close")


@pytest.mark.parametrize("library", ["pymysql", "MySQLdb"])
def test_a_plan_of_mysqls(library):
    made = []

    def connect(*args, **options):
        made.append(Mysql(*args, **options))
        return made[-1]

    options = {"password": "hunter2", "cursorclass": dict, "defer_connect": True}
    explain = mysql(library, connect, ("db.local",), options)
    assert explain("SELECT 1") == ("SIMPLE table: item, Extra: Using where",)
    with pytest.raises(ValueError, match="broken"):
        explain("broken")
    for connection in made:
        args, known = connection.made_with
        assert args == ("db.local",)
        assert (known["password"], known["connect_timeout"]) == ("hunter2", 3)
        assert not known.keys() & {"cursorclass", "defer_connect"}
        assert known.get("multi_statements") == (False if library == "MySQLdb" else None)
        assert connection.sent[1] == "START TRANSACTION READ ONLY"
        assert connection.sent[-2:] == ["ROLLBACK", "close"]


class Asyncpg:
    """Stands for a connection of asyncpg, its transaction and its parameters."""

    user, password, database, ssl = "me", "hunter2", "shop", None

    def __init__(self, address=""):
        self._params, self._addr = self, address
        self.sent = []

    def transaction(self, *, readonly):
        assert readonly
        return self

    async def start(self):
        self.sent.append("BEGIN")

    async def rollback(self):
        self.sent.append("ROLLBACK")

    async def execute(self, statement):
        self.sent.append(statement)

    async def fetch(self, statement):
        self.sent.append(statement)
        if "broken" in statement:
            raise ValueError(statement)
        return [("Result",)]

    async def close(self, timeout):
        self.sent.append("close")


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("/run/pg/.s.PGSQL.5433", "/run/pg", 5433), (("db.local", 5432), "db.local", 5432)],
)
def test_a_plan_by_asyncpg(monkeypatch, address, host, port):
    made = []

    async def connect(**options):
        made.append((Asyncpg(), options))
        return made[-1][0]

    monkeypatch.setitem(sys.modules, "asyncpg", types.SimpleNamespace(connect=connect))
    explain = asyncpg(Asyncpg(address))
    assert explain("SELECT 1") == ("Result",)
    with pytest.raises(ValueError, match="broken"):
        explain("broken")
    (first, options), (second, _) = made
    assert (options["host"], options["port"], options["password"]) == (host, port, "hunter2")
    assert [first.sent[0], *first.sent[-3:]] == ["BEGIN", "EXPLAIN SELECT 1", "ROLLBACK", "close"]
    assert second.sent[-1] == "close"


def test_an_unknown_form_of_asyncpgs_connections_has_no_plan():
    assert asyncpg(object()) is None


def test_a_connection_that_is_not_known():
    found = queue.SimpleQueue()
    for forks, problem in ((False, "unknown"), (True, "forked")):
        Explainer(found.put, forks=forks).ask(ExplainQuestion(7, "nowhere-1", "SELECT 1"))
        assert found.get(timeout=30).problem == problem
