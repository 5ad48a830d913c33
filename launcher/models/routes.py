"""The app's URL rules and how their requests went, as a table; GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from PySide6.QtCore import QObject

from launcher.core.display import duration, one_line, plural, size
from launcher.core.logs.routes import WINDOW, RouteLog, RouteRow
from launcher.theme import plain_tooltip

from .row_table import ItemRole, RowTable

__all__ = [
    "COLUMNS",
    "COUNT",
    "DEFINED",
    "ENDPOINT",
    "ERRORS",
    "LONGEST",
    "MEDIAN",
    "METHODS",
    "NUMBERS",
    "QUERIES",
    "ROW_ROLE",
    "RULE",
    "SENT",
    "RoutesModel",
]

COLUMNS = (
    "Rule", "Methods", "Endpoint", "Defined in", "Requests", "Errors", "p50", "p95", "Max",
    "Queries", "Sent",
)  # fmt: skip
RULE, METHODS, ENDPOINT, DEFINED, COUNT, ERRORS, MEDIAN, P95, LONGEST, QUERIES, SENT = range(
    len(COLUMNS)
)
NUMBERS = frozenset({COUNT, ERRORS, MEDIAN, P95, LONGEST, QUERIES, SENT})
ROW_ROLE = int(ItemRole.UserRole)
"""The :class:`~launcher.core.logs.routes.RouteRow` of a row."""
NO_RULE = "No rule"

_LIMIT = 300
_SORTS: dict[int, Callable[[RouteRow], Any]] = {
    RULE: lambda row: row.route.rule if row.route else "",
    METHODS: lambda row: row.route.methods if row.route else (),
    ENDPOINT: lambda row: row.route.endpoint if row.route else "",
    DEFINED: lambda row: (row.route.file, row.route.line) if row.route else ("", 0),
    COUNT: lambda row: row.count,
    ERRORS: lambda row: row.errors,
    MEDIAN: lambda row: row.p50 or 0.0,
    P95: lambda row: row.p95 or 0.0,
    LONGEST: lambda row: row.longest or 0.0,
    QUERIES: lambda row: row.queries or 0.0,
    SENT: lambda row: row.size,
}
_EXPLAINED = {
    RULE: "What the app's framework matches, in its own form. "
    "The order is that in which the rules are tried.",
    METHODS: "The methods that a rule answers, as far as it shows them.",
    ENDPOINT: "The name under which the framework knows what answers.",
    DEFINED: "Where the function or class that answers is written.",
    COUNT: "Finished requests since the page was opened, or since Start over.",
    ERRORS: "Requests in which the app raised an error, or that were answered with 5xx.",
    MEDIAN: f"Half of the rule's newest {WINDOW:,} requests took no longer than this.",
    P95: f"95 of 100 of the rule's newest {WINDOW:,} requests took no longer than this.",
    LONGEST: "The longest of all its requests.",
    QUERIES: "SQL queries per request, of the requests whose calls were recorded.",
    SENT: "Bytes of its answers, heads and bodies.",
}


class RoutesModel(RowTable[RouteRow]):
    """One row for each rule that is shown, and one for the requests that no rule answered.

    :ivar needle: what a rule, its endpoint, methods or place has to have in it
    :ivar unasked_only: only rules that were never asked for
    """

    columns = COLUMNS
    right = NUMBERS

    def __init__(self, log: RouteLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._project: PurePath | None = None
        self._column, self._descending = -1, False
        self.needle = ""
        self.unasked_only = False
        self.unasked = 0

    def set_project(self, folder: str) -> None:
        """Show places as seen from this folder."""
        self._project = Path(folder) if folder else None

    def refresh(self) -> None:
        """Show what the log has by now."""
        found = self._log.rows()
        self.unasked = sum(row.route is not None and not row.count for row in found)
        needle = self.needle.casefold()
        rows = [row for row in found if self._is_shown(row, needle)]
        if self._column >= 0:
            rows.sort(key=_SORTS[self._column], reverse=self._descending)
        self.show_rows(rows)

    def key(self, row: RouteRow) -> object:
        return row.route

    def explain(self, column: int) -> str:
        return _EXPLAINED[column]

    def order(self, column: int, descending: bool) -> None:
        """Sort by a column; in the app's order, where it is -1."""
        self._column, self._descending = column, descending
        self.refresh()

    def is_own(self, row: RouteRow) -> bool:
        """Whether what answers is written in the project."""
        return self._relative(row) is not None

    def row_of(self, row: RouteRow) -> int:
        """Where the rule of a row stands now; -1 where it isn't shown."""
        return next((n for n, one in enumerate(self.rows) if one.route == row.route), -1)

    def value(self, row: RouteRow, column: int, role: int) -> Any:
        if role == ItemRole.DisplayRole:
            return self._text(row, column)
        if role == ROW_ROLE:
            return row
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(self._tip(row, column))
        if role == ItemRole.AccessibleTextRole and column == RULE:
            return self._accessible(row)
        return None

    # Internal

    def _is_shown(self, row: RouteRow, needle: str) -> bool:
        if self.unasked_only and (row.count or row.route is None):
            return False
        return (
            needle
            in " ".join(
                self._text(row, column) for column in (RULE, METHODS, ENDPOINT, DEFINED)
            ).casefold()
        )

    def _text(self, row: RouteRow, column: int) -> str:
        route = row.route
        if column == COUNT:
            return f"{row.count:,}" if row.count else "never"
        if column == ERRORS:
            return f"{row.errors:,}" if row.errors else ""
        if column == SENT:
            return size(row.size) if row.count else ""
        if column == QUERIES:
            return "" if not row.queries else f"{row.queries:,.1f}".removesuffix(".0")
        if column in NUMBERS:
            seconds = {MEDIAN: row.p50, P95: row.p95, LONGEST: row.longest}[column]
            return "" if seconds is None else duration(seconds)
        if route is None:
            return NO_RULE if column == RULE else ""
        if column == RULE:
            return one_line(route.rule, _LIMIT)
        if column == METHODS:
            return one_line(", ".join(route.methods), _LIMIT) or "any"
        if column == ENDPOINT:
            return one_line(route.endpoint, _LIMIT)
        return one_line(self._place(row), _LIMIT)

    def _place(self, row: RouteRow) -> str:
        if row.route is None or not row.route.file:
            return ""
        relative = self._relative(row)
        if relative is not None:
            return f"{relative}:{row.route.line}"
        file = PurePath(row.route.file)
        return f"{PurePath(*file.parts[-2:])}:{row.route.line}"

    def _relative(self, row: RouteRow) -> PurePath | None:
        """The file from the project's folder; None where it isn't the project's own."""
        if row.route is None or not row.route.file or self._project is None:
            return None
        try:
            relative = PurePath(row.route.file).relative_to(self._project)
        except ValueError:
            return None
        foreign = {"site-packages", "dist-packages"} & set(relative.parts)
        return None if foreign else relative

    def _tip(self, row: RouteRow, column: int) -> str:
        if row.route is None:
            return "Requests that fit none of the rules, such as those answered with 404."
        if column == DEFINED and row.route.file:
            return one_line(f"{row.route.file}:{row.route.line}", 1000)
        if column == COUNT and not row.count:
            return "This rule was never asked for."
        return one_line(self._text(row, column), 1000)

    def _accessible(self, row: RouteRow) -> str:
        parts = [self._text(row, column) for column in (RULE, METHODS, ENDPOINT, DEFINED)]
        asked = f"asked for {plural(row.count, 'time')}" if row.count else "never asked for"
        if row.errors:
            asked += f", {plural(row.errors, 'error')}"
        return ", ".join([*filter(None, parts), asked])
