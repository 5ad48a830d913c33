"""What a page waits for, in its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from launcher.core.sentences import LOCK_HELD
from launcher.core.state import SessionState
from server.events import Frame, Importing, OutputWritten, Reason, Where

WAIT = 5000
FRAMES = (
    Frame("/shop/shop.py", 3, "<module>", ("import rates",), 3),
    Frame("/shop/rates.py", 8, "load", ("    time.sleep(60)",), 8),
)


def part(window: Any, name: str, kind: type = QWidget) -> Any:
    found = window.page.findChild(kind, name)
    assert found is not None, name
    return found


def click(qtbot: Any, window: Any, name: str) -> None:
    qtbot.mouseClick(part(window, name), Qt.MouseButton.LeftButton)


def visible(qtbot: Any, window: Any, name: str) -> None:
    qtbot.waitUntil(part(window, name).isVisible, timeout=WAIT)


def test_what_starts_quickly_needs_no_words(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    assert part(window, "waitLine").isHidden()
    send(make.started())
    assert window.page.wait_line.front is None


def test_a_start_that_takes_long_shows_its_last_line_and_can_be_stopped(
    qtbot: Any, window: Any, send: Callable[..., None]
) -> None:
    click(qtbot, window, "startButton")
    visible(qtbot, window, "waitLine")
    assert part(window, "waitText").text().startswith("Starting ")
    assert part(window, "stateShape").turns == window.page.wait_line.ring.turns
    send(OutputWritten("stdout", "reading the rates\n"))
    window.page.wait_line.ticked.emit()
    assert part(window, "waitDetail").text() == "reading the rates"
    click(qtbot, window, "waitStop")
    assert window.page.controller._supervisor.calls == ["start", "stop", "kill"]
    assert window.page.controller.state is SessionState.STOPPING


def test_a_hanging_import_shows_where_it_stands(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    hint = Reason.of("serves-at-import", file="/shop/shop.py", line=3)
    send(Importing("shop:app", 4.0, "rates", FRAMES[1], FRAMES, hint))
    visible(qtbot, window, "waitLine")
    assert part(window, "waitPlace").text() == "rates.py:8"
    assert part(window, "waitDetail").text() == "time.sleep(60)"
    assert "shop.py" in window.page.line.text
    click(qtbot, window, "waitStackButton")
    stack = part(window, "waitStack")
    assert stack.toPlainText().startswith("/shop/rates.py:8  load\n    time.sleep(60)\n")
    send(Importing("shop:app", 5.0, "shop", FRAMES[0], FRAMES[:1]))
    assert stack.toPlainText().startswith("/shop/shop.py:3")
    with qtbot.waitSignal(window.page.wait_line.sourceRequested, timeout=WAIT) as caught:
        window.page.links.openRequested.disconnect()
        click(qtbot, window, "waitEditor")
    assert caught.args == ["/shop/shop.py", 3]
    send(make.started())
    assert part(window, "waitLine").isHidden()
    assert window.page.line.text == ""


def test_stopping_names_the_requests_that_run_and_none_where_there_are_none(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started(), make.request(1))
    click(qtbot, window, "stopButton")
    visible(qtbot, window, "waitLine")
    assert part(window, "waitText").text() == "Stopping: 1 request still running"
    send(make.stopped())
    click(qtbot, window, "startButton")
    send(make.started(), OutputWritten("stdout", "long ago\n"))
    click(qtbot, window, "stopButton")
    visible(qtbot, window, "waitLine")
    assert part(window, "waitText").text() == "Stopping"
    window.page.wait_line.ticked.emit()
    assert part(window, "waitDetail").text() == ""
    send(OutputWritten("stdout", "closing the database\n"))
    window.page.wait_line.ticked.emit()
    assert part(window, "waitDetail").text() == "closing the database"


def test_a_running_request_shows_where_it_stands_until_it_is_over(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    page = window.page
    click(qtbot, window, "startButton")
    send(make.started(), make.request(1))
    assert page.requests.show_request(0)
    command = next(c for c in page.requests.keys.commands if c.text == "Where is it?")
    assert command.is_there()
    command.run()
    assert page.controller._supervisor.calls[-1] == "where 1"
    send(Where(1, FRAMES[1], FRAMES))
    visible(qtbot, window, "waitLine")
    assert part(window, "waitPlace").text() == "rates.py:8"
    page.wait_line.ticked.emit()
    assert page.controller._supervisor.calls.count("where 1") == 2
    send(Where(1, unanswered=True))
    assert part(window, "waitDetail").text() == LOCK_HELD
    send(make.finished(1))
    assert part(window, "waitLine").isHidden()
    assert not command.is_there()
