"""What is worth to be known of a request's queries, in one line of its flow; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from launcher import theme
from launcher.core.display import microseconds, one_line
from launcher.core.logs.flow import Timeline
from launcher.core.logs.queries import LOOP, QueryGroup, queries_of
from launcher.core.logs.span_labels import span_label
from launcher.panes.controls.labels import ElidedLabel, LinkLabel
from server.events import RequestFinished

__all__ = ["FlowFinding"]


class FlowFinding(QFrame):
    """The statement that repeats most, where one does."""

    stepWanted = Signal(int)  # noqa: N815
    """The user wants to see the step in which it repeats."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flowFinding")
        self._step = -1
        self._group: QueryGroup | None = None
        self._mark = QLabel(self)
        self.text = self._label("flowFindingText", "strong")
        self.statement = self._label("flowFindingStatement", "mono")
        self.place = LinkLabel("flowFindingPlace", self)
        theme.set_font(self.place, "mono")
        self.place.activated.connect(self._open_place)
        self.time = self._label("flowFindingTime", "second")
        self.open = QPushButton(self)
        self.open.setObjectName("flowFindingButton")
        self.open.setAccessibleName("Show these queries among the steps")
        self.open.setProperty("look", "line")
        self.open.setAutoDefault(False)
        self.open.clicked.connect(self._wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(13, 3, 8, 3)
        line.setSpacing(12)
        for part in (self._mark, self.text, self.statement, self.place, self.time):
            line.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.open)
        self.refresh_icons()
        self.hide()

    def _label(self, name: str, font: str) -> ElidedLabel:
        """As wide as its text where there is room for it."""
        label = ElidedLabel(name, self)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        label.setMinimumWidth(1)
        theme.set_font(label, font)
        return label

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self._mark.setPixmap(theme.pixmap("warning", self.palette(), "warning", 14))

    def show_request(self, done: RequestFinished | None, line: Timeline) -> None:
        """Show what there is of another request; nothing where nothing repeats."""
        group = None if done is None or not line.steps else _worst(done)
        steps = [step for step in line.steps if group and group.spans[0] in step.spans]
        self.setVisible(group is not None and bool(steps))
        if group is None or not steps:
            return
        self._step, self._group = steps[0].index, group
        loop = ", in a loop" if group.looped else ""
        self.text.setText(f"The same query {group.count:,} times{loop}")
        self.statement.setText(span_label(group.spans[0]))
        self.place.show_link(one_line(group.place, 100), group.opens)
        self.place.setForegroundRole(QPalette.ColorRole.WindowText)  # as all places, not as links
        self.place.setVisible(bool(group.place))
        self.time.setText(microseconds(group.time))
        self.open.setText(f"Show the {group.count:,}")

    @Slot()
    def _open_place(self) -> None:
        if self._group is not None:
            self.sourceRequested.emit(self._group.file, self._group.line)

    @Slot()
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
