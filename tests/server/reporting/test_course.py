"""The server's own course, step by step."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from test_session import HELLO, config, get, running, write

from server.events import ServerCourse, ServerStopped, decode, encode
from server.reporting import course
from server.reporting.course import Course

START = [
    ("run", 0), ("bind", 1), ("prepare", 1), ("load_app", 1), ("run_simple", 1),
    ("make_server", 2), ("serve_forever", 2),
]  # fmt: skip
NEXT = [step for step in START if step[0] not in ("bind", "prepare")]
STOP = [("shutdown_signal", 0), ("drain", 1), ("server_close", 1)]


def steps(event: ServerCourse) -> list[tuple[str, int]]:
    return [(name, depth) for name, _, _, depth in event.flow]


def test_a_step_lies_in_the_one_around_it() -> None:
    recorded = Course()
    with recorded.step(course.RUN):
        with recorded.step(course.BIND):
            pass
        with recorded.step(course.LOAD_APP):
            pass
    event = recorded.report("start")
    assert steps(event) == [("run", 0), ("bind", 1), ("load_app", 1)]
    (_, run, whole, _), (_, bind, bound, _), (_, load, loaded, _) = event.flow
    assert run == 0
    assert run <= bind <= bind + bound <= load <= load + loaded <= whole
    assert decode(encode(event)).flow == event.flow


def test_what_lasts_ends_with_the_report_and_the_next_one_is_anew() -> None:
    recorded = Course()
    recorded.begin(course.RUN)
    recorded.begin(course.SERVE_FOREVER)
    assert steps(recorded.report("start")) == [("run", 0), ("serve_forever", 1)]
    assert recorded.report("reload").flow == ()


def test_a_reload_begins_with_the_save() -> None:
    recorded = Course()
    saved = time.time() - 2
    recorded.saved(saved)
    recorded.begin(course.RUN)
    event = recorded.report("reload")
    assert steps(event) == [("saved", 0), ("run", 0)]
    assert abs(event.began - saved) < 1
    assert event.flow[0][2] <= event.flow[1][1]


def test_a_start_and_a_stop(tmp_path: Path) -> None:
    write(tmp_path, "shop.py", HELLO.format("one"))
    with running(config("shop:app", tmp_path, debug=True)) as (log, url, _session):
        start = log.next(ServerCourse)
        get(url)
    assert (start.kind, steps(start)) == ("start", START)
    stop = log.all(ServerCourse)[-1]
    assert (stop.kind, steps(stop)) == ("stop", STOP)
    assert isinstance(log.events[-1], ServerStopped)


def test_a_stop_takes_as_long_as_the_requests_that_run(tmp_path: Path) -> None:
    began, goes_on = threading.Event(), threading.Event()
    write(tmp_path, "slow.py", HELLO.format("one"))
    with running(config("slow:app", tmp_path, debug=True)) as (log, url, session):
        server = session._server
        assert server is not None

        def app(environ, start_response):
            began.set()
            goes_on.wait(20)
            start_response("200 OK", [("Content-Length", "0")])
            return []

        server.app = app
        asking = threading.Thread(target=get, args=(url,))
        asking.start()
        assert began.wait(20)
        session.stop()
        goes_on.set()
        asking.join(20)
        assert log.next(ServerStopped).drained == 1
    stop = log.all(ServerCourse)[-1]
    assert steps(stop) == STOP
    assert 0 < stop.flow[1][2] <= stop.flow[0][2]


def test_a_reload_in_the_same_process(tmp_path: Path) -> None:
    write(tmp_path, "again.py", HELLO.format("one"))
    with running(config("again:app", tmp_path, debug=True, reload=True)) as (log, _url, session):
        log.next(ServerCourse)
        session.reload(time.time())
        again = log.next(ServerCourse)
    assert (again.kind, steps(again)) == ("reload", [("saved", 0), *NEXT])
    assert [event.kind for event in log.all(ServerCourse)] == ["start", "reload", "stop"]


def test_where_nothing_is_recorded_there_is_none(tmp_path: Path) -> None:
    write(tmp_path, "quiet.py", HELLO.format("one"))
    with running(config("quiet:app", tmp_path)) as (log, _url, _session):
        pass
    assert not log.all(ServerCourse)
