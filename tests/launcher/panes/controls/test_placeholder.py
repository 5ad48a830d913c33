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


class Below(QAbstractScrollArea):
    """A view with something above its hint."""

    above = 0
    ends = 0

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        self.ends = Placeholder("Waiting", "Send a request.").paint(self, self.above)


def test_it_stands_below_what_is_above_it_or_nowhere(qtbot: Any) -> None:
    area = Below()
    qtbot.addWidget(area)
    area.resize(400, 200)
    area.show()

    def drawn(above: int) -> tuple[int, set[int]]:
        """Where it ends, and the lines that have anything in them."""
        area.above = above
        image = area.viewport().grab().toImage()
        ground = image.pixel(0, image.height() - 1)
        places = ((x, y) for y in range(image.height()) for x in range(image.width()))
        return area.ends, {y for x, y in places if image.pixel(x, y) != ground}

    usual, lines = drawn(0)
    assert lines
    lower, below = drawn(110)
    assert lower > usual
    assert min(below) > 110
    assert drawn(190) == (-1, set())
