"""The tables over the logs, watched by Qt's own model tester."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.core.logs.divided import DividedView
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import Outcome, RequestLog
from launcher.core.logs.view import View
from launcher.models import requests
from launcher.models.error_groups import GroupModel
from launcher.models.log_model import OUTCOME_ROLE, ROW_ROLE
from launcher.models.requests import RequestModel


def shown(log: RequestLog) -> RequestModel:
    return RequestModel(DividedView(log, View(log), log.dividers))


def texts(model: Any, row: int) -> list[str]:
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_filling_trimming_and_resetting_keep_the_model_sound(
    qtbot: Any, qtmodeltester: Any, make: Any
) -> None:
    log = RequestLog(capacity=50, block=10)
    model = shown(log)
    qtmodeltester.check(model)
    number = 0
    for batch in (1, 3, 40, 12, 25, 7, 200, 1):
        for _ in range(batch):
            number += 1
            log.add_started(make.request(number))
            if number % 3:
                log.add_finished(make.finished(number))
        model.sync()
        assert model.rowCount() == len(log)
        qtmodeltester.check(model)
    log.clear()
    model.sync()
    assert model.rowCount() == 0
    qtmodeltester.check(model)
    log.add_started(make.request(number + 1, "/again"))
    model.sync()
    assert texts(model, 0)[requests.PATH] == "/again"


def test_a_batch_is_one_insertion_one_removal_and_one_change(qtbot: Any, make: Any) -> None:
    log = RequestLog(capacity=1000, block=100)
    model = shown(log)
    seen: list[tuple[str, int, int]] = []
    model.rowsInserted.connect(lambda _p, low, high: seen.append(("in", low, high)))
    model.rowsRemoved.connect(lambda _p, low, high: seen.append(("out", low, high)))
    model.dataChanged.connect(lambda a, b, _r: seen.append(("new", a.row(), b.row())))
    for number in range(1, 1051):
        log.add_started(make.request(number))
    model.sync()
    assert seen == [("in", 0, 1049)]
    seen.clear()
    for number in range(1051, 1151):
        log.add_started(make.request(number))
    for number in range(500, 1150):
        log.add_finished(make.finished(number))
    model.sync()
    gone = log.first
    assert seen == [
        ("out", 0, gone - 1),
        ("in", 1050 - gone, 1149 - gone),
        ("new", 499 - gone, 1049 - gone),
    ]
    seen.clear()
    model.sync()
    assert seen == []


def test_between_log_and_model_there_are_only_empty_rows(qtbot: Any, make: Any) -> None:
    log = RequestLog(capacity=10, block=1)
    model = shown(log)
    for number in range(1, 11):
        log.add_started(make.request(number))
    model.sync()
    for number in range(11, 16):
        log.add_started(make.request(number))
    assert model.index(0, 0).data() is None
    assert model.index(9, 0).data() is not None


def test_what_a_request_shows(qtbot: Any, make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1, "/a%20b?x=1", "POST"))
    model = shown(log)
    row = texts(model, 0)
    assert (row[requests.METHOD], row[requests.PATH]) == ("POST", "/a b?x=1")
    assert row[requests.STATUS] == "\u2026"
    assert row[requests.DURATION] == row[requests.SIZE] == row[requests.CLIENT] == ""
    log.add_finished(make.finished(1, "/a%20b?x=1", path="/a b", method="POST"))
    model.sync()
    row = dict(zip(requests.NAMES, texts(model, 0), strict=True))
    assert row.items() >= {
        "method": "POST", "path": "/a b?x=1", "status": "200", "duration": "12.3 ms",
        "queries": "", "size": "5 B", "client": "127.0.0.1", "endpoint": "", "type": "text/plain",
        "query": "x=1", "request_size": "", "host": "localhost", "version": "HTTP/1.1",
        "thread": "t", "pid": "1", "error": "",
    }.items()  # fmt: skip
    assert model.index(0, 0).data(ROW_ROLE) is log.get(0)
    assert model.index(0, 0).data(OUTCOME_ROLE) is Outcome.OK


@pytest.mark.parametrize(
    ("changes", "status", "spoken"),
    [
        ({"status": 500}, "500", "500, failed"),
        ({"status": 404}, "404", "404, refused"),
        (
            {"status": 0, "aborted": True},
            "aborted",
            "aborted, ended before its answer was complete",
        ),
        (
            {"status": 200, "aborted": True},
            "200 aborted",
            "200 aborted, ended before its answer was complete",
        ),
        ({"status": 0}, "no answer", "no answer, failed"),
    ],
)
def test_a_status_can_be_read_and_heard(
    qtbot: Any, make: Any, changes: dict[str, Any], status: str, spoken: str
) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1, **changes))
    model = shown(log)
    index = model.index(0, requests.STATUS)
    assert index.data() == status
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == spoken


def test_what_comes_from_outside_stays_on_one_line_of_bounded_length(qtbot: Any, make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1, "/\n\0\x1b[31m" + "x" * 100_000, "<b>" * 100))
    row = texts(shown(log), 0)
    assert row[requests.PATH].startswith("/\u240a\u2400\u241b[31mxxx")
    assert len(row[requests.PATH]) <= requests.PATH_LIMIT
    assert len(row[requests.METHOD]) <= 32


def test_rows_are_found_by_their_number(qtbot: Any, make: Any) -> None:
    log = RequestLog(capacity=10, block=1)
    model = shown(log)
    for number in range(1, 21):
        log.add_started(make.request(number, f"/{number}"))
    model.sync()
    assert not model.index_of(9).isValid()
    assert not model.index_of(20).isValid()
    index = model.index_of(15)
    assert (index.row(), model.number(index), model.row(index).target) == (5, 15, "/16")


def test_headers(qtbot: Any) -> None:
    model = shown(RequestLog())
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert titles[:6] == ["Time", "Method", "Path", "Status", "Duration", "Queries"]
    assert titles == [column.title for column in requests.COLUMNS]
    assert all(titles)
    assert model.headerData(0, Qt.Orientation.Vertical) is None


def test_errors(qtbot: Any, qtmodeltester: Any, make: Any) -> None:
    log = ErrorLog(capacity=20, block=5)
    model = GroupModel(log)
    for number in range(60):
        kind = f"kind {number % 9}"
        error = make.error(number, message="<b>no</b>\nmore", group=kind, time=float(number))
        log.add(error, number, "GET", f"/{number}")
        if number % 7 == 0:
            model.refresh()
            qtmodeltester.check(model)
    model.refresh()
    qtmodeltester.check(model)
    assert model.rowCount() == 9
    newest = model.group(0)
    assert newest is not None
    assert (newest.newest.origin, newest.count) == ("GET /59", 7)
    index = model.index(0)
    assert index.data().split("\n")[:2] == ["KeyError", "<b>no</b>\u240amore"]
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).startswith("KeyError: <b>no</b>")
    model.sort_by, model.needle = "First seen", "/5"
    model.refresh()
    found = [model.group(row) for row in range(model.rowCount())]
    origins = [group.newest.origin for group in found if group]
    assert origins == [f"GET /{n}" for n in (53, 52, 51, 59, 58, 57, 56, 55, 54)]


def test_the_query_is_shown_without_secrets(make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1, "/pay?token=hunter2"))
    log.add_started(make.request(2, "/pay?page=1&token=hunter2"))
    log.add_finished(
        make.finished(2, "/pay?page=1&token=hunter2", query="page=1&token=hunter2", path="/pay")
    )
    shown = [requests.request_cells(row).texts for row in log]
    column = requests.NAMES.index("query")
    assert [texts[column] for texts in shown] == ["token=***", "page=1&token=***"]
    assert "hunter2" not in str(shown)


@pytest.mark.parametrize("cells", [requests.LOADING, requests.GONE])
def test_what_is_not_in_memory_has_a_text_for_each_column(
    qtbot: Any, make: Any, monkeypatch: pytest.MonkeyPatch, cells: requests.AbsentCells
) -> None:
    """Also for those that were added later: a screen reader asks for all of them."""
    log = RequestLog()
    log.add_started(make.request(1))
    model = shown(log)
    monkeypatch.setattr(model, "cells", lambda row: cells)
    assert [text for text in texts(model, 0) if text] == [cells.texts[requests.PATH]]
