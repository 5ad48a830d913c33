"""A page and its pins: the key, the pin in the details, the tab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.core.watch.judging import Reply
from launcher.core.watch.pin_files import PinFiles
from launcher.page.watching import Watching
from launcher.server_page import REQUESTS
from launcher.tools.palette_entries import row_entries
from server.events import Body

WATCH = REQUESTS + 1
"""Where the tab is, once something is pinned."""


@pytest.fixture
def page(window: Any, send: Callable[..., None], make: Any) -> Any:
    page = window.page
    page.commands.start.trigger()
    send(make.started(), make.finished(1, "/a"), make.finished(2, "/b", method="POST"))
    page.requests.view.catch_up()
    return page


def test_p_pins_a_request_and_the_tab_comes(qtbot: Any, window: Any, page: Any) -> None:
    panes, details = page.panes, page.requests.details
    (watching,) = page.findChildren(Watching)
    assert panes.indexOf(page.watch) == -1
    assert not page.commands.show_watch.isVisible()
    assert page.requests.show_request(0)
    assert details.pin.isEnabled()
    assert not details.pin.isChecked()
    qtbot.keyClick(page.requests.view, Qt.Key.Key_P)
    assert panes.indexOf(page.watch) == WATCH
    assert details.pin.isChecked()
    assert [pin.name for pin in watching.log.pins] == ["GET /a"]
    assert {"Unpin"} <= {entry.title for entry in row_entries(page.requests)}
    page.commands.show_watch.trigger()
    assert panes.currentIndex() == WATCH
    assert page.watch.view.model().rowCount() == 1
    page.requests.show_request(1)
    assert not details.pin.isChecked()
    details.pin.click()
    assert [pin.name for pin in watching.log.pins] == ["GET /a", "POST /b"]
    details.pin.click()
    assert [pin.name for pin in watching.log.pins] == ["GET /a"]
    window.commands.undo.trigger()
    assert [pin.name for pin in watching.log.pins] == ["GET /a", "POST /b"]
    for _ in range(2):
        watching.unpin(watching.log.pins[0].key)
    assert panes.indexOf(page.watch) == -1


def test_the_tab_counts_what_failed(page: Any, make: Any) -> None:
    (watching,) = page.findChildren(Watching)
    watching.pin(make.finished(1, "/a"))
    log, bar = watching.log, page.panes.counts
    assert bar.count_text(WATCH) == ""
    log.add(log.begin(1.0), log.pins[0].key, Reply(make.finished(3, "/a", status=500)))
    watching.changed.emit()
    assert (bar.count_text(WATCH), bar.is_urgent(WATCH)) == ("1", True)
    assert bar.accessibleTabName(WATCH) == "Watch, 1 failed"
    page.watch.acceptRequested.emit(log.pins[0].key)
    assert log.pins[0].awaits_success


def test_what_cant_be_sent_again_cant_be_pinned(
    page: Any, send: Callable[..., None], make: Any
) -> None:
    send(make.finished(3, "/up", method="POST", request_body=Body(900_000, b"x")))
    page.requests.view.catch_up()
    page.requests.show_request(2)
    details = page.requests.details
    assert not details.pin.isEnabled()
    assert "1 of 900,000 bytes" in details.pin.toolTip()


def test_pins_of_another_window_are_there_when_the_tab_is_shown(
    window: Any, page: Any, make: Any, tmp_path: Path
) -> None:
    (watching,) = page.findChildren(Watching)
    watching.pin(make.finished(1, "/a"))
    other = PinFiles(window.data_dir)
    assert other.add(page.project, watching.log.pins[0]) == ""
    other.remove(page.project, watching.log.pins[0].key)
    page.panes.setCurrentIndex(WATCH)
    assert watching.log.pins == ()
    assert page.panes.currentIndex() == REQUESTS


def test_pins_belong_to_the_project(window: Any, page: Any, make: Any, tmp_path: Path) -> None:
    (watching,) = page.findChildren(Watching)
    watching.pin(make.finished(1, "/a"))
    other = tmp_path / "other"
    other.mkdir()
    page.form.set_project(str(other))
    assert len(watching.log.pins) == 1  # the server's project counts as long as it runs
    page.commands.stop.trigger()


def test_it_can_be_sent_as_any_other(page: Any, make: Any, monkeypatch: Any) -> None:
    (watching,) = page.findChildren(Watching)
    watching.pin(make.finished(1, "/a"))
    sent = []
    monkeypatch.setattr(page.replaying, "_send", sent.append)
    page.panes.setCurrentIndex(WATCH)
    page.watch.ordinaryRequested.emit(watching.log.pins[0].key)
    assert [expected.message.target for expected in sent] == ["/a"]
    assert page.panes.currentIndex() == REQUESTS
