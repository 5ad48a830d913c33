"""A pinned request and what is expected of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.pins import Pin, key_of, pin_of
from server.events import Body


def test_it_comes_back_from_a_file_byte_by_byte(make: Any) -> None:
    done = make.finished(
        1,
        "/caf\xe9?a=",
        method="POST",
        request_headers=(("host", "x"), ("X-Odd", ""), ("X-Odd", "2")),
        request_body=Body(4, b"\xff\x00ab"),
        response_body=Body(6, "h\xe9llo".encode()),
        status=201,
    )
    pin = pin_of(done).ignoring(Ignored("json", "id"))
    back = Pin.from_json(json.loads(json.dumps(pin.to_json())))
    assert back == pin
    assert back is not None
    assert back.request.request_body.data == b"\xff\x00ab"
    assert back.request.request_headers == done.request_headers
    assert not back.is_safe


@pytest.mark.parametrize(
    ("name", "value"),
    [("method", None), ("target", 5), ("reason", []), ("status", None), ("error_id", "x")],
)
def test_a_value_of_another_type_in_a_file_is_no_pin(make: Any, name: str, value: object) -> None:
    kept = pin_of(make.finished(1, "/a")).to_json()
    assert Pin.from_json(kept) is not None
    assert Pin.from_json({**kept, "request": {**kept["request"], name: value}}) is None


def test_the_same_request_is_the_same_pin(make: Any) -> None:
    one = make.finished(1, "/a", request_headers=(("Cookie", "a=1"),))
    again = make.finished(7, "/a", request_headers=(("Cookie", "a=2"),), status=500)
    assert key_of(one) == key_of(again)
    assert key_of(one) != key_of(make.finished(1, "/a", method="POST"))
    assert key_of(one) != key_of(make.finished(1, "/a", request_body=Body(1, b"x")))


def test_another_answer_is_expected_from_now_on(make: Any) -> None:
    pin = pin_of(make.finished(1, "/a", request_headers=(("Cookie", "a=1"),), status=500))
    assert pin.awaits_success
    answer = make.finished(2, "/a", response_body=Body(3, b"new"), duration=2.0)
    now = pin.expecting(answer)
    assert not now.awaits_success
    assert (now.request.response_body.data, now.request.duration) == (b"new", 2.0)
    assert now.request.request_headers == (("Cookie", "a=1"),)
    assert now.key == pin.key


def test_what_is_damaged_is_no_pin() -> None:
    values: tuple[Any, ...] = (3, {}, {"request": {}}, {"request": {"event": "ServerStopped"}})
    for value in values:
        assert Pin.from_json(value) is None
