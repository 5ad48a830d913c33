"""What the app prints and logs; GUI thread only. Plain text throughout."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import plural, printable
from launcher.core.output_log import NOTE, OutputLine, OutputLog

from .widgets import ElidedLabel, Follower, PlainView


class OutputPane(QWidget):
    """The last lines of the output, following until the user scrolls up."""

    def __init__(self, log: OutputLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._first = log.rows.first
        self._end = log.rows.first
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
        """What the empty view says."""
        self.view.set_hint(title, text)

    @Slot()
    def refresh(self) -> None:
        """Show what has been recorded since the last call; each line is written once."""
        rows = self._log.rows
        changed = rows.take_changed()
        if rows.first >= self._end:
            self.view.clear()
            self._end = rows.first
            if not len(rows):
                self.follower.reset()
        cursor = QTextCursor(self.view.document())
        cursor.beginEditBlock()
        if changed is not None and rows.first <= changed[1] < self._end:
            # Only the line that was last until now can have grown.
            self._rewrite_last(cursor, rows.get(self._end - 1))
        lines = [line for number in range(self._end, rows.end) if (line := rows.get(number))]
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for stream, run in groupby(lines, key=_stream):
            text = "\n".join(printable(line.text) for line in run)
            start = "" if self.view.document().isEmpty() and self._end == rows.first else "\n"
            cursor.insertText(start + text, self._format(stream))
            self._end = max(self._end, rows.first + 1)
        cursor.endEditBlock()
        gone = rows.first - self._first
        if gone > 0 and not self.follower.following:
            self.follower.shifted(gone)
        self._first, self._end = rows.first, rows.end
        self.follower.added(len(lines))
        if self.follower.following and lines:
            self.follower.resume()
        dropped = self._log.dropped
        self.dropped.setVisible(dropped > 0)
        if dropped:
            kept = f"the last {len(rows):,} are kept"
            self.dropped.setText(f"{plural(dropped, 'earlier line')} dropped; {kept}")

    @Slot()
    def recolour(self) -> None:
        """Write all lines again, in the colours of another theme."""
        self._end = self._log.rows.first
        self.view.clear()
        self.refresh()

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
        elif stream == NOTE:
            result.setForeground(theme.colour(palette, "link"))
            result.setFontWeight(int(QFont.Weight.DemiBold))
        else:
            result.setForeground(QColor(theme.colour(palette, "text")))
        return result


def _stream(line: OutputLine) -> str:
    return line.stream
