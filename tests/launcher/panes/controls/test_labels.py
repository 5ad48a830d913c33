"""A label that is wrapped, or one line with an ellipsis."""

from __future__ import annotations

from typing import Any

from launcher.panes.controls.labels import WrappedLabel

TEXT = "The same statement 12 times, <b>in</b> the loop of index: a join may help. " * 2


def test_where_there_is_little_height_it_is_one_line(qtbot: Any) -> None:
    label = WrappedLabel("label")
    qtbot.addWidget(label)
    label.resize(300, 60)
    label.show_text(TEXT)
    assert (label.text(), label.toolTip(), label.accessibleName()) == (TEXT, "", TEXT)
    several = label.heightForWidth(300)
    label.set_low(True)
    shown = label.text()
    assert shown.endswith("\u2026")
    assert TEXT.startswith(shown[:-1])
    assert label.sizeHint().height() < several
    assert "&lt;b&gt;" in label.toolTip()  # plain, and whole
    assert label.accessibleName() == TEXT
    label.resize(400, 30)
    label.grab()
    assert len(label.text()) > len(shown)
    label.show_text("Short")
    assert (label.text(), label.toolTip()) == ("Short", "")
    label.show_text(TEXT)
    label.set_low(False)
    assert (label.text(), label.toolTip()) == (TEXT, "")
