"""The time line of one request, and the summary of many, as tables; GUI thread only."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from launcher.core import learn
from launcher.core.display import duration, microseconds, one_line, percent, plural
from launcher.core.logs.flow import Step, Timeline
from launcher.core.logs.flow_parties import (
    FRAMEWORK,
    HTTP,
    PARTIES,
    SERVER,
    SQL,
    TEMPLATE,
    WAITING,
    YOURS,
    label,
)
from launcher.core.logs.flow_summary import ALL, WINDOW, EndpointSummary, StageShare
from launcher.core.logs.span_labels import span_detail
from launcher.theme import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ItemRole = Qt.ItemDataRole

STEP_ROLE = int(ItemRole.UserRole)
"""The :class:`~launcher.core.logs.flow.Step` of a row."""
PARTS_ROLE = STEP_ROLE + 1
"""What a bar is made of: a list of ``(party, share)``."""

STEP, TIME, SHARE, BAR = range(4)
NAME_LIMIT = 200

RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class FlowTable(QAbstractTableModel):
    """What the three tables have in common.

    :cvar columns: the columns' titles
    :cvar right: those whose text is aligned right
    """

    columns: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = int(ItemRole.DisplayRole)
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == ItemRole.DisplayRole:
            return self.columns[section]
        if role == ItemRole.TextAlignmentRole:
            return RIGHT if section in self.right else LEFT
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(self.explain(section)) or None
        return None

    def explain(self, column: int) -> str:
        """The meaning of a column, in a sentence; or ""."""
        return ""


class TimelineModel(FlowTable):
    """One row for each step of one request."""

    columns = ("Step", "Time", "Share", "Time line")
    right = frozenset({TIME, SHARE})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.line = Timeline()
        self.language = learn.ENGLISH

    def show(self, line: Timeline) -> None:
        """Show another request's time line."""
        self.beginResetModel()
        self.line = line
        self.endResetModel()

    def step(self, index: Index) -> Step | None:
        """The step at an index."""
        row = index.row() if index.isValid() else -1
        return self.line.steps[row] if 0 <= row < len(self.line.steps) else None

    def explain(self, column: int) -> str:
        return {
            TIME: "How long the step took, with the steps inside of it.",
            SHARE: "The step's time as a part of the whole request.",
            BAR: "When the step ran. The solid parts are its own time, without what is inside.",
        }.get(column, "")

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.line.steps)

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        step = self.step(index)
        if step is None:
            return None
        column = index.column()
        if role == ItemRole.DisplayRole:
            return self._text(step, column)
        if role == ItemRole.TextAlignmentRole:
            return RIGHT if column in self.right else LEFT
        if role == STEP_ROLE:
            return step
        if role == ItemRole.ToolTipRole:
            return plain_tooltip(self._tip(step))
        if role == ItemRole.AccessibleTextRole:
            return self._accessible(step, column)
        return None

    def _text(self, step: Step, column: int) -> str:
        if column == STEP:
            return _name(step)
        if step.is_point:
            return ""
        if column == TIME:
            return microseconds(step.duration)
        if column == SHARE:
            return percent(step.share)
        return ""

    def _tip(self, step: Step) -> str:
        if step.spans:
            return "\n".join(_span_tip(step))
        explanation = learn.texts(self.language).hovers.get(step.key, "")
        parts = [
            f"{one_line(step.detail or step.label, NAME_LIMIT)}: {explanation}".removesuffix(": ")
        ]
        parts.append(
            f"{microseconds(step.duration)} ({percent(step.share)}), "
            f"of it {microseconds(step.own)} its own."
        )
        if step.failed:
            parts.append("An exception came out of this step.")
        if step.place is not None:
            parts.append(f"{one_line(step.place[0], 300)}:{step.place[1]}")
        return "\n".join(parts)

    def _accessible(self, step: Step, column: int) -> str:
        if column == BAR:
            span = f"from {microseconds(step.start)} to {microseconds(step.end)}"
            return f"{span}, of it {microseconds(step.own)} its own"
        if column != STEP:
            return self._text(step, column)
        text = (
            f"{_name(step)}, level {step.depth + 1}, "
            f"{microseconds(step.duration)}, {percent(step.share)}"
        )
        return f"{text}, failed here" if step.failed else text


def _name(step: Step) -> str:
    """A step, and how often where it is several calls."""
    times = f"{len(step.spans):,}\u00d7 " if len(step.spans) > 1 else ""
    return one_line(times + step.label, NAME_LIMIT)


def _span_tip(step: Step) -> list[str]:
    """What a call was, how long it took, and who asked."""
    span, count = step.spans[0], len(step.spans)
    parts = [span_detail(span)]
    if count > 1:
        longest = max(one.duration for one in step.spans)
        parts.append(
            f"{count:,} calls, {microseconds(step.duration)}, {microseconds(longest)} the longest."
        )
    elif step.duration:
        parts.append(f"{microseconds(step.duration)} ({percent(step.share)}).")
    if span.kind == "sql" and count == 1 and span.rows is not None:
        parts.append(plural(span.rows, "row"))
    if step.place is not None:
        where = f" in {span.function}" if span.function else ""
        parts.append(f"{one_line(step.place[0], 300)}:{step.place[1]}{where}")
    return parts


ENDPOINT, COUNT, ERRORS, MEDIAN, P95, PARTS = range(6)


class EndpointModel(FlowTable):
    """One row for each endpoint; all of them together in front."""

    columns = ("Endpoint", "Requests", "Errors", "Median", "p95", "Where the time goes")
    right = frozenset({COUNT, ERRORS, MEDIAN, P95})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[EndpointSummary] = []
        self._column, self._descending = -1, True

    def show(self, rows: list[EndpointSummary]) -> None:
        """Show these numbers; what was sorted stays sorted."""
        rows = self._sorted(rows)
        if [row.endpoint for row in rows] == [row.endpoint for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1)
                )
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def order(self, column: int, descending: bool) -> None:
        """Sort by a column; by the time that the endpoints take together, where it is -1."""
        self._column, self._descending = column, descending
        self.show(self.rows)

    def row_of(self, endpoint: str) -> int:
        """Where an endpoint stands; -1 where it doesn't."""
        return next((n for n, row in enumerate(self.rows) if row.endpoint == endpoint), -1)

    def explain(self, column: int) -> str:
        newest = f"Exact for an endpoint's newest {WINDOW:,} requests."
        return {
            ENDPOINT: "The name under which the app's framework knows what answers.",
            COUNT: "Requests whose flow was recorded. When very many come at once, that is a part.",
            ERRORS: "Requests in which the app raised an error, or that were answered with 5xx.",
            MEDIAN: f"Half of the requests took no longer than this. {newest}",
            P95: f"95 of 100 requests took no longer than this. {newest}",
            PARTS: "How the time divides between your own code, the framework, the server and what "
            "is called from them. What ServeDeck does after a failure isn't counted.",
        }.get(column, "")

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == ItemRole.DisplayRole:
            return self._text(row, column)
        if role == ItemRole.TextAlignmentRole:
            return RIGHT if column in self.right else LEFT
        if role == PARTS_ROLE:
            return list(zip(PARTIES, row.parties, strict=True)) if column == PARTS else None
        if role in (ItemRole.AccessibleTextRole, ItemRole.ToolTipRole):
            text = self._parts(row) if column == PARTS else self._text(row, column)
            return plain_tooltip(text) if role == ItemRole.ToolTipRole else text
        return None

    def _text(self, row: EndpointSummary, column: int) -> str:
        if column == ENDPOINT:
            return "All endpoints" if row.endpoint == ALL else one_line(row.endpoint, NAME_LIMIT)
        if column == COUNT:
            return f"{row.count:,}"
        if column == ERRORS:
            return f"{row.errors:,}" if row.errors else ""
        if column == MEDIAN:
            return duration(row.median)
        return duration(row.p95) if column == P95 else ""

    def _parts(self, row: EndpointSummary) -> str:
        return ", ".join(
            f"{PARTY_NAMES[party]} {percent(share)}"
            for party, share in zip(PARTIES, row.parties, strict=True)
            if share
        )

    def _sorted(self, rows: list[EndpointSummary]) -> list[EndpointSummary]:
        keys = {
            ENDPOINT: lambda row: row.endpoint.lower(),
            COUNT: lambda row: row.count,
            ERRORS: lambda row: row.errors,
            MEDIAN: lambda row: row.median,
            P95: lambda row: row.p95,
            PARTS: lambda row: row.parties[PARTIES.index(YOURS)],
        }
        key: Any = keys.get(self._column, lambda row: row.total)
        whole = [row for row in rows if row.endpoint == ALL]
        rest = [row for row in rows if row.endpoint != ALL]
        return whole + sorted(rest, key=key, reverse=self._descending)


PARTY_NAMES = {
    SERVER: "Server",
    FRAMEWORK: "Framework",
    YOURS: "Your code",
    SQL: "SQL",
    HTTP: "HTTP out",
    TEMPLATE: "Templates",
    WAITING: "Waiting",
}
"""What each party is called. Waiting is for caches, mails and processes."""

STAGE, OWN, PER_REQUEST, STAGE_BAR = range(4)


class StageModel(FlowTable):
    """One row for each stage of an endpoint: its own time."""

    columns = ("Stage", "Share", "Per request", "Own time")
    right = frozenset({OWN, PER_REQUEST})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[StageShare, ...] = ()
        self.of = ""

    def show(self, row: EndpointSummary | None) -> None:
        """Show the stages of an endpoint."""
        stages = () if row is None else row.stages
        if len(stages) == len(self.rows):
            self.rows = stages
            if stages:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(stages) - 1, len(self.columns) - 1)
                )
            return
        self.beginResetModel()
        self.rows = stages
        self.endResetModel()

    def explain(self, column: int) -> str:
        return {
            OWN: "The stage's own time, without the stages inside of it, as a part of all time.",
            PER_REQUEST: "The stage's own time, divided by the number of all requests.",
        }.get(column, "")

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(ItemRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role in (ItemRole.DisplayRole, ItemRole.AccessibleTextRole):
            if column == STAGE:
                return one_line(label(row.stage), NAME_LIMIT)
            if column == OWN:
                return percent(row.share)
            return microseconds(round(row.mean * 1e6)) if column == PER_REQUEST else ""
        if role == ItemRole.TextAlignmentRole:
            return RIGHT if column in self.right else LEFT
        if role == PARTS_ROLE:
            longest = self.rows[0].share or 1.0
            return [(row.party, row.share / longest)] if column == STAGE_BAR else None
        return None


def as_text(line: Timeline) -> str:
    """The time line for a message or an issue: one step to a line, indented by its depth."""
    return "\n".join(
        f"{'  ' * step.depth}{_name(step)}  {microseconds(step.duration)}  "
        f"{percent(step.share)}{'  failed' if step.failed else ''}"
        for step in line.steps
    )
