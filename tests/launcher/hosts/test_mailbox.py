"""launcher.hosts.mailbox: the order of calls, alarms, faults, and the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from recorder import WAIT

from launcher.hosts.mailbox import Mailbox


class Bench:
    """A mailbox, and what its calls have raised."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []
        self.box = Mailbox("box", self.faults.append, bound=2)

    def settle(self) -> None:
        """Wait until all that was posted is done."""
        done = threading.Event()
        self.box.start(done.set)
        assert done.wait(WAIT)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    assert bench.box.post_and_join(bench.box.close, WAIT)
    assert "box" not in [thread.name for thread in threading.enumerate()]


def test_calls_in_their_order_on_one_thread(bench: Bench) -> None:
    seen: list[tuple[int, str]] = []
    for number in range(5):
        bench.box.post(lambda n=number: seen.append((n, threading.current_thread().name)))
    assert not seen, "post starts no thread"
    bench.settle()
    assert seen == [(number, "box") for number in range(5)]


def fail(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("kind", [ValueError, SystemExit, GeneratorExit, MemoryError])
def test_whatever_a_call_raises_is_reported_and_the_thread_goes_on(
    bench: Bench, kind: type[BaseException]
) -> None:
    error = kind()
    bench.box.post(lambda: fail(error))
    bench.settle()
    assert bench.faults == [error]


def test_a_report_that_fails_ends_nothing() -> None:
    box = Mailbox("box", lambda error: fail(SystemExit()))
    box.start(lambda: fail(ValueError()))
    done = threading.Event()
    box.post(done.set)
    assert done.wait(WAIT)
    assert box.post_and_join(box.close, WAIT)


def test_alarms_in_the_order_of_their_times(bench: Bench) -> None:
    seen: list[str] = []
    done = threading.Event()

    def ask() -> None:
        bench.box.after(0.02, done.set)
        bench.box.after(0.01, lambda: seen.append("second"))
        bench.box.after(0.0, lambda: seen.append("first"))
        bench.box.after(0.0, lambda: fail(ValueError()))

    bench.box.start(ask)
    assert done.wait(WAIT)
    assert (seen, len(bench.faults)) == (["first", "second"], 1)


def test_bounded_calls_wait_for_room_and_go_on_when_it_closes(bench: Bench) -> None:
    entered, leave = threading.Event(), threading.Event()
    seen: list[int] = []

    def hold() -> None:
        entered.set()
        leave.wait(WAIT)
        bench.box.close()

    bench.box.start(hold)
    assert entered.wait(WAIT)

    def post_many() -> None:
        for number in range(10):
            bench.box.post_bounded(lambda n=number: seen.append(n))

    writer = threading.Thread(target=post_many)
    writer.start()
    writer.join(0.05)
    assert writer.is_alive(), "held back"
    leave.set()
    writer.join(WAIT)
    assert not writer.is_alive()
    assert bench.box.join(WAIT)
    assert not seen, "what is pending at the close is dropped"


def test_it_can_be_started_again(bench: Bench) -> None:
    for _ in range(3):
        bench.settle()
        assert bench.box.post_and_join(bench.box.close, WAIT)
        assert bench.box.post_and_join(bench.box.close, WAIT)
