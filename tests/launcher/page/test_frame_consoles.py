"""A console in the frame of an error: opened by key and press, asked, answered, and gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPushButton, QWidget

from launcher.core.logs.errors import ErrorLog
from launcher.panes.console import FramesView
from launcher.panes.console.panel import ConsolePanel
from launcher.server_page import ERRORS
from server.events import ConsoleAnswered, ConsoleQuestion, Frame, Reloading

FRAMES = (
    Frame("/lib/site-packages/flask/app.py", 880, "dispatch", ("    return x",), 880, console=3),
    Frame("/shop/shop.py", 12, "pay", ("    total = add(n)",), 12, own=True, console=2),
    Frame("/shop/shop.py", 20, "add", ("    return n + 1",), 20, own=True, console=1),
)
Keys = Qt.Key


@pytest.fixture
def failed(window: Any, send: Callable[..., None], make: Any, qtbot: Any) -> Any:
    """A window with an error, its frames in front."""
    window.show()
    window.page.form.debug.setChecked(True)
    window.page.start()
    error = replace(make.error(1), id=41, frames=FRAMES, request_id=None)
    send(make.started(), error)
    window.page.panes.setCurrentIndex(ERRORS)
    qtbot.waitUntil(lambda: bool(text(window).toPlainText()))
    return window


def text(window: Any) -> Any:
    return window.page.errors.panel.text


def console(window: Any) -> ConsolePanel:
    found = window.page.findChild(QWidget, "errorDetailsConsole")
    assert isinstance(found, ConsolePanel)
    return found


def asked(window: Any) -> Any:
    """What was asked last."""
    return window.page.controller._supervisor.questions[-1]


@pytest.fixture
def answer(failed: Any, send: Callable[..., None]) -> Callable[..., None]:
    def give(
        kind: str, found: str = "", names: tuple[str, ...] = (), seconds: float = 0.001
    ) -> None:
        send(ConsoleAnswered(asked(failed).number, kind, found, names, seconds))

    return give


def open_console(window: Any, qtbot: Any) -> ConsolePanel:
    qtbot.keyClick(window.page.errors.view, Keys.Key_I)
    made = console(window)
    qtbot.waitUntil(made.input.hasFocus)
    return made


def run(qtbot: Any, panel: ConsolePanel, source: str) -> None:
    qtbot.keyClicks(panel.input, source)
    qtbot.keyClick(panel.input, Keys.Key_Return)


def test_a_key_opens_the_innermost_own_frame_and_return_runs(
    failed: Any, qtbot: Any, answer: Callable[..., None]
) -> None:
    panel = open_console(failed, qtbot)
    assert panel.title.text() == "Console in shop/shop.py:20  add"
    run(qtbot, panel, "n * 2")
    question = asked(failed)
    assert question == ConsoleQuestion(question.number, 41, 1, "n * 2")
    assert panel.stop.isVisible()
    answer("done", "14\n")
    assert panel.transcript.toPlainText() == "\u203a n * 2\n14"
    assert panel.input.text() == ""
    assert panel.stop.isHidden()
    run(qtbot, panel, "slow()")
    answer("done", "", seconds=2.5)
    assert panel.transcript.toPlainText().endswith("\u203a slow()\ntook 2.50 s")
    qtbot.keyClick(panel.input, Keys.Key_Escape)
    assert panel.isHidden()
    assert text(failed).hasFocus()


def test_each_frame_has_its_own(failed: Any, qtbot: Any, answer: Callable[..., None]) -> None:
    lines = text(failed).toPlainText().split("\n")
    at = next(number for number, line in enumerate(lines) if "shop.py:12" in line)
    assert lines[at].endswith("Console")
    cursor = QTextCursor(text(failed).document().findBlockByNumber(at))
    cursor.setPosition(cursor.block().position() + len(lines[at]) - 3)
    place = text(failed).cursorRect(cursor).center()
    qtbot.mouseClick(text(failed).viewport(), Qt.MouseButton.LeftButton, pos=place)
    panel = console(failed)
    assert panel.title.text().endswith("shop.py:12  pay")
    assert "Close console" in text(failed).toPlainText().split("\n")[at]
    run(qtbot, panel, "1")
    assert asked(failed).frame == 2
    answer("done", "1\n")
    text(failed).setFocus()
    text(failed).moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClick(text(failed), Keys.Key_I)
    assert panel.title.text().endswith("shop.py:20  add")
    assert panel.transcript.toPlainText() == ""


def test_an_input_of_several_lines_goes_on(
    failed: Any, qtbot: Any, answer: Callable[..., None]
) -> None:
    panel = open_console(failed, qtbot)
    run(qtbot, panel, "for x in lines:")
    answer("incomplete")
    assert panel.input.text() == "for x in lines:\n    "
    height = panel.input.height()
    run(qtbot, panel, "x")
    answer("incomplete")
    assert panel.input.text() == "for x in lines:\n    x\n    "
    assert panel.input.height() > height
    qtbot.keyClick(panel.input, Keys.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.input.text().count("\n") == 3


def test_earlier_inputs_come_back(failed: Any, qtbot: Any, answer: Callable[..., None]) -> None:
    panel = open_console(failed, qtbot)
    for source in ("first", "second"):
        run(qtbot, panel, source)
        answer("done")
    qtbot.keyClicks(panel.input, "dra")
    seen = []
    for key in (Keys.Key_Up, Keys.Key_Up, Keys.Key_Up, Keys.Key_Down, Keys.Key_Down):
        qtbot.keyClick(panel.input, key)
        seen.append(panel.input.text())
    assert seen == ["second", "first", "first", "second", "dra"]


def test_a_name_is_completed_by_tab(failed: Any, qtbot: Any, answer: Callable[..., None]) -> None:
    panel = open_console(failed, qtbot)
    qtbot.keyClicks(panel.input, "len(order.l")
    qtbot.keyClick(panel.input, Keys.Key_Tab)
    assert asked(failed).completes
    answer("names", names=("order.lines", "order.lot"))
    assert panel.input.text() == "len(order.lines"
    assert panel.names.text() == "lines   lot"
    qtbot.keyClick(panel.input, Keys.Key_Tab)
    assert panel.input.text() == "len(order.lot"
    qtbot.keyClicks(panel.input, ")")
    assert panel.input.text() == "len(order.lot)"
    assert panel.names.isHidden()
    assert panel.input.hasFocus()


def test_a_tab_at_the_beginning_of_a_line_indents(failed: Any, qtbot: Any) -> None:
    panel = open_console(failed, qtbot)
    qtbot.keyClick(panel.input, Keys.Key_Tab)
    assert panel.input.text() == "    "


def test_what_hangs_can_be_left(failed: Any, qtbot: Any, answer: Callable[..., None]) -> None:
    panel = open_console(failed, qtbot)
    run(qtbot, panel, "sleep()")
    number = asked(failed).number
    qtbot.mouseClick(panel.findChild(QPushButton, "stopWaitingButton"), Qt.MouseButton.LeftButton)
    assert asked(failed) is None
    questions = failed.page.controller._supervisor.questions
    questions.append(ConsoleQuestion(number, 41, 1, ""))
    answer("left", "half\n")
    assert panel.transcript.toPlainText().endswith("half\nNobody waits for this any more.")
    run(qtbot, panel, "again()")
    qtbot.keyClick(panel.input, Keys.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert asked(failed) is None


def test_a_reload_ends_it_with_a_sentence(
    failed: Any, qtbot: Any, send: Callable[..., None], make: Any
) -> None:
    panel = open_console(failed, qtbot)
    run(qtbot, panel, "sleep()")
    send(Reloading(("/shop/shop.py",)), make.started())
    assert "The server was reloaded" in panel.transcript.toPlainText()
    assert not panel.input.isEnabled()
    assert panel.stop.isHidden()


def test_a_clear_drops_the_frames(failed: Any, qtbot: Any) -> None:
    panel = open_console(failed, qtbot)
    failed.page.controller.hiding.clear("errors")
    assert "forget frames" in failed.page.controller._supervisor.calls
    assert not panel.input.isEnabled()
    assert "cleared" in panel.names.text()


def test_what_was_typed_is_in_no_record(
    failed: Any, qtbot: Any, send: Callable[..., None], make: Any
) -> None:
    recorded: list[object] = []
    failed.page.controller.recorded.connect(recorded.extend)
    panel = open_console(failed, qtbot)
    run(qtbot, panel, "secret")
    send(ConsoleAnswered(asked(failed).number, "done", "'hunter2'\n"), make.request(9, "/x"))
    assert recorded
    assert not any(isinstance(event, ConsoleAnswered) for event in recorded)


def test_without_debug_a_sentence_leads_there(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    window.show()
    window.page.form.debug.setChecked(False)
    window.page.start()
    frames = tuple(replace(frame, console=0) for frame in FRAMES)
    send(make.started(), replace(make.error(1), frames=frames, request_id=None))
    window.page.panes.setCurrentIndex(ERRORS)
    qtbot.waitUntil(lambda: bool(text(window).toPlainText()))
    qtbot.keyClick(window.page.errors.view, Keys.Key_I)
    panel = console(window)
    assert "debug mode only" in panel.names.text()
    assert not panel.input.isEnabled()


def test_a_request_that_failed_has_it_beside_the_list(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    window.resize(1180, 700)
    window.show()
    window.page.form.debug.setChecked(True)
    window.page.start()
    error = replace(make.error(1, 1), id=41, frames=FRAMES)
    send(make.started(), make.request(1, "/pay"), error, make.finished(1, "/pay", status=500))
    page = window.page
    page.commands.show_requests.trigger()
    page.links.show_request(page.controller.errors.get(0).request)
    qtbot.waitUntil(page.requests.details.isVisible)
    qtbot.keyClick(page.requests.view, Keys.Key_I)
    panel = page.findChild(QWidget, "requestErrorConsole")
    qtbot.waitUntil(panel.isVisible)
    run(qtbot, panel, "n")
    assert asked(window).frame == 1
    send(ConsoleAnswered(asked(window).number, "done", "7\n"))
    assert panel.transcript.toPlainText().endswith("7")


def test_where_no_server_could_answer_no_frame_has_a_console(qtbot: Any, make: Any) -> None:
    view = FramesView("error")
    qtbot.addWidget(view)
    log = ErrorLog()
    log.add(replace(make.error(1), frames=FRAMES))
    view.show_error(log.get(0))
    assert "Console" not in view.text.toPlainText()
    view.open_console()
    assert view.findChild(ConsolePanel) is None
