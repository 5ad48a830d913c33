"""What a cell asks for finds its row, and "all but this" leaves it out."""

from __future__ import annotations

import pytest

from launcher.core.filters.cells import added, term_of
from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import read_filter
from launcher.core.filters.predicates import predicate
from launcher.core.logs.requests import RequestLog, RequestRow
from server.events import Body, RequestFinished, RequestStarted

COLUMNS = ("started", "method", "path", "query", "status", "duration", "size", "type", "endpoint",
           "host", "client", "thread", "pid")  # fmt: skip


def row(path: str = "/a b/中", status: int = 200) -> RequestRow:
    log = RequestLog()
    log.add_finished(
        RequestFinished.of(
            id=1, started=1.7e9, duration=0.0123456, app_duration=0.0, thread="w (1)", pid=7,
            method="GET", target=path, path=path, query='x="1"', status=status,
            endpoint="shop.index", remote_addr="::1", request_headers=(("Host", "a:5000"),),
            response_headers=(("Content-Type", "text/html; charset=utf-8"),),
            response_body=Body(10_000),
        )
    )  # fmt: skip
    found = log.get(0)
    assert found is not None
    return found


@pytest.mark.parametrize("column", COLUMNS)
def test_only_this_and_all_but_this(column: str) -> None:
    term = term_of(column, row())
    assert term
    only = read_filter(added("", term), REQUESTS)
    assert predicate(only.condition)(row())
    others = read_filter(added("", term, without=True), REQUESTS)
    assert not predicate(others.condition)(row())


def test_what_isn_t_known_is_no_term() -> None:
    log = RequestLog()
    log.add_started(RequestStarted(1, "GET", "/", 1.0))
    (running,) = log
    assert term_of("status", running) == "is:running"
    assert [term_of(column, running) for column in ("duration", "size", "pid", "query")] == [""] * 4
    assert term_of("nothing", running) == ""


def test_terms_are_added_once_and_take_out_their_opposite() -> None:
    assert added("a", "method:GET") == "a method:GET"
    assert added("a method:GET", "method:GET") == "a method:GET"
    assert added("a -method:GET b", "method:GET") == "a b method:GET"
    assert added("method:GET", "method:GET", without=True) == "-method:GET"
    assert added("a or b", "c") == "(a or b) c"
