"""The totals of all recorded requests: each endpoint, and below it where its time goes.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line, plural
from launcher.core.logs.flow_summary import ALL, FlowSummary
from launcher.models.flow import EndpointModel, StageModel
from launcher.models.statements import PLACE, STATEMENT, StatementModel
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.legend import Legend
from launcher.panes.controls.log_table import LogTable
from launcher.panes.controls.parts import PartsDelegate
from launcher.panes.controls.sorting import Order, next_order, show_order

EVERY = 1000
"""Milliseconds between two looks at numbers that keep changing."""

_AS_AT_FIRST: Order = (-1, True)


class _StatementDelegate(QStyledItemDelegate):
    """Statements and the lines that asked for them in monospace."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.column() in (STATEMENT, PLACE):
            option.font = theme.font("mono")
        if index.column() == PLACE:
            option.textElideMode = Qt.TextElideMode.ElideMiddle
            option.palette.setColor(QPalette.ColorRole.Text, theme.colour(option.palette, "yours"))


class FlowSummaryPage(QWidget):
    """The numbers of a ``FlowSummary`` of ``core/logs/flow_summary.py``, at most each second."""

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, summary: FlowSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = summary
        self._version = -1
        self._selected = ALL
        self.endpoints = EndpointModel(self)
        self.stages = StageModel(self)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.view = LogTable("flowSummary", (26, 9, 7, 9, 9, 0), self.splitter, margin=8)
        self.view.setAccessibleName("Endpoints")
        self.view.setModel(self.endpoints)
        self.view.arrange_columns()
        self.view.setItemDelegate(PartsDelegate(self.view))
        self.view.horizontalHeader().setSectionsClickable(True)
        self.view.horizontalHeader().sectionClicked.connect(self._sort)
        self._order = _AS_AT_FIRST
        self._below = QWidget(self.splitter)
        bar = QWidget(self._below)
        self.tables = QStackedWidget(self._below)
        self.stage_title = ElidedLabel("flowStagesTitle", bar)
        theme.set_font(self.stage_title, "strong")
        self.again = QPushButton("Start over", bar)
        self.again.setObjectName("flowStartOverButton")
        self.again.setToolTip("Forget these numbers and count from now on")
        self.again.clicked.connect(self._start_over)
        self.slowest = QPushButton("Statements", bar)
        self.slowest.setObjectName("flowStatementsButton")
        self.slowest.setToolTip("The SQL of all requests, what takes most time first")
        self.slowest.setProperty("look", "toggle")
        self.slowest.setCheckable(True)
        self.slowest.toggled.connect(self._show_below)
        self.statements = StatementModel(self)
        self.statement_view = LogTable(
            "flowStatements", (0, 20, 9, 10, 9, 9, 9), self.tables, margin=8
        )
        self.statement_view.setAccessibleName("Statements of all requests")
        self.statement_view.setModel(self.statements)
        self.statement_view.setItemDelegate(_StatementDelegate(self.statement_view))
        self.statement_view.arrange_columns()
        self.statement_view.set_hint("No SQL", "No recorded request has sent a statement.")
        header = self.statement_view.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort_statements)
        self.statement_view.opened.connect(self._open_statement)
        self.statement_view.doubleClicked.connect(self._open_statement)
        self._statement_order = _AS_AT_FIRST
        self.stage_view = LogTable("flowStages", (38, 10, 14, 0), self.tables, margin=8)
        self.stage_view.setAccessibleName("Stages of the selected endpoint")
        self.stage_view.setModel(self.stages)
        self.stage_view.arrange_columns()
        self.stage_view.setItemDelegate(PartsDelegate(self.stage_view))

        bar.setObjectName("detailsBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top = QHBoxLayout(bar)
        top.setContentsMargins(10, 4, 6, 4)
        top.addWidget(self.stage_title, 1)
        top.addWidget(self.slowest)
        top.addWidget(self.again)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(bar)
        self.tables.addWidget(self.stage_view)
        self.tables.addWidget(self.statement_view)
        below.addWidget(self.tables, 1)
        below.addWidget(Legend(self._below, shades=False))
        self._below.hide()
        self.splitter.setObjectName("flowSummarySplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.view)
        self.splitter.addWidget(self._below)
        self.splitter.setSizes([400, 500])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)
        self.view.selectionModel().currentRowChanged.connect(self._chosen)

    def set_hint(self, title: str, text: str) -> None:
        """The text of the empty list."""
        self.view.set_hint(title, text)

    @Slot()
    def refresh(self) -> None:
        """Show what has been counted meanwhile; at once where it wasn't done lately."""
        if self.isVisible() and not self._timer.isActive():
            self._look()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._look()

    @Slot()
    def _look(self) -> None:
        if self._version == self._summary.version or not self.isVisible():
            return
        self._version = self._summary.version
        self._timer.start()
        self.endpoints.show(self._summary.endpoints())
        self._below.setVisible(bool(self.endpoints.rows))
        self._select()

    def _select(self) -> None:
        """The endpoint that was selected is so again, wherever it stands now."""
        row = max(0, self.endpoints.row_of(self._selected))
        if self.endpoints.rows and self.view.currentIndex().row() != row:
            self.view.setCurrentIndex(self.endpoints.index(row, 0))
        self._show_stages()

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._selected = self.endpoints.rows[current.row()].endpoint
            self._show_stages()

    def _show_stages(self) -> None:
        number = self.endpoints.row_of(self._selected)
        row = self.endpoints.rows[number] if number >= 0 else None
        self.stages.show(row)
        if self.slowest.isChecked():
            self.statements.show(self._summary.statements.rows())
            count = len(self.statements.rows)
            self.stage_title.setText(f"{plural(count, 'statement')} of all requests")
        elif row is not None:
            name = "all endpoints" if row.endpoint == ALL else one_line(row.endpoint, 200)
            self.stage_title.setText(
                f"Where the time goes in {name}, stage by stage  \u00b7  "
                f"{plural(row.count, 'request')}"
            )

    @Slot(int)
    def _sort(self, column: int) -> None:
        """By this column; again: the other way round; once more: as at first."""
        self._order = next_order(
            self._order, column, largest_first=column != 0, unsorted=_AS_AT_FIRST
        )
        show_order(self.view.horizontalHeader(), self._order)
        self.endpoints.order(*self._order)
        self._select()

    @Slot(bool)
    def _show_below(self, statements: bool) -> None:
        self.tables.setCurrentIndex(int(statements))
        self._show_stages()

    @Slot(int)
    def _sort_statements(self, column: int) -> None:
        textual = column in (STATEMENT, PLACE)
        self._statement_order = next_order(
            self._statement_order, column, largest_first=not textual, unsorted=_AS_AT_FIRST
        )
        show_order(self.statement_view.horizontalHeader(), self._statement_order)
        self.statements.order(*self._statement_order)

    @Slot()
    def _open_statement(self) -> None:
        index = self.statement_view.currentIndex()
        row = self.statements.rows[index.row()] if index.isValid() else None
        if row is not None and row.file:
            self.sourceRequested.emit(row.file, row.line)

    @Slot()
    def _start_over(self) -> None:
        self._summary.clear()
        self._look()
