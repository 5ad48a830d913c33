"""The output pane: lines, following, selection, keys, search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from launcher.core.logs.line_store import MAX_LINE
from launcher.core.logs.output import OutputLog
from launcher.core.logs.output_filter import LineFilter
from launcher.panes.filter_bar.chip import Chip
from launcher.panes.output.painting import columns_for, place_box, turn_box
from launcher.panes.output.pane import OutputPane
from launcher.panes.output.selection import Place
from launcher.panes.output.whole_line import WholeLine
from launcher.theme import Theme
from server.events import OutputWritten

WAIT = 5000


class Bench:
    def __init__(self, qtbot: Any, max_bytes: int = 1_000_000) -> None:
        self.log = OutputLog(max_bytes=max_bytes)
        self.pane = OutputPane(self.log)
        self.view = self.pane.view
        self.qtbot = qtbot
        qtbot.addWidget(self.pane)
        self.pane.resize(900, 300)
        with qtbot.waitExposed(self.pane):
            self.pane.show()
        self.bar = self.view.verticalScrollBar()

    def write(self, text: str, stream: str = "stdout", request: int | None = None) -> None:
        self.log.write(stream, text, request, 1.0)
        self.pane._catch_up()

    def lines(self, count: int, start: int = 0) -> None:
        self.write("".join(f"line {n}\n" for n in range(start, start + count)))

    @property
    def text(self) -> str:
        return self.view.toPlainText()

    def at_end(self) -> bool:
        return self.bar.maximum() > 0 and self.bar.value() == self.bar.maximum()

    def spot(self, number: int, column: int) -> QPoint:
        """Where a character is on the viewport, while nothing is wrapped."""
        row = self.view.position(number) - self.bar.value()
        laid = self.view.laid(number)
        assert laid is not None
        _, x = laid.shape.place(column)
        return QPoint(self.view.columns.text + round(x), row * self.view.row_height + 10)

    def drag(self, start: QPoint, end: QPoint) -> None:
        port = self.view.viewport()
        left = Qt.MouseButton.LeftButton
        self.qtbot.mousePress(port, left, pos=start)
        self.qtbot.mouseMove(port, end)
        from PySide6.QtGui import QMouseEvent

        move = QMouseEvent(
            QMouseEvent.Type.MouseMove, end, port.mapToGlobal(end), left, left,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        self.view.mouseMoveEvent(move)
        self.qtbot.mouseRelease(port, left, pos=end)

    def search(self, text: str) -> None:
        self.pane.bar.field.setText(text)
        self.pane.bar._ask()
        self.qtbot.waitUntil(lambda: not self.pane.search.running, timeout=WAIT)


@pytest.fixture
def bench(qtbot: Any) -> Bench:
    return Bench(qtbot)


def test_lines_appear_once_and_grow(bench: Bench) -> None:
    for piece in ("a", "b\n", "\n", "c", "d", "\ne\n", "f"):
        bench.write(piece)
    assert bench.text == "ab\n\ncd\ne\nf"


def test_it_follows_until_the_user_scrolls_up(bench: Bench) -> None:
    bench.lines(100)
    assert bench.at_end()
    bench.bar.setValue(20)
    bench.lines(30, 100)
    assert bench.bar.value() == 20
    assert bench.pane.follower.button.text() == "\u2193 30 new"
    bench.pane.follower.button.click()
    assert bench.at_end()
    bench.lines(5, 130)
    assert bench.at_end()


def test_a_press_stops_following(bench: Bench) -> None:
    bench.lines(100)
    bench.qtbot.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=bench.spot(99, 2))
    before = bench.bar.value()
    bench.lines(10, 100)
    assert bench.bar.value() == before
    assert bench.pane.follower.new == 10


def test_what_is_read_stays_in_place_when_old_lines_go(qtbot: Any) -> None:
    bench = Bench(qtbot, max_bytes=60_000)
    for start in range(0, 2000, 100):
        bench.write("".join(f"{n:060}\n" for n in range(start, start + 100)), request=start)
    bench.bar.setValue(bench.bar.maximum() - 100)
    top = bench.view.top_number()
    bench.write("".join(f"{n:060}\n" for n in range(2000, 2300)), request=1)
    assert bench.log.lines.first > 0
    assert bench.view.top_number() == top
    count = bench.log.dropped
    assert bench.pane.dropped.text().startswith(f"{count:,} earlier lines dropped; the last ")


def test_nothing_is_done_while_nobody_sees_it(bench: Bench) -> None:
    bench.pane.hide()
    bench.log.write("stdout", "a\n" * 100)
    bench.pane.refresh()
    assert len(bench.view.numbers) == 0
    bench.pane.show()
    assert len(bench.view.numbers) == 100


def test_the_mouse_selects_over_lines_and_the_keys_copy(bench: Bench) -> None:
    bench.write("one \U0001f600 more\ntwo\n\x1b[31mthree\x1b[0m\n")
    bench.drag(bench.spot(0, 0), bench.spot(2, 2))
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "one \U0001f600 more\ntwo\nth"
    bench.drag(bench.spot(1, 1), bench.spot(1, 3))
    assert bench.view.selected_text() == "wo"


def test_a_double_click_selects_a_word_and_a_third_the_line(bench: Bench) -> None:
    bench.write("some words here\n")
    port, spot = bench.view.viewport(), bench.spot(0, 6)
    bench.qtbot.mouseDClick(port, Qt.MouseButton.LeftButton, pos=spot)
    assert bench.view.selected_text() == "words"
    bench.qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=spot)
    assert bench.view.selected_text() == "some words here"


def test_keys_select_lines_and_characters(bench: Bench) -> None:
    bench.lines(50)
    view, shift = bench.view, Qt.KeyboardModifier.ShiftModifier
    bench.qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.current == 49
    assert not bench.pane.follower.following
    bench.qtbot.keyClick(view, Qt.Key.Key_Up)
    bench.qtbot.keyClick(view, Qt.Key.Key_Up, shift)
    assert view.selected_text() == "line 47\nline 48"
    bench.qtbot.keyClick(view, Qt.Key.Key_Home)
    assert (view.current, view.selected_text()) == (0, "")
    bench.qtbot.keyClick(view, Qt.Key.Key_Right, shift)
    bench.qtbot.keyClick(view, Qt.Key.Key_Right, shift)
    assert view.selected_text() == "li"
    bench.qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text() == bench.text
    bench.qtbot.keyClick(view, Qt.Key.Key_End)
    assert bench.pane.follower.following


def test_a_selection_ends_with_its_lines(qtbot: Any) -> None:
    bench = Bench(qtbot, max_bytes=30_000)
    bench.write("".join(f"{n:060}\n" for n in range(100)), request=1)
    bench.view.select(Place(0, 5), Place(99, 3))
    for number in range(2, 8):
        bench.write("".join(f"{n:060}\n" for n in range(100)), request=number)
        bench.view.selected_text()
    assert bench.view.selection is None


def test_letters_turn_times_and_wrapping(bench: Bench) -> None:
    bench.write("word " * 200 + "\n" + "b\n" * 5)
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_T)
    assert not bench.view.shows_times
    assert bench.view.horizontalScrollBar().maximum() == 0 or not bench.view.wraps
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_W)
    assert bench.view.wraps
    laid = bench.view.laid(0)
    assert laid is not None
    assert laid.shape.rows > 1


def test_wrapped_lines_end_at_the_bottom_and_scroll_by_rows(bench: Bench) -> None:
    bench.pane.wrap.setChecked(True)
    bench.write(("word " * 400 + "\n") * 20)
    assert bench.at_end()
    last = bench.view.place_at(bench.view.columns.text, bench.view.viewport().height() - 25)
    assert last is not None
    assert last.number == 19
    for _ in range(5):
        bench.view.scroll_rows(-3)
    assert not bench.pane.follower.following
    for _ in range(20):
        bench.view.scroll_rows(3)
    assert bench.pane.follower.following


def test_a_long_line_shows_all_on_demand(bench: Bench) -> None:
    bench.write("x" * (MAX_LINE + 100) + "\n")
    port = bench.view.viewport()
    spot = QPoint(port.width() - 20, 10)
    bench.qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=spot)
    dialog = bench.pane.findChild(WholeLine)
    assert dialog is not None
    assert dialog.view.toPlainText().replace("\n", "") == "x" * (MAX_LINE + 100)
    dialog.close()


def test_hits_are_counted_marked_and_gone_through(bench: Bench) -> None:
    bench.lines(100)
    bench.search("line 9")
    count = bench.pane.bar.count
    assert count.text() == "11 of 11"
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_N)
    assert (count.text(), bench.view.current) == ("1 of 11", 9)
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_N)
    assert bench.view.current == 90
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert bench.view.current == 99
    assert [mark[:2] for mark in bench.pane.search.marks(99, "line 99")] == [(0, 6)]


def test_what_comes_later_is_searched_too(bench: Bench) -> None:
    bench.write("a hit\nnone\nprogress 1")
    bench.search("hit")
    bench.write("\rthe hit that came\n")
    bench.write("a hit\n")
    bench.qtbot.waitUntil(lambda: bench.pane.search.numbers == [0, 2, 3], timeout=WAIT)


def test_only_matches(bench: Bench) -> None:
    bench.lines(30)
    bench.search("line 1")
    bench.pane.bar.only.setChecked(True)
    assert bench.text.split("\n") == ["line 1", *(f"line {n}" for n in range(10, 20))]
    bench.write("line 100\n")
    bench.qtbot.waitUntil(lambda: bench.text.endswith("line 100"), timeout=WAIT)
    bench.qtbot.keyClick(bench.pane.bar.field, Qt.Key.Key_Escape)
    assert len(bench.text.split("\n")) == 31


def test_a_wrong_expression_says_so(bench: Bench) -> None:
    bench.write("a\n")
    bench.pane.bar.expression.setChecked(True)
    bench.search("(")
    assert bench.pane.bar.count.text().startswith("Not a regular expression")
    assert bench.pane.bar.field.property("invalid") is True


def test_ctrl_f_and_enter(bench: Bench) -> None:
    bench.lines(20)
    bench.view.setFocus()
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Slash)
    bench.qtbot.keyClicks(bench.pane.bar.field, "line 7")
    bench.qtbot.keyClick(bench.pane.bar.field, Qt.Key.Key_Return)
    bench.qtbot.waitUntil(lambda: bench.view.current == 7, timeout=WAIT)


def test_saving(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("one\n" + "x" * (MAX_LINE + 3) + "\n")
    target = tmp_path / "out.log"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with bench.qtbot.waitSignal(bench.pane.saved, timeout=WAIT):
        bench.pane.save.click()
    first, second = target.read_text().splitlines()
    assert first.endswith(" one")
    assert second.endswith("x" * (MAX_LINE + 3))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path), ""))
    with bench.qtbot.waitSignal(bench.pane.problem, timeout=WAIT) as caught:
        bench.pane.save.click()
    assert "can't be saved" in caught.args[0]


def test_clearing(bench: Bench) -> None:
    bench.lines(500)
    bench.log.clear()
    bench.pane._catch_up()
    assert bench.text == ""
    assert bench.pane.dropped.isHidden()
    bench.write("new\n")
    assert bench.text == "new"
    assert bench.pane.follower.following


def test_what_is_hidden_comes_back(bench: Bench) -> None:
    bench.lines(30)
    bench.search("line 2")
    assert bench.log.hide() == 30
    bench.pane._catch_up()
    assert (bench.text, bench.pane.search.numbers) == ("", [])
    bench.write("line 200\n")
    bench.qtbot.waitUntil(lambda: bench.pane.search.numbers == [30], timeout=WAIT)
    bench.log.unhide()
    bench.pane._catch_up()
    assert bench.text.count("\n") == 30
    bench.qtbot.waitUntil(lambda: len(bench.pane.search.numbers) == 12, timeout=WAIT)


def test_hostile_content_is_text(bench: Bench) -> None:
    bench.write("<img src=x>\x1b[31m<b>\0\u202e</b>\n")
    assert bench.text == "<img src=x><b>\\x00\\u202e</b>"


def test_every_style_is_painted_in_both_themes(bench: Bench) -> None:
    codes = [*range(110), *(f"38;5;{n};48;5;{255 - n}" for n in range(0, 256, 5))]
    bench.write("\n".join(f"\x1b[{code}m{code} text" for code in codes))
    bench.view.viewport().repaint()
    assert not bench.view.grab().isNull()


def logged(text: str, level: str = "info", line: int = 42) -> OutputWritten:
    return OutputWritten(
        "stderr", text, None, 1.0, level, "shop.views", "/shop/views.py", line, True
    )


@pytest.mark.parametrize("words", range(8, 16))
def test_no_text_lies_below_the_place_of_the_code(bench: Bench, words: int) -> None:
    bench.pane.resize(640, 300)
    bench.log.take(logged("unforeseen " * words))
    bench.pane._catch_up()
    view = bench.view
    laid = view.laid(0)
    assert laid is not None
    left, _ = place_box(view.look(), view.viewport().width(), laid)
    bar = view.horizontalScrollBar()
    bench.qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=WAIT)
    assert view.columns.text + laid.shape.width - bar.maximum() <= left  # scrolled to its end
    view.set_wraps(True)
    laid = view.laid(0)
    assert laid is not None
    assert bar.maximum() == 0
    assert view.columns.text + laid.shape.width <= left


def test_the_code_that_logged_is_shown_and_opens(bench: Bench) -> None:
    bench.log.take(logged("no stock\nmore of it\n"))
    bench.write("printed\n")
    laid = [bench.view.laid(number) for number in range(3)]
    assert [(line.level, line.name, line.place) for line in laid if line] == [
        ("info", "shop.views", "views.py:42"), ("", "", ""), ("", "print", ""),
    ]  # fmt: skip
    bench.view.viewport().grab()
    opened = []
    bench.pane.sourceRequested.connect(lambda file, line: opened.append((file, line)))
    right = QPoint(bench.view.viewport().width() - 30, 10)
    bench.qtbot.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=right)
    assert opened == [("/shop/views.py", 42)]
    assert bench.view.selection is None
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_F4)
    assert len(opened) == 1, "no line is the current one"
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Home)
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_F4)
    assert len(opened) == 2
    below = right + QPoint(0, bench.view.row_height)
    bench.qtbot.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=below)
    assert len(opened) == 2


def fill(bench: Bench) -> None:
    for number, level in enumerate(("debug", "info", "warning", "error")):
        bench.log.take(logged(f"{level} {number}\n", level, number), number % 2)
    bench.write("printed\nERROR printed\n")


def shown(bench: Bench) -> list[str]:
    pane = bench.pane
    bench.qtbot.waitUntil(
        lambda: not pane.filtered.running and not pane.search.running, timeout=WAIT
    )
    return bench.text.splitlines()


def test_lines_are_filtered_by_level_logger_request_and_whose_they_are(bench: Bench) -> None:
    bench.pane.resize(1100, 300)
    fill(bench)
    chips = bench.pane.chips
    chips.errors.click()
    assert shown(bench) == ["error 3", "ERROR printed"]
    chips.warnings.click()
    assert shown(bench) == ["warning 2", "error 3", "ERROR printed"]
    assert not chips.errors.isChecked()
    chips.own.click()
    assert shown(bench) == ["warning 2", "error 3"]
    chips.warnings.click()
    bench.pane.show_lines_of(1)
    assert shown(bench) == ["info 1", "error 3"]
    assert chips.request.isVisible()
    bench.log.take(logged("later\n"), 1)
    bench.pane._catch_up()
    assert shown(bench)[-1] == "later"
    chips.request.click()
    chips.own.click()
    chips.choose(LineFilter(logger="shop"))
    assert len(shown(bench)) == 5
    chips.choose(LineFilter(logger="sho"))
    assert shown(bench) == []
    chips.show_all()
    assert len(shown(bench)) == 7


def test_lines_around_hits(bench: Bench) -> None:
    fill(bench)
    bench.search("warning")
    bench.pane.bar.only.setChecked(True)
    assert shown(bench) == ["warning 2"]
    bench.pane.chips.choose_context(1)
    assert shown(bench) == ["info 1", "warning 2", "error 3"]
    bench.pane.chips.show_all()
    assert shown(bench) == ["warning 2"]


def test_the_menu_offers_what_lines_have(bench: Bench) -> None:
    bench.pane.resize(1100, 300)
    fill(bench)
    menu = bench.pane.chips.more.menu()
    menu.aboutToShow.emit()
    under = {action.text(): action.menu() for action in menu.actions() if action.menu()}
    names = [action.text() for action in under["Logger"].actions()]
    assert names == ["All", "shop.views"]
    under["Logger"].actions()[1].trigger()
    assert shown(bench) == ["debug 0", "info 1", "warning 2", "error 3"]
    assert bench.pane.chips.more.text() == "Filter: shop.views"


def test_a_line_leads_to_its_request_and_what_it_has(bench: Bench) -> None:
    fill(bench)
    asked: list[int] = []
    bench.pane.requestRequested.connect(asked.append)
    by_text = {command.text: command for command in bench.pane.keys.commands}
    bench.view.current = 3
    by_text["Show request"].run()
    assert asked == [1]
    by_text["Only this request's lines"].run()
    assert shown(bench) == ["info 1", "error 3"]
    by_text["Show all lines"].run()
    by_text["Only this logger"].run()
    assert len(shown(bench)) == 4
    bench.view.current = 4
    assert not by_text["Show request"].is_there()
    assert not by_text["Only this logger"].is_there()


def test_chips_that_have_no_room_are_in_the_menu(bench: Bench) -> None:
    chips = bench.pane.chips
    bench.pane.show_lines_of(1)
    for width, seen in ((1100, (True, True)), (800, (False, True)), (640, (False, False))):
        bench.pane.resize(width, 300)
        assert bench.pane.width() == width
        assert (chips.errors.isVisible(), chips.request.isVisible()) == seen
    assert chips.more.text() == "Filter: on"
    menu = chips.more.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == "Yours only").trigger()
    assert chips.filter == LineFilter(request=1, own=True)


def seen(bench: Bench) -> list[str]:
    """The rows, as they are shown."""
    return [laid.text for n in bench.view.numbers if (laid := bench.view.laid(n)) is not None]


def test_json_has_columns_and_unfolds_in_place(bench: Bench) -> None:
    text = '{"event": "sold", "level": "warning", "logger": "shop", "id": 3, "of": {"n": "\u00e4"}}'
    bench.write(f"{text}\nplain\n")
    bench.view.viewport().grab()
    laid = bench.view.laid(0)
    assert laid is not None
    assert (laid.level, laid.name) == ("warning", "shop")
    assert laid.text == 'sold  id=3 of={"n": "\u00e4"}'
    assert bench.text.splitlines()[0] == text, "it is searched and copied as it is"
    by_text = {command.text: command for command in bench.pane.keys.commands}
    bench.view.current = 1
    assert not by_text["Unfold"].is_there()
    bench.view.current = 0
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Right)
    bench.view.viewport().grab()
    laid = bench.view.laid(0)
    assert laid is not None
    assert laid.text.splitlines()[1:3] == ["  {", '    "event": "sold",']
    assert laid.shape.rows == laid.text.count("\n") + 1
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == text
    bench.view.select(Place(0, laid.text.index('"event"')), Place(0, laid.text.index(",")))
    assert bench.view.selected_text() == '"event": "sold"'
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Left)
    assert seen(bench)[0].startswith("sold")


def test_a_hit_that_is_folded_away_unfolds(bench: Bench) -> None:
    bench.write('{"event": "sold", "level": "warning"}\n' + "plain\n" * 3)
    bench.search('"level"')
    assert seen(bench)[0].count("\n") == 4
    laid = bench.view.laid(0)
    assert laid is not None
    assert bench.pane.search.marks(0, laid.text)


TRACEBACK = (
    'Traceback (most recent call last):\n  File "shop.py", line 8, in day\n    parse(text)\n'
    "ValueError: bad day\n"
)


def test_tracebacks_are_one_row_until_they_are_opened(bench: Bench) -> None:
    bench.write(f"before\n{TRACEBACK}after\n", "stderr")
    assert seen(bench) == ["before", "Traceback \u2026 ValueError: bad day", "after"]
    assert bench.text.count("\n") == 5, "all of it is searched, copied and saved"
    bench.view.select_all()
    bench.view.copy()
    assert QGuiApplication.clipboard().text() == f"before\n{TRACEBACK}after"
    left = bench.view.columns.text - 6
    row = bench.view.row_height
    spot = QPoint(left, row + row // 2)
    assert bench.view.turn_at(spot.x(), spot.y()) == 1
    bench.qtbot.mouseClick(bench.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert seen(bench) == ["before", *TRACEBACK.splitlines(), "after"]
    bench.view.viewport().grab()
    bench.view.current = 3
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Left)
    assert len(seen(bench)) == 3
    assert bench.view.current == 1
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Right)
    assert len(seen(bench)) == 6


def test_the_traceback_of_a_record_folds_into_its_message(bench: Bench) -> None:
    bench.log.take(logged(f"GET /deep failed\n{TRACEBACK}", "error"))
    bench.log.take(logged("next\n"))
    bench.pane._catch_up()
    assert seen(bench) == ["GET /deep failed: ValueError: bad day", "next"]
    bench.view.current = 0
    bench.view.select(None)
    bench.view.copy()
    assert QGuiApplication.clipboard().text() == f"GET /deep failed\n{TRACEBACK}".rstrip()


@pytest.mark.parametrize("width", [1400, 900, 640, 432])
@pytest.mark.parametrize("times", [True, False])
def test_the_sign_of_a_fold_has_room_of_its_own(bench: Bench, width: int, times: bool) -> None:
    look = bench.view.look()
    columns = columns_for(look, width, times=times)
    left, right = turn_box(look, columns)
    assert right == columns.text
    if columns.name > columns.level:
        longest = look.face("small_mono", 600).width("error")
        assert left >= columns.level + longest
        assert look.face("small_mono", 600).width("crit") <= longest
    elif times:
        assert left >= columns.time + look.face("small_mono").width("15:29:45.995")
    else:
        assert left >= 0


def test_hits_in_a_traceback_are_counted_and_opened(bench: Bench) -> None:
    bench.write(f"before\n{TRACEBACK}after\n" * 3, "stderr")
    bench.search("shop.py")
    assert bench.pane.bar.count.text() == "3 of 3"
    assert bench.view.current == 14
    assert len(seen(bench)) == 12
    bench.pane.bar.only.click()
    assert [text.strip() for text in seen(bench)] == ['File "shop.py", line 8, in day'] * 3
    bench.pane.bar.only.click()
    bench.pane._fold_all()
    assert len(seen(bench)) == 9
    bench.pane._unfold_all()
    assert len(seen(bench)) == 18


def test_a_filter_leaves_tracebacks_folded(bench: Bench) -> None:
    bench.log.take(logged(f"failed\n{TRACEBACK}", "error"))
    bench.log.take(logged("fine\n"))
    bench.pane._catch_up()
    bench.pane.chips.choose(LineFilter(level="error"))
    bench.qtbot.waitUntil(lambda: not bench.pane.filtered.running, timeout=WAIT)
    assert seen(bench) == ["failed: ValueError: bad day"]
    bench.view.current = 0
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Right)
    assert len(seen(bench)) == 5


def test_what_is_printed_as_a_traceback_is_an_error(bench: Bench) -> None:
    bench.write(f"before\n{TRACEBACK}after\n", "stderr")
    laid = bench.view.laid(1)
    assert laid is not None
    assert (laid.level, laid.tone) == ("error", "danger")
    bench.pane.chips.choose(LineFilter(level="error"))
    bench.qtbot.waitUntil(lambda: not bench.pane.filtered.running, timeout=WAIT)
    assert seen(bench) == ["Traceback \u2026 ValueError: bad day"]
    assert bench.text == TRACEBACK.rstrip()
    bench.view.current = 1
    bench.qtbot.keyClick(bench.view, Qt.Key.Key_Right)
    assert seen(bench) == TRACEBACK.splitlines()


def test_it_follows_over_tracebacks_and_stays_where_it_is_read(bench: Bench) -> None:
    bench.write(f"line\n{TRACEBACK}" * 100, "stderr")
    assert bench.at_end()
    assert len(bench.view.numbers) == 200
    bench.bar.setValue(50)
    top = bench.view.top_number()
    bench.write(f"line\n{TRACEBACK}" * 5, "stderr")
    assert bench.view.top_number() == top
    assert bench.pane.follower.new == 10
    bench.view.turn(1, is_open=True)
    assert bench.view.top_number() == top


def test_the_wrap_button_shows_whether_it_is_on(bench: Bench, qapp: QApplication) -> None:
    Theme.of(qapp)  # whose sheet says how it looks
    bench.pane.wrap.setChecked(False)
    off = bench.pane.wrap.grab().toImage()
    bench.pane.wrap.setChecked(True)
    assert bench.pane.wrap.grab().toImage() != off


def test_the_chips_are_as_high_as_those_of_the_requests(qtbot: Any, bench: Bench) -> None:
    bench.pane.resize(1200, 300)
    chips = bench.pane.findChildren(Chip)
    qtbot.waitUntil(lambda: bench.pane.chips.errors.isVisible())
    for chip in filter(Chip.isVisible, chips):
        qtbot.waitUntil(lambda chip=chip: chip.height() == chip.sizeHint().height())
