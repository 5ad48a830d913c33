"""What a filter's text asks for, and the sentences for what is wrong in one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from launcher.core.filters.fields import ERRORS, FAILED, REQUESTS, SLOW
from launcher.core.filters.language import EVERYTHING, quoted, read_filter
from launcher.core.filters.mistakes import FilterError
from launcher.core.logs.history.conditions import (
    All,
    Any_,
    BodyHas,
    Compare,
    Flag,
    HeadersHave,
    Not,
    Passes,
    Text,
)


def read(text: str) -> Any:
    return read_filter(text, REQUESTS).condition


def word(text: str) -> Any:
    columns = Text("path", "has", text), Text("query", "has", text)
    return Any_((*columns, Text("method", "is", text)))


FIVE_HUNDREDS = All((Compare("status", ">=", 500), Compare("status", "<", 600)))


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", EVERYTHING),
        (" \t ", EVERYTHING),
        ("method:POST", Text("method", "is", "POST")),
        ("METHOD:post", Text("method", "is", "post")),
        ("status:404", Compare("status", "=", 404)),
        ("status:5xx", FIVE_HUNDREDS),
        ("status:>=400", Compare("status", ">=", 400)),
        ("-path:/static", Not(Text("path", "has", "/static"))),
        ("path:=/health", Text("path", "is", "/health")),
        ('path:"=/a b"', Text("path", "has", "=/a b")),
        ("dur:>200ms", Compare("duration", ">", 0.2)),
        ("dur:1.5s", Compare("duration", ">=", 1.5)),
        ("dur:<20", Compare("duration", "<", 0.02)),
        ("size:>10k", Compare("response_size", ">", 10_240)),
        ("type:json", Text("type", "has", "json")),
        ("header:X-Id", HeadersHave("X-Id")),
        ('header:"x-id: 5"', HeadersHave("x-id: 5")),
        ("body:text", BodyHas("text")),
        ("has:error", Flag("error")),
        ("is:slow", SLOW),
        ("is:failed", FAILED),
        ("host:127.0.0.1:5000", Text("host", "has", "127.0.0.1:5000")),
        ("endpoint:shop.index", Text("endpoint", "has", "shop.index")),
        ("thread:w-1", Text("thread", "has", "w-1")),
        ("pid:7", Compare("pid", "=", 7)),
        ("/items/7", word("/items/7")),
        ("/foo-bar", word("/foo-bar")),
        ('"and"', word("and")),
        (r'"a \"b\" \\"', word(r'a "b" \\'[:-1])),
        ("路径", word("路径")),
        ("x not not y", All((word("x"), word("y")))),
        ("a or b c", Any_((word("a"), All((word("b"), word("c")))))),
        ("a OR b AND c", Any_((word("a"), All((word("b"), word("c")))))),
        ("(a or b) c", All((Any_((word("a"), word("b"))), word("c")))),
        ("-(a b)", Not(All((word("a"), word("b"))))),
        ("not a", Not(word("a"))),
        ("- a" .replace(" ", ""), Not(word("a"))),
    ],
)  # fmt: skip
def test_what_is_asked_for(text: str, condition: Any) -> None:
    assert read(text) == condition


def test_a_word_of_three_digits_is_a_status_as_well() -> None:
    assert Compare("status", "=", 404) in read("404").parts


def test_a_time_is_today_s() -> None:
    moment = read("after:10:30")
    assert time.strftime("%H:%M %j", time.localtime(moment.value)) == "10:30 " + time.strftime("%j")
    assert read("before:2026-11-28T10:30") == Compare(
        "started", "<", time.mktime((2026, 11, 28, 10, 30, 0, 0, 0, -1))
    )
    assert read("after:today").value < time.time() < read("after:today").value + 90_000


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("path:~^/v[12]/(a|b)$", "/v1/b", "/v3/b"),
        ("(path:~^/a/(x|(y))$)", "/A/y", "/a/z"),
        ('path:~"a b"', "xa b", "ab"),
        (r'path:~"\"\d"', '"7', "7"),
        (r"path:~\(x", "(x", "x"),
    ],
)
def test_regular_expressions(text: str, matching: str, other: str) -> None:
    condition = read(text)
    assert isinstance(condition, Passes)
    assert condition.test(matching)
    assert not condition.test(other)


def test_a_regular_expression_looks_where_a_word_does() -> None:
    assert [part.column for part in read("~x+").parts] == ["path", "query"]


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("method:", "A value is expected right after method:, such as POST.", 7),
        ("a method: POST", "A value is expected right after method:, such as POST.", 9),
        ("status:>", "A value is expected right after status:", 8),
        ("status:4", "A status is a number such as 404, or 5xx for a class.", 7),
        ("status:abc", "A status is a number such as 404, or 5xx for a class.", 7),
        ("dur:fast", "A number such as >200ms or >1.5s is expected here.", 4),
        ("after:25:00", "A time such as 10:30", 6),
        ("is:new", "One of these is expected here: failed, slow", 3),
        ("pat:x", "There is no field pat. Is it path:?", 0),
        ("http://x", "There is no field http. Put a text with a colon in quotes.", 0),
        ('a path:"x', "The other quotation mark is missing.", 7),
        ("(a", "A ) is missing.", 2),
        ("a)", "There is no ( before this ).", 1),
        ("()", "Something to look for is expected after (.", 1),
        ("a or", "Something to look for is expected after or.", 4),
        ("or a", "Something to look for is expected here.", 0),
        ("not", "Something to look for is expected after not.", 3),
        ("-", "Something to look for is expected after -.", 0),
        ("path:~", "A regular expression is expected after ~.", 5),
        ("path:~[", "The regular expression is wrong: unterminated character set.", 7),
        ("body:>x", "A text can't be compared by > here.", 5),
        ("method:>x", "A text can't be compared by >.", 7),
        ("(" * 51 + "a" + ")" * 51, "More than 50 parentheses are in each other.", 50),
        ("x" * 10_001, "The filter is longer than 10,000 characters.", 10_000),
        ("x " * 1_001, "The filter has more than 1,000 words.", 2_000),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_place(text: str, message: str, start: int) -> None:
    with pytest.raises(FilterError) as found:
        read(text)
    assert found.value.message.startswith(message)
    assert found.value.start == start
    assert found.value.start <= found.value.stop <= len(text)


def test_a_thousand_words_are_no_trouble() -> None:
    assert len(read(" ".join(["x"] * 1_000)).parts) == 1_000
    assert read("not " * 1_001 + "x") == Not(word("x"))


@pytest.mark.parametrize("text", ["/a", "a b", 'a "b" \\', "and", "-x", "=x", "~x", "a:b", "(", ""])
def test_any_text_can_be_quoted(text: str) -> None:
    assert read(f"path:{quoted(text)}") == Text("path", "has", text)


def test_errors_have_fields_of_their_own() -> None:
    text = "type:ValueError message:bad file:views.py line:12 after:today"
    assert len(read_filter(text, ERRORS).condition.parts) == 5  # type: ignore[union-attr]
    with pytest.raises(FilterError, match="no field method"):
        read_filter("method:GET", ERRORS)
