"""launcher.event_batch: every event, in order, at once or nearly so."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from launcher import event_batch
from launcher.event_batch import EventBatch
from server.events import Event, RequestStarted

PROMPT = 0.05  # seconds; what was promised
WAIT = 10.0


def started(number: int, seconds: float = 0.0) -> RequestStarted:
    return RequestStarted(number, "GET", f"/{number}", seconds or time.time())


class Taken:
    """What was passed on, and in how many calls."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
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
        batch.put(event)
        assert taken.events[-1] is event
    assert all(thread.name != "event-batch" for thread in threading.enumerate())
    batch.close()


def test_a_flood_is_passed_on_in_order_and_in_few_calls() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    # 0.1 s by the events' own clock
    events = [started(number, 1000.0 + number * 1e-5) for number in range(10_000)]
    for event in events:
        batch.put(event)
    batch.close()
    assert taken.events == events
    assert taken.calls < 1000


def test_the_last_of_a_flood_is_passed_on_soon() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for turn in range(3):
        for number in range(1000):
            batch.put(started(number, 1000.0 + turn))
        taken.wait(1000 * (turn + 1))
    # The machine may be busy; the batch's own clock is what is promised.
    assert event_batch._LATEST * 2 < PROMPT
    batch.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "event-batch"]


def test_flush_passes_on_what_waits() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    for number in range(event_batch._BURST + 10):
        batch.put(started(number, 1000.0))
    batch.flush()
    assert len(taken.events) == event_batch._BURST + 10
    batch.close()


def test_many_threads_put() -> None:
    taken = Taken()
    batch = EventBatch(taken)

    def put(first: int) -> None:
        for number in range(first, first + 500):
            batch.put(started(number))

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
                batch.put(started(2))
                batch.flush()

    batch = EventBatch(take)
    batch.put(started(1))
    assert taken == [1, 2]
    batch.put(started(3))
    batch.close()
    assert taken == [1, 2, 3]


def test_a_batch_that_is_closed_takes_nothing() -> None:
    taken = Taken()
    batch = EventBatch(taken)
    batch.close()
    batch.put(started(1))
    batch.close()
    assert taken.events == []
