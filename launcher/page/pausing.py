"""What a page does while the app waits for a person: state, bar and commands; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from launcher.actions import PageActions
from launcher.controller import SessionController
from launcher.core.display import one_line
from launcher.core.messages import Action
from launcher.panes.head.head import Head
from launcher.panes.message_line import MessageLine
from launcher.panes.output.pane import OutputPane
from launcher.panes.output.paused_bar import PausedBar

__all__ = ["Pausing"]

_KEY = "paused"
_NEXT = QKeyCombination(Qt.Key.Key_F10)  # opens the menu at other times


class Pausing(QObject):
    """See the module.

    :param controller: the server
    :param commands: those of its page
    :ivar bar: below the output
    """

    def __init__(
        self,
        controller: SessionController,
        commands: PageActions,
        output: OutputPane,
        head: Head,
        messages: MessageLine,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._commands = commands
        self._output = output
        self._head = head
        self._messages = messages
        self.bar = PausedBar(commands, output)
        output.add_below(self.bar)
        self._shown: int | None = None
        self._actions = (commands.debug_continue, commands.debug_next, commands.debug_step)
        for action, command in zip(self._actions, "cns", strict=True):
            action.triggered.connect(lambda _=False, text=command: self._enter(text))
        commands.debug_stop.triggered.connect(self._end)
        self.bar.input.entered.connect(self._enter)
        self.bar.sourceRequested.connect(output.sourceRequested)
        controller.pausesChanged.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        pauses = self._controller.pauses
        front = pauses.front
        self._commands.debug_stop.setEnabled(front is not None)
        for action in self._actions:
            action.setEnabled(front is not None and front.debugger)
        self._head.show_pause(pauses.text)
        row = None
        if front is not None and front.request_id is not None:
            row = self._controller.requests.find(front.request_id)
        request = one_line(f"{row.method} {row.target}", 120) if row is not None else ""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        focus = application.focusWidget()
        had_focus = focus is not None and self.bar.isAncestorOf(focus)
        self.bar.show_pause(front, len(pauses), request)
        if front is None and had_focus:  # else Qt gives it to what comes next in the window
            self._output.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if front is None:
            application.removeEventFilter(self)
            self._messages.clear_key(_KEY)
        elif front.id != self._shown:
            application.installEventFilter(self)
            if not self._output.isVisible():
                self._messages.show_message(
                    pauses.text,
                    detail=request,
                    tone="busy",
                    key=_KEY,
                    actions=(Action("Show", self._show_output),),
                )
        self._shown = None if front is None else front.id

    @Slot()
    def come_to_front(self) -> None:
        """The output is in front now: what is typed goes to the app that waits, if one does."""
        if self._shown is not None:
            self._messages.clear_key(_KEY)
            self.bar.input.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_output(self) -> None:
        self._commands.show_output.trigger()

    @Slot(str)
    def _enter(self, text: str) -> None:
        self._controller.give_input(text + "\n")

    @Slot()
    def _end(self) -> None:
        self._controller.give_input(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """F10 is Next while the page in front has paused, wherever the focus is."""
        kinds = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if event.type() not in kinds or not isinstance(event, QKeyEvent):
            return False
        in_front = self._head.isVisible() and self._head.window().isActiveWindow()
        if event.keyCombination() != _NEXT or not in_front:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        else:
            self._commands.debug_next.trigger()
        return True
