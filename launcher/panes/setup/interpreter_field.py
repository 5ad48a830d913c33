"""The choice of the Python that runs the app; GUI thread only.

The look-up happens elsewhere; this field is given what was found. As long as nobody has chosen, it
shows the first interpreter that can be used, also when one appears later; a choice stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFileDialog, QStyledItemDelegate, QWidget

from launcher import theme
from launcher.core.display import one_line
from launcher.core.project.interpreters import CHOSEN, OWN, Interpreter, is_own, proposed
from launcher.panes.controls.eliding_combo import ElidingCombo

_POPUP_WIDTH = 720
_SEPARATOR = "  \u00b7  "


class InterpreterField(ElidingCombo):
    """Lists interpreters, each with its version and whether the app's framework is in it."""

    edited = Signal()
    """The user has made a choice."""
    wanted = Signal()
    """Another interpreter was named: all are to be looked up again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(QStandardItemModel(self))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(16)
        self.setItemDelegate(QStyledItemDelegate(self))
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.found: tuple[Interpreter, ...] = ()
        self.pending = False
        self.is_chosen = False
        self._value = ""
        self._kind = ""
        self.activated.connect(self._activated)
        self._show()

    def value(self) -> str:
        """The path of the interpreter; "" for ServeDeck's own."""
        return self._value

    def current(self) -> Interpreter | None:
        """What is known of the one that is shown."""
        index = self.currentIndex()
        return self.found[index] if 0 <= index < len(self.found) else None

    def set_value(self, path: str, *, chosen: bool) -> None:
        """Show another interpreter.

        :param path: "" for ServeDeck's own
        :param chosen: the user wants this one and no other
        """
        self._value = "" if is_own(path) else path
        self.is_chosen = chosen
        self._show()

    def set_kind(self, kind: str) -> None:
        """Show the framework of another kind of app."""
        if kind != self._kind:
            self._kind = kind
            self._show()

    def expect(self) -> None:
        """The interpreters are being looked up."""
        self.pending = True

    def forget(self) -> None:
        """Another project was opened: what was found belongs to the last one."""
        self.found = ()
        self.set_value("", chosen=False)

    def show_found(self, found: Sequence[Interpreter], *, choose: bool) -> None:
        """The interpreters have been looked up.

        :param choose: propose one where none was chosen
        """
        self.pending = False
        if tuple(found) == self.found and (self.is_chosen or not choose):
            return
        self.found = tuple(found)
        first = proposed(self.found)
        if choose and not self.is_chosen and first is not None:
            self._value = "" if first.own else first.path
        self._show()

    @Slot()
    def browse(self) -> None:
        """Choose an interpreter in a dialog."""
        dialog = QFileDialog(self.window(), "Python Interpreter", self._value)
        dialog.setObjectName("pythonDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        # A virtual environment's interpreter is a link, and means another one when it is resolved.
        dialog.setOption(QFileDialog.Option.DontResolveSymlinks)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.choose)
        dialog.open()

    @Slot(str)
    def choose(self, path: str) -> None:
        """Take the interpreter at a path."""
        self.set_value(path, chosen=True)
        self.edited.emit()
        self.wanted.emit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, super().minimumSizeHint().height())

    def shorter(self, text: str) -> str:
        return text.replace(_SEPARATOR, " \u00b7 ").replace(" Python ", " ")

    def showPopup(self) -> None:  # noqa: N802
        widest = max((self.view().sizeHintForColumn(0) + 24, self.width()))
        self.view().setMinimumWidth(min(widest, max(_POPUP_WIDTH, self.width())))
        super().showPopup()

    @Slot(int)
    def _activated(self, index: int) -> None:
        chosen = self.found[index] if index < len(self.found) else None
        if chosen is not None:
            self._value = "" if chosen.own else chosen.path
            self.is_chosen = True
            self.edited.emit()

    def _show(self) -> None:
        """Fill the list; what is shown but was not found is listed as it is."""
        if not any(self._is_value(one) for one in self.found):
            path = self._value
            mine = Interpreter(path, source=path or OWN, own=not path)
            self.found = (*(one for one in self.found if one.source != CHOSEN), mine)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        model.clear()
        current = 0
        for row, one in enumerate(self.found):
            item = QStandardItem(self._text(one))
            item.setData(one.path, Qt.ItemDataRole.UserRole)
            text = self._story(one)
            item.setToolTip(theme.plain_tooltip(text))
            item.setData(one_line(text, 400), Qt.ItemDataRole.AccessibleDescriptionRole)
            item.setEnabled(one.usable)
            model.appendRow(item)
            if self._is_value(one):
                current = row
        self.setCurrentIndex(current)

    def _is_value(self, one: Interpreter) -> bool:
        return one.own if not self._value else one.path == self._value

    def _text(self, one: Interpreter) -> str:
        source = one.path if one.source == CHOSEN else one.source
        if one.problem:
            return one_line(f"{source}{_SEPARATOR}{one.problem}", 200)
        parts = [source, f"Python {one.version}" if one.version else "", one.framework(self._kind)]
        return one_line(_SEPARATOR.join(part for part in parts if part), 200)

    def _story(self, one: Interpreter) -> str:
        packages = one.framework(self._kind) or ""
        return " \u00b7 ".join(part for part in (one.path, one.problem or packages) if part)
