"""server.exchange: one form for a request."""

from __future__ import annotations

import inspect
import json

import pytest
from any_event import EXCHANGES
from hypothesis import given

from server.events import Body, Exchange, RequestFinished, RequestStarted, encode
from server.facts import exchange
from server.facts.exchange import FACTS, OWN, RequestFacts


@given(EXCHANGES)
def test_an_event_has_the_facts_of_its_exchange(exchange: Exchange) -> None:
    event = RequestFinished(exchange, 7, 2.0, 1.5, 0.5, "t")
    assert {name: getattr(event, name) for name in FACTS} == exchange.facts()
    assert (event.id, event.started, event.duration, event.time) == (7, 2.0, 1.5, 3.5)


def test_the_line_has_every_field_in_its_order() -> None:
    line = json.loads(encode(RequestFinished.of(id=1, started=1.0)))
    assert list(line) == [
        "event", "time", "id", "started", "duration", "app_duration", "thread", "remote_port",
        *FACTS,
    ]  # fmt: skip
    line = json.loads(encode(RequestStarted(1, "GET", "/", 2.0)))
    assert line == {"event": "RequestStarted", "time": 2.0, "id": 1, "method": "GET", "target": "/"}


def test_every_fact_is_described() -> None:
    text = inspect.getdoc(RequestFacts) or ""
    plain = {"method", "query", "reason", "path", "request_headers", "response_headers"}
    plain |= {"request_body", "response_body"}
    assert [name for name in FACTS if f":ivar {name}:" not in text and name not in plain] == []


def test_an_exchange_never_changes() -> None:
    exchange = Exchange(status=200)
    with pytest.raises(AttributeError, match="never changes"):
        exchange.status = 404
    event = RequestFinished.of(id=1, started=1.0, status=200)
    with pytest.raises(AttributeError):
        event.status = 404
    with pytest.raises(AttributeError):
        event.id = 2  # type: ignore[misc]


def test_a_fact_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="statsu"):
        Exchange(statsu=200)


def test_replaced_fields_whether_facts_or_not() -> None:
    event = RequestFinished.of(id=1, started=1.0, status=200, response_body=Body(2, b"ok"))
    other = event.replace(id=2, status=404)
    assert (other.id, other.status, other.response_body) == (2, 404, Body(2, b"ok"))
    assert (event.id, event.status) == (1, 200)
    assert event.replace(id=2).exchange is event.exchange


def test_exchanges_are_equal_by_their_facts() -> None:
    assert Exchange(status=0) == Exchange()
    assert hash(Exchange(status=0)) == hash(Exchange())
    assert Exchange(status=200) != Exchange(status=201)
    assert Exchange() != ()


def test_the_times_of_a_request_fit_together() -> None:
    """Its end is never before its start, and it starts when it is recorded to start."""
    exchange = Exchange()
    for step in range(2000):
        moment, took = 1e9 + step * 0.00123457, step * 1e-6
        start = json.loads(encode(RequestStarted(1, "GET", "/", moment)))
        end = json.loads(encode(RequestFinished(exchange, 1, moment, took, 0.0, "t")))
        assert start["time"] == end["started"] <= end["time"]


def test_the_json_of_an_exchange_is_made_once() -> None:
    exchange = Exchange(status=200)
    assert exchange.as_json() is exchange.as_json()


@given(EXCHANGES, EXCHANGES)
def test_an_exchange_that_is_based_on_another_is_as_one_that_is_not(
    base: Exchange, other: Exchange
) -> None:
    own = {name: value for name, value in vars(other).items() if name in OWN}
    whole = Exchange(**{**vars(base), **own})
    over = Exchange(base=base, **own)
    assert over == whole
    assert over.as_json() == whole.as_json()


def test_what_is_not_a_requests_own_stands_in_what_it_is_based_on() -> None:
    with pytest.raises(TypeError, match="status"):
        Exchange(base=Exchange(status=200), status=404)


def test_what_exchanges_have_in_common_becomes_json_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    encoded = exchange._to_json
    monkeypatch.setattr(exchange, "_to_json", lambda value: (made.append(value), encoded(value))[1])
    base = Exchange(path="/common")
    for number in range(3):
        assert '"path":"/common"' in Exchange(base=base, error_id=number).as_json()
    assert len([value for value in made if "path" in value]) == 1
