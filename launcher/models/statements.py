"""The statements of all recorded requests, as a table; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QObject

from launcher.core.display import microseconds, one_line
from launcher.core.logs.statements import StatementRow
from launcher.theme import plain_tooltip

from .flow import NAME_LIMIT
from .row_table import ItemRole, RowTable

__all__ = ["PLACE", "STATEMENT", "StatementModel"]

STATEMENT, PLACE, REQUESTS, RUNS, EACH, LONGEST, TOTAL = range(7)
_SORTS: dict[int, Callable[[StatementRow], Any]] = {
    STATEMENT: lambda row: row.statement.lower(),
    PLACE: lambda row: (row.file, row.line),
    REQUESTS: lambda row: row.requests,
    RUNS: lambda row: row.count / row.requests,
    EACH: lambda row: row.time / row.count,
    LONGEST: lambda row: row.longest,
}


class StatementModel(RowTable[StatementRow]):
    """One row for each statement and line, those that take most time first."""

    columns = ("Statement", "From", "Requests", "Per request", "Each", "Longest", "Total")
    right = frozenset({REQUESTS, RUNS, EACH, LONGEST, TOTAL})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._column, self._descending = -1, True

    def show(self, rows: Sequence[StatementRow]) -> None:
        """Show these; what was sorted stays sorted."""
        key: Any = _SORTS.get(self._column, lambda row: row.time)
        self.show_rows(sorted(rows, key=key, reverse=self._descending))

    def key(self, row: StatementRow) -> object:
        return row.text, row.file, row.line

    def order(self, column: int, descending: bool) -> None:
        """Sort by a column; by the time of all runs, where it is -1."""
        self._column, self._descending = column, descending
        self.show(self.rows)

    def explain(self, column: int) -> str:
        return {
            STATEMENT: "What was sent, without its values. The tooltip of a row has all of it.",
            PLACE: "The line of your own code that asked for it.",
            REQUESTS: "Requests that have run it.",
            RUNS: "How often it ran in each of these requests, on average.",
            EACH: "How long a run took, on average.",
            LONGEST: "The longest run.",
            TOTAL: "The time of all its runs.",
        }.get(column, "")

    def value(self, row: StatementRow, column: int, role: int) -> Any:
        if role in (ItemRole.DisplayRole, ItemRole.AccessibleTextRole):
            return _text(row, column)
        if role == ItemRole.ToolTipRole:
            place = f"{one_line(row.file, 300)}:{row.line}" if row.file else ""
            return plain_tooltip("\n".join(filter(None, (one_line(row.text, 2000), place))))
        return None


def _text(row: StatementRow, column: int) -> str:
    if column == STATEMENT:
        return one_line(row.statement, NAME_LIMIT)
    if column == PLACE:
        return one_line(f"{PurePath(row.file).name}:{row.line}", 100) if row.file else ""
    if column == REQUESTS:
        return f"{row.requests:,}"
    if column == RUNS:
        return f"{row.count / row.requests:,.1f}".removesuffix(".0")
    return microseconds(
        {EACH: row.time // row.count, LONGEST: row.longest, TOTAL: row.time}[column]
    )
