"""The statements of all requests: the slowest first, and never more than a bound."""

from __future__ import annotations

from spans import items, sql

from launcher.core.logs import statements
from launcher.core.logs.statements import StatementLog
from server.facts.span import Span


def test_statements_are_counted_by_shape_and_line() -> None:
    log = StatementLog()
    log.add(None)
    log.add([*items(range(3)), sql("COMMIT"), Span("http", "GET https://a/", 0, 10**9)])
    log.add([*items([8]), sql("SELECT 1", line=5, duration=900), *items([9], line=7)])
    rows = [(row.statement, row.line, row.requests, row.count, row.time) for row in log.rows()]
    assert rows == [
        ("SELECT ?", 5, 1, 1, 900),
        ("SELECT item WHERE id = ?", 31, 2, 4, 400),
        ("SELECT item WHERE id = ?", 7, 1, 1, 100),
    ]
    assert log.rows()[0].longest == 900
    log.clear()
    assert log.rows() == []


def test_the_quickest_goes_where_there_are_too_many() -> None:
    log = StatementLog()
    for number in range(statements.MOST + 5):
        log.add([sql(f"SELECT c{number} FROM t", duration=1000 + number)])
    rows = log.rows()
    assert len(rows) == statements.MOST
    assert rows[0].time == 1000 + statements.MOST + 4
