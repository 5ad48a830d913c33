"""The time line of one request, and the summary of many, as tables; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject

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
from launcher.core.logs.span_labels import span_detail, span_text
from launcher.theme import plain_tooltip

from .row_table import Index, ItemRole, RowTable

STEP_ROLE = int(ItemRole.UserRole)
"""The :class:`~launcher.core.logs.flow.Step` of a row."""
PARTS_ROLE = STEP_ROLE + 1
"""What a bar is made of: a list of ``(party, share)``."""

STEP, TIME, SHARE, BAR = range(4)
NAME_LIMIT = 200


class TimelineModel(RowTable[Step]):
    """One row for each step of one request."""

    columns = ("Step", "Time", "Share", "Time line")
    right = frozenset({TIME, SHARE})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.line = Timeline()
        self.language = learn.ENGLISH

    def show(self, line: Timeline) -> None:
        """Show another request's time line."""
        self.line = line
        self.reset_rows(line.steps)

    def step(self, index: Index) -> Step | None:
        """The step at an index."""
        return self.row_at(index)

    def explain(self, column: int) -> str:
        return {
            TIME: "How long the step took, with the steps inside of it.",
            SHARE: "The step's time as a part of the whole request.",
            BAR: "When the step ran. The solid parts are its own time, without what is inside.",
        }.get(column, "")

    def value(self, step: Step, column: int, role: int) -> Any:
        if role == ItemRole.DisplayRole:
            return self._text(step, column)
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


_TIP_LINES = 12  # of a mail's text


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
    text = span_text(span)
    if text:
        parts += [one_line(line, NAME_LIMIT) for line in text.splitlines()[:_TIP_LINES]]
    if step.place is not None:
        where = f" in {span.function}" if span.function else ""
        parts.append(f"{one_line(step.place[0], 300)}:{step.place[1]}{where}")
    return parts


ENDPOINT, COUNT, ERRORS, MEDIAN, P95, PARTS = range(6)


class EndpointModel(RowTable[EndpointSummary]):
    """One row for each endpoint; all of them together in front."""

    columns = ("Endpoint", "Requests", "Errors", "Median", "p95", "Where the time goes")
    right = frozenset({COUNT, ERRORS, MEDIAN, P95})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._column, self._descending = -1, True

    def show(self, rows: Sequence[EndpointSummary]) -> None:
        """Show these numbers; what was sorted stays sorted."""
        self.show_rows(self._sorted(rows))

    def key(self, row: EndpointSummary) -> object:
        return row.endpoint

    def order(self, column: int, descending: bool) -> None:
        """Sort by a column; by the time that the endpoints take together, where it is -1."""
        self._column, self._descending = column, descending
        self.show_rows(self._sorted(self.rows))

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

    def value(self, row: EndpointSummary, column: int, role: int) -> Any:
        if role == ItemRole.DisplayRole:
            return self._text(row, column)
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

    def _sorted(self, rows: Sequence[EndpointSummary]) -> list[EndpointSummary]:
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


class StageModel(RowTable[StageShare]):
    """One row for each stage of an endpoint: its own time."""

    columns = ("Stage", "Share", "Per request", "Own time")
    right = frozenset({OWN, PER_REQUEST})

    def show(self, row: EndpointSummary | None) -> None:
        """Show the stages of an endpoint."""
        self.show_rows(() if row is None else row.stages)

    def explain(self, column: int) -> str:
        return {
            OWN: "The stage's own time, without the stages inside of it, as a part of all time.",
            PER_REQUEST: "The stage's own time, divided by the number of all requests.",
        }.get(column, "")

    def value(self, row: StageShare, column: int, role: int) -> Any:
        if role in (ItemRole.DisplayRole, ItemRole.AccessibleTextRole):
            if column == STAGE:
                return one_line(label(row.stage), NAME_LIMIT)
            if column == OWN:
                return percent(row.share)
            return microseconds(round(row.mean * 1e6)) if column == PER_REQUEST else ""
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
