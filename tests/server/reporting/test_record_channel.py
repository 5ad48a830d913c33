"""What a worker writes is what its launcher reads, however it is written."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from any_event import EVENTS, FINISHED, TEXT
from hypothesis import given
from hypothesis import strategies as st

from server.events import Event, OutputWritten, RequestFinished, RequestStarted, decode, encode
from server.protocol.parsing import NO_HEAD, RequestHead
from server.reporting import record_channel
from server.reporting.exchanges import Exchange, FinishedRecord, Record, event_of
from server.reporting.record_channel import RecordReader, RecordWriter

NUMBERS = st.integers(1, 2**40)
TIMES = st.integers(10**9, 2 * 10**18)  # nanoseconds
HEADS = st.builds(lambda m, t: NO_HEAD._replace(method=m, target=t), TEXT, TEXT)
EXCHANGES = st.builds(
    lambda event, origin: Exchange(dict(vars(event)), origin),
    FINISHED,
    st.sampled_from([None, ("of something",)]),
)


def item(heads: Sequence[RequestHead], exchanges: Sequence[Exchange]) -> st.SearchStrategy:
    """An event, or a record that refers to what others refer to as well."""
    return st.one_of(
        EVENTS,
        st.tuples(st.sampled_from(heads), NUMBERS, TIMES),
        st.tuples(
            st.sampled_from(exchanges), NUMBERS, TIMES, TIMES, TIMES, st.sampled_from(["a", "b"])
        ),
    )


FOUND = st.tuples(
    st.lists(HEADS, min_size=1, max_size=3), st.lists(EXCHANGES, min_size=1, max_size=3)
).flatmap(lambda known: st.lists(st.lists(item(*known), max_size=8), max_size=3))


def read(reader: RecordReader, lines: str) -> list[Event | Record]:
    """As the launcher does."""
    found: list[Event | Record] = []
    for line in lines.splitlines():
        if line.startswith('{"event"'):
            found.append(decode(line))
        else:
            found += reader.read(json.loads(line))
    return found


def told(event: Event) -> dict[str, object]:
    """What an event says, times to the microsecond: a line has no more."""
    values = dict(vars(event))
    for name in ("time", "started", "duration", "app_duration"):
        if name in values:
            values[name] = pytest.approx(values[name], rel=1e-9, abs=1.1e-6)
    return {"event": type(event), **values}


def hello(number: int, repeats: bool = True, target: str = "/") -> tuple[RequestHead, Exchange]:
    event = RequestFinished(
        number, "GET", target, target, "", "HTTP/1.1", 200, "OK", 0, 0, 0, 40, 100, "::1", "", 7
    )
    return NO_HEAD._replace(method="GET", target=target), Exchange(
        vars(event), (number,) if repeats else None
    )


def end(exchange: Exchange, number: int) -> FinishedRecord:
    return (exchange, number, 10**18 + number, 250_000_000, 125_000_000, "worker-1")


@given(FOUND)
def test_what_is_written_is_read(batches: list[list[Event | Record]]) -> None:
    writer, reader = RecordWriter(), RecordReader()
    for batch in batches:
        lines = writer.lines(batch)
        assert lines.isascii()
        found = [event_of(one) for one in read(reader, lines)]
        assert [{"event": type(one), **vars(one)} for one in found] == [
            told(decode(encode(event_of(one)))) for one in batch
        ]


def test_what_comes_again_is_a_row_of_numbers() -> None:
    writer, reader = RecordWriter(), RecordReader()
    head, exchange = hello(1)
    for number in (1, 2):
        read(reader, writer.lines([(head, number, 10**18 + number), end(exchange, number)]))
    many: list[Record] = []
    for number in range(3, 103):
        many += [(head, number, 10**18 + number), end(exchange, number)]
    lines = writer.lines(many)
    assert lines.startswith('{"requests":"')
    assert lines.count("\n") == 1
    found = read(reader, lines)
    assert [event_of(one) for one in found] == [event_of(one) for one in many]
    assert len({id(one[0]) for one in found if isinstance(one, tuple)}) == 2


def test_rows_stay_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among events, and where what they refer to gives its number to something new."""
    monkeypatch.setattr(record_channel, "_MOST", 4)
    writer, reader = RecordWriter(), RecordReader()
    head, exchange = hello(1)
    other_head, other = hello(1, target="/other")
    again: list[Record] = [(head, 1, 10**18 + 1), end(exchange, 1)]
    others: list[Record] = [(other_head, 2, 10**18 + 2), end(other, 2)]
    printed = OutputWritten("stdout", "x", None, 5.0)
    batch = [*again, *again, *again, printed, *again, *others, *others, *again, *others, *others]
    for _ in range(4):
        found = read(reader, writer.lines(batch))
        assert [event_of(one) for one in found] == [event_of(one) for one in batch]


def test_what_is_for_this_once_is_not_kept() -> None:
    """A body may be 64 KB."""
    writer = RecordWriter()
    for number in range(5):
        _, exchange = hello(number, repeats=False)
        for _ in range(3):
            assert writer.lines([end(exchange, number)]).startswith('{"event":"RequestFinished"')
    assert not writer._numbers


def test_numbers_are_used_again() -> None:
    writer, reader = RecordWriter(), RecordReader()
    for number in range(3 * record_channel._MOST):
        head, exchange = hello(number, target=f"/{number}")
        for _ in range(3):
            start: Record = (head, number, 10**18 + number)
            found = read(reader, writer.lines([start, end(exchange, number)]))
            begun, ended = map(event_of, found)
            assert isinstance(begun, RequestStarted)
            assert isinstance(ended, RequestFinished)
            assert begun.target == ended.target == f"/{number}"
        assert len(writer._numbers) <= record_channel._MOST
    assert len(reader._known) <= record_channel._MOST


@pytest.mark.parametrize(
    "line",
    [
        {"requests": "AAAA"}, {"requests": 5}, {"number": float("inf"), "thread": "t"},
        {"number": "x"}, {"number": 1}, {"number": 1, "request": ["GET"]}, {"number": None},
        {"number": 1, "exchange": {}}, {"number": 1, "exchange": 5}, {"number": 1, "request": 5},
        {"requests": "AAAAAAAA8D8AAAAAAADwPwAAAAAAAPA/AAAAAAAA8D8AAAAAAADwPwAAAAAAAPA/"},
    ],
)  # fmt: skip
def test_what_no_writer_has_written_is_refused(line: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        RecordReader().read(line)
