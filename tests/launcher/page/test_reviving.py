"""A crashed app that is started again by itself: the time counts down, with "Now" and "Don't"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from launcher.core.state import SessionState
from server.events import ReloadFailed, Reloading

CRASHED = ReloadFailed("", kind="app-restarted", status=3, restarts_in=4.0)


def words(window: Any) -> str:
    label: Any = window.page.findChild(QWidget, "stateLabel")
    return str(label.text())


def messages(window: Any) -> list[Any]:
    return list(window.page.line.messages)


@pytest.fixture
def crashed(window: Any, send: Callable[..., None], make: Any) -> Any:
    window.show()
    window.page.start()
    send(make.started(), CRASHED)
    return window


def test_the_time_counts_down_in_the_head_and_in_one_message(crashed: Any, qtbot: Any) -> None:
    assert words(crashed) == "Crashed, starts in 4 s"
    (message,) = messages(crashed)
    assert message.text == "The app has crashed and is started again in 4 s."
    assert message.detail == "exit status 3"
    assert [action.text for action in message.actions] == ["Now", "Don't"]
    qtbot.waitUntil(lambda: words(crashed) == "Crashed, starts in 3 s")
    assert crashed.page.controller.errors.total == 1


def test_now_starts_it_and_its_start_ends_the_count(
    crashed: Any, send: Callable[..., None], make: Any
) -> None:
    messages(crashed)[0].actions[0].run()
    assert crashed.page.controller._supervisor.calls[-1] == "restart now"
    send(make.started())
    assert words(crashed) == "Running"
    assert not messages(crashed)


def test_dont_stops_it(crashed: Any, send: Callable[..., None], make: Any) -> None:
    messages(crashed)[0].actions[1].run()
    assert crashed.page.controller._supervisor.calls[-1] == "stop"
    assert words(crashed) == "Stopping"
    send(make.stopped())
    assert crashed.page.controller.state is SessionState.STOPPED
    assert not [message for message in messages(crashed) if message.key == "revival"]


def test_a_save_in_the_meantime_starts_it(crashed: Any, send: Callable[..., None]) -> None:
    send(Reloading(("/shop/shop.py",)))
    assert words(crashed) == "Reloading"
