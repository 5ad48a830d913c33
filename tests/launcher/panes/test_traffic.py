"""How busy the server is, in words and drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from launcher.core.logs.traffic import QUIET, Second, TrafficNumbers
from launcher.panes.traffic import TrafficView, explained, numbers_text

BUSY = TrafficNumbers(
    12.4,
    0.2,
    0.012,
    0.01,
    0.038,
    0.5,
    3,
    (Second(1.0, 0, 0), Second(1.0, 10, 0), Second(1.0, 5, 5)),
)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (QUIET, ""),
        (BUSY, "12/s   p95 38.0 ms   1.2 % err   3 in flight"),
        (TrafficNumbers(0.4, seconds=(Second(1.0, 1, 0),)), "0.4/s"),
        (TrafficNumbers(running=2), "0/s   2 in flight"),
    ],
)
def test_words(numbers: TrafficNumbers, text: str) -> None:
    assert numbers_text(numbers) == text


def test_all_of_the_numbers_are_explained() -> None:
    text = explained(BUSY)
    for part in ("12 requests/s", "0.2 errors/s", "3 in flight", "p50", "p95", "p99", "1.2 %"):
        assert part in text
    assert "No requests" in explained(QUIET)


def test_the_plot_is_there_where_there_is_room_and_something_to_show(qtbot: Any) -> None:
    view = TrafficView()
    qtbot.addWidget(view)
    view.show()
    assert view.show_numbers(BUSY, plotted=True)
    assert view.plot.isVisible()
    assert not view.show_numbers(BUSY, plotted=True)
    drawn = view.plot.grab().toImage()
    colours = {drawn.pixelColor(x, drawn.height() - 4).name() for x in range(drawn.width())}
    assert len(colours) >= 3  # the ground, what went well, and what failed
    view.show_numbers(BUSY, plotted=False)
    assert not view.plot.isVisible()
    view.show_numbers(QUIET, plotted=True)
    assert not view.plot.isVisible()


def test_numbers_that_change_leave_the_width_as_it_is(qtbot: Any) -> None:
    """Else all of the page would be laid out, and painted, every second."""
    view = TrafficView()
    qtbot.addWidget(view)
    view.show()
    assert view.show_numbers(BUSY, plotted=True)
    rates = (12.4, 11.0, 18.1, 9.5)
    for rate in rates:  # a step may lie between them, which is then taken once
        view.show_numbers(replace(BUSY, rate=rate), plotted=True)
    width = view.text.width()
    for rate in rates:
        assert not view.show_numbers(replace(BUSY, rate=rate), plotted=True)
    assert view.text.width() == width
    assert view.show_numbers(replace(BUSY, rate=1_234_567.0), plotted=True)
    assert view.text.width() > width
    assert view.show_numbers(replace(BUSY, p95=None, failed=0.0, running=0), plotted=True)
    assert 0 < view.text.width() < width
    view.show_numbers(QUIET, plotted=True)
    assert view.text.width() == 0
