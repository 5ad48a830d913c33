"""One window for a user and a data folder: later starts hand over."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from launcher.core.instance import (
    MOST_BYTES,
    Request,
    become_first,
    hand_over,
    read_request,
    socket_path,
)
from launcher.tools.instance import Instance

ROOT = Path(__file__).parents[3]
WAIT = 30_000


@pytest.fixture
def instance(qtbot: Any, tmp_path: Path) -> Any:
    lock = become_first(tmp_path)
    assert lock is not None
    made = Instance(tmp_path, lock)
    made.listen()
    yield made
    made.close()


def in_thread(folder: Path, request: Request) -> tuple[threading.Thread, list[bool]]:
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(hand_over(folder, request)))
    thread.start()
    return thread, answers


def test_what_is_handed_over_arrives(qtbot: Any, instance: Any, tmp_path: Path) -> None:
    request = Request("/shop \u4e2d", "shop:app", "/py", "token")
    with qtbot.waitSignal(instance.requested, timeout=WAIT) as arrived:
        thread, answers = in_thread(tmp_path, request)
    assert arrived.args == [request]
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT)
    thread.join(10)
    assert answers == [True]
    assert become_first(tmp_path) is None
    path = socket_path(tmp_path)
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.stat().st_mode & 0o077


@pytest.mark.parametrize("line", [b"{", b"[1]", b"[" * 9000, b'{"app": 1}', b'{"app": "\\ud800"}'])
def test_what_makes_no_sense_is_left_out(line: bytes) -> None:
    assert read_request(line) is None


def test_a_flood_without_an_end_is_cut_off(qtbot: Any, instance: Any, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(socket_path(tmp_path)))
        client.setblocking(False)
        ended: list[bool] = []

        def send() -> bool:
            try:
                client.send(b"x" * MOST_BYTES)
            except BlockingIOError:
                pass
            except OSError:
                ended.append(True)
            return bool(ended)

        qtbot.waitUntil(send, timeout=WAIT)


def test_what_a_killed_one_has_left_is_taken_over(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(socket_path(tmp_path)))
    monkeypatch.setattr("launcher.core.instance._WAIT_SECONDS", 0.1)
    assert not hand_over(tmp_path, Request())
    lock = become_first(tmp_path)
    assert lock is not None
    made = Instance(tmp_path, lock)
    made.listen()
    monkeypatch.setattr("launcher.core.instance._WAIT_SECONDS", 20)
    with qtbot.waitSignal(made.requested, timeout=WAIT):
        thread, _ = in_thread(tmp_path, Request())
    made.close()
    thread.join(10)
    again = become_first(tmp_path)
    assert again is not None
    again.close()


def test_a_long_path_has_its_socket_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    folder = tmp_path / ("x" * 120)
    path = socket_path(folder)
    assert len(os.fsencode(path)) < 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    monkeypatch.setattr(os, "getuid", lambda: 123456789)
    Path("/tmp/servedeck-123456789").mkdir(exist_ok=True)  # somebody else's
    try:
        with pytest.raises(PermissionError):
            socket_path(folder)
    finally:
        Path("/tmp/servedeck-123456789").rmdir()


def test_a_second_start_shows_its_app_in_the_first_window_and_ends(tmp_path: Path) -> None:
    for name in ("shop", "api"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text("def app(environ, start_response): ...\n")
    data = str(tmp_path / "data")
    script = """
import sys
from PySide6.QtCore import QTimer
from launcher import app
from launcher.opening.servers import Servers
build, opened = app.build, Servers.open
def watched(self, named, python=""):
    page = opened(self, named, python)
    print(page.title, page.app, len(self._window.pages.servers), file=sys.__stdout__, flush=True)
    if page.title == "api":
        QTimer.singleShot(0, self._window.close)
    return page
Servers.open = watched
sys.exit(app.main(sys.argv[1:]))
"""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "shop"), "--data-dir", data],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("shop")
        second = subprocess.run(
            [sys.executable, "-m", "launcher", "api/api.py", "--data-dir", data],
            cwd=tmp_path, env={**environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (second.returncode, second.stderr) == (0, "")
        assert second.stdout.count("\n") == 1
        assert "it shows api.py now" in second.stdout
        assert first.stdout.readline().startswith("api api.py")
        assert first.wait(30) == 0
    finally:
        first.kill()
        first.wait()
        first.stdout.close()
