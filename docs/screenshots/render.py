"""Renders the pictures of this folder: real windows over a real server with real requests.

``make screenshots`` runs it, without a screen. Names: what is in front, light or dark, and the size
where it isn't the usual one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from launcher.app import build, shut_down  # noqa: E402
from launcher.main_window import MainWindow  # noqa: E402
from launcher.server_page import ERRORS, FLOW, OUTPUT, REQUESTS, SETUP  # noqa: E402
from launcher.theme import Theme  # noqa: E402

HERE = Path(__file__).resolve().parent
SIZES = {"": (1180, 760), "-small": (900, 600)}
SHOP = '''"""A small shop."""

import time

from flask import Flask, abort, jsonify, redirect, request

app = Flask(__name__)
ITEMS = [{"name": "lamp", "price": 24.0}, {"name": "desk", "price": 180.0}]


@app.get("/")
def index():
    app.logger.warning("the cache is cold")
    return "<h1>Shop</h1>"


@app.get("/items")
def items():
    print("page", request.args.get("page", 1))
    time.sleep(0.013)
    return jsonify(ITEMS)


@app.get("/items/<int:number>")
def item(number):
    return ITEMS[number] if number < len(ITEMS) else abort(404)


@app.post("/orders")
def order():
    return {"order": {"id": 118, "state": "received", "lines": ITEMS}}, 201


@app.get("/account")
def account():
    return redirect("/login")


@app.get("/login")
def login():
    return "log in"


@app.get("/<path:name>")
def search(name):
    return {"found": name}


@app.get("/price")
def price():
    day = request.args["day"]
    return {"price": price_for(day)}


def price_for(day):
    return 24.0 * int(day)
'''
ASKS = (
    ("GET", "/"), ("GET", "/items?page=2"), ("GET", "/items/1"), ("GET", "/account"),
    ("POST", "/orders"), ("GET", "/items/7"), ("GET", "/\u641c\u7d22?q=\u5f20\u4e09"),
    ("GET", "/price?day=tomorrow"), ("DELETE", "/orders"), ("GET", "/items"),
    ("GET", "/reports/2026/november/118/invoice.pdf?ref=mail&utm_source=november"),
)  # fmt: skip


def main() -> None:
    """Render every picture."""
    project = Path(tempfile.gettempdir()) / "shop"
    project.mkdir()
    try:
        (project / "shop.py").write_text(SHOP, encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            for look in ("light", "dark"):
                _render(project, look, Path(folder) / look)
    finally:
        shutil.rmtree(project)


def _render(project: Path, look: str, data: Path) -> None:
    window = build([str(project / "shop.py"), "--data-dir", str(data)])
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    Theme.of(app).set_appearance(look)
    window.resize(*SIZES[""])
    window.show()
    page = window.page
    assert page is not None
    _run(app, 1.5)
    page.panes.setCurrentIndex(SETUP)
    _keep(app, window, "setup", look)
    page.start()
    _until(app, lambda: page.controller.server is not None)
    assert page.controller.server is not None
    page.panes.setCurrentIndex(REQUESTS)
    _ask(app, page.controller.server.url)
    _until(app, lambda: page.controller.requests.total >= len(ASKS))
    _select(page.requests.view, "/price")
    for size in SIZES:
        window.resize(*SIZES[size])
        _keep(app, window, "requests", look, size)
    window.resize(*SIZES[""])
    page.flow.show_flow(page.requests.selected)
    for index, name in ((ERRORS, "errors"), (OUTPUT, "output"), (FLOW, "flow")):
        page.panes.setCurrentIndex(index)
        _keep(app, window, name, look)
    page.controller.stop()
    _until(app, lambda: page.is_stopped)
    shut_down(window)
    window.close()
    window.deleteLater()
    _run(app, 0.2)


def _select(view: object, path: str) -> None:
    """Click on the row of a path, as a user does."""
    model = view.model()  # type: ignore[attr-defined]
    for row in range(model.rowCount()):
        index = model.index(row, 2)
        if str(index.data()).startswith(path):
            where = view.visualRect(index).center()  # type: ignore[attr-defined]
            QTest.mouseClick(
                view.viewport(),  # type: ignore[attr-defined]
                Qt.MouseButton.LeftButton, pos=QPoint(where.x(), where.y()),
            )  # fmt: skip
            return


def _ask(app: QApplication, url: str) -> None:
    """Send the requests from a thread, while the window goes on."""

    def send() -> None:
        for method, target in ASKS:
            quoted = urllib.parse.quote(target, safe="/?=&")
            with contextlib.suppress(OSError):
                asked = urllib.request.Request(url + quoted, method=method)
                urllib.request.urlopen(asked, timeout=10).read()

    thread = threading.Thread(target=send)
    thread.start()
    _until(app, lambda: not thread.is_alive())


def _keep(app: QApplication, window: MainWindow, name: str, look: str, size: str = "") -> None:
    _run(app, 1.3)
    file = HERE / f"{name}{size}-{look}.png"
    assert window.grab().save(str(file))
    sys.stdout.write(f"{file.name}\n")


def _run(app: QApplication, seconds: float) -> None:
    for _turn in _until_time(seconds):
        app.processEvents()


def _until(app: QApplication, is_there: Callable[[], bool], seconds: float = 30.0) -> None:
    for _turn in _until_time(seconds):
        app.processEvents()
        if is_there():
            return
    raise SystemExit("the window didn't come to what was to be shown")


def _until_time(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.005)


if __name__ == "__main__":
    main()
