"""What the status bar counts."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from launcher.core.logs.groups import ErrorGroups
from launcher.core.state import SessionState
from launcher.panes.status import StatusBar
from server.config import ServerConfig


@pytest.mark.parametrize(
    ("requests", "before", "words"),
    [
        (0, 0, "0 requests  \u00b7  0 errors"),
        (1, 0, "1 request  \u00b7  0 errors"),
        (0, 1, "1 request from before  \u00b7  0 errors"),
        (2_041, 1_200, "2,041 requests  \u00b7  1,200 from before  \u00b7  0 errors"),
    ],
)
def test_requests_of_before_are_counted_apart(
    qtbot: Any, requests: int, before: int, words: str
) -> None:
    status = StatusBar()
    qtbot.addWidget(status)
    status.show_counts(requests, ErrorGroups(), before)
    assert status.counts.text() == words
    status.show_counts(requests, None, before)
    assert status.counts.text() == words.rpartition("  \u00b7  ")[0]


def test_no_fact_is_cut_in_the_middle(qtbot: Any, make: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    status = StatusBar(window)
    window.show()
    status.show_facts(SessionState.RUNNING, ServerConfig(app="a", debug=True), make.started())
    texts = []
    for width in range(1200, 20, -20):
        status.resize(width, 24)
        texts.append(status.facts.text())
    assert texts[0].startswith("Threaded")
    assert {text[-8:] for text in texts} == {"pid 4711", ""}  # whole, or not there
    status.show_facts(SessionState.CRASHED, None, None, "Crashed: ended by the signal SIGSEGV.")
    status.resize(300, 24)
    assert status.facts.text().startswith("Crash")
    assert status.facts.text().endswith("\u2026")


def test_a_sentence_has_room_before_the_facts(qtbot: Any, make: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    status = StatusBar(window)
    server = make.started(debugger_pin="140-362-122")
    status.show_facts(SessionState.RUNNING, ServerConfig(app="a", debug=True), server)
    window.show()
    status.resize(900, 24)
    assert status.facts.text()
    assert not status.pin.isHidden()
    words = "Copied: cURL, with the first 65,536 bytes of its body: the rest wasn't kept"
    needed = status.facts.fontMetrics().horizontalAdvance(words)
    status.resize(needed + 60, 24)
    status.showMessage(words)
    assert status.facts.text() == ""
    assert status.pin.isHidden()
    status.resize(needed // 2, 24)
    assert not status.grab().isNull()
    status.resize(900, 24)
    status.clearMessage()
    assert status.facts.text()
    assert not status.pin.isHidden()


def test_the_counts_have_the_room_of_their_words(qtbot: Any) -> None:
    from launcher.theme import Theme

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    Theme.of(app)  # its padding is part of what they need
    window = QMainWindow()
    qtbot.addWidget(window)
    status = StatusBar(window)
    window.setStatusBar(status)
    window.resize(900, 300)
    with qtbot.waitExposed(window):
        window.show()
    for requests in range(1, 120):
        status.show_counts(requests * requests, ErrorGroups(), 15)
        counts = status.counts
        assert counts.sizeHint().width() <= counts.width()
