"""The one column of the set-up: sections, each with a title, labels and fields; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QWidget,
)

from launcher import theme

__all__ = ["CONTROL", "LABEL", "TITLE", "WIDTH", "Section", "beside", "set_columns", "title_width"]

TITLE, LABEL, CONTROL = 108, 100, 352
WIDTH = TITLE + LABEL + CONTROL
"""In pixels; what is written in a larger font takes the room it needs."""

_ROW_GAP = 6
_PADDING = 10
_FIRST = 1
"""The row of the first field; the one above it is empty, but for a title above its rows."""


class Section(QFrame):
    """A title at the left, rows of a label and a field at its right, and a line below.

    :param title: what the rows have in common
    """

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("setupSection")
        self._labels: list[QWidget] = []
        self._title: QLabel | None = None
        self._is_stacked = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, _PADDING, 0, _PADDING)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(_ROW_GAP)
        set_columns(self._grid, stacked=False)
        if title:
            self._title = label = QLabel(title, self)
            label.setObjectName("sectionName")
            label.setTextFormat(Qt.TextFormat.PlainText)
            theme.set_font(label, "strong")
            theme.set_line_height(label, 30, 4)
            self._place_title()

    def add_row(self, label: QWidget | None, content: QWidget | QLayout) -> None:
        """Add a row; without a label, the field begins where labels do otherwise."""
        row = self._grid.rowCount() if self._grid.count() > 1 else _FIRST
        column, span = (1, 2) if label is None else (2, 1)
        if label is not None:
            top = Qt.AlignmentFlag.AlignTop
            self._labels.append(label)
            _fit_height(label)
            self._grid.addWidget(label, row, 1, top)
        if isinstance(content, QLayout):
            self._grid.addLayout(content, row, column, 1, span)
        else:
            self._grid.addWidget(content, row, column, 1, span)

    def set_stacked(self, stacked: bool) -> None:
        """Have the title above the rows, which then need less width, or beside them."""
        if stacked == self._is_stacked:
            return
        self._is_stacked = stacked
        set_columns(self._grid, stacked=stacked)
        if self._title is not None:
            self._grid.removeWidget(self._title)
            self._place_title()
        self.updateGeometry()  # at once, not when the event comes: its size is asked for

    def _place_title(self) -> None:
        top = Qt.AlignmentFlag.AlignTop
        if self._title is None:
            return
        if self._is_stacked:
            self._grid.addWidget(self._title, 0, 0, 1, 3, top)
        else:
            self._grid.addWidget(self._title, _FIRST, 0, top)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.layout() is not None:
            set_columns(self._grid, stacked=self._is_stacked)
            for label in self._labels:
                _fit_height(label)

    def add_whole(self, content: QWidget) -> None:
        """Add something that is as wide as the section."""
        self._grid.addWidget(content, self._grid.rowCount(), 0, 1, 3)


def _fit_height(label: QWidget) -> None:
    label.setFixedHeight(max(30, label.sizeHint().height()))


def title_width() -> int:
    """The room of the titles beside their rows, in pixels."""
    metrics = QFontMetrics(theme.font("strong"))
    return max(TITLE, metrics.horizontalAdvance("Environment") + 16)


def set_columns(grid: QGridLayout, *, stacked: bool) -> None:
    """Give titles and labels the same room in all sections, also in a larger font.

    :param stacked: the titles stand above their rows
    """
    plain = QFontMetrics(theme.font("text"))
    grid.setColumnMinimumWidth(0, 0 if stacked else title_width())
    grid.setColumnMinimumWidth(1, max(LABEL, plain.horizontalAdvance("Environment file") + 12))
    grid.setColumnStretch(2, 1)


def beside(*parts: QWidget) -> QHBoxLayout:
    """Fields in one row."""
    line = QHBoxLayout()
    line.setSpacing(8)
    for part in parts:
        small = isinstance(part, (QComboBox, QPushButton)) and len(parts) > 1
        line.addWidget(part, 0 if small else 1)
    return line
