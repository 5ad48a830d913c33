"""Which queries may be explained, and what is shown of the answer."""

from __future__ import annotations

import pytest
from spans import sql

from launcher.core.sql.plans import plan_text, question_of
from launcher.core.sql.values import runnable, secrets_of
from server.events import Explained


def test_a_question_has_its_values_also_the_secret_ones() -> None:
    span = sql("SELECT a WHERE b = ? AND token = ?", "(1, 'abc')", database="sqlite")
    assert question_of(span) == "SELECT a WHERE b = 1 AND token = 'abc'"


@pytest.mark.parametrize(
    "span",
    [
        sql("SELECT 1", database="oracle"),
        sql("DELETE FROM a", database="sqlite"),
        sql("SELECT 1", database="sqlite", length=9),
        sql("SELECT ?", database="sqlite"),
        sql("SELECT ?", "(<Thing>,)", database="sqlite"),
        sql("COMMIT", database="postgresql"),
    ],
)
def test_what_has_no_plan(span: object) -> None:
    assert question_of(span) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("datetime.date(2026, 1, 2)", "'2026-01-02'"),
        ("datetime.datetime(2026, 11, 29, 3, 5)", "'2026-11-29 03:05:00'"),
        ("datetime.datetime(2026, 11, 29, 3, 5, 7, 80)", "'2026-11-29 03:05:07.000080'"),
    ],
)
def test_dates_have_a_form_in_sql(value: str, literal: str) -> None:
    assert runnable("SELECT ?", f"({value},)") == f"SELECT {literal}"


def test_what_is_shown() -> None:
    assert plan_text(Explained(1, ("SCAN a", "  SEARCH b"))) == "SCAN a\n  SEARCH b"
    assert plan_text(Explained(1)) == "The database gives no plan."
    for problem in ("unknown", "forked", "memory", "statement"):
        assert plan_text(Explained(1, problem=problem))[-1] == "."
    failed = Explained(1, problem="failed", message="Error: password=abc")
    assert plan_text(failed) == "The database gives no plan: Error: password=***"


def test_no_secret_of_the_statement_is_in_its_plan() -> None:
    """PostgreSQL writes the values into what it filters by, in a form of its own."""
    statement = (
        "SELECT * FROM a WHERE (token LIKE %(t)s OR pin = ANY(%(pin)s)) AND password = 'o''x'"
    )
    secrets = secrets_of(statement, "{'t': 'hunter2', 'token': \"it's\", 'pin': [1234, '77']}")
    assert set(secrets) == {"hunter2", "it''s", "77", "1234", "o''x"}
    plan = (
        "Seq Scan on a  (cost=0.00..11.50 rows=499 width=77)",
        "  Filter: (((token)::text ~~ 'it''s'::text) AND (pw = 'o''x'::text) AND (x = 'hunter'))",
    )
    shown = plan_text(Explained(1, plan), secrets)
    assert shown.splitlines()[1] == (
        "  Filter: (((token)::text ~~ '***'::text) AND (pw = '***'::text) AND (x = 'hunter'))"
    )
    failed = Explained(1, problem="failed", message='not a number: "it\'s"')
    assert plan_text(failed, secrets) == 'The database gives no plan: not a number: "***"'
    # What isn't a value of the statement, as of a policy of the table.
    assert plan_text(Explained(1, ("Filter: (token = 'abc')",))) == "Filter: (token = '***')"
