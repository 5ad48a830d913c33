"""Which of the reported requests are those that were sent from here."""

from __future__ import annotations

from typing import Any

from launcher.core.replay.links import Expected, ReplayLinks
from launcher.core.replay.message import Message
from server.events import Body

GET = Message("GET", "/a", (("Host", "x"),))


def test_it_is_known_by_the_port_that_it_came_from(make: Any) -> None:
    links, first = ReplayLinks(), make.finished(1, "/a")
    links.expect(4001, Expected(GET, first, 7))
    links.expect(4002, Expected(GET, first, 7))
    assert links.take(make.finished(2, "/a", remote_port=4000))[1] is None
    other = first.replace(response_body=Body(3, b"bye"), remote_port=4002, started=9.0)
    event, found = links.take(other)
    assert (event.replay, event.replay_of) == ("body", first.started)
    assert found is not None
    assert found.number == 7
    event, _ = links.take(first.replace(remote_port=4001))
    assert event.replay == "same"
    assert not links


def test_a_port_that_another_client_got_meanwhile_is_no_replay(make: Any) -> None:
    links = ReplayLinks()
    links.expect(4001, Expected(GET, make.finished(1, "/a"), 7))
    event, found = links.take(make.finished(2, "/b", remote_port=4001))
    assert (event.replay, found) == ("", None)


def test_without_a_port_it_is_known_by_its_head(make: Any) -> None:
    links = ReplayLinks()
    links.expect(0, Expected(GET, make.finished(1, "/a"), 7))
    assert links.take(make.finished(2, "/a"))[1] is None
    event, found = links.take(make.finished(3, "/a", request_headers=(("Host", "x"),)))
    assert event.replay == "same"
    assert found is not None
    assert not links


def test_what_is_edited_or_new(make: Any) -> None:
    links = ReplayLinks()
    links.expect(4001, Expected(GET, make.finished(1, "/z"), 7, edited=True))
    links.expect(4002, Expected(GET))
    assert links.take(make.finished(2, "/a", remote_port=4001))[0].replay == "edited"
    event, found = links.take(make.finished(3, "/a", remote_port=4002))
    assert event.replay == ""
    assert found is not None


def test_only_the_newest_are_expected(make: Any) -> None:
    links = ReplayLinks()
    for port in range(1, 200):
        links.expect(port, Expected(GET))
    assert links.take(make.finished(1, "/a", remote_port=1))[1] is None
    assert links.take(make.finished(1, "/a", remote_port=199))[1] is not None
