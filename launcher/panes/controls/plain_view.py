"""Text to read and to copy; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from launcher import theme

from .placeholder import Placeholder


class PlainView(QPlainTextEdit):
    """Read-only text in a monospace font, with a hint while it is empty. Never rich text."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.hint = Placeholder("", "")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        theme.set_font(self, "mono")
        self.document().setDocumentMargin(8)

    def set_hint(self, title: str, text: str) -> None:
        """Show something else while there is no text."""
        self.hint = Placeholder(title, text)
        self.viewport().update()

    def show_text(self, text: str) -> None:
        """Show another text from its beginning; the same text is left where it was scrolled to."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def show_traceback(self, text: str) -> None:
        """Show a traceback from its end: what happened, and where in the user's own code."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.document().isEmpty() and self.hint.title:
            self.hint.paint(self)
