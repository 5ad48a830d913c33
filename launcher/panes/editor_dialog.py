"""Which editor opens the sources; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from .controls.editor_combo import HELP, EditorCombo


class EditorDialog(QDialog):
    """A list of the editors that are there, and room for a command of one's own."""

    chosen = Signal(str)
    """The command to use from now on; "" for whichever is found."""

    def __init__(self, command: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("editorDialog")
        self.setWindowTitle("Editor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.combo = EditorCombo(command, self)
        title = _label("Open sources in:")
        title.setBuddy(self.combo)
        help = _label(HELP)
        help.setObjectName("muted")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        for button in buttons.buttons():
            button.setIcon(QIcon())
        buttons.accepted.connect(self._choose)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        for part in (title, self.combo, help):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)
        self.open()

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(self.combo.command())
        self.accept()


def _label(text: str) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made
