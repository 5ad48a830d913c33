"""Apps and interpreters are looked up beside the window, and the choice is kept per project."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QWidget

from launcher.core.project.discovery import AppCandidate, Findings
from launcher.core.project.interpreters import Interpreter
from launcher.core.state import SessionState
from launcher.page import finders

WAIT = 30_000
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")


def make_venv(folder: Path, version: str = "3.11.4") -> str:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    (folder / "lib" / "python3.11" / "site-packages" / "flask-3.1.3.dist-info").mkdir(parents=True)
    return str(python)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    return folder


def combo(window: Any) -> QComboBox:
    found = window.findChild(QComboBox, "pythonCombo")
    assert found is not None
    return found


def start(qtbot: Any, window: Any) -> str:
    """Press Start; the interpreter that the server was started with."""
    qtbot.mouseClick(window.page.findChild(QWidget, "startButton"), Qt.MouseButton.LeftButton)
    assert window.page.controller.state is SessionState.STARTING, window.page.line.text
    return str(window.page.controller.config.python)


def shown(window: Any, text: str) -> Callable[[], bool]:
    return lambda: combo(window).currentText() == text


def test_a_look_for_apps_can_be_cancelled(
    qtbot: Any, build_window: Callable[..., Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def look(_folder: Path, goes_on: Callable[[], bool]) -> Findings:
        begun.set()
        while goes_on():
            time.sleep(0.005)
        return Findings((AppCandidate("shop:app", "flask", "app in shop.py"),))

    monkeypatch.setattr(finders, "look_at", look)
    window = build_window(str(project))
    window.show()
    assert begun.wait(30)
    stop = window.page.wait_line.stop
    qtbot.waitUntil(stop.isVisible, timeout=WAIT)
    assert (window.page.wait_line.label.text(), stop.text()) == (
        "Looking for apps in shop",
        "Cancel",
    )
    stop.click()
    qtbot.waitUntil(lambda: window.page.app == "shop:app", timeout=WAIT)  # what it has by now
    qtbot.waitUntil(lambda: not window.page.wait_line.isVisible(), timeout=WAIT)


def test_a_project_with_its_own_environment_is_run_with_it(
    qtbot: Any, build_window: Callable[..., Any], project: Path
) -> None:
    python = make_venv(project / ".venv")
    make_venv(project / "venv", "3.8.1")
    window = build_window(str(project))
    window.show()
    assert start(qtbot, window) == python  # at once, while both look-ups are still under way
    text = ".venv  \u00b7  Python 3.11.4  \u00b7  Flask 3.1.3"
    qtbot.waitUntil(shown(window, text), timeout=WAIT)
    assert "too old" in combo(window).itemText(1)


def test_start_does_not_wait_for_ever(
    qtbot: Any, build_window: Callable[..., Any], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slowly(*_: object, **__: object) -> list[Interpreter]:
        go.wait(30)
        return []

    monkeypatch.setattr(finders, "find_interpreters", slowly)
    monkeypatch.setattr(finders, "_AT_ONCE", 50)
    window = build_window("shop:app", "--project", str(project))
    window.show()
    window.page.start()
    assert "still being looked for" in window.page.line.text
    assert window.page.controller.state is SessionState.STOPPED
    go.set()
    qtbot.waitUntil(lambda: not window.page.form.python.pending, timeout=WAIT)
    assert start(qtbot, window) == ""


def test_the_choice_is_kept_per_project(
    qtbot: Any, build_window: Callable[..., Any], project: Path, tmp_path: Path
) -> None:
    make_venv(project / ".venv")
    chosen = make_venv(project / "env")
    other = tmp_path / "other"
    other.mkdir()
    data = tmp_path / "kept"
    window = build_window("shop:app", "--project", str(project), data=data)
    qtbot.waitUntil(lambda: combo(window).count() == 3, timeout=WAIT)
    combo(window).setCurrentIndex(1)
    combo(window).activated.emit(1)
    window.page.form.processes.setValue(9)
    window.close()
    again = build_window(data=data)
    assert start(qtbot, again) == chosen
    assert again.page.controller.config.processes == 9
    elsewhere = build_window("x:app", "--project", str(other), data=data)
    assert start(qtbot, elsewhere) == ""
    assert elsewhere.page.controller.config.processes == 4
    back = build_window(str(project), data=data)
    assert start(qtbot, back) == chosen
    assert back.page.controller.config.app == "shop:app"


def test_the_command_line_names_an_interpreter(
    qtbot: Any, build_window: Callable[..., Any], project: Path, tmp_path: Path
) -> None:
    make_venv(project / ".venv")
    named = make_venv(tmp_path / "elsewhere")
    window = build_window("shop:app", "--project", str(project), "--python", named)
    assert start(qtbot, window) == named
    qtbot.waitUntil(lambda: combo(window).count() == 3, timeout=WAIT)
    assert combo(window).currentText().startswith(named)


def test_an_environment_made_meanwhile_is_seen_when_the_user_comes_back(
    qtbot: Any, build_window: Callable[..., Any], project: Path
) -> None:
    window = build_window("shop:app", "--project", str(project))
    window.show()
    qtbot.waitUntil(lambda: not window.page.form.python.pending, timeout=WAIT)
    assert window.page.form.python.value() == ""
    python = make_venv(project / ".venv")
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: window.page.form.python.value() == python, timeout=WAIT)


def test_another_folder_is_looked_through(
    qtbot: Any, build_window: Callable[..., Any], project: Path, tmp_path: Path
) -> None:
    python = make_venv(project / ".venv")
    other = tmp_path / "other"
    other.mkdir()
    window = build_window("x:app", "--project", str(other))
    window.show()
    window.page.form.open_path(str(project))
    qtbot.waitUntil(lambda: window.page.form.python.value() == python, timeout=WAIT)
    qtbot.waitUntil(lambda: window.page.form.app.currentText() == "shop:app", timeout=WAIT)


@pytest.mark.timeout(180)
def test_a_real_server_in_a_real_environment(
    qtbot: Any, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    from launcher.hosts.supervisor import Supervisor

    project = tmp_path / "real"
    project.mkdir()
    (project / "tiny.py").write_text(
        "import os, sys\nprint('runs on', sys.prefix, os.environ['COLOUR'], flush=True)\n"
        "def app(environ, start_response):\n    start_response('204 No Content', [])\n"
        "    return []\n"
    )
    (project / ".env").write_text("COLOUR=teal\n")
    command = [sys.executable, "-m", "venv", "--without-pip", str(project / ".venv")]
    subprocess.run(command, check=True, timeout=100)
    window = build_window("tiny:app", "--project", str(project), supervisor=Supervisor)
    window.show()
    window.page.form.port.setValue(0)
    assert start(qtbot, window) == str(project / ".venv" / "bin" / "python")
    controller = window.page.controller
    qtbot.waitUntil(lambda: controller.state is SessionState.RUNNING, timeout=WAIT)
    assert controller.server.runs_in == "process"
    output = window.page.output.view
    expected = f"runs on {project / '.venv'} teal"
    qtbot.waitUntil(lambda: expected in output.toPlainText(), timeout=WAIT)
    controller.stop()
    qtbot.waitUntil(lambda: controller.state is SessionState.STOPPED, timeout=WAIT)
