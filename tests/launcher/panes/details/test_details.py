"""The details of a request: what its tabs show, what is masked, what is copied."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QImage, QTextCursor
from PySide6.QtWidgets import QMainWindow, QMenu, QPlainTextEdit, QWidget

from launcher import theme
from launcher.core.bodies.reading import BodyView
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import RequestLog
from launcher.core.request_facts import view_place
from launcher.models.requests import PATH
from launcher.panes.details.details import (
    ERROR,
    FLOW,
    OUTPUT,
    OVERVIEW,
    REQUEST,
    RESPONSE,
    TIMING,
)
from launcher.panes.details.message_page import MessagePage
from launcher.panes.list_and_details import BOTTOM, LOW
from launcher.panes.requests import RequestsPane
from server.events import Body

PLANTED = "hunter2"
JSON = (("Content-Type", "application/json"),)


class Bench:
    """A shown pane with requests of its own."""

    def __init__(self, make: Any) -> None:
        self.make, self.log, self.errors = make, RequestLog(), ErrorLog()
        self.pane = RequestsPane(self.log, self.errors)
        self.details = self.pane.details
        self._next = 1

    def show(self, target: str = "/", **facts: Any) -> None:
        """Add a request and select it."""
        self.log.add_finished(self.make.finished(self._next, target, **facts))
        self._next += 1
        self.pane.refresh()
        self.pane.view.catch_up()
        assert self.pane.show_request(self.log.end - 1)

    def body(self, data: bytes, kind: str = "", **facts: Any) -> None:
        """Show an answer with this body."""
        headers = (("Content-Type", kind),) if kind else ()
        facts.setdefault("response_headers", headers)
        self.show(response_body=Body(len(data), data), **facts)

    def text(self, name: str) -> str:
        view = self.pane.findChild(QPlainTextEdit, name)
        assert view is not None
        return view.toPlainText()


@pytest.fixture
def bench(qtbot: Any, make: Any) -> Bench:
    bench = Bench(make)
    qtbot.addWidget(bench.pane)
    bench.pane.resize(1100, 700)
    with qtbot.waitExposed(bench.pane):
        bench.pane.show()
    return bench


@pytest.fixture
def clipboard() -> Callable[[], str]:
    QGuiApplication.clipboard().clear()
    return lambda: QGuiApplication.clipboard().text()


def test_json_is_shown_as_it_was_sent(bench: Bench) -> None:
    bench.body(b'{"a":1,"a":2,"price":1.10,"big":1e400}', "application/json")
    assert bench.text("responseBody") == (
        '{\n  "a": 1,\n  "a": 2,\n  "price": 1.10,\n  "big": 1e400\n}'
    )
    body = bench.details.response.body
    body.choose(BodyView.RAW)
    assert bench.text("responseBody") == '{"a":1,"a":2,"price":1.10,"big":1e400}'
    bench.body(b"[1]", "application/json")
    assert bench.text("responseBody") == "[1]"  # the view that was chosen stays
    body.choose(BodyView.HEX)
    assert bench.text("responseBody").startswith("00000000  5b 31 5d")


def test_json_folds(bench: Bench, qtbot: Any) -> None:
    bench.body(b'{"a":[1,2,3],"b":{"c":[4,5]}}', "application/json")
    view = bench.details.response.body.view
    view.toggle(1)
    document = view.document()
    hidden = [n for n in range(document.blockCount())
              if not document.findBlockByNumber(n).isVisible()]  # fmt: skip
    assert hidden == [2, 3, 4]
    assert view.toPlainText().count("\n") == 12
    view.toggle(1)
    assert all(document.findBlockByNumber(n).isVisible() for n in range(document.blockCount()))
    gutter = QPoint(view.gutter_width - 6, view.fontMetrics().lineSpacing() + 12)
    qtbot.mouseClick(view._gutter, Qt.MouseButton.LeftButton, pos=gutter)
    assert view.is_folded(1)
    view.unfold_to(2)
    assert not view.is_folded(1)


def test_colours_come_for_what_is_in_sight(bench: Bench, qtbot: Any) -> None:
    bench.body(json.dumps({"a": list(range(2000))}).encode(), "application/json")
    view = bench.details.response.body.view
    qtbot.waitUntil(lambda: bool(view.document().findBlockByNumber(2).layout().formats()))
    qtbot.waitUntil(lambda: view.is_filled)
    assert not view.document().findBlockByNumber(1900).layout().formats()
    bench.body(b"<p class='x'>hi</p>", "text/html")
    qtbot.waitUntil(lambda: bool(view.document().findBlockByNumber(0).layout().formats()))
    assert view.toPlainText() == "<p class='x'>hi</p>"


def test_a_heavy_body_is_read_elsewhere_and_the_newest_wins(bench: Bench, qtbot: Any) -> None:
    body = bench.details.response.body
    data = gzip.compress(json.dumps(["x" * 10] * 30_000).encode())
    bench.body(b" " * 20_000 + b"[1]", response_headers=(*JSON, ("Content-Encoding", "br")))
    bench.show(
        response_body=Body(len(data), data),
        response_headers=(*JSON, ("Content-Encoding", "gzip")),
    )
    bench.body(b"last", "text/plain")
    assert bench.text("responseBody") == "last"
    qtbot.wait(50)
    assert bench.text("responseBody") == "last"
    assert not body.is_reading


def test_reading_can_be_cancelled_and_begun_again(bench: Bench, qtbot: Any) -> None:
    data = b"x\n" * 100_000
    bench.body(data, "text/plain")
    body = bench.details.response.body
    body.cancel.click()
    assert not body.is_reading
    assert (bench.text("responseBody"), body.remark.text()) == ("", "Not read")
    body.show_all.click()
    qtbot.waitUntil(lambda: not body.is_reading and body.view.is_filled, timeout=30_000)
    assert bench.text("responseBody") == data.decode()


def test_the_search_steps_through_hits_and_unfolds_them(bench: Bench, qtbot: Any) -> None:
    bench.body('{"a":[1,"find \U0001f600 me"],"b":"FIND"}'.encode(), "application/json")
    body = bench.details.response.body
    body.view.toggle(1)
    body.view.setFocus()
    qtbot.keyClick(body.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert body.bar.isVisible()
    qtbot.keyClicks(body.bar.field, "find")
    assert body.bar.count.text() == "1 of 2"
    assert not body.view.is_folded(1)
    qtbot.keyClick(body.bar.field, Qt.Key.Key_Return)
    assert body.bar.count.text() == "2 of 2"
    body.bar.field.setText("me")
    (hit,) = body.view.extraSelections()
    assert hit.cursor.selectedText() == "me"
    body.bar.field.setText("nowhere")
    assert body.bar.count.text() == "no hits"
    qtbot.keyClick(body.bar.field, Qt.Key.Key_Escape)
    assert body.bar.isHidden()
    assert body.view.extraSelections() == []


def test_wrap_is_a_switch(bench: Bench) -> None:
    body = bench.details.response.body
    bench.body(b"x " * 5000, "text/plain")
    body.wrap.click()
    assert body.view.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth
    body.wrap.click()
    assert body.view.lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap


def secret(bench: Bench) -> None:
    body = b'{"password":"%s","n":1}' % PLANTED.encode()
    bench.show(
        f"/in?token={PLANTED}&q=%E4%B8%AD%26",
        method="POST",
        request_headers=(
            *JSON,
            ("Cookie", f"sid={PLANTED}"),
            ("Authorization", f"Basic {PLANTED}"),
        ),
        response_headers=(*JSON, ("Set-Cookie", f"sid={PLANTED}; Path=/")),
        request_body=Body(len(body), body),
        response_body=Body(len(body), body),
    )


def shown(widget: QWidget) -> str:
    """All texts of a widget and what is in it."""
    texts = [view.toPlainText() for view in widget.findChildren(QPlainTextEdit)]
    labels = [child for child in widget.findChildren(QWidget) if hasattr(child, "text")]
    for label in labels:
        if callable(label.text):
            texts += [label.text(), label.toolTip()]
    return "\n".join(texts)


def test_secrets_are_masked_until_they_are_revealed(bench: Bench) -> None:
    secret(bench)
    assert PLANTED not in shown(bench.details)
    assert bench.details.title.text() == "POST /in?token=***&q=\u4e2d%26"
    bench.details.response.body.eye.click()
    for name in ("requestHeaders", "requestBody", "responseHeaders", "responseBody"):
        assert PLANTED in bench.text(name)
    assert PLANTED in bench.details.title.text()
    bench.details.request.sections["headers"].eye.click()
    assert PLANTED not in shown(bench.details)
    bench.details.reveal()
    bench.show("/other")
    bench.pane.show_request(0)
    assert PLANTED not in shown(bench.details)


def test_copies_have_no_secrets_unless_they_are_asked_for(
    bench: Bench, clipboard: Callable[[], str]
) -> None:
    secret(bench)
    bench.pane.show_server("http://127.0.0.1:5123")
    window = QMainWindow()
    window.setCentralWidget(bench.pane)
    reported: list[str] = []
    window.statusBar().messageChanged.connect(reported.append)
    menu = QMenu()
    bench.details.copier.fill(menu)
    for action in menu.actions():
        if action.isSeparator():
            continue
        action.trigger()
        with_secrets = action.text().endswith("with secrets")
        assert (PLANTED in clipboard()) is with_secrets, action.text()
    menu.deleteLater()
    assert "Copied: cURL, secrets masked" in reported
    assert "Copied: cURL with its secrets" in reported
    window.takeCentralWidget()
    bench.details.response.body.copy.click()
    assert clipboard() == '{"password":"***","n":1}'
    bench.details.response.sections["headers"].copy.click()
    assert clipboard() == "Content-Type: application/json\nSet-Cookie: sid=***; Path=/"
    bench.details.reveal()
    bench.details.response.body.copy.click()
    assert PLANTED in clipboard()


def test_secrets_are_masked_in_the_list_and_its_copies(
    bench: Bench, clipboard: Callable[[], str]
) -> None:
    secret(bench)
    assert bench.pane.model.texts(0)[PATH] == "/in?token=***&q=\u4e2d%26"
    menu = QMenu()
    bench.pane.view.menuWanted.emit(menu)
    for action in menu.actions():
        if action.text().startswith(("Copy path", "Copy row")):
            action.trigger()
            assert PLANTED not in clipboard()
            assert "/in?token=***" in clipboard()
    menu.deleteLater()


def test_a_request_of_before_is_copied_when_it_is_there_whole(
    bench: Bench, clipboard: Callable[[], str]
) -> None:
    waiting: list[Callable[[Any], None]] = []
    bench.log.loader = lambda number, then: waiting.append(then)
    bench.show("/in", method="POST", request_body=Body(2, b"ab"))
    whole = bench.log.get(0)
    assert whole is not None
    assert whole.finished is not None
    bare = whole.finished.replace(request_headers=(), request_body=Body(2))
    bench.log._rows.replace(0, whole._replace(finished=bare, stored=True))
    bench.pane.refresh()
    assert not bench.pane.copier.has_request()
    bench.pane.copier.curl()
    bench.details.copier.curl()
    assert clipboard() == ""
    for then in waiting:
        then(whole)
    for copier in (bench.pane.copier, bench.details.copier):
        copier.curl()
        assert "--data-binary 'ab'" in clipboard()


def test_the_lists_keys_copy(bench: Bench, qtbot: Any, clipboard: Callable[[], str]) -> None:
    bench.pane.show_server("http://127.0.0.1:5123")
    bench.show("/a?b=1")
    bench.pane.view.setFocus()
    qtbot.keyClick(bench.pane.view, Qt.Key.Key_U)
    assert clipboard() == "http://127.0.0.1:5123/a?b=1"
    qtbot.keyClick(bench.pane.view, Qt.Key.Key_C)
    assert clipboard().startswith("curl 'http://127.0.0.1:5123/a?b=1' \\\n")


def test_a_long_query_is_readable_and_copied_whole(
    bench: Bench, clipboard: Callable[[], str]
) -> None:
    query = "q=" + "abcdefghij" * 600
    bench.show(f"/search?{query}")
    assert query in bench.details.title.text()
    assert query in bench.text("requestHeaders")
    assert bench.text("requestQuery") == f"q: {query[2:]}"
    dict(bench.details.copier.forms())["Copy URL"]()
    assert clipboard().endswith(query)


def test_forms_have_their_fields_and_files_to_save(bench: Bench, tmp_path: Path) -> None:
    form = (
        b'--B\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="../a b.bin"'
        b"\r\n\r\n\0\1\r\n--B--\r\n"
    )
    kind = (("Content-Type", "multipart/form-data; boundary=B"),)
    bench.show(method="POST", request_headers=kind, request_body=Body(len(form), form))
    assert bench.text("requestForm") == "user: ada\nf: ../a b.bin  2 B"
    (line,) = (
        child for child in bench.details.request.files.findChildren(QWidget)
        if hasattr(child, "save_to")
    )  # fmt: skip
    line.save_to(str(tmp_path / "saved"))
    assert (tmp_path / "saved").read_bytes() == b"\0\1"
    line.save_to(str(tmp_path / "no" / "saved"))
    assert line.label.text().startswith("It can't be saved: ")


def test_a_body_is_saved_and_a_failure_is_shown(bench: Bench, tmp_path: Path) -> None:
    bench.body(gzip.compress(b"hello"), response_headers=(("Content-Encoding", "gzip"),))
    body = bench.details.response.body
    body.save_to(str(tmp_path / "saved"))
    assert (tmp_path / "saved").read_bytes() == b"hello"
    body.save_to(str(tmp_path / "no" / "saved"))
    assert body.problem.isVisible()
    assert body.problem.text().startswith("It can't be saved: ")


def test_what_cant_be_unpacked_says_so_and_is_shown(bench: Bench) -> None:
    bench.body(b"\x28\xb5plain", response_headers=(("Content-Encoding", "zstd"),))
    assert bench.details.response.body.problem.text() == (
        "This is not zstd, though its header names it: the bytes as sent."
    )
    assert bench.text("responseBody").startswith("00000000  28 b5 70")


def png(width: int = 30, height: int = 20) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#3f76d8"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def test_pictures_are_shown(bench: Bench, qtbot: Any) -> None:
    bench.body(png(), "image/png")
    preview = bench.details.response.body.preview
    qtbot.waitUntil(lambda: not preview.picture.image.isNull())
    assert preview.facts.text() == "30 \u00d7 20"
    bench.body(png()[:40], "image/png")
    qtbot.waitUntil(lambda: "can't be read" in preview.facts.text())
    assert preview.picture.image.isNull()


def test_a_huge_picture_is_read_small_or_not_at_all(qtbot: Any) -> None:
    from launcher.panes.details.preview import MOST_PIXELS, read_picture

    image, facts = read_picture(png(6000, 4000))
    assert facts == "6,000 \u00d7 4,000"
    assert image.width() * image.height() <= MOST_PIXELS * 1.01
    bomb = bytearray(png(8, 8))
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    image, facts = read_picture(bytes(bomb))
    assert image.isNull()
    assert "can't be read" in facts


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []

    def open_url(url: Any) -> bool:
        found.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    return found


def test_pages_go_to_the_browser_without_scripts(bench: Bench, opened: list[Path]) -> None:
    page = "<script>alert(1)</script><meta http-equiv=refresh content='0;url=http://x.test'>\"&"
    bench.body(page.encode(), "text/html")
    body = bench.details.response.body
    body.choose(BodyView.PREVIEW)
    body.preview.open.click()
    (file,) = opened
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    text = file.read_text()
    assert "default-src 'none'" in text.replace("&#x27;", "'")
    assert "<iframe sandbox srcdoc=" in text
    assert "<script>" not in text
    bench.body(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
               "image/svg+xml")  # fmt: skip
    body.preview.open.click()
    assert "<image" not in opened[-1].read_text()
    assert os.listdir(file.parent)


def test_the_overview_and_the_times(bench: Bench, qtbot: Any) -> None:
    bench.show(
        "/pay/7", endpoint="shop.pay", view_args=(("id", "7"),),
        flow=(("app", 0, 9000, 0), ("view pay", 1000, 7000, 1)),
        flow_places=(("view pay", "/shop/shop.py", 12),),
    )  # fmt: skip
    text = bench.text("requestFactsView")
    for line in ("Endpoint: shop.pay", "View: /shop/shop.py:12", "Status: 200 OK", "Thread: t"):
        assert line in text
    qtbot.waitUntil(lambda: bench.details.pages.is_filled)
    names = [span.name for span in bench.details.timing.bars.spans]
    assert names == ["Request", "app", "view pay"]
    wanted: list[tuple[str, int]] = []
    bench.pane.sourceRequested.connect(lambda file, line: wanted.append((file, line)))
    bench.details.endpoint.activated.emit()
    assert wanted == [("/shop/shop.py", 12)]
    bench.show("/plain")
    bench.details.tabs.setCurrentIndex(TIMING)
    spans = bench.details.timing.bars.spans
    assert [span.name for span in spans][1:] == ["In the app", "Receiving, sending and waiting"]
    assert abs(spans[1].length + spans[2].length - spans[0].length) < 1e-9


def test_the_output_of_a_request_has_its_number_on_the_tab(bench: Bench) -> None:
    bench.log.add_started(bench.make.request(1, "/prints"))
    bench.log.add_output(1, "one\n\x1b[31mtwo\x1b[0m\n")
    bench.log.add_output(99, "of nobody\n")
    bench.pane.refresh()
    bench.pane.view.catch_up()
    bench.pane.show_request(0)
    assert bench.text("requestOutput") == "one\ntwo"
    assert bench.details.tabs.tabBar().count_text(OUTPUT) == "2"
    bench.log.add_output(1, "three\n")
    bench.pane.refresh()
    assert bench.text("requestOutput") == "one\ntwo\nthree"


def test_output_has_the_colours_it_was_written_with(bench: Bench) -> None:
    bench.log.add_started(bench.make.request(1, "/prints"))
    text = f"\x1b[1;31mred \U0001f600\x1b[0m plain\n10 %\r100 %\n{'x' * 20_001}\x1b[32m{'y' * 9}\n"
    bench.log.add_output(1, text)
    bench.pane.refresh()
    bench.pane.view.catch_up()
    bench.pane.show_request(0)
    bench.details.tabs.setCurrentIndex(OUTPUT)
    view = bench.details.output.view
    assert view.toPlainText() == f"red \U0001f600 plain\n100 %\n{'x' * 20_000}\nx{'y' * 9}"
    first, last = view.document().firstBlock(), view.document().lastBlock()
    (red,) = first.layout().formats()
    assert (red.start, red.length) == (0, 6)  # as Qt counts
    assert red.format.foreground().color() == theme.colour(view.palette(), "danger")
    view.moveCursor(QTextCursor.MoveOperation.End)
    view.grab()
    (green,) = last.layout().formats()
    assert (green.start, green.length) == (1, 9)


STEPS = (("run_wsgi", 0, 9_000, 0), ("app", 10, 8_000, 1), ("view shop.tea", 20, 7_000, 2))


def test_the_flow_of_a_request_is_a_tab_where_it_was_recorded(bench: Bench, qtbot: Any) -> None:
    tabs = bench.details.tabs
    bench.show("/tea", flow=STEPS, flow_places=(("view shop.tea", "/shop/shop.py", 12),))
    page = bench.details.flow
    assert tabs.isTabVisible(FLOW)
    assert page.view.line.steps == ()  # it is laid out when it is seen
    tabs.tabBarClicked.emit(FLOW)
    tabs.setCurrentIndex(FLOW)
    assert [step.key for step in page.view.line.steps] == ["run_wsgi", "app", "view"]
    assert page.view.current is page.view.line.heaviest
    with qtbot.waitSignal(bench.pane.sourceRequested) as signal:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert signal.args == ["/shop/shop.py", 12]
    bench.show("/static/logo.svg")
    assert not tabs.isTabVisible(FLOW)
    assert tabs.currentIndex() == RESPONSE
    bench.show("/tea", flow=STEPS[:1])
    assert tabs.currentIndex() == FLOW
    assert len(page.view.line.steps) == 1
    bench.show("/bad", flow=STEPS, problem="Two Host headers.")
    assert tabs.currentIndex() == ERROR
    qtbot.keyClick(page.view, Qt.Key.Key_Escape)
    assert bench.pane.selected is None


def test_a_failed_request_opens_on_its_error_and_the_next_where_one_was(bench: Bench) -> None:
    details = bench.details
    bench.show("/fine")
    assert details.tabs.currentIndex() == RESPONSE
    details.tabs.tabBarClicked.emit(TIMING)
    details.tabs.setCurrentIndex(TIMING)
    bench.show("/bad", status=400, problem="Two Host headers.")
    assert details.tabs.currentIndex() == ERROR
    details.tabs.setCurrentIndex(OVERVIEW)
    bench.show("/fine")
    assert details.tabs.currentIndex() == TIMING
    assert not details.tabs.isTabVisible(ERROR)


def test_the_same_request_is_made_ready_once(
    bench: Bench, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many others arrive meanwhile."""
    from launcher.panes.details import body_section, message_page, output_page

    bench.body(b'{"a":1}', "application/json")
    qtbot.waitUntil(lambda: bench.details.pages.is_filled)

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("it was made ready again")

    monkeypatch.setattr(body_section, "read", fail)
    monkeypatch.setattr(message_page, "request_groups", fail)
    monkeypatch.setattr(output_page, "OutputLog", fail)
    for number in range(2, 200):
        bench.log.add_finished(bench.make.finished(number, f"/{number}"))
        bench.pane.refresh()


HOSTILE = "<b>x</b><img src=x>\x1b[31m\u202e\u2028&amp;\ud83d"


def test_escape_leaves_the_search_and_then_the_details(bench: Bench, qtbot: Any) -> None:
    bench.body(b"text", "text/plain")
    body = bench.details.response.body
    body.bar.open_search()
    qtbot.keyClick(body.bar.field, Qt.Key.Key_Escape)
    assert bench.details.isVisible()
    qtbot.keyClick(body.view, Qt.Key.Key_Escape)
    assert bench.pane.selected is None
    assert not bench.details.isVisible()


def test_low_and_narrow_panes_keep_their_list(qtbot: Any, bench: Bench) -> None:
    bench.body(b'{"a":1}', "application/json")
    bench.pane.resize(640, LOW)
    assert bench.details.minimumSizeHint().height() <= 210
    assert bench.details.minimumSizeHint().width() <= 380
    bench.details.closed.emit()  # it is back in a low window, where the details are over it
    qtbot.waitUntil(lambda: bench.pane.view.height() >= 72)


def test_hostile_content_is_text(bench: Bench) -> None:
    value = HOSTILE.encode("utf-8", "surrogatepass").decode("latin-1")
    data = b'{"' + HOSTILE.replace("\x1b", "").encode("utf-8", "replace") + b'":"\xff\0"}'
    bench.show(
        f"/{value}?{value}={value}",
        request_headers=((value, value), ("Cookie", f"{value}={value}")),
        response_headers=((value, value), ("Set-Cookie", f"{value}; {value}")),
        response_body=Body(len(data), data),
        endpoint=HOSTILE,
        problem=HOSTILE,
        thread=HOSTILE,
    )
    bench.log.add_output(1, HOSTILE)
    bench.pane.refresh()
    for index in range(bench.details.tabs.count()):
        bench.details.tabs.setCurrentIndex(index)
        bench.details.grab()
    for view in bench.details.findChildren(QPlainTextEdit):
        assert view.isReadOnly()
        assert not set("\x1b\u202e\u2028\0") & set(view.toPlainText())


def test_the_parts_of_a_message_are_as_high_as_they_need(bench: Bench, qtbot: Any) -> None:
    bench.show("/?a=1", request_headers=(("Host", "h"),), query="a=1")
    details = bench.details
    details.tabs.setCurrentIndex(REQUEST)
    page = details.request
    sections = [page.sections[name] for name in ("headers", "query")]
    qtbot.waitUntil(
        lambda: (
            page.body.height() <= page.body.minimumSizeHint().height()
            and all(part.height() == part.sizeHint().height() for part in sections)
        )
    )
    assert page.body.height() < 60  # a title: there is no body
    bench.show("/", request_body=Body(9, b'{"a": 1}\n'), request_headers=JSON)
    qtbot.waitUntil(lambda: page.body.height() > 150)


def test_the_view_is_the_apps_own(make: Any) -> None:
    flow = (("dispatch_request", 0, 9, 0), ("view shop.tea", 1, 8, 1), ("view flask.x", 2, 1, 2))
    places = (
        ("view shop.tea", "/shop/shop.py", 12),
        ("view flask.x", "/x/site-packages/flask/templating.py", 20),
    )
    assert view_place(make.finished(1, flow=flow, flow_places=places)) == ("/shop/shop.py", 12)
    alone = make.finished(1, flow=flow[2:], flow_places=places[1:])
    assert view_place(alone) == ("/x/site-packages/flask/templating.py", 20)


def test_why_a_failed_request_has_no_error_is_shown_once(bench: Bench) -> None:
    bench.show("/silent", status=500, problem="no error reached the server")
    page = bench.details.error
    assert page.message.text() == "No error reached the server"
    assert page.text.toPlainText() == ""
    bench.show("/long", status=500, problem="one line\nand another")
    assert page.message.text() == "One line and another"
    assert page.text.toPlainText() == "one line\nand another"


def test_body_and_headers_are_beside_each_other_where_that_shows_more(qtbot: Any) -> None:
    page = MessagePage("response")
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    beside, below = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    for width, height, wanted in ((430, 600, below), (640, 200, beside), (640, 800, below),
                                  (1000, 800, beside)):  # fmt: skip
        page.resize(width, height)
        assert page.splitter.orientation() == wanted, (width, height)


def test_the_path_has_room_before_the_buttons_have_words(bench: Bench, make: Any) -> None:
    bench.pane.resize(900, 700)
    bench.pane.splitter.place(BOTTOM)
    bench.log.add_started(make.request(1, "/product/tea"))
    number = bench.log.link_error(1, bench.errors.end)
    bench.errors.add(make.error(1, 1, text='File "/shop/shop.py", line 3'), number, "GET", "/pay")
    bench.show("/product/tea", status=500, error_id=1)
    details = bench.details
    assert details.to_editor.isVisible()
    for button, name in (
        (details.replay, "Send again"), (details.edit, "Edit"), (details.curl, "cURL"),
        (details.copies, "Copy"), (details.to_editor, "Open in editor"),
    ):  # fmt: skip
        assert button.accessibleName() == name
    for width in range(760, 1500, 20):
        bench.pane.resize(width, 700)
        assert details.title.width() >= 150, width
        for button in details.bar.buttons:
            assert button.isHidden() or button.width() >= button.minimumSizeHint().width(), width
    assert details.curl.text() == "cURL"
    assert details.copies.icon().isNull()
    bench.pane.resize(780, 700)
    assert details.copies.text() == ""
    assert details.curl.isHidden()
    assert not details.copies.icon().isNull()
    assert details.to_editor.text() == "Open in editor"
    bench.pane.resize(700, 700)
    assert details.replay.text() == "Send again"
