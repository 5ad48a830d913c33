"""HAR files in pages of their own: opened, looked into, sent to a server, closed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QListView, QMenu, QPushButton

from launcher import app, theme
from launcher.bridge import EventBridge
from launcher.core import har_contents
from launcher.core.exports import FORMS
from launcher.core.har import har_parts, read_har
from launcher.core.instance import Request
from launcher.core.state import SessionState
from launcher.hosts.supervisor import Supervisor
from launcher.models.servers import ROW
from launcher.opening import har_files
from launcher.opening.servers import Servers
from launcher.panes.details.details import COMPARE
from launcher.panes.request_columns import COLUMNS
from launcher.tools.tools import Tools
from server.events import Body, RequestFinished

WAIT = 30_000
APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"path": "%s"}' % environ["PATH_INFO"].encode()]
"""


def requests(count: int = 3) -> list[RequestFinished]:
    return [
        RequestFinished.of(
            id=number, started=1_700_000_000.0 + number, duration=0.1, method="GET",
            target=f"/static/{number}.css" if number == 2 else f"/orders/{number}",
            path=f"/orders/{number}", status=200, reason="OK",
            request_headers=(("Host", "shop.example"), ("Cookie", "sid=hunter2")),
            response_headers=(("Content-Type", "application/json"),),
            response_body=Body(13, b'{"path": "?"}'),
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


@pytest.fixture
def har(tmp_path: Path) -> Path:
    path = tmp_path / "shop.har"
    path.write_text("".join(har_parts(requests(), lambda _: "https://shop.example", secrets=True)))
    return path


def open_file(window: Any, qtbot: Any, path: Path) -> Any:
    count = len(window.pages.files)
    window.findChild(Servers).open_path(str(path))
    qtbot.waitUntil(lambda: len(window.pages.files) == count + 1, timeout=WAIT)
    return window.page


def listed(window: Any) -> list[Any]:
    model = window.findChild(QListView, "serversList").model()
    return [model.index(row).data(ROW) for row in range(model.rowCount())]


def report(page: Any, *events: Any) -> None:
    bridge = page.findChild(EventBridge)
    for event in events:
        bridge.post(event)
    bridge.flush()


def test_a_file_has_a_page_of_its_own(window: Any, qtbot: Any, har: Path, tmp_path: Path) -> None:
    server = window.page
    page = open_file(window, qtbot, har)
    assert page is window.page is window.pages.files[0]
    assert window.windowTitle().endswith("shop.har")
    assert (page.head.name.text(), page.controller.requests.total) == ("shop.har", 3)
    assert page.head.facts.text().startswith("3 requests  \u00b7  https://shop.example")
    assert [row.name for row in listed(window)] == ["shop", "shop.har"]
    assert page.requests.model.shown == 3  # the static one, too
    assert page.findChild(QPushButton, "startButton") is None
    # It is filtered, sorted, copied, saved and compared as any list.
    page.requests.bar.field.setText("path:/orders")
    qtbot.waitUntil(lambda: page.requests.model.shown == 2, timeout=WAIT)
    page.requests.filtering.reset()
    assert page.requests.show_request(0)
    qtbot.keyClick(page.requests.view, Qt.Key.Key_U)
    assert QGuiApplication.clipboard().text() == "https://shop.example/orders/1"
    saved = tmp_path / "again.har"
    page.requests.exporter.save(str(saved), FORMS[".har"], [0, 1], secrets=True)
    qtbot.waitUntil(saved.exists, timeout=WAIT)
    assert [base for base, _ in read_har(saved)] == ["https://shop.example"] * 2
    qtbot.keyClick(page.requests.view, Qt.Key.Key_Equal)
    assert page.requests.show_request(2)
    qtbot.keyClick(page.requests.view, Qt.Key.Key_Equal)
    assert page.requests.details.tabs.currentIndex() == COMPARE
    # There is nowhere to send them.
    assert not page.requests.details.replay.isEnabled()
    assert "start one" in page.requests.details.replay.accessibleDescription()
    texts = [command.text for command in page.requests.keys.commands]
    assert "Mark" not in texts
    assert "New request\u2026" not in texts
    window.pages.bring_to_front(server)
    assert window.page is server


def test_it_is_opened_by_menu_drop_and_palette(window: Any, qtbot: Any, har: Path) -> None:
    window.commands.open_har.trigger()
    dialog = window.findChild(QFileDialog, "harDialog")
    dialog.fileSelected.emit(str(har))
    dialog.reject()
    qtbot.waitUntil(lambda: len(window.pages.files) == 1, timeout=WAIT)
    first = window.page
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(har))])
    button, modifier = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), copy, data, button, modifier))
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, button, modifier))
    qtbot.waitUntil(lambda: window.page is not first, timeout=WAIT)
    assert len(window.pages.files) == 1  # the same file is read anew
    titles = [entry.title for entry in window.findChild(Tools).entries()]
    assert "Open HAR\u2026" in titles
    assert "/orders/1" in titles
    assert "shop.har" in titles


def test_what_can_t_be_shown_has_its_sentence(window: Any, qtbot: Any, tmp_path: Path) -> None:
    for number, (text, sentence) in enumerate((
        ("<html>", "isn't JSON"),
        ('{"log": {"version": "9", "entries": []}}', "is HAR 9"),
        (None, "can't be read"),
    )):  # fmt: skip
        path = tmp_path / f"{number}.har"
        expected = f"{path.name} {sentence}"
        if text is not None:
            path.write_text(text)
        window.findChild(Servers).open_path(str(path))
        qtbot.waitUntil(lambda wanted=expected: wanted in window.page.line.text, timeout=WAIT)
        assert window.pages.files == []


def test_progress_is_shown_and_reading_is_cancelled(
    window: Any, qtbot: Any, har: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    contents_of = har_contents.contents_of

    def slow(path: Path, progress: Any, is_cancelled: Callable[[], bool]) -> Any:
        progress(43, 100)
        assert goes_on.wait(20)
        return contents_of(path, progress, is_cancelled)

    monkeypatch.setattr(har_contents, "contents_of", slow)
    files = window.findChild(har_files.HarFiles)
    files.open(str(har))
    assert files.wait_line.isHidden()
    qtbot.waitUntil(lambda: files.wait_line.detail.text() == "43 %", timeout=WAIT)
    assert files.wait_line.isVisible()
    assert files.wait_line.label.text() == "Reading shop.har"
    files.wait_line.stop.click()
    goes_on.set()
    qtbot.waitUntil(files.wait_line.isHidden, timeout=WAIT)
    assert window.pages.files == []
    assert window.page.line.isHidden()


def test_closing_and_reopening(window: Any, qtbot: Any, har: Path) -> None:
    server = window.page
    open_file(window, qtbot, har)
    window.commands.close_page.trigger()
    assert window.page is server
    assert window.pages.files == []
    assert "shop.har was closed" in server.line.text
    window.commands.reopen_page.trigger()
    qtbot.waitUntil(lambda: len(window.pages.files) == 1, timeout=WAIT)
    assert server.line.isHidden()
    settings = json.loads((window.data_dir / "settings.json").read_text()) if window.save() else {}
    assert not any("har" in str(page) for page in settings.get("pages", []))
    window.sidebar.servers.commandRequested.emit(1, "close")
    assert window.pages.files == []


def test_rules_and_filters_of_a_file_are_kept_nowhere(window: Any, qtbot: Any, har: Path) -> None:
    page = open_file(window, qtbot, har)
    filtering = page.requests.filtering
    filtering.hide("path:/orders/1")
    qtbot.waitUntil(lambda: page.requests.model.shown == 2, timeout=WAIT)
    page.requests.bar.menu.refill()
    texts = [action.text() for action in page.requests.bar.menu.actions()]
    assert any(text.startswith("Hidden in this file") for text in texts)
    assert "Save this filter" not in texts
    assert not page.requests.bar.menu.clear_list.isEnabled()


def test_which_server_is_chosen_of_those_that_run(
    window: Any, qtbot: Any, har: Path, make: Any, tmp_path: Path
) -> None:
    first = window.page
    first.commands.start.trigger()
    report(first, make.started(port=5000))
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "app.py").write_text(APP)
    second = window.findChild(Servers).open_path(str(tmp_path / "api")) or window.page
    second.commands.start.trigger()
    report(second, make.started("http://127.0.0.1:5001/", port=5001))
    report(second, make.finished(1, "/x"))
    assert second.requests.show_request(0)
    menu = QMenu(second)
    second.requests.replays.fill(menu)
    sending = menu.actions()[0].menu()
    assert menu.actions()[0].text() == "Send to"
    assert [action.text() for action in sending.actions()] == ["shop :5000  http://127.0.0.1:5000/"]
    page = open_file(window, qtbot, har)
    combo = page.findChild(QComboBox, "targetCombo")
    names = [combo.itemText(number) for number in range(combo.count())]
    assert names == ["shop :5000", "api :5001"]
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert page.requests.show_request(0)
    assert "api :5001" in page.requests.details.replay.accessibleDescription()
    report(first, make.stopped())
    assert [combo.itemText(n) for n in range(combo.count())] == ["api :5001"]
    report(second, make.stopped())
    assert not combo.isEnabled()
    assert not page.requests.details.replay.isEnabled()


def test_its_requests_are_sent_to_a_server_and_edited_there(
    build_window: Callable[..., Any], qtbot: Any, har: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text(APP)
    window = build_window("shop:app", "--project", str(folder), supervisor=Supervisor)
    server = window.page
    server.form.port.setValue(0)
    with qtbot.waitExposed(window):
        window.show()
    server.commands.start.trigger()
    qtbot.waitUntil(lambda: server.controller.state is SessionState.RUNNING, timeout=WAIT)
    page = open_file(window, qtbot, har)
    details = page.requests.details
    assert page.requests.show_request(0)
    assert details.replay.isEnabled()
    qtbot.keyClick(page.requests.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: details.tabs.currentIndex() == COMPARE, timeout=WAIT)
    assert window.page is page
    assert details.compare.title.text().startswith("The body is another")
    again = server.controller.requests.get(0).finished
    assert (again.target, again.replay) == ("/orders/1", "body")
    assert dict(again.request_headers)["Host"] == f"127.0.0.1:{server.controller.server.port}"
    assert details.compare.elsewhere.isVisible()
    details.compare.elsewhere.click()
    assert window.page is server
    assert server.requests.selected == 0
    window.pages.bring_to_front(page)
    qtbot.keyClick(page.requests.view, Qt.Key.Key_E)
    composer = server.requests.composer
    assert window.page is server
    assert composer.isVisible()
    assert composer.remark.text().startswith("shop.example was replaced by 127.0.0.1")
    assert composer.url.text().endswith(f":{server.controller.server.port}/orders/1")
    composer.send()
    qtbot.waitUntil(lambda: server.controller.requests.total == 2, timeout=WAIT)
    # A row of this server can be sent to another one, where there is one.
    assert server.requests.replays.others() == []


def test_a_server_that_gives_no_answer(window: Any, qtbot: Any, har: Path, make: Any) -> None:
    server = window.page
    server.commands.start.trigger()
    report(server, make.started("http://127.0.0.1:1/", port=1))
    page = open_file(window, qtbot, har)
    assert page.requests.show_request(0)
    page.requests.details.replay.click()
    qtbot.waitUntil(lambda: "can't be reached" in window.status.currentMessage(), timeout=WAIT)
    assert server.line.isHidden()


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_file_is_named_on_the_command_line(
    build_window: Callable[..., Any], qtbot: Any, har: Path
) -> None:
    window = build_window(str(har))
    qtbot.waitUntil(lambda: len(window.pages.files) == 1, timeout=WAIT)
    assert window.pages.servers == []
    assert window.page is window.pages.files[0]
    app._open_request(window, Request(app=str(har)))  # by a second start
    before = window.page
    qtbot.waitUntil(lambda: window.page is not before, timeout=WAIT)
    assert len(window.pages.files) == 1


def test_below_many_columns_the_scroll_bar_has_the_ground_of_the_list(
    window: Any, qtbot: Any, har: Path
) -> None:
    view = open_file(window, qtbot, har).requests.view
    for number, column in enumerate(COLUMNS):
        if not column.shown:
            view.columns.choose(number, True)
    bar = view.horizontalScrollBar()
    qtbot.waitUntil(bar.isVisible, timeout=WAIT)
    place = bar.parentWidget().geometry()
    ground = view.grab().toImage().pixelColor(place.right() - 2, place.center().y())
    assert ground == theme.colour(view.palette(), "base")
