"""What is asked for without end is done now and then."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

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
