"""The errors pane: kinds of errors, the selected one, the way to the line."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QPushButton

from launcher.core.errors.code import prepare
from launcher.core.logs.errors import ErrorLog, ErrorRow
from launcher.panes.controls import source_view
from launcher.panes.errors import ErrorsPane
from server.events import Cause, Frame

FRAMES = (
    Frame("/lib/site-packages/flask/app.py", 880, "dispatch_request", ("    return x",), 880),
    Frame(
        "/shop/shop.py", 12, "pay",
        ("def pay(n):", "    total = add(n, 1)", "    return total"), 11,
        (("n", "7"), ("password", "'hunter2'")), (("n", "int"), ("password", "str"), ("total", "")),
        (12, 21), 12, own=True,
    ),
    Frame("/lib/site-packages/money/__init__.py", 3, "add", ("    raise KeyError(n)",), 3),
)  # fmt: skip


@pytest.fixture
def pane(qtbot: Any, make: Any) -> ErrorsPane:
    log = ErrorLog(capacity=50, block=10)
    made = ErrorsPane(log)
    made.log = log  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.resize(900, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def framed(make: Any, number: int, **changes: Any) -> Any:
    return replace(make.error(number), frames=FRAMES, **{"group": "pay", **changes})


def test_it_begins_at_the_innermost_own_frame(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(framed(make, 1), 3, "GET", "/pay")
    assert pane.show_error(0)
    lines = pane.text.toPlainText().split("\n")
    assert lines[0].endswith("1 library frame of money")
    assert "shop.py:12" in lines[1]
    assert lines[3].split("\u203a")[1] == "     total = add(n, 1)"
    text = "\n".join(lines)
    assert "not set" in text
    assert "hunter2" not in text
    assert text.index("shop.py") < text.index("flask")
    pane.text.toggle(next(line.fold for line in pane.text._lines if line.kind == "library"))
    assert "money/__init__.py:3" in pane.text.toPlainText()


def test_lines_of_code_are_as_high_as_they_are_to_be(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(framed(make, 1))
    pane.show_error(0)
    document = pane.text.document()
    heights = {
        line.kind: pane.text.blockBoundingRect(document.findBlockByNumber(number)).height()
        for number, line in list(enumerate(pane.text._lines))[1:-1]  # which have the margins
    }
    assert heights["source"] == heights["failing"] == 18
    assert heights["local"] == 20
    assert heights["frame"] == heights["library"] == 28


def test_code_has_the_tones_of_its_words(
    qtbot: Any, make: Any, pane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes them takes long at the first time, which is beside the GUI thread."""
    threads: list[threading.Thread] = []

    def watched() -> None:
        threads.append(threading.current_thread())
        prepare()

    monkeypatch.setattr(source_view, "prepare", watched)
    pane.log.add(framed(make, 1))
    pane.show_error(0)
    number = next(n for n, line in enumerate(pane.text._lines) if "def pay" in line.text)

    def keywords() -> list[tuple[int, int]]:
        """Place and length of what is in bold letters in the line."""
        formats = pane.text.document().findBlockByNumber(number).layout().formats()
        bold = [one for one in formats if one.format.fontWeight() == QFont.Weight.DemiBold]
        return [(one.start, one.length) for one in bold]

    assert keywords() == []
    at = pane.text._lines[number].text.index("def")
    qtbot.waitUntil(lambda: keywords() == [(at, 3)])
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    pane.log.add(framed(make, 2))
    pane.show_error(1)
    assert keywords() == [(at, 3)]


def test_styles_of_a_terminal_are_shown_and_no_part_of_a_text(make: Any, pane: Any) -> None:
    red = "\x1b[1;31mno\x1b[0m order"
    pane.log.add(replace(make.error(1), message=red, text=f"Title\nValueError: {red}\n"))
    pane.show_error(0)
    assert pane.log.get(0).message == "no order"
    assert pane.text.toPlainText().split("\n")[1] == "ValueError: no order"
    block = pane.text.document().findBlockByNumber(1)
    (styled,) = (one for one in block.layout().formats() if one.start == len("ValueError: "))
    assert (styled.length, styled.format.fontWeight()) == (2, QFont.Weight.DemiBold)


def test_one_key_leads_to_the_line(qtbot: Any, make: Any, pane: Any) -> None:
    wanted: list[tuple[str, int]] = []
    pane.sourceRequested.connect(lambda *place: wanted.append(place))
    pane.log.add(framed(make, 1))
    pane.show_error(0)
    for key in (Qt.Key.Key_F4, Qt.Key.Key_Return):
        qtbot.keyClick(pane.view, key)
    qtbot.keyClick(pane.text, Qt.Key.Key_F4)
    assert wanted == [("/shop/shop.py", 12)] * 3


def test_entering_selects_the_newest_unseen(qtbot: Any, make: Any, pane: Any) -> None:
    pane.hide()
    for number, group in enumerate(("a", "b", "c")):
        pane.log.add(framed(make, number, group=group))
    pane.log.groups.mark_seen("c")
    with qtbot.waitSignal(pane.seen):
        pane.show()
    assert pane.view.current_key == "b"
    assert pane.log.groups.unseen == 1
    assert pane.count.text() == "1 kind not seen yet, 3 errors in all"


def test_what_comes_to_an_empty_list_in_front_is_shown(make: Any, pane: Any) -> None:
    assert not pane.panel.head.isVisible()
    for number, group in enumerate(("a", "b", "c")):
        pane.log.add(framed(make, number, group=group, message=f"message {group}"))
    pane.log.groups.mark_seen("c")
    pane.model.sort_by = "First seen"
    pane.catch_up()
    assert pane.view.current_key == "b"
    assert "message b" in pane.text.toPlainText()
    assert pane.log.groups.unseen == 1


def test_errors_of_before_that_arrive_late_are_shown(make: Any, pane: Any) -> None:
    for number, group in enumerate(("a", "b")):
        pane.log.add(framed(make, number, group=group, message=f"message {group}"))
    pane.log.groups.older, rows = tuple(pane.log.groups), pane.log.groups
    rows._groups.clear()
    rows._unseen.clear()
    pane.catch_up()
    assert pane.view.current_key == "b"
    assert "message b" in pane.text.toPlainText()


def test_the_same_number_of_another_history_is_another_error(make: Any, pane: Any) -> None:
    for project in ("shop", "blog", "blog"):
        other = ErrorLog()
        other.add(framed(make, 1, group=project, message=f"message {project}"))
        (row,) = other
        (group,) = other.groups
        row = replace(row, number=-1)
        pane.log.groups.older = (replace(group, newest=replace(group.newest, number=-1)),)
        pane.log.attach(Kept(row))
        pane.catch_up()
        assert pane.view.current_key == project
        assert f"message {project}" in pane.text.toPlainText()


class Kept:
    """An archive of one error of before."""

    oldest = -1

    def __init__(self, row: ErrorRow) -> None:
        self.row = row

    def get(self, _number: int) -> ErrorRow:
        return self.row


def test_from_one_of_before_on_leads_a_step_to_that_of_now(
    qtbot: Any, make: Any, pane: Any
) -> None:
    other = ErrorLog()
    other.add(framed(make, 1, message="of before"))
    (row,), (group,) = other, other.groups
    pane.log.groups.older = (replace(group, newest=replace(group.newest, number=-1)),)
    pane.log.attach(Kept(replace(row, number=-1)))
    pane.catch_up()
    pane.log.add(framed(make, 2, message="of now"))
    pane.catch_up()
    assert "of before" in pane.panel.message.text()  # it is being read
    assert pane.panel.steps.text() == "1 of 2"
    qtbot.mouseClick(pane.panel.after, Qt.MouseButton.LeftButton)
    assert "of now" in pane.panel.message.text()


def test_nothing_counts_as_seen_while_it_isn_t_in_front(make: Any, pane: Any) -> None:
    pane.hide()
    pane.log.add(framed(make, 1))
    pane.refresh()
    pane.catch_up()
    assert pane.log.groups.unseen == 1
    assert pane.model.rowCount() == 0  # hidden, it costs nothing
    pane.show()
    assert pane.model.rowCount() == 1
    assert pane.log.groups.unseen == 0


def test_a_kind_s_errors_one_after_the_other(qtbot: Any, make: Any, pane: Any) -> None:
    for number in range(3):
        pane.log.add(framed(make, number, message=str(number)), number, "GET", f"/{number}")
    pane.show_error(2)
    assert pane.model.rowCount() == 1
    assert pane.panel.steps.text() == "3 of 3"
    qtbot.mouseClick(pane.panel.before, Qt.MouseButton.LeftButton)
    assert pane.panel.steps.text() == "2 of 3"
    wanted: list[int] = []
    pane.requestRequested.connect(wanted.append)
    qtbot.mouseClick(pane.findChild(QPushButton, "showRequestButton"), Qt.MouseButton.LeftButton)
    assert wanted == [1]


def test_filter_and_sort(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(framed(make, 0, group="a", message="alpha"))
    for number in (1, 2):
        pane.log.add(framed(make, number, group="b", message="beta"))
    pane.log.add(framed(make, 3, group="c", message="gamma"))
    pane.catch_up()
    qtbot.keyClicks(pane.filter, "ET")
    assert [pane.model.group(n).key for n in range(pane.model.rowCount())] == ["b"]
    pane.filter.clear()
    pane.sort.setCurrentText("Most")
    assert pane.model.group(0).key == "b"
    assert pane.show_error(3)


def test_text_is_text(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(
        make.error(1, 4, text="<b>first</b>\n\x1b[31m\x07", message="<i>"), 3, "POST", "/pay"
    )
    assert pane.show_error(0)
    assert pane.text.toPlainText() == "<b>first</b>\n\\x07"
    assert pane.panel.message.text() == "<i>"


def test_copies_have_no_secrets(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(framed(make, 1), 3, "GET", "/pay?token=hunter2")
    pane.set_facts("shop:app", "3.12.1")
    pane.show_error(0)
    qtbot.mouseClick(pane.panel.copy, Qt.MouseButton.LeftButton)
    assert "KeyError: 7" in QGuiApplication.clipboard().text()
    qtbot.mouseClick(pane.panel.copy_markdown, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "> " + "  12      total = add(n, 1)" in text
    for part in ("## KeyError: 7", "Python 3.12.1", "`shop:app`", "`GET /pay?token=***`"):
        assert part in text
    assert "hunter2" not in text


def test_causes_and_recursion(qtbot: Any, make: Any, pane: Any) -> None:
    again = replace(FRAMES[1], line=13)
    mark = Frame("<\u2026>", 0, "970 frames left out")
    error = replace(
        framed(make, 1), frames=(again,) * 20 + (mark,) + (again,) * 40,
        causes=(Cause("cause", "json.JSONDecodeError", "no JSON", FRAMES),),
    )  # fmt: skip
    pane.log.add(error)
    pane.show_error(0)
    text = pane.text.toPlainText()
    for part in ("39 more frames", "970 frames left out", "19 more frames", "It was caused by",
                 "JSONDecodeError  json", "no JSON"):  # fmt: skip
        assert part in text


def test_a_megabyte_of_text_is_some_hundred_lines(qtbot: Any, make: Any, pane: Any) -> None:
    long = Frame("/shop/shop.py", 1, "pay", ("x" * 1024,) * 15, 1, (("a", "y" * 4096),) * 60,
                 own=True)  # fmt: skip
    pane.log.add(
        replace(make.error(1), frames=(long,) * 60, message="m" * 16384, text="t" * 262144)
    )
    pane.show_error(0)
    assert pane.text.blockCount() < 200
    assert len(pane.text.toPlainText()) < 60_000


def test_an_error_that_is_gone_is_not_found(qtbot: Any, make: Any, pane: Any) -> None:
    for number in range(100):
        pane.log.add(make.error(number))
    assert not pane.show_error(0)
    assert pane.show_error(99)
    assert pane.model.rowCount() == 1


def test_clearing_empties_everything(qtbot: Any, make: Any, pane: Any) -> None:
    pane.log.add(make.error(1))
    pane.show_error(0)
    pane.log.clear()
    pane.catch_up()
    assert pane.model.rowCount() == 0
    assert pane.panel.head.isHidden()


def test_what_was_cleared_comes_back_as_it_was_shown(make: Any, pane: Any) -> None:
    for number in (1, 2):
        pane.log.add(framed(make, number, group=f"kind {number}", message=f"message {number}"))
    pane.catch_up()
    pane.show_error(0)
    pane.log.hide()
    pane.catch_up()
    assert pane.panel.head.isHidden()
    pane.log.unhide()
    pane.catch_up()
    assert pane.view.currentIndex().isValid()
    assert not pane.panel.head.isHidden()
    assert "message 1" in pane.panel.text.toPlainText()


def test_the_foot_counts_kinds_from_before_apart(make: Any, pane: Any) -> None:
    other = ErrorLog()
    for number in (2, 3):  # the newest has a number that the log doesn't have
        other.add(framed(make, number, group="old", type="OldError"))
    pane.log.groups.older = tuple(other.groups)
    pane.catch_up()
    assert pane.count.text() == "1 kind from before"
    pane.log.add(framed(make, 1))
    pane.catch_up()
    assert pane.count.text() == "1 kind not seen yet, 1 error in all, 1 kind from before"
