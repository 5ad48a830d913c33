"""Debug on an address that others reach."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton


def press(qtbot: Any, page: Any, text: str) -> None:
    buttons = page.line.findChildren(QPushButton)
    (button,) = [one for one in buttons if one.text().startswith(text) and not one.isHidden()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("answer", "debug"), [("Start without", False), ("Start with D", True)])
def test_it_is_asked_about_once(qtbot: Any, window: Any, answer: str, debug: bool) -> None:
    page = window.page
    window.show()
    page.form.host.setText("0.0.0.0")
    page.form.debug.setChecked(True)
    page.start()
    supervisor = page.controller._supervisor
    assert supervisor.calls == []
    assert page.line.text.startswith("Debug on 0.0.0.0?")
    press(qtbot, page, answer)
    assert supervisor.calls == ["start"]
    assert supervisor.config.debug is debug
    assert supervisor.config.host == "0.0.0.0"


def test_this_machine_needs_no_question(window: Any) -> None:
    window.page.form.debug.setChecked(True)
    window.page.start()
    assert window.page.controller._supervisor.calls == ["start"]
