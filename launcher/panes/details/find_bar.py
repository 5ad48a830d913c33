"""The search in a body: a field, how many hits there are, and steps between them; GUI thread."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QTextEdit, QWidget

from launcher import theme
from launcher.panes.controls.text_ranges import units
from launcher.panes.details.code_view import CodeView

__all__ = ["FindBar"]

MOST = 1_000
"""Hits that are looked for; beyond them the count is "1,000+"."""


class FindBar(QWidget):
    """Looks for plain text in a :class:`CodeView`, whatever its case.

    :ivar field: what is looked for
    """

    closed = Signal()
    """The search isn't wanted any more."""

    def __init__(self, view: CodeView, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}Find")
        self._view = view
        self._hits: list[tuple[int, int, int]] = []  # line, start and end as Qt counts
        self._at = 0
        self.field = QLineEdit(self)
        self.field.setObjectName(f"{name}Search")
        self.field.setPlaceholderText("Find in this body")
        self.field.setAccessibleName("Find in this body")
        self.field.textChanged.connect(self.search)
        self.count = QLabel(self)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setForegroundRole(self.count.foregroundRole().PlaceholderText)
        self.earlier = self._button("Previous hit", "Shift+F3", self.step_back)
        self.later = self._button("Next hit", "F3", self.step)
        self._close = self._button("Close the search", "Esc", self.close_search)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 2, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        for widget in (self.count, self.earlier, self.later, self._close):
            layout.addWidget(widget)
        view.filled.connect(self.search)
        self.hide()
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        for button, name in (
            (self.earlier, "chevron-up"), (self.later, "chevron"), (self._close, "close"),
        ):  # fmt: skip
            theme.set_icon(button, name, "soft")

    @Slot()
    def open_search(self) -> None:
        """Show the field, with what is selected in it."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        self.show()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search()

    @Slot()
    def close_search(self) -> None:
        """Hide the field and the hits."""
        self.hide()
        self._view.setExtraSelections([])
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    @Slot()
    def search(self) -> None:
        """Look for the text anew, as when another page is shown."""
        if self.isHidden():
            return
        self._hits.clear()
        self._at = 0
        wanted = self.field.text()
        if wanted:
            pattern = re.compile(re.escape(wanted), re.IGNORECASE)
            for number, line in enumerate(self._view.page.lines):
                for found in pattern.finditer(line):
                    start, end = units(line[: found.start()]), units(line[: found.end()])
                    self._hits.append((number, start, end))
                if len(self._hits) >= MOST:
                    break
        self._show()

    @Slot()
    def step(self) -> None:
        """Go to the next hit, from the last one to the first."""
        self._go(1)

    @Slot()
    def step_back(self) -> None:
        """Go to the hit before."""
        self._go(-1)

    def _go(self, by: int) -> None:
        if self._hits:
            self._at = (self._at + by) % len(self._hits)
            self._show()

    def _show(self) -> None:
        hits = self._hits
        more = "+" if len(hits) >= MOST else ""
        words = f"{self._at + 1:,} of {len(hits):,}{more}" if hits else "no hits"
        self.count.setText(words if self.field.text() else "")
        self.field.setProperty("invalid", bool(self.field.text()) and not hits)
        self.field.style().polish(self.field)
        for button in (self.earlier, self.later):
            button.setEnabled(bool(hits))
        if hits:
            self._view.unfold_to(hits[self._at][0])
        made = []
        for number, hit in enumerate(hits):
            cursor = self._cursor(hit)
            if cursor is None:
                break
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor
            selection.format = self._view.found_format(current=number == self._at)
            made.append(selection)
        self._view.setExtraSelections(made)
        if hits:
            cursor = self._cursor(hits[self._at])
            if cursor is not None:
                cursor.setPosition(cursor.selectionStart())
                self._view.setTextCursor(cursor)
                self._view.ensureCursorVisible()

    def _cursor(self, hit: tuple[int, int, int]) -> QTextCursor | None:
        line, start, end = hit
        block = self._view.document().findBlockByNumber(line)
        if not block.isValid():
            return None
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _button(self, words: str, keys: str, slot: object) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("look", "icon")
        button.setAccessibleName(words)
        button.setToolTip(f"{words} ({keys})")
        button.clicked.connect(slot)
        return button

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape:
            self.close_search()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3):
            self._go(-1 if shift else 1)
        else:
            super().keyPressEvent(event)
