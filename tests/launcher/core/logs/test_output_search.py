"""Searching lines."""

from __future__ import annotations

import pytest

from launcher.core.logs.line_store import LineStore, Source
from launcher.core.logs.output_filter import LineFilter
from launcher.core.logs.output_search import Query, QueryError, TooSlow, compiled, hits, spans


def found(lines: list[str], query: Query) -> list[int]:
    store = LineStore()
    store.extend(Source(0.0, "stdout"), lines)
    parts = hits(query, compiled(query), store.blocks(), lambda: False)
    return [number for part in parts for number in part]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query("b"), [0, 1, 3]),
        (Query("B", case=True), [3]),
        (Query("."), [2]),
        (Query("^b", is_regex=True), [1, 3]),
        (Query("$", is_regex=True), [0, 1, 2, 3]),
        (Query(r"\s", is_regex=True), [2]),
        (Query(r"[^a]\Z", is_regex=True), [0, 1, 2, 3]),
        (Query("zzz"), []),
    ],
)
def test_each_line_with_a_hit_is_found_once(query: Query, numbers: list[int]) -> None:
    assert found(["abb", "b", "c d.", "B"], query) == numbers


def test_hits_in_many_blocks() -> None:
    lines = [f"line {number}" for number in range(3000)]
    assert found(lines, Query("99")) == [n for n in range(3000) if "99" in str(n)]


def test_a_search_stops_when_it_is_asked_to() -> None:
    store = LineStore()
    store.extend(Source(0.0, "stdout"), ["x"] * 2000)
    query = Query("x")
    assert list(hits(query, compiled(query), store.blocks(), lambda: True)) == []


def test_what_is_no_expression_is_refused_with_a_sentence() -> None:
    with pytest.raises(QueryError, match=r"Not a regular expression: .+ at character 3"):
        compiled(Query("(a", is_regex=True))


def test_an_expression_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launcher.core.logs.output_search.BLOCK_SECONDS", 0.05)
    with pytest.raises(TooSlow):
        found(["a" * 60 + "b"], Query("^(a|aa)+$", is_regex=True))


def test_spans() -> None:
    assert spans(compiled(Query("ab")), "xABab") == [(1, 3), (3, 5)]
    assert spans(compiled(Query("x*", is_regex=True)), "aaa") == []


def test_a_filter_without_a_text_and_with_one() -> None:
    store = LineStore()
    store.extend(Source(0.0, "stderr", None, "error", "shop"), ["no stock", "more"])
    store.extend(Source(0.0, "stdout"), ["no stock", "ERROR no stock"])
    wanted = LineFilter(level="warning")
    for query, numbers in (
        (Query("", filter=wanted), [0, 1, 3]),
        (Query("stock", filter=wanted), [0, 3]),
        (Query("^no", is_regex=True, filter=wanted), [0]),
    ):
        parts = hits(query, compiled(query), store.blocks(), lambda: False)
        assert [number for part in parts for number in part] == numbers
