"""From a failure to the line in the editor, counted in clicks and keys: never more than two.

A real app on a real server with five mistakes of the usual kinds, and the window's own widgets:
each click and each key is counted. The window shows the requests when the failure comes, as it does
while one works in the editor. ``docs/from-failure-to-line.md`` has the numbers beside those of a
terminal and a browser.
"""

from __future__ import annotations

import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QWidget

from launcher.core.state import SessionState
from launcher.hosts.supervisor import Supervisor
from launcher.models.requests import PATH

pytest.importorskip("flask")

WAIT = 30_000
APP = """\
import sqlite3

from flask import Flask, render_template
from werkzeug.utils import cached_property

app = Flask(__name__)
ORDERS = sqlite3.connect(":memory:", check_same_thread=False)
ORDERS.executescript(
    "CREATE TABLE lines (id INTEGER, price REAL)"
)
ORDERS.executemany("INSERT INTO lines VALUES (?, 2)", [(number,) for number in range(40)])


@app.get("/template")
def template():
    return render_template("ordr.html")  # template


class Customer:
    name = None

    @cached_property
    def initial(self):
        return self.name.upper()[0]  # none


@app.get("/none")
def none():
    return Customer().initial


@app.get("/query")
def query():
    return str(ORDERS.execute("SELECT prize FROM lines").fetchall())  # query


@app.get("/status")
def status():
    return "no such order"  # status


@app.get("/slow")
def slow():
    total = 0
    for number in range(40):
        found = ORDERS.execute("SELECT price FROM lines WHERE id = ?", (number,))  # slow
        total += found.fetchone()[0]
    return str(total)
"""


def line_of(mark: str) -> int:
    return next(n for n, text in enumerate(APP.split("\n"), 1) if text.endswith(f"# {mark}"))


class Hand:
    """Presses, and counts it."""

    def __init__(self, window: Any, qtbot: Any) -> None:
        self.window = window
        self._qtbot = qtbot
        self.presses = 0

    def part(self, name: str) -> Any:
        found = self.window.page.findChild(QWidget, name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        button = self.part(name)
        assert isinstance(button, QPushButton)
        assert button.isVisible()
        self.presses += 1
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def click_row(self, view: QAbstractItemView, index: QModelIndex) -> None:
        view.scrollTo(index)
        self.presses += 1
        self._qtbot.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center()
        )

    def key(self, widget: QWidget, key: Qt.Key) -> None:
        self.presses += 1
        self._qtbot.keyClick(widget, key)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was opened in the editor: file and line."""
    found: list[tuple[str, int]] = []

    def open_(_self: object, file: str, line: int, _command: str, _folder: str) -> None:
        found.append((file, line))

    monkeypatch.setattr("launcher.page.editing.Editing.open", open_)
    return found


@pytest.fixture
def shop(build_window: Callable[..., Any], qtbot: Any, tmp_path: Path, opened: object) -> Any:
    """A window whose server runs, with the requests in front."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(APP)
    window = build_window(
        "shop:app", "--project", str(folder), "--python", sys.executable, supervisor=Supervisor
    )
    window.show()
    page = window.page
    page.findChild(QWidget, "portSpin").setValue(0)
    page.start()
    state = page.controller
    qtbot.waitUntil(lambda: state.state is SessionState.RUNNING, timeout=WAIT)
    page.commands.show_requests.trigger()
    return window


def ask(window: Any, path: str) -> None:
    url = window.page.controller.server.url.rstrip("/") + path

    def run() -> None:
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(url, timeout=20).close()

    threading.Thread(target=run, daemon=True).start()


def row_of(window: Any, path: str) -> QModelIndex:
    model = window.page.findChild(QWidget, "requestsView").model()
    for number in range(model.rowCount()):
        index = model.index(number, PATH)
        if index.data() == path:
            return index
    return QModelIndex()


def has_row(window: Any, path: str) -> bool:
    return row_of(window, path).isValid()


def is_shown(errors: Any, count: int, strip: Any, place: str) -> bool:
    return errors.total == count and strip.text() == place


def test_from_a_failure_to_its_line_in_two_presses_at_most(
    shop: Any, qtbot: Any, opened: list[tuple[str, int]]
) -> None:
    counted: dict[str, int] = {}
    # An exception: the line under the list has it, with the button.
    errors = shop.page.controller.errors
    for count, mark in enumerate(("template", "none", "query"), 1):
        hand = Hand(shop, qtbot)
        ask(shop, f"/{mark}")
        strip, place = hand.part("latestErrorPlace"), f"shop.py:{line_of(mark)}"
        qtbot.waitUntil(partial(is_shown, errors, count, strip, place), timeout=WAIT)
        hand.click("latestErrorEditor")
        counted[mark] = hand.presses
        assert opened[-1][0].endswith("shop.py")
        assert opened[-1][1] == line_of(mark), mark
    # No exception: the request's row leads to the query in the loop, or to the answer.
    for mark in ("status", "slow"):
        hand = Hand(shop, qtbot)
        ask(shop, f"/{mark}")
        qtbot.waitUntil(partial(has_row, shop, f"/{mark}"), timeout=WAIT)
        view = hand.part("requestsView")
        hand.click_row(view, row_of(shop, f"/{mark}"))
        qtbot.waitUntil(lambda: shop.page.requests.commands.has_source(), timeout=WAIT)
        hand.key(view, Qt.Key.Key_F4)
        counted[mark] = hand.presses
        assert opened[-1][1] == line_of(mark), mark
    assert counted == {"template": 1, "none": 1, "query": 1, "status": 2, "slow": 2}
