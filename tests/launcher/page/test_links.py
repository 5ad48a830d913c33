"""From pane to pane, and out to the editor, in the whole window."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QPushButton

from launcher.page.editing import Editing
from launcher.panes.details.details import RESPONSE
from launcher.panes.editor_dialog import EditorDialog
from launcher.server_page import ERRORS, FLOW, REQUESTS
from server.config import ServerConfig

WAIT = 30_000
FLOW_ROWS = (("run_wsgi", 0, 900, 0), ("view shop.pay", 100, 700, 1))


@pytest.fixture
def failed(window: Any, send: Callable[..., None], make: Any, tmp_path: Path) -> Any:
    """A window with a request that failed in the view, at line 2 of shop.py."""
    window.page.controller.start(ServerConfig(app="shop:app", project=str(tmp_path / "shop")))
    send(make.started())
    source = str(tmp_path / "shop" / "shop.py")
    text = (
        f'Traceback (most recent call last):\n  File "{source}", line 2, in pay\n'
        '  File "/usr/lib/python3.11/json/decoder.py", line 9, in decode\nKeyError: 7\n'
    )
    send(
        make.request(1, "/pay"),
        make.error(1, 1, text=text),
        make.finished(
            1, "/pay", status=500, error_id=1, flow=FLOW_ROWS, flow_failed=1,
            flow_places=(("view shop.pay", source, 2),),
        ),
    )  # fmt: skip
    return window


def press(qtbot: Any, window: Any, name: str) -> None:
    button = window.findChild(QPushButton, name)
    qtbot.waitUntil(lambda: button.isVisible() and button.height() > 5)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_request_flow_error_and_back(qtbot: Any, failed: Any) -> None:
    failed.page.requests.show_request(0)
    press(qtbot, failed, "showFlowButton")
    assert failed.page.panes.currentIndex() == FLOW
    assert failed.page.flow.view.hasFocus()
    assert failed.page.flow.view.current.failed
    press(qtbot, failed, "flowTracebackButton")
    assert failed.page.panes.currentIndex() == ERRORS
    press(qtbot, failed, "showRequestButton")
    assert failed.page.panes.currentIndex() == REQUESTS
    failed.page.commands.show_flow.trigger()
    press(qtbot, failed, "flowRequestButton")
    assert failed.page.panes.currentIndex() == REQUESTS
    failed.page.links.show_flow(77)
    assert failed.page.line.text == "This request is no longer in the list."


def test_an_error_that_was_looked_at_beside_its_request_is_seen(
    qtbot: Any, failed: Any, send: Callable[..., None], make: Any
) -> None:
    page = failed.page
    groups, counts = page.controller.errors.groups, page.panes.counts
    place = page.panes.indexOf(page.errors)
    page.numbers.show_counts()
    assert (groups.unseen, counts.is_urgent(place)) == (1, True)
    assert page.latest.isVisible()
    page.requests.show_request(0)
    assert page.requests.details.error.isVisible()
    assert (groups.unseen, counts.is_urgent(place)) == (0, False)
    assert page.latest.isHidden()

    # What comes while another tab of the details is in front hasn't been looked at.
    page.requests.details.tabs.setCurrentIndex(RESPONSE)
    send(
        make.request(2, "/pay"), make.error(2, 2), make.finished(2, "/pay", status=500, error_id=2)
    )
    assert groups.unseen == 1
    page.requests.show_request(1)
    assert groups.unseen == 0


def test_a_request_without_a_flow_has_no_such_button(
    window: Any, send: Callable[..., None], make: Any
) -> None:
    window.page.controller.start(ServerConfig(app="shop:app"))
    send(make.started(), make.finished(1))
    window.page.requests.show_request(0)
    assert window.page.requests.details.show_flow.isHidden()


def test_the_innermost_own_frame_opens(qtbot: Any, failed: Any, tmp_path: Path) -> None:
    asked: list[tuple[Any, ...]] = []
    failed.page.links.openRequested.disconnect()
    failed.page.links.openRequested.connect(lambda *words: asked.append(words))
    failed.page.links.editor = "mine"
    failed.page.links.show_error(0)
    press(qtbot, failed, "openEditorButton")
    source = str(tmp_path / "shop" / "shop.py")
    assert asked == [(source, 2, "mine", str(tmp_path / "shop"))]
    assert "line 2" in failed.page.errors.to_editor.toolTip()


def test_an_error_outside_of_any_file_has_nothing_to_open(
    window: Any, send: Callable[..., None], make: Any
) -> None:
    window.page.controller.start(ServerConfig(app="shop:app"))
    send(make.started(), make.error(1, text="KeyError: 7\n"))
    window.page.links.show_error(0)
    assert not window.page.errors.to_editor.isEnabled()


def test_a_real_program_is_started(qtbot: Any, failed: Any, tmp_path: Path) -> None:
    heard, program = tmp_path / "heard", tmp_path / "my editor"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(heard)!r}, 'w').write(' '.join(sys.argv[1:]))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    failed.page.links.editor = f"'{program}' {{line}} {{file}}"
    failed.page.links.show_error(0)
    editing = failed.findChild(Editing)
    with qtbot.waitSignal(editing.finished, timeout=WAIT) as done:
        press(qtbot, failed, "openEditorButton")
    assert done.args == [""]
    assert heard.read_text() == f"2 {tmp_path / 'shop' / 'shop.py'}"
    assert failed.page.line.isHidden()


def test_where_no_editor_opens_another_can_be_chosen(
    qtbot: Any, failed: Any, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    failed.page.links.editor = "no-such-editor"
    with qtbot.waitSignal(failed.findChild(Editing).finished, timeout=WAIT):
        failed.page.links.open_source("shop.py", 1)
    assert failed.page.line.text.startswith("The editor named in the settings, 'no-such-editor'")
    press(qtbot, failed.page, "messageAction")
    dialog = failed.findChild(EditorDialog)
    failed.page.links.choose_editor()
    assert len(failed.findChildren(EditorDialog)) == 1
    combo = dialog.findChild(QComboBox)
    assert combo.currentText() == "no-such-editor"
    combo.setEditText("my-editor --line {line} {file}")
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    assert failed.page.links.editor == "my-editor --line {line} {file}"
    assert failed.page.line.isHidden()


def test_the_dialog_knows_what_is_installed(
    qtbot: Any, window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "launcher.panes.controls.editor_combo.installed", lambda: [("code", "Visual Studio Code")]
    )
    for before, choice, after in (
        ("", "Visual Studio Code", "code"),
        ("code", "The one that is found", ""),
        ("code", "", ""),
        ("code", "kate -n", "kate -n"),
    ):
        window.page.links.editorChosen.emit(before)
        window.page.commands.choose_editor.trigger()
        dialog = window.findChild(EditorDialog)
        dialog.combo.setEditText(choice)
        ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
        qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
        assert window.page.links.editor == after
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_what_was_chosen_is_remembered(
    qtbot: Any, window: Any, build_window: Callable[..., Any]
) -> None:
    window.page.links.editorChosen.emit("code")
    window.page.flow.bar.learn.click()
    window.page.flow.learn.languages.setCurrentIndex(1)
    window.close()
    again = build_window()
    assert again.page.links.editor == "code"
    assert again.page.flow.learning
    assert again.page.flow.learn.language == again.page.flow.chosen_language == "zh_CN"


def test_the_empty_flow_shows_how_it_comes_to_be_recorded(
    window: Any, send: Callable[..., None], make: Any
) -> None:
    hint = window.page.flow.view.hint
    assert "Record flow" in hint.text
    window.page.controller.start(ServerConfig(app="shop:app"))
    send(make.started(), make.finished(1))
    assert window.page.flow.view.hint.title == "The flow is not being recorded"
    send(make.stopped())
    window.page.controller.start(ServerConfig(app="shop:app", debug=True))
    send(make.started())
    assert window.page.flow.view.hint.title == "Waiting for the first request"
