"""Secrets of a request in the texts of its error."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from launcher.core.known_secrets import secret_values, without_secrets
from server.events import AppError, Body, Cause, Frame, RequestFinished

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def request(**facts: Any) -> RequestFinished:
    if isinstance(facts.get("request_body"), bytes):
        data = facts["request_body"]
        facts["request_body"] = Body(len(data), data)
    return RequestFinished.of(id=1, started=1.0, duration=0.1, method="POST", target="/", **facts)


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        ({"query": "page=2&token=hunter%202&x=abcdefgh"}, ("hunter 2",)),
        ({"request_headers": (("Cookie", "sid=abc123def; theme=d"),)}, ("abc123def",)),
        ({"request_headers": (("Authorization", "Bearer abc.def"),)}, ("abc.def",)),
        ({"request_headers": (("X-Api-Key", "0123456789"), ("X-Id", "0123456"))}, ("0123456789",)),
        ({"request_headers": FORM, "request_body": b"user=ada&password=hunter2"}, ("hunter2",)),
        (
            {"request_headers": JSON, "request_body": b'{"a":[{"password":"hunter2"}],"b":"c"}'},
            ("hunter2",),
        ),
        ({"request_headers": JSON, "request_body": b'{"secrets": ["abcdef", 7, "short"]}'},
         ("abcdef", "short")),
        ({"request_headers": JSON, "request_body": b'{"password": '}, ()),
        ({"query": "token=abc&pin=1&csrf_token=true"}, ("abc",)),
    ],
)  # fmt: skip
def test_what_a_request_has_carried(facts: dict[str, Any], values: tuple[str, ...]) -> None:
    assert secret_values(request(**facts)) == values


def test_the_password_of_basic_credentials() -> None:
    code = base64.b64encode(b"ada:hunter22").decode()
    assert secret_values(request(request_headers=(("Authorization", f"Basic {code}"),))) == (
        code,
        "hunter22",
    )


@pytest.mark.parametrize(
    ("value", "text", "masked"),
    [
        ("abc12", "not a number: abc12", "not a number: ***"),
        ("abc12", "KeyError: 'abc12'", "KeyError: '***'"),
        ("test", "tests of test_it and latest", "tests of test_it and latest"),
        ("test", '  File "/home/test/a.py", line 1, in test\n    check("test")\n',
         '  File "/home/test/a.py", line 1, in test\n    check("***")\n'),
        ("hunter2", '  File "/home/hunter2/a.py", line 1, in hunter2_x',
         '  File "/home/***/a.py", line 1, in ***_x'),
        ("abc", "abc of 'abc' and \"abc\"", "abc of '***' and \"***\""),
    ],
)  # fmt: skip
def test_the_shorter_the_more_has_to_stand_around_it(value: str, text: str, masked: str) -> None:
    event = AppError(1, 1, "ValueError", text, text)
    assert without_secrets(event, (value,)).text == masked


def test_they_are_masked_in_all_of_an_error() -> None:
    frame = Frame("a.py", 1, "f", locals=(("it", "'hunter2'"), ("other", "'hunter23'")))
    event = AppError(
        1, 1, "ValueError", "invalid literal: 'hunter2'", "ValueError: 'hunter2'\n",
        frames=(frame,), causes=(Cause("cause", "KeyError", "hunter2", (frame,)),),
    )  # fmt: skip
    masked = without_secrets(event, ("hunter2",))
    assert masked.message == "invalid literal: '***'"
    assert masked.text == "ValueError: '***'\n"
    assert masked.frames[0].locals == (("it", "'***'"), ("other", "'hunter23'"))
    assert masked.causes[0].message == "***"
    assert masked.causes[0].frames[0].locals[0] == ("it", "'***'")
    assert without_secrets(event, ()) is event
