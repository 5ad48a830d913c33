"""What is pasted, and what the fields of the composer make."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.replay.draft import Draft, draft_of, make
from launcher.core.replay.message import Message, Refusal, put_right
from launcher.core.replay.pasted import is_request, read_pasted

BASE = "http://127.0.0.1:5000"
ENTRY = {
    "request": {
        "method": "POST",
        "url": "https://example.org/a?b=1",
        "headers": [{"name": ":authority", "value": "x"}, {"name": "X-A", "value": "1"}],
        "postData": {"mimeType": "a/b", "text": "caf\u00e9"},
    }
}


@pytest.mark.parametrize(
    ("text", "method", "target", "body", "host"),
    [
        ("curl http://a.b/c -d x", "POST", "/c", b"x", "a.b"),
        ("http://a.b/c?d#e", "GET", "/c?d", b"", "a.b"),
        ("GET /x HTTP/1.1\r\nHost: a.b\r\n\r\n", "GET", "/x", b"", "a.b"),
        ("POST http://a.b/x HTTP/1.1\nX: 1\n\nbo\n\ndy", "POST", "/x", b"bo\n\ndy", "a.b"),
        ("PUT /x HTTP/1.1\nHost: a\nContent-Length: 2\n\nab\n", "PUT", "/x", b"ab", "a"),
        ("GET /x HTTP/2\nhost: a", "GET", "/x", b"", "a"),
        (json.dumps(ENTRY), "POST", "/a?b=1", "caf\u00e9".encode(), "example.org"),
        (json.dumps(ENTRY["request"]), "POST", "/a?b=1", "caf\u00e9".encode(), "example.org"),
        (json.dumps({"log": {"entries": [ENTRY, ENTRY]}}), "POST", "/a?b=1",
         "caf\u00e9".encode(), "example.org"),
    ],
)  # fmt: skip
def test_forms_of_requests(text: str, method: str, target: str, body: bytes, host: str) -> None:
    found = read_pasted(text)
    assert (found.message.method, found.message.target) == (method, target)
    assert (found.message.body, found.host) == (body, host)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "{", '{"a": 1}', '{"log": {"entries": []}}', '{"log": {"entries": 5}}',
     "GET /x HTTP/1.1\nno colon", "[" * 50_000,
     '{"a":' * 50_000],
)  # fmt: skip
def test_what_is_no_request_has_a_sentence(text: str) -> None:
    with pytest.raises(Refusal) as found:
        read_pasted(text)
    assert found.value.message.endswith(".")


@given(st.text(max_size=60))
def test_any_text_is_a_request_or_has_a_sentence(text: str) -> None:
    is_request(text)
    for form in (text, f"curl {text}", f"GET / HTTP/1.1\n{text}", f"{{{text}"):
        try:
            read_pasted(form)
        except Refusal as error:
            assert error.message


@given(
    st.lists(st.tuples(st.sampled_from(["X-A", "x_b", "Accept"]),
                       st.text(st.characters(min_codepoint=32, max_codepoint=255,
                                             exclude_categories=["Cc"]), max_size=8)), max_size=4),
    st.binary(max_size=20) | st.text(max_size=12).map(str.encode),
)  # fmt: skip
def test_a_request_that_is_not_edited_stays_as_it_is(
    headers: list[tuple[str, str]], body: bytes
) -> None:
    pairs = (("Host", "127.0.0.1:5000"), *((name, value.strip()) for name, value in headers))
    try:
        for _, value in pairs:
            value.encode("latin-1").decode("utf-8")
    except ValueError:
        return  # it is shown as it is, and written as UTF-8
    message = put_right(Message("POST", "/a?b=%zz", pairs, body))
    draft = draft_of(message, BASE)
    fields = Draft(draft.method, draft.url, draft.headers, _field(draft.body), draft.data)
    made = make(fields, "127.0.0.1:5000").message
    assert (made.method, made.target, made.body) == ("POST", "/a?b=%zz", body)
    assert [pair for pair in made.headers if pair[0] != "Content-Length"] == list(pairs)


def _field(text: str) -> str:
    """As a field of text gives it back."""
    return text.replace("\r\n", "\n")


def test_the_length_and_the_host_follow() -> None:
    made = make(Draft("post", "https://example.org/a", "X: 1", "abc"), "127.0.0.1:5000")
    assert made.replaced == "example.org"
    assert made.message.headers == (
        ("Host", "127.0.0.1:5000"), ("X", "1"), ("Content-Length", "3"))  # fmt: skip
    assert made.message.method == "POST"
    assert make(Draft(url="/a\u4e2d"), "").message.target == "/a%E4%B8%AD"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(url=""), "url"),
        (Draft(url="/a b"), "url"),
        (Draft(url="/a\nb"), "url"),
        (Draft(url="gopher://a/"), "url"),
        (Draft("G T", "/"), "method"),
        (Draft(url="/", headers="a"), "headers"),
        (Draft(url="/", headers="a b: c"), "headers"),
        (Draft(url="/", headers=" a: c"), "headers"),
    ],
)
def test_what_is_wrong_names_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(Refusal) as found:
        make(draft, "a")
    assert found.value.field == field
