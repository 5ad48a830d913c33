"""A crashed app that is to be started again: the time until then counts down; GUI thread only."""

from __future__ import annotations

import math
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Slot

from launcher.controller import SessionController
from launcher.core.messages import Action
from launcher.core.sentences import how_ended
from launcher.core.state import SessionState
from launcher.panes.head.head import Head
from launcher.panes.message_line import MessageLine
from server.events import ReloadFailed

__all__ = ["Reviving"]

_KEY = "revival"
_TICK_MS = 250


class Reviving(QObject):
    """Shows it in the head and in a message, with "Now" and "Don't"."""

    def __init__(
        self,
        controller: SessionController,
        head: Head,
        messages: MessageLine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._head = head
        self._messages = messages
        self._due = 0.0
        self._how = ""
        self._shown = -1
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._show)
        controller.reloadFailed.connect(self._begin)
        controller.stateChanged.connect(self._look)

    @Slot(object, object)
    def _begin(self, event: ReloadFailed, _error: object) -> None:
        if event.restarts_in is None:
            return
        self._due = monotonic() + event.restarts_in
        self._how, self._shown = how_ended(event.status), -1
        self._ticks.start()
        self._show()

    @Slot()
    def _look(self) -> None:
        """It is started, or stopped."""
        if self._ticks.isActive() and self._controller.state is not SessionState.BROKEN:
            self._ticks.stop()
            self._head.show_words("")
            self._messages.clear_key(_KEY)

    @Slot()
    def _show(self) -> None:
        left = max(0, math.ceil(self._due - monotonic()))
        if left == self._shown:
            return
        self._shown = left
        when = f"in {left} s" if left else "now"
        self._head.show_words(f"Crashed, starts {when}")
        self._messages.show_message(
            f"The app has crashed and is started again {when}.",
            detail=self._how,
            key=_KEY,
            actions=(
                Action("Now", self._controller.restart_now),
                Action("Don't", self._controller.stop),
            ),
        )
