"""A table of rows that are made anew now and then, such as sums; GUI thread only.

For rows that come one after the other there is :mod:`launcher.models.log_model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.theme import plain_tooltip

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ItemRole = Qt.ItemDataRole

RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class RowTable(QAbstractTableModel, Generic[T]):
    """What such tables have in common.

    :cvar columns: the columns' titles
    :cvar right: those whose text is aligned right
    :ivar rows: what is shown
    """

    columns: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[T] = ()

    def key(self, row: T) -> object:
        """What stays the same where a row's numbers are others; by default, its place alone."""
        return None

    def explain(self, column: int) -> str:
        """The meaning of a column, in a sentence; or ""."""
        return ""

    def value(self, row: T, column: int, role: int) -> Any:
        """What there is of a row in a column, but for how it is aligned."""
        return None

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show other rows; where they are the same ones, what is selected stays so."""
        if [self.key(row) for row in rows] != [self.key(row) for row in self.rows]:
            self.reset_rows(rows)
            return
        changed = [n for n, row in enumerate(rows) if row is not self.rows[n]]
        self.rows = rows
        if changed:
            last = len(self.columns) - 1
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))

    def reset_rows(self, rows: Sequence[T]) -> None:
        """Show rows that have nothing to do with those before."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row_at(self, index: Index) -> T | None:
        """The row at an index, or None."""
        row = index.row() if index.isValid() else -1
        return self.rows[row] if 0 <= row < len(self.rows) else None

    # Qt's own

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = int(ItemRole.DisplayRole)
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == ItemRole.DisplayRole:
            return self.columns[section]
        if role == ItemRole.TextAlignmentRole:
            return self._side(section)
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(self.explain(section)) or None
        return None

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        if role == ItemRole.TextAlignmentRole:
            return self._side(index.column())
        return self.value(row, index.column(), role)

    def _side(self, column: int) -> int:
        return RIGHT if column in self.right else LEFT
