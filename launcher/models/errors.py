"""The error log as a table; GUI thread only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from launcher.core.display import clock, one_line
from launcher.core.logs.errors import ErrorRow

from .log_model import LogModel

TIME, TYPE, MESSAGE, ORIGIN = range(4)


class ErrorModel(LogModel[ErrorRow]):
    """One row for each error."""

    columns = ("Time", "Error", "Message", "Request")

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
