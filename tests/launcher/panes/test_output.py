"""The output pane."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QTextCursor

from launcher.core.logs.output import OutputLog
from launcher.panes.output import OutputPane


class Bench:
    def __init__(self, qtbot: Any, max_lines: int) -> None:
        self.log = OutputLog(max_lines=max_lines)
        self.pane = OutputPane(self.log)
        qtbot.addWidget(self.pane)
        self.pane.resize(600, 300)
        with qtbot.waitExposed(self.pane):
            self.pane.show()
        self.bar = self.pane.view.verticalScrollBar()

    def write(self, text: str, stream: str = "stdout") -> None:
        self.log.write(stream, text)
        self.pane.refresh()

    @property
    def text(self) -> str:
        return self.pane.view.toPlainText()

    def at_end(self) -> bool:
        return self.bar.maximum() > 0 and self.bar.value() == self.bar.maximum()

    def same(self) -> bool:
        return self.text == "\n".join(line.text for line in self.log)


@pytest.fixture
def bench(qtbot: Any) -> Bench:
    return Bench(qtbot, max_lines=200)


def test_lines_appear_once_and_grow(bench: Bench) -> None:
    for piece in ("a", "b\n", "\n", "c", "d", "\ne\n", "f"):
        bench.write(piece)
        assert bench.same()
    assert bench.text == "ab\n\ncd\ne\nf"


def test_a_first_line_that_is_empty(bench: Bench) -> None:
    for piece in ("\n", "\n", "x\n"):
        bench.write(piece)
        assert bench.same()


def test_a_progress_bar_is_rewritten_in_place(bench: Bench) -> None:
    bench.write("start\n")
    for percent in range(20):
        bench.write(f"\r{percent}%", "stderr")
    assert bench.text == "start\n19%"


@pytest.mark.parametrize("batch", [1, 7, 150, 199, 200, 201, 450])
def test_it_always_shows_what_the_log_holds(bench: Bench, batch: int) -> None:
    number = 0
    for _ in range(12):
        bench.write("".join(f"line {number + n}\n" for n in range(batch)))
        number += batch
        assert bench.same()
        assert bench.pane.view.blockCount() <= 200
    if number > 200:
        assert bench.pane.dropped.text() == (
            f"{number - 200:,} earlier lines dropped; the last 200 are kept"
        )
        assert bench.pane.dropped.isVisible()
    else:
        assert bench.pane.dropped.isHidden()


def test_it_follows_until_the_user_scrolls_up(qtbot: Any, bench: Bench) -> None:
    bench.write("x\n" * 100)
    qtbot.waitUntil(bench.at_end)
    bench.bar.setValue(20)
    bench.write("y\n" * 30)
    assert bench.bar.value() == 20
    assert bench.pane.follower.button.text() == "\u2193 30 new"
    bench.pane.follower.button.click()
    qtbot.waitUntil(bench.at_end)
    bench.write("z\n" * 5)
    qtbot.waitUntil(bench.at_end)


def test_trimming_leaves_what_the_user_reads_in_place(qtbot: Any, bench: Bench) -> None:
    bench.write("".join(f"{n}\n" for n in range(200)))
    qtbot.waitUntil(bench.at_end)
    bench.bar.setValue(100)
    bench.write("".join(f"{n}\n" for n in range(200, 250)))
    first = bench.pane.view.firstVisibleBlock().text()
    assert first == "100"


def test_streams_and_notes_look_different(bench: Bench) -> None:
    bench.log.write_own("Starting")
    bench.write("out\n")
    bench.write("err\n", "stderr")
    colours = set()
    for number in range(3):
        cursor = QTextCursor(bench.pane.view.document().findBlockByNumber(number))
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
        colours.add(cursor.charFormat().foreground().color().name())
    assert len(colours) == 3


def test_another_theme_writes_all_lines_again(bench: Bench) -> None:
    bench.write("a\nb\n")
    bench.pane.recolour()
    assert bench.same()
    bench.write("c")
    assert bench.text == "a\nb\nc"


def test_clearing(bench: Bench) -> None:
    bench.write("x\n" * 500)
    bench.log.clear()
    bench.pane.refresh()
    assert bench.text == ""
    assert bench.pane.dropped.isHidden()
    bench.write("new\n")
    assert bench.text == "new"


def test_hostile_content_is_text(bench: Bench) -> None:
    bench.write("<img src=x>\x1b[31m<b>\0\u202e</b>\n")
    assert bench.text == "<img src=x><b>\u2400\u2039U+202E\u203a</b>"


def test_a_hundred_megabytes_in_pieces_are_little_work(qtbot: Any) -> None:
    bench = Bench(qtbot, max_lines=10_000)
    piece = ("x" * 99 + "\n") * 80_000
    for _ in range(13):
        bench.write(piece)
    assert bench.pane.view.blockCount() == 10_000
    assert bench.log.dropped + 10_000 == 13 * 80_000
