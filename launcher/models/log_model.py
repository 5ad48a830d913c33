"""A Qt table over :class:`~launcher.core.logs.rows.Rows`; GUI thread only.

The log is changed first and the model catches up in :meth:`LogModel.sync`, with one insertion, one
removal and one change for everything that happened since. In between, the model goes on answering
for the rows it last announced; those that are gone already are simply empty.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.logs.rows import Rows

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ItemRole = Qt.ItemDataRole

ROW_ROLE = int(ItemRole.UserRole)
"""The log's row itself, or None."""
OUTCOME_ROLE = ROW_ROLE + 1
"""An :class:`~launcher.core.logs.requests.Outcome`, or None."""


class LogModel(QAbstractTableModel, Generic[T]):
    """The rows of a log as a table.

    :cvar columns: the columns' titles
    :cvar right: the columns whose text is aligned right
    """

    columns: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()

    def __init__(self, rows: Rows[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self._first = rows.first
        self._end = rows.end

    def sync(self) -> None:
        """Announce what has changed in the log since the last call."""
        rows = self.rows
        changed = rows.take_changed()
        if rows.first >= self._end and self._end > self._first:
            self.beginResetModel()
            self._first, self._end = rows.first, rows.end
            self.endResetModel()
            return
        if rows.first > self._first:
            if self._end > self._first:
                self.beginRemoveRows(ROOT, 0, rows.first - self._first - 1)
                self._first = rows.first
                self.endRemoveRows()
            else:
                self._first = self._end = rows.first
        old_end = self._end
        if rows.end > old_end:
            self.beginInsertRows(ROOT, old_end - self._first, rows.end - self._first - 1)
            self._end = rows.end
            self.endInsertRows()
        if changed is not None:
            low, high = max(changed[0], self._first), min(changed[1], old_end - 1)
            if low <= high:
                self.dataChanged.emit(
                    self.index(low - self._first, 0),
                    self.index(high - self._first, len(self.columns) - 1),
                )

    def row(self, index: Index) -> T | None:
        """The log's row at an index."""
        return self.rows.get(self._first + index.row()) if index.isValid() else None

    def number(self, index: Index) -> int | None:
        """The number of the row at an index."""
        return self._first + index.row() if index.isValid() else None

    def index_of(self, number: int) -> QModelIndex:
        """The index of the row with that number; an invalid one where it is gone."""
        if not self._first <= number < self._end:
            return QModelIndex()
        return self.index(number - self._first, 0)

    def text(self, row: T, column: int) -> str:
        """What a cell shows."""
        raise NotImplementedError

    def detail(self, row: T, column: int, role: int) -> Any:
        """What a cell has to say in the other roles."""
        return None

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else self._end - self._first

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        row = self.row(index)
        if row is None:
            return None
        if role == ItemRole.DisplayRole:
            return self.text(row, index.column())
        if role == ItemRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight
                if index.column() in self.right
                else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == ROW_ROLE:
            return row
        return self.detail(row, index.column(), role)

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(ItemRole.DisplayRole),
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == ItemRole.DisplayRole:
            return self.columns[section]
        if role == ItemRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight if section in self.right else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
