"""Text with colours: each line that comes into sight has its own."""

from __future__ import annotations

from typing import Any

from launcher.core.bodies.layout import Page, Run
from launcher.panes.details.code_view import CodeView

LINES = 40


def test_lines_that_come_into_sight_when_it_grows_have_their_colours(qtbot: Any) -> None:
    view = CodeView("body", "Body")
    qtbot.addWidget(view)
    view.resize(300, 60)
    with qtbot.waitExposed(view):
        view.show()
    page = Page(lines=("value",) * LINES, runs=((Run(0, 5, "number"),),) * LINES)
    view.show_page(page, numbered=True)
    late = view.document().findBlockByNumber(6)
    assert not late.layout().formats()
    view.resize(300, 400)
    qtbot.waitUntil(lambda: bool(late.layout().formats()))
