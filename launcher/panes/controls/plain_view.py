"""Text to read and to copy; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from launcher import theme
from launcher.theme.fonts import text_size

from .line_layout import LineLayout
from .placeholder import Placeholder

_LINE = 18


class PlainView(QPlainTextEdit):
    """Read-only text in a monospace font, with a hint while it is empty. Never rich text.

    :ivar line_height: of each line, in pixels, unless its text is higher
    :ivar complete: called before the text is read as a whole, where it is made late
    """

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line_height = _LINE
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        document = QTextDocument(self)
        document.setDocumentLayout(LineLayout(document, self.height_of))
        document.setDocumentMargin(8)  # before the view lays it out anew for that
        self.setDocument(document)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.complete: Callable[[], None] | None = None
        self.hint = Placeholder("", "")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        theme.set_font(self, "mono")

    def set_hint(self, title: str, text: str) -> None:
        """Show something else while there is no text."""
        self.hint = Placeholder(title, text)
        self.viewport().update()

    def show_text(self, text: str) -> None:
        """Show another text from its beginning; the same text is left where it was scrolled to."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def height_of(self, _block: QTextBlock) -> float:
        """The least height of the lines of a paragraph, in pixels."""
        return self.line_height

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() == QEvent.Type.FontChange:  # then Qt lays the text out anew
            self.line_height = round(_LINE * text_size())
        super().changeEvent(event)

    def toPlainText(self) -> str:  # noqa: N802
        """The whole text, also where nobody has seen it yet."""
        if self.complete is not None:
            self.complete()
        return super().toPlainText()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self._fill_selection(event)
        super().paintEvent(event)
        if self.document().isEmpty() and self.hint.title:
            self.hint.paint(self)

    def _fill_selection(self, event: QPaintEvent) -> None:
        """Paint what is between the lines of a selection: Qt's ground is as high as the text."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        group = QPalette.ColorGroup.Active if self.hasFocus() else QPalette.ColorGroup.Inactive
        ground = self.palette().color(group, QPalette.ColorRole.Highlight)
        painter = QPainter(self.viewport())
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        box = self.blockBoundingGeometry(block).translated(offset)
        left, top = box.left(), box.top()
        while block.isValid() and top <= event.rect().bottom() and block.position() < end:
            if block.isVisible() and block.position() + block.length() > start:
                for part in _selected(block, start - block.position(), end - block.position()):
                    painter.fillRect(part.translated(left, top), ground)
            # Not the next one's geometry: for that, Qt asks for the height of each block above it.
            top += self.blockBoundingRect(block).height()
            block = block.next()
        painter.end()


def _selected(block: QTextBlock, start: int, end: int) -> list[QRectF]:
    """The grounds of a paragraph's lines, each as high as the line, as far as it is selected."""
    layout, found = block.layout(), []
    bottom = 0.0
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        top, above = bottom, line.y() - bottom
        bottom = line.y() + line.height() + above
        first, last = line.textStart(), line.textStart() + line.textLength()
        if start < last and end > first:
            left = line.cursorToX(max(start, first))[0]  # type: ignore[index]
            right = line.cursorToX(min(end, last))[0]  # type: ignore[index]
            found.append(QRectF(left, top, right - left, bottom - top))
    return found
