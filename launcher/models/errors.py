"""The error log as a table; GUI thread only."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt

from launcher.core.display import clock, one_line
from launcher.core.logs.errors import ErrorRow

from .log_model import Listing, LogModel

TIME, TYPE, MESSAGE, ORIGIN = range(4)
_KEPT = 1_000
"""Rows whose texts are kept."""


class ErrorCells(NamedTuple):
    """An error as its row shows it.

    :param row: the error
    :param texts: what each column shows
    """

    row: ErrorRow
    texts: tuple[str, ...]


class ErrorModel(LogModel[ErrorRow]):
    """One row for each error."""

    columns = ("Time", "Error", "Message", "Request")

    def __init__(self, view: Listing[ErrorRow], parent: QObject | None = None) -> None:
        super().__init__(view, parent)
        self._made: dict[int, ErrorCells] = {}

    def cells(self, row: int) -> ErrorCells | None:
        source = self._view.row(row)
        if source is None:
            return None
        made = self._made.get(source.number)
        if made is None or made.row is not source:
            if len(self._made) >= _KEPT:
                self._made.clear()
            texts = tuple(self.text(source, column) for column in range(len(self.columns)))
            made = self._made[source.number] = ErrorCells(source, texts)
        return made

    def text(self, row: ErrorRow, column: int) -> str:
        if column == TIME:
            return clock(row.time)
        if column == TYPE:
            return one_line(row.type, 120)
        if column == MESSAGE:
            return one_line(row.message, 300)
        return one_line(row.origin, 300)

    def detail(self, row: ErrorRow, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.AccessibleTextRole and column == TYPE:
            return f"{one_line(row.type, 120)}, {one_line(row.origin, 300)}"
        return None
