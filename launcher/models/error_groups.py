"""The kinds of errors as a list: filtered, sorted, one row for each; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.display import clock, one_line, plural
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.groups import ErrorGroup

__all__ = ["SORTS", "GroupModel", "class_name", "place_text"]

SORTS: dict[str, Callable[[ErrorGroup], float]] = {
    "Newest": lambda group: group.last,
    "Most": lambda group: group.count,
    "First seen": lambda group: group.first,
}
"""What the list may be sorted by, the greatest in front."""


def class_name(type_: str) -> tuple[str, str]:
    """An exception's class, and its module or ""."""
    if not type_.replace(".", "").replace("_", "").isalnum():
        return type_, ""  # a sentence of ours
    module, _, name = type_.rpartition(".")
    return name or module, module


def place_text(place: tuple[str, int] | None, function: str) -> str:
    """A place, short enough for a row."""
    if place is None:
        return ""
    where = f"{PurePath(place[0]).name}:{place[1]}"
    return one_line(f"{where} {function}" if function else where, 200)


class GroupModel(QAbstractListModel):
    """One row for each kind of error.

    :ivar needle: what a kind's class, message, place or request has to have in it
    :ivar sort_by: one of :data:`SORTS`
    """

    def __init__(self, log: ErrorLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._groups: list[ErrorGroup] = []
        self.needle = ""
        self.sort_by = "Newest"

    def refresh(self) -> None:
        """Show what the log has by now."""
        needle = self.needle.casefold()
        floor = self._log.oldest  # what Clear has hidden is below it
        found = [
            group
            for group in self._log.groups.all_of_them()
            if group.newest.number >= floor and needle in _haystack(group)
        ]
        if self.sort_by != "Newest":
            found.sort(key=SORTS[self.sort_by], reverse=True)
        if [group.key for group in found] == [group.key for group in self._groups]:
            self._groups = found
            if found:
                self.dataChanged.emit(self.index(0), self.index(len(found) - 1))
            return
        self.beginResetModel()
        self._groups = found
        self.endResetModel()

    def group(self, row: int) -> ErrorGroup | None:
        """What a row shows."""
        return self._groups[row] if 0 <= row < len(self._groups) else None

    def row_of(self, key: str) -> int:
        """The row of a group; -1 where it isn't shown."""
        return next((row for row, group in enumerate(self._groups) if group.key == key), -1)

    def key_of(self, row: int) -> str:
        """The key of a row's group; "" where there is no such row."""
        group = self.group(row)
        return "" if group is None else group.key

    def rowCount(  # noqa: N802
        self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()  # noqa: B008
    ) -> int:  # fmt: skip
        return 0 if parent.isValid() else len(self._groups)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        group = self.group(index.row())
        if group is None:
            return None
        newest = group.newest
        if role == Qt.ItemDataRole.DisplayRole:
            name, module = class_name(newest.type)
            return "\n".join(
                (
                    one_line(f"{name}  {module}".rstrip(), 200),
                    one_line(newest.message, 300),
                    f"{place_text(newest.place, newest.function)}  {clock(group.last)[:8]}",
                )
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            seen = "" if not group.unseen else ", not seen yet"
            return one_line(
                f"{newest.type}: {newest.message}, {plural(group.count, 'time')}, "
                f"last {clock(group.last)[:8]}, {newest.origin}{seen}",
                600,
            )
        return None


def _haystack(group: ErrorGroup) -> str:
    newest = group.newest
    where = place_text(newest.place, newest.function)
    return "\n".join((newest.type, newest.message, where, newest.origin)).casefold()
