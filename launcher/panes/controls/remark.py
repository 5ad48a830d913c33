"""A short remark in the status bar, which goes by itself; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QWidget

__all__ = ["SECONDS", "remark"]

SECONDS = 4.0
"""How long it stays."""


def remark(widget: QWidget, text: str) -> None:
    """Show a sentence in the status bar of the window that a widget is in.

    The same way as the tip of a menu's entry takes, so a widget needs to know no window.
    """
    QCoreApplication.sendEvent(widget, QStatusTipEvent(text))
    if text:
        QTimer.singleShot(round(SECONDS * 1000), widget, lambda: remark(widget, ""))
