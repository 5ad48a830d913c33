"""What turns does so while it is seen and something goes on."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QStyle

from launcher.panes.controls.turning import Turning


@pytest.mark.parametrize("moves", [200, 0])
def test_it_turns_while_it_is_seen(qtbot: Any, moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    turning = Turning()
    qtbot.addWidget(turning)
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration

    class Style:
        def styleHint(self, asked: QStyle.StyleHint) -> int:  # noqa: N802
            assert asked is hint
            return moves

    monkeypatch.setattr(turning, "style", Style)
    assert not turning.turns
    turning.show()
    assert turning.turns is bool(moves)  # with reduced motion it stands still
    if moves:
        qtbot.waitUntil(lambda: turning.step > 0)
    turning.set_goes_on(False)
    assert (turning.turns, turning.step) == (False, 0)
    turning.set_goes_on(True)
    assert turning.turns is bool(moves)
    turning.showMinimized()
    turning.set_goes_on(True)
    assert not turning.turns
    turning.showNormal()
    assert turning.turns is bool(moves)
    turning.hide()
    assert not turning.turns
