"""The head: what it shows in each state, and what leaves it where it is narrow."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from launcher import theme
from launcher.actions import PageActions
from launcher.core.project.interpreters import Interpreter
from launcher.core.state import SessionState
from launcher.panes.head.address import expected_url, short_url
from launcher.panes.head.head import Head, environment
from server.config import ServerConfig

VENV = Interpreter("/p/.venv/bin/python", "3.12.1", "../.venv", frameworks=(("flask", "3.1.3"),))


class Bench:
    """A head with its commands."""

    def __init__(self, qtbot: Any, make: Any) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.head = Head(PageActions(self.window), self.window)
        self.head.show_name("a-shop-with-a-rather-long-name")
        self.head.show_environment(VENV, "flask")
        self.head.show_server(SessionState.RUNNING, make.started())
        self.head.resize(1180, 44)
        self.window.resize(1180, 60)
        self.window.show()


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    return Bench(qtbot, make)


def test_parts_leave_in_their_order_and_the_needed_ones_never(bench: Bench) -> None:
    head = bench.head
    seen = []
    for width in range(1300, 380, -10):
        head.resize(width, 44)
        seen.append(
            (
                head.environment.isVisible(),
                head.debug.sizeHint().width() > 40,
                head.name.isVisible(),
            )
        )
        assert head.state.isVisible()
        assert head.stop.isVisible()
        assert head.url.isVisible()
    orders = list(dict.fromkeys(seen))
    assert orders == [
        (True, True, True), (False, True, True), (False, False, True), (False, False, False),
    ]  # fmt: skip
    assert head.url.text() == "http://127.0.0.1:5000/"


def test_at_the_smallest_window_all_that_stays_has_its_room(bench: Bench) -> None:
    head = bench.head
    head.resize(640, 44)
    for part in (head.menu, head.state, head.url, head.stop, head.restart, head.debug):
        assert part.width() >= part.minimumSizeHint().width()
        assert part.geometry().right() < 640


def test_a_crash_is_named_in_its_state_s_colour(bench: Bench, make: Any) -> None:
    head = bench.head
    head.show_server(SessionState.BROKEN, make.started(), crash="Crashed: exit status 120")
    assert head.state.text() == "Crashed: exit status 120"
    assert painted(head.state, "danger")
    head.show_words("Crashed, starts in 4 s")
    assert head.state.text() == "Crashed, starts in 4 s"
    assert painted(head.state, "link")
    head.show_words("")
    head.resize(640, 44)
    for part in (head.menu, head.state, head.url, head.stop, head.restart, head.debug):
        assert part.width() >= part.minimumSizeHint().width()
        assert part.geometry().right() < 640
    head.show_server(SessionState.BROKEN, make.started())
    assert head.state.text() == "Broken"


def painted(label: QWidget, name: str) -> bool:
    """Whether a colour of the theme is in what a label looks like."""
    image = label.grab().toImage()
    wanted = theme.colour(label.palette(), name)
    pixels = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(image.pixelColor(x, y) == wanted for x, y in pixels)


def test_at_the_smallest_window_an_open_server_is_marked_in_whole_words(
    bench: Bench, make: Any
) -> None:
    head = bench.head
    head.show_server(SessionState.RUNNING, make.started(host="0.0.0.0"))
    assert head.exposure.text() == "Open to the network"
    head.resize(640, 44)
    assert head.exposure.text() == "Open"
    assert head.exposure.accessibleName() == "Open to the network"
    for part in (head.exposure, head.state, head.stop, head.url):
        assert part.width() >= part.minimumSizeHint().width(), part.objectName()


def test_stop_counts_down_and_then_means_now(bench: Bench) -> None:
    bench.head.show_server(SessionState.STOPPING, None, deadline=monotonic() + 4.9)
    assert bench.head.stop.text() == "Stop now, 5 s"
    bench.head.show_server(SessionState.STOPPED, None)
    assert bench.head.stop.text() == "Stop"
    assert not bench.head.stop.isVisible()
    assert bench.head.start.isVisible()


def test_with_the_set_up_in_front_its_switches_are_enough(bench: Bench) -> None:
    head = bench.head
    head.set_set_up_in_front(True)
    assert head.debug.isVisible()
    head.show_server(SessionState.STOPPED, None)
    assert not head.debug.isVisible()
    assert head.start.property("look") == "tinted"
    head.set_set_up_in_front(False)
    assert head.debug.isVisible()


def test_interpreter_and_framework_in_a_few_words() -> None:
    assert environment(VENV, "flask") == ".venv 3.12 \u00b7 Flask 3.1"
    assert environment(VENV, "django") == ".venv 3.12"
    assert environment(None, "flask") == ""


def test_addresses() -> None:
    assert expected_url(ServerConfig(host="::1", port=80, ssl="adhoc")) == "https://[::1]:80"
    assert expected_url(ServerConfig(port=0)) == ""
    assert short_url("http://127.0.0.1:5000/") == ":5000"
    assert short_url("http://[::1/") == "http://[::1/"


def test_a_second_stop_waits_for_nothing(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    page = window.page
    page.commands.start.trigger()
    send(make.started())
    qtbot.mouseClick(page.head.stop, Qt.MouseButton.LeftButton)
    assert page.head.stop.text().startswith("Stop now")
    qtbot.mouseClick(page.head.stop, Qt.MouseButton.LeftButton)
    assert page.controller._supervisor.calls == ["start", "stop", "kill"]
