"""How Qt counts the characters of a text."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextCharFormat, QTextDocument

from launcher.panes.controls.text_ranges import format_range, units


@pytest.mark.parametrize("text", ["", "plain", "\u4e2d\u6587", "a\U0001f600b", "\U0001f600" * 3])
def test_a_text_is_as_long_as_qt_has_it(qapp: object, text: str) -> None:
    assert units(text) == QTextDocument(text).characterCount() - 1  # which counts the end


def test_a_lone_surrogate_is_one() -> None:
    assert units("a\udc80") == 2


def test_a_part_has_its_place_and_its_look() -> None:
    look = QTextCharFormat()
    look.setFontItalic(True)
    made = format_range(2, 3, look)
    assert (made.start, made.length, made.format.fontItalic()) == (2, 3, True)
