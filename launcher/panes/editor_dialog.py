"""Which editor opens the sources; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from launcher.core.editors import VARIABLE, installed

_FOUND = "The one that is found"


class EditorDialog(QDialog):
    """A list of the editors that are there, and room for a command of one's own."""

    chosen = Signal(str)
    """The command to use from now on; "" for whichever is found."""

    def __init__(self, command: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("editorDialog")
        self.setWindowTitle("Editor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.combo = QComboBox()
        self.combo.setObjectName("editorCombo")
        self.combo.setAccessibleName("Editor, or a command for it")
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.addItem(_FOUND, "")
        for command_name, editor in installed():
            self.combo.addItem(editor, command_name)
        line = self.combo.lineEdit()
        if line is not None:
            line.setPlaceholderText("my-editor --line {line} {file}")
        at = self.combo.findData(command)
        self.combo.setCurrentIndex(at)
        if at < 0:
            self.combo.setEditText(command)
        title = _label("Open sources in:")
        title.setBuddy(self.combo)
        help = _label(
            f"\u201c{_FOUND}\u201d takes the editor in ${VARIABLE}, one that is running, the one "
            "in $VISUAL or $EDITOR, or the first that is installed. For another, type its command; "
            "{file} and {line} are filled in."
        )
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
        text = self.combo.currentText().strip()
        at = self.combo.findText(text, Qt.MatchFlag.MatchExactly)
        self.chosen.emit(self.combo.itemData(at) if at >= 0 else text)
        self.accept()


def _label(text: str) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made
