"""The recorder by itself, and what the handler records over real sockets."""

from __future__ import annotations

import asyncio
import inspect
import threading
from pathlib import Path

import pytest
from serverkit import hello

import server.handler
from server.events import RequestFinished
from server.flow import reading as flow_reading
from server.flow.apps import record_flow
from server.flow.reading import BROKEN, ENDED, FAILED, SENT, WRITTEN, way_of
from server.flow.recorder import FlowRecorder, server_stages
from server.flow.recording import Recording
from server.flow.stages import Stage, function_stage
from server.flow.steps import timed, timed_coroutine
from server.handler import WSGIRequestHandler
from server.reporting.scope import RequestScope, current_scope

SERVER = ["handle", "handle_one_request", "parse_request", "run_wsgi", "make_environ"]
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
REST = ["app", "start_response", "write", "first byte"]


def names(event):
    return [stage for stage, _, _, _ in event.flow]


def depths(event):
    return {stage: depth for stage, _, _, depth in event.flow}


def check(event):
    """What holds for every flow: in order, whole microseconds, each inside of the one around it."""
    assert event.flow[0][:2] == ("handle", 0)
    assert all(type(value) is int for row in event.flow for value in row[1:])
    starts = [start for _, start, _, _ in event.flow]
    assert starts == sorted(starts)
    around: list[tuple[str, int, int, int]] = []
    for row in event.flow:
        stage, start, duration, depth = row
        assert duration >= 0
        assert depth <= len(around), f"{stage} has no stage around it"
        del around[depth:]
        if around:
            parent = around[-1]
            assert parent[1] <= start
            assert start + duration <= parent[1] + parent[2], f"{stage} is longer than {parent[0]}"
        around.append(row)
    assert len({stage for stage, _, _ in event.flow_places}) == len(event.flow_places)
    return event


@pytest.fixture
def record(serve, events):
    """Serve an app that is recorded, ask it, and return the event."""

    def start(app=hello, target="/", method="GET", raw=b"", **options):
        running = serve(record_flow(app)[0], **options)
        running.server.recording = Recording()
        if raw:
            running.raw(raw)
        else:
            running.get(target, method=method)
        return check(events.wait_kind(RequestFinished))

    return start


def test_the_servers_own_steps(record):
    event = record()
    assert names(event) == [*SERVER, *REST]
    assert depths(event) == {
        "handle": 0, "handle_one_request": 1, "parse_request": 2, "run_wsgi": 2, "make_environ": 3,
        "app": 3, "start_response": 4, "write": 3, "first byte": 4,
    }  # fmt: skip
    assert (event.flow_failed, event.endpoint, event.view_args) == (None, "", ())


def test_places_are_where_the_functions_are_written(record):
    places = {stage: (file, line) for stage, file, line in record().flow_places}
    assert set(places) == {*SERVER, *REST} - {"first byte"}
    for stage, (file, line) in places.items():
        text = Path(file).read_text().splitlines()[line - 1]
        assert f"def {'hello' if stage == 'app' else stage}(" in text
    assert places["app"][0] == inspect.getsourcefile(hello)
    assert places["write"][0] == server.handler.__file__


def test_equal_ways_share_their_places(serve, events):
    running = serve(record_flow(hello)[0])
    running.server.recording = Recording()
    running.get("/a")
    running.get("/b")
    first, second = events.wait_count(RequestFinished, 2)
    assert first.flow_places is second.flow_places
    assert first.flow is not second.flow


def test_requests_of_one_connection_begin_anew(serve, events):
    running = serve(record_flow(hello)[0])
    running.server.recording = Recording()
    with running.connect() as client:
        client.send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        client.answer()
        client.answer()
    for event in events.wait_count(RequestFinished, 2):
        assert names(check(event)) == [*SERVER, *REST]


def test_off_means_that_nothing_is_recorded(serve, events):
    running = serve(record_flow(hello)[0])
    running.get("/")
    event = events.wait_kind(RequestFinished)
    assert (event.flow, event.flow_places, event.flow_failed) == ((), (), None)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stream_is_written_from_its_first_byte_to_its_last(record, method):
    gate = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        gate.wait(0.02)
        yield b"two"

    event = record(app, method=method)
    # A generator runs when it is read: the app itself has returned before.
    assert names(event) == [*SERVER, "app", "start_response", "write", "first byte"]
    assert depths(event)["start_response"] == 3
    rows = {row[0]: row for row in event.flow}
    if method == "GET":
        assert rows["write"][2] - rows["first byte"][2] > 15_000
    assert rows["write"][1] == rows["first byte"][1]


def test_an_app_that_calls_write_itself(record):
    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"inside, ")
        return [b"outside"]

    event = record(app)
    assert names(event) == [*SERVER, *REST, "write"]
    assert [row[3] for row in event.flow if row[0] == "write"] == [4, 3]


def test_an_error_ends_where_it_happened(record):
    def app(environ, start_response):
        raise ValueError("no")

    event = record(app)
    assert event.status == 500
    assert names(event)[event.flow_failed] == "app"
    # The page with the error is sent all the same.
    assert names(event) == [*SERVER, "app", "error page", "start_response", "write", "first byte"]
    rows = {stage: (start, start + length, depth) for stage, start, length, depth in event.flow}
    page, answer = rows["error page"], rows["start_response"]
    assert page[2] == rows["app"][2] == answer[2]
    assert rows["app"][1] <= page[0] <= page[1] <= answer[0]


def test_an_error_in_the_middle_of_the_answer(record):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        raise ValueError("no")

    event = record(app, raw=GET)
    assert names(event)[event.flow_failed] == "write"


def test_a_breach_in_start_response(record):
    def app(environ, start_response):
        start_response(200, [])

    event = record(app)
    assert names(event)[event.flow_failed] == "start_response"
    assert "status must be a str" in event.problem


def test_the_line_of_a_breach_is_the_apps_also_when_it_is_recorded(serve, events):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return [b"short"]

    running = serve(record_flow(app)[0])
    running.server.recording = Recording()
    running.raw(GET)
    error = events.wait_for(lambda event: getattr(event, "type", "") == "AppBreach")
    assert [(frame.file, frame.function) for frame in error.frames] == [(__file__, "app")]


def test_a_request_that_is_refused(record):
    event = record(raw=b"GET / HTTP/9.9\r\nHost: x\r\n\r\n")
    assert event.status == 505
    assert names(event)[event.flow_failed] == "parse_request"
    assert names(event) == ["handle", "handle_one_request", "parse_request", "write", "first byte"]


def test_a_client_that_leaves(serve, events):
    entered, gone = threading.Event(), threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        entered.set()
        gone.wait(5)
        for _ in range(200):
            yield b"x" * 65536

    running = serve(record_flow(app)[0])
    running.server.recording = Recording()
    client = running.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    entered.wait(5)
    client.reset()
    gone.set()
    event = check(events.wait_kind(RequestFinished))
    assert event.aborted
    assert names(event)[event.flow_failed] == "write"


def test_files_are_written_too(record, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "10")])
        return environ["wsgi.file_wrapper"](file.open("rb"))

    assert names(record(app)) == [*SERVER, *REST]


def test_handlers_of_the_users_own(record):
    class Handler(WSGIRequestHandler):
        def make_environ(self):
            return super().make_environ()

        def end_headers(self):
            self.send_header("X-Own", "yes")
            super().end_headers()

    event = record(request_handler=Handler)
    assert names(event) == [*SERVER, *REST]
    assert ("make_environ", __file__) in [place[:2] for place in event.flow_places]


# The recorder and the functions that take the time.


@pytest.fixture
def flow():
    recorder = FlowRecorder(server_stages(WSGIRequestHandler))
    recorder.parsed()
    scope = RequestScope(1)
    scope.flow = recorder
    token = current_scope.set(scope)
    yield recorder
    current_scope.reset(token)


class Steps:
    """Methods of all kinds of signatures."""

    def none(self):
        return ()

    def one(self, rv):
        return (rv,)

    def defaults(self, rv=1, more=2):
        return (rv, more)

    def many(self, a, b, c, *rest, d=4, **named):
        return (a, b, c, rest, d, named)


def test_steps_are_called_as_before(flow):
    steps, stage = Steps(), Stage("step")
    assert timed(stage, steps.none)() == ()
    assert timed(stage, steps.one)(5) == timed(stage, steps.one)(rv=5) == (5,)
    assert timed(stage, steps.defaults)() == (1, 2)
    assert timed(stage, steps.defaults)(7) == (7, 2)
    assert timed(stage, steps.defaults)(more=8) == (1, 8)
    assert timed(stage, steps.many)(1, 2, 3, 5, d=6, e=7) == (1, 2, 3, (5,), 6, {"e": 7})
    with pytest.raises(TypeError):
        timed(stage, steps.one)()
    assert flow.finish().rows[4:]


def test_step_outside_of_a_request():
    steps = Steps()
    assert timed(Stage("step"), steps.one)(5) == (5,)
    assert timed(Stage("step"), steps.defaults)(more=3) == (1, 3)


async def awaited(value):
    if value is None:
        raise ValueError("nothing")
    return value


def test_steps_that_are_awaited(flow):
    wrapped = timed_coroutine(Stage("awaited"), awaited)
    assert asyncio.run(wrapped(5)) == 5
    with pytest.raises(ValueError, match="nothing"):
        asyncio.run(wrapped(None))
    found = flow.finish()
    assert [row[0] for row in found.rows].count("awaited") == 2
    assert found.rows[found.failed][0] == "awaited"


def test_steps_that_are_awaited_outside_of_a_request():
    assert asyncio.run(timed_coroutine(Stage("awaited"), awaited)(value=6)) == 6


def test_own_frames_are_taken_out_of_tracebacks(flow):
    def fails():
        raise ValueError("inner")

    inner = timed(Stage("inner"), fails)

    def between():
        inner()

    with pytest.raises(ValueError, match="inner") as caught:
        timed(Stage("outer"), between)()
    functions = [entry.name for entry in caught.traceback]
    assert functions[-3:] == ["step", "between", "fails"]  # the outermost one is the next one's
    found = flow.finish()
    assert found.rows[found.failed][0] == "inner"


def test_marks_that_do_not_match_are_read_all_the_same(flow):
    flow.enter(Stage("lost"))
    for _ in range(20):
        flow.fail()
    flow.enter(Stage("late"))
    assert [row[0] for row in flow.finish().rows][-1] == "late"


def test_the_ends_of_what_never_began_end_nothing():
    """The app's own thread may have taken the recorder's marks for its own."""
    marks = (Stage("handle"), Stage("run_wsgi"), Stage("app"), SENT, WRITTEN, FAILED, ENDED)
    way = way_of(marks)
    assert (way.names, way.failed) == (("handle", "run_wsgi", "app"), 2)
    assert way.ends(range(len(marks) + 1)) == (7, 6, 5)


def test_a_hook_that_nobody_has_called():
    hook = Stage("shop.hook", function=True)
    assert way_of((hook, hook, hook)).names == ("hook shop.hook",) * 3


def test_an_error_before_anything_began():
    way = way_of((BROKEN, Stage("handle"), Stage("parse_request"), Stage("late")))
    assert way.failed is None


def test_ways_are_kept_only_so_many_and_only_short_ones(monkeypatch):
    monkeypatch.setattr(flow_reading, "_ways", {})
    monkeypatch.setattr(flow_reading, "_MAX_WAYS", 3)
    stages = [Stage(f"step {number}") for number in range(5)]
    for stage in stages[:3]:
        way = way_of((stage, stage, stage))
        assert way_of((stage, stage, stage)) is way
    way_of((stages[3],) * 3)
    assert list(flow_reading._ways) == [(stages[3],) * 3]
    long = (stages[4],) * (flow_reading._MAX_KEPT_MARKS + 1)
    assert way_of(long).names == ("step 4",) * len(long)
    assert long not in flow_reading._ways


def test_a_very_long_flow_is_cut(flow):
    inner = timed(Stage("step"), Steps().none)
    for _ in range(10_000):
        inner()
    assert 1000 < len(flow.finish().rows) < 10_000


def test_functions_are_not_kept_alive():
    import gc
    import weakref

    def hook():
        pass

    stage = function_stage(hook)
    assert function_stage(hook) is stage
    gone = weakref.ref(hook)
    del hook
    gc.collect()
    assert gone() is None


def test_values_from_the_url_are_shortened_and_never_fail(flow):
    class Odd:
        def __repr__(self):
            raise ValueError

    flow.record_args({"id": 5, "text": "x" * 1000, "odd": Odd()})
    shown = dict(flow.finish().view_args)
    assert shown["id"] == "5"
    assert len(shown["text"]) < 200
    assert "Odd" in shown["odd"]
