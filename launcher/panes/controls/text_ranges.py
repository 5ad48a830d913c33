"""Parts of a text with a look of their own, and how Qt counts their places; GUI thread only."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat, QTextLayout

__all__ = ["format_range", "units"]


def units(text: str) -> int:
    """How long a text is for Qt: characters beyond the first 65,536 are two; a lone surrogate,
    which a text may hold, is one."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def format_range(start: int, length: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    """A part of a paragraph and its look.

    :param start: in units of Qt's, as the length
    """
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, look
    return made
