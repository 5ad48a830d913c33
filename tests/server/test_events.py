"""Events and their line of JSON: what goes in comes out, whatever it is."""

from __future__ import annotations

import json

import pytest
from any_event import EVENTS
from hypothesis import given

from server import events
from server.events import (
    Body,
    RequestFinished,
    RequestStarted,
    decode,
    encode,
)


@given(EVENTS)
def test_what_goes_in_comes_out(event: events.Event) -> None:
    line = encode(event)
    assert line.isascii()
    assert line.count("\n") == 1
    assert line.endswith("\n")
    record = json.loads(line)
    assert list(record)[:2] == ["event", "time"]
    assert record["event"] == type(event).__name__
    again = decode(line)
    if isinstance(event, RequestFinished):
        assert isinstance(again, RequestFinished)
        assert record["time"] == pytest.approx(event.time, abs=1e-6)
        # Text is sent as text; how many of its bytes are kept may change where one was cut.
        for sent, got in zip(bodies(event), bodies(again), strict=True):
            assert got.size == sent.size
            assert sent.data.startswith(got.data)
            assert len(sent.data) - len(got.data) < 4
        event = event.replace(request_body=Body(), response_body=Body())
        again = again.replace(request_body=Body(), response_body=Body())
    assert again == event


def bodies(event: RequestFinished) -> tuple[Body, Body]:
    return event.request_body, event.response_body


def test_every_event_of_the_contract_is_known() -> None:
    assert set(events._FORMS) >= {
        "ServerStarted", "RequestStarted", "RequestFinished", "AppError", "OutputWritten",
        "RoutesFound", "ServerFailed", "ServerStopped",
    }  # fmt: skip


def test_unknown_fields_are_passed_over() -> None:
    line = encode(RequestStarted(1, "GET", "/", 2.0)).replace("{", '{"new":[1],', 1)
    assert decode(line) == RequestStarted(1, "GET", "/", 2.0)


@pytest.mark.parametrize(
    "line",
    ["", "x", "[]", "1", "{}", '{"event":"Nothing"}', '{"event":"RequestStarted"}',
     '{"event":["RequestStarted"]}', '{"event":"AppError","id":1,"frames":5}'],
)  # fmt: skip
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not an event"):
        decode(line)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flow", [["app", 0, 1]]),
        ("flow", [["app", "x", 1, 0]]),
        ("flow_places", [["app", "/a.py"]]),
        ("duration", float("inf")),
        ("started", float("nan")),
        ("app_duration", "x"),
    ],
)
def test_values_of_another_shape_are_refused(field: str, value: object) -> None:
    event = RequestFinished.of(
        id=1, started=1.0, flow=(("app", 0, 1, 0),), flow_places=(("app", "/a.py", 1),)
    )
    assert decode(encode(event)) == event
    record = json.loads(encode(event))
    record[field] = value
    with pytest.raises(ValueError, match="not an event"):
        decode(json.dumps(record))


def test_bodies_are_text_where_they_can_be() -> None:
    assert Body(5, b"hello").to_json() == {"size": 5, "text": "hello", "truncated": False}
    assert Body(9, b"hello").to_json()["truncated"] is True
    assert Body(2, b"\xff\xfe").to_json() == {"size": 2, "base64": "//4=", "truncated": False}
    assert "base64" in Body(3, b"a\0b").to_json()


def test_a_character_cut_by_the_limit_is_still_text() -> None:
    whole = "\u4f60\u597d".encode()
    assert Body(len(whole), whole[:4]).text() == "\u4f60"
    assert Body(4, whole[:4]).text() is None, "a whole body that ends like this is no text"


def test_what_no_event_may_hold_is_noticed_where_it_is_made() -> None:
    with pytest.raises(TypeError, match="set has no place in an event"):
        events.encode(events.OutputWritten("stdout", {1}))  # type: ignore[arg-type]
