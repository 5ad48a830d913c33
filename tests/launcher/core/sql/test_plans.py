"""Which queries may be explained, and what is shown of the answer."""

from __future__ import annotations

import pytest
from spans import sql

from launcher.core.sql.plans import plan_text, question_of
from launcher.core.sql.values import runnable
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
    for problem in ("unknown", "memory", "statement"):
        assert plan_text(Explained(1, problem=problem))[-1] == "."
    failed = Explained(1, problem="failed", message="Error: password=abc")
    assert plan_text(failed) == "The database gives no plan: Error: password=***"
