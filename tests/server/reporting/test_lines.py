"""server.reporting.lines: what a worker writes is what its launcher reads."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from any_event import EVENTS, EXCHANGES, NUMBER, TEXT, TIME
from hypothesis import given
from hypothesis import strategies as st

from server.events import (
    Event,
    Exchange,
    OutputWritten,
    RequestFinished,
    RequestStarted,
    decode,
    encode,
)
from server.reporting import lines as event_lines
from server.reporting.lines import LineReader, LineWriter


def item(exchanges: Sequence[Exchange]) -> st.SearchStrategy[Event]:
    """An event, also one that refers to what others refer to as well."""
    return st.one_of(
        EVENTS,
        st.builds(RequestFinished, st.sampled_from(exchanges), NUMBER, TIME, TIME, TIME, TEXT),
    )


FOUND = st.lists(EXCHANGES, min_size=1, max_size=3).flatmap(
    lambda known: st.lists(st.lists(item(known), max_size=8), max_size=3)
)


def read(reader: LineReader, lines: str) -> list[Event]:
    return [event for line in lines.splitlines() for event in reader.read(json.loads(line))]


def start(number: int, target: str = "/") -> RequestStarted:
    return RequestStarted(number, "GET", target, 1e9 + number)


def end(exchange: Exchange, number: int) -> RequestFinished:
    return RequestFinished(exchange, number, 1e9 + number, 0.25, 0.125, "worker-1")


def hello(target: str = "/", repeats: bool = True) -> Exchange:
    return Exchange(repeats=repeats, method="GET", target=target, status=200)


@given(FOUND)
def test_what_is_written_is_read(batches: list[list[Event]]) -> None:
    writer, reader = LineWriter(), LineReader()
    for batch in batches:
        lines = writer.lines(batch)
        assert lines.isascii()
        assert read(reader, lines) == [decode(encode(event)) for event in batch]


def test_what_comes_again_is_a_short_row() -> None:
    writer, reader = LineWriter(), LineReader()
    exchange = hello()
    read(reader, writer.lines([start(1), end(exchange, 1)]))
    many: list[Event] = []
    for number in range(2, 102):
        many += [start(number), end(exchange, number)]
    lines = writer.lines(many)
    assert lines.count("\n") == 1
    assert len(lines) < 75 * len(many)
    found = read(reader, lines)
    assert found == many
    assert len({id(event.exchange) for event in found if isinstance(event, RequestFinished)}) == 1


def test_rows_stay_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among events, and where what they refer to gives its number to something new."""
    monkeypatch.setattr(event_lines, "_MOST", 1)
    writer, reader = LineWriter(), LineReader()
    again = [start(1), end(hello(), 1)]
    others = [start(2, "/other"), end(hello("/other"), 2)]
    printed = OutputWritten("stdout", "x", None, 5.0)
    batch = [*again, *again, *again, printed, *again, *others, *others, *again, *others, *others]
    for _ in range(4):
        assert read(reader, writer.lines(batch)) == batch


def test_what_is_for_this_once_is_not_kept() -> None:
    """A body may be 64 KB."""
    writer = LineWriter()
    exchange = hello(repeats=False)
    for number in range(3):
        assert writer.lines([end(exchange, number)]).startswith('{"event":"RequestFinished"')
    assert not writer._known


def test_numbers_are_used_again() -> None:
    writer, reader = LineWriter(), LineReader()
    for number in range(3 * event_lines._MOST):
        exchange = hello(f"/{number}")
        for _ in range(2):
            begun, ended = read(reader, writer.lines([start(number), end(exchange, number)]))
            assert isinstance(begun, RequestStarted)
            assert isinstance(ended, RequestFinished)
            assert ended.target == f"/{number}"
        assert len(writer._known) <= event_lines._MOST
    assert len(reader._known) <= event_lines._MOST


@pytest.mark.parametrize(
    "line",
    [
        {"rows": 5}, {"rows": [5]}, {"rows": [[]]}, {"rows": [[1, 2]]},
        {"rows": [[1, 2, 3.0, 1.0, 1.0, "t"]]}, {"rows": [[0, 1, "x", "GET", "/"]]},
        {"rows": [[0, 1, float("inf"), "GET", "/"]]}, {"rows": [[[], 1, 1.0, 1.0, 1.0, "t"]]},
        {}, [], 5, None, "text",
        {"exchange": "x"}, {"exchange": None}, {"exchange": float("inf")}, {"event": "Nothing"},
        {"exchange": 1, "request_headers": 5}, {"exchange": 1, "response_body": 5},
    ],
)  # fmt: skip
def test_what_no_writer_has_written_is_refused(line: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        LineReader().read(line)
