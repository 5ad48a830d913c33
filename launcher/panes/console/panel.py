"""A console in one frame of an error: what was typed, what came back, and the next input; GUI
thread only. Plain text throughout."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import duration, one_line, shown
from launcher.core.logs.consoles import Answered, ConsoleLog, Entry, Key, sentence_of
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.plain_view import PlainView
from launcher.panes.controls.ring import Ring

from .console_input import ConsoleInput

__all__ = ["ConsolePanel"]

_TICK_MS = 1000
_SLOW = 0.1  # seconds from which on the time that an input took is shown
_NAMES = 600  # characters of what is proposed
_HINT = (
    "Python runs here, in the frame, in the app's own process",
    "Names that you assign stay in this console; objects are the app's own.",
)


class ConsolePanel(QWidget):
    """See the module.

    :ivar key: the frame; None while there is none
    :ivar input: what is typed
    :ivar transcript: what was typed, and what came back
    """

    asked = Signal(object, str)
    """Run this in the frame with this :class:`Key`."""
    completionWanted = Signal(object, str)  # noqa: N815
    """Complete this in the frame with this :class:`Key`."""
    left = Signal()
    """Nobody waits for the answer any more."""
    closed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}Console")
        self.setProperty("look", "console")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Console")
        self.key: Key | None = None
        self._log = ConsoleLog()
        self._shown: tuple[Entry, ...] = ()
        self._began = 0.0
        self.title = ElidedLabel("consoleTitle", self)
        theme.set_font(self.title, "button")
        self.ring = Ring(self)
        self.elapsed = QLabel(self)
        self.elapsed.setObjectName("muted")
        self.elapsed.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.elapsed, "second")
        self.stop = QPushButton("Stop waiting", self)
        self.stop.setObjectName("stopWaitingButton")
        self.stop.setProperty("look", "quiet")
        self.stop.setToolTip("Give this input up, and interrupt it where it runs Python (Ctrl+C)")
        self.close_button = QPushButton(self)
        self.close_button.setObjectName("closeConsoleButton")
        self.close_button.setProperty("look", "icon")
        self.close_button.setAccessibleName("Close the console")
        self.close_button.setToolTip("Close the console (Esc)")
        self.transcript = PlainView("consoleTranscript", "What the console has answered", self)
        self.transcript.setLineWrapMode(PlainView.LineWrapMode.WidgetWidth)
        self.transcript.set_hint(*_HINT)
        self.transcript.verticalScrollBar().rangeChanged.connect(self._follow)
        self.prompt = QLabel("\u203a", self)
        self.prompt.setObjectName("consolePrompt")
        theme.set_font(self.prompt, "mono")
        self.input = ConsoleInput(self)
        self.names = ElidedLabel("muted", self)
        theme.set_font(self.names, "mono")
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._show_time)
        self._lay_out()
        self.stop.clicked.connect(self.left)
        self.close_button.clicked.connect(self.closed)
        self.input.submitted.connect(self._submit)
        self.input.completionWanted.connect(self._complete)
        self.input.proposed.connect(self._show_names)
        self.input.left.connect(self._leave)
        self.input.closed.connect(self.closed)
        self.hide()

    def use(self, log: ConsoleLog) -> None:
        """Show what this log has."""
        self._log = log

    def refresh_icons(self) -> None:
        """Make icons and colours again, after a change of theme."""
        theme.set_icon(self.close_button, "close", "muted")
        self._shown = ()
        self.transcript.clear()
        self.refresh()

    def show_frame(self, key: Key, place: str, why_none: str) -> None:
        """Open the console of a frame.

        :param place: such as ``shop.py:12  place_order``
        :param why_none: why nothing can be evaluated there; else ""
        """
        if key != self.key:
            self._shown = ()
            self.transcript.clear()
            self.input.done()
        self.key = key
        self.title.setText(f"Console in {one_line(place, 200)}")
        self.title.setToolTip(theme.plain_tooltip(one_line(place, 400)))
        self.setVisible(True)
        self.show_reason(why_none)
        self.refresh()
        (self.close_button if why_none else self.input).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_reason(self, why_none: str) -> None:
        """Show why nothing can be evaluated any more; "" where it can."""
        self.transcript.set_hint(*((why_none, "") if why_none else _HINT))
        self.input.setEnabled(not why_none)
        self._show_remark(why_none)

    def close_frame(self) -> None:
        """Show no frame."""
        self.key = None
        self._ticks.stop()
        self.hide()

    @Slot()
    def refresh(self) -> None:
        """Show what there is by now."""
        if self.key is None:
            return
        entries = self._log.entries(self.key)
        if entries[: len(self._shown)] != self._shown:
            self._shown = ()
            self.transcript.clear()
        for entry in entries[len(self._shown) :]:
            self._add(entry)
        self._shown = entries
        self.input.earlier = self._log.earlier
        if self._log.is_gone(self.key):
            self.input.setEnabled(False)
        pending = self._log.pending
        waits = pending is not None and pending[0] == self.key
        for part in (self.ring, self.elapsed, self.stop):
            part.setVisible(waits)
        if waits and not self._ticks.isActive():
            self._began = monotonic()
            self._ticks.start()
        elif not waits:
            self._ticks.stop()
        self._show_time()

    def take(self, answered: Answered) -> None:
        """What was asked has its answer."""
        if answered.key != self.key:
            return
        event = answered.event
        if event.kind == "incomplete":
            self.input.go_on()
        elif event.kind == "names":
            self.input.propose(answered.source, event.names)
        elif event.kind == "busy":
            self._show_remark(sentence_of(event))
        elif answered.source == self.input.text():
            self.input.done()
        self.refresh()

    @Slot(str)
    def _submit(self, text: str) -> None:
        if self.key is None or not text.strip():
            return
        if self._log.pending is not None:
            self._show_remark("Another input still runs: stop waiting for it first.")
            return
        self._show_remark("")
        self.asked.emit(self.key, text)
        self.refresh()

    @Slot(str)
    def _complete(self, before: str) -> None:
        if self.key is not None and self._log.pending is None:
            self.completionWanted.emit(self.key, before)

    @Slot(tuple)
    def _show_names(self, names: tuple[str, ...]) -> None:
        self._show_remark("   ".join(name.rpartition(".")[2] for name in names))

    def _show_remark(self, text: str) -> None:
        self.names.setText(one_line(text, _NAMES))
        self.names.setVisible(bool(text))

    @Slot()
    def _leave(self) -> None:
        if self.stop.isVisible():
            self.left.emit()

    @Slot()
    def _show_time(self) -> None:
        self.elapsed.setText(f"{int(monotonic() - self._began)} s")

    def _add(self, entry: Entry) -> None:
        """Put an input and its answer at the end."""
        first, *rest = entry.source.rstrip("\n").split("\n")
        typed = "\n".join((f"\u203a {first}", *(f"  {line}" for line in rest)))
        tone = {"failed": "danger", "gone": "muted", "left": "muted", "hung": "muted"}
        parts = [(shown(typed), "link")]
        if entry.text:
            parts.append((shown(entry.text.rstrip("\n")), tone.get(entry.kind, "text")))
        if entry.seconds >= _SLOW:
            parts.append((f"took {duration(entry.seconds)}", "muted"))
        cursor = self.transcript.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for text, colour in parts:
            if not self.transcript.document().isEmpty():
                cursor.insertBlock()
            made = QTextCharFormat()
            made.setForeground(theme.colour(self.palette(), colour))
            cursor.insertText(text, made)
        self.transcript.moveCursor(QTextCursor.MoveOperation.End)
        self.transcript.ensureCursorVisible()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        for part in (self.ring, self.elapsed, self.stop, self.close_button):
            head.addWidget(part)
        entry = QHBoxLayout()
        entry.setSpacing(8)
        entry.addWidget(self.prompt, 0, Qt.AlignmentFlag.AlignTop)
        entry.addWidget(self.input, 1)
        self.prompt.setContentsMargins(0, 6, 0, 0)
        self.names.setContentsMargins(18, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 10, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.transcript, 1)
        layout.addLayout(entry)
        layout.addWidget(self.names)
        self.names.hide()
        self.setMinimumHeight(150)

    @Slot()
    def _follow(self) -> None:
        """There is more of it, or less room: the newest answer stays in sight."""
        bar = self.transcript.verticalScrollBar()
        bar.setValue(bar.maximum())
