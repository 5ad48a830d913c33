"""launcher.page.messages: what stands in the message line, and what its button does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Slot

from launcher.controller import SessionController
from launcher.page.messages import ServerMessages
from launcher.panes.message_line import MessageLine
from server.config import ServerConfig
from server.events import ReloadFailed, Reloading

CONFIG = ServerConfig(app="shop:app")


class Bench:
    """A controller with a supervisor driven by hand, and the line."""

    def __init__(self, qtbot: Any, supervisor: Any) -> None:
        self.controller = SessionController(supervisor)
        self.line = MessageLine()
        qtbot.addWidget(self.line)
        self.messages = ServerMessages(self.controller, self.line)
        self.asked = Asked(self.messages)
        self.controller.start(CONFIG)

    def take(self, *events: Any) -> None:
        self.controller.take(list(events))

    @property
    def shown(self) -> tuple[str, str]:
        """The text and the button's."""
        shown = not self.line.isHidden() and not self.line.button.isHidden()
        return self.line.text, self.line.button.text() if shown else ""


class Asked(QObject):
    """Records what the messages ask for."""

    def __init__(self, messages: ServerMessages) -> None:
        super().__init__(messages)
        self.errors: list[int] = []
        self.ports: list[int] = []
        messages.errorRequested.connect(self._add_error)
        messages.portRequested.connect(self._add_port)

    @Slot(int)
    def _add_error(self, number: int) -> None:
        self.errors.append(number)

    @Slot(int)
    def _add_port(self, port: int) -> None:
        self.ports.append(port)


@pytest.fixture
def bench(qtbot: Any, fake: Any) -> Bench:
    return Bench(qtbot, fake(lambda event: None))


def test_good_start_and_end_show_nothing(bench: Bench, make: Any) -> None:
    bench.take(make.started())
    assert bench.shown == ("", "")
    bench.controller.stop()
    bench.take(make.stopped(port_free=True, processes_left=0, drained=3))
    assert bench.shown == ("", "")


def test_port_in_use_offers_another(bench: Bench, make: Any) -> None:
    bench.take(replace(make.failed("port-in-use"), message="Taken.", suggested_port=5001))
    assert bench.shown == ("Taken.", "Use port 5001")
    bench.line.button.click()
    assert bench.asked.ports == [5001]


def test_port_in_use_where_there_is_no_other(bench: Bench, make: Any) -> None:
    bench.take(replace(make.failed("port-in-use"), message="Taken.", suggested_port=None))
    assert bench.shown == ("Taken.", "")


def test_failure_with_a_traceback_can_be_looked_at(bench: Bench, make: Any) -> None:
    bench.take(replace(make.failed("app-import"), message="It can't be.", traceback="Traceback…"))
    assert bench.shown == ("It can't be.", "Show traceback")
    bench.line.button.click()
    (number,) = bench.asked.errors
    row = bench.controller.errors.get(number)
    assert row is not None
    assert "Traceback…" in row.text


def test_failure_without_one(bench: Bench, make: Any) -> None:
    bench.take(make.failed("bind"))
    assert bench.shown == ("It can't be.", "")


def test_broken_app_is_shown_until_it_is_mended(bench: Bench, make: Any) -> None:
    bench.take(make.started(), Reloading(("/shop/app.py",)), ReloadFailed("Broken.", "Traceback…"))
    assert bench.shown == ("Broken.", "Show traceback")
    bench.take(Reloading(("/shop/app.py",)))
    assert bench.shown == ("Broken.", "Show traceback")
    bench.take(make.started())
    assert bench.shown == ("", "")


def test_good_reload_leaves_somebody_elses_message_alone(bench: Bench, make: Any) -> None:
    bench.take(make.started())
    bench.line.show_message("Saved to notes.har.")
    bench.take(Reloading(("/shop/app.py",)), make.started())
    assert bench.shown == ("Saved to notes.har.", "")


@pytest.mark.parametrize(
    ("remark", "problem", "expected"),
    [
        ("No debugger here.", "", "No debugger here."),
        ("", "Changes may be seen late.", "Changes may be seen late."),
        ("No debugger.", "Seen late.", "No debugger. Seen late."),
    ],
)
def test_remarks_at_the_start(
    bench: Bench, make: Any, remark: str, problem: str, expected: str
) -> None:
    bench.take(make.started(note=remark, watch_problem=problem))
    assert bench.shown == (expected, "")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"abandoned": 1}, "Stopped, but 1 request did not finish in time."),
        ({"processes_left": 1}, "Stopped, but 1 process of the app could not be ended."),
        ({"processes_left": 2}, "Stopped, but 2 processes of the app could not be ended."),
        ({"port_free": False}, "Stopped, but the port is still taken."),
        (
            {"abandoned": 2, "port_free": False},
            "Stopped, but 2 requests did not finish in time, and the port is still taken.",
        ),
        ({"port_free": None, "processes_left": None}, ""),
    ],
)
def test_end_that_left_something(
    bench: Bench, make: Any, facts: dict[str, Any], expected: str
) -> None:
    bench.take(make.started())
    bench.controller.stop()
    bench.take(make.stopped(**facts))
    assert bench.shown == (expected, "")


def test_text_from_outside_is_plain(bench: Bench, make: Any) -> None:
    bench.take(replace(make.failed("bind"), message="<b>bold</b> & <img src=x>"))
    assert bench.shown[0] == "<b>bold</b> & <img src=x>"
    assert bench.line.label.textFormat().name == "PlainText"


def test_process_that_ended_and_was_started_again(bench: Bench, make: Any) -> None:
    """There is no reload in between."""
    bench.take(make.started(), ReloadFailed("Ended. It is started again."))
    assert bench.shown[0] == "Ended. It is started again."
    bench.take(make.started())
    assert bench.shown == ("", "")
    bench.take(ReloadFailed("Ended."), ReloadFailed("Ended again."), make.started())
    assert bench.shown == ("", "")
