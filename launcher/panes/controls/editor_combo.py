"""Which editor opens the sources: those that are there, and room for a command; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from launcher.core.editors import VARIABLE, installed

__all__ = ["HELP", "EditorCombo"]

_FOUND = "The one that is found"
HELP = (
    f"\u201c{_FOUND}\u201d takes the editor in ${VARIABLE}, one that is running, the one in "
    "$VISUAL or $EDITOR, or the first that is installed. For another, type its command; {file} and "
    "{line} are filled in."
)


class EditorCombo(QComboBox):
    """A list of editors that can also be typed into.

    :param command: the one that is chosen; "" for the one that is found
    """

    def __init__(self, command: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("editorCombo")
        self.setAccessibleName("Editor, or a command for it")
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItem(_FOUND, "")
        for name, title in installed():
            self.addItem(title, name)
        line = self.lineEdit()
        if line is not None:
            line.setPlaceholderText("my-editor --line {line} {file}")
        at = self.findData(command)
        self.setCurrentIndex(at)
        if at < 0:
            self.setEditText(command)

    def command(self) -> str:
        """The command that is chosen or typed; "" for the one that is found."""
        text = self.currentText().strip()
        at = self.findText(text, Qt.MatchFlag.MatchExactly)
        return str(self.itemData(at)) if at >= 0 else text
