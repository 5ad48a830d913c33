"""The set-up form: its values, and what it reports about wrong ones."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel

from launcher.core.profiles import Profiles
from launcher.core.project.discovery import AppCandidate, AppHint, Findings
from launcher.core.project.interpreters import Interpreter
from launcher.core.settings import Settings
from launcher.core.window_defaults import with_window_defaults
from launcher.panes.setup.form import SetupForm
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


def test_what_depends_on_the_fields_is_brought_in_step_once_for_all_that_are_filled_in(
    form: SetupForm, tmp_path: Path
) -> None:
    config = ServerConfig(
        app="a", project=str(tmp_path), host="0.0.0.0", port=81, mode="forking", processes=3,
        debug=True, reload=True, cold_reload=True, env=("A=1",), ssl="adhoc",
    )  # fmt: skip
    changes: list[ServerConfig] = []
    edits: list[bool] = []
    form.changed.connect(lambda: changes.append(form.draft()))
    form.edited.connect(lambda: edits.append(True))
    form.set_values(config)
    assert changes == [config]
    assert edits == [True]
    assert form.draft() is changes[0]
    form.set_running(True)
    form.set_running(False)
    assert len(changes) == 1
    form.port.setValue(82)
    assert [change.port for change in changes] == [81, 82]


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
    ("field", "text", "setting", "expected"),
    [
        ("project", "/no/such/folder", "project", "no folder /no/such/folder"),
        ("app", "  ", "app", "No app is chosen"),
        ("host", "a b", "host", "not an address"),
        ("host", "", "host", "not an address"),
    ],
)
def test_a_wrong_value_is_shown_marked_and_focused(
    qtbot: Any, form: SetupForm, field: str, text: str, setting: str, expected: str
) -> None:
    widget: Any = getattr(form, field)
    (widget.setEditText if field == "app" else widget.setText)(text)
    with pytest.raises(ConfigError, match=expected) as caught:
        form.values()
    assert caught.value.setting == setting
    assert widget.property("invalid") is True
    qtbot.waitUntil(lambda: form.isAncestorOf(form.focusWidget()) and widget.hasFocus())
    form.set_values(ServerConfig(app="a"))
    form.values()
    assert widget.property("invalid") is False


@pytest.mark.parametrize("end", [Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_a_port_out_of_range_is_reported_and_not_served_silently(
    qtbot: Any, form: SetupForm, end: Qt.Key
) -> None:
    problems: list[str] = []
    form.problem.connect(problems.append)
    form.port.setFocus()
    form.port.selectAll()
    qtbot.keyClicks(form.port, "70000")
    assert form.port.lineEdit().text() == "70000"
    qtbot.keyClick(form.port, end)
    assert form.port.property("invalid") is True
    assert problems
    assert problems[0].startswith("Port 70000 is out of range: use a number from 0 to 65535.")
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
    form.show_findings(Findings(tuple(found)))
    assert form.app.currentText() == "shop:app"
    assert [form.app.itemText(n) for n in range(form.app.count())] == ["shop:app", "other:app"]
    tip = form.app.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;app" in tip


def test_what_is_filled_in_is_not_overwritten(form: SetupForm) -> None:
    form.set_app("mine:app")
    form.show_findings(Findings((AppCandidate("shop:app", "flask", "found"),)))
    assert form.app.currentText() == "mine:app"


def test_a_folder_without_an_app_reports_it(form: SetupForm) -> None:
    problems: list[str] = []
    form.problem.connect(problems.append)
    form.set_app("")
    sentence = "No app was found in this folder: fill in App, as in module:app or file.py."
    form.show_findings(Findings())
    form.show_findings(Findings(hints=(AppHint("main.py", 3, "Line 3 makes one."),)))
    assert problems == [sentence, f"{sentence} Line 3 makes one."]


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


def test_nothing_is_taken_while_a_server_runs(form: SetupForm, tmp_path: Path) -> None:
    problems: list[str] = []
    form.problem.connect(problems.append)
    form.set_running(True)
    form.open_path(str(tmp_path.parent))
    assert problems == ["Stop the server before you choose another project."]
    assert form.project.text() == str(tmp_path)


def test_while_a_server_runs_all_but_its_project_can_be_changed(form: SetupForm) -> None:
    config = form.values()
    form.set_running(True)
    assert not form.project.isEnabled()
    assert not form.browse.isEnabled()
    assert form.changes(config) == []
    form.port.setValue(5001)
    form.reload.click()
    assert form.changes(config) == ["port", "reload"]
    form.set_running(False)
    assert form.project.isEnabled()


def test_switches_follow_the_host_until_they_are_chosen(qtbot: Any, form: SetupForm) -> None:
    def switches() -> tuple[bool, bool]:
        return form.debug.isChecked(), form.reload.isChecked()

    form.set_values(with_window_defaults(form.values()))
    assert switches() == (True, True)
    form.host.lineEdit().selectAll()
    qtbot.keyClicks(form.host.lineEdit(), "0.0.0.0")
    assert switches() == (False, False)
    form.host.setCurrentIndex(form.host.findText("localhost"))
    form.host.activated.emit(form.host.currentIndex())
    assert switches() == (True, True)
    form.reload.click()
    assert form.switches_chosen
    form.host.lineEdit().selectAll()
    qtbot.keyClicks(form.host.lineEdit(), "::")
    assert switches() == (True, False)


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


# Interpreter -----------------------------------------------------------------------------------


def python(path: str, source: str = ".venv", **facts: Any) -> Interpreter:
    return Interpreter(path, facts.pop("version", "3.11.4"), source, **facts)


OWN = python(sys.executable, "ServeDeck's own", own=True)
VENV = python("/p/.venv/bin/python", frameworks=(("flask", "3.1.3"),))
POETRY = python("/cache/shop/bin/python", "Poetry")
GONE = python("/p/env/bin/python", "env", version="", problem="Its Python is gone.")


def texts(form: SetupForm) -> list[str]:
    return [form.python.itemText(n) for n in range(form.python.count())]


def test_of_an_interpreter_both_ends_can_be_read(form: SetupForm) -> None:
    form.set_candidates([AppCandidate("shop:app", "flask", "")], choose=True)
    own = python(sys.executable, "ServeDeck's own", own=True, frameworks=(("flask", "3.1.3"),))
    form.show_interpreters([own])
    whole = form.python.currentText()
    form.python.setFixedWidth(900)
    assert form.python.shown_text() == whole
    form.python.setFixedWidth(form.fontMetrics().horizontalAdvance(whole))  # and the arrow
    assert form.python.shown_text() == "ServeDeck's own \u00b7 3.11.4 \u00b7 Flask 3.1.3"
    form.python.setFixedWidth(200)
    shown = form.python.shown_text()
    assert shown.startswith("Serve")
    assert shown.endswith("3.1.3")
    assert not form.python.grab().isNull()


def pick(form: SetupForm, text: str) -> None:
    """As a user does: the signal for a choice comes only then."""
    form.python.setCurrentIndex(next(n for n, t in enumerate(texts(form)) if t.startswith(text)))
    form.python.activated.emit(form.python.currentIndex())


def test_interpreters_are_shown_with_version_and_framework(form: SetupForm) -> None:
    form.show_findings(Findings((AppCandidate("shop:app", "flask", "found"),)))
    form.show_interpreters([GONE, VENV, POETRY, OWN])
    assert texts(form) == [
        "env  \u00b7  Its Python is gone.",
        ".venv  \u00b7  Python 3.11.4  \u00b7  Flask 3.1.3",
        "Poetry  \u00b7  Python 3.11.4  \u00b7  Flask is not installed",
        "ServeDeck's own  \u00b7  Python 3.11.4  \u00b7  Flask is not installed",
    ]
    model: Any = form.python.model()
    assert [model.item(n).isEnabled() for n in range(4)] == [False, True, True, True]
    assert form.python.currentText().startswith(".venv")
    assert form.values().python == VENV.path
    tip = form.python.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert "/p/env/bin/python" in tip


def test_the_framework_is_that_of_the_app_that_is_filled_in(form: SetupForm) -> None:
    form.show_interpreters([VENV, OWN])
    assert texts(form)[0] == ".venv  \u00b7  Python 3.11.4"
    found = AppCandidate("shop:app", "flask", ""), AppCandidate("other:app", "bottle", "")
    form.show_findings(Findings(found))
    assert texts(form)[0].endswith("Flask 3.1.3")
    form.app.setEditText("other:app")
    assert texts(form)[0].endswith("Bottle is not installed")
    form.app.setEditText("unknown:app")
    assert texts(form)[0] == ".venv  \u00b7  Python 3.11.4"


def test_as_long_as_nobody_chose_the_first_usable_is_proposed(form: SetupForm) -> None:
    form.show_interpreters([OWN])
    assert form.values().python == ""
    form.show_interpreters([VENV, OWN])
    assert form.values().python == VENV.path
    pick(form, "ServeDeck's own")
    form.show_interpreters([POETRY, VENV, OWN])
    assert form.values().python == ""
    pick(form, "Poetry")
    form.show_interpreters([VENV, POETRY, OWN])
    assert form.values().python == POETRY.path


def test_nothing_changes_while_a_server_runs(form: SetupForm) -> None:
    form.show_interpreters([OWN])
    form.set_running(True)
    form.show_interpreters([VENV, OWN])
    assert form.python.value() == ""
    assert form.python.currentText().startswith("ServeDeck's own")


def test_one_that_is_gone_is_shown_at_the_field_and_at_start(form: SetupForm) -> None:
    pick_path = "/p/env/bin/python"
    form.python.choose(pick_path)
    form.show_interpreters([GONE, OWN])
    assert form.remark.text() == "Its Python is gone."
    assert form.remark.property("tone") == "danger"
    assert "Its Python is gone." in form.python.accessibleDescription()
    with pytest.raises(ConfigError, match="gone") as caught:
        form.values()
    assert caught.value.setting == "python"
    assert form.python.property("invalid") is True


def test_any_other_can_be_named(qtbot: Any, form: SetupForm) -> None:
    form.show_interpreters([VENV, OWN])
    form.browse_python.click()
    dialog = form.window().findChild(QFileDialog, "pythonDialog")
    assert dialog is not None
    assert dialog.testOption(QFileDialog.Option.DontResolveSymlinks)
    with qtbot.waitSignal(form.interpretersWanted, timeout=1000) as wanted:
        dialog.fileSelected.emit("/opt/py/bin/python3")
    dialog.close()
    assert wanted.args[1] == "/opt/py/bin/python3"
    assert form.values().python == "/opt/py/bin/python3"
    chosen = python("/opt/py/bin/python3", "chosen", version="3.13.0")
    form.show_interpreters([VENV, chosen, OWN])
    assert form.python.currentText() == "/opt/py/bin/python3  \u00b7  Python 3.13.0"


def test_start_waits_for_the_look_up_and_reports_it_if_it_takes_long(form: SetupForm) -> None:
    form.python.expect()
    with pytest.raises(ConfigError, match="still being looked for") as caught:
        form.values()
    assert caught.value.setting == "python"
    form.aboutToRead.connect(lambda: form.show_interpreters([VENV, OWN]))
    form.python.expect()
    assert form.values().python == VENV.path


# Options ---------------------------------------------------------------------------------------

FULL = ServerConfig(
    app="shop:app",
    mode="forking",
    processes=7,
    debug=True,
    reload=True,
    extra_files=("templates", "a,b.txt", '"q"'),
    exclude_patterns=("*.log", "*/x/*"),
    cold_reload=True,
    run_in="process",
    env_file="dev.env",
    env=("A=1", "B=two words", "C=x D=y"),
    flow="off",
    ssl="cert.pem, key.pem",
    unix="/tmp/s",
    grace=1.5,
    root="/p/src",
    chunked_memory=4096,
    stream_chunked=True,
    end_first=True,
    nostatic=True,
)


def test_all_options_make_the_round_trip(form: SetupForm, tmp_path: Path) -> None:
    config = replace(FULL, project=str(tmp_path))
    form.set_values(config)
    assert form.values() == config
    form.set_values(ServerConfig(app="a", project=str(tmp_path)))
    assert form.values() == ServerConfig(app="a", project=str(tmp_path))


def test_processes_only_when_forking(form: SetupForm) -> None:
    assert not form.processes.isEnabled()
    form.mode.setCurrentIndex(form.mode.findData("forking"))
    assert form.processes.isEnabled()
    assert form.remark.text().startswith("Forking takes the place of threads")
    assert form.remark.property("tone") == "plain"
    form.debug.click()
    assert "debugger does not work" in form.remark.text()
    assert form.remark.property("tone") == "warning"
    form.mode.setCurrentIndex(form.mode.findData("single"))
    assert not form.processes.isEnabled()
    assert not form.remark.isVisible()


def test_what_cannot_be_is_shown_at_once_and_at_start(form: SetupForm) -> None:
    form.show_interpreters([VENV, OWN])
    more = form.more
    assert not more.is_open
    more.run_in.setCurrentIndex(more.run_in.findData("thread"))
    more.run_in.activated.emit(more.run_in.currentIndex())
    assert "another interpreter" in form.remark.text()
    assert "another interpreter" in more.run_in.accessibleDescription()
    with pytest.raises(ConfigError, match="another interpreter"):
        form.values()
    assert more.run_in.isVisible()
    assert more.run_in.property("invalid") is True
    pick(form, "ServeDeck's own")
    assert not form.remark.isVisible()
    assert form.values().run_in == "thread"


def test_files_of_the_reloader_only_with_the_reloader(form: SetupForm) -> None:
    fields = (form.more.extra_files, form.more.exclude_patterns, form.more.cold_reload)
    fields += (form.more.rare.switches["end_first"],)  # type: ignore[assignment]
    assert not any(field.isEnabled() for field in fields)
    assert "Switch Reload on" in form.more.extra_files.toolTip()
    form.reload.click()
    assert all(field.isEnabled() for field in fields)
    assert "Switch Reload on" not in form.more.extra_files.toolTip()


def test_closed_the_options_show_what_differs(form: SetupForm, tmp_path: Path) -> None:
    more = form.more
    assert more.summary.text() == "HTTPS, flow, watched files, trusted hosts"
    assert not more.panel.isVisible()
    form.set_values(
        ServerConfig(app="a", project=str(tmp_path), ssl="adhoc", env=("TOKEN=hunter2",))
    )
    assert more.summary.text() == "HTTPS: ad hoc"
    assert more.disclosure.accessibleName() == "Advanced options, hidden"
    assert more.disclosure.accessibleDescription() == more.summary.text()
    more.disclosure.click()
    assert more.panel.isVisible()
    assert not more.summary.isVisible()
    assert more.disclosure.accessibleName() == "Advanced options, shown"


@pytest.mark.parametrize(
    ("fill", "setting", "expected"),
    [
        (lambda more: more.env.setText("A=1\nhunter2"), "env", "Line 2 of Environment"),
        (lambda more: more.ssl.setCurrentIndex(2), "ssl", "needs two"),
    ],
)
def test_a_wrong_option_opens_the_panel(
    form: SetupForm, fill: Any, setting: str, expected: str
) -> None:
    fill(form.more)
    with pytest.raises(ConfigError, match=expected) as caught:
        form.values()
    assert "hunter2" not in caught.value.message
    assert caught.value.setting == setting
    assert form.more.fields[setting].isVisible()
    assert form.more.fields[setting].property("invalid") is True


def test_tab_leads_through_the_environment(qtbot: Any, form: SetupForm) -> None:
    form.add_button.click()
    assert form.more.env.hasFocus()
    assert not form.add_button.isVisible()
    qtbot.keyClick(form.more.env, Qt.Key.Key_Tab)
    assert not form.more.env.hasFocus()
    assert form.more.env.text() == ""


def test_every_field_is_reached_by_tab(qtbot: Any, form: SetupForm) -> None:
    form.more.set_open(True)
    form.add_button.click()
    form.mode.setCurrentIndex(form.mode.findData("forking"))
    form.reload.click()
    form.more.ssl.setCurrentIndex(2)
    form.more.ssl.activated.emit(2)
    form.project.setFocus()
    seen = []
    for _ in range(40):
        widget = form.focusWidget()
        seen.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
        if form.focusWidget() is form.project:
            break
    missed = [name for name, field in form._fields.items() if field not in seen]
    assert missed == []


def test_files_are_chosen_in_dialogs(form: SetupForm) -> None:
    more = form.more
    more.set_open(True)
    form.reload.click()
    more.ssl.setCurrentIndex(2)
    more.ssl.activated.emit(2)
    for button, files, field, text in (
        (more.browse_ssl, ["/s/k-key.pem", "/s/c.pem"], more.certificate, "/s/c.pem, /s/k-key.pem"),
        (more.browse_extra, ["/p/a", "/p/b,c"], more.extra_files, '/p/a, "/p/b,c"'),
    ):
        button.click()
        dialog = form.window().findChild(QFileDialog, "fileDialog")
        dialog.filesSelected.emit(files)
        assert field.text() == text
        dialog.setObjectName("")
        dialog.close()
    more.browse_env.click()
    dialog = form.window().findChild(QFileDialog, "fileDialog")
    dialog.fileSelected.emit("/p/dev.env")
    dialog.close()
    assert more.env_file.text() == "/p/dev.env"


def test_processes_out_of_range_are_reported(qtbot: Any, form: SetupForm) -> None:
    form.mode.setCurrentIndex(form.mode.findData("forking"))
    problems: list[str] = []
    form.problem.connect(problems.append)
    form.processes.setFocus()
    form.processes.selectAll()
    qtbot.keyClicks(form.processes, "999")
    qtbot.keyClick(form.processes, Qt.Key.Key_Tab)
    assert problems == ["Processes 999 is out of range: use a number from 1 to 256. 4 is kept."]
    with pytest.raises(ConfigError, match="Processes 999"):
        form.values()


# Projects --------------------------------------------------------------------------------------


def test_each_project_has_its_own_options(qtbot: Any, form: SetupForm, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    config = replace(FULL, project=str(first), unix="")
    form.set_values(config)
    form.show_interpreters([VENV, OWN])
    pick(form, ".venv")
    form.set_project(str(second))
    assert form.app.currentText() == ""
    form.set_app("second:app")
    found = form.values()
    assert found == ServerConfig(
        app="second:app", project=str(second), mode="forking", processes=7, debug=True, reload=True
    )
    form.set_project(str(first))
    assert form.values() == replace(config, python=VENV.path)
    assert form.python.is_chosen
    form.set_project(str(second))
    assert form.app.currentText() == "second:app"
    assert not form.python.is_chosen


def test_what_is_remembered_comes_back(qtbot: Any, form: SetupForm, tmp_path: Path) -> None:
    config = replace(FULL, project=str(tmp_path))
    form.set_values(config)
    form.more.set_open(True)
    profiles = Profiles()
    form.restore(Settings(options_open=True), profiles)
    settings = form.remember(Settings())
    other = SetupForm()
    qtbot.addWidget(other)
    other.restore(settings, profiles)
    assert other.more.is_open
    known = other.profile(str(tmp_path))
    assert known is not None
    assert (known.config, known.python_chosen) == (config, False)


def test_each_app_of_a_project_has_its_own_values(form: SetupForm, tmp_path: Path) -> None:
    found = [AppCandidate("shop:app", "flask", ""), AppCandidate("shop:admin", "flask", "")]

    def choose(number: int) -> None:
        form.app.setCurrentIndex(number)
        form.app.activated.emit(number)

    form.set_candidates(found, choose=True)
    form.port.setValue(8001)
    choose(1)
    assert form.port.value() == 8001  # nothing is remembered of it: what is filled in stays
    form.port.setValue(8002)
    form.set_candidates(found, choose=True)
    choose(0)
    assert (form.app.value(), form.port.value()) == ("shop:app", 8001)
    form.set_candidates(found, choose=True)
    choose(1)
    assert (form.app.value(), form.port.value()) == ("shop:admin", 8002)
    form.remember(Settings())
    known = form.profile(str(tmp_path), "shop:app")
    assert known is not None
    assert known.config.port == 8001


def test_an_import_root_that_was_found_is_remembered(form: SetupForm, tmp_path: Path) -> None:
    form.set_app("shop.main:app")
    form.keep_found(str(tmp_path / "shop"), ends_first=True)
    form.remember(Settings())
    known = form.profile(str(tmp_path), "shop.main:app")
    assert known is not None
    assert known.config.root == form.values().root == str(tmp_path / "shop")
    assert known.config.end_first
    assert form.values().end_first
    assert form.more.rare.switches["end_first"].isChecked()  # and can be switched off


def test_what_cannot_be_used_is_not_remembered_but_the_rest_is(
    form: SetupForm, tmp_path: Path
) -> None:
    form.host.setText("a b")
    form.more.env.setText("nonsense")
    form.port.setValue(8000)
    form.remember(Settings())
    known = form.profile(str(tmp_path))
    assert known is not None
    assert (known.config.host, known.config.port, known.config.env) == ("127.0.0.1", 8000, ())


def test_stacked_titles_stand_above_their_rows_and_need_less_width(form: SetupForm) -> None:
    form.more.set_open(True)
    titles = form.findChildren(QLabel, "sectionName")
    assert len(titles) > 4
    beside = form.minimumSizeHint().width()
    for stacked in (True, False, True):
        form.set_stacked(stacked)
        assert form.width_beside() == beside
        assert (form.minimumSizeHint().width() < beside) == stacked
        form.resize(beside, form.minimumSizeHint().height())
        form.layout().activate()
        for title in titles:
            section = title.parentWidget()
            section.layout().activate()
            rows = section.findChildren(
                QLabel, "formLabel", Qt.FindChildOption.FindDirectChildrenOnly
            )
            if rows:  # Reload has switches in place of labels
                assert (rows[0].y() > title.y()) == stacked
                assert (rows[0].x() > title.x()) != stacked
