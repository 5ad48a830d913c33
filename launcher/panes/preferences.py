"""The page of preferences, made from their table; GUI thread only. What is chosen holds at once."""

from __future__ import annotations

from functools import partial
from itertools import groupby

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QLabel,
    QWidget,
)

from launcher import theme
from launcher.core.preferences import PREFERENCES, Preference
from launcher.core.settings import Settings

from .controls.editor_combo import HELP, EditorCombo
from .controls.scrolled_dialog import fill

__all__ = ["PreferencesDialog"]

_WIDTH, _HEIGHT, _FIELD = 620, 600, 230


class PreferencesDialog(QDialog):
    """One row for each preference; it follows what is changed elsewhere."""

    chosen = Signal(str, object)
    """A preference's name, and the value that was chosen."""

    def __init__(self, values: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("preferencesDialog")
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._combos: dict[str, QComboBox] = {}
        content = QWidget(self)
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(24, 14, 24, 18)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self._add_title("Editor")
        self.editor = EditorCombo(values.editor, content)
        self.editor.textActivated.connect(self._choose_editor)
        line = self.editor.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._choose_editor)
        self._add_row("Open sources in", self.editor, HELP)
        for section, preferences in groupby(PREFERENCES, key=lambda one: one.section):
            self._add_title(section)
            for preference in preferences:
                self._add_row(preference.label, self._combo(preference), preference.help)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        scroll = fill(self, content)
        scroll.setObjectName("preferencesScroll")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_values(values)
        room = parent.size()
        self.resize(min(_WIDTH, room.width() - 20), min(_HEIGHT, room.height() - 20))

    @Slot(object)
    def show_values(self, values: Settings) -> None:
        """Show what is preferred now."""
        for name, combo in self._combos.items():
            combo.setCurrentIndex(combo.findData(getattr(values, name)))

    def _combo(self, preference: Preference) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(f"{preference.name}Preference")
        for choice in preference.choices:
            combo.addItem(choice.text, choice.value)
        combo.activated.connect(partial(self._choose, preference.name))
        self._combos[preference.name] = combo
        return combo

    def _choose(self, name: str, index: int) -> None:
        self.chosen.emit(name, self._combos[name].itemData(index))

    @Slot()
    def _choose_editor(self) -> None:
        self.chosen.emit("editor", self.editor.command())

    def _add_title(self, text: str) -> None:
        label = _label(text)
        theme.set_font(label, "strong")
        label.setContentsMargins(0, 10, 0, 2)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 2)

    def _add_row(self, text: str, field: QComboBox, help: str) -> None:
        row = self._grid.rowCount()
        label = _label(text)
        label.setBuddy(field)
        field.setMinimumWidth(_FIELD)
        if not field.accessibleName():
            field.setAccessibleName(text)
        field.setAccessibleDescription(help)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)
        if help:
            remark = _label(help)
            remark.setObjectName("muted")
            remark.setWordWrap(True)
            theme.set_font(remark, "second")
            self._grid.addWidget(remark, row + 1, 0, 1, 2)


def _label(text: str) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made
