"""What is worth to be known of a request's queries, in one line of its flow; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from launcher import theme
from launcher.core.display import microseconds, one_line
from launcher.core.logs.flow import Timeline
from launcher.core.logs.queries import LOOP, QueryGroup, queries_of
from launcher.core.logs.span_labels import span_label
from launcher.panes.controls.labels import ElidedLabel
from server.events import RequestFinished

__all__ = ["FlowFinding"]


class FlowFinding(QFrame):
    """The statement that repeats most, where one does."""

    stepWanted = Signal(int)  # noqa: N815
    """The user wants to see the step in which it repeats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flowFinding")
        self._step = -1
        self.text = ElidedLabel("flowFindingText", self)
        theme.set_font(self.text, "strong")
        self.statement = ElidedLabel("flowFindingStatement", self)
        theme.set_font(self.statement, "mono")
        self.open = QPushButton(self)
        self.open.setObjectName("flowFindingButton")
        self.open.setAccessibleName("Show these queries among the steps")
        self.open.setProperty("look", "line")
        self.open.setAutoDefault(False)
        self.open.clicked.connect(self._wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(13, 3, 8, 3)
        line.setSpacing(12)
        line.addWidget(self.text, 3)
        line.addWidget(self.statement, 2)
        line.addWidget(self.open)
        self.hide()

    def show_request(self, done: RequestFinished | None, line: Timeline) -> None:
        """Show what there is of another request; nothing where nothing repeats."""
        group = None if done is None or not line.steps else _worst(done)
        steps = [step for step in line.steps if group and group.spans[0] in step.spans]
        self.setVisible(group is not None and bool(steps))
        if group is None or not steps:
            return
        self._step = steps[0].index
        where = f" from {group.place}" if group.place else ""
        loop = ", in a loop" if group.looped else ""
        self.text.setText(one_line(f"The same query {group.count:,} times{where}{loop}", 200))
        time = microseconds(group.time)
        self.statement.setText(f"{span_label(group.spans[0])}  {time}")
        self.open.setText(f"Show the {group.count:,}")

    def _wanted(self) -> None:
        self.stepWanted.emit(self._step)


def _worst(done: RequestFinished) -> QueryGroup | None:
    """A loop, or the statement that is repeated most."""
    queries = queries_of(done.spans)
    if queries.looped:
        return queries.looped[0]
    repeated = [group for group in queries.groups if group.duplicate and group.count >= LOOP]
    return max(repeated, key=_count, default=None)


def _count(group: QueryGroup) -> int:
    return group.count
