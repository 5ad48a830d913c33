"""Enter presses the button with the focus, as Space does; Qt has that in dialogs only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QWidget

__all__ = ["pressed_by_enter"]

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def pressed_by_enter(window: QWidget, event: QKeyEvent) -> bool:
    """Press the button with the focus, where a key that nothing has taken is Enter. GUI thread.

    :returns: whether it was; what has two states isn't switched by Enter
    """
    button = window.focusWidget()
    if event.key() not in _KEYS or not isinstance(button, QAbstractButton):
        return False
    if isinstance(button, QCheckBox):
        return False
    button.click()
    return True
