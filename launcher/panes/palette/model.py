"""What the palette lists: entries below the titles of their groups; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.palette.entries import Found

__all__ = ["FOUND", "PaletteModel"]

FOUND = Qt.ItemDataRole.UserRole
"""The role that has the :class:`Found` of an entry; None for a title."""
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class PaletteModel(QAbstractListModel):
    """Titles, which can't be chosen, and entries."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[str | Found] = []

    def show(self, found: Sequence[Found]) -> None:
        """List these; each group's stand together already."""
        self.beginResetModel()
        self._rows = []
        for title, entries in groupby(found, key=lambda one: one.group):
            self._rows += [title, *entries]
        self.endResetModel()

    def next_entry(self, row: int, step: int) -> int:
        """The entry after a row, or before it; around the ends; -1 where there is none.

        :param step: 1 or -1
        """
        count = len(self._rows)
        for _ in range(count):
            row = (row + step) % count
            if isinstance(self._rows[row], Found):
                return row
        return -1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if isinstance(self._rows[index.row()], Found):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.ItemIsEnabled

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == FOUND:
            return row if isinstance(row, Found) else None
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        entry = row.entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = {None: "", True: "on", False: "off"}[entry.state]
            parts = (entry.badge, entry.title, entry.detail, state, entry.right, row.group)
            return ", ".join(filter(None, parts))
        return None
