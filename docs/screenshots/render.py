"""Renders the pictures of this folder: real windows over a real server with real requests.

``make screenshots`` runs it, without a screen. Names: what is in front, the size where it isn't the
usual one, and light or dark. Another folder for the pictures can be given as an argument.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QAction  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from launcher.app import build, shut_down  # noqa: E402
from launcher.core.resources import icon_file  # noqa: E402
from launcher.models.requests import PATH  # noqa: E402
from launcher.page.watching import Watching  # noqa: E402
from launcher.panes.details.details import QUERIES  # noqa: E402
from launcher.panes.key_sheet import KeySheet  # noqa: E402
from launcher.panes.preferences import PreferencesDialog  # noqa: E402
from launcher.server_page import (  # noqa: E402
    ERRORS,
    FLOW,
    OUTPUT,
    REQUESTS,
    SETUP,
    ServerPage,
)
from launcher.theme import Theme  # noqa: E402

HOST, PORT = "127.0.0.1", 5000  # what the window proposes
HERE = Path(__file__).resolve().parent
SIZES = {"": (1180, 760), "-small": (900, 600), "-least": (640, 400), "-wide": (1920, 1080)}
SHOP = '''"""A small shop."""

import time

import sqlite3
from contextlib import closing

from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request

app = Flask(__name__)
DATA = __file__ + ".sqlite3"
ITEMS = [{"name": "lamp", "price": 24.0}, {"name": "desk", "price": 180.0}]
LOGO = PICTURE


@app.get("/")
def index():
    app.logger.warning("the cache is cold")
    return "<h1>Shop</h1>"


@app.get("/catalog")
def catalog():
    page = "{% for item in items %}<p>{{ name_of(item) }}</p>{% endfor %}"
    with closing(sqlite3.connect(DATA)) as data:
        items = data.execute("SELECT id, item FROM line WHERE list = ?", (3,)).fetchall()

        def name_of(line):
            found = data.execute("SELECT name FROM item WHERE id = ?", (line[1],))
            return found.fetchone()[0]

        return render_template_string(page, items=items, name_of=name_of)


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


@app.get("/logo.png")
def logo():
    return Response(LOGO, content_type="image/png")


@app.get("/<path:name>")
def search(name):
    return {"found": name}


@app.get("/price")
def price():
    day = request.args["day"]
    return {"price": price_for(day)}


def price_for(day):
    return 24.0 * int(day)


with closing(sqlite3.connect(DATA)) as data, data:
    data.execute("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, name TEXT)")
    data.execute("CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, list, item)")
    names = [(n, f"lamp {n}") for n in range(8)]
    data.executemany("INSERT OR IGNORE INTO item VALUES (?, ?)", names)
    data.executemany("INSERT OR IGNORE INTO line VALUES (?, 3, ?)", [(n, n) for n in range(8)])
'''
ASKS = (
    ("GET", "/"), ("GET", "/items?page=2"), ("GET", "/items/1"), ("GET", "/catalog"),
    ("GET", "/account"),
    ("POST", "/orders"), ("GET", "/items/7"), ("GET", "/\u641c\u7d22?q=\u5f20\u4e09"),
    ("GET", "/price?day=tomorrow"), ("DELETE", "/orders"), ("GET", "/items"), ("GET", "/logo.png"),
    ("GET", "/reports/2026/november/118/invoice.pdf?ref=mail&utm_source=november"),
)  # fmt: skip

PINNED = ("/items?page=2", "/items/1", "/account", "/price?day=tomorrow")


def main(argv: Sequence[str]) -> None:
    """Render every picture; needs the port that they show."""
    _check_port()
    pictures = Path(argv[0]) if argv else HERE
    pictures.mkdir(parents=True, exist_ok=True)
    logo = icon_file(256).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "shop"
        project.mkdir()
        source = SHOP.replace("PICTURE", repr(logo))
        (project / "shop.py").write_text(source, encoding="utf-8")
        for look in ("light", "dark"):
            _Sitting(project, look, Path(folder) / look, pictures).render()


def _check_port() -> None:
    """End with a sentence where another program has the port; no server would start on it."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, PORT))
        except OSError as error:
            reason = error.strerror or str(error)
            raise SystemExit(
                f"The pictures show a server on port {PORT}, which can't be had ({reason}): "
                "end what uses it, and try again."
            ) from None


class _Sitting:
    """One window in one look, from its start to its end.

    :param data: its data folder
    :param pictures: where the pictures go
    """

    def __init__(self, project: Path, look: str, data: Path, pictures: Path) -> None:
        self.window = build([str(project / "shop.py"), "--data-dir", str(data)])
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.app, self.look, self.pictures = app, look, pictures
        Theme.of(app).set_appearance(look)
        self.window.resize(*SIZES[""])
        self.window.show()
        assert self.window.page is not None
        self.page = self.window.page

    def render(self) -> None:
        """Render the pictures in this look."""
        app, window, page = self.app, self.window, self.page
        _run(app, 1.5)
        page.panes.setCurrentIndex(SETUP)
        self.keep("setup", "", "-small", "-least")
        page.start()
        _until(app, lambda: page.controller.server is not None)
        assert page.controller.server is not None
        page.panes.setCurrentIndex(REQUESTS)
        self.keep("requests-empty", "")
        _ask(app, page.controller.server.url)
        _until(app, lambda: page.controller.requests.total >= len(ASKS))
        _select(app, page, "/orders")
        self.keep("requests", *SIZES)
        _select(app, page, "/catalog")
        page.requests.details.tabs.setCurrentIndex(QUERIES)
        self.keep("queries", "", "-small", "-least")
        number = page.requests.selected
        assert number is not None
        page.panes.setCurrentIndex(FLOW)
        page.flow.show_flow(number)
        self.keep("flow-queries", "", "-small")
        page.panes.setCurrentIndex(REQUESTS)
        _select(app, page, "/logo.png")
        self.keep("requests-image", "")
        _select(app, page, "/price")
        self.keep("requests-failed", *SIZES)
        number = page.requests.selected
        assert number is not None
        page.flow.show_flow(number)
        for index, name in ((ERRORS, "errors"), (OUTPUT, "output"), (FLOW, "flow")):
            page.panes.setCurrentIndex(index)
            self.keep(name, "", "-least")
        page.panes.setCurrentIndex(REQUESTS)
        window.commands.palette.trigger()
        self.keep("palette", "")
        QTest.keyClick(app.focusWidget(), Qt.Key.Key_Escape)
        self.keep_dialog("preferences", window.commands.preferences, PreferencesDialog)
        self.keep_dialog("keys", window.commands.keys, KeySheet)
        self.keep_watch()
        window.pages.show_start()
        self.keep("start", "", "-small", "-least")
        window.pages.bring_to_front(page)
        page.controller.stop()
        _until(app, lambda: page.is_stopped)
        shut_down(window)
        window.close()
        window.deleteLater()
        _run(app, 0.2)

    def keep_watch(self) -> None:
        """Pin some requests, save the app with another price, and keep what came of it."""
        page = self.page
        (watching,) = page.findChildren(Watching)
        for row in list(page.controller.requests):
            if row.finished is not None and row.target in PINNED:
                watching.pin(row.finished)
        _until(self.app, lambda: not watching.code.memory.is_empty)
        file = Path(page.project) / "shop.py"
        source = file.read_text(encoding="utf-8")
        file.write_text(source.replace('"price": 24.0}', '"price": 19.9, "unit": "EUR"}'), "utf-8")
        log = watching.log
        _until(
            self.app,
            lambda: bool(log.rounds) and len(log.rounds[-1].judgements) == len(PINNED),
        )
        page.panes.setCurrentWidget(page.watch)
        page.watch.show_pin(log.pins[0].key)
        self.keep("watch", "", "-small", "-least")
        file.write_text(source, "utf-8")

    def keep(self, name: str, *sizes: str) -> None:
        """Keep pictures of the window as it is, in these sizes."""
        for size in sizes:
            self.window.resize(*SIZES[size])
            self._keep(self.window, f"{name}{size}")
        self.window.resize(*SIZES[""])

    def keep_dialog(self, name: str, command: QAction, kind: type[QWidget]) -> None:
        """Keep a picture of what a command shows beside the window."""
        command.trigger()
        dialog = self.window.findChild(kind)
        assert dialog is not None
        self._keep(dialog, name)
        dialog.close()

    def _keep(self, widget: QWidget, name: str) -> None:
        _run(self.app, 1.1)  # what is counted is shown once a second
        file = self.pictures / f"{name}-{self.look}.png"
        assert widget.grab().save(str(file))
        sys.stdout.write(f"{file.name}\n")


def _select(app: QApplication, page: ServerPage, path: str) -> None:
    """Click on the row of a path, as a user does, once it is listed."""
    model, view = page.requests.model, page.requests.view

    def row_of() -> int:
        rows = range(model.rowCount())
        texts = (str(model.index(row, PATH).data()) for row in rows)
        return next((row for row, text in enumerate(texts) if text.startswith(path)), -1)

    _until(app, lambda: row_of() >= 0 and model.progress is None)
    index = model.index(row_of(), PATH)
    view.scrollTo(index)
    where = view.visualRect(index).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    number = model.number(index)
    _until(app, lambda: page.requests.selected == number)


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
    main(sys.argv[1:])
