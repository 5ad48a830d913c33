"""Requests are sent again from the window to a real server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from launcher.app import shut_down
from launcher.core.state import SessionState
from launcher.hosts.supervisor import Supervisor
from launcher.panes.details.details import COMPARE, RESPONSE
from server.events import Route, RoutesFound

WAIT = 30_000
APP = """\
import json
import os
import time

calls = []


def app(environ, start_response):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size)
    calls.append(body)
    while environ["PATH_INFO"] == "/gate" and not os.path.exists(environ["QUERY_STRING"]):
        time.sleep(0.01)
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
    assert "calls" in texts
    assert {"Answer", "Headers", "Body, by its JSON"} <= set(texts)
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


def test_a_server_that_stops_in_the_midst(page: Any, qtbot: Any, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    ask(page, qtbot, f"GET /gate?{gate} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    gate.unlink()
    select(page, 0)
    qtbot.keyClick(page.requests.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: page.controller.requests.running == 1, timeout=WAIT)
    page.commands.stop.trigger()
    page.commands.stop.trigger()  # now
    qtbot.waitUntil(lambda: page.controller.state is SessionState.STOPPED, timeout=WAIT)
    qtbot.waitUntil(lambda: page.replaying.running == 0, timeout=WAIT)
    page.requests.view.catch_up()
    row = page.controller.requests.get(1)
    assert row.lost or row.finished.aborted or row.finished.replay
    assert page.requests.selected == 0
    assert "isn't running" in page.requests.details.replay.accessibleDescription()


# The composer


def texts(composer: Any) -> tuple[str, str, str, str]:
    return (composer.method.text(), composer.url.text(), composer.headers.toPlainText(),
            composer.body.toPlainText())  # fmt: skip


def test_e_edits_a_request_and_sends_it(page: Any, qtbot: Any) -> None:
    requests, composer = page.requests, page.requests.composer
    ask(page, qtbot, head("/a?x=1", b"line 1\r\nline 2"))
    select(page, 0)
    qtbot.keyClick(requests.view, Qt.Key.Key_E)
    assert composer.isVisible()
    server = page.controller.server
    method, url, headers, body = texts(composer)
    assert (method, url) == ("POST", f"{server.url.rstrip('/')}/a?x=1")
    assert (headers, body) == (f"x-Odd_Name:\nHOST: localhost:{server.port}", "line 1\nline 2")
    composer.url.setText("http://example.org/same?y=2")
    composer.body.setPlainText("line 1\nline 3")
    qtbot.keyClick(composer.body, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(page, qtbot, 2)
    done = page.controller.requests.get(1).finished
    assert (done.replay, done.target) == ("edited", "/same?y=2")
    assert done.request_body.data == b"line 1\r\nline 3"
    assert "example.org was replaced" in composer.remark.text()
    qtbot.waitUntil(lambda: composer.show_answer.isVisible(), timeout=WAIT)
    assert composer.answer.text().startswith("200 OK")
    composer.show_answer.click()
    assert requests.selected == 1
    assert requests.side.currentWidget() is requests.details


def test_a_line_for_curl_is_pasted_and_its_file_is_read_only_when_asked(
    page: Any, qtbot: Any, tmp_path: Path
) -> None:
    requests, composer = page.requests, page.requests.composer
    (tmp_path / "body.bin").write_bytes(b"\0\xff")
    qtbot.keyClick(requests.view, Qt.Key.Key_N)
    line = f"curl https://example.org/same --data-binary @{tmp_path}/body.bin --frobnicate"
    QGuiApplication.clipboard().setText(line)
    composer.url.setFocus()
    qtbot.keyClick(composer.url, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "example.org was replaced by" in composer.remark.text()
    assert "--frobnicate" in composer.remark.text()
    composer.send()
    assert "isn't read yet" in composer.problems["body"].text()
    composer.ask.click()
    composer.send()
    wait(page, qtbot, 1)
    done = page.controller.requests.get(0).finished
    assert (done.method, done.request_body.data) == ("POST", b"\0\xff")
    assert done.replay == ""


def test_what_is_wrong_stands_at_its_field(page: Any, qtbot: Any) -> None:
    composer = page.requests.composer
    for field, wrong, right in (
        ("url", "http://a b/", "http://127.0.0.1/"),
        ("url", "ftp://a/", "http://127.0.0.1/"),
        ("method", "G T", "GET"),
        ("headers", "no colon", ""),
        ("headers", "Bad name: x", ""),
    ):
        page.requests.replays.compose()
        widget = getattr(composer, field)
        fill = widget.setPlainText if field == "headers" else widget.setText
        fill(wrong)
        composer.send()
        shown = [name for name, problem in composer.problems.items() if problem.isVisible()]
        assert shown == [field], wrong
        assert page.replaying.running == 0
        fill(right)


def test_e_on_a_route_has_its_parameters_to_fill_in(page: Any, qtbot: Any) -> None:
    composer = page.requests.composer
    routes = (Route("/items/<int:id>/<path:rest>", ("PUT",), "item"), Route("/same", (), "same"))
    page.controller.take([RoutesFound(routes)])
    page.commands.show_routes.trigger()
    page.routes.view.setCurrentIndex(page.routes.model.index(0, 0))
    qtbot.keyClick(page.routes.view, Qt.Key.Key_E)
    assert composer.isVisible()
    base = page.controller.server.url.rstrip("/")
    assert texts(composer)[:2] == ("PUT", f"{base}/items/{{id}}/{{rest}}")
    assert composer.rule.fields[0].hasFocus()
    composer.send()
    assert composer.problems["url"].text() == "Fill in id."
    qtbot.keyClicks(composer.rule.fields[0], "7")
    composer.send()
    assert composer.problems["url"].text() == "Fill in rest."
    assert composer.rule.fields[1].hasFocus()
    qtbot.keyClicks(composer.rule.fields[1], "a b/c")
    assert not composer.problems["url"].isVisible()
    composer.send()
    wait(page, qtbot, 1)
    assert page.controller.requests.get(0).target == "/items/7/a%20b/c"
    qtbot.keyClicks(composer.url, "?x")
    assert not composer.rule.isVisible()  # what is written by hand follows no rule
    composer.send()
    wait(page, qtbot, 2)
    assert page.controller.requests.get(1).target == "/items/7/a%20b/c?x"


def test_a_new_request_is_completed_from_paths_and_rules(page: Any, qtbot: Any) -> None:
    composer = page.requests.composer
    ask(page, qtbot, head("/seen/1"))
    routes = (Route("/items/<int:id>", ("GET",), "item"), Route("/same", (), "same"))
    page.controller.take([RoutesFound(routes)])
    qtbot.keyClick(page.requests.view, Qt.Key.Key_N)
    base = page.controller.server.url.rstrip("/")
    model = composer.url.completer().model()
    proposed = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert proposed == [f"{base}{path}" for path in ("/seen/1", "/items/{id}", "/same")]
    chosen = f"{base}/items/{{id}}"
    composer.url.setText(chosen)
    composer.url.completer().activated.emit(chosen)  # no pop-up can be shown without a screen
    qtbot.waitUntil(lambda: composer.rule.isVisible(), timeout=WAIT)
    assert composer.rule.fields[0].hasFocus()
    assert composer.url.text() == chosen


def test_both_are_joined_in_a_window_that_is_opened_again(
    page: Any, qtbot: Any, build_window: Callable[..., Any], tmp_path: Path
) -> None:
    ask(page, qtbot, head("/same"))
    select(page, 0)
    qtbot.keyClick(page.requests.view, Qt.Key.Key_R)
    wait(page, qtbot, 2)
    page.commands.stop.trigger()
    qtbot.waitUntil(lambda: page.controller.state is SessionState.STOPPED, timeout=WAIT)
    shut_down(page.window())
    window = build_window("shop:app", "--project", str(tmp_path / "shop"), supervisor=Supervisor)
    again = window.page
    with qtbot.waitExposed(window):
        window.show()
    again.historyWanted.emit(str(tmp_path / "shop"), "shop:app")
    log, requests = again.controller.requests, again.requests
    qtbot.waitUntil(lambda: log.oldest == -2, timeout=WAIT)
    counts = window.status.counts
    qtbot.waitUntil(lambda: counts.text().startswith("2 requests from before"), timeout=WAIT)
    for number in (-1, -2):
        requests.view.catch_up()
        select(again, number)
        qtbot.waitUntil(lambda: requests.details.tabs.isTabVisible(COMPARE), timeout=WAIT)
        title = requests.details.compare.title
        qtbot.waitUntil(lambda title=title: title.text() == "The same answer.", timeout=WAIT)
        requests.close_details()
