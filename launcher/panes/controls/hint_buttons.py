"""Buttons for what an empty view says that can be done; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QWidget

from launcher.panes.controls.action_button import ActionButton

__all__ = ["HintButtons"]

_ABOVE = 16  # pixels between the text and the buttons


class HintButtons(QWidget):
    """A row of buttons in the middle of a view, below its hint.

    It is a child of the view, not of the viewport, which takes its children along when it scrolls.
    What is chosen by key leaves the focus to the view: the button mostly goes then, and Qt would
    give the focus to what is first in the window.
    """

    def __init__(self, view: QAbstractScrollArea) -> None:
        self._actions: tuple[QAction, ...] = ()
        super().__init__(view)
        self._view = view
        self._end = -1
        self._wide = 0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._place)
        self.hide()

    def show_actions(self, actions: Sequence[QAction]) -> None:
        """Have a button for each of these actions."""
        if tuple(actions) == self._actions:
            return
        self._actions = tuple(actions)
        self._make()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._actions:
            self._make()  # the icons have other colours

    def _make(self) -> None:
        self._leave_focus()
        while (item := self._row.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()
        for number, action in enumerate(self._actions):
            button = ActionButton(action, f"hintButton{number}", parent=self)
            button.released.connect(self._leave_focus)  # before its action may disable it
            self._row.addWidget(button)
        self._soon.start()

    @Slot()
    def _leave_focus(self) -> None:
        focus = self.window().focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self, end: int) -> None:
        """The view was painted.

        :param end: where its hint ends, in pixels of the viewport; -1 where there is none
        """
        width = self._view.viewport().width()
        if (end, width) != (self._end, self._wide):
            self._end, self._wide = end, width
            self._soon.start()  # nothing is moved while it is painted

    @Slot()
    def _place(self) -> None:
        port = self._view.viewport()
        self.adjustSize()
        top = self._end + _ABOVE
        fits = top + self.height() <= port.height() and self.width() <= port.width()
        is_there = self._end >= 0 and bool(self._actions) and fits
        if not is_there:
            self._leave_focus()
        self.setVisible(is_there)
        left = port.x() + (port.width() - self.width()) // 2
        self.move(left, port.y() + top)
