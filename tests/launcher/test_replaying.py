"""Requests are sent again from the window to a real server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.core.state import SessionState
from launcher.hosts.supervisor import Supervisor
from launcher.panes.details.details import COMPARE, RESPONSE

WAIT = 30_000
APP = """\
import json

calls = []


def app(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size)
    calls.append(body)
    environ_has = sorted(k for k in environ if k.startswith("HTTP_"))
    answer = json.dumps({"size": len(body), "calls": len(calls), "headers": environ_has})
    if environ["PATH_INFO"] == "/same":
        answer = "{}"
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer.encode()]
"""


@pytest.fixture
def page(build_window: Callable[..., Any], qtbot: Any, tmp_path: Path) -> Any:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(APP)
    window = build_window("shop:app", "--project", str(folder), supervisor=Supervisor)
    page = window.page
    page.form.port.setValue(0)
    with qtbot.waitExposed(window):
        window.show()
    page.commands.start.trigger()
    qtbot.waitUntil(lambda: page.controller.state is SessionState.RUNNING, timeout=WAIT)
    return page


def ask(page: Any, qtbot: Any, data: bytes) -> None:
    """Send a request, and wait until it is listed."""
    count = page.controller.requests.total + 1
    with socket.create_connection(("127.0.0.1", page.controller.server.port), 10) as connection:
        connection.sendall(data)
        assert connection.recv(65536)
    wait(page, qtbot, count)


def wait(page: Any, qtbot: Any, count: int) -> None:
    log = page.controller.requests

    def are_over() -> bool:
        row = log.get(count - 1)
        return row is not None and row.finished is not None

    qtbot.waitUntil(are_over, timeout=WAIT)
    page.requests.view.catch_up()


def head(target: str, body: bytes = b"") -> bytes:
    lines = (
        f"POST {target} HTTP/1.1",
        "x-Odd_Name:",
        "HOST: localhost:1",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


def select(page: Any, number: int) -> None:
    assert page.requests.show_request(number)


def test_r_sends_it_again_and_shows_both_answers(page: Any, qtbot: Any) -> None:
    log, requests = page.controller.requests, page.requests
    ask(page, qtbot, head("/same", b"a" * 1000))
    ask(page, qtbot, head("/", bytes(200_000)))
    select(page, 0)
    assert requests.details.replay.isEnabled()
    qtbot.keyClick(requests.view, Qt.Key.Key_R)
    wait(page, qtbot, 3)
    first, again = log.get(0).finished, log.get(2).finished
    assert (again.replay, again.replay_of) == ("same", first.started)
    assert again.request_body == first.request_body
    port = page.controller.server.port
    assert again.request_headers == tuple(
        (name, f"localhost:{port}" if name == "HOST" else value)
        for name, value in first.request_headers
    )
    details = requests.details
    qtbot.waitUntil(lambda: details.tabs.currentIndex() == COMPARE, timeout=WAIT)
    assert details.compare.title.text() == "The same answer."
    select(page, 1)
    assert details.tabs.currentIndex() == RESPONSE
    details.replay.click()
    wait(page, qtbot, 4)
    again = log.get(3).finished
    assert again.replay == "body"
    assert again.request_body.size == 200_000
    qtbot.waitUntil(lambda: details.tabs.currentIndex() == COMPARE, timeout=WAIT)
    view = details.compare.view
    texts = [view.item(row, 0).text() for row in range(view.rowCount())]
    assert any("calls" in text for text in texts)
    requests.bar.field.setText("is:replayed")
    qtbot.waitUntil(lambda: requests.model.shown == 2, timeout=WAIT)


def test_any_two_are_compared(page: Any, qtbot: Any) -> None:
    requests = page.requests
    for _ in range(2):
        ask(page, qtbot, head("/"))
    select(page, 0)
    qtbot.keyClick(requests.view, Qt.Key.Key_Equal)
    select(page, 1)
    qtbot.keyClick(requests.view, Qt.Key.Key_Equal)
    assert requests.details.tabs.currentIndex() == COMPARE
    assert requests.details.compare.title.text() == "The body is another: 1 difference."
    select(page, 0)
    assert requests.details.tabs.isTabVisible(COMPARE)


def test_a_server_that_has_stopped_is_a_reason(page: Any, qtbot: Any) -> None:
    requests = page.requests
    ask(page, qtbot, head("/"))
    select(page, 0)
    page.commands.stop.trigger()
    qtbot.waitUntil(lambda: page.controller.state is SessionState.STOPPED, timeout=WAIT)
    assert not requests.details.replay.isEnabled()
    assert "isn't running" in requests.details.replay.accessibleDescription()
    qtbot.keyClick(requests.view, Qt.Key.Key_R)
    assert page.replaying.running == 0
