"""Lines of a text have their height, wrapped or not, and are quick in long texts."""

from __future__ import annotations

import gc
import itertools
import time

import pytest
from PySide6.QtGui import QPalette, QTextBlock, QTextCursor

from launcher.panes.controls.line_layout import LineLayout
from launcher.panes.controls.plain_view import PlainView


@pytest.fixture
def view(qtbot):
    view = PlainView("text", "A text")
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    return view


def heights(view: PlainView) -> list[float]:
    found = []
    block = view.document().firstBlock()
    while block.isValid():
        found.append(view.blockBoundingRect(block).height())
        block = block.next()
    return found


def test_each_line_is_as_high_as_asked_for(view):
    view.setPlainText("one\ntwo\n\nfour")
    margin = view.document().documentMargin()
    assert heights(view) == [18, 18, 18, 18 + margin]


def test_so_is_each_line_of_a_wrapped_paragraph(view):
    view.setLineWrapMode(PlainView.LineWrapMode.WidgetWidth)
    view.setPlainText("word " * 100 + "\nend\n")
    layout = view.document().firstBlock().layout()
    assert heights(view)[:2] == [18 * layout.lineCount(), 18]
    places = [layout.lineAt(number).y() for number in range(layout.lineCount())]
    steps = {round(after - before) for before, after in itertools.pairwise(places)}
    assert len(places) > 3
    assert steps == {18}


def test_they_still_are_after_another_width_and_another_text_size(view):
    view.setLineWrapMode(PlainView.LineWrapMode.WidgetWidth)
    view.setPlainText("word " * 100 + "\nend")
    before = heights(view)[0]
    view.resize(200, 300)
    view.grab()
    lines = view.document().firstBlock().layout().lineCount()
    assert heights(view)[0] == 18 * lines > before
    font = view.font()
    font.setPointSizeF(font.pointSizeF() * 4)
    view.setFont(font)
    view.grab()
    first = view.document().firstBlock().layout().lineAt(0)
    assert first.height() > 18  # a text that is higher has the room that it needs
    lines = view.document().firstBlock().layout().lineCount()
    assert heights(view)[0] == pytest.approx(first.height() * lines, abs=1)


def test_a_text_stands_in_the_middle_of_its_line_and_a_press_there_finds_it(view):
    view.setPlainText("one\ntwo\nthree")
    second = view.document().firstBlock().next()
    line = second.layout().lineAt(0)
    assert line.y() == pytest.approx((18 - line.height()) / 2, abs=0.5)
    box = view.blockBoundingGeometry(second).translated(view.contentOffset())
    for y in (box.top() + 1, box.bottom() - 2):
        found = view.cursorForPosition(box.topLeft().toPoint().__class__(30, round(y)))
        assert found.blockNumber() == 1


def test_what_is_hidden_takes_no_room(view):
    view.setPlainText("one\ntwo\nthree\nfour")
    view.document().firstBlock().next().setVisible(False)
    assert heights(view)[:3] == [18, 0, 18]


def test_paragraphs_may_differ(qtbot):
    class Uneven(PlainView):
        def height_of(self, block: QTextBlock) -> float:
            return 30 if block.blockNumber() else 20

    view = Uneven("text", "A text")
    qtbot.addWidget(view)
    view.setPlainText("one\ntwo\nthree")
    assert heights(view)[:2] == [20, 30]


def test_a_selection_has_no_gaps_between_its_lines(view):
    view.setPlainText("MMMM\nMMMM\nMMMM")
    view.moveCursor(QTextCursor.MoveOperation.Start)
    view.moveCursor(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    picture = view.viewport().grab().toImage()
    top = view.cursorRect(QTextCursor(view.document().firstBlock())).top()
    column = [picture.pixelColor(14, y).name() for y in range(top, top + 3 * 18 - 6)]
    ground = view.palette().color(QPalette.ColorRole.Base).name()
    assert ground not in column


def test_a_long_text_costs_what_is_seen_of_it(view):
    text = "\n".join(f"line {number}" for number in range(50_000))
    view.setPlainText(text)
    asked = []
    layout = view.document().documentLayout()
    assert isinstance(layout, LineLayout)
    layout._height = lambda _block: asked.append(1) or 18.0
    view.grab()
    view.moveCursor(QTextCursor.MoveOperation.End)
    view.grab()
    assert len(asked) < 1_000


def test_a_long_text_that_is_folded_is_quick(view):
    view.setPlainText("\n".join(f"line {number}" for number in range(10_000)))
    block = view.document().firstBlock().next()
    for _ in range(9_000):
        block.setVisible(False)
        block.setLineCount(0)
        block = block.next()
    document = view.document()
    document.markContentsDirty(0, document.characterCount())
    view.grab()
    least = 1.0
    for _ in range(5):
        began = time.thread_time()
        view.grab()
        least = min(least, time.thread_time() - began)
    assert least < 0.1  # it is some 20 ms


def test_collecting_garbage_at_any_moment_leaves_the_text_to_its_view(view):
    view.setPlainText("one\ntwo")
    heights(view)
    gc.collect()
    assert isinstance(view.document().documentLayout(), LineLayout)
    assert heights(view)[0] == 18
