"""What is searched for in the output, and where the search stands; GUI thread only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from launcher import theme
from launcher.core.logs.output_search import Query
from launcher.panes.controls.narrow_button import NarrowButton

from .search import Search

__all__ = ["SearchBar"]

_ONLY = "Only matches"
_WITH_WORDS = 470
_PAUSE_MS = 150
"""After the last letter, before it is searched for."""


class SearchBar(QWidget):
    """The field, its options and its result.

    :ivar field: what is searched for
    :ivar only: whether only the lines with hits are to be shown
    """

    wanted = Signal(object)
    """A :class:`Query` is to be searched for; one without text ends the search."""
    stepped = Signal(bool)
    """The next hit is wanted; False: the one before."""
    onlyChanged = Signal()  # noqa: N815
    left = Signal()
    """The user goes back to the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setObjectName("outputFilter")
        self.field.setAccessibleName("Search in the output")
        self.field.setPlaceholderText("Search (Ctrl+F)")
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(280)
        self.field.installEventFilter(self)
        self.count = QLabel(self)
        self.count.setObjectName("outputCount")
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.count, "second")
        self.before = _button("outputBefore", "The hit before (Shift+Enter, N)", self)
        self.after = _button("outputAfter", "The next hit (Enter, n)", self)
        self.case = _toggle("Aa", "outputCase", "Capitals and small letters differ", self)
        self.expression = _toggle(".*", "outputRegex", "A regular expression", self)
        self.only = _toggle(_ONLY, "outputOnly", "Show only lines with hits", self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(self._edited)
        self.case.toggled.connect(self._ask)
        self.expression.toggled.connect(self._ask)
        self.only.toggled.connect(self.onlyChanged)
        self.before.clicked.connect(self._back)
        self.after.clicked.connect(self._on)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        for part in (self.before, self.after, self.case, self.expression, self.only, self.count):
            layout.addWidget(part)
        self.refresh_icons()

    def fit(self, width: float) -> None:
        """Use fewer words where it is narrow.

        :param width: of the pane, in pixels of the usual text size
        """
        self.only.setText(_ONLY if width >= _WITH_WORDS else _ONLY.split()[-1].capitalize())

    @property
    def query(self) -> Query:
        """What is searched for now."""
        return Query(self.field.text(), self.expression.isChecked(), self.case.isChecked())

    def show_result(self, search: Search) -> None:
        """Say how many hits there are, and which is the current one."""
        found, place = len(search.numbers), search.place
        runs = search.running or search.looks_back
        more = "\u2026" if runs else ""
        if search.problem:
            text = search.problem
        elif not search.active:
            text = ""
        elif not found:
            text = "searching\u2026" if runs else "no hits"
        else:
            text = f"{place:,} of {found:,}{more}" if place else f"{found:,}{more}"
        self.count.setText(text)
        self.count.setToolTip(theme.plain_tooltip(search.problem))
        if bool(search.problem) != bool(self.field.property("invalid")):
            self.field.setProperty("invalid", bool(search.problem))
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)
        for part in (self.before, self.after):
            part.setEnabled(bool(found))

    def choice(self) -> dict[str, Any]:
        """What is chosen, for the page's memory."""
        switches = {name: part.isChecked() for name, part in self._switches().items()}
        return {"filter": self.field.text(), **switches}

    def restore(self, choice: Mapping[str, Any]) -> None:
        """The other way round; what makes no sense is left out."""
        for name, part in self._switches().items():
            part.setChecked(choice.get(name) is True)
        text = choice.get("filter")
        if isinstance(text, str):
            self.field.setText(text)

    def _switches(self) -> dict[str, QPushButton]:
        return {"case": self.case, "expression": self.expression, "only": self.only}

    @Slot()
    def begin(self) -> None:
        """Go to the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        palette: QPalette = QApplication.palette()
        theme.set_icon(self.before, "chevron-up", "soft")
        theme.set_icon(self.after, "chevron", "soft")
        for action in self.field.actions():
            if action.objectName() == "outputSearchIcon":
                self.field.removeAction(action)
        icon = theme.icon("search", palette, "muted")
        action = self.field.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
        action.setObjectName("outputSearchIcon")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                return self._pressed(event)
        return super().eventFilter(watched, event)

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            if self.field.text():
                self.field.clear()
                self._ask()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._pause.isActive():
                self._ask()
            self.stepped.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(event.key() == Qt.Key.Key_Down)
        else:
            return False
        return True

    @Slot()
    def _edited(self) -> None:
        self._pause.start()

    @Slot()
    def _ask(self) -> None:
        self._pause.stop()
        self.wanted.emit(self.query)

    @Slot()
    def _back(self) -> None:
        self.stepped.emit(False)

    @Slot()
    def _on(self) -> None:
        self.stepped.emit(True)


def _button(name: str, tip: str, parent: QWidget) -> QPushButton:
    button = _named(QPushButton(parent), name, tip)
    button.setFixedWidth(28)
    return button


def _named(button: QPushButton, name: str, tip: str) -> QPushButton:
    button.setObjectName(name)
    button.setProperty("look", "icon")
    button.setAutoDefault(False)
    button.setToolTip(theme.plain_tooltip(tip))
    button.setAccessibleName(tip.partition(" (")[0])
    return button


def _toggle(text: str, name: str, tip: str, parent: QWidget) -> QPushButton:
    button = _named(NarrowButton(text, parent), name, tip)
    button.setProperty("look", "option")
    button.setCheckable(True)
    return button
