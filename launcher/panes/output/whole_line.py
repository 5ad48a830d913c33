"""All of a line that is too long for its place; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMenu, QVBoxLayout, QWidget

from launcher.core.display import plural, size
from launcher.core.logs.line_store import LineStore, Source

from .view import OutputView

__all__ = ["WholeLine"]

_PART = 4096
"""Characters of it on one line here."""


class WholeLine(QDialog):
    """Shows a line in parts, and lets it be copied and saved.

    :param text: what is kept of it
    :param length: how long it was, in characters
    """

    saveRequested = Signal(str)  # noqa: N815
    """The text is to be saved."""

    def __init__(self, text: str, length: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("wholeLine")
        self.setWindowTitle("The whole line")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._text = text
        lines = LineStore(max_bytes=4 * len(text) + 1_000_000)
        parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
        lines.extend(Source(0.0, "stdout"), parts)
        self.view = OutputView(lines, "wholeLineView", "The whole line", self, folds=False)
        self.view.shows_times = False
        self.view.set_wraps(True)
        self.view.follower.pause()
        self.view.menuRequested.connect(self._open_menu)
        words = f"{plural(length, 'character')}, {_PART:,} to a line"
        if length > len(text):
            words += f"; the first {size(len(text))} are kept"
        facts = QLabel(words, self)
        facts.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        save = buttons.addButton("&Save\u2026", QDialogButtonBox.ButtonRole.ActionRole)
        copy = buttons.addButton("&Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        save.setObjectName("wholeLineSave")
        copy.setObjectName("wholeLineCopy")
        save.clicked.connect(self._save)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(facts)
        layout.addWidget(self.view, 1)
        layout.addWidget(buttons)
        self.resize(900, 560)
        self.view.catch_up()
        self.view.verticalScrollBar().setValue(0)

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy", self.view.copy)
        menu.addAction("Select all", self.view.select_all)
        menu.popup(at)

    @Slot()
    def _save(self) -> None:
        self.saveRequested.emit(self._text)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
