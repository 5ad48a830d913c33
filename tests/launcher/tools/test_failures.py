"""A fault of ServeDeck itself: one quiet message, a report to copy, and the server goes on."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QDesktopServices, QGuiApplication

from launcher.core.display import plural
from launcher.core.failures import Failure
from launcher.core.state import SessionState
from launcher.pool import Background
from launcher.tools.failures import Failures

# Code of ours that fails, without a frame of the test's.
fault = functools.partial(plural, "no number", "word")  # type: ignore[arg-type]


@pytest.fixture
def failures(
    window: Any, make: Any, send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Failures]:
    """Those of a window whose server runs; what would end the test is left out."""
    window.show()
    window.page.start()
    send(make.started())
    monkeypatch.setattr(sys, "excepthook", lambda *unused: None)
    monkeypatch.setattr(threading, "excepthook", lambda *unused: None)
    found = window.findChild(Failures)
    with found.log.installed():
        yield found


def shown(window: Any) -> list[Any]:
    return [message for message in window.page.line.messages if message.key == "failure"]


def in_a_slot(window: Any) -> None:
    QTimer.singleShot(0, window, fault)


def in_the_finder(window: Any) -> None:
    Background(window).run(fault)


def in_the_history(window: Any) -> None:
    threading.Thread(target=fault, name="history").start()


def test_faults_are_one_message_and_the_server_goes_on(
    failures: Failures, window: Any, qtbot: Any
) -> None:
    in_a_slot(window)
    qtbot.waitUntil(lambda: bool(shown(window)))
    in_the_finder(window)
    qtbot.waitUntil(lambda: "(2 times)" in shown(window)[0].text)
    in_the_history(window)
    qtbot.waitUntil(lambda: "(3 times)" in shown(window)[0].text)
    (message,) = shown(window)
    assert message.tone == "warning"
    assert [action.text for action in message.actions] == ["Copy report", "Open log"]
    message.actions[0].run()
    report = QGuiApplication.clipboard().text()
    assert "display.py" in report
    assert "PySide6" in report
    assert failures.log.file.read_text(encoding="utf-8").count("display.py") == 3
    assert window.page.controller.state is SessionState.RUNNING
    assert window.page.controller._supervisor.calls == ["start"]


def test_the_log_is_opened_from_the_menu(
    failures: Failures, window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: bool(opened.append(url.toLocalFile())) or True
    )
    window.commands.open_log.trigger()
    assert not opened
    assert "has failed so far" in next(iter(window.page.line.messages)).text
    failures.log.take(*_raised())
    window.commands.open_log.trigger()
    assert [Path(file).name for file in opened] == ["servedeck.log"]


def _raised() -> tuple[BaseException, Any]:
    try:
        fault()
    except Exception as error:
        assert error.__traceback__ is not None
        return error, error.__traceback__.tb_next
    raise AssertionError


def test_a_fault_after_the_window_has_gone_is_nothing(window: Any) -> None:
    found = window.findChild(Failures)
    found.deleteLater()
    window.close()
    failure = Failure("late", "history", "", time.time())
    found.post(failure)
