"""What a page offers to do with its history, on the real window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from launcher import app
from launcher.page.history_keeper import HistoryKeeper
from launcher.server_page import REQUESTS


@pytest.fixture
def keeper(window: Any, send: Callable[..., None], make: Any, qtbot: Any) -> HistoryKeeper:
    """That of a page with a server that was asked twice, and failed once."""
    page = window.page
    page.start()
    send(make.started(), make.finished(1, "/1"), make.finished(2, "/2"), make.error(1, 2))
    page.panes.setCurrentIndex(REQUESTS)
    found: HistoryKeeper = page.findChild(HistoryKeeper)
    assert found.history is not None
    assert found.history.flush()
    qtbot.waitUntil(lambda: found.past.found)
    return found


def shown(page: Any) -> int:
    log = page.controller.requests
    return int(log.end - log.oldest)


def reopened(window: Any, build_window: Callable[..., Any], qtbot: Any) -> Any:
    assert app.shut_down(window)
    window.close()
    again = build_window()
    again.show()
    page = again.page
    qtbot.waitUntil(lambda: page.controller.requests.archive is not None)
    page.panes.setCurrentIndex(REQUESTS)
    return page


def test_what_was_cleared_stays_so_until_it_is_shown_again(
    window: Any, keeper: HistoryKeeper, qtbot: Any, build_window: Callable[..., Any]
) -> None:
    window.page.commands.clear_requests.trigger()
    button = window.page.panes.cleared
    qtbot.waitUntil(lambda: button.text() == "Show 2 cleared")
    page = reopened(window, build_window, qtbot)
    assert shown(page) == 0
    button = page.panes.cleared
    qtbot.waitUntil(lambda: not button.isHidden())
    assert button.text() == "Show 2 cleared"
    button.click()
    assert shown(page) == 2
    assert button.isHidden()
    assert not page.commands.show_cleared.isEnabled()
    assert shown(reopened(page.window(), build_window, qtbot)) == 2


def test_undo_takes_a_clear_back_for_good(
    window: Any, keeper: HistoryKeeper, qtbot: Any, build_window: Callable[..., Any]
) -> None:
    window.page.commands.clear_requests.trigger()
    assert shown(window.page) == 0
    window.commands.undo.trigger()
    assert shown(window.page) == 2
    assert shown(reopened(window, build_window, qtbot)) == 2


def test_the_history_can_be_switched_off(
    window: Any, keeper: HistoryKeeper, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    off = window.page.commands.history_off
    assert not off.isChecked()
    off.trigger()
    assert not keeper.is_on
    assert window.page.controller.requests.archive is None
    assert not window.page.commands.keep_run.isEnabled()
    send(make.finished(3, "/3"))
    off.trigger()
    assert keeper.is_on
    qtbot.waitUntil(lambda: keeper.past.found)
    assert keeper.history is not None
    assert keeper.history.flush()
    with keeper.history.reader() as reader:
        assert len(reader.extent("request")) == 2


@pytest.mark.parametrize("sure", [True, False])
def test_deleting_asks_first(window: Any, keeper: HistoryKeeper, qtbot: Any, sure: bool) -> None:
    assert keeper.history is not None
    window.page.commands.delete_history.trigger()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "deleteHistoryDialog") is not None)
    dialog = window.findChild(QMessageBox, "deleteHistoryDialog")
    assert "shop" in dialog.text()
    for words in ("2 requests, 1 error and ", "in 1 run", " kB"):
        assert words in dialog.informativeText()
    if not sure:
        dialog.reject()
        assert keeper.history.file.exists()
        return
    dialog.findChild(QPushButton, "deleteHistoryConfirmButton").click()
    qtbot.waitUntil(lambda: "deleted" in window.page.line.text)
    assert not keeper.history.file.exists()
    assert shown(window.page) == 2  # what is in the window stays there


def test_a_run_is_kept(window: Any, keeper: HistoryKeeper) -> None:
    keep = window.page.commands.keep_run
    assert keep.isEnabled()
    for kept in (True, False):
        keep.trigger()
        assert keep.isChecked() is kept
        assert keeper.history is not None
        assert keeper.history.flush()
        with keeper.history.reader() as reader:
            assert [run.kept for run in reader.runs()] == [kept]
