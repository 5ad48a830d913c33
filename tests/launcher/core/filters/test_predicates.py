"""What is asked of requests that share an exchange is asked once, and never of another request."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.filters import predicates
from launcher.core.filters.fields import FAILED, SLOW
from launcher.core.filters.predicates import predicate
from launcher.core.filters.quick import STATIC
from launcher.core.logs.history.conditions import All, Not, Text
from launcher.core.logs.requests import RequestRow
from server.events import Exchange, RequestFinished


def row(exchange: Exchange, id: int = 1, duration: float = 0.01, **changes: Any) -> RequestRow:
    done = RequestFinished._make((exchange, id, 1.0, duration, duration, "t", 5000))
    return RequestRow(id, id, "GET", "/", 1.0, done)._replace(**changes)


def exchange(path: str, status: int = 200, **facts: Any) -> Exchange:
    return Exchange(repeats=True, method="GET", path=path, target=path, status=status, **facts)


@pytest.mark.parametrize("turn", [1, -1])
def test_each_exchange_has_its_own_verdict(turn: int) -> None:
    test = predicate(STATIC)
    kinds = [
        (exchange("/a.css"), True),
        (exchange("/items"), False),
        (exchange("/b.css", 500), False),
        (exchange("/c.css", 404, request_headers=(("Referer", "http://x/"),)), False),
    ]
    for shared, verdict in kinds[::turn] * 2:
        assert test(row(shared)) is verdict


def test_a_request_with_an_error_of_its_own_is_another_one() -> None:
    shared, test = exchange("/a.css"), predicate(FAILED)
    verdicts = [test(row(shared, error=error)) for error in (None, 7, None)]
    assert verdicts == [False, True, False]


def test_what_differs_between_them_is_asked_of_each() -> None:
    shared, test = exchange("/a"), predicate(All((Not(SLOW), Text("path", "is", "/a"))))
    verdicts = [test(row(shared, duration=seconds)) for seconds in (0.01, 2.0, 0.01)]
    assert verdicts == [True, False, True]


def test_shared_ones_are_looked_at_once_and_few_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predicates, "_EXCHANGES", 2)
    asked: list[str] = []

    def ask(row: RequestRow) -> bool:
        assert row.finished is not None
        asked.append(row.finished.path)
        return True

    test = predicates._remembered(ask)
    a, b, c = map(exchange, "abc")
    for shared in (a, a, b, a, b, c, c, a):
        assert test(row(shared))
    assert asked == ["a", "b", "c", "a"]
    alone = Exchange(method="GET", path="d")  # the only one of its kind
    assert test(row(alone))
    assert test(row(alone))
    assert asked[4:] == ["d", "d"]
