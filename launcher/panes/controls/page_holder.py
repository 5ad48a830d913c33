"""Where the pages of a tab widget are made; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

__all__ = ["page_holder"]


def page_holder(tabs: QTabWidget) -> QWidget:
    """The widget that becomes the parent of the pages of ``tabs``.

    A page that is made with this parent is styled once. With any other, ``addTab`` gives it a new
    parent, and Qt applies the style sheet again to everything in it.
    """
    stack = tabs.findChild(QStackedWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return tabs if stack is None else stack
