"""The line of the latest error."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from launcher.core.logs.errors import ErrorLog
from launcher.panes.latest_error import LatestError


@pytest.fixture
def line(qtbot: Any, make: Any) -> LatestError:
    log = ErrorLog()
    for number in (1, 2):
        log.add(make.error(number, type="shop.ParserError", text='File "/shop/pricing.py", line 8'))
    window = QWidget()
    qtbot.addWidget(window)
    made = LatestError(log, window)
    made.resize(1000, 28)
    window.resize(1000, 28)
    window.show()
    made.refresh(free=True)
    made.window_kept = window  # type: ignore[attr-defined]
    return made


def test_its_parts_leave_rather_than_be_cut(line: Any) -> None:
    seen = []
    for width in range(1000, 400, -20):
        line.resize(width, 28)
        line.layout().activate()
        seen.append((line.place.isVisible(), line.count.isVisible()))
        for part in (line.place, line.count, line.editor, line.details):
            assert part.isHidden() or part.width() >= part.minimumSizeHint().width(), width
        assert line.close_button.geometry().right() < width
    assert list(dict.fromkeys(seen)) == [(True, True), (True, False), (False, False)]
    line.resize(1000, 28)
    assert line.count.text().startswith("2\u00d7, last ")
    assert line.count.isVisible()


def test_what_has_been_seen_is_gone(line: Any) -> None:
    assert not line.isHidden()
    line._log.groups.mark_seen()
    line.refresh(free=True)
    assert line.isHidden()
