"""The sheet of keys: what can be done by keyboard, from the tables of commands; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from server.base.values import dataclass

from .controls.scrolled_dialog import fill

__all__ = ["KeySheet", "Section"]

_WIDTH, _HEIGHT, _NARROW = 860, 600, 700


@dataclass(frozen=True)
class Section:
    """Keys that hold in one place.

    :param title: the place
    :param rows: what is done, and the keys as they are shown
    """

    title: str
    rows: tuple[tuple[str, str], ...]


class KeySheet(QDialog):
    """A list of keys, in two columns where there is room."""

    def __init__(self, sections: Sequence[Section], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("keySheet")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.sections = tuple(sections)
        content = QWidget(self)
        columns = QHBoxLayout(content)
        columns.setContentsMargins(24, 16, 24, 16)
        columns.setSpacing(40)
        width = min(_WIDTH, parent.width() - 20)
        for part in _divided(sections, 2 if width >= _NARROW else 1):
            column = QVBoxLayout()
            column.setSpacing(18)
            for section in part:
                column.addLayout(_table(section))
            column.addStretch(1)
            columns.addLayout(column, 1)
        scroll = fill(self, content)
        scroll.setObjectName("keySheetScroll")
        scroll.setAccessibleName("Keys")
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.resize(width, min(_HEIGHT, parent.height() - 20))


def _divided(sections: Sequence[Section], count: int) -> list[list[Section]]:
    """The sections in columns that are about as high."""
    if count == 1:
        return [list(sections)]
    left: list[Section] = []
    right: list[Section] = []
    half = sum(len(section.rows) + 2 for section in sections) / 2
    height = 0
    for section in sections:
        (left if height < half else right).append(section)
        height += len(section.rows) + 2
    return [left, right]


def _table(section: Section) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    grid.addWidget(_label(section.title, "strong"), 0, 0, 1, 2)
    for number, (text, keys) in enumerate(section.rows, 1):
        grid.addWidget(_label(text, "text"), number, 0)
        shown = _label(keys, "caption", "muted")
        shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(shown, number, 1)
    return grid


def _label(text: str, role: str, name: str = "keyLabel") -> QLabel:
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    theme.set_font(made, role)
    made.setWordWrap(name != "muted")
    return made
