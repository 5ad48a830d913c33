"""Several servers in one window: what opens where, the sidebar, closing, coming back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QListView, QMessageBox, QPushButton, QWidget

from launcher import app
from launcher.bridge import EventBridge
from launcher.core.state import SessionState
from launcher.models.servers import ROW
from launcher.opening.servers import Servers
from launcher.server_page import REQUESTS
from launcher.theme import Theme
from server.config import ServerConfig
from server.events import Event, ReloadFailed, Reloading

WAIT = 30_000


def servers(window: Any) -> Any:
    return window.findChild(Servers)


def report(page: Any, *events: Event) -> None:
    bridge = page.findChild(EventBridge)
    for event in events:
        bridge.post(event)
    bridge.flush()


def run(page: Any, event: Event) -> None:
    page.commands.start.trigger()
    report(page, event)


def names(window: Any) -> list[str]:
    model = window.findChild(QListView, "serversList").model()
    return [model.index(row).data() for row in range(model.rowCount())]


def rows(window: Any) -> list[Any]:
    model = window.findChild(QListView, "serversList").model()
    return [model.index(row).data(ROW) for row in range(model.rowCount())]


def recent(qtbot: Any, window: Any, expected: list[str]) -> Any:
    view = window.findChild(QListView, "recentList")

    def listed() -> list[str]:
        model = view.model()
        return [model.index(row).data() for row in range(model.rowCount())]

    def are_listed() -> None:
        assert listed() == expected

    qtbot.waitUntil(are_listed, timeout=WAIT)
    return view


def press(qtbot: Any, window: Any, key: Qt.Key, *modifiers: Any) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    together = Qt.KeyboardModifier.ControlModifier
    for modifier in modifiers:
        together |= modifier
    qtbot.keyClick(window, key, together)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Small projects, by name."""
    made = {}
    for name in ("shop", "api", "blog"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text("def app(environ, start_response): ...\n")
        made[name] = str(folder)
    return made


@pytest.fixture
def three(window: Any, folders: dict[str, str], make: Any) -> list[Any]:
    """Three pages: shop and api run, blog has run."""
    run(window.pages.servers[0], make.started())
    for number, name in enumerate(("api", "blog"), 1):
        servers(window).open_path(f"{folders[name]}/{name}.py")
        run(window.page, make.started(port=5000 + number))
    report(window.page, *[])
    window.page.commands.stop.trigger()
    report(window.page, make.stopped())
    return list(window.pages.servers)


# What opens where


def test_a_page_that_never_ran_is_reused_and_one_that_ran_keeps_its_project(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    (page,) = window.pages.servers
    servers(window).open_path(folders["api"])
    assert window.pages.servers == [page]
    assert page.project == folders["api"]
    run(page, make.started())
    servers(window).open_path(folders["blog"])
    assert [p.project for p in window.pages.servers] == [folders["api"], folders["blog"]]
    assert window.page is window.pages.servers[1]
    report(page, make.stopped(), make.request(1))
    window.pages.bring_to_front(page)
    servers(window).open_path(f"{folders['shop']}/shop.py")
    assert len(window.pages.servers) == 3
    assert page.controller.requests.total == 1


def test_the_same_one_twice_comes_to_the_front(
    window: Any, folders: dict[str, str], three: list[Any]
) -> None:
    for path in (folders["shop"], f"{folders['shop']}/shop.py", f"{folders['shop']}/shop.py:app"):
        window.pages.bring_to_front(three[2])
        servers(window).open_path(path)
        assert window.page is three[0]
    assert window.pages.servers == three
    other = Path(folders["shop"]) / "admin.py"
    other.write_text("app = None\n")
    servers(window).open_path(str(other))
    assert len(window.pages.servers) == 4
    assert window.page.app == "admin.py"
    assert names(window) == ["shop \u00b7 shop:app", "api", "blog", "shop \u00b7 admin.py"]


def test_a_folder_that_is_chosen_or_dropped_while_a_server_runs_is_a_further_page(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    run(window.page, make.started())
    window.page.form.open_path(folders["api"])
    run(window.page, make.started(port=5001))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(folders["blog"])])
    button, modifier = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), copy, data, button, modifier))
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, button, modifier))
    assert [page.title for page in window.pages.servers] == ["shop", "api", "blog"]


def test_what_is_not_there_is_reported_where_one_looks(window: Any, tmp_path: Path) -> None:
    servers(window).open_path(str(tmp_path / "nothing" / "app.py"))
    assert str(tmp_path / "nothing") in window.page.line.text
    assert len(window.pages.servers) == 1


def test_two_projects_of_one_name_are_distinguished_by_their_folders(
    window: Any, three: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "old" / "shop").mkdir(parents=True)
    servers(window).open_path(str(tmp_path / "old" / "shop"))
    assert names(window)[0].startswith("shop (")
    assert names(window)[3] == "shop (old)"


# The sidebar


def test_the_sidebar_lists_state_port_and_unseen_errors(
    window: Any, three: list[Any], make: Any, qtbot: Any
) -> None:
    report(three[0], make.request(1), make.error(1, 1))
    qtbot.waitUntil(lambda: rows(window)[0].unseen == 1, timeout=WAIT)
    assert names(window) == ["shop", "api", "blog"]
    assert [row.state for row in rows(window)] == [
        SessionState.RUNNING,
        SessionState.RUNNING,
        SessionState.STOPPED,
    ]
    assert [row.address for row in rows(window)] == [":5000", ":5001", ""]
    assert [row.second for row in rows(window)] == ["0/s", "0/s", ""]
    three[2].commands.start.trigger()
    assert rows(window)[2].second == "starting"
    report(three[2], make.failed())
    report(three[1], Reloading(()), ReloadFailed("SyntaxError"))
    assert [row.second for row in rows(window)] == ["0/s", "broken", ""]
    view = window.findChild(QListView, "serversList")
    spoken = view.model().index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "shop, Running, port 5000, 1 error not seen yet"
    assert view.currentIndex().row() == 2


def test_the_sidebar_is_there_from_two_servers_and_a_thousand_pixels(
    window: Any, folders: dict[str, str], make: Any, qtbot: Any
) -> None:
    window.resize(1180, 700)
    assert not window.sidebar.isVisible()
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    assert window.sidebar.isVisible()
    assert window.sidebar.width() == 152
    window.resize(999, 700)
    qtbot.waitUntil(lambda: not window.sidebar.isVisible())
    press(qtbot, window, Qt.Key.Key_1)
    assert window.page is window.pages.servers[0]


def test_servers_are_reached_by_mouse_by_key_and_by_menu(
    window: Any, three: list[Any], qtbot: Any
) -> None:
    window.resize(1180, 700)
    view = window.findChild(QListView, "serversList")
    for number, page in enumerate(three):
        press(qtbot, window, Qt.Key(Qt.Key.Key_1 + number))
        assert window.page is page
        assert view.currentIndex().row() == number
    for number, page in enumerate(three):
        place = view.visualRect(view.model().index(number)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.page is page
    action = window.commands.show_servers[0]
    assert (action.text(), action.isVisible()) == ("shop", True)
    assert not window.commands.show_servers[3].isVisible()
    action.trigger()
    assert window.page is three[0]


def test_entering_the_list_changes_nothing_and_enter_shows_the_row(
    window: Any, three: list[Any], qtbot: Any
) -> None:
    window.resize(1180, 700)
    view = window.findChild(QListView, "serversList")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    view.setFocus()
    assert view.currentIndex().row() == 2
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert window.page is three[2]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert window.page is three[1]


def test_start_all_and_stop_all(window: Any, three: list[Any], make: Any) -> None:
    def calls() -> list[str]:
        return [page.controller._supervisor.calls[-1] for page in three]

    window.findChild(QPushButton, "startAllButton").click()
    assert three[2].controller.state is SessionState.STARTING
    report(three[2], make.started(port=5002))
    window.commands.stop_all.trigger()
    assert calls() == ["stop", "stop", "stop"]
    for page in three:
        report(page, make.stopped())
    assert not window.commands.stop_all.isEnabled()


def test_start_all_and_stop_all_stay_in_their_places(
    window: Any, folders: dict[str, str], make: Any, qtbot: Any
) -> None:
    window.resize(1180, 700)
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    report(window.pages.servers[0], make.stopped())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    start = window.findChild(QPushButton, "startAllButton")
    stop = window.findChild(QPushButton, "stopAllButton")
    qtbot.waitUntil(lambda: start.isEnabled() and not stop.isEnabled())
    places = start.geometry(), stop.geometry()
    start.setFocus()
    qtbot.keyClick(start, Qt.Key.Key_Space)
    for number, page in enumerate(window.pages.servers):
        report(page, make.started(port=5000 + number))
    qtbot.waitUntil(lambda: stop.isEnabled() and not start.isEnabled())
    window.sidebar.layout().activate()
    assert (start.geometry(), stop.geometry()) == places
    assert not stop.hasFocus()  # a second press of the key ends nothing
    assert window.sidebar.servers.hasFocus()


def test_of_servers_that_start_together_on_one_port_the_other_one_is_named(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    first, second = window.pages.servers
    report(first, make.stopped())
    window.commands.start_all.trigger()
    facts = {"port": 5000, "pid": 1, "process": "python", "suggested_port": 5001}
    report(second, make.failed("port-in-use", **facts))
    sentence = "Port 5000 is used by shop, which runs here: stop it, or use port 5001."
    assert second.line.text == sentence
    report(first, make.started())
    assert second.line.text == sentence
    again = second.findChild(QPushButton, "showLastRequests")
    assert not again.isVisibleTo(second.setup.found)  # it never ran


def test_the_focus_ring_moves_along_when_the_sidebar_appears(
    window: Any, folders: dict[str, str], make: Any, qtbot: Any
) -> None:
    window.resize(1180, 700)
    press(qtbot, window, Qt.Key.Key_1)
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    start = window.page.setup.start
    ring = window.findChild(QWidget, "focusRing")
    qtbot.waitUntil(lambda: ring.around is start)
    qtbot.waitUntil(
        lambda: ring.geometry().center() == start.rect().center() + start.mapTo(window, QPoint())
    )


def test_the_sidebar_grows_with_the_text(
    window: Any, folders: dict[str, str], make: Any, qtbot: Any, qapp: QApplication
) -> None:
    window.resize(1600, 700)
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    view = window.sidebar.servers
    qtbot.waitUntil(view.isVisible)

    def is_whole(factor: float) -> bool:
        last = view.visualRect(view.model().index(1, 0)).bottom()
        has_room = view.height() == view.maximumHeight() and last < view.viewport().height()
        is_wide = window.sidebar.width() == 152 * factor
        return has_room and is_wide and not view.verticalScrollBar().isVisible()

    def is_there(has_room: bool) -> bool:
        return window.sidebar.isVisible() is has_room

    try:
        for factor in (1.5, 1.0):
            Theme.of(qapp).set_text_size(factor)
            qtbot.waitUntil(partial(is_whole, factor))
        window.resize(1180, 700)
        for factor, has_room in ((1.25, False), (1.0, True)):
            Theme.of(qapp).set_text_size(factor)
            qtbot.waitUntil(partial(is_there, has_room))
    finally:
        Theme.of(qapp).set_text_size(1.0)


# Ports


def test_a_project_that_is_new_gets_a_port_that_none_of_ours_has(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    shop = window.page
    run(shop, make.started())
    servers(window).open_path(folders["api"])
    api = window.page
    assert api.form.port.value() > 5000
    assert api.line.text == ""
    report(shop, make.stopped())
    servers(window).open_path(folders["blog"])
    assert window.page.form.port.value() == 5000


def test_a_port_of_another_of_ours_is_offered_the_next_one_before_start(
    window: Any, folders: dict[str, str], make: Any, qtbot: Any
) -> None:
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    page = window.page
    page.form.port.setValue(5000)
    assert page.line.text == "Port 5000 is used by shop, which runs here."
    button = page.findChild(QPushButton, "messageAction")
    port = int(button.text().removeprefix("Use port "))
    assert port > 5000
    button.click()
    assert page.form.port.value() == port
    assert page.line.text == ""
    page.form.port.setValue(5000)
    assert page.line.text.startswith("Port 5000")
    report(window.pages.servers[0], make.stopped())
    assert page.line.text == ""


def test_a_start_on_a_port_of_another_of_ours_leaves_one_message(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    run(window.page, make.started())
    servers(window).open_path(folders["api"])
    page = window.page
    page.form.port.setValue(5000)
    run(page, make.failed("port-in-use", port=5000, pid=1, process="python", suggested_port=5001))
    assert len(page.line.messages) == 1
    assert (
        page.line.text == "Port 5000 is used by shop, which runs here: stop it, or use port 5001."
    )
    page.form.port.setValue(5001)
    assert len(page.line.messages) == 0


def test_of_two_apps_of_a_project_that_want_one_port_the_one_that_has_it_is_named(
    window: Any, folders: dict[str, str], make: Any
) -> None:
    run(window.page, make.started())
    (Path(folders["shop"]) / "admin.py").write_text("def app(environ, start_response): ...\n")
    servers(window).open_path(f"{folders['shop']}/admin.py")
    first, second = names(window)
    assert first != second
    window.page.form.port.setValue(5000)
    assert window.page.line.text == f"Port 5000 is used by {first}, which runs here."


# Closing


def test_closing_a_page_that_is_stopped_can_be_undone(
    window: Any, three: list[Any], make: Any, qtbot: Any, folders: dict[str, str]
) -> None:
    report(three[2], make.request(1))
    press(qtbot, window, Qt.Key.Key_W)
    assert window.pages.servers == three[:2]
    assert window.page is three[1]
    assert three[1].line.text == "blog was closed."
    recent(qtbot, window, ["blog"])
    three[1].findChild(QPushButton, "messageAction").click()
    assert window.pages.servers == three
    assert window.page is three[2]
    assert three[2].controller.requests.total == 1
    recent(qtbot, window, [])
    press(qtbot, window, Qt.Key.Key_W)
    servers(window)._end_kept()  # as when the time for it is over
    press(qtbot, window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    assert window.page not in three
    assert (window.page.project, window.page.app) == (folders["blog"], "blog.py")


def test_closing_a_page_that_runs_asks_and_stops_it_first(
    window: Any, three: list[Any], make: Any, qtbot: Any
) -> None:
    window.pages.bring_to_front(three[1])
    window.commands.close_page.trigger()
    dialog = window.findChild(QMessageBox, "closeDialog")
    assert dialog.text() == "Stop api and close its page?"
    dialog.button(QMessageBox.StandardButton.Cancel).click()
    assert len(window.pages.servers) == 3
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.commands.close_page.trigger()
    dialog = window.findChild(QMessageBox, "closeDialog")
    dialog.findChild(QPushButton, "closeConfirmButton").click()
    assert three[1].controller._supervisor.calls == ["start", "stop"]
    assert three[1] in window.pages.servers
    report(three[1], make.stopped())
    assert window.pages.servers == [three[0], three[2]]


def test_after_the_last_page_there_are_the_recent_projects(
    window: Any, folders: dict[str, str], qtbot: Any
) -> None:
    window.page.form.set_project(folders["blog"])
    window.commands.close_page.trigger()
    assert window.page is None
    assert window.windowTitle() == "ServeDeck"
    view = window.findChild(QListView, "startRecentList")
    qtbot.waitUntil(lambda: view.model().rowCount() >= 1, timeout=WAIT)
    assert view.isVisible()
    view.setCurrentIndex(view.model().index(0))
    name = view.model().index(0).data()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert window.page is not None
    assert window.page.title == name


def test_quitting_lists_what_runs(window: Any, three: list[Any], make: Any) -> None:
    window.close()
    dialog = window.findChild(QMessageBox, "quitDialog")
    assert dialog.text() == "Stop 2 servers and quit?"
    assert "\u2022 shop\n\u2022 api" in dialog.informativeText()
    dialog.findChild(QPushButton, "quitConfirmButton").click()
    report(three[0], make.stopped())
    assert window.isVisible()
    report(three[1], make.stopped())
    assert not window.isVisible()


def test_quitting_closes_at_the_deadline_whatever_runs(
    window: Any, three: list[Any], make: Any
) -> None:
    window.quitting.quit()
    assert window.isVisible()
    assert window.quitting.isActive()
    assert 5_000 <= window.quitting.interval() <= 10_000
    window.quitting.timeout.emit()
    assert not window.isVisible()
    assert [page.controller._supervisor.calls[-1] for page in three[:2]] == ["kill", "kill"]


def test_a_second_stop_waits_for_nothing(window: Any, make: Any, qtbot: Any) -> None:
    page = window.page
    run(page, make.started())
    button = page.findChild(QPushButton, "stopButton")
    button.click()
    assert page.controller.state is SessionState.STOPPING
    button.click()
    assert page.controller._supervisor.calls == ["start", "stop", "kill"]


# Coming back


def test_what_was_open_comes_back_and_nothing_is_started(
    build_window: Callable[..., Any], folders: dict[str, str], make: Any, tmp_path: Path, qtbot: Any
) -> None:
    data = tmp_path / "kept"
    window = build_window(f"{folders['shop']}/shop.py", data=data)
    window.show()
    run(window.page, make.started())
    servers(window).open_path(f"{folders['api']}/api.py")
    window.page.form.port.setValue(8123)
    window.page.panes.setCurrentIndex(2)
    run(window.page, make.started(port=8123))
    servers(window).open_path(f"{folders['blog']}/blog.py")
    window.pages.bring_to_front(window.pages.servers[1])
    window.pages.servers[0].commands.start_with_window.setChecked(True)
    window.quitting.quit_now()
    shutil.rmtree(folders["blog"])
    again = build_window(data=data)
    assert [page.project for page in again.pages.servers] == [folders["shop"], folders["api"]]
    assert again.page is again.pages.servers[1]
    assert again.page.form.port.value() == 8123
    assert again.page.panes.currentIndex() == 2
    assert all(page.is_stopped for page in again.pages.servers)
    view = recent(qtbot, again, ["blog"])
    row = view.model().index(0).data(ROW)
    assert (row.is_there, row.second) == (False, "not there any more")
    qtbot.waitUntil(lambda: not again.pages.servers[0].is_stopped, timeout=WAIT)  # with the window
    assert again.pages.servers[1].is_stopped


def test_the_focus_of_a_server_that_starts_with_the_window_is_on_what_is_in_front(
    build_window: Callable[..., Any], folders: dict[str, str], make: Any, tmp_path: Path, qtbot: Any
) -> None:
    data = tmp_path / "kept"
    window = build_window(f"{folders['shop']}/shop.py", data=data)
    run(window.page, make.started())
    window.page.commands.start_with_window.setChecked(True)
    window.page.panes.setCurrentIndex(REQUESTS)
    window.quitting.quit_now()
    again = build_window(data=data)
    qtbot.waitUntil(lambda: not again.page.is_stopped, timeout=WAIT)  # before it is shown
    again.show()
    qtbot.waitExposed(again)
    report(again.page, make.started())
    assert again.focusWidget() is again.page.requests.view


def test_an_app_that_was_open_is_one_page_when_it_is_named_again(
    build_window: Callable[..., Any], folders: dict[str, str], tmp_path: Path, make: Any
) -> None:
    data = tmp_path / "kept"
    window = build_window(f"{folders['shop']}/shop.py", data=data)
    run(window.page, make.started())
    servers(window).open_path(f"{folders['api']}/api.py")
    window.quitting.quit_now()
    again = build_window(f"{folders['shop']}/shop.py", data=data)
    assert [page.title for page in again.pages.servers] == ["shop", "api"]
    assert again.page is again.pages.servers[0]


def test_recent_projects_of_one_name_are_called_by_what_they_are_in_too(
    window: Any, tmp_path: Path, qtbot: Any
) -> None:
    found = servers(window)
    for parent in ("a", "b"):
        (tmp_path / parent / "web").mkdir(parents=True)
        found.profiles.set_listed(str(tmp_path / parent / "web"), True)
        found.profiles.mark_used(str(tmp_path / parent / "web"), "")
    found.recent.refresh()
    recent(qtbot, window, ["web (b)", "web (a)"])


def test_delete_takes_a_project_off_the_list_and_undo_puts_it_back(
    window: Any, three: list[Any], qtbot: Any
) -> None:
    window.resize(1180, 700)
    window.commands.close_page.trigger()
    view = recent(qtbot, window, ["blog"])
    view.setCurrentIndex(view.model().index(0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    recent(qtbot, window, [])
    assert window.findChild(QLabel, "undoText").text() == "blog was taken off the list"
    window.commands.undo.trigger()
    recent(qtbot, window, ["blog"])


def test_windows_beside_each_other_keep_each_others_profiles_and_pages(
    build_window: Callable[..., Any], folders: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "kept"
    first = build_window(f"{folders['shop']}/shop.py", data=data)
    second = build_window("--new-window", f"{folders['api']}/api.py", data=data)
    assert [page.title for page in second.pages.servers] == ["api"]
    first.page.form.port.setValue(8001)
    second.page.form.port.setValue(8002)
    for window in (first, second):
        window.show()
    first.close()
    second.close()
    third = build_window(data=data)
    assert [page.title for page in third.pages.servers] == ["shop"]
    assert third.page.form.port.value() == 8001
    servers(third).open(ServerConfig(project=folders["api"]))
    assert third.page.form.port.value() == 8002


def test_damaged_settings_are_put_aside_and_the_window_opens(
    build_window: Callable[..., Any], folders: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "kept"
    data.mkdir()
    (data / "window.json").write_text("[" * 200_000)
    window = build_window(folders["shop"], data=data)
    sentence = f"{data / 'window.json'} is damaged. It was put aside there as window.json.1."
    assert window.page.line.text == sentence
    window.show()
    window.close()
    assert json.loads((data / "window.json").read_text())["version"] == 1


def test_the_sidebar_paints_and_every_part_has_a_name(
    window: Any, three: list[Any], make: Any, qtbot: Any
) -> None:
    window.resize(1180, 700)
    report(three[0], make.failed("internal"))
    window.commands.close_page.trigger()
    recent(qtbot, window, ["blog"])
    assert not window.sidebar.grab().isNull()
    for part in window.sidebar.findChildren(QWidget):
        is_ours = part.objectName() and not part.objectName().startswith("qt_")
        if is_ours and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert part.accessibleName() or part.text(), part.objectName()
    assert app.shut_down(window)
