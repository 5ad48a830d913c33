"""The frames of an error, and below them the console of one; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from launcher.core.display import one_line
from launcher.core.errors.lines import visible_file
from launcher.core.logs.consoles import Answered, ConsoleLog, Key
from launcher.core.logs.errors import ErrorRow
from launcher.panes.controls.source_view import SourceView
from server.events import Frame

from .panel import ConsolePanel

__all__ = ["FramesView"]

_SHARE = (3, 2)


class FramesView(QSplitter):
    """See the module.

    :param name: the object name of the text
    :ivar text: the frames
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    asked = Signal(object, str)
    """Run this in the frame with this :class:`Key`."""
    completionWanted = Signal(object, str)  # noqa: N815
    """Complete this in the frame with this :class:`Key`."""
    left = Signal()
    """Nobody waits for the answer any more."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName(f"{name}Frames")
        self.setChildrenCollapsible(False)
        self._log: ConsoleLog | None = None  # none where no server could answer
        self._row: ErrorRow | None = None
        self._frame: Frame | None = None
        self._name = name
        self._console: ConsolePanel | None = None
        self.text = SourceView(name, self)
        self.addWidget(self.text)
        self.text.sourceRequested.connect(self.sourceRequested)
        self.text.consoleRequested.connect(self._toggle)

    @property
    def console(self) -> ConsolePanel:
        """The console, which is made when it is first needed."""
        if self._console is None:
            made = self._console = ConsolePanel(self._name, self)
            if self._log is not None:
                made.use(self._log)
            made.refresh_icons()
            self.addWidget(made)
            for index, share in enumerate(_SHARE):
                self.setStretchFactor(index, share)
            made.asked.connect(self.asked)
            made.completionWanted.connect(self.completionWanted)
            made.left.connect(self.left)
            made.closed.connect(self.close_console)
        return self._console

    def use(self, log: ConsoleLog) -> None:
        """Evaluate by means of this log."""
        self._log = log
        if self._console is not None:
            self._console.use(log)
        self._show_toggles()

    def recolour(self) -> None:
        """Take the theme's colours, after a change of it."""
        self.text.recolour()
        if self._console is not None:
            self._console.refresh_icons()

    def show_error(self, row: ErrorRow | None) -> None:
        """Show an error from its innermost own frame; nothing for None."""
        before, self._row = self._row, row
        is_another = before is not None and (row is None or row.number != before.number)
        if is_another and self._console is not None:
            self._console.close_frame()
        self.text.show_error(row, self._consoles())
        self._show_toggles()

    @Slot()
    def refresh(self) -> None:
        """The server, or what was typed, is another by now."""
        self._show_toggles()
        console, row, frame, log = self._console, self._row, self._frame, self._log
        if console and log is not None and row is not None and frame is not None:
            console.show_reason(log.why_none(row.number, frame))
            console.refresh()

    def take(self, answered: Answered) -> None:
        """What was asked has its answer."""
        if self._console is not None:
            self._console.take(answered)

    @Slot()
    def open_console(self) -> None:
        """Open the console of the frame that matters: the innermost one of the user's own; where
        it is open, close it."""
        frames = self._row.frames if self._row is not None else ()
        real = [frame for frame in frames if frame.line]
        own = [frame for frame in real if frame.own and frame.console] or real
        if own:
            self.toggle_console(own[-1])

    @Slot(object)
    def _toggle(self, frame: Frame | None) -> None:
        if frame is None:
            self.open_console()
        else:
            self.toggle_console(frame)

    def toggle_console(self, frame: Frame) -> None:
        """Open the console of a frame, or close it where it is open."""
        row, log = self._row, self._log
        if row is None or log is None:
            return
        key = Key(row.number, frame.console)
        console = self.console
        if console.key == key and console.isVisible():
            self.close_console()
            return
        place = f"{visible_file(frame.file)}:{frame.line}  {one_line(frame.function, 80)}"
        was_hidden = console.isHidden()
        self._frame = frame
        console.show_frame(key, place, log.why_none(row.number, frame))
        if was_hidden:
            unit = self.height() // sum(_SHARE)
            self.setSizes([unit * share for share in _SHARE])
        self._show_toggles()

    @Slot()
    def close_console(self) -> None:
        """Close the console; the frames have the focus again."""
        if self._console is not None:
            self._console.close_frame()
        self._show_toggles()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_toggles(self) -> None:
        self.text.show_consoles(self._consoles())

    def _consoles(self) -> int | None:
        """The number of the frame whose console is open, or 0; None where frames have none."""
        row, log = self._row, self._log
        if row is None or log is None or row.number < log.first:
            return None
        key = self._console.key if self._console is not None else None
        return key.frame if key is not None else 0
