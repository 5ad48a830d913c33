"""The height of the lines of a long text; GUI thread only.

A QPlainTextEdit takes the height of a line from its font alone, and leaves out the heights that a
text's format asks for. So the lines of a paragraph are moved apart right after Qt has laid them
out, which it does when they are first asked for: what nobody looks at costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout

__all__ = ["LineLayout"]

_SPACED = 1 / 64
"""What the first line is moved by at least, in pixels, which Qt's own layout never does: by it one
sees that the lines of a paragraph have been moved. It is the smallest step that Qt knows."""
_NOTHING = QRectF()


class LineLayout(QPlainTextDocumentLayout):
    """Lays a text out with lines of a least height, each with its text in the middle.

    :param height: the least height of each line of a paragraph, in pixels
    """

    def __init__(self, document: QTextDocument, height: Callable[[QTextBlock], float]) -> None:
        super().__init__(document)
        # The base class's document() is never called: it would make PySide take the document for a
        # child of its layout, and free both while the view still has them.
        self._document = document
        self._height = height

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:  # noqa: N802
        """Where a paragraph is, from its own beginning; this is where Qt asks for a layout."""
        if not block.isVisible():  # of a text that is folded, Qt asks for each
            return _NOTHING
        box = super().blockBoundingRect(block)
        layout = block.layout()
        count = layout.lineCount()
        if not count:
            return box
        height = self._height(block)
        if layout.lineAt(0).y() < _SPACED:
            top = 0.0
            for number in range(count):
                line = layout.lineAt(number)
                needed = line.height()
                above = (height - needed) / 2 if needed < height else 0.0
                if not number and above < _SPACED:
                    above = _SPACED
                line.setPosition(QPointF(line.x(), top + above))
                top += needed if needed > height else height
        last = layout.lineAt(count - 1)
        needed = last.height()
        bottom = last.y() + needed + max(0.0, (height - needed) / 2)
        margin = 0.0 if block.next().isValid() else self._document.documentMargin()
        box.setHeight(bottom + margin)
        return box
