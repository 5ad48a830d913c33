"""Starts, reloads and stops of the server as time lines."""

from __future__ import annotations

from launcher.core.logs import courses
from launcher.core.logs.courses import CourseLog, course_line
from server.events import ServerCourse
from server.reporting import course

START = (("run", 0, 40_000, 0), ("bind", 0, 100, 1), ("load_app", 100, 39_000, 1),
         ("run_simple", 39_200, 800, 1), ("serve_forever", 40_000, 0, 2))  # fmt: skip


def test_the_newest_stands_first() -> None:
    log = CourseLog()
    for kind in ("start", "reload", "stop"):
        log.add(ServerCourse(kind, 1.0, START))
    log.add(ServerCourse("start", 1.0))
    assert [one.word for one in log] == ["stopped", "reloaded", "started"]
    newest = next(iter(log))
    assert newest.length == 40_000
    assert log.get(newest.number) is newest
    log.clear()
    assert log.get(newest.number) is None


def test_a_course_is_laid_out_as_a_request_is() -> None:
    log = CourseLog()
    log.add(ServerCourse("start", 1.0, START))
    line = course_line(next(iter(log)))
    assert [step.key for step in line.steps] == [name for name, *_ in START]
    assert line.heaviest is line.steps[2]
    assert dict(line.parties)["yours"] == 39_000


def test_each_step_of_the_server_is_the_servers_but_the_apps_own() -> None:
    names = [getattr(course, name) for name in course.__all__ if name.isupper()]
    log = CourseLog()
    log.add(ServerCourse("start", 1.0, tuple((name, n, 1, 0) for n, name in enumerate(names))))
    parties = {step.key: step.party for step in course_line(next(iter(log))).steps}
    assert parties.pop("load_app") == "yours"
    assert set(parties.values()) == {"server"}


def test_only_the_newest_are_kept() -> None:
    log = CourseLog()
    for _ in range(courses.MOST + 5):
        log.add(ServerCourse("start", 1.0, START))
    assert len(list(log)) == courses.MOST
