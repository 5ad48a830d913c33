"""The grid of the last rounds."""

from __future__ import annotations

from launcher.core.watch.rounds import Round
from launcher.panes.watch.grid import rounds_title


def test_rounds_that_were_sent_by_hand_are_not_counted_as_reloads() -> None:
    reload, broken, by_hand = Round(1, 0, ("shop.py",)), Round(2, 0, failed=True), Round(3, 0)
    assert rounds_title([]) == "No reload yet"
    assert rounds_title([reload]) == "The last reload"
    assert rounds_title([reload, broken]) == "The last 2 reloads"
    assert rounds_title([by_hand]) == "The last time"
    assert rounds_title([reload, by_hand]) == "The last 2 times"
