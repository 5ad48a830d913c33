"""The set-up form: its values, and what it says about wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel

from launcher.core.discovery import AppCandidate
from launcher.panes.setup_form import SetupForm
from server.config import ServerConfig, options
from server.errors import ConfigError


@pytest.fixture
def form(qtbot: Any, tmp_path: Path) -> SetupForm:
    made = SetupForm()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.set_values(ServerConfig(app="shop:app", project=str(tmp_path)))
    return made


def test_values_make_the_round_trip(form: SetupForm, tmp_path: Path) -> None:
    config = ServerConfig(
        app="a.py:x", project=str(tmp_path), host="::1", port=0, debug=True, mode="single"
    )
    form.set_values(config)
    assert form.values() == config


def test_names_limits_and_choices_are_the_options(form: SetupForm) -> None:
    known = options()
    assert (form.port.minimum(), form.port.maximum()) == (0, 65535)
    words = tuple(form.mode.itemData(n) for n in range(form.mode.count()))
    assert words == known["mode"].choices
    for name, field in form._fields.items():
        assert field.accessibleName() == known[name].label
        assert field.accessibleDescription() == known[name].help
    buddies = {label.buddy() for label in form.findChildren(QLabel) if label.buddy()}
    assert {form.project, form.app, form.host, form.port, form.mode} <= buddies


@pytest.mark.parametrize(
    ("field", "text", "setting", "says"),
    [
        ("project", "/no/such/folder", "project", "no folder /no/such/folder"),
        ("app", "  ", "app", "No app is chosen"),
        ("host", "a b", "host", "not an address"),
        ("host", "", "host", "not an address"),
    ],
)
def test_a_wrong_value_is_said_marked_and_focused(
    qtbot: Any, form: SetupForm, field: str, text: str, setting: str, says: str
) -> None:
    widget: Any = getattr(form, field)
    (widget.setEditText if field == "app" else widget.setText)(text)
    with pytest.raises(ConfigError, match=says) as caught:
        form.values()
    assert caught.value.setting == setting
    assert widget.property("invalid") is True
    qtbot.waitUntil(lambda: form.isAncestorOf(form.focusWidget()) and widget.hasFocus())
    form.set_values(ServerConfig(app="a"))
    form.values()
    assert widget.property("invalid") is False


@pytest.mark.parametrize("end", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_a_port_out_of_range_is_said_and_not_served_silently(
    qtbot: Any, form: SetupForm, end: Qt.Key
) -> None:
    said: list[str] = []
    form.problem.connect(said.append)
    form.port.setFocus()
    form.port.selectAll()
    qtbot.keyClicks(form.port, "70000")
    assert form.port.lineEdit().text() == "70000"
    qtbot.keyClick(form.port, end)
    assert form.port.property("invalid") is True
    assert said
    assert said[0].startswith("Port 70000 is out of range: use a number from 0 to 65535.")
    with pytest.raises(ConfigError, match="Port 70000 is out of range"):
        form.values()
    assert form.port.value() == 5000
    assert form.values().port == 5000


def test_letters_are_no_port(qtbot: Any, form: SetupForm) -> None:
    form.port.setFocus()
    form.port.selectAll()
    qtbot.keyClicks(form.port, "8o0-8")
    assert form.port.lineEdit().text() == "808"


def test_found_apps_are_offered_with_their_reasons(form: SetupForm) -> None:
    form.set_app("")
    found = [
        AppCandidate("shop:app", "flask", "<b>app</b> = Flask(…) in shop.py"),
        AppCandidate("other:app", "wsgi", "a callable"),
    ]
    form.show_candidates(found)
    assert form.app.currentText() == "shop:app"
    assert [form.app.itemText(n) for n in range(form.app.count())] == ["shop:app", "other:app"]
    tip = form.app.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;app" in tip


def test_what_is_filled_in_is_not_overwritten(form: SetupForm) -> None:
    form.set_app("mine:app")
    form.show_candidates([AppCandidate("shop:app", "flask", "found")])
    assert form.app.currentText() == "mine:app"


def test_a_folder_without_an_app_says_so(form: SetupForm) -> None:
    said: list[str] = []
    form.problem.connect(said.append)
    form.set_app("")
    form.show_candidates([])
    assert said == ["No app was found in this folder: fill in App, as in module:app or file.py."]


def drop(form: SetupForm, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    form.project.dropEvent(event)


def test_a_folder_and_a_file_can_be_dropped(qtbot: Any, form: SetupForm, tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "site.py").write_text("app = None")
    with qtbot.waitSignal(form.projectChanged, timeout=1000) as changed:
        drop(form, folder)
    assert changed.args == [str(folder)]
    assert (form.project.text(), form.app.currentText()) == (str(folder), "")
    drop(form, folder / "site.py")
    assert (form.project.text(), form.app.currentText()) == (str(folder), "site.py")


def test_nothing_is_taken_while_the_form_is_locked(form: SetupForm, tmp_path: Path) -> None:
    said: list[str] = []
    form.problem.connect(said.append)
    form.setEnabled(False)
    form.open_path(str(tmp_path.parent))
    assert said == ["Stop the server before you choose another project."]
    assert form.project.text() == str(tmp_path)


def test_browse_opens_a_dialog_for_folders(qtbot: Any, form: SetupForm, tmp_path: Path) -> None:
    folder = tmp_path / "chosen"
    folder.mkdir()
    form.choose_folder()
    dialog = form.window().findChild(QFileDialog, "projectDialog")
    assert dialog is not None
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(folder))
    dialog.close()
    assert form.project.text() == str(folder)


def test_typing_another_folder_asks_for_its_apps(
    qtbot: Any, form: SetupForm, tmp_path: Path
) -> None:
    form.project.setText(str(tmp_path.parent))
    with qtbot.waitSignal(form.projectChanged, timeout=1000):
        qtbot.keyClick(form.project, Qt.Key.Key_Tab)
    assert form.app.currentText() == ""


def test_enter_starts(qtbot: Any, form: SetupForm) -> None:
    for widget in (form.project, form.host, form.app.lineEdit(), form.port):
        with qtbot.waitSignal(form.submitted, timeout=1000):
            qtbot.keyClick(widget, Qt.Key.Key_Return)
