"""The window's few dialogs."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel, QWidget

from launcher.panes import dialogs


def test_what_a_dialog_explains_has_the_width_of_a_sentence(qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    for dialog in (dialogs.about(parent), dialogs.ask_to_close(parent, "x")):
        with qtbot.waitExposed(dialog):
            pass
        text = dialog.findChild(QLabel, "qt_msgbox_informativelabel")
        assert text.text() == dialog.informativeText()
        assert text.width() >= text.fontMetrics().averageCharWidth() * 40
        dialog.close()
