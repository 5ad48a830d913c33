"""The set-up form's kinds of fields; GUI thread only. None of them knows the form."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QValidator,
)
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from launcher import theme
from launcher.panes.controls.narrow_button import NarrowButton
from server.config import Option


class PathEdit(QLineEdit):
    """A line for a path that also takes a folder or file dropped on it."""

    dropped = Signal(str)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.dropped.emit(urls[0].toLocalFile())
        else:
            super().dropEvent(event)


class HostField(QComboBox):
    """A line for an address, with the usual ones to choose from."""

    textEdited = Signal(str)  # noqa: N815
    returnPressed = Signal()  # noqa: N815

    def __init__(self, choices: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItems(list(choices))
        self.setMinimumContentsLength(9)
        line = self.lineEdit()
        assert line is not None
        line.textEdited.connect(self.textEdited)
        line.returnPressed.connect(self.returnPressed)
        self.activated.connect(self._chosen)

    def text(self) -> str:
        """As of a line edit."""
        return self.currentText()

    def setText(self, text: str) -> None:  # noqa: N802
        """As of a line edit."""
        self.setCurrentIndex(self.findText(text))
        self.setEditText(text)

    @Slot()
    def _chosen(self) -> None:
        self.textEdited.emit(self.currentText())


class NumberSpin(QSpinBox):
    """A number that shows when it is out of range, instead of swallowing the digits."""

    rejected = Signal(str)
    """A text that is out of range was put aside; the last valid number is shown again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(9, 0, 0, 0)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if text.isascii() and text.isdigit() and len(text) < 12:
            fits = self.minimum() <= int(text) <= self.maximum()
            state = QValidator.State.Acceptable if fits else QValidator.State.Intermediate
            return state, text, position
        if not text:
            return QValidator.State.Intermediate, text, position
        return QValidator.State.Invalid, text, position

    def fixup(self, text: str) -> str:
        self.rejected.emit(text)
        return str(self.value())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.ShortcutFocusReason):
            self.selectAll()


def number_field(option: Option, parent: QWidget) -> NumberSpin:
    """A field for a number within an option's limits."""
    field = NumberSpin(parent)
    field.setKeyboardTracking(False)
    field.setRange(int(option.minimum or 0), int(option.maximum or 65535))
    return field


def out_of_range(option: Option, text: str) -> str:
    """The sentence about a number that is not within an option's limits.

    :param text: what was filled in
    """
    return (
        f"{option.label} {text} is out of range: "
        f"use a number from {option.minimum} to {option.maximum}."
    )


class ListEdit(QLineEdit):
    """Several texts on one line, separated by commas; one that has a comma stands in quotes."""

    def items(self) -> tuple[str, ...]:
        """The texts."""
        row = next(csv.reader([self.text()], skipinitialspace=True), [])
        return tuple(text.strip() for text in row if text.strip())

    def set_items(self, items: Sequence[str]) -> None:
        """Show other texts."""
        self.setText(", ".join(_quoted(item) for item in items))


def _quoted(item: str) -> str:
    if "," in item or item.startswith('"'):
        return '"' + item.replace('"', '""') + '"'
    return item


class LinesEdit(QPlainTextEdit):
    """A few lines of plain text in which Tab leads on to the next field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(3)

    def text(self) -> str:
        """As of a line edit."""
        return self.toPlainText()

    def setText(self, text: str) -> None:  # noqa: N802
        """As of a line edit."""
        self.setPlainText(text)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(220, 3 * self.fontMetrics().lineSpacing() + 14)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 2 * self.fontMetrics().lineSpacing() + 14)


def present(field: QWidget, option: Option, name: str) -> None:
    """Give a field its object name, and to those who hear or point at it its meaning."""
    field.setObjectName(name)
    field.setAccessibleName(option.label)
    field.setAccessibleDescription(option.help)
    field.setToolTip(theme.plain_tooltip(option.help))


def label(option: Option, text: str, buddy: QWidget, parent: QWidget) -> QLabel:
    """A field's label. Its text is the option's, with the letter that Alt reaches it by."""
    assert text.replace("&", "") == option.label, f"label of {option.label}"
    made = QLabel(text, parent)
    made.setObjectName("formLabel")
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setBuddy(buddy)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return made


def browse_button(name: str, what: str, parent: QWidget, *, is_short: bool = False) -> QPushButton:
    """The button beside a field that opens a dialog for it.

    :param is_short: three dots alone
    """
    button = (
        NarrowButton("\u2026", parent, least=36)
        if is_short
        else QPushButton("Browse\u2026", parent)
    )
    if is_short:
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    button.setObjectName(name)
    button.setProperty("look", "browse")
    button.setAutoDefault(False)
    button.setAccessibleName(f"Browse for {what}")
    button.setToolTip(f"Choose {what}")
    return button


def mark(field: QWidget, wrong: bool) -> None:
    """Show whether a field's value can't be used."""
    if bool(field.property("invalid")) != wrong:
        field.setProperty("invalid", wrong)
        field.style().unpolish(field)
        field.style().polish(field)
