"""A button that is no wider than its words, at each text size; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

__all__ = ["NarrowButton"]

_MARGIN = 12  # with the border, as the style sheet has it


class NarrowButton(QPushButton):
    """A button that is no wider than its words.

    :param least: its width where they need less, in pixels
    """

    def __init__(self, text: str, parent: QWidget, least: int = 0) -> None:
        super().__init__(text, parent)
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        words = self.fontMetrics().horizontalAdvance(self.text()) + 2 * _MARGIN
        return QSize(max(self._least, words), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()
