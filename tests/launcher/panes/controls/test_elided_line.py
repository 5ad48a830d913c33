"""A line to read from, which ends in an ellipsis."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit

from launcher.panes.controls.elided_line import ElidedLine


def test_it_ends_in_an_ellipsis_until_it_has_the_focus(qtbot: Any) -> None:
    line = ElidedLine("line")
    plain = QLineEdit()
    for edit in (line, plain):
        qtbot.addWidget(edit)
        edit.resize(200, 30)
        edit.setText("servedeck serve " + "--extra-file x " * 40)
        edit.setCursorPosition(0)
        edit.ensurePolished()
    assert line.isReadOnly()
    shown = line.shown_text()
    assert shown.endswith("\u2026")
    assert line.text().startswith(shown[:-1])
    assert line.fontMetrics().horizontalAdvance(shown) <= line.width()
    assert line.grab().toImage() != plain.grab().toImage()
    line.setText("servedeck")
    assert line.shown_text() == "servedeck"


def test_with_the_focus_all_of_it_can_be_scrolled_and_copied(qtbot: Any) -> None:
    line = ElidedLine("line")
    qtbot.addWidget(line)
    line.resize(100, 30)
    line.setText("x" * 200)
    with qtbot.waitExposed(line):
        line.show()
    line.activateWindow()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    assert line.shown_text() == line.text() == "x" * 200
