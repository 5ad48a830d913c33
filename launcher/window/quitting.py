"""Closing the window: what runs is stopped first, and waited for; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMessageBox, QWidget

from launcher.core.state import CAN_STOP
from launcher.panes.dialogs import ask_to_quit

if TYPE_CHECKING:
    from launcher.server_page import ServerPage  # where no page is shown, it is not loaded

__all__ = ["Quitting"]

_MARGIN = 3.0  # seconds beyond the grace time, after which the window closes whatever runs


class Quitting(QTimer):
    """Runs from the wish to quit to the last moment at which the window closes.

    :param window: what is closed
    :param pages: those that there are at the time
    """

    def __init__(self, window: QWidget, pages: Sequence[ServerPage]) -> None:
        super().__init__(window, singleShot=True)
        self._window = window
        self._pages = pages
        self._is_wanted = False
        self._closes_anyway = False
        self.timeout.connect(self.quit_now)

    def answer(self, event: QCloseEvent) -> bool:
        """Let the window be closed, or ask, where something runs; returns whether it closes."""
        running = [page.title or page.app for page in self._pages if not page.is_stopped]
        event.setAccepted(self._closes_anyway or not running)
        if event.isAccepted():
            self.stop()
        elif not self._is_wanted and self._window.findChild(QMessageBox, "quitDialog") is None:
            ask_to_quit(self._window, running).accepted.connect(self.quit)
        return event.isAccepted()

    @Slot()
    def quit(self) -> None:
        """Stop what runs, without asking, and close once all of it has ended; at the latest when
        the longest of their grace times is over, whatever runs."""
        self._is_wanted = True
        configs = [page.controller.config for page in self._pages if not page.is_stopped]
        grace = max((config.grace for config in configs if config is not None), default=0.0)
        if not self.isActive():
            self.start(int((grace + _MARGIN) * 1000))
        self._close_if_stopped()

    @Slot()
    def quit_now(self) -> None:
        """End what runs, and close without waiting for it."""
        self._is_wanted = self._closes_anyway = True
        for page in self._pages:
            if not page.is_stopped:
                page.controller.stop()
                page.controller.stop_now()
        self._window.close()

    def page_changed(self) -> None:
        """A page is in another state: it may have been the last one that ran."""
        if self._is_wanted:
            self._close_if_stopped()

    def _close_if_stopped(self) -> None:
        for page in self._pages:
            if page.controller.state in CAN_STOP:  # also where a restart comes up only now
                page.controller.stop()
        if all(page.is_stopped for page in self._pages):
            self._window.close()
