"""How busy a server is, by a clock that the test has."""

from __future__ import annotations

import pytest

from launcher.core.logs.traffic import SECONDS, Traffic
from server.events import RequestFinished


def request(duration: float = 0.01, status: int = 200, error: int | None = None) -> RequestFinished:
    return RequestFinished.of(id=1, started=1.0, duration=duration, status=status, error_id=error)


def test_nothing_has_happened() -> None:
    found = Traffic().look(10.0)
    assert (found.rate, found.p50, found.is_quiet) == (0.0, None, True)
    assert not Traffic().look(10.0, running=2).is_quiet


def test_rates_are_those_of_the_last_seconds() -> None:
    traffic = Traffic()
    for second in range(20):
        for number in range(30 if second < 10 else 10):
            traffic.add(request(status=500 if number < 2 else 200))
        found = traffic.look(float(second), running=3)
    assert found.rate == pytest.approx(10.0)
    assert found.errors == pytest.approx(2.0)
    assert found.failed == pytest.approx(40 / 400)
    assert (found.running, len(found.seconds)) == (3, 20)


def test_a_late_look_is_no_busier_second() -> None:
    traffic = Traffic()
    traffic.look(0.0)
    for _ in range(40):
        traffic.add(request())
    found = traffic.look(4.0)
    assert found.seconds[-1].rate == pytest.approx(10.0)


def test_times_are_those_of_the_last_minute() -> None:
    traffic = Traffic()
    traffic.add(request(9.0))
    traffic.look(0.0)
    for number in range(1, 101):
        traffic.add(request(number / 1000))
    for second in range(1, SECONDS + 1):
        found = traffic.look(float(second))
    assert (found.p50, found.p95, found.p99) == (0.05, 0.095, 0.099)
    for second in range(SECONDS + 1, 2 * SECONDS + 1):
        found = traffic.look(float(second))
    assert (found.p50, found.is_quiet) == (None, True)


def test_an_error_that_became_a_404_counts_and_clear_forgets() -> None:
    traffic = Traffic()
    traffic.add(request(status=404, error=3))
    assert traffic.look(0.0).failed == 1.0
    traffic.add(request())
    traffic.clear()
    assert traffic.look(1.0).is_quiet


def test_memory_doesn_t_grow_with_the_requests() -> None:
    traffic = Traffic()
    for _ in range(5000):
        traffic.add(request())
    found = traffic.look(1.0)
    assert found.seconds[-1].requests == 5000
    assert sum(len(kept) for _, kept in traffic._seconds) <= 1000
