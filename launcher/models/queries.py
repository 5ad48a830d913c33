"""The SQL of one request as a tree: each statement and line, and under it its runs; GUI thread."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core.display import microseconds, one_line, percent, plural
from launcher.core.logs.queries import Queries, QueryGroup, finding
from launcher.core.sql.shapes import short_form
from launcher.core.sql.values import masked_statement, values_of, written_out
from launcher.theme import plain_tooltip
from server.facts.span import Span

__all__ = ["GROUP_ROLE", "SPAN_ROLE", "QueriesModel", "values_text"]

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ItemRole = Qt.ItemDataRole

GROUP_ROLE = int(ItemRole.UserRole)
"""The :class:`~launcher.core.logs.queries.QueryGroup` of a row, or of the row above it."""
SPAN_ROLE = GROUP_ROLE + 1
"""The run of a row below a group; None of a group."""

_LIMIT = 300
_TOP = 0  # the id of a group's index; of a run's, that of its group and one


class QueriesModel(QAbstractItemModel):
    """Groups, and under each its runs.

    :ivar queries: what is shown
    :ivar secrets: values that are secret are shown
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queries = Queries()
        self.secrets = False

    def show(self, queries: Queries) -> None:
        """Show those of another request."""
        self.beginResetModel()
        self.queries = queries
        self.endResetModel()

    def reveal(self, secrets: bool) -> None:
        """Show secrets, or mask them again."""
        if secrets != self.secrets:
            self.secrets = secrets
            for row in range(self.rowCount()):
                parent = self.index(row, 0)
                last = self.index(self.rowCount(parent) - 1, 0, parent)
                self.dataChanged.emit(self.index(0, 0, parent), last)

    def group(self, index: Index) -> QueryGroup | None:
        """The group of a row, or of the one above it."""
        if not index.isValid():
            return None
        row = index.row() if index.internalId() == _TOP else index.internalId() - 1
        groups = self.queries.groups
        return groups[row] if 0 <= row < len(groups) else None

    def run(self, index: Index) -> Span | None:
        """The run of a row; None of a group."""
        group = self.group(index)
        if group is None or index.internalId() == _TOP or index.row() >= group.count:
            return None
        return group.spans[index.row()]

    def one(self, index: Index) -> Span | None:
        """The run of a row; of a group its first one."""
        group = self.group(index)
        return None if group is None else self.run(index) or group.spans[0]

    def sql(self, index: Index) -> str:
        """What is copied of a row: the statement with its values, those of its first run."""
        span = self.one(index)
        if span is None:
            return ""
        return written_out(span.label, span.parameters, secrets=self.secrets)

    def statement(self, index: Index) -> str:
        """The whole statement of a row as it was sent, and how much of it wasn't kept."""
        span = self.one(index)
        if span is None:
            return ""
        text = span.label if self.secrets else masked_statement(span.label)
        if span.length > len(span.label):
            text += f"\n-- {plural(span.length - len(span.label), 'character')} more"
        return text

    # Qt's own

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _TOP)

    def parent(self, index: Index = ROOT) -> Any:
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _TOP)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        if not parent.isValid():
            return len(self.queries.groups)
        group = self.group(parent) if parent.internalId() == _TOP else None
        return 0 if group is None else group.count

    def columnCount(self, _parent: Index = ROOT) -> int:  # noqa: N802
        return 1

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        group = self.group(index)
        if group is None:
            return None
        span = self.run(index)
        if role == GROUP_ROLE:
            return group
        if role == SPAN_ROLE:
            return span
        if role == ItemRole.DisplayRole:
            return values_text(span, secrets=self.secrets) if span else _short(group)
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(_tip(group, span))
        if role == ItemRole.AccessibleTextRole:
            return _accessible(group) if span is None else _spoken(index.row(), span, self.secrets)
        return None


def _short(group: QueryGroup) -> str:
    return one_line(masked_statement(short_form(group.spans[0].label)), _LIMIT)


def values_text(span: Span, *, secrets: bool = False) -> str:
    """The values of a run, by name where it is known: ``id=7, password=***``."""
    found = values_of(span.label, span.parameters)
    return one_line(
        ", ".join(
            f"{value.name}={text}" if value.name else text
            for value in found
            for text in (value.text if secrets else value.shown,)
        ),
        4 * _LIMIT,
    )


def _tip(group: QueryGroup, span: Span | None) -> str:
    place = f"{one_line(group.file, _LIMIT)}:{group.line}" if group.file else ""
    if span is not None:
        where = span.connection and f"on {span.connection}"
        return "\n".join(filter(None, (one_line(span.error, _LIMIT), one_line(where, 80), place)))
    return "\n".join(filter(None, (finding(group), place)))


def _accessible(group: QueryGroup) -> str:
    parts = (
        _short(group),
        plural(group.count, "time"),
        f"{microseconds(group.time)}, {percent(group.share)} of the SQL",
        f"from {group.place}" if group.place else "",
        finding(group),
    )
    return ", ".join(filter(None, parts))


def _spoken(row: int, span: Span, secrets: bool) -> str:
    parts = (f"run {row + 1}", values_text(span, secrets=secrets), microseconds(span.duration))
    return ", ".join(filter(None, (*parts, one_line(span.error, _LIMIT))))
