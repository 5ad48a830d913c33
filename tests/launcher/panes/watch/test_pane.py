"""The pane of the pinned requests, and what it shows of their answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QScrollArea

from launcher.core.secrets import MASK
from launcher.core.watch.code import FileChange
from launcher.core.watch.ignoring import Ignored
from launcher.core.watch.judging import Reply
from launcher.core.watch.pins import pin_of
from launcher.core.watch.rounds import WatchLog
from launcher.panes.watch.answer import BODY, ERROR, HEADERS, TIMING
from launcher.panes.watch.pane import BESIDE_FROM, WatchPane
from server.events import Body, Frame

WAIT = 10_000
JSON = (("Content-Type", "application/json"), ("X-Old", "1"), ("Set-Cookie", "session=abc"))
CHANGE = FileChange("/shop/prices.py", "a\nprice = 5\nb\n", "a\nprice = 19\nb\n", 1_700_000_009.0)


def answer(make: Any, id: int, value: Any, target: str = "/items/3", **changes: Any) -> Any:
    data = json.dumps(value).encode()
    changes = {"response_headers": JSON, **changes}
    return make.finished(id, target, response_body=Body(len(data), data), **changes)


@pytest.fixture
def log(make: Any) -> WatchLog:
    """Three pins: one has changed, one failed, one was never sent."""
    log = WatchLog()
    first = answer(make, 1, {"id": 3, "price": 5})
    log.set_pins(
        [
            pin_of(first),
            pin_of(answer(make, 2, {}, "/deep?token=abc&day=1")),
            pin_of(answer(make, 3, {}, "/new", method="POST")),
        ]
    )
    made = log.begin(1_700_000_010.0, ("/shop/prices.py",))
    after = answer(make, 4, {"id": 3, "price": 19}, response_headers=(*JSON, ("X-New", "2")))
    log.add(made, log.pins[0].key, Reply(after))
    failed = answer(make, 5, {}, "/deep?token=abc&day=1", status=500, error_id=9)
    frame = Frame("/shop/pricing.py", 8, "parse_day", ("raise ParserError(day)",), 8, (), own=True)
    error = replace(make.error(9, 5, type="x.ParserError"), frames=(frame,))
    log.add(made, log.pins[1].key, Reply(failed, error=error))
    return log


@pytest.fixture
def pane(qtbot: Any, log: WatchLog) -> WatchPane:
    pane = WatchPane(log)
    pane.changesWanted.connect(
        lambda key: pane.show_changes((CHANGE,) if key == log.pins[0].key else ())
    )
    pane.set_sending(automatic=True, refusal="")
    pane.resize(1180, 640)
    qtbot.addWidget(pane)
    with qtbot.waitExposed(pane):
        pane.show()
    qtbot.waitUntil(lambda: bool(pane.answer.lines.pairs), timeout=WAIT)
    return pane


def test_each_pin_has_a_row_with_what_differs(pane: WatchPane) -> None:
    assert isinstance(pane.view, QAbstractItemView)
    assert pane.view.objectName() == "watchView"
    texts = [pane.model.index(row).data() for row in range(pane.model.rowCount())]
    assert texts == [
        "GET /items/3  200  12.3 ms\nChanged  1 value in the body, 1 header",
        f"GET /deep?token={MASK}&day=1  200 \u2192 500  12.3 ms\n"
        "Failed  ParserError in pricing.py:8",
        "POST /new  200\nNot sent yet",
    ]
    assert "1 failed" in pane.strip.summary.text.replace("  ", " ")
    assert "prices.py" in pane.strip.summary.text
    assert pane.strip.automatic.isChecked()
    heights = [pane.view.sizeHintForRow(row) for row in range(3)]
    assert heights[0] > heights[2]
    assert "prices.py" in pane.grid.accessibleDescription()


def test_before_and_after_and_the_code_in_between(qtbot: Any, pane: WatchPane) -> None:
    shown = pane.answer
    assert shown.title.text() == "/items/3"
    changed = [pair for pair in shown.lines.pairs if pair.differs]
    assert [(p.before and p.before.text, p.after and p.after.text) for p in changed] == [
        ('  "price": 5', '  "price": 19')
    ]
    assert (shown.tabs.count_text(BODY), shown.tabs.count_text(HEADERS)) == ("1", "1")
    whole = len(shown.lines.pairs)
    shown.only.click()
    assert len(shown.lines.pairs) == whole  # it is a short one
    shown.tabs.setCurrentIndex(HEADERS)
    texts = [pair.after.text for pair in shown.lines.pairs if pair.after is not None]
    assert texts == ["X-New: 2"]
    shown.only.click()
    shown_now = [pair.after.text for pair in shown.lines.pairs if pair.after is not None]
    assert not any("abc" in text for text in shown_now)
    shown.tabs.setCurrentIndex(TIMING)
    assert [pair.before.text for pair in shown.lines.pairs if pair.before is not None] == [
        "Time     12.3 ms", "Size     21 B",
    ]  # fmt: skip
    names = [label.text() for label in shown.files.findChildren(type(shown.title))]
    assert names == ["prices.py"]
    assert shown.place == ("/shop/prices.py", 2)
    with qtbot.waitSignal(pane.sourceRequested) as blocker:
        shown.to_editor.click()
    assert blocker.args == ["/shop/prices.py", 2]


def test_what_failed_shows_its_error(qtbot: Any, pane: WatchPane, log: WatchLog) -> None:
    pane.view.setFocus()
    qtbot.keyClick(pane.view, Qt.Key.Key_Down)
    assert pane.current == log.pins[1].key
    assert pane.answer.tabs.currentIndex() == ERROR
    assert "parse_day" in pane.answer.error.toPlainText()
    with qtbot.waitSignal(pane.sourceRequested) as blocker:
        qtbot.keyClick(pane.view, Qt.Key.Key_F4)
    assert blocker.args == ["/shop/pricing.py", 8]
    qtbot.keyClick(pane.view, Qt.Key.Key_Down)
    assert not pane.answer.tabs.isTabVisible(ERROR)
    lines = pane.answer.lines.pairs  # what is expected stands there already
    assert [(line.before and line.before.text, line.after) for line in lines] == [("{}", None)]
    assert not any(line.differs for line in lines)
    assert not pane.answer.accept.isEnabled()


def test_keys_and_the_menu_of_what_is_ignored(qtbot: Any, pane: WatchPane, log: WatchLog) -> None:
    key = log.pins[0].key
    pane.view.setFocus()
    for press, modifier, signal, wanted in (
        (Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, pane.sendRequested, [key]),
        (Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier, pane.sendAllRequested, []),
        (Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, pane.acceptRequested, [key]),
        (Qt.Key.Key_P, Qt.KeyboardModifier.NoModifier, pane.unpinRequested, [key]),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, pane.unpinRequested, [key]),
    ):
        with qtbot.waitSignal(signal) as blocker:
            qtbot.keyClick(pane.view, press, modifier)
        assert blocker.args == wanted
    menu = pane.answer.ignore.menu()
    menu.aboutToShow.emit()
    titles = [action.text() for action in menu.actions()]
    assert titles == ["\u201cprice\u201d", "header x-new", "the body"]
    with qtbot.waitSignal(pane.ignoreRequested) as blocker:
        menu.actions()[0].trigger()
    assert blocker.args == [key, Ignored("json", "price"), True]
    log.set_pins([log.pins[0].ignoring(Ignored("json", "price")), *log.pins[1:]])
    pane.catch_up()
    menu.aboutToShow.emit()
    checked = [action.text() for action in menu.actions() if action.isChecked()]
    assert checked == ["\u201cprice\u201d"]


def test_files_of_another_pin_are_gone_at_once(pane: WatchPane, log: WatchLog) -> None:
    label = type(pane.answer.title)
    before = pane.answer.files.findChildren(label)
    assert all(name.isVisible() for name in before)
    pane.show_pin(log.pins[1].key)
    assert not any(name.isVisible() for name in before)


def test_where_it_is_narrow_the_answers_are_below(qtbot: Any, pane: WatchPane) -> None:
    assert pane.splitter.orientation() == Qt.Orientation.Horizontal
    pane.resize(BESIDE_FROM - 100, 560)
    assert pane.splitter.orientation() == Qt.Orientation.Vertical
    assert pane.view.isVisible()
    assert pane.answer.isVisible()
    pane.set_sending(automatic=False, refusal="The server isn't running.")
    pane.catch_up()
    assert not pane.strip.send.isEnabled()
    assert not pane.strip.automatic.isChecked()


def test_a_long_answer_is_laid_out_beside_the_window(
    qtbot: Any, pane: WatchPane, log: WatchLog, make: Any
) -> None:
    rows = [{"id": number, "name": "lamp"} for number in range(2_000)]
    before = answer(make, 1, rows, "/long")
    rows[1_500] = {"id": 1_500, "name": "desk"}
    log.set_pins([*log.pins, pin_of(before)])
    key = log.pins[-1].key
    log.add(log.rounds[-1], key, Reply(answer(make, 6, rows, "/long")))
    pane.catch_up()
    assert pane.show_pin(key)
    qtbot.waitUntil(lambda: len(pane.answer.lines.pairs) > 6_000, timeout=WAIT)
    bar = pane.answer.findChild(QScrollArea, "watchScroll").verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 10_000, timeout=WAIT)
    pane.answer.next.click()
    assert bar.value() > 10_000
    pane.answer.only.click()
    assert len(pane.answer.lines.pairs) < 10
    log.set_pins(())
    pane.catch_up()
    assert pane.current == ""
    assert not pane.answer.isEnabled()


def test_pictures_and_other_bytes_are_a_dump(
    qtbot: Any, pane: WatchPane, log: WatchLog, make: Any
) -> None:
    picture = (("Content-Type", "image/png"),)
    data = b"\x89PNG\r\n\x1a\n" + bytes(40)
    done = make.finished(7, "/logo", response_headers=picture, response_body=Body(len(data), data))
    log.set_pins([pin_of(done)])
    other = done.replace(response_body=Body(len(data), data[:-1] + b"x"))
    log.add(log.rounds[-1], log.pins[0].key, Reply(other))
    pane.catch_up()
    qtbot.waitUntil(lambda: len(pane.answer.lines.pairs) == 3, timeout=WAIT)
    assert [pair.differs for pair in pane.answer.lines.pairs] == [False, False, True]
