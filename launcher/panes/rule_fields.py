"""A field for each parameter of a URL rule, in one line; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from launcher import theme
from launcher.core.display import one_line
from launcher.core.replay.rule import label_of, parameters_of, path_of

__all__ = ["RuleFields"]

_LONGEST = 4_000  # characters of a value


class RuleFields(QWidget):
    """What of a rule's path is to be filled in; not there while there is nothing.

    :ivar fields: one for each parameter
    """

    changed = Signal(str)
    """The path with what is filled in so far."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composerRule")
        self.fields: list[QLineEdit] = []
        self._rule = ""
        self._labels: list[str] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.hide()

    def show_rule(self, rule: str) -> None:
        """Have fields for this rule; "" for none."""
        while self._layout.count():
            item = self._layout.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.fields, self._labels, self._rule = [], [], rule
        for number, parameter in enumerate(parameters_of(rule), 1):
            label = one_line(label_of(parameter, number), 40)
            shown = QLabel(label, self)
            shown.setTextFormat(Qt.TextFormat.PlainText)
            shown.setProperty("tone", "muted")
            theme.set_font(shown, "mono")
            field = QLineEdit(self)
            field.setObjectName(f"composerParameter{number}")
            field.setAccessibleName(f"Value of {label}")
            field.setToolTip(theme.plain_tooltip(one_line(parameter.text, 200)))
            field.setMaxLength(_LONGEST)
            field.setMinimumWidth(48)
            theme.set_font(field, "mono")
            field.textChanged.connect(self._report)
            shown.setBuddy(field)
            self._layout.addWidget(shown)
            self._layout.addWidget(field, 1)
            self._labels.append(label)
            self.fields.append(field)
        self.setVisible(bool(self.fields))

    @property
    def missing(self) -> str:
        """The first parameter that isn't filled in; "" where all are."""
        pairs = zip(self._labels, self.fields, strict=True)
        return next((label for label, field in pairs if not field.text()), "")

    def focus_missing(self) -> None:
        """Go to the first field that isn't filled in."""
        field = next((field for field in self.fields if not field.text()), None)
        if field is not None:
            field.setFocus()

    @Slot()
    def _report(self) -> None:
        self.changed.emit(path_of(self._rule, [field.text() for field in self.fields]))
