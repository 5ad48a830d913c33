"""Requests share what they have in common, and lose nothing by it, whatever goes meanwhile."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.logs.history import files, limits, recording, requests, rows, schema, sorting
from launcher.core.logs.history.contents import insert
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.reading import Reader
from launcher.core.logs.history.recording import Recording, Run
from launcher.core.logs.history.store import Store
from launcher.core.logs.queries import NO_QUERIES
from server.events import (
    AppError,
    Body,
    Exchange,
    OutputWritten,
    RequestFinished,
    RequestStarted,
    ServerStopped,
)
from server.facts.span import LeftOut


def exchange(number: int, *, repeats: bool = True) -> Exchange:
    path = f"/{number}"
    return Exchange(
        repeats=repeats,
        method="GET",
        target=path,
        path=path,
        status=200,
        reason="OK",
        response_headers=(("X-Number", str(number)),),
        response_body=Body(len(path), path.encode()),
    )


EXCHANGES = [exchange(number, repeats=number < 3) for number in range(4)]
START, END, ERROR, TRIM, KEEP = "start", "end", "error", "trim", "keep"
STEPS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from([START, START, END, END, END, ERROR, TRIM, KEEP]),
            st.integers(0, 12),
            st.sampled_from(EXCHANGES),
        ),
        max_size=12,
    ),
    max_size=12,
)


def started(id: int) -> RequestStarted:
    return RequestStarted(id, "GET", f"/started/{id}", 1.7e9 + id)


def ended(id: int, exchange: Exchange) -> RequestFinished:
    return RequestFinished(exchange, id, 1.7e9 + id, 0.000123, 0.000045, f"t-{id % 3}")


def write(store: Store, recording: Recording, items: Any) -> None:
    batch = recording.batch()
    recording.add(batch, items)
    store.write(recording, batch, "/srv/shop")


def count(store: Store, table: str) -> int:
    found: int = store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "history" / "x.sqlite3")
    yield store
    store.close()


@given(STEPS)
def test_each_request_has_its_own_facts(steps: Any) -> None:
    """Small bounds, so that each is passed: ends in any order, twice, late, while others go."""
    rows: list[RequestStarted | RequestFinished] = []
    places: dict[int, int] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.multiple(requests, REACH=6, _SPAN=3, _MOST_KNOWN=2),
        mock.patch.multiple(limits, REACH=6, _REQUESTS=4),
        mock.patch.multiple(sorting, REACH=6, _FIRST_PART=3, _GROWTH=1, _FEW=3),
    ):
        store = Store(Path(folder) / "history" / "x.sqlite3")
        run = Recording(Run("shop:app"), 1.0)
        for step in steps:
            batch = run.batch()
            for what, back, facts in step:
                id = max(1, len(rows) - back)
                if what == START:
                    id = len(rows) + 1
                    places[id] = len(rows)
                    rows.append(started(id))
                    run.add(batch, [rows[-1]])
                elif what == END:
                    if id not in places:
                        places[id] = len(rows)
                        rows.append(started(id))
                    rows[places[id]] = ended(id, facts)
                    run.add(batch, [rows[places[id]]])
            store.write(run, batch, "/srv/shop")
            if any(what == TRIM for what, _, _ in step):
                least = Limits(total_bytes=0)
                assert run.id is not None
                limits.step(store.connection, least, 2e9, {run.id})
            kept = any(what == KEEP for what, _, _ in step)
            limits.keep_run(store.connection, run.id or 0, kept=kept)
        with Reader(store.file) as reader:
            extent = reader.extent("request")
            trimmed = len(rows) - len(extent)
            for position in range(len(extent)):
                stored = reader.request(extent.number(position))
                assert stored is not None
                assert stored.event == rows[trimmed + position]
            ordered = [n for _, part in reader.sorted_requests("path", None, extent) for n in part]
            for descending, few in ((False, ordered[:2]), (True, ordered[-2:])):
                found = reader.first_requests("path", None, extent, 2, descending=descending)
                assert found[1] == few
        orphans = store.connection.execute(
            "SELECT count(*) FROM exchange WHERE home NOT IN (SELECT iif(back IS NULL, number, "
            f"number - back + {schema.SHARED}) FROM request)"
        ).fetchone()[0]
        assert orphans <= len(EXCHANGES) * 8
        store.close()


def test_a_flood_is_short_rows(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    total = 3 * schema.REACH
    for first in range(1, total, 1000):
        ids = range(first, first + 1000)
        write(
            store,
            run,
            [at for id in ids for at in (started(id), ended(id, EXCHANGES[0]))],
        )
    assert count(store, "request") >= total
    assert 3 <= count(store, "exchange") <= 7
    assert count(store, "headers") == count(store, "body") == 1
    pages = store.connection.execute(
        "SELECT count(*) FROM whole_request WHERE path = '/0' AND thread IS NOT NULL"
    ).fetchone()
    assert pages == (count(store, "request"),)


def test_a_start_that_ends_in_the_same_batch_is_not_written(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    write(store, run, [started(1), ended(1, EXCHANGES[0])])
    store.connection.set_trace_callback(None)
    assert len([line for line in statements if line.startswith("REPLACE INTO request")]) == 1
    write(store, run, [started(2)])
    assert count(store, "exchange") == 2
    write(store, run, [ended(2, EXCHANGES[0])])  # refers to the one that is there
    assert count(store, "exchange") == 1
    write(store, run, [started(3)])
    write(store, run, [ended(3, EXCHANGES[3])])  # in place of what was known of the start
    assert count(store, "exchange") == 2


def test_a_batch_that_failed_is_written_again(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    write(store, run, [ended(1, EXCHANGES[0])])
    batch = run.batch()
    run.add(batch, [ended(2, EXCHANGES[1]), ended(3, EXCHANGES[0])])
    store.connection.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON request "
                             "BEGIN SELECT raise(ABORT, 'full'); END")  # fmt: skip
    with pytest.raises(sqlite3.IntegrityError):
        store.write(run, batch, "/srv/shop")
    store.connection.execute("DROP TRIGGER full")
    store.write(run, batch, "/srv/shop")
    with Reader(store.file) as reader:
        extent = reader.extent("request")
        assert [row.path for row in reader.requests(extent, 0, 9)] == ["/0", "/1", "/0"]


def test_what_was_running_at_the_end_stays_unfinished(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    write(store, run, [started(1)])
    write(store, run, [started(2), started(3), ServerStopped("stopped"), ended(3, EXCHANGES[0])])
    with Reader(store.file) as reader:
        rows = reader.requests(reader.extent("request"), 0, 9)
        assert [(row.path, row.lost, row.status) for row in rows] == [
            ("/started/1", True, None),
            ("/started/2", True, None),
            ("/0", False, 200),
        ]
    write(store, run, [ended(1, EXCHANGES[1])])  # it was only late
    with Reader(store.file) as reader:
        assert not reader.requests(reader.extent("request"), 0, 1)[0].lost


def test_ids_are_forgotten_in_a_long_run_but_not_those_that_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_IDS", 10)
    run = Recording(Run("shop:app"), 1.0)
    write(store, run, [started(1)])
    for id in range(2, 100):
        write(store, run, [started(id), ended(id, EXCHANGES[0])])
    write(store, run, [ended(1, EXCHANGES[1])])
    assert run.next_request == 99
    with Reader(store.file) as reader:
        rows = reader.requests(reader.extent("request"), 0, 99)
        assert [row.path for row in rows] == ["/1", *["/0"] * 98]
    assert len(run._places) + len(run._older) <= 24


def test_an_error_that_comes_late_is_found_at_its_request(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    write(store, run, [ended(1, EXCHANGES[0]), ended(2, EXCHANGES[0])])
    write(store, run, [AppError(7, 2, "KeyError", "7", "KeyError: 7")])
    with Reader(store.file) as reader:
        rows = reader.requests(reader.extent("request"), 0, 9)
        assert [row.error is not None for row in rows] == [False, True]
        assert reader.error(rows[1].error).row.request == rows[1].number


def test_what_of_spans_was_left_out_is_read_as_it_was_also_a_number_of_before(store: Store) -> None:
    kinds = (LeftOut("sql", 9000, 3, 99, 50), LeftOut("log", 2))
    run = Recording(Run("shop:app"), 1.0)
    older: Any = 7  # up to 0.7
    items = [
        ended(n, Exchange(spans=(), spans_left_out=one)) for n, one in enumerate((kinds, older))
    ]
    write(store, run, items[:1])
    with mock.patch.object(rows, "count_queries", return_value=NO_QUERIES):
        write(store, run, items[1:])
    with Reader(store.file) as reader:
        found = [
            reader.request(row.number).event.spans_left_out
            for row in reader.requests(reader.extent("request"), 0, 9)
        ]
    assert found == [kinds, (LeftOut("", 7),)]
    assert [one.kind for each in found for one in each] == ["sql", "log", ""]


def test_the_words_of_a_kept_run_stay(store: Store) -> None:
    """Also those that only lines of output refer to."""
    kept = Recording(Run("shop:app"), 1.0)
    line = OutputWritten("stderr", "late\n", level="info", logger="shop", file="/srv/a.py", line=3)
    write(store, kept, [line, ServerStopped("stopped")])
    limits.keep_run(store.connection, kept.id or 0, kept=True)
    other = Recording(Run("shop:app"), 1.0)
    write(store, other, [ended(1, EXCHANGES[0]), ServerStopped("stopped")])
    last = Recording(Run("shop:app"), 1.0)
    write(store, last, [ended(1, EXCHANGES[1])])
    while limits.step(store.connection, Limits(total_bytes=0), 2e9, set()):
        pass
    with Reader(store.file) as reader:
        (row,) = reader.lines(reader.extent("line"), 0, 9)
        assert (row.logger, row.file) == ("shop", "/srv/a.py")


def test_a_history_of_version_4_is_read(
    store: Store, make_version_4: Callable[[sqlite3.Connection], None]
) -> None:
    """Each request was one wide row then."""
    run = Recording(Run("shop:app"), 1.0)
    events = [ended(1, EXCHANGES[0]), ended(2, EXCHANGES[3]), started(3), ended(4, EXCHANGES[0])]
    write(store, run, events)
    connection = store.connection
    make_version_4(connection)
    files.open_for_reading(store.file).close()
    assert schema.version_of(connection) == schema.VERSION
    with Reader(store.file) as reader:
        extent = reader.extent("request")
        assert [reader.request(extent.number(at)).event for at in range(4)] == events
    again = Store(store.file)
    write(again, run, [ended(3, EXCHANGES[0])])
    again.close()
    with Reader(store.file) as reader:
        rows = reader.requests(reader.extent("request"), 0, 9)
        assert [row.path for row in rows] == ["/0", "/3", "/0", "/0"]


@pytest.mark.parametrize("rows", [1, 2, 7, 300, 513, 1025])
def test_rows_are_written_however_many(rows: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b, c DEFAULT NULL)")
    given = [(number, str(number), None) for number in range(rows)]
    insert(connection, "t", ("a", "b", "c"), given)
    assert connection.execute("SELECT * FROM t").fetchall() == given
    connection.close()


def test_an_empty_batch_changes_nothing(store: Store) -> None:
    run = Recording(Run("shop:app"), 1.0)
    write(store, run, [started(1)])
    store.write(run, run.batch(), "/srv/shop")
    write(store, run, [started(2)])
    with Reader(store.file) as reader:
        extent = reader.extent("request")
        assert [row.path for row in reader.requests(extent, 0, 9)] == ["/started/1", "/started/2"]
