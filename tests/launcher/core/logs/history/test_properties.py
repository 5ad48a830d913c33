"""Whatever happens in whatever batches: what is read is what a plain list would hold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from any_event import FINISHED
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.filters.predicates import predicate
from launcher.core.logs.history import limits, sorting
from launcher.core.logs.history.conditions import (
    All,
    Any_,
    BodyHas,
    BodyPasses,
    Compare,
    EndsWith,
    Flag,
    HeadersHave,
    HeadersPass,
    Not,
    Passes,
    Text,
    matches,
)
from launcher.core.logs.history.extents import Extent, Segment
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.lines import Line, Lines
from launcher.core.logs.history.numbers import place_of
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.recording import Recording, Run
from launcher.core.logs.history.store import Store
from launcher.core.logs.queries import count_queries
from launcher.core.logs.requests import RequestLog
from server.events import Body, Exchange, OutputWritten, RequestFinished, RequestStarted
from server.facts.exchange import FACTS
from server.facts.span import Span

TEXTS = st.text("aAbKİß/é%_\u212a .\0", max_size=6)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["Host", "Date", "Content-Type", "Cookie", "X"]), TEXTS), max_size=3
).map(tuple)
BODIES = st.one_of(
    TEXTS.map(str.encode),
    st.binary(max_size=6),
    st.sampled_from([b'{"a": "b", "token": "aaa"}', b"password=aab&b=1", b'"aaa"']),
).map(lambda data: Body(len(data), data))


SPANS = (
    st.lists(
        st.builds(
            Span,
            kind=st.sampled_from(["sql", "sql", "http"]),
            start=st.just(0),
            label=st.sampled_from(["SELECT 1", "SELECT 2", "BEGIN", "\0\ud800"]),
            duration=st.sampled_from([0, 1, 1_000_000]),
            file=st.sampled_from(["", "/a.py"]),
            parameters=TEXTS,
        ),
        max_size=7,
    ).map(tuple)
    | st.none()
)


@st.composite
def answers(draw: Any) -> RequestFinished:
    headers, answered = draw(HEADERS), draw(HEADERS)
    return RequestFinished.of(
        id=draw(st.integers(1, 12)),
        started=draw(st.sampled_from([1.5, 2e9])),
        duration=draw(st.sampled_from([0.0, 0.000123, 5.0])),
        app_duration=0.0,
        thread=draw(st.sampled_from(["", "t-1"])),
        method=draw(st.sampled_from(["GET", "POST", "get"])),
        target="/",
        path=draw(TEXTS),
        query=draw(TEXTS | st.sampled_from(["a=A&token=aab", "pw=ab;b=a"])),
        status=draw(st.sampled_from([0, 200, 404, 500])),
        request_headers=headers,
        response_headers=answered,
        request_body=draw(BODIES),
        response_body=draw(BODIES),
        aborted=draw(st.booleans()),
        endpoint=draw(TEXTS),
        spans=draw(SPANS),
    )


STARTS = st.builds(
    lambda id, target: RequestStarted(id, "GET", target, 1.5), st.integers(1, 12), TEXTS
)
EXCHANGES = [
    Exchange(
        repeats=True,
        method="GET",
        target=path,
        path=path,
        status=status,
        request_headers=(("Host", path),),
        response_headers=(("Content-Type", "text/aK"), ("Date", path)),
        response_body=Body(len(path), path.encode()),
    )
    for path, status in (("/", 200), ("/aa", 404), ("/ab", 500))
]
SHARED = st.builds(
    RequestFinished,
    st.sampled_from(EXCHANGES),
    id=st.integers(1, 12),
    started=st.sampled_from([1.5, 2e9]),
    duration=st.sampled_from([0.0, 0.000123, 5.0]),
    app_duration=st.just(0.0),
    thread=st.sampled_from(["", "t-1"]),
    remote_port=st.just(0),
)
STEPS = st.lists(st.lists(st.one_of(STARTS, answers(), SHARED), max_size=6), max_size=6)

SIDES = st.sampled_from(["request", "response", "either"])
NEEDLES = st.text('aAbKiİß/é%_\u212a "*:.', max_size=4)
TESTS = st.sampled_from([lambda text: len(text) % 2 == 0, lambda text: "a" in text])
LEAVES = st.one_of(
    st.builds(
        Text,
        st.sampled_from(["method", "path", "query", "type", "host", "endpoint", "thread", "app"]),
        st.sampled_from(["is", "has", "starts", "ends"]),
        NEEDLES,
    ),
    st.builds(
        Compare,
        st.sampled_from(
            [
                "status",
                "duration",
                "request_size",
                "id",
                "run",
                "started",
                "sql_total",
                "sql_duplicates",
                "sql_time",
                "sql_looped",
            ]
        ),
        st.sampled_from(["=", "<", "<=", ">", ">="]),
        st.sampled_from([0, 1, 3, 0.000123, 200, 500]),
    ),
    st.builds(
        Flag, st.sampled_from(["error", "aborted", "problem", "lost", "pending", "replayed"])
    ),
    st.builds(HeadersHave, NEEDLES, SIDES),
    st.builds(BodyHas, NEEDLES, SIDES),
    st.builds(HeadersPass, TESTS, SIDES),
    st.builds(BodyPasses, TESTS, SIDES),
    st.builds(
        EndsWith,
        st.sampled_from(["path", "query", "endpoint"]),
        st.lists(st.text("abki/é.", max_size=3), max_size=4).map(tuple),
    ),
    st.builds(Passes, st.sampled_from(["path", "type"]), st.just(lambda text: len(text) % 2 == 0)),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Any_(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=5,
)


class Model:
    """A plain list of what was last reported of each request."""

    def __init__(self) -> None:
        self.rows: list[RequestStarted | RequestFinished] = []
        self.places: dict[int, int] = {}

    def add(self, event: RequestStarted | RequestFinished) -> None:
        if isinstance(event, RequestFinished) and event.id in self.places:
            self.rows[self.places[event.id]] = event
            return
        self.places[event.id] = len(self.rows)
        self.rows.append(event)


class Known:
    """A row of the model, as :func:`matches` asks for it."""

    def __init__(
        self, event: RequestStarted | RequestFinished, run: int | None = None, app: str = "shop:app"
    ) -> None:
        self.event = event
        self.run = run
        self.app = app
        self.over = isinstance(event, RequestFinished)

    def value(self, column: str) -> Any:
        event: Any = self.event
        if column == "run":
            return self.run
        if column == "app":
            return self.app
        if column in ("id", "method"):
            return getattr(event, column)
        if column == "started":
            return event.started if self.over else event.time
        if not self.over:
            path, _, query = event.target.partition("?")
            return {"path": path, "query": query}.get(column)
        if column in ("request_size", "response_size"):
            return (event.request_body if column[2] == "q" else event.response_body).size
        if column.startswith("sql_"):
            number = getattr(
                count_queries(event.spans, event.spans_left_out), column.removeprefix("sql_")
            )
            return number / 1e6 if column == "sql_time" else number
        if column == "type":
            return header(event.response_headers, "content-type").partition(";")[0].strip().lower()
        if column == "host":
            return header(event.request_headers, "host")
        return getattr(event, column)

    def flag(self, name: str) -> bool:
        if name == "pending":
            return not self.over
        return self.over and name == "aborted" and self.event.aborted  # type: ignore[union-attr]

    def headers(self, side: str) -> Any:
        return getattr(self.event, f"{side}_headers") if self.over else ()

    def body(self, side: str) -> bytes:
        return getattr(self.event, f"{side}_body").data if self.over else b""


def header(headers: Any, wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def write(store: Store, recording: Recording, steps: Any) -> Model:
    model = Model()
    for items in steps:
        batch = recording.batch()
        recording.add(batch, items)
        for event in items:
            model.add(event)
        store.write(recording, batch, "/srv/shop")
    return model


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One file for all examples: each is a run of its own."""
    store = Store(tmp_path_factory.mktemp("shared") / "history" / "x.sqlite3")
    yield store
    store.close()


def extent_of(recording: Recording, model: Model) -> Extent:
    assert recording.id is not None
    return Extent([Segment(recording.id, 0, len(model.rows))])


@pytest.fixture(scope="module")
def small_parts() -> Iterator[None]:
    """The few that come first are looked for in parts, also among few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_FIRST_PART", 3)
        patch.setattr(sorting, "_GROWTH", 1)
        patch.setattr(sorting, "_FEW", 2)
        yield


@pytest.mark.usefixtures("small_parts")
@given(STEPS, st.lists(CONDITIONS, min_size=1, max_size=4), st.booleans())
def test_rows_and_searches_are_those_of_a_list(
    shared: Store, steps: Any, conditions: list[Any], indexed: bool
) -> None:
    recording = Recording(Run("shop:app"), 1.0)
    model = write(shared, recording, steps)
    while indexed and shared.fill_index({}):
        pass
    if not model.rows:
        return
    log = RequestLog()
    for event in (event for items in steps for event in items):
        (log.add_started if isinstance(event, RequestStarted) else log.add_finished)(event)
    with Reader(shared.file) as reader:
        extent = extent_of(recording, model)
        assert reader.extent("request").segments[-1] == extent.segments[0]
        rows = reader.requests(extent, 0, len(extent))
        assert [reader.request(row.number).event for row in rows] == model.rows  # type: ignore[union-attr]
        assert [row.path for row in rows] == [Known(row).value("path") for row in model.rows]
        assert reader.requests_by_number([row.number for row in rows]) == rows
        for column in ("path", "status", "duration", "thread", "type", "endpoint", "queries"):
            chunks = [*reader.sorted_requests(column, conditions[0], extent)]
            items = [item for keys, numbers in chunks for item in zip(keys, numbers, strict=True)]
            for count, descending in ((2, False), (3, True)):
                keys, numbers = reader.first_requests(
                    column, conditions[0], extent, count, descending=descending
                )
                few = items[-count:] if descending else items[:count]
                assert [*zip(keys, numbers, strict=True)] == few
        for condition in conditions:
            found = [
                place_of(number)
                for part in reversed([*reader.search("request", condition, extent)])
                for number in part.numbers
            ]
            expected = [
                place
                for place, event in enumerate(model.rows)
                if matches(condition, Known(event, recording.id))
            ]
            assert found == expected, condition
            shown = predicate(condition)
            in_memory = [place for place, row in enumerate(log) if shown(row)]
            assert in_memory == [
                place
                for place, event in enumerate(model.rows)
                if matches(condition, Known(event, None, ""))
            ], condition


@pytest.mark.usefixtures("small_parts")
def test_the_exchange_of_a_request_may_be_of_one_that_began_later(shared: Store) -> None:
    def begun(id: int) -> RequestStarted:
        return RequestStarted(id, "GET", "", 1.5)

    def ended(id: int) -> RequestFinished:
        return RequestFinished(EXCHANGES[0], id, 1.5, 0.0, 0.0, "")

    recording = Recording(Run("shop:app"), 1.0)
    steps = [[begun(2), begun(1), begun(1), ended(1)], [begun(1), ended(2)]]
    write(shared, recording, steps)
    assert recording.id is not None
    extent = Extent([Segment(recording.id, 0, 4)])
    with Reader(shared.file) as reader:
        keys, numbers = reader.first_requests("path", All(()), extent, 3, descending=True)
    assert [*keys] == ["", "/", "/"]
    assert [place_of(number) for number in numbers] == [3, 0, 2]


@given(st.lists(st.lists(FINISHED, max_size=4), max_size=4))
@examples(40)
def test_any_event_comes_back_as_it_was(shared: Store, steps: Any) -> None:
    recording = Recording(Run("shop:app"), 1.0)
    model = write(shared, recording, steps)
    if not model.rows:
        return
    with Reader(shared.file) as reader:
        extent = extent_of(recording, model)
        for place, event in enumerate(model.rows):
            stored = reader.request(extent.number(place))
            assert stored is not None
            restored: Any = stored.event
            for name in FACTS:
                assert getattr(restored, name) == getattr(event, name)
            assert restored.started == event.started  # type: ignore[union-attr]


@given(st.lists(st.text("ab\r\n", max_size=8), max_size=8))
def test_lines_don_t_depend_on_the_pieces(pieces: list[str]) -> None:
    def lines_of(pieces: list[str]) -> list[str]:
        lines = Lines()
        found: dict[int, Line] = {}
        for piece in pieces:
            found.update(lines.add(OutputWritten("stdout", piece)))
        assert [*found] == [*range(lines.next)]
        return [line.text for line in found.values()]

    assert lines_of(pieces) == lines_of(["".join(pieces)])


@given(STEPS)
@examples(10)
def test_what_is_left_is_whole(steps: Any) -> None:
    """However much has gone: the rest reads as before, and nothing else is left."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "history" / "x.sqlite3")
        recording = Recording(Run("shop:app"), 1.0)
        model = write(store, recording, steps)
        assert recording.id is not None or not steps
        limits_ = Limits(days=1.0)
        live = {recording.id} if recording.id is not None else set()
        while store.fill_index({}):
            pass
        while limits.step(store.connection, limits_, 3 * 86400.0, live):
            pass
        first = next(
            (place for place, event in enumerate(model.rows) if Known(event).value("started") > 9),
            len(model.rows),
        )
        with Reader(store.file) as reader:
            extent = reader.extent("request")
            assert len(extent) == len(model.rows) - first
            for place in range(len(extent)):
                stored = reader.request(extent.number(place))
                assert stored is not None
                assert stored.event == model.rows[first + place]
        check = store.connection.execute("PRAGMA integrity_check").fetchone()
        assert check == ("ok",)
        for table in ("headers", "body", "line"):
            store.connection.execute(
                f"INSERT INTO {table}_index({table}_index) VALUES ('integrity-check')"
            )
        store.close()
