"""Two answers, compared by what they mean."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st

from launcher.core import compare as module
from launcher.core.compare import compare
from server.events import Body, RequestFinished

JSON = (("Content-Type", "application/json"),)


def answer(body: bytes | str = b"", **changes: Any) -> RequestFinished:
    data = body.encode() if isinstance(body, str) else body
    facts: dict[str, Any] = {
        "status": 200, "reason": "OK", "response_headers": JSON,
        "response_body": Body(len(data), data), **changes,
    }  # fmt: skip
    return RequestFinished.of(id=1, started=1.0, duration=0.5, **facts)


def places(one: str, other: str, **more: Any) -> list[tuple[str, str | None, str | None]]:
    found = compare(answer(one), answer(other), **more)
    return [(change.place, change.before, change.after) for change in found.body]


def test_order_of_keys_and_white_space_mean_nothing() -> None:
    found = compare(answer('{"a": 1, "b": [1.10]}'), answer('{"b":[1.1],\n"a":1}'))
    assert (found.verdict, found.kind, found.body) == ("same", "json", ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ('{"a":1}', '{"a":2}', [("a", "1", "2")]),
        ('{"a":1}', '{"a":"1"}', [("a", "1", '"1"')]),
        ('{"a":true}', '{"a":1}', [("a", "true", "1")]),
        ('{"a":[{"b":1}]}', '{"a":[{"b":2},3]}', [("a[0].b", "1", "2"), ("a[1]", None, "3")]),
        ('{"a":1,"c":null}', '{"b":1}', [("a", "1", None), ("c", "null", None), ("b", None, "1")]),
        ("[1]", "{}", [("(all)", "[1]", "{}")]),
        ("[9007199254740993]", "[9007199254740992]",
         [("[0]", "9007199254740993", "9007199254740992")]),
        ("a\nb\nc", "a\nx\nc", [("line 2", "b", "x")]),
        ("a\nc", "a\nb\nc", [("line 2", None, "b")]),
    ],
)  # fmt: skip
def test_what_differs_is_named(one: str, other: str, expected: list[Any]) -> None:
    assert places(one, other) == expected


def test_what_may_differ_is_left_out() -> None:
    one, other = '{"id":1,"l":[{"t":1,"v":1}]}', '{"id":2,"l":[{"t":2,"v":2}]}'
    ignored = frozenset(("id", "l[].t"))
    assert places(one, other, ignored=ignored) == [("l[0].v", "1", "2")]
    assert places(one, other, ignored=frozenset(("id", "l"))) == []
    assert places(one, other, ignored=frozenset(("id", "l[0].t"))) == [("l[0].v", "1", "2")]


def test_headers_that_are_new_each_time_make_no_difference() -> None:
    one = answer(response_headers=(("Date", "a"), ("X", "1"), ("x", "2"), ("Gone", "")))
    other = answer(response_headers=(("date", "b"), ("X", "1, 2"), ("Gone", "")))
    found = compare(one, other)
    assert [(change.name, change.varies) for change in found.headers] == [("Date", True)]
    assert found.verdict == "same"
    assert compare(one, answer(response_headers=())).verdict == "\u2260 headers"


def test_the_status_counts_most() -> None:
    found = compare(answer("a"), answer("b", status=500))
    assert (found.verdict, found.status) == ("\u2260 status", (200, 500))


def test_bytes_and_codings() -> None:
    plain, coded = answer('{"a":1}'), gzip.compress(b'{"a":1}')
    headers = (*JSON, ("Content-Encoding", "gzip"))
    assert compare(plain, answer(coded, response_headers=headers)).body == ()
    picture = (("Content-Type", "image/png"),)
    one, other = (answer(data, response_headers=picture) for data in (b"\0\1\2", b"\0\1\3"))
    found = compare(one, other)
    assert (found.kind, found.body[0].place) == ("bytes", "byte 3")


def test_bodies_that_were_cut() -> None:
    one = answer(response_body=Body(9, b"abc"))
    assert compare(one, one).verdict == "same"
    longer = compare(one, answer(response_body=Body(10, b"abc")))
    assert (longer.cut, longer.verdict, longer.body[0].place) == (True, "\u2260 body", "size")


def test_what_is_deep_or_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    assert compare(answer(deep), answer(deep + " ")).cut is False
    digits = f"[{'9' * 6000}]"
    assert places(digits, digits + " ") == []
    monkeypatch.setattr(module, "MOST_CHANGES", 3)
    many = compare(answer(json.dumps([1] * 9)), answer(json.dumps([2] * 9)))
    assert (len(many.body), many.more) == (3, True)
    lines = "\n".join(map(str, range(8000)))
    assert compare(answer(lines), answer(lines[::-1])).more


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@examples(30)
@given(st.dictionaries(st.text(max_size=3), TREES), st.dictionaries(st.text(max_size=3), TREES))
def test_the_same_is_what_is_equal(one: Any, other: Any) -> None:
    again = json.dumps(one, indent=3)
    assert compare(answer(json.dumps(one)), answer(again)).verdict == "same"
    is_same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (compare(answer(again), answer(json.dumps(other))).verdict == "same") is is_same
