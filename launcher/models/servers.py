"""What the sidebar lists: the window's servers, and the recent projects. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from launcher.core.display import one_line, plural
from launcher.core.state import CAN_START, SessionState
from server.base.values import dataclass

__all__ = ["ROW", "RecentModel", "RecentRow", "ServerRow", "ServersModel"]

ROW = Qt.ItemDataRole.UserRole
"""The role that has the whole row."""
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True)
class ServerRow:
    """A server, as it is listed.

    :param address: such as ``:5000``; "" where it has none
    :param second: such as ``12/s``, or what goes on instead, as ``starting``; "" where nothing does
    :param unseen: errors that have not been looked at
    :param project: its folder; a file's path
    :param is_file: it is a file's page: nothing runs in it
    :param word: what its state is called, where not by the state's own word
    """

    name: str
    state: SessionState
    address: str = ""
    second: str = ""
    unseen: int = 0
    project: str = ""
    app: str = ""
    is_file: bool = False
    word: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether nothing of it runs."""
        return self.state in CAN_START

    @property
    def spoken(self) -> str:
        """All of it in words, for who doesn't see it."""
        if self.is_file:
            return f"{self.name}, file"
        port = f"port {self.address[1:]}" if self.address else ""
        errors = f"{plural(self.unseen, 'error')} not seen yet" if self.unseen else ""
        return ", ".join(filter(None, (self.name, self.word or self.state.value, port, errors)))


@dataclass(frozen=True)
class RecentRow:
    """A recent project, as it is listed.

    :param second: its framework, or that it is gone
    :param used: when it was used last
    :param framework: what it is made with; "" where that isn't known
    :param shown_path: its folder, short
    """

    name: str
    second: str
    project: str
    is_there: bool
    used: str = ""
    framework: str = ""
    shown_path: str = ""


class ServersModel(QAbstractListModel):
    """The servers, in the window's order."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ServerRow, ...] = ()

    def set_rows(self, rows: Sequence[ServerRow]) -> None:
        """Show these; what is as it was is not painted again."""
        before, self._rows = self._rows, tuple(rows)
        if len(before) != len(rows):
            self.beginResetModel()
            self.endResetModel()
            return
        for number, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                index = self.index(number)
                self.dataChanged.emit(index, index)

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(row.name, 200)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return one_line(row.spoken, 400)
        return row if role == ROW else None


class RecentModel(QAbstractListModel):
    """The recent projects, the last one first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[RecentRow, ...] = ()

    def set_rows(self, rows: Sequence[RecentRow]) -> None:
        """Show these."""
        if self._rows != tuple(rows):
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(row.name, 200)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return one_line(", ".join(filter(None, (row.name, row.second, row.used))), 400)
        return row if role == ROW else None
