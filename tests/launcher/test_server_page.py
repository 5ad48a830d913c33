"""Pages beside each other: each acts on its own server, the window on the one in front."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from launcher import app
from launcher.bridge import EventBridge
from launcher.core import resources
from launcher.core.profiles import Profiles
from launcher.core.settings import OpenPage, Settings
from launcher.core.state import SessionState
from launcher.main_window import MainWindow
from launcher.models.requests import SIZE
from launcher.server_page import ERRORS, FLOW, REQUESTS, ServerPage
from launcher.theme import Theme
from server.events import Event


def report(page: Any, *events: Event) -> None:
    """Have the page's server report events, and the page take them."""
    bridge = page.findChild(EventBridge)
    for event in events:
        bridge.post(event)
    bridge.flush()


def start(qtbot: Any, page: Any) -> None:
    qtbot.mouseClick(page.findChild(QPushButton, "startButton"), Qt.MouseButton.LeftButton)


def calls(page: Any) -> list[str]:
    return list(page.controller._supervisor.calls)


def menu(window: Any, title: str) -> list[str]:
    actions = window.menus.menu.actions()
    found = next(action for action in actions if action.text().replace("&", "") == title)
    shown = [action for action in found.menu().actions() if action.text() and action.isVisible()]
    return [action.text().replace("&", "") for action in shown]


class LayoutRequests(QObject):
    """Counts how often a widget is to lay out what it holds."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def pages(window: Any, fake: Any) -> tuple[Any, Any]:
    """Two pages of one window; the second is in front."""
    second = app.add_server(window, fake)
    second.form.set_values(window.pages.servers[0].form.values())
    return window.pages.servers[0], second


def test_a_page_acts_on_its_own_server_also_from_behind(
    qtbot: Any, window: Any, pages: tuple[Any, Any], make: Any
) -> None:
    first, second = pages
    assert window.page is second
    first.commands.start.trigger()
    assert (calls(first), calls(second)) == (["start"], [])
    report(first, make.started(), make.request(1), make.error(1, 1))
    assert (first.controller.requests.total, second.controller.requests.total) == (1, 0)
    assert first.head.stop.isEnabled()
    assert not second.head.stop.isEnabled()
    start(qtbot, second)
    assert calls(second) == ["start"]


def test_menus_keys_title_and_status_bar_are_for_the_page_in_front(
    qtbot: Any, window: Any, pages: tuple[Any, Any], make: Any, tmp_path: Any
) -> None:
    window.resize(1600, 700)  # room for all facts, in any font
    first, second = pages
    (tmp_path / "other").mkdir()
    second.form.set_project(str(tmp_path / "other"))
    assert window.windowTitle() == "ServeDeck \u2013 other"
    first.commands.start.trigger()
    report(first, make.started(), make.request(1))
    assert window.status.counts.text() == "0 requests  \u00b7  0 errors"
    window.pages.bring_to_front(first)
    assert window.windowTitle() == "ServeDeck \u2013 shop"
    assert window.status.counts.text() == "1 request  \u00b7  0 errors"
    assert "Threaded" in window.status.facts.text()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert (calls(first), calls(second)) == (["start", "stop"], [])


def test_details_are_not_laid_out_again_for_each_batch_of_other_requests(
    qtbot: Any, window: Any, make: Any
) -> None:
    page = window.page
    page.commands.start.trigger()
    report(page, make.started(), *(make.finished(number) for number in range(1, 4)))
    assert page.requests.show_request(0)
    details = page.requests.details
    qtbot.waitUntil(lambda: details.pages.is_filled)
    requests = LayoutRequests(details)

    def is_settled() -> bool:
        requests.count = 0
        QApplication.processEvents()
        return requests.count == 0

    qtbot.waitUntil(is_settled)
    for number in range(4, 24):
        report(page, make.finished(number))
        page.requests.refresh()
        QApplication.processEvents()
    assert page.controller.requests.total == 23
    assert requests.count < 5  # one that comes late is none for each batch
    details.tabs.setTabText(0, "Another one")
    QApplication.processEvents()
    assert requests.count > 0


def test_quitting_stops_every_server_and_waits_for_all(
    qtbot: Any, window: Any, pages: tuple[Any, Any], make: Any
) -> None:
    for page in pages:
        page.commands.start.trigger()
        report(page, make.started())
    window.close()
    dialog = window.findChild(QMessageBox, "quitDialog")
    qtbot.mouseClick(dialog.findChild(QPushButton, "quitConfirmButton"), Qt.MouseButton.LeftButton)
    assert [calls(page)[-1] for page in pages] == ["stop", "stop"]
    report(pages[0], make.stopped())
    assert window.isVisible()
    report(pages[1], make.stopped())
    assert not window.isVisible()


def test_another_look_and_another_editor_are_for_all_pages(
    window: Any, pages: tuple[Any, Any]
) -> None:
    first, second = pages
    before = first.head.browser.icon().cacheKey()
    next(a for a in window.commands.appearance.actions() if a.data() == "dark").trigger()
    assert first.head.browser.icon().cacheKey() != before
    second.links.editorChosen.emit("ed {file}")
    assert first.links.editor == second.links.editor == "ed {file}"


def test_an_error_is_seen_once_it_is_shown(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    page = window.page
    page.commands.start.trigger()
    send(make.started(), make.error(1), make.error(2), make.error(3, type="ValueError"))

    def shows(tip: str) -> Callable[[], bool]:
        return lambda: window.status.counts.toolTip() == tip

    qtbot.waitUntil(shows("3 errors of 2 kinds, 2 kinds not seen yet"))
    page.panes.setCurrentIndex(ERRORS)  # which selects the newest one
    qtbot.waitUntil(shows("3 errors of 2 kinds, 1 kind not seen yet"))
    page.links.show_error(1)
    qtbot.waitUntil(shows("3 errors of 2 kinds"))
    page.panes.setCurrentIndex(REQUESTS)
    send(make.error(5))
    qtbot.waitUntil(shows("4 errors of 2 kinds, 1 kind not seen yet"))
    page.commands.clear_errors.trigger()
    qtbot.waitUntil(shows(""))


def test_a_window_without_a_page(qtbot: Any, qapp: Any, tmp_path: Path) -> None:
    saved: list[Settings] = []
    window = MainWindow(Theme.of(qapp), lambda settings: saved.append(settings) or "", tmp_path)
    qtbot.addWidget(window)
    window.show()
    assert window.page is None
    assert menu(window, "File") == [
        "Open Project\u2026", "Open HAR\u2026", "Open Recent", "Start Page", "Reopen Closed Page",
        "Preferences\u2026", "Quit",
    ]  # fmt: skip
    assert menu(window, "View") == [
        "Find Anything\u2026", "Undo", "Larger Text", "Smaller Text", "Usual Text Size",
        "Appearance",
    ]  # fmt: skip
    assert window.windowTitle() == "ServeDeck"
    window.close()
    assert len(saved) == 1
    assert not window.isVisible()


def test_windows_are_built_one_after_the_other_and_beside_each_other(
    build_window: Callable[..., Any], qtbot: Any, make: Any, tmp_path: Any
) -> None:
    example = str(resources.example())
    one, two = build_window(example), build_window(example, data=tmp_path / "elsewhere")
    assert isinstance(one.page, ServerPage)
    for window in (one, two):
        window.show()
    start(qtbot, one.page)
    report(one.page, make.started(), make.request(1))
    assert one.page.controller.state is SessionState.RUNNING
    assert (one.page.controller.requests.total, two.page.controller.requests.total) == (1, 0)
    assert two.page.controller.state is SessionState.STOPPED
    assert app.shut_down(one)
    start(qtbot, two.page)
    report(two.page, make.started(), make.request(1))
    assert two.page.controller.requests.total == 1


def test_a_project_s_filters_and_a_page_s_choice_come_back(
    window: Any, pages: tuple[Any, Any], tmp_path: Path
) -> None:
    first, second = pages
    profiles = Profiles()
    for page in pages:
        page.restore(Settings(), profiles)
        page.form.set_project(str(tmp_path))
    first.requests.filtering.hide("path:=/health")
    first.requests.filtering.write("status:5xx")
    assert profiles.filters(str(tmp_path)).hidden == ("path:=/health",)
    second.form.set_project("/elsewhere")
    assert second.requests.filtering.filters.hidden == ()
    second.form.set_project(str(tmp_path))
    assert second.requests.filtering.filters.hidden == ("path:=/health",)
    first.requests.splitter.restore("right 444 222")
    first.requests.view.columns.setSectionHidden(SIZE, True)
    first.errors.sort.setCurrentText("Most")
    first.errors.filter.setText("ValueError")
    first.errors.restore({"width": 260})
    first.output.bar.field.setText("slow query")
    first.output.bar.only.setChecked(True)
    first.output.wrap.setChecked(True)
    kept = OpenPage.from_json(json.loads(json.dumps(first.as_open_page().to_json())))
    assert kept is not None
    second.restore_page(kept)
    assert second.requests.bar.field.text() == "status:5xx"
    assert second.requests.splitter.choice == "right 444 222"
    assert second.requests.view.columns.isSectionHidden(SIZE)
    assert second.errors.model.sort_by == "Most"
    assert second.errors.model.needle == "ValueError"
    assert second.output.bar.query.text == "slow query"
    assert second.as_open_page().view == kept.view
    for spoilt in ("x", 3, [], {"filter": 1, "sort": [], "width": "1", "only": 1}):
        second.restore_page(replace(kept, view=dict.fromkeys(kept.view, spoilt)))


def test_an_empty_list_says_what_was_cleared(qtbot: Any, window: Any, make: Any) -> None:
    page = window.page
    report(page, make.finished(1, "/"), make.finished(2, "/a"), make.error(3))
    page.commands.clear_requests.trigger()
    page.commands.clear_errors.trigger()
    qtbot.waitUntil(lambda: page.requests.view.hint.title == "2 requests cleared")
    assert page.errors.view.hint.title == "1 error cleared"
    assert page.output.view.hint.title != "0 lines cleared"
    page.controller.hiding.unclear("requests")
    qtbot.waitUntil(lambda: page.requests.filtering._hint[0] == "No requests yet")


def test_the_debuggers_pin_is_shown_and_copied(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    window.show()
    window.page.start()
    send(make.started(debugger_pin="123-456-789"))
    button = window.findChild(QPushButton, "debuggerPin")
    assert button.text() == "PIN 123-456-789"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "123-456-789"
    assert "123-456-789" in window.page.commands.copy_pin.text()
    send(make.stopped())
    assert button.isHidden()
    assert not window.page.commands.copy_pin.isVisible()


def test_a_flow_that_is_not_recorded_is_a_click_away(
    window: Any, send: Callable[..., None], make: Any, qtbot: Any
) -> None:
    page = window.page
    page.form.debug.setChecked(False)
    page.start()
    send(make.started())
    page.panes.setCurrentIndex(FLOW)

    def offered() -> list[QPushButton]:
        found = page.flow.view.findChildren(QPushButton, "hintButton0")
        return [one for one in found if one.text() == "Record flow and restart"]

    qtbot.waitUntil(lambda: [one.isVisible() for one in offered()] == [True])
    offered()[0].click()
    assert page.form.draft().records_flow
    qtbot.waitUntil(lambda: page.controller.state is not SessionState.RUNNING)
