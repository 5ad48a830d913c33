"""Which of the server's events belong to requests that were sent for a pin."""

from __future__ import annotations

from typing import Any

from launcher.core.watch.diverting import PinAnswered, WatchedRequests
from server.events import OutputWritten


def test_its_events_are_taken_out_by_its_port(make: Any) -> None:
    watched = WatchedRequests()
    assert not watched
    watched.expect(4001, "GET", "/a", 7)
    assert watched
    other = make.request(1, "/a")._replace(remote_port=4000)
    assert watched.take(other) == (other, None)
    assert watched.take(make.request(2, "/a")._replace(remote_port=4001)) == (None, None)
    error = make.error(1, 2)
    assert watched.take(error) == (None, PinAnswered(7, error))
    left, _ = watched.take(OutputWritten("stdout", "printed\n", 2, time=1.0))
    assert left == OutputWritten("stdout", "printed\n", None, time=1.0)
    done = make.finished(2, "/a", remote_port=4001)
    assert watched.take(done) == (None, PinAnswered(7, done))
    late = make.error(2, 2)
    assert watched.take(late) == (None, PinAnswered(7, late))
    for event in (make.finished(1, "/a"), make.error(3, 1), make.error(4), make.stopped()):
        assert watched.take(event) == (event, None)
    watched.begin_session()
    assert not watched
    assert watched.take(done) == (done, None)


def test_its_end_may_come_unannounced_and_without_a_port(make: Any) -> None:
    watched = WatchedRequests()
    watched.expect(0, "GET", "/a", 1)
    other = make.finished(1, "/b")
    assert watched.take(other) == (other, None)
    done = make.finished(2, "/a")
    assert watched.take(done) == (None, PinAnswered(1, done))
    again = make.finished(3, "/a")
    assert watched.take(again) == (again, None)


def test_what_is_remembered_is_bounded(make: Any) -> None:
    watched = WatchedRequests()
    for number in range(1000):
        watched.expect(number + 1, "GET", "/", number)
        watched.take(make.finished(number, "/", remote_port=number + 1))
    early = make.error(1, 3)
    assert watched.take(early) == (early, None)
    late = make.error(2, 999)
    assert watched.take(late) == (None, PinAnswered(999, late))
