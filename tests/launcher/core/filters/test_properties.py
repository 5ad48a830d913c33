"""Any filter finds in memory what a plain reading of it does.

That memory and history find the same for any condition is in the properties of the history.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bounds import examples
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.filters.fields import REQUESTS
from launcher.core.filters.language import LONGEST, quoted, read_filter
from launcher.core.filters.mistakes import FilterError
from launcher.core.filters.predicates import predicate
from launcher.core.logs.requests import RequestLog, RequestRow
from server.events import Body, RequestFinished, RequestStarted

Test = Callable[[RequestRow], bool]
"""The plain reference: what a filter asks for, in Python."""

TYPES = st.sampled_from(["text/html", "x/json"])
PATHS = st.sampled_from(["/", "/api", "/API/x", "/a b", "/中文", "/and", '/"q"', "/x:y"])


def finished(row: RequestRow) -> Any:
    return row.finished


@st.composite
def rows(draw: Any) -> RequestRow:
    log = RequestLog()
    path, query = draw(PATHS), draw(st.sampled_from(["", "a=1", "page=2&and=or"]))
    target = f"{path}?{query}" if query else path
    log.add_started(RequestStarted(1, draw(st.sampled_from(["GET", "POST"])), target, 1e9))
    row = log.get(0)
    assert row is not None
    if draw(st.booleans()):
        size = draw(st.sampled_from([0, 10, 10_240, 50_000]))
        log.add_finished(
            RequestFinished.of(
                id=1, started=1e9, app_duration=0.0, thread=draw(st.sampled_from(["", "w-1"])),
                duration=draw(st.sampled_from([0.0, 0.2, 0.5, 3.0])),
                method=row.method, target=target, path=path, query=query,
                status=draw(st.sampled_from([200, 302, 404, 500])),
                response_headers=(("Content-Type", draw(TYPES)),),
                request_headers=(("X-Id", draw(st.sampled_from(["7", "secret"]))),),
                response_body=Body(size, b"Hello"[:size]),
                endpoint=draw(st.sampled_from(["", "shop.index"])),
                aborted=draw(st.booleans()),
            )
        )  # fmt: skip
    found = log.get(0)
    assert found is not None
    return found


def term(text: str, test: Test) -> tuple[str, Test]:
    return text, test


def word(text: str) -> tuple[str, Test]:
    def test(row: RequestRow) -> bool:
        where = (*row.target.lower().partition("?")[::2], "")
        return any(text.lower() in part for part in where) or row.method.lower() == text.lower()

    return quoted(text), test


def over(test: Callable[[Any], bool]) -> Test:
    return lambda row: row.finished is not None and test(row.finished)


TERMS = st.one_of(
    st.sampled_from(["api", "a b", "GET", "and", '"q', "page=2", "中", "x:y", "-"]).map(word),
    st.sampled_from([
        term("method:post", lambda row: row.method == "POST"),
        term("status:4xx", over(lambda done: 400 <= done.status < 500)),
        term("status:>=400", over(lambda done: done.status >= 400)),
        term("dur:>200ms", over(lambda done: done.duration > 0.2)),
        term("is:slow", over(lambda done: done.duration >= 0.5)),
        term("size:>=10k", over(lambda done: done.response_body.size >= 10_240)),
        term("type:json", over(lambda done: "json" in done.response_headers[0][1])),
        term("path:=/api", lambda row: row.target.partition("?")[0] == "/api"),
        term("path:~^/api/?", lambda row: row.target.lower().startswith("/api")),
        term("header:x-id", over(lambda done: True)),
        term('header:~"^x-id: \\d$"', over(lambda done: done.request_headers[0][1] == "7")),
        term('header:~"^X-ID: \\*+$"', over(lambda done: False)),
        term("body:~^HEL+o", over(lambda done: done.response_body.size >= 5)),
        term("body:HELLO", over(lambda done: done.response_body.size >= 5)),
        term("endpoint:shop", over(lambda done: "shop" in done.endpoint)),
        term("has:query", lambda row: "?" in row.target),
        term("is:running", lambda row: row.finished is None),
        term("is:aborted", over(lambda done: done.aborted)),
        term("thread:W", over(lambda done: done.thread == "w-1")),
        term("after:2001-01-01", lambda row: True),
    ]),
)  # fmt: skip


def negated(one: tuple[str, Test], how: str) -> tuple[str, Test]:
    text, test = one
    return f"{how}({text})", lambda row: not test(row)


def joined(parts: list[tuple[str, Test]], how: str) -> tuple[str, Test]:
    texts, tests = zip(*parts, strict=True)
    combine = any if how.strip().lower() == "or" else all
    return f"({how.join(texts)})", lambda row: combine(test(row) for test in tests)


FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(negated, inner, st.sampled_from(["-", "not ", "NOT"])),
        st.builds(
            joined, st.lists(inner, min_size=1, max_size=4), st.sampled_from([" ", " and ", " OR "])
        ),
    ),
    max_leaves=8,
)


@given(FILTERS, st.lists(rows(), max_size=4))
@examples(75)
def test_what_is_found_is_what_was_asked_for(
    asked: tuple[str, Test], found: list[RequestRow]
) -> None:
    text, test = asked
    shown = predicate(read_filter(text, REQUESTS).condition)
    for row in found:
        assert shown(row) == test(row), text


@given(st.text('ab or():"~-<>=\\ path:status5x.[{*', max_size=30))
@examples(100)
def test_any_text_is_a_filter_or_a_sentence(text: str) -> None:
    try:
        shown = predicate(read_filter(text, REQUESTS).condition)
    except FilterError as error:
        assert error.message.endswith((".", "?"))
        assert 0 <= error.start <= error.stop <= len(text) <= LONGEST
    else:
        log = RequestLog()
        log.add_started(RequestStarted(1, "GET", "/", 1e9))
        assert [shown(row) for row in log] in ([True], [False])
