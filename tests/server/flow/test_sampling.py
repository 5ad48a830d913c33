"""Own lines of slow views, sampled while they run."""

from __future__ import annotations

import gc
import threading
import time

import pytest
from served import wait_until
from serverkit import HELLO_HEADERS

from server.base import limits
from server.events import RequestFinished, decode, encode
from server.flow import spans
from server.flow.apps import record_flow
from server.flow.places import own_line_in
from server.flow.recording import FlowBudget, Recording
from server.flow.sampling import NOT_SAMPLED, Sampler


def working(sampler, sampled, enough=3):
    """Own code that runs until it was seen so often."""
    until = time.monotonic() + 10
    while sampled.taken < enough and time.monotonic() < until:
        pass


def slow(environ, start_response):
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    start_response("200 OK", list(HELLO_HEADERS))
    return [b"hello"]


def quick(environ, start_response):
    start_response("200 OK", list(HELLO_HEADERS))
    return [b"hello"]


@pytest.mark.parametrize("mode", ["threaded", "single"])
def test_a_slow_request_has_its_hottest_lines(serve, events, mode):
    running = serve(record_flow(slow)[0], mode=mode)
    running.server.recording = Recording(samples=True)
    running.get()
    event = events.wait_kind(RequestFinished)
    lines = {slow.__code__.co_firstlineno + 2, slow.__code__.co_firstlineno + 3}
    assert event.samples_taken >= sum(sample[3] for sample in event.samples) > 0
    file, line, function, _ = event.samples[0]
    assert (file, function) == (__file__, "slow")
    assert line in lines
    assert decode(encode(event)).samples == event.samples


def test_a_quick_request_has_none(serve, events):
    running = serve(record_flow(quick)[0])
    running.server.recording = Recording(samples=True)
    running.get()
    event = events.wait_kind(RequestFinished)
    assert (event.samples, event.samples_taken) == NOT_SAMPLED


def test_without_debug_nothing_is_sampled(serve, events):
    running = serve(record_flow(slow)[0])
    running.server.recording = Recording()
    running.get()
    assert events.wait_kind(RequestFinished).samples_taken == 0


def test_a_request_that_is_not_recorded_is_not_watched():
    recording = Recording(FlowBudget(rate=0.001, burst=0), samples=True)
    assert recording.recorder(object) is None


def test_the_thread_ends_when_nobody_asks_any_more(monkeypatch):
    monkeypatch.setattr("server.flow.sampling.LINGERS", 0.01)
    sampler = Sampler()
    assert not sampler.is_alive
    for _ in range(2):  # and comes back
        sampled = sampler.begin()
        assert sampler.is_alive
        working(sampler, sampled)
        samples, taken = sampled.end()
        assert taken >= 3
        assert samples[0][2] == "working"
        wait_until(lambda: not sampler.is_alive, "the end of the thread")


def test_each_thread_has_its_own_lines():
    sampler = Sampler()
    found = {}

    def one():
        sampled = sampler.begin()
        working(sampler, sampled)
        found["one"] = sampled.end()[0]

    def other():
        sampled = sampler.begin()
        until = time.monotonic() + 10
        while sampled.taken < 3 and time.monotonic() < until:
            time.sleep(0)
        found["other"] = sampled.end()[0]

    threads = [threading.Thread(target=target) for target in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {sample[2] for sample in found["one"]} <= {"working", "one"}
    assert {sample[2] for sample in found["other"]} == {"other"}


def test_a_request_without_an_end_is_forgotten(monkeypatch):
    monkeypatch.setattr("server.flow.sampling.LINGERS", 0.01)
    sampler = Sampler()
    sampler.begin()
    gc.collect()
    wait_until(lambda: not sampler.is_alive, "the end of the thread")


def test_where_threads_are_none_of_the_systems_nothing_is_sampled(monkeypatch):
    monkeypatch.setattr(threading, "get_ident", lambda: 1)
    sampler = Sampler()
    sampled = sampler.begin()
    assert not sampler.is_alive
    assert sampled.end() == NOT_SAMPLED


def test_without_a_thread_requests_are_answered(monkeypatch):
    def no_more(*unused):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("server.base.native.start_thread", no_more)
    sampler = Sampler()
    assert sampler.begin().end() == NOT_SAMPLED
    assert not sampler.is_alive


def test_a_sample_that_fails_is_logged_and_the_next_is_taken(monkeypatch, caplog):
    monkeypatch.setattr("server.flow.sampling.SLOW", 0.001)
    monkeypatch.setattr(spans, "_problems", set())
    looked = []

    def fails_once(frame):
        looked.append(frame.f_code.co_name)
        if len(looked) == 1:
            raise RuntimeError("an odd frame")
        return own_line_in(frame)

    monkeypatch.setattr("server.flow.sampling.own_line_in", fails_once)
    sampler = Sampler()
    sampled = sampler.begin()
    working(sampler, sampled)
    lines, taken = sampled.end()
    assert lines
    assert taken > sum(line[3] for line in lines)
    assert ["an odd frame" in record.getMessage() for record in caplog.records] == [True]


def test_a_child_of_the_app_samples_nothing():
    sampler = Sampler()
    sampler.begin_in_child(ours=False)
    sampler.begin()
    assert not sampler.is_alive


def test_lines_are_bounded(monkeypatch):
    monkeypatch.setattr(limits, "SAMPLED_LINES", 1)
    sampler = Sampler()
    sampled = sampler.begin()
    working(sampler, sampled, 5)
    samples, _ = sampled.end()
    assert len(samples) == 1


def test_a_request_whose_thread_is_gone_has_no_lines():
    sampler = Sampler()
    gone = []
    thread = threading.Thread(target=lambda: gone.append(sampler.begin()))
    thread.start()
    thread.join()
    sampled = sampler.begin()
    working(sampler, sampled)
    assert sampled.end()[1] >= 3
    assert gone[0].end() == NOT_SAMPLED


class Crossing:
    """A lock, while which is waited for something else happens, once."""

    def __init__(self, meanwhile):
        self.meanwhile = meanwhile

    def __enter__(self):
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()

    def __exit__(self, *unused):
        pass


def test_requests_that_begin_at_once_and_as_the_thread_ends(monkeypatch):
    started = []
    monkeypatch.setattr("server.base.native.start_thread", started.append)
    sampler = Sampler()
    sampler._lock = Crossing(sampler.begin)
    kept = sampler.begin()
    assert len(started) == 1
    assert not sampler._has_ended()  # that request is there, and no other thread
    assert sampler.is_alive
    sampler._lock = Crossing(lambda: setattr(sampler, "is_alive", True))
    assert sampler._has_ended()  # another thread watches it
    assert kept.end() == NOT_SAMPLED
