"""The offer to install what is missing: made, run, shown, and what comes after it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from launcher.core.state import SessionState
from launcher.page.installer import Installer
from server.events import ReloadFailed

WAIT = 30_000
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")

# An interpreter whose "-m pip install NAME" says something and ends as a file beside it says.
PIP = """#!/bin/sh
echo "Collecting $4"
here=$(dirname "$0")
if [ -e "$here/wait" ]; then read line < "$here/wait"; fi
if [ -e "$here/fail" ]; then echo "ERROR: No matching distribution found for $4"; exit 1; fi
echo "Successfully installed $4"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PIP)
    python.chmod(0o755)
    (folder / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.4\n")
    library = folder / ".venv" / "lib" / "python3.11" / "site-packages"
    (library / "pip").mkdir(parents=True)
    (folder / "shop.py").write_text("from flask import Flask\nimport yaml\napp = Flask(__name__)\n")
    return folder


@pytest.fixture
def window(build_window: Callable[..., Any], project: Path) -> Any:
    made = build_window("shop:app", "--project", str(project))
    made.show()
    return made


def part(window: Any, name: str, kind: type = QPushButton) -> Any:
    page = getattr(window, "page", None)
    found = None if page is None else page.findChild(kind, name)
    found = window.findChild(kind, name) if found is None else found
    assert found is not None, name
    return found


def click(qtbot: Any, window: Any, name: str) -> None:
    qtbot.mouseClick(part(window, name), Qt.MouseButton.LeftButton)


def offered(qtbot: Any, window: Any) -> None:
    qtbot.waitUntil(part(window, "messageAction").isVisible, timeout=WAIT)


def output(window: Any) -> str:
    return str(window.page.output.view.toPlainText())


@pytest.fixture
def failed(qtbot: Any, window: Any, send: Callable[..., None], make: Any) -> Callable[[str], None]:
    def fail(module: str) -> None:
        click(qtbot, window, "startButton")
        send(make.failed("app-import", message="shop.py: no module.", missing_module=module))

    return fail


def test_the_module_the_interpreter_and_the_command_are_named(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    failed("yaml")
    offered(qtbot, window)
    python = project / ".venv" / "bin" / "python"
    assert window.page.controller.config.python == str(python)
    assert window.page.line.text == (
        f"shop.py: no module. yaml is not installed in .venv (Python 3.11.4, {python})."
    )
    command = part(window, "messageCommand", QLabel)
    assert command.isVisible()
    assert command.text() == f"{python} -m pip install PyYAML"
    assert command.textFormat() == Qt.TextFormat.PlainText
    button = part(window, "messageAction")
    assert button.text() == "Install PyYAML into .venv"
    assert button.accessibleDescription() == command.text()


def test_where_the_failure_names_the_interpreter_its_short_name_does(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any, project: Path
) -> None:
    click(qtbot, window, "startButton")
    python = project / ".venv" / "bin" / "python"
    text = f"shop needs the module 'yaml', which is not installed for {python}."
    send(make.failed("app-import", message=text, missing_module="yaml"))
    offered(qtbot, window)
    expected = "shop needs the module 'yaml', which is not installed for .venv."
    assert window.page.line.text == expected
    assert part(window, "messageCommand", QLabel).text().startswith(str(python))


def test_it_is_installed_its_output_is_shown_and_start_is_offered(
    qtbot: Any, window: Any, failed: Callable[[str], None]
) -> None:
    failed("yaml")
    offered(qtbot, window)
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(lambda: part(window, "messageAction").text() == "Start", timeout=WAIT)
    assert window.page.panes.currentWidget() is window.page.output
    qtbot.waitUntil(lambda: "Successfully installed PyYAML" in output(window), timeout=WAIT)
    assert "-m pip install PyYAML\nCollecting PyYAML\n" in output(window)
    assert window.page.line.text == "PyYAML is installed in .venv."
    assert window.page.line.property("tone") == "good"
    assert not part(window, "messageOffer").isVisible()
    click(qtbot, window, "messageAction")
    assert window.page.controller.state is SessionState.STARTING


def test_what_runs_is_started_anew(
    qtbot: Any, window: Any, send: Callable[..., None], make: Any
) -> None:
    click(qtbot, window, "startButton")
    send(make.started(), ReloadFailed("shop.py: no module.", missing_module="yaml"))
    qtbot.waitUntil(part(window, "messageOffer").isVisible, timeout=WAIT)
    click(qtbot, window, "messageOffer")
    supervisor = window.page.controller._supervisor
    qtbot.waitUntil(lambda: supervisor.calls == ["start", "restart"], timeout=WAIT)
    assert window.page.line.text == "PyYAML is installed in .venv. The app is started anew."


def test_a_failure_shows_why_and_leads_to_the_output(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    (project / ".venv" / "bin" / "fail").touch()
    failed("requests")
    offered(qtbot, window)
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(lambda: "could not be installed" in window.page.line.text, timeout=WAIT)
    assert window.page.line.text == (
        "requests could not be installed: No matching distribution found for requests."
    )
    window.page.panes.setCurrentIndex(1)
    assert part(window, "messageAction").text() == "Show output"
    click(qtbot, window, "messageAction")
    assert window.page.panes.currentWidget() is window.page.output


def test_it_can_be_cancelled(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    os.mkfifo(project / ".venv" / "bin" / "wait")
    failed("yaml")
    offered(qtbot, window)
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(part(window, "waitStop").isVisible, timeout=WAIT)
    assert part(window, "waitText", QWidget).text() == "Installing PyYAML into .venv"
    qtbot.waitUntil(lambda: "Collecting PyYAML" in output(window), timeout=WAIT)
    qtbot.waitUntil(
        lambda: "Collecting" in part(window, "waitDetail", QWidget).text(), timeout=WAIT
    )
    window.findChild(Installer).install()  # a second press does nothing
    click(qtbot, window, "waitStop")
    qtbot.waitUntil(lambda: window.page.wait_line.front is None, timeout=WAIT)
    assert part(window, "waitLine", QWidget).isHidden()
    assert any("cancelled" in message.text for message in window.page.line.messages)
    assert output(window).count("Collecting") == 1


def test_it_has_a_deadline(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    os.mkfifo(project / ".venv" / "bin" / "wait")
    failed("yaml")
    offered(qtbot, window)
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(lambda: "Collecting PyYAML" in output(window), timeout=WAIT)
    deadline = window.findChild(Installer).deadline
    assert deadline.isActive()
    deadline.timeout.emit()
    qtbot.waitUntil(lambda: "took too long" in window.page.line.text, timeout=WAIT)
    assert not deadline.isActive()


def test_closing_the_window_ends_it(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    from launcher import app

    os.mkfifo(project / ".venv" / "bin" / "wait")
    failed("yaml")
    offered(qtbot, window)
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(lambda: "Collecting PyYAML" in output(window), timeout=WAIT)
    assert app.shut_down(window)


@pytest.mark.parametrize("module", ["", "shop", "json"])
def test_nothing_is_offered_where_installing_is_no_answer(
    qtbot: Any, window: Any, failed: Callable[[str], None], module: str
) -> None:
    failed(module)
    planner = window.findChild(Installer)._planner
    assert planner.wait(WAIT)
    assert window.page.line.text == "shop.py: no module."
    assert not part(window, "messageAction").isVisible()
    assert not part(window, "messageCommand", QLabel).isVisible()


def test_an_answer_that_comes_too_late_adds_to_no_other_message(
    qtbot: Any, window: Any, failed: Callable[[str], None]
) -> None:
    failed("yaml")
    window.page.line.show_message("Something else.")
    assert window.findChild(Installer)._planner.wait(WAIT)
    assert window.page.line.text == "Something else."
    failed("yaml")
    window.page.line.clear()
    assert window.findChild(Installer)._planner.wait(WAIT)


def test_what_cannot_be_installed_is_shown_with_what_to_do(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (project / ".venv" / "lib" / "python3.11" / "site-packages" / "pip").rmdir()
    failed("yaml")
    qtbot.waitUntil(lambda: "ensurepip" in window.page.line.text, timeout=WAIT)
    assert not part(window, "messageAction").isVisible()


def test_the_launchers_own_is_called_so(
    qtbot: Any, build_window: Callable[..., Any], tmp_path: Path, make: Any
) -> None:
    from launcher.bridge import EventBridge

    project = tmp_path / "bare"
    project.mkdir()
    (project / "bare.py").write_text("app = None\n")
    window = build_window("bare:app", "--project", str(project), "--python", sys.executable)
    window.show()
    click(qtbot, window, "startButton")
    bridge = window.findChild(EventBridge)
    bridge.post(make.failed("app-import", missing_module="zeep"))
    bridge.flush()
    offered(qtbot, window)
    text = part(window, "messageAction").text()
    assert text == "Install zeep into ServeDeck's own Python"


def test_a_name_that_nobody_knows_is_shown_and_not_offered(
    qtbot: Any, window: Any, failed: Callable[[str], None], project: Path
) -> None:
    failed("reqeusts")
    command = part(window, "messageCommand", QLabel)
    qtbot.waitUntil(command.isVisible, timeout=WAIT)
    assert command.text() == f"{project / '.venv' / 'bin' / 'python'} -m pip install reqeusts"
    assert "Did you mean requests?" in window.page.line.text
    assert part(window, "messageAction").text() == "Copy the command"
    click(qtbot, window, "messageAction")
    assert QGuiApplication.clipboard().text() == command.text()
    window.findChild(Installer).install()
    assert "pip install" not in output(window)


def test_the_projects_interpreter_that_has_it_is_offered_first(
    qtbot: Any, build_window: Callable[..., Any], project: Path, make: Any
) -> None:
    from launcher.bridge import EventBridge

    (project / ".venv" / "lib" / "python3.11" / "site-packages" / "yaml").mkdir()
    window = build_window("shop:app", "--project", str(project), "--python", sys.executable)
    window.show()
    click(qtbot, window, "startButton")
    bridge = window.findChild(EventBridge)
    bridge.post(make.failed("app-import", missing_module="yaml"))
    bridge.flush()
    offered(qtbot, window)
    assert part(window, "messageAction").text() == "Use .venv"
    assert window.page.line.text.endswith(" .venv has it.")
    click(qtbot, window, "messageAction")
    assert window.page.controller.state is SessionState.STARTING
    assert window.page.controller.config.python == str(project / ".venv" / "bin" / "python")


def test_the_projects_own_tool_makes_its_environment(
    qtbot: Any, build_window: Callable[..., Any], tmp_path: Path, monkeypatch: Any, make: Any
) -> None:
    from launcher.bridge import EventBridge

    project = tmp_path / "synced"
    project.mkdir()
    (project / "uv.lock").write_text("version = 1\n")
    (project / "bare.py").write_text("app = None\n")
    uv = tmp_path / "tools" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "$1 in $PWD"\n')
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}:/usr/bin:/bin")
    window = build_window("bare:app", "--project", str(project))
    window.show()
    click(qtbot, window, "startButton")
    bridge = window.findChild(EventBridge)
    bridge.post(make.failed("app-import", missing_module="flask"))
    bridge.flush()
    offered(qtbot, window)
    assert part(window, "messageAction").text() == "Run uv sync"
    assert part(window, "messageCommand", QLabel).text() == f"{uv} sync"
    click(qtbot, window, "messageAction")
    qtbot.waitUntil(lambda: part(window, "messageAction").text() == "Start", timeout=WAIT)
    qtbot.waitUntil(lambda: f"sync in {project}" in output(window), timeout=WAIT)
    assert window.page.line.text == "uv sync has made the project's environment."
