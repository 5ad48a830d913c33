"""The switch, the row of choices and the focus ring: by mouse, by keyboard, in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.panes.controls.focus_ring import FocusRing
from launcher.panes.controls.key_button import KeyButton
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.narrow_button import NarrowButton
from launcher.panes.controls.segmented import Segmented
from launcher.panes.controls.switch import Switch
from launcher.theme import Theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Any:
    look = Theme.of(qapp)
    look.set_appearance("light")
    yield
    look.set_appearance("system")


@pytest.fixture
def switch(qtbot: Any) -> Switch:
    made = Switch("&Debug")
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    return made


def colour_at(widget: QWidget, x: int) -> str:
    return widget.grab().toImage().pixelColor(x, widget.height() // 2).name()


def test_a_switch_is_a_check_box(qtbot: Any, switch: Switch) -> None:
    shades = theme.LIGHT_COLOURS
    assert colour_at(switch, 22) == shades.edge
    qtbot.mouseClick(switch, LEFT, pos=QPoint(switch.width() - 3, 5))  # its words
    assert switch.isChecked()
    assert (colour_at(switch, 5), colour_at(switch, 21)) == (shades.accent, shades.on_accent)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    assert switch.accessibleName() == "Debug"


def test_a_switch_without_its_words(switch: Switch) -> None:
    wide = switch.sizeHint().width()
    switch.set_shows_text(False)
    assert switch.sizeHint().width() < wide / 2
    assert switch.text() == "&Debug"


def test_a_switch_slides_while_it_can_be_seen(qtbot: Any, switch: Switch) -> None:
    switch.show()
    qtbot.waitExposed(switch)
    switch.setChecked(True)
    qtbot.waitUntil(lambda: switch.property("position") == 1.0)
    switch.setEnabled(False)
    assert colour_at(switch, 5) == theme.LIGHT_COLOURS.line


@pytest.fixture
def choices(qtbot: Any) -> Segmented:
    made = Segmented()
    for text, data in (("One by one", "single"), ("Threads", "threaded"), ("Processes", "forking")):
        made.addItem(text, data)
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    return made


def test_each_choice_is_a_click_away(qtbot: Any, choices: Segmented) -> None:
    for index in (2, 0, 1):
        with qtbot.waitSignal(choices.activated):
            qtbot.mouseClick(choices, LEFT, pos=choices.segment(index).center().toPoint())
        assert choices.currentIndex() == index
    assert choices.currentData() == "threaded"
    qtbot.mouseClick(choices, LEFT, pos=choices.segment(1).center().toPoint())
    assert choices.view().isVisible() is False


def test_arrows_choose(qtbot: Any, choices: Segmented) -> None:
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    found = []
    for key in keys:
        qtbot.keyClick(choices, key)
        found.append(choices.currentIndex())
    assert found == [1, 2, 2, 1]


def test_what_is_chosen_can_be_seen(choices: Segmented) -> None:
    choices.setCurrentIndex(1)
    area = choices.segment(1)
    image = choices.grab().toImage()
    assert image.pixelColor(int(area.left()) + 5, 15).name() == theme.LIGHT_COLOURS.field
    assert image.pixelColor(5, 15).name() == theme.LIGHT_COLOURS.ground


def test_the_ring_follows_the_keyboard_alone(qtbot: Any) -> None:
    window = QWidget()
    layout = QVBoxLayout(window)
    parts = [QPushButton("One"), QPushButton("Two"), QLineEdit()]
    for part in parts:
        layout.addWidget(part)
    ring = FocusRing(window)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    parts[0].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: ring.around is parts[0])
    assert ring.isVisible()
    assert ring.geometry().contains(parts[0].geometry())
    qtbot.keyClick(parts[0], Qt.Key.Key_Tab)
    assert ring.around is parts[1]
    window.resize(window.width() + 100, window.height() + 50)
    qtbot.waitUntil(lambda: ring.geometry().contains(parts[1].geometry()))
    qtbot.keyClick(parts[1], Qt.Key.Key_Tab)
    assert not ring.isVisible()
    parts[1].setFocus()
    assert ring.isVisible()
    qtbot.mouseClick(parts[1], LEFT)
    assert not ring.isVisible()


def test_a_label_that_is_cut_stands_where_it_is_aligned(qtbot: Any) -> None:
    label = ElidedLabel("facts")
    qtbot.addWidget(label)
    label.resize(200, 20)
    label.setText("x = 1")
    spans = []
    for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight):
        label.setAlignment(side)
        picture = label.grab().toImage()
        ground = picture.pixelColor(100, 1)
        columns = [
            x
            for x in range(picture.width())
            if any(picture.pixelColor(x, y) != ground for y in range(picture.height()))
        ]
        spans.append((columns[0], columns[-1]))
    assert spans[0][0] < 10
    assert spans[1][1] > picture.width() - 10


def test_a_narrow_button_takes_no_room_that_is_left(qtbot: Any) -> None:
    row = QWidget()
    qtbot.addWidget(row)
    button = NarrowButton("Aa", row)
    line = QHBoxLayout(row)
    line.addWidget(button)
    row.resize(600, 40)
    line.activate()
    assert button.width() == button.sizeHint().width()


def test_a_key_stands_within_what_the_style_leaves_a_button(qtbot: Any) -> None:
    button = KeyButton("copy", "Copy", "C", "Copy it")
    qtbot.addWidget(button)
    widths = []
    for padding in (4, 20):
        button.setStyleSheet(f"padding: 4px {padding}px;")
        button.resize(button.sizeHint())
        drawn = button.grab().toImage()
        ground = drawn.pixelColor(drawn.width() - 3, 5)
        middle = drawn.height() // 2
        inked = [
            x
            for x in range(3, drawn.width() - 3)
            if any(drawn.pixelColor(x, middle + y) != ground for y in range(-4, 5))
        ]
        assert min(inked) >= padding - 2
        assert drawn.width() - max(inked) >= padding
        widths.append(button.width())
    assert widths[1] - widths[0] == 32
