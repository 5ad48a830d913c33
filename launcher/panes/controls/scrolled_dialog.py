"""What dialogs with a long content have in common; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

__all__ = ["fill"]


def fill(dialog: QDialog, content: QWidget) -> QScrollArea:
    """Fill a dialog with a content that scrolls where it is too high, and Close below it."""
    scroll = QScrollArea(dialog)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    for button in buttons.buttons():
        button.setIcon(QIcon())
    buttons.rejected.connect(dialog.reject)
    foot = QHBoxLayout()
    foot.setContentsMargins(16, 10, 16, 12)
    foot.addWidget(buttons)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(scroll, 1)
    layout.addLayout(foot)
    return scroll
