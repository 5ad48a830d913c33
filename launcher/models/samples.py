"""The own lines at which a slow request stood most often, as a table; GUI thread only."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QObject

from launcher.core.display import one_line, percent
from launcher.theme import plain_tooltip

from .flow import PARTS_ROLE
from .row_table import ItemRole, RowTable

__all__ = ["SamplesModel"]

LINE, FUNCTION, SAMPLES, SHARE = range(4)
Sample = tuple[str, int, str, int]


class SamplesModel(RowTable[Sample]):
    """One row for each line, the hottest first."""

    columns = ("Line", "In", "Samples", "Share")
    right = frozenset({SAMPLES})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.taken = 0

    def show(self, rows: tuple[Sample, ...], taken: int) -> None:
        """Show those of another request.

        :param taken: how many samples there were, also those that stood at no own line
        """
        self.taken = taken
        self.reset_rows(rows)

    def explain(self, column: int) -> str:
        return {
            LINE: "The innermost line of your own code at which the request stood.",
            SAMPLES: "How often it stood there, when it was looked at every 10 ms.",
            SHARE: "That as a part of all samples.",
        }.get(column, "")

    def value(self, row: Sample, column: int, role: int) -> Any:
        file, line, function, count = row
        share = count / max(1, self.taken)
        if role in (ItemRole.DisplayRole, ItemRole.AccessibleTextRole):
            texts = (f"{PurePath(file).name}:{line}", function, f"{count:,}", "")
            if column == SHARE and role == ItemRole.AccessibleTextRole:
                return percent(share)
            return one_line(texts[column], 200)
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(f"{one_line(file, 300)}:{line}, {percent(share)}")
        if role == PARTS_ROLE:
            return [("yours", share)] if column == SHARE else None
        return None
