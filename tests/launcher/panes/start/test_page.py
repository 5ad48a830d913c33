"""The start page: by itself, and in a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QListView, QWidget

from launcher.core.display import day
from launcher.core.profiles import Profile
from launcher.core.resources import examples
from launcher.core.settings import SettingsFolder
from launcher.models.servers import RecentRow
from launcher.panes.start import StartPage
from server.config import ServerConfig

LEFT = Qt.MouseButton.LeftButton
ROWS = (
    RecentRow("shop", "Flask", "/p/shop", True, "today 16:13", "Flask", "~/shop"),
    RecentRow("wiki", "not there any more", "/p/wiki", False, "yesterday", "Bottle", "~/wiki"),
)


@pytest.fixture
def page(qtbot: Any) -> StartPage:
    made = StartPage(examples())
    qtbot.addWidget(made)
    made.resize(1180, 700)
    made.recent.rows.set_rows(ROWS)
    made.show()
    return made


def test_each_example_is_a_row_by_mouse_and_by_key(qtbot: Any, page: StartPage) -> None:
    wanted: list[str] = []
    page.exampleRequested.connect(wanted.append)
    assert page.rows[0].text() == "Hello, World!"
    for row in page.rows:
        qtbot.mouseClick(row, LEFT)
        qtbot.keyClick(row, Qt.Key.Key_Return)
        assert wanted[-2:] == [str(row.example.file)] * 2
        assert row.accessibleName()
        assert row.accessibleDescription() == row.example.description


def test_a_project_is_opened_unless_it_is_gone_and_delete_takes_it_off(
    qtbot: Any, page: StartPage
) -> None:
    opened: list[str] = []
    gone: list[str] = []
    page.recent.projectRequested.connect(opened.append)
    page.recent.forgetRequested.connect(gone.append)
    for row in range(2):
        page.recent.setCurrentIndex(page.recent.model().index(row, 0))
        qtbot.keyClick(page.recent, Qt.Key.Key_Return)
    qtbot.keyClick(page.recent, Qt.Key.Key_Delete)
    assert (opened, gone) == (["/p/shop"], ["/p/wiki"])


@pytest.mark.parametrize(("width", "beside"), [(1920, True), (900, True), (640, False)])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_it_fits_every_width_and_paints(
    qtbot: Any, qapp: Any, page: StartPage, width: int, beside: bool, look: str
) -> None:
    from launcher.theme import Theme

    Theme.of(qapp).set_appearance(look)
    page.resize(width, 400)

    def is_beside() -> bool:
        return page.recent.mapTo(page, QPoint()).x() < page.rows[0].mapTo(page, QPoint()).x()

    def are_whole() -> bool:
        parts = (page.recent, *page.rows, page.folder, page.search)
        places = [(part.mapTo(page, QPoint()).x(), part.width()) for part in parts]
        return all(left >= 0 and left + room <= width for left, room in places)

    def has_rows() -> bool:
        return page.recent.height() >= 2 * page.recent.sizeHintForRow(0)

    qtbot.waitUntil(lambda: is_beside() is beside and are_whole() and has_rows())
    assert not page.grab().isNull()
    Theme.of(qapp).set_appearance("system")


def test_without_projects_there_are_only_the_examples(qtbot: Any, page: StartPage) -> None:
    page.recent.rows.set_rows(())
    assert not page.recent.isVisible()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.focus_start()
    assert page.folder.hasFocus()


def test_tab_goes_through_it_as_it_is_read(qtbot: Any, page: StartPage) -> None:
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.menu.setFocus()
    seen: list[QWidget | None] = [page.focusWidget()]
    for _ in range(4 + len(page.rows)):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        seen.append(page.focusWidget())
    assert seen == [page.menu, page.search, page.folder, page.file, page.recent, *page.rows]


def test_texts_are_plain(page: StartPage) -> None:
    for label in page.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "today 00:00"),
        (1, "yesterday"),
        (3, "Wednesday"),
        (40, "19 October"),
        (400, "24 October 2025"),
    ],
)
def test_when_it_was_used(days: int, text: str) -> None:
    from datetime import datetime, timedelta

    now = datetime(2026, 11, 28, 12)
    then = datetime(2026, 11, 28) - timedelta(days=days)
    assert day(then.timestamp(), now.timestamp()) == text


# In the window


def test_a_first_start_shows_it_and_an_example_is_two_steps_away(
    build_window: Callable[..., Any], qtbot: Any
) -> None:
    window = build_window()
    window.show()
    assert window.page is None
    assert window.pages.start.isVisible()
    window.activateWindow()
    qtbot.waitUntil(window.pages.start.folder.hasFocus)
    qtbot.mouseClick(window.findChild(QAbstractButton, "exampleButton_todo"), LEFT)
    assert window.page.app == "todo.py"
    assert not window.pages.start.isVisible()
    window.page.commands.start.trigger()
    assert window.page.controller._supervisor.calls == ["start"]


def test_it_lists_the_recent_projects_and_comes_and_goes_by_key(
    build_window: Callable[..., Any], qtbot: Any, tmp_path: Path
) -> None:
    (tmp_path / "blog").mkdir()
    (tmp_path / "data").mkdir()
    profiles = SettingsFolder(tmp_path / "data").profiles
    profiles.keep(Profile(ServerConfig(project=str(tmp_path / "gone"), app="x:app")))
    profiles.keep(Profile(ServerConfig(project=str(tmp_path / "blog"), app="y:app")))
    window = build_window(str(tmp_path / "blog"))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page = window.page
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert window.page is None
    view = window.findChild(QListView, "startRecentList")
    qtbot.waitUntil(lambda: view.model().rowCount() == 1, timeout=30_000)
    row = view.model().index(0, 0).data(Qt.ItemDataRole.UserRole)
    assert (row.name, row.is_there, row.second) == ("gone", False, "not there any more")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: view.model().rowCount() == 0, timeout=30_000)
    assert window.findChild(QLabel, "undoText").text() == "gone was taken off the list"
    window.pages.start.setFocus()
    qtbot.keyClick(window.pages.start, Qt.Key.Key_Escape)
    assert window.page is page


def test_the_status_bar_has_how_many_servers_run(
    build_window: Callable[..., Any], qtbot: Any, make: Any
) -> None:
    window = build_window()
    window.show()
    assert window.status.isVisible()
    assert window.status.counts.text() == "No server running"
    qtbot.mouseClick(window.findChild(QAbstractButton, "exampleButton_todo"), LEFT)
    page = window.page
    assert window.status.counts.text() == "0 requests  \u00b7  0 errors"
    page.commands.start.trigger()
    window.pages.show_start()
    for event, text in (
        (make.started(), "1 server running"),
        (make.stopped(), "No server running"),
    ):
        page.controller.take([event])
        assert window.status.counts.text() == text


def test_folder_and_file_are_chosen_in_dialogs(build_window: Callable[..., Any]) -> None:
    window = build_window()
    window.show()
    for button, name in (
        (window.pages.start.folder, "projectDialog"),
        (window.pages.start.file, "appFileDialog"),
    ):
        button.click()
        dialog = window.findChild(QFileDialog, name)
        assert dialog is not None
        dialog.reject()
