"""What a page shows while the app waits for a person, and what it sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from launcher.core.state import SessionState
from server.events import OutputWritten, Paused, Resumed

SOURCE = ("def total(lines):", "    return sum(lines)", "")
PAUSED = Paused(
    4, 1, "request-1", "/shop/shop.py", 12, "total", (("lines", "[1, 2]"),), debugger=True,
    source=SOURCE, first_line=11,
)  # fmt: skip


def part(window: Any, name: str) -> Any:
    found = window.page.findChild(QWidget, name)
    assert found is not None, name
    return found


@pytest.fixture
def paused(window: Any, send: Callable[..., None], make: Any, qtbot: Any) -> Any:
    """A window whose app waits in a debugger, with the output in front."""
    window.show()
    window.page.start()
    send(make.started(), make.request(1, "/orders"))
    window.page.commands.show_output.trigger()
    send(PAUSED)
    qtbot.waitUntil(part(window, "pausedBar").isVisible)
    return window


def test_the_state_and_the_bar_show_where(paused: Any, send: Callable[..., None]) -> None:
    assert part(paused, "stateLabel").text() == "Paused at shop.py:12"
    assert paused.page.controller.state is SessionState.RUNNING
    assert part(paused, "pausedFacts").text() == "in total   GET /orders waits"
    assert part(paused, "pausedBefore").text().split() == ["11", "def", "total(lines):"]
    assert part(paused, "pausedLine").text().endswith("12      return sum(lines)")
    assert part(paused, "pausedLocals").text() == "lines = [1, 2]"
    send(Paused(5, None, "job", "/shop/jobs.py", 3, "run", waits=True))
    assert part(paused, "pausedFacts").text().endswith("2 paused")
    send(Resumed(5, None), Resumed(4, 1))
    assert part(paused, "pausedBar").isHidden()
    assert part(paused, "stateLabel").text() == "Running"


def test_buttons_and_keys_send_commands(paused: Any, qtbot: Any) -> None:
    sent = paused.page.controller._supervisor.inputs
    for name in ("debugContinue", "debugNext", "debugStep", "debugStop"):
        qtbot.mouseClick(part(paused, name), Qt.MouseButton.LeftButton)
    assert sent == ["c\n", "n\n", "s\n", None]
    sent.clear()
    keys = Qt.Key
    paused.activateWindow()
    qtbot.waitUntil(paused.isActiveWindow)
    for key in (keys.Key_F8, keys.Key_F10, keys.Key_F11):
        qtbot.keyClick(paused, key)
    qtbot.keyClick(paused, keys.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert sent == ["c\n", "n\n", "s\n", None]


def test_the_input_line_has_earlier_ones_and_completion(paused: Any, qtbot: Any) -> None:
    line = part(paused, "debuggerInput")
    qtbot.keyClicks(line, "p li")
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "p lines"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == ""
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == "p lines"
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert line.text() == ""
    assert paused.page.controller._supervisor.inputs == ["p lines\n"]
    qtbot.waitUntil(lambda: "p lines" in paused.page.output.view.toPlainText())


def test_what_is_typed_ends_the_line_of_the_prompt(
    paused: Any, send: Callable[..., None], qtbot: Any
) -> None:
    send(OutputWritten("stdout", "(Pdb) ", 1, time=1.0))
    paused.page.commands.debug_next.trigger()
    send(OutputWritten("stdout", "> shop.py(13)total()\n", 1, time=2.0))
    view = paused.page.output.view
    qtbot.waitUntil(lambda: "(Pdb) n\n> shop.py(13)total()" in view.toPlainText())


def test_the_focus_comes_to_the_input_and_goes_back_to_the_output(
    paused: Any, send: Callable[..., None], qtbot: Any
) -> None:
    page = paused.page
    paused.activateWindow()
    qtbot.waitUntil(paused.isActiveWindow)
    page.commands.show_requests.trigger()
    assert page.requests.view.hasFocus()
    page.commands.show_output.trigger()
    assert part(paused, "debuggerInput").hasFocus()
    send(Resumed(4, 1))
    assert page.output.view.hasFocus()


def test_the_end_of_the_server_is_the_end_of_its_pauses(
    paused: Any, send: Callable[..., None], make: Any
) -> None:
    paused.page.stop()
    assert part(paused, "stateLabel").text() == "Stopping"
    send(make.stopped())
    assert part(paused, "pausedBar").isHidden()
    assert not paused.page.commands.debug_next.isEnabled()


def test_another_tab_has_a_message_that_leads_there(
    window: Any, send: Callable[..., None], make: Any
) -> None:
    window.show()
    window.page.start()
    send(make.started(), PAUSED)
    assert window.page.line.text.startswith("Paused at shop.py:12")
    window.page.pausing._show_output()
    assert part(window, "pausedBar").isVisible()
    assert window.page.line.text == ""


def test_a_password_is_shown_nowhere(paused: Any, send: Callable[..., None], qtbot: Any) -> None:
    """Neither while it is typed, nor in the output or among the earlier inputs."""
    send(replace(PAUSED, debugger=False, secret=True))
    line = part(paused, "debuggerInput")
    assert line.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(line, "hunter2")
    assert "hunter2" not in line.displayText()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert paused.page.controller._supervisor.inputs == ["hunter2\n"]
    send(Resumed(4, 1), replace(PAUSED, id=5))
    assert line.echoMode() == QLineEdit.EchoMode.Normal
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == ""
    assert "hunter2" not in paused.page.output.view.toPlainText()
