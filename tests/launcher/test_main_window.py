"""The main job, end to end: the real window, its real buttons, a real server and real clients."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QWidget,
)

from launcher.hosts.supervisor import Supervisor
from server.state import SessionState

LIVE_APPS = Path(__file__).resolve().parent.parent / "live_apps"
WAIT = 20_000  # milliseconds

SHOP = """
import threading

entered, release = threading.Event(), threading.Event()


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/error":
        raise LookupError("<b>no such basket</b>")
    if path == "/slow":
        entered.set()
        release.wait(20)
    print("asked for", path)
    body = environ["wsgi.input"].read() or b"{}"
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Version", "one")])
    return [body]
"""


def find(window: Any, kind: type[Any], name: str) -> Any:
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def click(qtbot: Any, window: Any, name: str) -> None:
    button = find(window, QPushButton, name)
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))


def state_is(window: Any, state: SessionState) -> Callable[[], None]:
    def check() -> None:
        assert find(window, QWidget, "stateLabel").text() == state.value

    return check


def cells(window: Any, name: str = "requestsView") -> list[list[str]]:
    model = find(window, QTableView, name).model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str = "/", method: str = "GET", body: bytes | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


class Desk:
    """A window on a small project, and what a user does there."""

    def __init__(self, qtbot: Any, window: Any, project: Path) -> None:
        self.qtbot, self.window, self.project = qtbot, window, project
        self.port = free_port()
        find(window, QSpinBox, "portSpin").setValue(self.port)

    def start(self, ends_in: SessionState = SessionState.RUNNING) -> None:
        click(self.qtbot, self.window, "startButton")
        self.until(ends_in)

    def stop(self) -> None:
        click(self.qtbot, self.window, "stopButton")
        self.until(SessionState.STOPPED)

    def until(self, state: SessionState) -> None:
        self.qtbot.waitUntil(state_is(self.window, state), timeout=WAIT)

    def rows(self, count: int) -> list[list[str]]:
        def check() -> None:
            rows = cells(self.window)
            assert len(rows) == count
            assert all(row[4] for row in rows), "all are answered"

        self.qtbot.waitUntil(check, timeout=WAIT)
        return cells(self.window)

    def text(self, name: str) -> str:
        return str(find(self.window, QPlainTextEdit, name).toPlainText())

    def message(self) -> str:
        strip = find(self.window, QWidget, "messageStrip")
        return " ".join(label.text() for label in strip.findChildren(QLabel))


@pytest.fixture
def open_desk(qtbot: Any, build_window: Callable[..., Any], tmp_path: Path) -> Callable[..., Desk]:
    def open_(source: str = SHOP, app: str = "shop:app", name: str = "shop") -> Desk:
        project = tmp_path / "project"
        project.mkdir()
        (project / f"{name}.py").write_text(source)
        window = build_window(app, "--project", str(project), supervisor=Supervisor)
        window.show()
        return Desk(qtbot, window, project)

    return open_


def test_start_request_read_stop(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    assert find(desk.window, QWidget, "urlLabel").text() == f"http://127.0.0.1:{desk.port}"
    assert ask(desk.port, "/first?a=1")[0] == 200
    assert ask(desk.port, "/basket", "POST", b'{"total": 19.9}')[1] == b'{"total": 19.9}'
    rows = desk.rows(2)
    assert [row[1:4] for row in rows] == [
        ["GET", "/first?a=1", "200"],
        ["POST", "/basket", "200"],
    ]
    assert rows[1][5:] == ["15 B", "127.0.0.1"]

    view = find(desk.window, QTableView, "requestsView")
    view.setCurrentIndex(view.model().index(1, 0))
    assert "POST /basket HTTP/1.1" in desk.text("requestHeaders")
    assert "Host: 127.0.0.1" in desk.text("requestHeaders")
    assert '"total": 19.9' in desk.text("requestBody")
    assert desk.text("responseHeaders").startswith("HTTP/1.1 200 OK")
    assert "X-Version: one" in desk.text("responseHeaders")
    assert '"total": 19.9' in desk.text("responseBody")
    desk.qtbot.waitUntil(lambda: "asked for /basket" in desk.text("outputView"), timeout=WAIT)
    desk.stop()
    assert is_free(desk.port)
    assert len(cells(desk.window)) == 2


def test_an_error_is_shown_where_it_happened(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    assert ask(desk.port, "/error")[0] == 500
    assert desk.rows(1)[0][3] == "500"
    errors = cells(desk.window, "errorsView")
    assert [row[1:] for row in errors] == [["LookupError", "<b>no such basket</b>", "GET /error"]]
    view = find(desk.window, QTableView, "errorsView")
    view.setCurrentIndex(view.model().index(0, 0))
    shown = desk.text("errorDetails")
    assert shown.rstrip().endswith("LookupError: <b>no such basket</b>")
    assert 'shop.py", line 10, in app' in shown
    assert "server/" not in shown, "frames of ours are cut"
    desk.stop()


def test_a_running_request_is_finished_by_stop(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(ask(desk.port, "/slow")))
    client.start()
    shop = sys.modules["shop"]
    assert shop.entered.wait(20)
    desk.qtbot.waitUntil(lambda: len(cells(desk.window)) == 1, timeout=WAIT)
    click(desk.qtbot, desk.window, "stopButton")
    state_is(desk.window, SessionState.STOPPING)()
    shop.release.set()
    desk.until(SessionState.STOPPED)
    client.join(20)
    assert answers[0][0] == 200
    assert is_free(desk.port)


def test_restart_serves_the_edited_code_on_the_same_port(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    assert ask(desk.port)[2]["X-Version"] == "one"
    (desk.project / "shop.py").write_text(SHOP.replace('"one"', '"the second"'))
    click(desk.qtbot, desk.window, "restartButton")
    state_is(desk.window, SessionState.STOPPING)()
    desk.until(SessionState.RUNNING)
    assert ask(desk.port)[2]["X-Version"] == "the second"
    desk.stop()


def test_start_twice_is_one_server(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    click(desk.qtbot, desk.window, "startButton")
    find(desk.window, QPushButton, "startButton").click()  # disabled: nothing happens
    desk.window.start()  # nor by the key
    desk.until(SessionState.RUNNING)
    ask(desk.port)
    assert len(desk.rows(1)) == 1
    desk.stop()


def test_stop_while_the_app_is_being_imported(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    source = (
        "import pathlib, threading\n"
        f"while not pathlib.Path({str(gate)!r}).exists():\n"
        "    threading.Event().wait(0.01)\n" + SHOP
    )
    desk = open_desk(source)
    click(desk.qtbot, desk.window, "startButton")
    state_is(desk.window, SessionState.STARTING)()
    click(desk.qtbot, desk.window, "stopButton")
    state_is(desk.window, SessionState.STOPPING)()
    gate.touch()
    desk.until(SessionState.STOPPED)
    assert is_free(desk.port)


def test_a_port_in_use_names_its_owner_and_offers_another(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    with socket.socket() as other:
        other.bind(("127.0.0.1", desk.port))
        other.listen()
        desk.start(SessionState.FAILED)
        assert f"Port {desk.port} is in use by" in desk.message()
        strip = find(desk.window, QWidget, "messageStrip")
        offer = next(b for b in strip.findChildren(QPushButton) if b.text().startswith("Use port"))
        desk.qtbot.mouseClick(offer, Qt.MouseButton.LeftButton)
        desk.until(SessionState.RUNNING)
    chosen = find(desk.window, QSpinBox, "portSpin").value()
    assert chosen != desk.port
    assert ask(chosen)[0] == 200
    desk.stop()


BAD_APPS = {
    "a syntax error": ("def app(:\n", "shop:app", "Syntax error in"),
    "an import that fails": ("import not_there_at_all\n", "shop:app", "not_there_at_all"),
    "an exit": ("import sys\nsys.exit(4)\n", "shop:app", "sys.exit(4)"),
    "no such attribute": ("app = lambda e, s: []\n", "shop:nope", "shop has no 'nope'"),
    "no WSGI callable": ("app = 42\n", "shop:app", "an int, not a WSGI app"),
    "a factory with arguments": (
        "def create_app(name):\n    pass\n",
        "shop:create_app",
        "missing a required argument: 'name'",
    ),
    "no such file": ("", "elsewhere.py:app", "no file"),
    "no such module": ("", "elsewhere:app", "no module 'elsewhere'"),
}


@pytest.mark.parametrize("case", BAD_APPS)
def test_an_app_that_cannot_be_served_is_explained_and_can_be_mended(
    open_desk: Callable[..., Desk], case: str
) -> None:
    source, app, message = BAD_APPS[case]
    desk = open_desk(source, "shop:app")
    combo = find(desk.window, QComboBox, "appCombo")
    combo.setEditText(app)
    desk.start(SessionState.FAILED)
    assert message in desk.message()
    raised = case in ("a syntax error", "an import that fails", "an exit")
    assert bool(cells(desk.window, "errorsView")) == raised
    if raised:
        view = find(desk.window, QTableView, "errorsView")
        view.setCurrentIndex(view.model().index(0, 0))
        shown = desk.text("errorDetails")
        assert "shop.py" in shown
        assert "importlib" not in shown
        assert "appload" not in shown
    (desk.project / "shop.py").write_text(SHOP)
    combo.setEditText("shop:app")
    desk.start()
    assert ask(desk.port)[0] == 200
    desk.stop()


def test_a_host_that_does_not_resolve(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    find(desk.window, QWidget, "hostEdit").setText("no-such-host.invalid")
    desk.start(SessionState.FAILED)
    assert "'no-such-host.invalid' can't be found" in desk.message()


def test_the_port_cannot_be_out_of_range(open_desk: Callable[..., Desk]) -> None:
    spin = find(open_desk().window, QSpinBox, "portSpin")
    assert (spin.minimum(), spin.maximum()) == (0, 65535)


def test_single_and_debug_are_passed_on(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    mode = find(desk.window, QComboBox, "modeCombo")
    mode.setCurrentIndex(mode.findText("Single", Qt.MatchFlag.MatchStartsWith))
    find(desk.window, QCheckBox, "debugCheck").setChecked(True)
    desk.start()
    status, page, _ = ask(desk.port, "/error")
    assert status == 500
    assert b"LookupError" in page
    assert "Single" in find(desk.window, QLabel, "factsLabel").text()
    desk.rows(1)
    desk.stop()


def test_closing_while_serving_asks_once_and_stops(
    open_desk: Callable[..., Desk], qtbot: Any
) -> None:
    desk = open_desk()
    desk.start()
    desk.window.close()
    desk.window.close()
    assert len(desk.window.findChildren(QMessageBox, "quitDialog")) == 1
    dialog = find(desk.window, QMessageBox, "quitDialog")
    assert desk.window.isVisible()
    dialog.done(QDialog.DialogCode.Accepted)
    qtbot.waitUntil(lambda: not desk.window.isVisible(), timeout=WAIT)
    assert is_free(desk.port)


def test_closing_can_be_called_off(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    desk.window.close()
    find(desk.window, QMessageBox, "quitDialog").reject()
    assert desk.window.isVisible()
    assert ask(desk.port)[0] == 200
    desk.stop()


def test_an_app_that_prints_without_end_leaves_the_window_alive(
    open_desk: Callable[..., Desk],
) -> None:
    """100 MB, of which the window keeps the last part."""
    source = (
        "def app(environ, start_response):\n"
        "    for _ in range(100):\n"
        "        print(('x' * 99 + '\\n') * 10_000, end='')\n"
        "    print('the very end')\n"
        "    start_response('200 OK', [])\n"
        "    return [b'done']\n"
    )
    desk = open_desk(source)
    desk.start()
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(ask(desk.port)))
    client.start()
    turns: list[None] = []
    timer = QTimer(desk.window)
    timer.timeout.connect(lambda: turns.append(None))
    timer.start(0)
    desk.qtbot.waitUntil(lambda: "the very end" in desk.text("outputView"), timeout=60_000)
    timer.stop()
    client.join(20)
    assert answers[0][1] == b"done"
    assert len(turns) > 20, "the event loop had its turn in between"
    view = find(desk.window, QPlainTextEdit, "outputView")
    assert view.blockCount() <= 50_001
    desk.stop()


def test_what_comes_from_outside_stays_plain_text(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.start()
    ask(desk.port, "/%3Cimg%20src=x%3E", "POST", b"<script>alert(1)</script>")
    row = desk.rows(1)[0]
    assert row[2] == "/<img src=x>"
    view = find(desk.window, QTableView, "requestsView")
    view.setCurrentIndex(view.model().index(0, 0))
    assert desk.text("requestBody") == "<script>alert(1)</script>"
    for label in desk.window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.objectName()
    desk.stop()


def test_every_control_has_a_name_for_those_who_cannot_see_it(
    open_desk: Callable[..., Desk],
) -> None:
    window = open_desk().window
    for name in (
        "projectEdit", "appCombo", "hostEdit", "portSpin", "debugCheck", "modeCombo",
        "startButton", "stopButton", "restartButton", "openBrowserButton", "urlLabel",
        "stateLabel", "requestsView", "requestHeaders", "requestBody", "responseHeaders",
        "responseBody", "errorsView", "errorDetails", "outputView",
    ):  # fmt: skip
        widget = find(window, QWidget, name)
        text = getattr(widget, "text", None)
        assert widget.accessibleName() or (text and text()), name
    assert find(window, QWidget, "requestDetails")


def test_it_fits_900_by_600(open_desk: Callable[..., Desk]) -> None:
    window = open_desk().window
    window.resize(900, 600)
    assert (window.width(), window.height()) == (900, 600)
    for name in ("projectEdit", "startButton", "openBrowserButton", "requestsView"):
        widget = find(window, QWidget, name)
        corner = widget.mapTo(window, widget.rect().bottomRight())
        assert corner.x() < 900, name
        assert corner.y() < 600, name


REAL_APPS = {
    "httpbin": (LIVE_APPS, "httpbin:app", "/get?a=1", b'"a": "1"'),
    "Flask": (LIVE_APPS, "flask_factory:create_app()", "/json?a=1", b'"a":"1"'),
    "Bottle": (LIVE_APPS, "bottle_app:app", "/json/x", b'"name": "x"'),
    "a validated callable": (LIVE_APPS, "validated:application", "/", b"Hello, World!"),
    "Django": (None, "mysite.wsgi:application", "/", b"The install worked successfully"),
}


@pytest.mark.filterwarnings("default")  # what these packages warn of is theirs
@pytest.mark.parametrize("name", REAL_APPS)
def test_real_apps_in_the_window(
    qtbot: Any, build_window: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    folder, app, path, expected = REAL_APPS[name]
    if folder is None:
        folder = tmp_path / "site"
        folder.mkdir()
        make = [sys.executable, "-m", "django", "startproject", "mysite", str(folder)]
        subprocess.run(make, check=True, timeout=60)
    window = build_window(app, "--project", str(folder), supervisor=Supervisor)
    window.show()
    desk = Desk(qtbot, window, folder)
    desk.start()
    status, body, _ = ask(desk.port, path)
    assert (status, expected in body) == (200, True)
    assert desk.rows(1)[0][2:4] == [path, "200"]
    desk.stop()
    assert is_free(desk.port)


def test_a_file_and_its_folder_may_be_named(
    qtbot: Any, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    window = build_window(str(tmp_path / "shop.py"), supervisor=Supervisor)
    assert find(window, QLineEdit, "projectEdit").text() == str(tmp_path)
    assert find(window, QComboBox, "appCombo").currentText().startswith("shop")
