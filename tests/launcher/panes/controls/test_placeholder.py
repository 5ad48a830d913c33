"""What stands in a view that has nothing to show."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea

from launcher import theme
from launcher.panes.controls.placeholder import Placeholder


class Area(QAbstractScrollArea):
    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        Placeholder("Select an error", "It is shown here.").paint(self)


def picture(qtbot: Any, role: str) -> QImage:
    area = Area()
    qtbot.addWidget(area)
    area.resize(400, 200)
    theme.set_font(area, role)
    area.show()
    return area.grab().toImage()


def test_it_looks_the_same_in_a_view_of_code(qtbot: Any) -> None:
    in_a_list, in_code = picture(qtbot, "text"), picture(qtbot, "small_mono")
    assert in_a_list == in_code
    assert len({in_code.pixel(x, y) for x in range(400) for y in range(200)}) > 2
