"""What a page does with the consoles in frames of errors: their inputs go to the server, the
answers to the view that shows the frame; GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Slot

from launcher.controller import SessionController
from launcher.core.logs.consoles import Answered, Key
from launcher.panes.console import FramesView

__all__ = ["FrameConsoles"]


class FrameConsoles(QObject):
    """See the module.

    :param views: those that show errors
    """

    def __init__(
        self,
        controller: SessionController,
        views: Iterable[FramesView],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._questions = controller.questions
        self._views = tuple(views)
        for view in self._views:
            view.use(self._questions.consoles)
            view.asked.connect(self._ask)
            view.completionWanted.connect(self._complete)
            view.left.connect(self._questions.leave_console)
        self._questions.consoleAnswered.connect(self._take)
        controller.stateChanged.connect(self._refresh)
        controller.hiding.cleared.connect(self._refresh)

    @Slot(object, str)
    def _ask(self, key: Key, text: str) -> None:
        self._questions.ask_console(key, text)

    @Slot(object, str)
    def _complete(self, key: Key, before: str) -> None:
        self._questions.ask_console(key, before, completes=True)

    @Slot(object)
    def _take(self, answered: Answered) -> None:
        for view in self._views:
            view.take(answered)

    @Slot()
    def _refresh(self) -> None:
        for view in self._views:
            view.refresh()
