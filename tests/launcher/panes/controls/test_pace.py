"""What is asked for without end is done now and then."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer

from launcher.panes.controls.pace import Pace


def test_the_first_at_once_and_the_rest_as_one(qtbot: Any, qapp: QObject) -> None:
    done: list[None] = []
    parent = QObject()
    pace = Pace(30, lambda: done.append(None), parent)
    for _ in range(10):
        pace.ask()
    assert len(done) == 1
    qtbot.waitUntil(lambda: len(done) == 2)
    qtbot.wait(80)
    assert len(done) == 2
    pace.ask()
    assert len(done) == 3


def test_a_wish_after_the_interval_is_passed_on_in_its_own_turn(qtbot: Any, qapp: QObject) -> None:
    """And not by the timer, which would wake the event loop up for it alone."""
    done: list[bool] = []
    asking = False
    parent = QObject()
    pace = Pace(200, lambda: done.append(asking), parent)

    def ask() -> None:
        nonlocal asking
        asking = True
        pace.ask()
        asking = False

    ask()
    timer = QTimer(parent)
    timer.timeout.connect(ask)
    timer.start(5)
    qtbot.waitUntil(lambda: len(done) == 4)
    timer.stop()
    assert all(done)
