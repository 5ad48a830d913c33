"""The bar below the output while the app waits for a person: where, with which variables, and an
input line; GUI thread only. Plain text throughout."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from launcher import theme
from launcher.actions import PageActions
from launcher.core.display import one_line
from launcher.core.logs.pauses import completions, place_of
from launcher.panes.controls.action_button import ActionButton
from launcher.panes.controls.labels import ElidedLabel
from server.events import Paused

__all__ = ["DebuggerInput", "PausedBar"]

_KEPT = 200  # inputs
_LINE = 300  # characters of a line of source, and of the variables


class DebuggerInput(QLineEdit):
    """A line of input, with the earlier ones (Up and Down) and completion (Tab)."""

    entered = Signal(str)
    """Enter was pressed on this line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("debuggerInput")
        self.setAccessibleName("Input for the app")
        self.setPlaceholderText("\u21b5 run   \u2191 earlier   Tab complete")
        theme.set_font(self, "mono")
        self.paused: Paused | None = None
        self._earlier: list[str] = []
        self._at = 0
        self._proposed: list[str] = []
        self.returnPressed.connect(self._enter)

    @property
    def is_secret(self) -> bool:
        """Whether a password is asked for: it isn't shown, and is no earlier input."""
        return self.paused is not None and self.paused.secret

    def show_pause(self, paused: Paused | None) -> None:
        """Take what is typed for another pause."""
        self.paused = paused
        mode = QLineEdit.EchoMode.Password if self.is_secret else QLineEdit.EchoMode.Normal
        if self.echoMode() != mode:
            self.clear()
            self.setEchoMode(mode)

    @Slot()
    def _enter(self) -> None:
        text = self.text()
        if text and self._earlier[-1:] != [text] and not self.is_secret:
            self._earlier = [*self._earlier, text][-_KEPT:]
        self._at = len(self._earlier)
        self.clear()
        self.entered.emit(text)

    def event(self, event: QEvent) -> bool:
        # Tab would go on to the next widget before keyPressEvent.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Tab and self.text() and not self.is_secret:
                self._complete()
                return True
            self._proposed = []
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.is_secret:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Up:
            self._recall(self._at - 1)
        elif event.key() == Qt.Key.Key_Down:
            self._recall(self._at + 1)
        else:
            super().keyPressEvent(event)

    def _recall(self, at: int) -> None:
        if 0 <= at <= len(self._earlier):
            self._at = at
            self.setText(self._earlier[at] if at < len(self._earlier) else "")

    def _complete(self) -> None:
        """The next of what the word may become; each further Tab the one after it."""
        if not self._proposed and self.paused is not None:
            before = self.text()[: self.cursorPosition()]
            self._rest = self.text()[self.cursorPosition() :]
            self._proposed = list(completions(self.paused, before))
        if self._proposed:
            text = self._proposed.pop(0)
            self._proposed.append(text)
            self.setText(text + self._rest)
            self.setCursorPosition(len(text))


class PausedBar(QWidget):
    """See the module.

    :ivar input: what is typed for the app
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """This file is to be opened, at this line."""

    def __init__(self, actions: PageActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pausedBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._paused: Paused | None = None
        self.title = QLabel(self)
        self.title.setObjectName("pausedTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.title, "button")
        self.facts = ElidedLabel("pausedFacts", self)
        theme.set_font(self.facts, "second")
        self.before = _code("pausedBefore", self)
        self.line = _code("pausedLine", self)
        self.locals = ElidedLabel("pausedLocals", self)
        theme.set_font(self.locals, "mono")
        self.prompt = QLabel(self)
        self.prompt.setObjectName("pausedPrompt")
        self.prompt.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.prompt, "mono")
        self.input = DebuggerInput(self)
        self.buttons = (
            ActionButton(actions.debug_continue, "debugContinue", "", self),
            ActionButton(actions.debug_next, "debugNext", "quiet", self),
            ActionButton(actions.debug_step, "debugStep", "quiet", self),
        )
        self.stop = ActionButton(actions.debug_stop, "debugStop", "quiet", self)
        self._lay_out()
        self.hide()

    def show_pause(self, paused: Paused | None, count: int, request: str) -> None:
        """Show where the app waits; None hides the bar.

        :param count: of all pauses, with those that wait for this one
        :param request: the one that waits, such as ``GET /orders``; else ""
        """
        is_new = paused is not None and (self._paused is None or self._paused.id != paused.id)
        self._paused = paused
        self.input.show_pause(paused)
        if paused is None:
            self.hide()
            return
        self.title.setText(f"Paused at {place_of(paused)}")
        waits = f"{request} waits" if request else paused.thread
        others = f"{count} paused" if count > 1 else ""
        facts = (f"in {paused.function}" if paused.function else "", waits, others)
        self.facts.setText(one_line("   ".join(filter(None, facts)), _LINE))
        self.before.setText(_source(paused, paused.line - 1))
        self.before.setVisible(bool(self.before.text()))
        self.line.setText(_source(paused, paused.line))
        self.line.setVisible(bool(self.line.text()))
        shown = ", ".join(f"{name} = {text}" for name, text in paused.locals)
        self.locals.setText(one_line(shown, _LINE))
        tip = "\n".join(one_line(f"{name} = {text}", _LINE) for name, text in paused.locals)
        self.locals.setToolTip(theme.plain_tooltip(tip) if tip else "")
        self.locals.setAccessibleName(f"Variables: {one_line(shown, _LINE)}")
        plain = "Password" if paused.secret else "Input"
        self.prompt.setText("(Pdb)" if paused.debugger else plain)
        for button in self.buttons:
            button.setVisible(paused.debugger)
        self.setAccessibleName(self.title.text())
        self.show()
        if is_new and self.isVisible():
            self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_source(self) -> None:
        """Open the line in the editor."""
        if self._paused is not None and self._paused.file:
            self.sourceRequested.emit(self._paused.file, self._paused.line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.open_source()
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self.title.setCursor(Qt.CursorShape.PointingHandCursor)
        self.title.setToolTip("Open in editor")
        self.title.installEventFilter(self)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.facts, 1)
        for button in (*self.buttons, self.stop):
            head.addWidget(button)
        code = QHBoxLayout()
        code.setSpacing(12)
        code.addWidget(self.line, 3)
        code.addWidget(self.locals, 2)
        self.locals.setAlignment(Qt.AlignmentFlag.AlignRight)
        entry = QHBoxLayout()
        entry.setSpacing(8)
        entry.addWidget(self.prompt)
        entry.addWidget(self.input, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.before)
        layout.addLayout(code)
        layout.addLayout(entry)


def _source(paused: Paused, line: int) -> str:
    """A line of the source, with its number; "" where that isn't known."""
    at = line - paused.first_line
    if not paused.first_line or not 0 <= at < len(paused.source):
        return ""
    return f"{line:>5}  {one_line(paused.source[at].rstrip(), _LINE)}"


def _code(name: str, parent: QWidget) -> ElidedLabel:
    label = ElidedLabel(name, parent)
    theme.set_font(label, "mono")
    theme.set_line_height(label, 18, 2)
    return label
