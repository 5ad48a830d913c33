"""The request log: rows, links, bounds."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.core.logs.requests import Outcome, RequestLog
from server.events import Body


def test_a_request_appears_at_once_and_is_filled_in(make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1, "/a"))
    row = log.get(0)
    assert row is not None
    assert row.outcome is Outcome.PENDING
    log.add_finished(make.finished(1, "/a"))
    row = log.get(0)
    assert row is not None
    assert row.outcome is Outcome.OK
    assert len(log) == log.total == 1


def test_a_request_needs_no_announcement(make: Any) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1, status=400, reason="Bad Request"))
    assert log.get(0).outcome is Outcome.CLIENT_ERROR  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"status": 204}, Outcome.OK),
        ({"status": 304}, Outcome.REDIRECT),
        ({"status": 404}, Outcome.CLIENT_ERROR),
        ({"status": 503}, Outcome.SERVER_ERROR),
        ({"status": 0}, Outcome.SERVER_ERROR),
        ({"status": 0, "aborted": True}, Outcome.ABORTED),
        ({"status": 200, "aborted": True}, Outcome.ABORTED),
    ],
)
def test_outcomes(make: Any, changes: dict[str, Any], outcome: Outcome) -> None:
    log = RequestLog()
    log.add_finished(make.finished(1, **changes))
    assert log.get(0).outcome is outcome  # type: ignore[union-attr]


def test_an_error_makes_a_request_a_failed_one_whatever_its_status(make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1))
    assert log.link_error(1, 17) == 0
    log.add_finished(make.finished(1, status=200))
    row = log.get(0)
    assert row is not None
    assert (row.error, row.outcome) == (17, Outcome.SERVER_ERROR)
    assert log.link_error(2, 18) is None


def test_ids_start_again_with_each_session(make: Any) -> None:
    log = RequestLog()
    log.begin_session()
    log.add_started(make.request(1, "/old"))
    log.begin_session()
    log.add_started(make.request(1, "/new"))
    log.add_finished(make.finished(1, "/new"))
    old, new = log
    assert (old.target, old.outcome) == ("/old", Outcome.LOST)
    assert (new.target, new.outcome) == ("/new", Outcome.OK)


def test_what_runs_when_the_server_ends_is_lost_unless_it_ends_after_all(make: Any) -> None:
    log = RequestLog()
    log.begin_session()
    log.add_started(make.request(1))
    log.add_started(make.request(2))
    log.end_session()
    log.add_finished(make.finished(2))
    assert [row.outcome for row in log] == [Outcome.LOST, Outcome.OK]


def test_it_is_bounded_in_rows(make: Any) -> None:
    log = RequestLog(capacity=100, block=10)
    for number in range(1, 1001):
        log.add_started(make.request(number))
        log.add_finished(make.finished(number))
    assert 100 <= len(log) < 110
    assert log.total == 1000
    assert log.dropped == 1000 - len(log)
    assert len(log._numbers) <= 2 * 100 + 10 + 1
    assert len(log._bodies) <= 110


def test_the_end_of_a_dropped_request_is_no_new_request(make: Any) -> None:
    log = RequestLog(capacity=10, block=1)
    log.add_started(make.request(1))
    for number in range(2, 15):
        log.add_started(make.request(number))
    end = log.end
    log.add_finished(make.finished(1))
    assert log.end == end


def test_it_is_bounded_in_bytes_of_bodies(make: Any) -> None:
    log = RequestLog(body_budget=1000)
    for number in range(1, 21):
        log.add_finished(make.finished(number, response_body=Body(100, b"x" * 100)))
    kept = [row.finished.response_body for row in log if row.finished]
    assert sum(len(body.data) for body in kept) == 1000
    assert all(body.size == 100 for body in kept)
    assert kept[0].truncated
    assert not kept[-1].truncated


def test_bodies_that_requests_share_count_once(make: Any) -> None:
    log = RequestLog(capacity=50, block=10, body_budget=1000)
    shared = make.finished(1, response_body=Body(600, b"x" * 600))
    for number in range(1, 100):  # more than are kept
        log.add_finished(shared._replace(id=number))
    rows = [row.finished for row in log if row.finished]
    assert all(event.exchange is shared.exchange for event in rows)
    log.add_finished(make.finished(100, response_body=Body(600, b"y" * 600)))
    rows = [row.finished for row in log if row.finished]
    assert rows[-1].response_body.data == b"y" * 600
    assert {event.response_body for event in rows[:-1]} == {Body(600)}
    assert len({id(event.exchange) for event in rows[:-1]}) == 1


def test_clear_forgets_what_runs_too(make: Any) -> None:
    log = RequestLog()
    log.add_started(make.request(1))
    log.clear()
    log.add_finished(make.finished(1))
    assert len(log) == log.total == 0
    log.add_started(make.request(2))
    assert len(log) == 1
