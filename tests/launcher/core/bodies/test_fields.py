"""Headers, queries, cookies and forms by name."""

from __future__ import annotations

from typing import Any

from launcher.core.bodies.fields import (
    Field,
    Group,
    files_of,
    request_groups,
    response_groups,
)
from launcher.core.secrets import MASK
from server.events import Body, RequestFinished

PLANTED = "hunter2"
FORM = (
    b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--B--\r\n"
)


def finished(query: str = "", body: bytes = b"", **facts: Any) -> RequestFinished:
    return RequestFinished.of(
        id=1, started=0.0, method="POST", target=f"/in?{query}" if query else "/in", path="/in",
        query=query, status=302, reason="Found", request_body=Body(len(body), body), **facts,
    )  # fmt: skip


def test_a_request_by_name() -> None:
    done = finished(
        f"q=%E4%B8%AD&token={PLANTED}",
        request_headers=(
            ("Host", "localhost"), ("Cookie", f"sid={PLANTED}; b=1"), ("X", "a\r\nb\u202e"),
        ),
    )  # fmt: skip
    headers, query, cookies = request_groups(done)
    assert headers.text == (
        f"POST /in?q=%E4%B8%AD&token={MASK} HTTP/1.1\nHost: localhost\n"
        f"Cookie: sid={MASK}; b={MASK}\nX: a\u240d\u240ab\u2039U+202E\u203a"
    )
    assert query.text == f"q: \u4e2d\ntoken: {MASK}"
    assert cookies.text == f"sid: {MASK}\nb: {MASK}"
    assert all(group.has_secrets for group in (headers, query, cookies))
    shown = "\n".join(group.text for group in request_groups(done, secrets=True))
    assert shown.count(PLANTED) == 4
    assert MASK not in shown


def test_forms_and_files() -> None:
    kind = ("Content-Type", "multipart/form-data; boundary=B")
    done = finished(body=FORM, request_headers=(kind,))
    form = request_groups(done)[-1]
    assert form.text == f"password: {MASK}\nf: a.png  image/png, 4 B"
    assert [file.data for file in files_of(done)] == [b"\x89PNG"]
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    done = finished(body=b"a=1+2&pwd=x&b=%ff", request_headers=(kind,))
    assert request_groups(done)[-1].text == f"a: 1 2\npwd: {MASK}\nb: %FF"
    assert files_of(done) == ()


def test_an_answer_by_name() -> None:
    done = finished(
        response_headers=(("Location", "/"), ("Set-Cookie", f"a={PLANTED}; Path=/; HttpOnly"))
    )
    headers, cookies = response_groups(done)
    assert headers.text == (
        f"HTTP/1.1 302 Found\nLocation: /\nSet-Cookie: a={MASK}; Path=/; HttpOnly"
    )
    assert cookies.text == f"a: {MASK}  Path=/; HttpOnly"
    assert response_groups(finished())[0].text == "HTTP/1.1 302 Found"


def test_of_a_field_that_is_too_long_the_beginning_is_shown() -> None:
    group = Group("headers", "Headers", (Field("X", "h" * 20_000), Field("Y", "short")), "GET /")
    first, long, short = group.shown.split("\n")
    assert (first, short) == ("GET /", "Y: short")
    assert long == f"X: {'h' * 7_997}… (12,003 more characters: Copy takes them along)"
    assert len(group.text) > 20_000


def test_of_many_long_fields_less_is_shown_of_those_that_come_last() -> None:
    fields = tuple(Field(f"X{number}", "h" * 60_000) for number in range(9))
    group = Group("headers", "Headers", (*fields, Field("Last", "h" * 250)))
    lines = group.shown.split("\n")
    assert len(lines) == 10
    assert min(len(lines[0]), len(lines[1])) >= 8_000
    assert lines[5].startswith("X5: hhh")
    assert 200 < len(lines[5]) < 270
    assert lines[5].endswith("\u2026 (59,804 more characters: Copy takes them along)")
    assert lines[9] == "Last: " + "h" * 250  # too little to be left out


def test_of_very_many_fields_the_rest_is_counted() -> None:
    group = Group("query", "Query", tuple(Field(f"f{n}", "1") for n in range(1_500)))
    lines = group.shown.split("\n")
    assert len(lines) == 1_001
    assert lines[-2:] == ["f999: 1", "\u2026 500 more fields (Copy takes them along)"]
    assert group.text.count("\n") == 1_499
