"""The set-up as a page: in front when a project is opened, and while the server runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from launcher.core.command_line import serve_command
from launcher.core.project.discovery import AppCandidate, AppHint, Findings
from launcher.server_page import OUTPUT, REQUESTS, SETUP
from launcher.theme import Theme
from server.config import ServerConfig


def click(qtbot: Any, window: Any, name: str) -> None:
    qtbot.mouseClick(window.findChild(QWidget, name), Qt.MouseButton.LeftButton)


def test_a_project_opens_on_its_set_up_and_start_leads_on(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    panes = window.page.panes
    assert panes.currentIndex() == SETUP
    click(qtbot, window, "setupStartButton")
    assert panes.currentIndex() == SETUP
    send(make.started())
    assert panes.currentIndex() == REQUESTS
    panes.setCurrentIndex(OUTPUT)
    window.page.commands.stop.trigger()
    send(make.stopped())
    window.page.commands.start.trigger()
    send(make.started())
    assert panes.currentIndex() == OUTPUT


def test_a_failed_start_stays(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "setupStartButton")
    send(make.failed())
    assert window.page.panes.currentIndex() == SETUP
    assert window.page.line.text == "It can't be."


def test_after_a_failed_start_the_focus_is_on_start_again(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    setup = window.page.setup
    qtbot.waitUntil(setup.start.hasFocus)
    qtbot.keyClick(setup.start, Qt.Key.Key_Space)
    assert not setup.start.isVisible()
    send(make.failed())
    assert setup.start.hasFocus()
    qtbot.keyClick(setup.start, Qt.Key.Key_Space)
    setup.form.port.setFocus()
    send(make.failed())
    assert setup.form.port.hasFocus()


def test_debug_and_reload_are_on_and_the_two_switches_are_one(window: Any) -> None:
    page = window.page
    config = page.form.values()
    assert (config.debug, config.reload) == (True, True)
    page.head.debug.click()
    assert not page.form.debug.isChecked()
    page.form.debug.click()
    assert page.head.debug.isChecked()


def test_changes_while_it_runs_wait_for_a_restart_and_can_be_undone(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    page = window.page
    page.commands.start.trigger()
    send(make.started())
    page.form.port.setValue(5001)
    assert (page.line.text, page.line.detail.text()) == ("1 change", "port 5001")
    page.head.reload.click()
    assert (page.line.text, page.line.detail.text()) == ("2 changes", "port 5001, no reload")
    page.form_changes.undo()
    assert page.line.isHidden()
    assert page.form.port.value() == 5000
    assert page.head.reload.isChecked()
    page.form.port.setValue(5002)
    page.line.button.click()
    assert page.controller._supervisor.config.port == 5002
    assert page.line.isHidden()


def test_the_same_command_is_shown_and_copied(qtbot: Any, window: Any) -> None:
    page = window.page
    page.form.more.env.setText("TOKEN=hunter2")
    shown = page.setup.command.text()
    assert shown.startswith("servedeck serve shop:app")
    assert "--debug" in shown
    assert "hunter2" not in shown
    click(qtbot, window, "copyCommandButton")
    copied = QGuiApplication.clipboard().text()
    assert copied == serve_command(page.form.draft())
    assert "hunter2" in copied


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ServerConfig(app="shop:app"), "servedeck serve shop:app"),
        (ServerConfig(app="a b.py", port=0), "servedeck serve 'a b.py' --port 0"),
        (ServerConfig(app="a", mode="single"), "servedeck serve a --single"),
        (ServerConfig(app="a", mode="forking", processes=3), "servedeck serve a --processes 3"),
        (
            ServerConfig(app="a", debug=True, reload=True, extra_files=("x", "y")),
            "servedeck serve a --debug --reload --extra-file x --extra-file y",
        ),
        (ServerConfig(app="a", env=("A=1",)), "servedeck serve a --env A=1"),
    ],
)
def test_command(config: ServerConfig, expected: str) -> None:
    assert serve_command(config) == expected


def test_it_fits_each_window(qtbot: Any, window: Any) -> None:
    page = window.page.setup

    def is_laid_out(width: int) -> bool:
        return page.width() == width and page.found.isVisible() == (width >= 900)

    for width in (1920, 640, 1180, 900, 640):
        window.resize(width, 600)
        qtbot.waitUntil(partial(is_laid_out, width))
        page.layout().activate()
        for part in (page.start, page.command, page.form.port, page.form.browse):
            right = part.mapTo(page, part.rect().topRight()).x()
            assert right < width, (part.objectName(), width)


@pytest.mark.parametrize("app", ["shop:app", "shop.py", "shop"])
def test_what_was_found_of_an_app_is_shown_however_it_is_written(window: Any, app: str) -> None:
    page = window.page.setup
    page.form.set_app(app)
    page.form.show_findings(
        Findings((AppCandidate("shop:app", "flask", "Flask app in shop.py"),), (), ())
    )
    texts = [label.text() for label in page.found.findChildren(QLabel)]
    assert "Flask app in shop.py" in texts
    assert page.form.app.kind() == "flask"


def test_what_is_no_app_yet_is_shown_with_all_that_is_to_be_done(window: Any) -> None:
    page = window.page.setup
    page.form.set_app("")
    hint = AppHint("site.py", 8, "It runs Bottle's own server." + " Write this." * 20)
    page.form.show_findings(Findings((), (hint,), ("broken.py",)))
    labels = {label.text(): label for label in page.found.findChildren(QLabel)}
    assert labels.keys() >= {"site.py:8", "broken.py", "can't be read as Python"}
    assert labels[hint.text].wordWrap()
    assert labels[hint.text].textFormat() == Qt.TextFormat.PlainText
    page.start.click()  # where there is no room beside the form, it is to be read below
    assert "No app is chosen" in window.page.line.text
    assert hint.text in window.page.line.text
    page.form.show_findings(Findings((AppCandidate("shop:app", "flask", "Flask app"),), (), ("x",)))
    shown = {label.text() for label in page.found.findChildren(QLabel) if not label.isHidden()}
    assert not shown & {"site.py:8", "broken.py", "x"}


def test_how_the_last_run_went(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    page = window.page
    page.commands.start.trigger()
    send(make.started(), make.request(1), make.finished(1))
    page.commands.stop.trigger()
    send(make.stopped())
    assert page.setup.found._last.isVisibleTo(page.setup.found)
    page.panes.setCurrentIndex(SETUP)
    click(qtbot, window, "showLastRequests")
    assert page.panes.currentIndex() == REQUESTS


def test_another_text_size_leaves_room_between_labels_and_fields(
    qtbot: Any, window: Any, qapp: QApplication
) -> None:
    form = window.page.form
    dots = [form.browse_python, form.more.browse_ssl, form.more.browse_env]
    usual = form.browse_python.sizeHint().width()
    window.resize(1180, 760)
    window.show()
    labels = [label for label in form.findChildren(QLabel, "formLabel") if label.isVisible()]
    assert len(labels) > 5

    def without_room() -> list[str]:
        narrow = [
            button.objectName()
            for button in dots
            if button.fontMetrics().horizontalAdvance(button.text()) + 16 > button.width()
        ]
        for label in labels:
            gap = 0 if label.buddy() is form.port else 6  # which has its layout's beside it
            text = label.text().replace("&", "")
            if label.fontMetrics().horizontalAdvance(text) + gap > label.width():
                narrow.append(text)
        return narrow

    Theme.of(qapp).set_text_size(2.0)
    try:
        assert form.browse_python.sizeHint().width() > usual
        qtbot.waitUntil(lambda: without_room() == [])
    finally:
        Theme.of(qapp).set_text_size(1.0)
    assert form.browse_python.sizeHint().width() == usual


def test_large_text_scrolls_down_and_not_sideways(
    qtbot: Any, window: Any, qapp: QApplication
) -> None:
    page = window.page.setup
    sideways = page.findChild(QScrollArea, "setupScroll").horizontalScrollBar()
    title = next(label for label in page.form.findChildren(QLabel, "sectionName"))
    label = page.form.findChild(QLabel, "formLabel")

    def is_stacked() -> bool:
        return label.mapTo(page.form, QPoint()).y() > title.mapTo(page.form, QPoint()).y() + 9

    window.resize(900, 600)
    window.show()
    Theme.of(qapp).set_text_size(2.0)
    try:
        needed = page.form.width_beside()
        assert needed > 640
        qtbot.waitUntil(lambda: sideways.maximum() == 0)
        window.resize(needed - 40, 600)
        qtbot.waitUntil(is_stacked)
        window.resize(needed + 400, 600)
        qtbot.waitUntil(lambda: not is_stacked() and sideways.maximum() == 0)
    finally:
        Theme.of(qapp).set_text_size(1.0)


def test_a_command_that_is_too_long_ends_in_an_ellipsis(window: Any) -> None:
    page = window.page.setup
    page.form.more.extra_files.set_items(("templates",) * 40)
    page.refresh()
    assert page.command.shown_text().endswith("\u2026")
    assert page.command.text().count("templates") == 40
    assert page.command.toolTip().count("templates") == 40
    page.copy.click()
    assert QGuiApplication.clipboard().text().count("templates") == 40
