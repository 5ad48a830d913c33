"""A history that is filled and read again, from the outside."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.core.logs.history import files, writer
from launcher.core.logs.history.limits import Limits
from launcher.core.logs.history.numbers import number_of
from launcher.core.logs.history.recording import UserMark
from launcher.core.logs.history.writer import DELAY, LEAST_DELAY, delay_after
from server.events import (
    AppError,
    Body,
    OutputWritten,
    ReloadFailed,
    Reloading,
    RequestStarted,
    ServerFailed,
    ServerStarted,
    ServerStopped,
)

STARTED = ServerStarted("http://127.0.0.1:5000/", "127.0.0.1", 5000, 7, "threaded", "3.11.7")


def test_a_request_comes_back_as_it_was(shop: Any, answer: Any) -> None:
    history = shop.open()
    run = history.begin_run("shop:app")
    event = answer(
        1,
        "/中文",
        500,
        b"\x00\xff" * 50,
        target="/%E4%B8%AD?a=1&a=2",
        query="a=1&a=2",
        http_version="HTTP/1.0",
        request_headers=(("X-A", "1"), ("x-a", ""), ("Set-Cookie", "a=b"), ("Date", "now")),
        request_body=Body(1_000_000, b"cut"),
        error_id=4,
        aborted=True,
        flow=(("handle", 0, 5, 0), ("run_wsgi", 1, 3, 1)),
        flow_places=(("run_wsgi", "/srv/shop/app.py", 7),),
        flow_failed=1,
        problem="the app lied",
        endpoint="shop.order",
        view_args=(("id", "7"),),
    )
    history.take([RequestStarted(1, "GET", "/x", 1.0), event])
    assert history.flush()
    number = run.number("request", 0)
    assert number is not None
    with history.reader() as reader:
        stored = reader.request(number)
        assert stored is not None
        assert stored.event == event
        (row,) = reader.requests(reader.extent("request"), 0, 10)
    assert (row.path, row.query, row.status, row.aborted) == ("/中文", "a=1&a=2", 500, True)
    assert (row.endpoint, row.request_size, row.duration) == ("shop.order", 1_000_000, 0.25)


def test_the_file_has_everything_once_it_is_quiet(
    shop: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_QUIET", 0.0)
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(1)])
    deadline = time.monotonic() + 20
    count = 0
    while not count and time.monotonic() < deadline:
        assert history.flush()
        # Without the write-ahead log.
        with (
            contextlib.closing(
                sqlite3.connect(f"{history.file.as_uri()}?immutable=1", uri=True)
            ) as file,
            contextlib.suppress(sqlite3.DatabaseError),
        ):  # no tables yet, or half of a page, since this reader waits for no lock
            (count,) = file.execute("SELECT count(*) FROM request").fetchone()
    assert count == 1


def test_the_longer_writing_takes_the_shorter_is_gathered() -> None:
    assert delay_after(0.0) == DELAY
    for took in (0.0, 0.02, 0.1, 0.15, 0.2):
        assert LEAST_DELAY <= delay_after(took) <= 0.5 - 2 * took
    assert delay_after(5.0) == LEAST_DELAY


def test_the_debuggers_pin_is_not_in_it(shop: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([replace(STARTED, debugger_pin="123-456-789")])
    assert history.flush()
    files = [file for file in history.file.parent.rglob("*") if file.is_file()]
    assert any(b"127.0.0.1:5000" in file.read_bytes() for file in files)
    assert not any(b"123-456-789" in file.read_bytes() for file in files)


def test_what_is_running_is_there_and_fills_in(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([RequestStarted(n, "POST", f"/{n}?q", 5.0) for n in (1, 2, 3)])
    assert history.flush()
    with history.reader() as reader:
        rows = reader.requests(reader.extent("request"), 0, 10)
        assert [(row.path, row.query, row.status) for row in rows] == [
            ("/1", "q", None), ("/2", "q", None), ("/3", "q", None),
        ]  # fmt: skip
        assert reader.request(rows[0].number).event == RequestStarted(1, "POST", "/1?q", 5.0)
        history.take([answer(2, "/2", 404), answer(9, "/unannounced")])
        history.take([ServerStopped("stopped")])
        assert history.flush()
        rows = reader.requests(reader.extent("request"), 0, 10)
    assert [(row.path, row.status, row.lost) for row in rows] == [
        ("/1", None, True), ("/2", 404, False), ("/3", None, True), ("/unannounced", 200, False),
    ]  # fmt: skip


def test_errors_lead_to_their_requests_and_back(shop: Any, answer: Any) -> None:
    history = shop.open()
    run = history.begin_run("shop:app")
    text = 'Traceback\n  File "/srv/shop/app.py", line 3, in f\nKeyError: 7\n'
    history.take([RequestStarted(1, "GET", "/", 1.0), AppError(1, 1, "KeyError", "7", text)])
    assert history.flush()
    history.take([answer(1, "/", 500)])  # its row is written anew
    history.take([answer(2, "/", 200)])
    assert history.flush()
    history.take([AppError(2, 2, "KeyError", "8", text), AppError(3, None, "OSError", "", "no")])
    assert history.flush()
    with history.reader() as reader:
        requests = reader.requests(reader.extent("request"), 0, 9)
        errors = reader.errors(reader.extent("error"), 0, 9)
        assert [row.error for row in requests] == [run.number("error", 0), run.number("error", 1)]
        assert [row.request for row in errors] == [requests[0].number, requests[1].number, None]
        assert (errors[0].file, errors[0].line) == ("/srv/shop/app.py", 3)
        assert reader.error(errors[0].number).event.text == text
        groups = [
            (group.type, group.errors, group.message) for group in reader.error_groups("shop:app")
        ]
    assert groups == [("OSError", 1, ""), ("KeyError", 2, "8")]


def test_failures_are_errors_and_marks(shop: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    failed = ReloadFailed("It is broken.", "Traceback\nshop.Broken: no\n")
    history.take([STARTED, OutputWritten("stdout", "a\n"), Reloading(("a.py",)), failed])
    error = AppError(7, None, "shop.Broken", "again", "Traceback\nshop.Broken: again\n")
    history.take([error, replace(failed, error_id=7)])  # reported by itself: not listed twice
    history.take([UserMark("here")])
    history.take([OutputWritten("stdout", "b\n"), STARTED, ServerFailed("internal", "Over.")])
    assert history.flush()
    with history.reader() as reader:
        (run,) = reader.runs()
        assert (run.app, run.reason, run.url, run.errors) == (
            "shop:app", "failed", STARTED.url, 2)  # fmt: skip
        assert run.ended
        found = reader.errors(reader.extent("error"), 0, 9)
        assert [(row.type, row.message) for row in found] == [
            ("shop.Broken", "no"), ("shop.Broken", "again"),
        ]  # fmt: skip
        marks = [(mark.kind, mark.line - number_of(1, 0)) for mark in reader.marks(run.id)]
    assert marks == [
        ("started", 0), ("reloading", 1), ("reload-failed", 1), ("reload-failed", 1), ("mark", 1),
        ("reloaded", 2), ("failed", 2),
    ]  # fmt: skip


def test_a_crash_leads_to_the_requests_that_ended_with_it(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([STARTED, RequestStarted(1, "GET", "/slow", 1.0), answer(2, "/fall")])
    history.take([ReloadFailed("It has ended.", kind="app-restarted", request_ids=(1, 2, 99))])
    history.take([answer(1, "/slow")])  # its end came late
    assert history.flush()
    with history.reader() as reader:
        (error,) = reader.errors(reader.extent("error"), 0, 9)
        requests = reader.requests(reader.extent("request"), 0, 9)
        assert [row.error for row in requests] == [error.number, error.number]
        assert error.request == requests[-1].number
        assert reader.error(error.number).event.request_ids == (1, 2, 99)


def test_yesterdays_rows_are_in_front_of_todays(shop: Any, answer: Any) -> None:
    for day in range(3):
        history = shop.open()
        history.begin_run("shop:app")
        history.take([answer(1, f"/{day}")])
        assert history.close(20)
    history = shop.open()
    with history.reader() as reader:
        extent = reader.extent("request")
        assert [row.path for row in reader.requests(extent, 0, 9)] == ["/0", "/1", "/2"]
        assert [extent.position(extent.number(at)) for at in range(3)] == [0, 1, 2]
        assert all(run.reason == "closed" for run in reader.runs())


def test_a_clock_that_is_set_back_changes_no_order(shop: Any, answer: Any) -> None:
    history = shop.open(Limits(days=1))
    history.begin_run("shop:app")
    now = time.time()
    moments = [now, now + 9e5, now - 3600, now - 7200]
    history.take([answer(n, f"/{n}", started=moment) for n, moment in enumerate(moments)])
    assert history.flush()
    with history.reader() as reader:
        rows = reader.requests(reader.extent("request"), 0, 9)
    assert [row.path for row in rows] == ["/0", "/1", "/2", "/3"]


def test_two_windows_write_to_one_history(shop: Any, answer: Any) -> None:
    first, second = shop.open(), shop.open()
    first.begin_run("shop:app")
    second.begin_run("shop:admin")
    for round_ in range(5):
        first.take([answer(n + 10 * round_, f"/shop/{round_}", body=b"same") for n in range(10)])
        second.take([answer(n + 10 * round_, f"/admin/{round_}", body=b"same") for n in range(10)])
        assert first.flush()
        assert second.flush()
    with first.reader() as reader:
        for app, word in (("shop:app", "shop"), ("shop:admin", "admin")):
            rows = reader.requests(reader.extent("request", app), 0, 99)
            assert [row.path for row in rows] == [
                f"/{word}/{round_}" for round_ in range(5) for _ in range(10)
            ]
        assert len(reader.extent("request")) == 100
    bodies = first._writer.call(
        lambda store: store.connection.execute("SELECT count(*) FROM body").fetchone()
    )
    assert bodies.result(5) == (1,)
    assert not shop.troubles


def test_only_the_user_can_read_it(shop: Any, answer: Any) -> None:
    old = os.umask(0)
    try:
        history = shop.open()
        history.begin_run("shop:app")
        history.take([answer(1)])
        assert history.flush()
    finally:
        os.umask(old)
    folder = history.file.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3


def test_clear_hides_and_can_be_undone(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    history.take([answer(n, f"/{n}") for n in range(3)])
    assert history.clear("request", "shop:app").result(5) == 3
    assert history.clear("request", "shop:app").result(5) == 0
    history.take([answer(9, "/new")])
    assert history.flush()
    with history.reader() as reader:
        extent = reader.extent("request", "shop:app")
        assert [row.path for row in reader.requests(extent, 0, 9)] == ["/new"]
        assert reader.hidden("request", "shop:app") == 3
        assert history.clear("request", "shop:app").result(5) == 1
        assert history.undo_clear("request", "shop:app").result(5) == 1
        assert reader.hidden("request") == 3
        assert history.undo_clear("request", "shop:app").result(5) == 3
        assert history.undo_clear("request", "shop:app").result(5) == 0
        assert len(reader.extent("request")) == 4


def test_a_project_without_a_history(shop: Any, answer: Any) -> None:
    history = shop.open()
    history.switch(on=False)
    run = history.begin_run("shop:app")
    history.take([answer(1)])
    assert history.flush()
    assert run.number("request", 0) is None
    with pytest.raises(FileNotFoundError):
        history.reader()
    assert not shop.open().on
    history.switch(on=True)
    history.take([answer(2, "/kept")])
    assert history.flush()
    with history.reader() as reader:
        assert [row.path for row in reader.requests(reader.extent("request"), 0, 9)] == ["/kept"]
    assert run.number("request", 0) is None
    assert run.number("request", 1) == number_of(1, 1)


def test_a_deleted_history_begins_anew(shop: Any, answer: Any) -> None:
    history, other = shop.open(), shop.open()
    for each in (history, other):
        each.begin_run("shop:app")
        each.take([answer(1, "/old")])
        assert each.flush()
    history.delete().result(5)
    assert not list(history.file.parent.iterdir())
    for each in (history, other):
        each.take([answer(2, "/new")])
        assert each.flush()
    with history.reader() as reader:
        rows = reader.requests(reader.extent("request"), 0, 9)
    assert [row.path for row in rows] == ["/new", "/new"]
    assert not shop.troubles


def test_the_history_of_another_project_is_another(tmp_path: Path) -> None:
    a, b = tmp_path / "a" / "shop", tmp_path / "b" / "shop"
    assert files.file_of(tmp_path, str(a)) != files.file_of(tmp_path, str(b))
    assert files.file_of(tmp_path, str(a)) == files.file_of(tmp_path, str(a / ".." / "shop"))


def test_lines_have_the_facts_of_their_log_records(shop: Any) -> None:
    history = shop.open()
    history.begin_run("shop:app")
    record = OutputWritten("stderr", "a\nb\n", 3, 2.0, "warning", "shop.x", "/shop/a.py", 7, True)
    history.take([OutputWritten("stderr", "50 %", 3, 1.0), record])
    history.take([OutputWritten("stderr", "\r80 %\n", 3, 3.0)])
    assert history.flush()
    with history.reader() as reader:
        rows = reader.lines(reader.extent("line"), 0, 10)
    assert [row[2:] for row in rows] == [
        ("stderr", 3, "", "", "80 %", 4, "", 0, False),
        ("stderr", 3, "warning", "shop.x", "a", 1, "/shop/a.py", 7, True),
        ("stderr", 3, "warning", "shop.x", "b", 1, "/shop/a.py", 7, True),
    ]
