"""What of the server's life stands between the requests."""

from __future__ import annotations

from typing import Any

from launcher.core.logs.dividers import Divider, DividerKind, DividerLog
from server.events import ReloadFailed, Reloading


def taken(log: DividerLog, *events: Any) -> list[Divider]:
    for before, event in enumerate(events):
        log.take(event, before)
    return list(log)


def test_a_start_reloads_and_a_stop(make: Any) -> None:
    log = DividerLog()
    log.begin_session("/p")
    rows = taken(
        log,
        make.started(),
        Reloading(("/p/catalog.py",)),
        make.started(load_seconds=0.097),
        Reloading(("/p/a.py", "/elsewhere/b.py", "/p/c.py")),
        ReloadFailed("Traceback (most recent call last):\nSyntaxError: '(' was never closed\n"),
        make.stopped(),
    )
    kinds = DividerKind
    assert [(row.kind, row.before, row.place, row.rest) for row in rows] == [
        (kinds.STARTED, 0, "", "http://127.0.0.1:5000/"),
        (kinds.RELOADED, 2, "catalog.py", "in 97 ms"),
        (kinds.RELOAD_FAILED, 4, "a.py and 2 other files", "SyntaxError: '(' was never closed"),
        (kinds.STOPPED, 5, "", ""),
    ]


def test_the_next_session_starts_again(make: Any) -> None:
    log = DividerLog()
    log.begin_session("/p")
    taken(log, make.started(), make.stopped())
    log.begin_session("/p")
    assert taken(log, make.started())[-1].kind is DividerKind.STARTED
    assert taken(log, make.failed(message="No.\nMore"))[-1].rest == "No."


def test_a_process_that_ends_has_crashed_whether_it_is_started_again_or_not(make: Any) -> None:
    log = DividerLog()
    log.begin_session("/p")
    rows = taken(
        log,
        make.started(),
        ReloadFailed("The process of the app has ended.", kind="app-crashed"),
        ReloadFailed("It is started again.", kind="app-restarted"),
        make.failed("app-crashed", message="The process of the app has ended."),
    )
    assert [row.heading for row in rows] == ["Started", "Crashed", "Crashed", "Crashed"]


def test_the_times_of_an_app_that_is_broken_from_the_beginning_are_in_order(make: Any) -> None:
    log = DividerLog()
    log.begin_session("/p")
    started = make.started(time=1_000.5)
    rows = taken(log, started, ReloadFailed("No.", time=999.0), ReloadFailed("No.", time=1_002.0))
    assert [row.time for row in rows] == [1_000.5, 1_000.5, 1_002.0]


def test_what_comes_from_outside_is_bounded_and_on_one_line(make: Any) -> None:
    log = DividerLog(capacity=10, block=1)
    log.begin_session("/p")
    for _ in range(30):
        taken(log, Reloading(("/p/a\n\x1b.py",)), ReloadFailed("x" * 10_000))
    assert len(log) == 10
    row = list(log)[-1]
    assert row.place == "a\u240a\u241b.py"
    assert len(row.rest) <= 200
