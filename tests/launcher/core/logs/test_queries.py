"""A request's SQL in groups: what repeats, and what is certain to be a loop."""

from __future__ import annotations

import pytest
from spans import items, sql

from launcher.core.logs.queries import NO_QUERIES, count_queries, finding, queries_of
from server.base import limits
from server.facts.span import LeftOut, Span


def test_queries_are_grouped_by_statement_and_line() -> None:
    spans = [
        Span("http", "GET https://example.org/", 0, 10**6),
        sql("BEGIN", line=9),
        sql("SELECT * FROM user WHERE id = 1", line=3, duration=300),
        *items(range(3)),
        *items([1], line=77),
        sql("COMMIT", line=9, duration=900),
    ]
    found = queries_of(spans)
    assert [(group.shape[:12], group.line, group.count, group.time) for group in found.groups] == [
        ("SELECT * FRO", 3, 1, 300),
        ("SELECT * FRO", 31, 3, 300),
        ("SELECT * FRO", 77, 1, 100),
        ("COMMIT", 9, 1, 900),
        ("BEGIN", 9, 1, 100),
    ]
    assert [group.duplicate for group in found.groups] == [False, True, True, False, False]
    assert round(sum(group.share for group in found.groups), 6) == 1
    assert found.count == (5, 4, 1700, 0) == count_queries(spans)
    assert found.groups[1].place == "catalog.py:31"


def test_opening_a_connection_takes_time_and_is_no_query() -> None:
    spans = [sql("CONNECT", duration=5000), *items(range(3))]
    assert count_queries(spans) == queries_of(spans).count == (3, 3, 5300, 0)
    assert count_queries([sql("CONNECT", duration=5000)]) == (0, 0, 5000, 0)


def test_a_request_without_sql() -> None:
    assert queries_of([Span("log", "hello", 0)]).groups == queries_of(None).groups == ()
    assert count_queries([]) == count_queries(None) == NO_QUERIES


def test_a_loop_of_a_template() -> None:
    (group,) = queries_of(items(range(5), function="template")).looped
    assert ", in a loop of the template: a join" in finding(group)


def test_queries_beyond_the_bound_are_counted() -> None:
    many = items(range(limits.SPANS_OF_A_KIND))
    time = count_queries(many).time
    beyond = (LeftOut("log", 5), LeftOut("sql", 9001, 7, 99, 50))
    found = queries_of(many, beyond)
    assert (found.count.total, found.count.time) == (limits.SPANS_OF_A_KIND + 9001, time + 50)
    assert found.groups[0].share == pytest.approx(time / (time + 50))
    assert count_queries([], beyond)[::2] == (9001, 50)  # other kinds had taken all the text


def test_queries_beyond_the_bound_as_they_were_recorded_before() -> None:
    """Without their kind: where it isn't sure that they were queries, they aren't counted."""
    many, more = items(range(limits.SPANS_OF_A_KIND)), (LeftOut("", 9001),)
    assert count_queries(many, more).total == limits.SPANS_OF_A_KIND + 9001
    assert count_queries(many, ()).total == limits.SPANS_OF_A_KIND
    logs = [Span("log", "hello", 0)] * limits.SPANS_OF_A_KIND
    assert count_queries([*many, *logs], more).total == limits.SPANS_OF_A_KIND
    assert count_queries([*items(range(3)), *logs], more).total == 3


def test_a_loop_is_certain() -> None:
    found = queries_of([sql("SELECT * FROM item", line=30), *items(range(40))])
    assert found.count == (41, 40, 4100, 40)
    (group,) = found.looped
    assert finding(group) == (
        "The same statement 40 times from catalog.py:31, in the loop of index: "
        "a join (select_related, joinedload) may help"
    )


def test_a_loop_may_have_other_statements_in_it() -> None:
    spans = []
    for number in range(6):
        spans += [*items([number]), sql("SELECT * FROM price WHERE item = ?", f"({number},)", 32)]
    assert [group.count for group in queries_of(spans).looped] == [6, 6]


def test_a_comprehension_has_no_name() -> None:
    (group,) = queries_of(items(range(5), function="<listcomp>")).looped
    assert finding(group).startswith("The same statement 5 times from catalog.py:31, in a loop: ")


def test_rows_of_a_loop_may_refer_to_the_same() -> None:
    assert queries_of(items([3, 3, 3, 4, 4, 3])).count.looped == 6


def test_what_is_not_certain_is_no_loop() -> None:
    same = items([7] * 20)
    assert not queries_of(same).looped
    assert finding(queries_of(same).groups[0]) == (
        "The same statement 20 times from catalog.py:31, with the same values each time"
    )
    for spans in (
        items(range(4)),
        items(range(20), file=""),
        [sql("INSERT INTO item VALUES (?)", f"({n},)") for n in range(20)],
        [one for n in range(6) for one in (*items([n]), *[sql(f"SELECT a{k}") for k in range(9)])],
        [*items(range(3)), *items(range(3), line=50)],
    ):
        assert not queries_of(spans).looped


def test_values_written_in_the_statement_are_other_values() -> None:
    assert queries_of([sql(f"SELECT * FROM item WHERE id = {n}") for n in range(5)]).looped


def test_a_template_that_is_a_string_has_no_line_to_open() -> None:
    inside, outside = queries_of(
        [sql("SELECT 1", file="<template>"), sql("SELECT 2 FROM a")]
    ).groups
    assert (inside.place, inside.opens) == ("<template>:31", False)
    assert outside.opens
