"""server.reporting.batch: every event, in order, at once or nearly so."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from server.base import native
from server.events import Event, RequestStarted
from server.reporting import batch as event_batch
from server.reporting.batch import EventBatch

PROMPT = 0.05  # seconds; what was promised
WAIT = 10.0


def started(number: int, seconds: float = 0.0) -> RequestStarted:
    return RequestStarted(number, "GET", f"/{number}", seconds or time.time())


class Taken:
    """What was passed on, and in how many calls."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.calls = 0

    def __call__(self, events: Sequence[Any]) -> None:
        self.events += events
        self.calls += 1

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + WAIT
        while len(self.events) < count:
            assert time.monotonic() < deadline, f"{len(self.events)} of {count}"
            time.sleep(0.002)


def test_an_event_is_passed_on_at_once() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for number in range(50):
        event = started(number)
        batch.emit(event)
        assert taken.events[-1] is event
    assert all(thread.name != "event-batch" for thread in threading.enumerate())
    batch.close()


def test_a_flood_is_passed_on_in_order_and_in_few_calls() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    # 0.1 s by the events' own clock
    events = [started(number, 1000.0 + number * 1e-5) for number in range(10_000)]
    for event in events:
        batch.emit(event)
    batch.close()
    assert taken.events == events
    assert taken.calls < 1000


def test_the_last_of_a_flood_is_passed_on_soon() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for turn in range(3):
        for number in range(1000):
            batch.emit(started(number, 1000.0 + turn))
        taken.wait(1000 * (turn + 1))
    # The machine may be busy; the batch's own clock is what is promised.
    assert event_batch._HELD * 2 < PROMPT
    batch.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "event-batch"]


def test_flush_passes_on_what_waits() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for number in range(event_batch._AT_ONCE + 10):
        batch.emit(started(number, 1000.0))
    batch.flush()
    assert len(taken.events) == event_batch._AT_ONCE + 10
    batch.close()


def test_many_threads_put() -> None:
    taken = Taken()
    batch = EventBatch(taken)

    def put(first: int) -> None:
        for number in range(first, first + 500):
            batch.emit(started(number))

    threads = [threading.Thread(target=put, args=[first]) for first in range(0, 4000, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    batch.close()
    assert sorted(event.id for event in taken.events if isinstance(event, RequestStarted)) == list(
        range(4000)
    )


def test_an_event_from_within_is_passed_on_after_the_others() -> None:
    """As where an object of the app is collected just then, and prints."""
    taken: list[int] = []

    def take(events: Sequence[Event]) -> None:
        for event in events:
            assert isinstance(event, RequestStarted)
            taken.append(event.id)
            if event.id == 1:
                batch.emit(started(2))
                batch.flush()

    batch = EventBatch(take)
    batch.emit(started(1))
    assert taken == [1, 2]
    batch.emit(started(3))
    batch.close()
    assert taken == [1, 2, 3]


def test_a_batch_that_is_closed_takes_nothing() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    batch.close()
    batch.emit(started(1))
    batch.close()
    assert taken.events == []


def test_no_event_is_left_behind() -> None:
    """Many threads emit, in turns with pauses in which the timer goes to rest."""
    taken = Taken()
    batch = EventBatch(taken)
    threads, turns, each = 4, 5, 400

    def emit() -> None:
        for number in range(each):
            batch.emit(started(number))

    for turn in range(turns):
        emitting = [threading.Thread(target=emit) for _ in range(threads)]
        for thread in emitting:
            thread.start()
        for thread in emitting:
            thread.join(WAIT)
        taken.wait((turn + 1) * threads * each)
        assert len(taken.events) == (turn + 1) * threads * each
    batch.close()


def test_events_of_a_batch_that_is_closed_are_dropped() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for number in range(event_batch._AT_ONCE + 10):
        batch.emit(started(number))
    batch.close()
    batch.emit(started(-1))
    batch.flush()
    assert len(taken.events) == event_batch._AT_ONCE + 10


def test_one_that_emits_never_waits_long_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a signal handler that interrupts what the one who takes is waiting for."""
    monkeypatch.setattr(event_batch, "_FULL", 20)
    monkeypatch.setattr(event_batch, "_MOST", 20)
    monkeypatch.setattr(event_batch, "_PATIENCE", 0.01)
    taken = Taken()
    begun, go_on = threading.Event(), threading.Event()

    def take(events: Sequence[Event]) -> None:
        begun.set()
        assert go_on.wait(WAIT)
        taken(events)

    batch = EventBatch(take)
    other = threading.Thread(target=batch.emit, args=[started(0)])
    other.start()
    assert begun.wait(WAIT)
    for number in range(1, event_batch._AT_ONCE + 30):  # more than may wait
        batch.emit(started(number))
    assert taken.events == []
    go_on.set()
    other.join(WAIT)
    batch.close()
    assert [event.id for event in taken.events] == list(range(event_batch._AT_ONCE + 30))


def test_events_are_passed_on_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From Python 3.12 on, at the interpreter's end."""

    def refuse(*unused: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(native, "start_thread", refuse)
    taken = Taken()
    batch = EventBatch(taken)
    for number in range(event_batch._AT_ONCE + 30):
        batch.emit(started(number))
        assert taken.events[-1].id == number
    batch.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_passes_on_its_own_and_at_once() -> None:
    """The thread that looks after what waits isn't there, and its parent's events are not its."""
    script = """
import os, sys, time
sys.path.insert(0, ".")
from server.reporting.batch import EventBatch
from server.events import OutputWritten
from server.base.forks import fork

batch = EventBatch(lambda found: os.write(1, "".join(e.text for e in found).encode()))
for number in range(1000):
    batch.emit(OutputWritten("stdout", f"parent {number}\\n"))
with batch._lock:
    child = fork()
if not child:
    for number in range(1000):
        batch.emit(OutputWritten("stdout", f"child {number}\\n"))
    os._exit(0)
os.waitpid(child, 0)
batch.close()
"""
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=root, timeout=WAIT,
        check=True,
    )  # fmt: skip
    lines = result.stdout.splitlines()
    for who in ("parent", "child"):
        mine = [line for line in lines if line.startswith(who)]
        assert mine == [f"{who} {number}" for number in range(1000)]
