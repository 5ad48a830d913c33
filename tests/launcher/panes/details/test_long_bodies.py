"""What takes long of long bodies is done beside the GUI thread."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestRow
from launcher.panes.details import compare_page, copying
from launcher.panes.details.compare_page import ComparePage
from launcher.panes.details.copying import Copier
from server.events import Body, RequestFinished

WAIT = 30_000
LONG = b'{"password": "hunter2", "rest": "' + b"x" * 1_000_000 + b'"}'


def row(number: int, body: bytes) -> RequestRow:
    done = RequestFinished.of(
        id=number, started=1.0, duration=0.1, method="GET", target="/", path="/", status=200,
        response_headers=(("Content-Type", "application/json"),),
        request_body=Body(len(body), body), response_body=Body(len(body), body),
    )  # fmt: skip
    return RequestRow(number, number, "GET", "/", 1.0, done)


def watched(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[threading.Thread]:
    """The threads on which a function is called."""
    threads: list[threading.Thread] = []
    real = getattr(module, name)

    def call(*arguments: Any, **named: Any) -> Any:
        threads.append(threading.current_thread())
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, call)
    return threads


def test_copies(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = watched(monkeypatch, copying, "content_of")
    shown = [row(1, LONG)]
    copier = Copier(ErrorLog(), lambda: shown[0])
    with qtbot.waitSignal(copier.copied, timeout=WAIT) as copied:
        copier.body()
    assert copied.args == ["Copied: Response body"]
    text = QGuiApplication.clipboard().text()
    assert "hunter2" not in text
    assert len(text) > 1_000_000
    assert threading.main_thread() not in threads
    # What is short is there at once; and what was on its way is overtaken.
    copier.curl()
    shown[0] = row(2, b'{"password": "hunter2"}')
    copier.body()
    assert QGuiApplication.clipboard().text() == '{"password": "***"}'
    assert threads[-1] is threading.main_thread()
    assert copier._maker.wait(WAIT)
    assert QGuiApplication.clipboard().text() == '{"password": "***"}'


def test_comparisons(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = watched(monkeypatch, compare_page, "compare")
    page = ComparePage()
    qtbot.addWidget(page)
    assert page.view.textElideMode() == Qt.TextElideMode.ElideMiddle  # dates begin alike
    page.show_pair(row(1, LONG), row(2, LONG.replace(b"hunter2", b"hunter3")))
    assert page.title.text() == "Comparing\u2026"
    qtbot.waitUntil(lambda: page.title.text().startswith("The body is another"), timeout=WAIT)
    assert threading.main_thread() not in threads
    texts = {page.view.item(line, 1).text() for line in range(1, page.view.rowCount()) if
             page.view.item(line, 1) is not None}  # fmt: skip
    assert "***" in texts
    page.show_pair(row(3, b"{}"), row(4, b"[]"))
    assert page.title.text().startswith("The body is another")
    assert threads[-1] is threading.main_thread()
