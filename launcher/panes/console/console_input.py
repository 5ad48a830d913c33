"""What is typed for a frame: some lines, the earlier inputs, completion; GUI thread only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from launcher import theme
from launcher.panes.controls.text_ranges import units

__all__ = ["ConsoleInput"]

_LINES = 6  # that are seen at once
_MARGIN = 5
_INDENT = "    "
_WORD = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")


class ConsoleInput(QPlainTextEdit):
    """Return runs, Shift+Return begins a new line, Up and Down go through earlier inputs, Tab
    completes a name or indents. Never rich text.

    :ivar earlier: the inputs so far, the newest last
    """

    submitted = Signal(str)
    """Return was pressed on this input."""
    completionWanted = Signal(str)  # noqa: N815
    """Tab was pressed behind this."""
    proposed = Signal(tuple)
    """What the last name may become; none where that isn't known any more."""
    left = Signal()
    """Ctrl+C was pressed with nothing selected: nobody waits any more."""
    closed = Signal()
    """Esc was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("consoleInput")
        self.setAccessibleName("Input for the console")
        self.setPlaceholderText(
            "\u21b5 run   \u21e7\u21b5 new line   \u2191 earlier   Tab complete"
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(_MARGIN)
        self.earlier: Sequence[str] = ()
        self._at: int | None = None  # among the earlier ones; None at what is being typed
        self._draft = ""
        self._names: list[str] = []
        self._before, self._rest = "", ""
        self._is_proposing = False
        theme.set_font(self, "mono")
        self.textChanged.connect(self._changed)
        self._changed()

    def text(self) -> str:
        """What is typed."""
        return self.toPlainText()

    def done(self) -> None:
        """The input has run: the next one begins."""
        self._at, self._draft = None, ""
        self.clear()

    def go_on(self) -> None:
        """More lines belong to the input: begin the next one, indented as is to be expected."""
        self.moveCursor(QTextCursor.MoveOperation.End)
        last = self.text().rpartition("\n")[2]
        indent = last[: len(last) - len(last.lstrip())]
        if last.rstrip().endswith(":"):
            indent += _INDENT
        self.insertPlainText("\n" + indent)
        self.ensureCursorVisible()

    def propose(self, before: str, names: Sequence[str]) -> None:
        """What the name at the cursor may become: the first is put in, a further Tab puts in the
        next one.

        :param before: the input as far as the cursor, when it was asked
        """
        if before != self._to_cursor() or not names:
            return
        self._before = before[: len(before) - len(_word(before))]
        self._rest = self.text()[len(before) :]
        self._names = list(names)
        self._put_next()
        self.proposed.emit(tuple(names))

    def _put_next(self) -> None:
        name = self._names.pop(0)
        self._names.append(name)
        self._is_proposing = True
        text = self._before + name
        self.setPlainText(text + self._rest)
        cursor = self.textCursor()
        cursor.setPosition(units(text))
        self.setTextCursor(cursor)
        self._is_proposing = False

    def _to_cursor(self) -> str:
        # Qt counts in UTF-16.
        data = self.text().encode("utf-16-le", "surrogatepass")
        return data[: 2 * self.textCursor().position()].decode("utf-16-le", "surrogatepass")

    @Slot()
    def _changed(self) -> None:
        lines = min(max(1, self.blockCount()), _LINES)
        height = lines * QFontMetrics(self.font()).lineSpacing() + 2 * _MARGIN + 4
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
        if not self._is_proposing and self._names:
            self._names = []
            self.proposed.emit(())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._changed()

    def event(self, event: QEvent) -> bool:
        # Esc and Ctrl+C are shortcuts elsewhere.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_copy = event.key() == Qt.Key.Key_C and not self.textCursor().hasSelection()
            if event.key() == Qt.Key.Key_Escape or (is_copy and _has_control(event)):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, plain = event.key(), event.modifiers() in _NO_MODIFIERS
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.submitted.emit(self.text())
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key == Qt.Key.Key_C and _has_control(event) and not self.textCursor().hasSelection():
            self.left.emit()
        elif key == Qt.Key.Key_Tab:
            self._tab()
        elif key == Qt.Key.Key_Up and plain and self.textCursor().blockNumber() == 0:
            self._recall(-1)
        elif key == Qt.Key.Key_Down and plain and self._is_on_last_line():
            self._recall(1)
        else:
            super().keyPressEvent(event)

    def _is_on_last_line(self) -> bool:
        return self.textCursor().blockNumber() == self.blockCount() - 1

    def _tab(self) -> None:
        if self._names:
            self._put_next()
            return
        before = self._to_cursor()
        if _word(before):
            self.completionWanted.emit(before)
        else:
            self.insertPlainText(_INDENT)

    def _recall(self, step: int) -> None:
        """An earlier input, or a later one; behind the newest is what was being typed."""
        at = len(self.earlier) if self._at is None else self._at
        wanted = at + step
        if not 0 <= wanted <= len(self.earlier) or wanted == at:
            return
        if self._at is None:
            self._draft = self.text()
        is_draft = wanted == len(self.earlier)
        self._at = None if is_draft else wanted
        self.setPlainText(self._draft if is_draft else self.earlier[wanted])
        self.moveCursor(QTextCursor.MoveOperation.End)


_NO_MODIFIERS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def _has_control(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


def _word(before: str) -> str:
    match = _WORD.search(before)
    return match[0] if match is not None else ""
