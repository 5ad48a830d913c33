"""Spans by themselves: which request they belong to, how many are kept, what they say."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from any_event import SPANS
from hypothesis import given
from hypothesis import strategies as st
from serverkit import HELLO_HEADERS, SAFETY
from spankit import here, recorded_request, request

from server.base import limits
from server.config import ServerConfig
from server.events import RequestFinished, ServerStarted, Span, decode, encode
from server.facts.span import ERROR, HTTP, KINDS, LOG, SQL, TEMPLATE, LeftOut, spans_text
from server.flow import spans
from server.flow.apps import record_flow
from server.flow.libraries import recorded_libraries
from server.flow.libraries.calls import recorded_coroutine, unrecorded
from server.flow.recording import Recording
from server.flow.spans import OpenSpan, SpanRecorder, problem, span_of
from server.reporting.scope import current_scope
from server.session import Session


def make(kind=SQL, label="SELECT 1"):
    """A span from beginning to end."""
    span = span_of(kind, label)
    if span is not None:
        span.start()
        span.end()
    return span


def test_a_span_knows_its_time_and_the_line_that_asked():
    with request() as found:
        line = here() + 1
        make()
    (span,) = found.spans
    assert (span.kind, span.label) == (SQL, "SELECT 1")
    assert span.start >= 0
    assert span.duration >= 0
    assert (span.file, span.function) == (__file__, "make")
    assert span.line < line


def test_without_a_request_there_is_none():
    assert span_of(SQL, "SELECT 1") is None


def test_a_request_that_is_not_recorded_has_none(serve, events):
    def app(environ, start_response):
        assert span_of(SQL, "SELECT 1") is None
        start_response("200 OK", list(HELLO_HEADERS))
        return [b"hello"]

    serve(app).get()
    event = events.wait_kind(RequestFinished)
    assert (event.status, event.spans, event.spans_left_out) == (200, None, ())


def test_the_spans_come_with_the_event(serve, events):
    def app(environ, start_response):
        make(label="before")
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        make(label="while it is sent")

    running = serve(record_flow(app)[0])
    running.server.recording = Recording()
    running.get()
    event = events.wait_kind(RequestFinished)
    assert [span.label for span in event.spans] == ["before", "while it is sent"]
    whole = event.flow[0][2]
    assert all(span.start + span.duration <= whole for span in event.spans)


def test_a_request_that_does_nothing_has_an_empty_list(serve, events):
    running = serve()
    running.server.recording = Recording()
    running.get()
    assert events.wait_kind(RequestFinished).spans == ()


def test_inside_of_a_span_none_of_its_kind_begins():
    with request() as found:
        outer = span_of(SQL, "outer")
        outer.start()
        assert span_of(SQL, "driver") is None
        call = span_of(HTTP, "GET http://x/")
        call.start()
        assert span_of(SQL, "deeper") is None
        call.end()
        outer.end()
        make(label="after")
    assert [span.label for span in found.spans] == ["outer", "GET http://x/", "after"]


def test_a_task_that_outlives_the_span_it_was_started_in_is_recorded():
    async def main():
        span = span_of(SQL, "outer")
        span.start()
        task = asyncio.create_task(later())
        span.end()
        await task

    async def later():
        make(label="later")

    with request() as found:
        asyncio.run(main())
    assert [span.label for span in found.spans] == ["outer", "later"]


def test_a_context_copied_inside_of_a_span_does_not_hold_back_another_request():
    with request():
        span = span_of(SQL, "open")
        span.start()
        copied = contextvars.copy_context()
        with request() as second:
            make(label="second")
        span.end()
    copied.run(make)
    assert [span.label for span in second.spans] == ["second"]


def test_threads_of_an_executor_belong_to_the_request_whose_context_they_have():
    barrier = threading.Barrier(2, timeout=SAFETY)

    def work(label):
        barrier.wait()
        for number in range(50):
            make(label=f"{label} {number}")

    def serve_one(label, found):
        with request() as recorded:
            context = contextvars.copy_context()
            pool.submit(context.run, work, label).result(SAFETY)
        found.append(recorded)

    found: list = []
    with ThreadPoolExecutor(2) as pool:
        threads = [threading.Thread(target=serve_one, args=(name, found)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SAFETY)
    letters = [sorted({span.label[0] for span in one.spans}) for one in found]
    assert sorted(letters) == [["a"], ["b"]]
    assert all(len(one.spans) == 50 for one in found)


def test_a_thread_without_the_context_is_not_recorded():
    with request() as found:
        thread = threading.Thread(target=make)
        thread.start()
        thread.join(SAFETY)
    assert found.spans == ()


def test_what_is_beyond_the_bound_is_counted():
    with request() as found:
        for number in range(10_000):
            make(label=f"SELECT {number}")
        make(HTTP, "GET http://x/")
    assert len(found.of(SQL)) == limits.SPANS_OF_A_KIND
    assert found.left_out == 10_000 - limits.SPANS_OF_A_KIND
    assert len(found.of(HTTP)) == 1


def test_the_time_of_what_is_beyond_the_bound_is_counted(monkeypatch):
    """That of queries adds up; that of templates, one in another, would count twice."""
    times = itertools.count(1_000_000, 1000)
    monkeypatch.setattr("server.flow.spans.now", lambda: next(times))
    recorder = SpanRecorder(1_000_000)
    recorder.text = 0
    for kind in (SQL, SQL, TEMPLATE):
        span = OpenSpan(recorder, kind)
        span.start()
        span.end()
    recorder.leave_out(SQL, 1_009_000, 1_029_000)
    assert recorder.finish() == ((), (LeftOut(SQL, 3, 0, 29, 22), LeftOut(TEMPLATE, 1, 4, 5, 0)))


def test_what_is_left_out_begins_with_its_first_not_with_the_first_that_ended():
    recorder = SpanRecorder(0)
    recorder.leave_out(TEMPLATE, 3_000, 4_000)
    recorder.leave_out(TEMPLATE, 1_000, 9_000)  # which has the other one in it
    assert recorder.finish()[1] == (LeftOut(TEMPLATE, 2, 1, 9, 0),)


def test_a_number_of_before_is_read():
    line = encode(RequestFinished.of(id=1, started=1.0, spans=()))
    for number, expected in ((3, (LeftOut("", 3),)), (0, ())):
        older = line.replace('"spans_left_out":[]', f'"spans_left_out":{number}')
        assert older != line
        assert decode(older).spans_left_out == expected


def test_one_that_is_only_counted_holds_back_the_layer_below():
    with request() as found:
        for _ in range(limits.SPANS_OF_A_KIND):
            make()
        span = span_of(SQL, "upper")
        span.start()
        assert span_of(SQL, "driver") is None
        span.end()
    assert found.left_out == 1


def test_a_statement_of_a_megabyte_is_cut():
    with request() as found:
        for _ in range(100):
            make(label="x" * 1_000_000)
    first = found.spans[0]
    assert (len(first.label), first.length) == (limits.SPAN_LABEL, 1_000_000)
    assert len(found.spans) == limits.SPANS_TEXT // limits.SPAN_LABEL
    assert len(found.spans) + found.left_out == 100


def test_a_log_line_of_any_length_is_cut(caplog):
    record = logging.LogRecord("shop", logging.INFO, __file__, 1, "%s", ("x" * 1_000_000,), None)
    with request() as found:
        current_scope.get().flow.spans.log(record)
        record.args, record.msg = {"a": 1}, "%(b)s"  # which can't be put together
        current_scope.get().flow.spans.log(record)
        record.msg = ValueError("an object")
        current_scope.get().flow.spans.log(record)
        current_scope.get().flow.spans.log(object())
    first, second, third = found.spans
    assert (first.length, len(first.label)) == (1_000_000, limits.SPAN_LABEL)
    assert (second.label, third.label) == ("%(b)s", "<builtins.ValueError>")
    assert "could not be recorded" in caplog.text


def test_log_lines_and_errors_are_points(serve, events):
    from server.reporting.output import reported_errors

    class Lazy:
        def __str__(self):
            raise AssertionError("a log record's argument was asked")

    def app(environ, start_response):
        logging.getLogger("shop").warning("%s items of %r for %s", 3, "x", Lazy())
        raise ValueError("no such item")

    running = serve(record_flow(app)[0])
    running.server.recording = Recording()
    with reported_errors(running.server.reporter):
        logging.getLogger("shop").addHandler(handler := logging.NullHandler())
        logging.getLogger("shop").propagate = False
        running.get()
        event = events.wait_kind(RequestFinished)
        logging.getLogger("shop").removeHandler(handler)
        logging.getLogger("shop").propagate = True
    log, error = event.spans
    assert (log.kind, log.level, log.duration) == (LOG, "WARNING", 0)
    assert log.label.startswith("3 items of 'x' for <")
    assert (error.kind, error.label) == ("error", "ValueError: no such item")
    assert (error.file, error.function) == (__file__, "app")
    assert (log.file, log.function, log.line + 1) == (__file__, "app", error.line)


def test_an_event_with_spans_survives_a_line_of_json():
    spans_ = (
        Span(SQL, "SELECT ?", 5, 7, "/a.py", 3, "view", 0, "(1,)", 0, "sqlite3-1", "sqlite"),
        Span(HTTP, "GET http://x/\u2603", 9, status=200),
        Span(LOG, "hello", 10, level="INFO"),
    )
    event = RequestFinished.of(
        id=1, started=1.0, spans=spans_, spans_left_out=(LeftOut(SQL, 3, 5, 9, 4),)
    )
    line = encode(event)
    assert decode(line) == event
    assert decode(line).spans == spans_
    second = json.loads(line)["spans"][1]
    assert second == {
        "kind": "http", "label": "GET http://x/\u2603", "start": 9, "duration": 0, "status": 200,
    }  # fmt: skip
    assert {span.kind for span in spans_} < set(KINDS)


@given(st.lists(SPANS, max_size=3), st.lists(st.integers(0, 9), max_size=9))
def test_the_text_of_spans_is_read_back_as_they_were(known, times):
    alike = [span._replace(start=time, duration=time % 3) for span in known for time in times]
    for listed in (known, alike):
        found = json.loads(spans_text(listed))
        assert found == [span.to_json() for span in listed]
        assert [Span.from_json(one) for one in found] == listed


def test_an_error_of_ours_is_logged_once_and_the_call_goes_on(caplog, monkeypatch):
    monkeypatch.setattr(spans, "_problems", set())

    def breaks(*args):
        raise RuntimeError("a hook that is wrong")

    monkeypatch.setattr("server.flow.libraries.statements.shown", breaks)
    with recorded_request() as found:
        connection = sqlite3.connect(":memory:")
        for _ in range(3):
            assert connection.execute("SELECT ?", (1,)).fetchone() == (1,)
        connection.execute("SELECT 2")
        connection.close()
    assert found.labels(SQL) == ["SELECT 2"]
    assert [record.getMessage() for record in caplog.records] == [
        "What a request does could not be recorded: RuntimeError: a hook that is wrong"
    ]


def test_a_log_that_fails_is_nobodys_concern(monkeypatch):
    monkeypatch.setattr(spans, "_problems", set())
    monkeypatch.setattr(spans._log, "warning", None)
    problem(ValueError("x"))


def test_each_request_has_its_own_queries(serve, events):
    def app(environ, start_response):
        connection = sqlite3.connect(":memory:")
        for number in range(5):
            connection.execute(f"SELECT {number}, {environ['PATH_INFO'][1:]}")
        connection.close()
        start_response("200 OK", list(HELLO_HEADERS))
        return [b"hello"]

    with recorded_libraries():
        running = serve(record_flow(app)[0])
        running.server.recording = Recording()
        threads = [threading.Thread(target=running.get, args=(f"/{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SAFETY)
        found = events.wait_count(RequestFinished, 8)
    for event in found:
        assert [span.label for span in event.spans] == [
            f"SELECT {number}, {event.path[1:]}" for number in range(5)
        ]


APP = """
def app(environ, start_response):
    from sqlite3 import connect
    connection = connect(":memory:")
    connection.execute("SELECT 1")
    connection.close()
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
"""


@pytest.mark.parametrize("flow", ["on", "off"])
def test_a_session_records_them_where_it_records_the_flow(tmp_path, events, flow):
    (tmp_path / "shop.py").write_text(APP)
    config = ServerConfig(app="shop.py", project=str(tmp_path), port=0, flow=flow)
    session = Session(config, events.emit)
    thread = threading.Thread(target=session.run)
    before = sqlite3.connect
    thread.start()
    try:
        url = events.wait_kind(ServerStarted).url
        assert (sqlite3.connect is before) is (flow == "off")
        assert urlopen(url, timeout=SAFETY).read() == b"hello"
        event = events.wait_kind(RequestFinished)
    finally:
        session.stop()
        thread.join(SAFETY)
    assert sqlite3.connect is before
    if flow == "off":
        assert event.spans is None
    else:
        (span,) = event.spans
        assert (span.label, span.file, span.line) == ("SELECT 1", str(tmp_path / "shop.py"), 5)


def test_a_coroutine_is_a_span_where_there_is_room_and_none_around_it():
    async def ask(label):
        return label

    def describe(span, label):
        span.label = label
        return label != "none"

    inner = recorded_coroutine(ask, SQL, describe)

    async def around(label):
        return await inner(label)

    outer = recorded_coroutine(around, SQL, describe)

    async def main():
        labels = ["outer", "none", *map(str, range(limits.SPANS_OF_A_KIND))]
        assert [await outer(label) for label in labels] == labels

    with request() as found:
        asyncio.run(main())
    assert found.labels(SQL)[:2] == ["outer", "0"]
    assert len(found.of(SQL)) == limits.SPANS_OF_A_KIND
    assert found.left_out == 1


def test_what_is_asked_beyond_the_bound_by_a_library_itself_is_not_counted():
    ask = unrecorded(lambda: make(label="inner"), SQL)
    with request() as found:
        for _ in range(limits.SPANS_OF_A_KIND):
            make()
        ask()
    assert found.left_out == 0


def test_log_lines_and_errors_beyond_the_bound_and_lines_of_ours():
    recorder = SpanRecorder(0)
    record = logging.LogRecord("shop", logging.INFO, __file__, 1, "hello", (), None)
    recorder.log(logging.LogRecord("servedeck", logging.INFO, __file__, 1, "ours", (), None))
    for _ in range(limits.SPANS_OF_A_KIND + 1):
        recorder.log(record)
        recorder.error(LookupError())
    spans, left_out = recorder.finish()
    assert len(spans) == 2 * limits.SPANS_OF_A_KIND
    assert [(one.kind, one.calls, one.duration) for one in left_out] == [(LOG, 1, 0), (ERROR, 1, 0)]
