"""A Qt table over a :class:`~launcher.core.logs.view.View` of a log; GUI thread only.

The log is changed first; the view, and with it the model, catches up in :meth:`LogModel.sync`, by a
few ranges for everything that happened since. In between, the model goes on answering for the rows
it last announced; those that the log has dropped already are empty.
"""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.logs.view import Change, Filter, Kind, Listener, Order, Progress

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ItemRole = Qt.ItemDataRole

NO_ROW = -(1 << 50)
"""Numbers from here on down are no row's."""

ROW_ROLE = int(ItemRole.UserRole)
"""The log's row itself, or None."""
OUTCOME_ROLE = ROW_ROLE + 1
"""An :class:`~launcher.core.logs.requests.Outcome`, or None."""


class Listing(Protocol[T_co]):
    """What a model needs of a :class:`~launcher.core.logs.view.View`."""

    def __len__(self) -> int: ...
    def number(self, position: int) -> int | None: ...
    def row(self, position: int) -> T_co | None: ...
    def position(self, number: int) -> int | None: ...
    def is_dropped(self, number: int) -> bool: ...
    def sync(self) -> list[Change]: ...
    def arrange(self, filter: Filter[Any] | None, order: Order[Any]) -> None: ...
    @property
    def progress(self) -> Progress | None: ...
    @property
    def waiting(self) -> int: ...
    def listen(self, before: Listener, after: Listener) -> None: ...


class LogModel(QAbstractTableModel, Generic[T]):
    """What a view shows of a log, as a table.

    :cvar columns: the columns' titles
    :cvar right: the columns whose text is aligned right
    """

    columns: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()

    def __init__(self, view: Listing[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        view.listen(self._before, self._after)

    def sync(self) -> list[Change]:
        """Take over what has happened in the log since the last call; returns what was changed."""
        return self._view.sync()

    def arrange(self, filter: Filter[T] | None, order: Order[T]) -> None:
        """Show other rows, or the same in another order: one reset."""
        self._view.arrange(filter, order)

    @property
    def progress(self) -> Progress | None:
        """How far a filter or a sort is; None where everything has been looked at."""
        return self._view.progress

    def row(self, index: Index) -> T | None:
        """The log's row at an index; None also where the log has dropped it."""
        return self._view.row(index.row()) if index.isValid() else None

    def number(self, index: Index) -> int | None:
        """The number of the row at an index."""
        return self._view.number(index.row()) if index.isValid() else None

    def index_of(self, number: int) -> QModelIndex:
        """The index of the row with that number; an invalid one where it isn't shown."""
        position = self._view.position(number)
        return QModelIndex() if position is None else self.index(position, 0)

    def is_dropped(self, number: int) -> bool:
        """Whether the log has dropped that row."""
        return self._view.is_dropped(number)

    @property
    def waiting(self) -> int:
        """How many rows have come since the last :meth:`sync`."""
        return self._view.waiting

    @property
    def empty(self) -> bool:
        """Whether there is no row of the log."""
        return not len(self._view)

    def entry(self, row: int) -> int:
        """What stands in a row, as a number that is its own: the row's, or :data:`NO_ROW` or less
        for what is no row of the log."""
        number = self._view.number(row)
        return NO_ROW if number is None else number

    def cells(self, row: int) -> Any:
        """What a row shows, ready to be painted: the same object until that changes.

        :returns: None where the log has dropped the row already
        """
        raise NotImplementedError

    def _before(self, change: Change) -> None:
        if change.kind is Kind.ADDED:
            self.beginInsertRows(ROOT, change.start, change.stop - 1)
        elif change.kind is Kind.REMOVED:
            self.beginRemoveRows(ROOT, change.start, change.stop - 1)
        elif change.kind is Kind.RESET:
            self.beginResetModel()

    def _after(self, change: Change) -> None:
        if change.kind is Kind.ADDED:
            self.endInsertRows()
        elif change.kind is Kind.REMOVED:
            self.endRemoveRows()
        elif change.kind is Kind.RESET:
            self.endResetModel()
        else:
            last = len(self.columns) - 1
            self.dataChanged.emit(self.index(change.start, 0), self.index(change.stop - 1, last))

    def text(self, row: T, column: int) -> str:
        """What a cell shows."""
        raise NotImplementedError

    def detail(self, row: T, column: int, role: int) -> Any:
        """A cell's value in the other roles."""
        return None

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._view)

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
