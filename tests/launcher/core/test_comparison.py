"""What is shown of two answers: side by side, and without secrets."""

from __future__ import annotations

from typing import Any

from launcher.core.compare import compare
from launcher.core.comparison import rows_of, summary
from server.events import Body


def test_rows_of_two_answers(make: Any) -> None:
    headers = (("Content-Type", "application/json"),)
    first = make.finished(
        1, response_headers=(*headers, ("Set-Cookie", "sid=hunter2")),
        response_body=Body(32, b'{"token":"hunter2","b":1}'),
    )  # fmt: skip
    second = first.replace(
        status=500, response_headers=(*headers, ("X-New", "1")),
        response_body=Body(32, b'{"token":"hunter3","b":2}'),
    )  # fmt: skip
    found = compare(first, second)
    assert summary(found) == "The status is another: 200 before, 500 now."
    rows = rows_of(found)
    shown = " ".join(f"{row.name} {row.before} {row.after}" for row in rows)
    assert "hunter" not in shown
    assert "hunter3" in " ".join(row.after for row in rows_of(found, secrets=True))
    by_name = {row.name: row for row in rows if row.name}
    assert by_name["Status"].differs
    assert by_name["X-New"].differs
    assert not by_name["Set-Cookie"].differs
    assert (by_name["b"].before, by_name["b"].after) == ("1", "2")


def test_the_same(make: Any) -> None:
    found = compare(make.finished(1), make.finished(2))
    assert summary(found) == "The same answer."
    assert not any(row.differs for row in rows_of(found))


def test_queries_stand_there_where_they_are_known(make: Any) -> None:
    found = compare(make.finished(1), make.finished(2))
    rows = {row.name: row for row in rows_of(found, queries=(3, None))}
    assert (rows["Queries"].before, rows["Queries"].after) == ("3", "not recorded")
    assert rows["Queries"].differs
    assert not rows_of(found, queries=(2, 2))[3].differs
    assert "Queries" not in {row.name for row in rows_of(found)}
