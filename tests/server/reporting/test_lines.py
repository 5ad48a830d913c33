"""server.reporting.lines: the quick way says what the plain one says."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from any_event import EVENTS, FINISHED, HEADERS, MAYBE, TEXT
from hypothesis import given
from hypothesis import strategies as st

from server import events
from server.events import RequestFinished, RequestStarted, encode, request_started
from server.protocol.parsing import NO_HEAD
from server.reporting import lines as event_lines
from server.reporting.exchanges import Exchange, Record, event_of
from server.reporting.lines import LineEncoder

ENCODER = LineEncoder()  # of all examples, as of all events of a server
TIMES = {"time", "started", "duration", "app_duration"}
FLOWS = st.sampled_from([(), (("handle", 0, 5, 0),)])
PLACES = st.sampled_from([(), (("view", "/a\u2603.py", 3),)])


def check(event: events.Event) -> None:
    line = ENCODER.encode(event)
    assert line.isascii()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    record, plain = json.loads(line), json.loads(encode(event))
    for name in TIMES & plain.keys():  # the digits beyond a microsecond are left out
        assert record.pop(name) == pytest.approx(plain.pop(name), rel=1e-9, abs=1.1e-6)
    assert record == plain
    assert line.startswith(f'{{"event":"{type(event).__name__}","time":')


@given(EVENTS)
def test_it_says_the_same(event: events.Event) -> None:
    check(event)


@given(FINISHED, FLOWS, PLACES, MAYBE, TEXT, HEADERS)
def test_it_says_the_same_of_the_flow(
    event: RequestFinished, flow: tuple[tuple[str, int, int, int], ...],
    places: tuple[tuple[str, str, int], ...], failed: int | None, endpoint: str,
    view_args: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    check(
        dataclasses.replace(
            event, flow=flow, flow_places=places, flow_failed=failed, endpoint=endpoint,
            view_args=view_args,
        )
    )  # fmt: skip


def test_every_field_is_said() -> None:
    """A field that is added to an event must be added here, too."""
    started = RequestStarted(1, "GET", "/", 2.0)
    finished = RequestFinished(
        1, "GET", "/", "/", "", "HTTP/1.1", 200, "OK", 1.0, 1.0, 1.0, 1, 1, "a", "t", 1
    )
    for event in (started, finished):
        names = {item.name for item in dataclasses.fields(event)}
        assert set(json.loads(ENCODER.encode(event))) == {"event", *names}


def test_an_event_with_odd_values_is_still_told() -> None:
    odd = RequestStarted(1, 5, "/", 2.0)  # type: ignore[arg-type]
    assert json.loads(ENCODER.encode(odd))["method"] == 5


@pytest.mark.parametrize(
    "times",
    [{"duration": -1.0}, {"app_duration": math.nan}, {"started": 0.0}, {"time": math.inf}],
)
def test_odd_times_are_told_as_they_are(times: dict[str, float]) -> None:
    event = RequestFinished(
        1, "GET", "/", "/", "", "HTTP/1.1", 200, "OK", 9.0, 1.0, 1.0, 1, 1, "a", "t", 1, time=9.5
    )
    odd = dataclasses.replace(event, **times)  # type: ignore[arg-type]
    assert ENCODER.encode(odd) == encode(odd)


def test_few_headers_are_remembered() -> None:
    encoder = LineEncoder()
    finished = RequestFinished(
        1, "GET", "/", "/", "", "HTTP/1.1", 200, "OK", 1.0, 1.0, 1.0, 1, 1, "a", "t", 1
    )
    for number in range(1000):
        headers = (("X", str(number)),)
        event = dataclasses.replace(finished, request_headers=headers)
        assert json.loads(encoder.encode(event))["request_headers"] == [["X", str(number)]]
        assert len(encoder._headers) <= LineEncoder._COUNT


def test_the_quick_way_makes_the_same_start() -> None:
    assert request_started(1, "GET", "/", 2.0) == RequestStarted(1, "GET", "/", 2.0)


def record_of(number: int, started: int, duration: int, target: str = "/") -> list[Record]:
    """A request's start and end; times in nanoseconds."""
    head = NO_HEAD._replace(method="GET", target=target)
    said = RequestFinished(
        1, "GET", target, "/", "", "HTTP/1.1", 200, "OK", 1.0, 1.0, 1.0, 1, 1, "a", "t", 1
    )
    exchange = Exchange(vars(said), (head,))
    in_app = duration // 2
    return [(head, number, started), (exchange, number, started, duration, in_app, "\u2603")]


@given(
    st.integers(0, 2 * 10**18), st.integers(0, 15 * 10**8), st.integers(0, 3 * 10**9),
    st.permutations(range(6)),
)  # fmt: skip
def test_records_are_told_as_their_events_are(
    moment: int, gap: int, duration: int, order: list[int]
) -> None:
    """Side by side, one in another, across the end of a second, and with other events between."""
    printed = events.OutputWritten("stdout", "x", 1, 5.0)
    found: list[events.Event | Record] = [
        *record_of(1, moment, duration), *record_of(2, moment + gap, duration // 1000, "/\u00e9"),
        printed, printed,
    ]  # fmt: skip
    for some in (found, [found[index] for index in order]):
        lines = LineEncoder().encode_all(some).splitlines()
        assert len(lines) == len(some)
        for line, item in zip(lines, some, strict=True):
            said, plain = json.loads(line), json.loads(encode(event_of(item)))
            for name in TIMES & plain.keys():
                assert said.pop(name) == pytest.approx(plain.pop(name), rel=1e-9, abs=2.1e-6)
            assert said == plain


def test_the_times_of_a_request_fit_together() -> None:
    """Its end is never told to be before its start, and it starts when it is said to start."""
    encoder = LineEncoder()
    for step in range(2000):
        pair = record_of(step, 10**18 + step * 1_234_570, step * 1000)
        start, end = map(json.loads, encoder.encode_all(pair).splitlines())
        assert start["time"] == end["started"] <= end["time"]


def test_what_is_common_is_written_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error on that way would be made up for in silence."""

    def plain(event: events.Event) -> str:
        raise AssertionError(f"{event} was left to the plain encoder")

    monkeypatch.setattr(event_lines, "encode", plain)
    first, second = (record_of(number, 10**18 + number, 2_000_000_000) for number in (1, 2))
    found: list[events.Event | Record] = [
        *first, second[0], *record_of(3, 10**18, 1000), second[1],
        *map(event_of, first), second[0], second[0],
    ]  # fmt: skip
    assert LineEncoder().encode_all(found).count("\n") == len(found)
