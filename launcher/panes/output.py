"""What the app prints and logs; GUI thread only. Plain text throughout."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import plural, printable
from launcher.core.logs.output import OWN, OutputLine, OutputLog
from launcher.core.logs.view import Kind, View

from .controls.follower import Follower
from .controls.labels import ElidedLabel
from .controls.plain_view import PlainView

_REWRITE = 500
"""When more lines than this have gone, all are written again instead of dropping those."""


class OutputPane(QWidget):
    """The last lines of the output, following until the user scrolls up."""

    def __init__(self, log: OutputLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._lines = View(log)
        self.view = PlainView("outputView", "Output of the app", self)
        self.view.setMaximumBlockCount(log.max_lines)
        self.follower = Follower(self.view, "line")
        self.dropped = ElidedLabel("outputDropped", self)
        self.dropped.setForegroundRole(self.dropped.foregroundRole().PlaceholderText)
        self.dropped.setContentsMargins(10, 4, 10, 4)
        self.dropped.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.dropped)
        layout.addWidget(self.view)

    def set_hint(self, title: str, text: str) -> None:
        """The text of the empty view."""
        self.view.set_hint(title, text)

    @Slot()
    def refresh(self) -> None:
        """Show what has been recorded since the last call."""
        length = len(self._lines)
        gone = added = 0
        grown = False
        for change in self._lines.sync():
            if change.kind is Kind.RESET:
                gone, added = length, change.count
            elif change.kind is Kind.REMOVED:
                gone = change.count
            elif change.kind is Kind.ADDED:
                added = change.count
            else:
                grown = True
        if gone > _REWRITE or gone == length:
            self._write_all(gone)
        else:
            cursor = QTextCursor(self.view.document())
            cursor.beginEditBlock()
            if grown:
                # Only the line that was last until now can have been replaced.
                self._rewrite_last(cursor, self._lines.row(len(self._lines) - added - 1))
            self._append(cursor, len(self._lines) - added)
            cursor.endEditBlock()
            if gone:
                self.follower.shifted(gone)
        self.follower.added(added)
        if self.follower.following and added:
            self.follower.resume()
        dropped = self._log.dropped
        self.dropped.setVisible(dropped > 0)
        if dropped:
            kept = f"the last {len(self._log):,} are kept"
            self.dropped.setText(f"{plural(dropped, 'earlier line')} dropped; {kept}")

    @Slot()
    def recolour(self) -> None:
        """Write all lines again, in the colours of another theme."""
        self._write_all(0)

    def _write_all(self, gone: int) -> None:
        """Put the log in place of what is shown, with the reader where they were.

        For many lines that is quicker than to let the document drop its first ones, which takes
        it 25 microseconds for each.

        :param gone: how many lines are missing at the top afterwards
        """
        with self.follower.rewriting(gone):
            self.view.clear()
            cursor = QTextCursor(self.view.document())
            cursor.beginEditBlock()
            self._append(cursor, 0)
            cursor.endEditBlock()
        if not len(self._lines):
            self.follower.reset()

    def _append(self, cursor: QTextCursor, start: int) -> None:
        """Write the lines from that position on at the end."""
        number = self._lines.number(start)
        lines = [] if number is None else self._log.since(number)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        separator = "\n" if start else ""
        for stream, run in groupby(lines, key=_stream):
            text = "\n".join([line.text for line in run])
            cursor.insertText(separator + printable(text), self._format(stream))
            separator = "\n"

    def _rewrite_last(self, cursor: QTextCursor, line: OutputLine | None) -> None:
        if line is None:
            return
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(printable(line.text), self._format(line.stream))

    def _format(self, stream: str) -> QTextCharFormat:
        result = QTextCharFormat()
        palette = self.view.palette()
        if stream == "stderr":
            result.setForeground(theme.colour(palette, "warning"))
        elif stream == OWN:
            result.setForeground(theme.colour(palette, "link"))
            result.setFontWeight(int(QFont.Weight.DemiBold))
        else:
            result.setForeground(QColor(theme.colour(palette, "text")))
        return result


def _stream(line: OutputLine) -> str:
    return line.stream
