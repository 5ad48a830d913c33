"""Buttons for what an empty view says that can be done; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QWidget

from launcher.panes.controls.action_button import ActionButton

__all__ = ["HintButtons"]

_ABOVE = 16  # pixels between the text and the buttons


class HintButtons(QWidget):
    """A row of buttons in the middle of a view, below its hint.

    It is a child of the view, not of the viewport, which takes its children along when it scrolls.
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
        while (item := self._row.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()
        for number, action in enumerate(self._actions):
            self._row.addWidget(ActionButton(action, f"hintButton{number}", parent=self))
        self._soon.start()

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
        self.setVisible(self._end >= 0 and bool(self._actions) and fits)
        left = port.x() + (port.width() - self.width()) // 2
        self.move(left, port.y() + top)
