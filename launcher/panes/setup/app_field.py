"""The choice of the app: one that was found, or any other by its name; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line
from launcher.core.project.discovery import AppCandidate, candidate_of
from launcher.core.project.frameworks import BY_KIND

_KIND_ROLE = Qt.ItemDataRole.UserRole


class _Delegate(QStyledItemDelegate):
    """Writes the framework at the right of each proposed app."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(theme.colour(option.palette, "muted"))
        painter.drawText(
            option.rect.adjusted(0, 0, -10, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            str(index.data(_KIND_ROLE) or ""),
        )
        painter.restore()


class AppField(QComboBox):
    """A line for the app's name, with those that were found to choose from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[AppCandidate, ...] = ()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setModel(QStandardItemModel(self))
        self.setItemDelegate(_Delegate(self))
        self.setMinimumContentsLength(16)
        self.line().setPlaceholderText("module:app or file.py")

    def line(self) -> QLineEdit:
        """The line in which the name stands."""
        line = self.lineEdit()
        assert line is not None
        return line

    def value(self) -> str:
        """The app that is filled in."""
        return self.currentText().strip()

    def kind(self) -> str:
        """The kind of the app that is filled in; "" where that isn't known."""
        candidate = self.candidate()
        return "" if candidate is None else candidate.kind

    def candidate(self) -> AppCandidate | None:
        """What is known of the app that is filled in."""
        return candidate_of(self.value(), self._found)

    def set_candidates(self, found: Sequence[AppCandidate], *, choose: bool) -> None:
        """Offer the apps that were found.

        :param choose: take the first one where no app is filled in
        """
        text = self.currentText()
        self._found = tuple(found)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        model.clear()
        for candidate in found:
            item = QStandardItem(one_line(candidate.spec, 300))
            item.setData(BY_KIND[candidate.kind].name, _KIND_ROLE)
            item.setToolTip(theme.plain_tooltip(candidate.reason))
            item.setData(one_line(candidate.reason, 300), Qt.ItemDataRole.AccessibleDescriptionRole)
            model.appendRow(item)
        if choose and not text and found:
            text = found[0].spec
        self.setCurrentIndex(self.findText(text))
        self.setEditText(text)
