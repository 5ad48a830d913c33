"""The program: its arguments, what it remembers, and the whole path with the real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from rows import listed

from launcher import app, controller
from launcher.core.commands import COMMANDS
from launcher.core.logs.output import OutputLog
from launcher.core.state import SessionState
from launcher.hosts.supervisor import Supervisor

WAIT = 30_000
ROOT = Path(__file__).parents[2]
APP = """
import sys, time
print("loading")
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/boom":
        raise KeyError("total")
    if path == "/slow":
        time.sleep(0.3)
    print("answering", path)
    body = b'{"ok": true}'
    start_response("200 OK", [("Content-Type", "application/json"),
                              ("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop_for_window.py").write_text(APP)
    return folder


def part(window: Any, name: str) -> Any:
    page = getattr(window, "page", None)
    found = None if page is None else page.findChild(QWidget, name)
    found = window.findChild(QWidget, name) if found is None else found
    assert found is not None, name
    return found


def state_is(window: Any, state: SessionState) -> Callable[[], bool]:
    return lambda: window.page.controller.state is state


# Arguments


def test_a_first_start_shows_the_start_page(build_window: Callable[..., Any], qtbot: Any) -> None:
    window = build_window()
    assert window.page is None
    part(window, "exampleButton_hello").click()
    assert part(window, "appCombo").currentText() == "hello.py"
    assert (Path(part(window, "projectEdit").text()) / "hello.py").is_file()
    assert window.windowTitle() == "ServeDeck \u2013 examples"


def test_a_page_and_what_it_needs_are_loaded_only_with_a_page(tmp_path: Path) -> None:
    code = (
        "import sys; from launcher.app import build, shut_down\n"
        f"window = build(['--data-dir', {str(tmp_path / 'data')!r}])\n"
        "assert window.page is None\n"
        "print(shut_down(window), 'launcher.server_page' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True False\n", done.stderr


def test_app_may_be_a_module_a_file_or_a_folder(
    build_window: Callable[..., Any],
    qtbot: Any,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project)
    file = project / "shop_for_window.py"
    for argv, expected in (
        (["shop_for_window"], "shop_for_window"),
        (["shop_for_window:app"], "shop_for_window:app"),
        (["shop_for_window.py"], "shop_for_window.py"),
        ([f"{file}:app"], "shop_for_window.py:app"),
        (["shop_for_window:app", "--project", str(project)], "shop_for_window:app"),
    ):
        window = build_window(*argv)
        assert part(window, "appCombo").currentText() == expected
        assert part(window, "projectEdit").text() == str(project)
    window = build_window(str(project))
    assert part(window, "projectEdit").text() == str(project)
    qtbot.waitUntil(
        lambda: part(window, "appCombo").currentText() == "shop_for_window:app", timeout=WAIT
    )


@pytest.mark.parametrize("argv", [["--nonsense"], ["a", "b"], ["x", "--project", "/no/such/one"]])
def test_bad_arguments_are_one_line_and_status_2(
    argv: list[str], capsys: pytest.CaptureFixture[str], qapp: Any
) -> None:
    assert app.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("servedeck: ")
    assert err.count("\n") == 1


def test_the_help_of_the_window_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, text in COMMANDS.items():
        assert f"  servedeck {name} " in shown
        assert text in shown


def test_what_was_used_last_comes_back(
    build_window: Callable[..., Any], qtbot: Any, project: Path, tmp_path: Path
) -> None:
    data = tmp_path / "kept"
    window = build_window("shop_for_window:app", "--project", str(project), data=data)
    window.show()
    window.resize(780, 600)  # the screen that isn't there has 800 by 800
    part(window, "hostEdit").setText("localhost")
    part(window, "portSpin").setValue(8123)
    part(window, "debugCheck").setChecked(True)
    part(window, "modeCombo").setCurrentIndex(1)
    next(a for a in window.commands.appearance.actions() if a.data() == "dark").trigger()
    window.close()
    assert stat.S_IMODE((data / "window.json").stat().st_mode) == 0o600
    again = build_window(data=data)
    assert again.page.form.values() == window.page.form.values()
    assert again.size() == window.size()
    assert again._look.appearance == "dark"
    other = build_window("other:app", data=data)
    assert part(other, "appCombo").currentText() == "other:app"
    assert part(other, "portSpin").value() == 5000


@pytest.mark.parametrize(
    "record",
    [
        {"project": "/gone", "app": "x", "port": 99999},
        {"project": "/gone", "app": "x", "mode": "forking", "host": " "},
        {"geometry": "!!", "details": "AAAA", "window_state": "\u00e9"},
    ],
)
def test_settings_that_make_no_sense_do_no_harm(
    build_window: Callable[..., Any], qtbot: Any, tmp_path: Path, record: dict[str, Any]
) -> None:
    data = tmp_path / "odd"
    data.mkdir()
    (data / "settings.json").write_text(json.dumps(record))
    window = build_window(data=data)
    window.show()
    if "app" in record:
        assert part(window, "appCombo").currentText() == record["app"]
    else:
        assert window.page is None
        assert part(window, "startPage").isVisible()


def test_settings_that_cannot_be_kept_are_reported(
    build_window: Callable[..., Any], qtbot: Any, tmp_path: Path
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    window = build_window("shop:app", data=blocker / "data")
    window.show()
    qtbot.mouseClick(part(window, "startButton"), Qt.MouseButton.LeftButton)
    assert window.page.controller.state is SessionState.STARTING
    assert part(window, "messageLine").text.startswith("The settings can't be saved")


# With the real server


@pytest.fixture
def real(build_window: Callable[..., Any], qtbot: Any, project: Path) -> Any:
    window = build_window("shop_for_window:app", "--project", str(project), supervisor=Supervisor)
    window.show()
    part(window, "portSpin").setValue(0)
    return window


def start(qtbot: Any, window: Any) -> str:
    qtbot.mouseClick(part(window, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, SessionState.RUNNING), timeout=WAIT)
    return str(part(window, "urlLabel").text()).rstrip("/") + "/"


def stop(qtbot: Any, window: Any) -> None:
    qtbot.mouseClick(part(window, "stopButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(window, SessionState.STOPPED), timeout=WAIT)


def fetch(url: str) -> tuple[int, bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=WAIT / 250) as answer:  # a busy machine takes its time
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_start_requests_errors_output_stop(qtbot: Any, real: Any) -> None:
    url = start(qtbot, real)
    port = real.page.controller.server.port
    assert fetch(url + "first?x=1") == (200, b'{"ok": true}')
    assert fetch(url + "boom")[0] == 500
    model = part(real, "requestsView").model()
    qtbot.waitUntil(lambda: listed(model, 3) == ["200", "500"], timeout=WAIT)
    assert [listed(model, column)[0] for column in (1, 2)] == ["GET", "/first?x=1"]
    qtbot.waitUntil(lambda: real.page.controller.errors.groups.unseen == 1, timeout=WAIT)
    assert real.page.requests.show_request(1)
    assert "KeyError: 'total'" in part(real, "requestError").toPlainText()
    assert real.page.requests.show_request(0)
    assert '"ok": true' in part(real, "responseBody").toPlainText()
    assert "Host: 127.0.0.1" in part(real, "requestHeaders").toPlainText()
    qtbot.waitUntil(
        lambda: "answering /first" in part(real, "outputView").toPlainText(), timeout=WAIT
    )
    assert "loading" in part(real, "outputView").toPlainText()
    stop(qtbot, real)
    assert is_free(port)


def test_the_request_in_flight_is_finished(qtbot: Any, real: Any) -> None:
    url = start(qtbot, real)
    answers: list[tuple[int, bytes]] = []
    thread = threading.Thread(target=lambda: answers.append(fetch(url + "slow")))
    thread.start()
    model = part(real, "requestsView").model()
    qtbot.waitUntil(lambda: len(listed(model)) == 1, timeout=WAIT)
    stop(qtbot, real)
    thread.join(10)
    assert answers == [(200, b'{"ok": true}')]
    qtbot.waitUntil(lambda: listed(model, 3) == ["200"], timeout=WAIT)


def test_restart_and_start_again(qtbot: Any, real: Any) -> None:
    url = start(qtbot, real)
    fetch(url)
    states: list[SessionState] = []
    real.page.controller.stateChanged.connect(states.append)
    qtbot.mouseClick(part(real, "restartButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: SessionState.RUNNING in states, timeout=WAIT)
    assert part(real, "urlLabel").text().rstrip("/") + "/" == url
    assert fetch(url)[0] == 200
    stop(qtbot, real)
    start(qtbot, real)
    stop(qtbot, real)
    qtbot.waitUntil(lambda: len(listed(real.page.requests.model)) == 2, timeout=WAIT)


def test_stop_while_starting(qtbot: Any, real: Any, project: Path) -> None:
    (project / "shop_for_window.py").write_text("import time\ntime.sleep(0.5)\n" + APP)
    qtbot.mouseClick(part(real, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(part(real, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(part(real, "stopButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(real, SessionState.STOPPED), timeout=WAIT)


def test_a_taken_port_and_the_way_out(qtbot: Any, real: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        part(real, "portSpin").setValue(taken.getsockname()[1])
        qtbot.mouseClick(part(real, "startButton"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(state_is(real, SessionState.FAILED), timeout=WAIT)
        button = part(real, "messageAction")
        assert button.text().startswith("Use port ")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(state_is(real, SessionState.RUNNING), timeout=WAIT)
    stop(qtbot, real)


@pytest.mark.parametrize(
    "code",
    ["import nothing_like_this_exists\n", "def app(:\n", "raise SystemExit(3)\n", "x = 1\n"],
)
def test_an_app_that_cannot_be_loaded(qtbot: Any, real: Any, project: Path, code: str) -> None:
    (project / "shop_for_window.py").write_text(code)
    part(real, "reloadCheck").setChecked(False)  # with it, the server would stay up and wait
    qtbot.mouseClick(part(real, "startButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(state_is(real, SessionState.FAILED), timeout=WAIT)
    assert part(real, "messageLine").isVisible()
    assert part(real, "messageLine").text
    if "nothing_like" in code:
        qtbot.mouseClick(part(real, "messageAction"), Qt.MouseButton.LeftButton)
        assert "nothing_like_this_exists" in part(real, "errorDetails").toPlainText()
        assert real.page.errors.model.rowCount() == 1
    (project / "shop_for_window.py").write_text(APP)
    start(qtbot, real)
    stop(qtbot, real)


def test_closing_while_serving(qtbot: Any, real: Any) -> None:
    start(qtbot, real)
    port = real.page.controller.server.port
    real.close()
    assert real.isVisible()
    dialog = real.findChild(QMessageBox, "quitDialog")
    qtbot.mouseClick(part(dialog, "quitConfirmButton"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not real.isVisible(), timeout=WAIT)
    assert is_free(port)


@pytest.fixture
def little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that is made after this keeps 6 MB of output, where it is 48 otherwise."""
    monkeypatch.setattr(controller, "OutputLog", partial(OutputLog, 6 * 1024 * 1024))


@pytest.mark.usefixtures("little_is_kept")
def test_much_more_output_than_is_kept_leaves_the_window_alive(
    qtbot: Any, real: Any, project: Path
) -> None:
    flood = "def app(environ, start_response):\n"  # of what can't be packed into much less
    flood += "    for _ in range(15_000):\n"
    flood += '        sys.stdout.write(base64.b64encode(os.urandom(749)).decode()[:999] + "\\n")\n'
    flood += '    start_response("200 OK", [("Content-Length", "0")])\n    return []\n'
    (project / "shop_for_window.py").write_text("import base64, os, sys\n" + flood)
    for name in ("debugCheck", "reloadCheck"):  # in this process, where the lines come quickest
        part(real, name).setChecked(False)
    url = start(qtbot, real)
    thread = threading.Thread(target=fetch, args=(url,))
    thread.start()
    turns: list[int] = []
    real.page.controller.outputChanged.connect(lambda: turns.append(1))
    log = real.page.controller.output
    qtbot.waitUntil(lambda: log.dropped + len(log) >= 15_000, timeout=WAIT * 4)
    thread.join(WAIT / 1000)
    assert len(turns) > 3
    real.page.panes.setCurrentWidget(real.page.output)
    dropped = part(real, "outputDropped")
    qtbot.waitUntil(lambda: dropped.text().startswith(f"{log.dropped:,} earlier"), timeout=WAIT)
    assert log.dropped > 5_000
    stop(qtbot, real)


def run_program(script: str, tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "data")],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_and_ends_the_program(
    tmp_path: Path, project: Path, number: signal.Signals
) -> None:
    script = f"""
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from launcher import app
build = app.build
def started(argv):
    window = build(argv)
    window.page.form.set_port(0)
    window.page.controller.started.connect(
        lambda server: print(
            server.port, sys.getswitchinterval(), file=sys.__stdout__, flush=True  # not the app's
        )
    )
    QTimer.singleShot(0, window.page.start)
    return window
app.build = started
sys.exit(app.main(["shop_for_window:app", "--project", {str(project)!r},
                   "--data-dir", sys.argv[1]]))
"""
    process = run_program(script, tmp_path)
    try:
        assert process.stdout is not None
        port, turn = process.stdout.readline().split()
        assert float(turn) == pytest.approx(app.SWITCH_SECONDS)
        assert not is_free(int(port))
        process.send_signal(number)
        _out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert is_free(int(port))
