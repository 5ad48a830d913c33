"""The message line: what waits, in which order, and what its buttons do."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView

from launcher.core.messages import LIMIT, Action, Message, Messages
from launcher.panes.message_line import HEIGHT, MessageLine


@pytest.fixture
def line(qtbot: Any) -> MessageLine:
    made = MessageLine()
    qtbot.addWidget(made)
    made.resize(900, HEIGHT)
    made.show()
    return made


def test_none_replaces_another_and_errors_come_first(line: MessageLine) -> None:
    line.show_message("Port 5000 is in use.")
    line.show_message("Saved.", tone="good")
    assert line.text == "Port 5000 is in use."
    line.show_message("No module flask.")
    assert line.text == "No module flask."
    assert line.count.text() == "1 of 3 \u203a"
    view = line.findChild(QListView, "messagesView")
    model = view.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == [
        "No module flask.", "Port 5000 is in use.", "Saved.",
    ]  # fmt: skip
    line.dismiss.click()
    assert line.text == "Port 5000 is in use."


def test_a_repeated_message_takes_its_own_place(line: MessageLine) -> None:
    line.show_message("1 change", key="changes", tone="busy")
    line.show_message("2 changes", key="changes", tone="busy")
    line.show_message("Twice.")
    line.show_message("Twice.")
    assert [message.text for message in line.messages] == ["Twice.", "2 changes"]
    line.clear_key("changes")
    assert not line.count.isVisible()


def test_one_of_the_list_is_brought_to_the_front(qtbot: Any, line: MessageLine) -> None:
    line.show_message("First.")
    line.show_message("Second.")
    line.count.click()
    assert line.view.isVisible()
    qtbot.waitUntil(lambda: line.view.verticalScrollBar().maximum() == 0)  # both have room
    line.view.setCurrentIndex(line.view.model().index(1, 0))
    line.view.activated.emit(line.view.currentIndex())
    assert line.text == "First."
    assert not line.view.isVisible()


def test_buttons_do_as_labelled_and_enter_presses_the_first(qtbot: Any, line: MessageLine) -> None:
    done: list[str] = []
    number = line.show_message(
        "Stopped.",
        actions=(
            Action("Start", lambda: done.append("start")),
            Action("Show", lambda: done.append("show")),
        ),
    )
    qtbot.keyClick(line.button, Qt.Key.Key_Return)
    line.offer_button.click()
    assert done == ["start", "show"]
    line.remove(number)
    assert line.isHidden()


def test_what_comes_late_is_added_to_its_own_message(line: MessageLine) -> None:
    number = line.show_message("No module yaml.")
    line.show_message("Something else.")
    line.add(number, "It is in PyYAML.", "pip install PyYAML", Action("Install", lambda: None))
    assert line.text == "Something else."
    line.dismiss_shown()
    assert line.text == "No module yaml. It is in PyYAML."
    assert line.command.text() == "pip install PyYAML"
    assert line.button.text() == "Install"
    line.clear()
    line.add(number, "Too late.")
    assert line.isHidden()


def test_only_so_many_are_kept_and_questions_longer() -> None:
    messages = Messages()
    messages.add(Message(0, "Really?", tone="info", actions=(Action("Yes", lambda: None),)))
    for number in range(2 * LIMIT):
        messages.add(Message(0, f"Error {number}"))
    assert len(messages) == LIMIT
    assert "Really?" in [message.text for message in messages]
