"""The requests pane and its details."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QPlainTextEdit, QPushButton, QWidget

from launcher.core import display
from launcher.core.exports import FORMS
from launcher.core.har import read_har
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog, RequestRow
from launcher.models.requests import CLIENT, DURATION, SIZE, TIME
from launcher.panes.list_and_details import BESIDE, BOTTOM, RIGHT
from launcher.panes.requests import RequestsPane
from server.events import Body

AGAIN = ["Send again", "Edit and send\u2026", "New request\u2026", "Compare with another"]
COPIES = [
    "Copy as cURL",
    "Copy URL",
    "Copy as Python requests",
    "Copy as Python httpx",
    "Copy as raw HTTP",
    "Copy response body",
    "Copy as Markdown",
    "Copy as cURL with secrets",
    "Copy URL with secrets",
    "Copy as Python requests with secrets",
    "Copy as Python httpx with secrets",
    "Copy as raw HTTP with secrets",
]


def flat(menu: QMenu) -> list[QAction]:
    """The actions of a menu, with those of its submenus in their place."""
    actions: list[QAction] = []
    for action in menu.actions():
        inner = action.menu()
        actions += flat(inner) if isinstance(inner, QMenu) else [action]
    return actions


class Bench:
    """A shown pane over logs of its own."""

    def __init__(self, qtbot: Any, make: Any, capacity: int = 100_000, block: int = 1000) -> None:
        self.make = make
        self.log = RequestLog(capacity, block)
        self.errors = ErrorLog()
        self.pane = RequestsPane(self.log, self.errors)
        qtbot.addWidget(self.pane)
        self.pane.resize(900, 500)
        with qtbot.waitExposed(self.pane):
            self.pane.show()
        self.bar = self.pane.view.verticalScrollBar()
        self._next = 1

    def add(self, count: int) -> None:
        for _ in range(count):
            self.log.add_finished(self.make.finished(self._next, f"/{self._next}"))
            self._next += 1
        self.show_now()

    def show_now(self) -> None:
        """Without the wait for the next frame."""
        self.pane.refresh()
        self.pane.view.catch_up()

    def settled(self) -> bool:
        return self.bar.maximum() > 0

    def at_end(self) -> bool:
        return self.settled() and self.bar.value() == self.bar.maximum()

    def text(self, name: str) -> str:
        view = self.pane.findChild(QPlainTextEdit, name)
        assert view is not None
        return view.toPlainText()


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    return Bench(qtbot, make)


def test_it_follows_until_the_user_scrolls_up(qtbot: Any, bench: Bench) -> None:
    bench.add(100)
    qtbot.waitUntil(bench.at_end)
    bench.add(100)
    qtbot.waitUntil(bench.at_end)
    bench.bar.setValue(bench.bar.value() - 200)
    top = bench.pane.view.rowAt(0)
    bench.add(40)
    bench.add(2)
    qtbot.waitUntil(lambda: bench.pane.view.model().rowCount() == 242)
    assert not bench.pane.follower.following
    assert bench.pane.view.rowAt(0) == top
    button = bench.pane.follower.button
    assert button.isVisible()
    assert button.text() == "\u2193 42 new"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(bench.at_end)
    assert not button.isVisible()
    bench.add(10)
    qtbot.waitUntil(bench.at_end)


def test_times_and_sizes_are_not_cut(qtbot: Any, bench: Bench) -> None:
    bench.pane.resize(1400, 500)
    bench.pane.view.columns.choose(CLIENT, True)
    spans = bench.pane.view.columns.spans()
    look = bench.pane.view.look()
    for column, role, text in (
        (TIME, "mono", "23:59:58.888"),
        (DURATION, "second", "888.8 ms"),
        (SIZE, "second", "88.8 MB"),
        (CLIENT, "mono", "127.0.0.1"),
    ):
        assert look.face(role).width(text) <= spans[column].width, text


def test_the_end_key_and_the_scroll_bar_resume(qtbot: Any, bench: Bench) -> None:
    bench.add(100)
    qtbot.waitUntil(bench.at_end)
    bench.bar.setValue(0)
    assert not bench.pane.follower.following
    bench.bar.setValue(bench.bar.maximum())
    assert bench.pane.follower.following
    bench.bar.setValue(0)
    qtbot.keyClick(bench.pane.view, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: bench.pane.follower.following)
    assert bench.pane.selected == 99


def test_trimming_leaves_what_the_user_looks_at_in_place(qtbot: Any, make: Any) -> None:
    bench = Bench(qtbot, make, capacity=200, block=50)
    bench.add(240)
    qtbot.waitUntil(bench.at_end)
    bench.bar.setValue(bench.bar.maximum() - 300)
    seen = bench.pane.model.number(bench.pane.view.indexAt(QPoint(5, 40)))
    bench.add(60)
    assert bench.log.dropped == 50 or bench.log.dropped == 100
    assert bench.pane.model.number(bench.pane.view.indexAt(QPoint(5, 40))) == seen
    label = bench.pane.dropped
    assert label.isVisible()
    assert label.text().startswith(f"{bench.log.dropped} older requests dropped")


def test_selecting_shows_the_details_and_keeps_the_row_in_sight(qtbot: Any, bench: Bench) -> None:
    bench.add(10)
    assert bench.pane.details.isHidden()
    view = bench.pane.view
    where = view.visualRect(bench.pane.model.index(2, 2)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert bench.pane.details.isVisible()
    details = bench.pane.details
    assert (details.title.text(), details.status.text()) == ("GET /3", "200 OK")
    bench.add(100)
    qtbot.waitUntil(bench.settled)
    assert view.viewport().rect().intersects(view.visualRect(bench.pane.model.index(2, 2)))
    assert not bench.pane.follower.following
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert bench.pane.details.isHidden()
    assert bench.pane.selected is None


def test_details_show_headers_and_bodies(qtbot: Any, bench: Bench) -> None:
    bench.log.add_finished(
        bench.make.finished(
            1,
            "/login?next=/",
            method="POST",
            status=302,
            reason="Found",
            request_headers=(("Content-Type", "application/json"),),
            response_headers=(("Location", "/"), ("Set-Cookie", "a=b")),
            request_body=Body(13, b'{"user":"ada"}'[:13]),
            response_body=Body(4, b"\0\1\2\3"),
        )
    )
    bench.show_now()
    assert bench.pane.show_request(0)
    assert bench.text("requestHeaders") == (
        "POST /login?next=/ HTTP/1.1\nContent-Type: application/json"
    )
    assert bench.text("requestBody").startswith('{"user":')
    assert bench.text("responseHeaders") == "HTTP/1.1 302 Found\nLocation: /\nSet-Cookie: a=***"
    assert bench.text("responseBody").startswith("00000000  00 01 02 03")
    assert "binary" in bench.pane.details.response.body.remark.text()


def test_a_request_in_progress_fills_in_while_it_is_shown(qtbot: Any, bench: Bench) -> None:
    bench.log.add_started(bench.make.request(1, "/slow"))
    bench.show_now()
    bench.pane.show_request(0)
    details = bench.pane.details
    assert (details.title.text(), details.status.text()) == ("GET /slow", "in progress")
    assert bench.text("responseBody") == ""
    bench.log.add_finished(bench.make.finished(1, "/slow"))
    bench.show_now()
    assert (details.title.text(), details.status.text()) == ("GET /slow", "200 OK")
    assert bench.text("responseBody") == "hello"


def test_an_error_is_shown_with_its_request(qtbot: Any, bench: Bench) -> None:
    error = bench.make.error(1, 1)
    bench.log.add_started(bench.make.request(1, "/pay"))
    number = bench.errors.add(error, 0, "GET", "/pay")
    bench.log.link_error(1, number)
    bench.log.add_finished(bench.make.finished(1, "/pay", status=500, error_id=1))
    bench.show_now()
    bench.pane.show_request(0)
    assert bench.text("requestError") == error.text
    assert bench.pane.details.tabs.tabText(bench.pane.details.tabs.currentIndex()) == "Error"
    wanted: list[int] = []
    bench.pane.errorRequested.connect(wanted.append)
    bench.pane.details.error.show_error.click()
    assert wanted == [number]


def test_a_refused_request_shows_why(qtbot: Any, bench: Bench) -> None:
    bench.log.add_finished(
        bench.make.finished(1, status=400, reason="Bad Request", problem="Two Host headers.")
    )
    bench.show_now()
    bench.pane.show_request(0)
    assert bench.pane.details.error.message.text() == "Two Host headers."
    assert bench.pane.details.error.show_error.isHidden()


def test_a_selected_request_that_is_dropped_stays_shown(qtbot: Any, make: Any) -> None:
    bench = Bench(qtbot, make, capacity=50, block=10)
    bench.add(20)
    bench.pane.show_request(3)
    bench.add(45)
    assert bench.log.get(3) is None
    assert "/4" in bench.pane.details.title.text()
    assert not bench.pane.show_request(3)


def test_clearing_empties_everything(qtbot: Any, bench: Bench) -> None:
    bench.add(200)
    bench.pane.show_request(3)
    bench.log.clear()
    bench.show_now()
    assert bench.pane.model.rowCount() == 0
    assert bench.pane.details.isHidden()
    assert bench.pane.follower.following
    bench.add(200)
    qtbot.waitUntil(bench.at_end)


HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\0\u202e&amp;"


def test_hostile_content_is_text(qtbot: Any, bench: Bench) -> None:
    body = HOSTILE.replace("\0", "").encode()
    bench.log.add_finished(
        bench.make.finished(
            1,
            "/" + HOSTILE,
            path="/" + HOSTILE,
            method=HOSTILE[:28],
            reason=HOSTILE,
            remote_addr=HOSTILE,
            request_headers=((HOSTILE, HOSTILE),),
            response_headers=((HOSTILE, HOSTILE),),
            response_body=Body(len(body), body),
            problem=HOSTILE,
        )
    )
    bench.show_now()
    bench.pane.show_request(0)
    shown = "<img src=x onerror=alert(1)>\u241b[31m\u2400\u2039U+202E\u203a&amp;"
    details = bench.pane.details
    assert shown in details.title.text()
    assert details.title.textFormat() == Qt.TextFormat.PlainText
    for name in ("requestHeaders", "responseHeaders", "requestError"):
        assert shown in bench.text(name)
    assert shown.replace("\u2400", "") in bench.text("responseBody")
    for view in details.findChildren(QPlainTextEdit):
        assert view.isReadOnly()
    model = bench.pane.model
    for column in range(model.columnCount()):
        assert model.index(0, column).data(Qt.ItemDataRole.ToolTipRole) is None


def test_a_body_of_one_huge_line_is_shown(qtbot: Any, bench: Bench) -> None:
    body = b"x" * 2_000_000
    bench.log.add_finished(bench.make.finished(1, response_body=Body(len(body), body)))
    bench.show_now()
    bench.pane.show_request(0)
    details = bench.pane.details.response.body
    qtbot.waitUntil(lambda: not details.is_reading and details.view.is_filled)
    assert bench.text("responseBody").count("x") == display.SHOWN
    assert "1,737,856 characters not shown" in details.reading.page.left_out
    assert "the beginning shown" in details.remark.text()
    details.show_all.click()
    qtbot.waitUntil(lambda: not details.is_reading and details.view.is_filled, timeout=60_000)
    assert bench.text("responseBody").count("x") == 2_000_000


def test_an_empty_list_shows_what_to_do(qtbot: Any, bench: Bench) -> None:
    bench.pane.set_hint("No requests yet", "Press Start.")
    image = bench.pane.view.viewport().grab().toImage()
    places = [(x, y) for x in range(300, 600) for y in range(40, image.height())]
    colours = {image.pixelColor(x, y).name() for x, y in places}
    assert len(colours) > 5
    assert bench.pane.view.accessibleDescription() == "No requests yet. Press Start."


def test_the_menu_of_a_row_acts_on_it(qtbot: Any, bench: Bench) -> None:
    bench.add(2)
    error = bench.make.error(1, 3)
    number = bench.errors.add(error, 2, "GET", "/pay")
    finished = bench.make.finished(3, "/pay?x=1", status=500, error_id=1, flow=(("app", 0, 1, 0),))
    bench.log.add_finished(finished)
    bench.log.link_error(3, number)
    bench.show_now()
    flows: list[int] = []
    errors: list[int] = []
    bench.pane.flowRequested.connect(flows.append)
    bench.pane.errorRequested.connect(errors.append)
    for row, names in (
        (0, [*AGAIN, *COPIES, "Copy path", "Copy row"]),
        (
            2,
            [
                *AGAIN[:-1],
                "Compare with the marked one",  # the first row was marked by its menu
                "Show flow",
                "Show in Errors",
                "Console in the frame",
                "Open in editor",
                *COPIES,
                "Copy path",
                "Copy row",
            ],
        ),
    ):
        bench.pane.view.setCurrentIndex(bench.pane.model.index_of(row))
        menu = QMenu()
        bench.pane.view.menuWanted.emit(menu)
        actions = [action for action in flat(menu) if not action.isSeparator()]
        found = [action.text().partition("\t")[0] for action in actions]
        others = ("Only", "All but", "Hide", *(form.name for form in FORMS.values()))
        assert [name for name in found if not name.startswith(others)] == names
        for action in actions[: len(names)]:
            action.trigger()
        qtbot.addWidget(menu)
    assert (flows, errors) == ([2], [number])
    copied = QGuiApplication.clipboard().text()
    assert copied.split("\t") == ["GET", "/pay?x=1", "500", "12.3 ms"]


def test_a_long_target_is_copied_whole_and_without_secrets(bench: Bench) -> None:
    query = "a=" + "x" * 6000
    target = f"/pay?{query}&token=hunter2"
    bench.log.add_finished(bench.make.finished(1, target))
    bench.show_now()
    bench.pane.view.setCurrentIndex(bench.pane.model.index_of(0))
    QTest.keySequence(bench.pane.view, QKeySequence("Ctrl+C"))
    copied = QGuiApplication.clipboard().text()
    assert copied == f"GET\t/pay?{query}&token=***\t200\t12.3 ms"


def test_a_pane_puts_its_details_where_there_is_room(qtbot: Any, bench: Bench) -> None:
    bench.add(3)
    assert bench.pane.splitter.orientation() == Qt.Orientation.Vertical
    before = bench.pane.view.size()
    bench.pane.show_request(1)
    assert bench.pane.view.size() == before  # they were there already
    bench.pane.resize(1180, 600)
    assert bench.pane.splitter.orientation() == Qt.Orientation.Horizontal
    assert abs(bench.pane.splitter.sizes()[1] - BESIDE) <= 2
    bench.pane.resize(1920, 700)
    assert abs(bench.pane.splitter.sizes()[1] - 640) <= 2
    bench.pane.resize(1180, 700)
    assert abs(bench.pane.splitter.sizes()[1] - BESIDE) <= 2
    bench.pane.splitter.place(BOTTOM)
    assert bench.pane.splitter.orientation() == Qt.Orientation.Vertical
    bench.pane.resize(800, 600)
    bench.pane.splitter.place(RIGHT)
    assert bench.pane.splitter.orientation() == Qt.Orientation.Horizontal


def test_the_place_and_size_of_the_details_are_chosen_and_kept(bench: Bench) -> None:
    pane = bench.pane
    pane.resize(900, 500)
    assert pane.splitter.orientation() == Qt.Orientation.Vertical
    button = pane.findChild(QPushButton, "detailsPosition")
    assert button is not None
    assert button.text() == "Details beside the list"
    button.click()
    assert pane.splitter.orientation() == Qt.Orientation.Horizontal
    assert button.text() == "Details below the list"
    assert pane.splitter.choice.startswith("right ")
    button.click()
    assert pane.splitter.orientation() == Qt.Orientation.Vertical
    pane.splitter.restore("right 333 222")
    assert pane.splitter.orientation() == Qt.Orientation.Horizontal
    assert pane.splitter.choice == "right 333 222"
    for spoilt in ("", "left 1 2", "right 1", "right a b", "AAAA"):
        pane.splitter.restore(spoilt)
    assert pane.splitter.choice == "right 333 222"


def test_in_a_low_window_the_details_are_over_the_list_and_escape_goes_back(
    qtbot: Any, bench: Bench
) -> None:
    bench.add(3)
    pane, view = bench.pane, bench.pane.view
    pane.resize(800, 400)
    assert (view.isVisible(), pane.side.isVisible()) == (True, False)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert pane.selected == 0
    assert view.isVisible(), "moving in the list doesn't cover it"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert (view.isVisible(), pane.side.isVisible()) == (False, True)
    qtbot.keyClick(pane.details, Qt.Key.Key_Escape)
    assert (view.isVisible(), pane.side.isVisible(), pane.selected) == (True, False, 0)
    place = view.visualRect(pane.model.index_of(1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not view.isVisible()
    pane.resize(800, 700)
    assert view.isVisible()
    assert pane.side.isVisible()
    pane.resize(800, 400)
    pane.close_details()
    assert view.isVisible()


def test_what_the_filter_shows_is_saved(
    bench: Bench, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(3)
    bench.pane.bar.field.setText("path:/2")
    qtbot.waitUntil(lambda: bench.pane.model.shown == 1, timeout=10_000)
    path = tmp_path / "some.har"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    menu = QMenu()
    qtbot.addWidget(menu)
    bench.pane.bar.moreWanted.emit(menu)
    (action, *_) = [action for action in flat(menu) if action.text().startswith("HAR")]
    action.trigger()
    qtbot.waitUntil(path.exists, timeout=10_000)
    assert [done.target for _, done in read_har(path)] == ["/2"]


def test_an_empty_list_has_buttons_for_what_to_do(qtbot: Any, bench: Bench) -> None:
    action = QAction("Open", bench.pane)
    bench.pane.set_hint("No requests yet", "Open it.", (action,))
    button = bench.pane.view.findChild(QPushButton, "hintButton0")
    qtbot.waitUntil(button.isVisible)
    with qtbot.waitSignal(action.triggered):
        button.click()
    bench.add(1)
    bench.show_now()
    qtbot.waitUntil(lambda: not button.isVisible())


@pytest.mark.parametrize("goes", ["by its key", "by itself"])
def test_the_buttons_of_an_empty_list_leave_the_focus_to_it(
    qtbot: Any, bench: Bench, goes: str
) -> None:
    action = QAction("Start", bench.pane)
    action.triggered.connect(lambda: action.setEnabled(False))  # as Start does
    bench.pane.set_hint("No requests yet", "Press Start.", (action,))
    button = bench.pane.view.findChild(QPushButton, "hintButton0")
    qtbot.waitUntil(button.isVisible)
    QWidget.setTabOrder(button, bench.pane.bar.field)  # where Qt would lead
    button.setFocus()
    if goes == "by its key":
        qtbot.keyClick(button, Qt.Key.Key_Space)
        assert not action.isEnabled()
    else:
        bench.add(1)
        bench.show_now()
        qtbot.waitUntil(lambda: not button.isVisible())
    assert bench.pane.window().focusWidget() is bench.pane.view


class Kept:
    """An archive of one request of before."""

    oldest = -1

    def __init__(self, row: RequestRow) -> None:
        self.row = row

    def get(self, _number: int) -> RequestRow:
        return self.row

    def find(self, _filter: Any, _low: int, _high: int, part: Any) -> Any:
        part(array("q", [-1]), 1, 1)


def test_the_same_number_of_another_history_is_another_request(bench: Bench) -> None:
    asked: list[Any] = []
    bench.log.loader = lambda _number, then: asked.append(then)
    for started, path in enumerate(("/shop", "/blog")):
        done = bench.make.finished(1, path)
        whole = RequestRow(-1, 1, "GET", path, float(started), done)
        light = RequestRow(-1, 1, "GET", path, float(started), done, stored=True)
        bench.log.attach(Kept(light))
        bench.show_now()
        assert bench.pane.show_request(-1)
        asked.pop()(whole)
        bench.show_now()
        assert path in bench.pane.details.title.text()
        assert bench.pane.details.row is whole
    assert not asked
