"""The Queries tab of a request: its SQL, what repeats in it, and which line asked; GUI thread only.

The list is a tree: a statement with the line that asked for it, and under it each run with its
values, masked where they are secret. It is grouped when it is first seen. Plain text throughout.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import microseconds, percent, plural
from launcher.core.logs.queries import Queries, finding, queries_of
from launcher.core.sql.plans import question_of
from launcher.core.sql.values import secrets_of
from launcher.models.queries import QueriesModel
from launcher.panes.controls.labels import ElidedLabel, WrappedLabel
from launcher.panes.controls.list_keys import ListCommand, ListKeys
from launcher.panes.controls.log_table import HEAD
from launcher.panes.controls.placeholder import Placeholder
from launcher.panes.controls.plain_view import PlainView
from launcher.theme.fonts import text_size
from server.events import RequestFinished
from server.facts.span import SQL

from .query_rows import EDGE, FOLD, QueryPainter

__all__ = ["QueriesPage", "QueriesView"]

_OPEN = ("F4", "Return")
_LOW = 150
"""Pixels of a page with too little height for a finding of two lines above list and statement."""


class QueriesView(QTreeView):
    """Statements with their runs.

    :param model: what it shows
    """

    placeRequested = Signal(str, int)  # noqa: N815
    """The user wants to see the line that asked."""
    left = Signal()
    """Escape."""

    def __init__(self, model: QueriesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queries = model
        self.hint = Placeholder("", "")
        self.setObjectName("queriesView")
        self.setAccessibleName("Queries of the request")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHeaderHidden(True)
        self.header().setAccessibleName(HEAD)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setItemsExpandable(True)
        self.setExpandsOnDoubleClick(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._painter = QueryPainter(self)
        self.setItemDelegate(self._painter)
        self.setModel(model)
        self.keys = ListKeys(
            self,
            "Queries of a request",
            ListCommand("Open the line", self.open_place, _OPEN, "open", self._has_place),
            ListCommand("Copy as SQL", self.copy, ("Ctrl+C",), "copy", self._has_current),
            ListCommand("Show the values", self.fold, ("Space",), "fold", self._has_current),
            ListCommand("Close the details", self.left.emit, ("Escape",), "fold", in_menu=False),
        )
        self.keys.open_menus()
        self.doubleClicked.connect(self.open_place)

    def set_hint(self, title: str, text: str) -> None:
        """Show something else while there is no query."""
        self.hint = Placeholder(title, text)
        self.viewport().update()

    @Slot()
    def open_place(self) -> None:
        """Have the line of the current row opened."""
        group = self._queries.group(self.currentIndex())
        if group is not None and group.opens:
            self.placeRequested.emit(group.file, group.line)

    @Slot()
    def copy(self) -> None:
        """Copy the current statement with its values."""
        QGuiApplication.clipboard().setText(self._queries.sql(self.currentIndex()))

    @Slot()
    def fold(self) -> None:
        """Show the runs of the current statement, or fold them again."""
        index = self.currentIndex()
        top = index.parent() if index.parent().isValid() else index
        self.setExpanded(top, not self.isExpanded(top))
        self.setCurrentIndex(top)

    def _has_place(self) -> bool:
        group = self._queries.group(self.currentIndex())
        return group is not None and group.opens

    def _has_current(self) -> bool:
        return self.currentIndex().isValid()

    def _is_place(self, at: QPoint) -> bool:
        """Whether the line of a statement stands there."""
        index = self.indexAt(at)
        group = self._queries.group(index)
        if group is None or not group.opens or self._queries.run(index) is not None:
            return False
        return self._painter.place_rect(self.visualRect(index), group).contains(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint()
        index = self.indexAt(at)
        if self._is_place(at):
            self.open_place()
        elif index.isValid() and at.x() < EDGE + FOLD and not index.parent().isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        link = self._is_place(event.position().toPoint())
        shape = Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._queries.rowCount() and self.hint.title:
            self.hint.paint(self)


class QueriesPage(QWidget):
    """A request's queries: in numbers, what is worth to be known of them, the list, and the whole
    statement of the current one.

    :ivar view: the list
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    explainRequested = Signal(str, str, object)  # noqa: N815
    """The user wants to know how the database answers: the connection, the statement, and those of
    its values that are secret."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestQueriesPage")
        self.setMinimumSize(200, 60)  # it scrolls; so the list of requests keeps its room
        self._wanted: RequestFinished | None = None
        self._shown: RequestFinished | None = None
        self.model = QueriesModel(self)
        self.summary = ElidedLabel("queriesSummary", self)
        self.summary.setContentsMargins(EDGE, 6, 10, 6)
        self.summary.setForegroundRole(self.summary.foregroundRole().PlaceholderText)
        theme.set_font(self.summary, "second")
        self.finding = WrappedLabel("queriesFinding", self)
        self.view = QueriesView(self.model, self)
        self.text = PlainView("queryText", "The whole statement", self)
        self.text.setLineWrapMode(PlainView.LineWrapMode.WidgetWidth)
        self.text.setMinimumHeight(40)
        self.text.setViewportMargins(EDGE - 8, 0, 8, 0)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setObjectName("queriesSplitter")
        self.splitter.addWidget(self.view)
        self.explain = QPushButton("Explain")
        self.explain.setObjectName("explainButton")
        self.explain.setProperty("look", "line")
        self.explain.setAutoDefault(False)
        self.explain.setToolTip(
            "Ask the database how it answers this query, on a connection of its own (X)"
        )
        self.explain.clicked.connect(self._explain)
        below = QWidget(self)
        beside = QHBoxLayout(below)
        beside.setContentsMargins(0, 0, 8, 0)
        beside.addWidget(self.text, 1)
        at_its_line = QVBoxLayout()
        at_its_line.setContentsMargins(0, 7, 0, 0)
        at_its_line.addWidget(self.explain)
        at_its_line.addStretch(1)
        beside.addLayout(at_its_line)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([300, 100])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.summary, self.finding):
            layout.addWidget(part)
        layout.addWidget(self.splitter, 1)
        self.view.keys.add(ListCommand("Explain", self._explain, ("X",), "copy", self._has_plan))
        self.view.placeRequested.connect(self.sourceRequested)
        self.view.selectionModel().currentChanged.connect(self._show_statement)

    def show_request(self, done: RequestFinished | None, *, secrets: bool = False) -> bool:
        """Show another request; returns whether it has sent statements.

        :param secrets: show those among the values
        """
        self._wanted = done
        if secrets != self.model.secrets:
            self.model.reveal(secrets)
            self._show_statement(self.view.currentIndex())
        if self.isVisible():
            self._lay_out()
        return any(span.kind == SQL for span in (done.spans if done else None) or ())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "finding"):
            self._fit()

    def _fit(self) -> None:
        """Leave the list its room where the page is low, as it is below the list of requests."""
        self.finding.set_low(self.height() < _LOW * text_size())

    def _lay_out(self) -> None:
        done = self._wanted
        if done is self._shown:
            return
        self._shown = done
        queries = Queries() if done is None else queries_of(done.spans, done.spans_left_out)
        self.model.show(queries)
        self.summary.setText("" if done is None else _summary(queries, done))
        worth = next(iter(queries.looped), None)
        self.finding.show_text("" if worth is None else finding(worth))
        self.finding.setVisible(worth is not None)
        if queries.groups:
            at = 0 if worth is None else queries.groups.index(worth)
            self.view.setCurrentIndex(self.model.index(at, 0))
        else:
            self.text.clear()

    @Slot(QModelIndex)
    def _show_statement(self, index: QModelIndex) -> None:
        self.text.show_text(self.model.statement(index))
        self.explain.setVisible(self._question() is not None)
        self.explain.setEnabled(True)

    def show_plan(self, text: str) -> None:
        """Show how the database answers the current statement, or why that isn't known."""
        self.explain.setEnabled(True)
        statement = self.model.statement(self.view.currentIndex())
        self.text.show_text(f"{text}\n\n{statement}")

    @Slot()
    def _explain(self) -> None:
        span, question = self.model.one(self.view.currentIndex()), self._question()
        if span is not None and question is not None:
            self.explain.setEnabled(False)  # until it is known
            secrets = secrets_of(span.label, span.parameters)
            self.explainRequested.emit(span.connection, question, secrets)

    def _question(self) -> str | None:
        span = self.model.one(self.view.currentIndex())
        return None if span is None else question_of(span)

    def _has_plan(self) -> bool:
        return self._question() is not None


def _summary(queries: Queries, done: RequestFinished) -> str:
    count = queries.count
    parts = [plural(count.total, "query", "queries")]
    if count.duplicates:
        parts.append(plural(count.duplicates, "duplicate"))
    share = count.time / 1e6 / done.duration if done.duration > 0 else 0.0
    parts.append(f"{microseconds(count.time)}, {percent(min(1.0, share))} of the request")
    known = sum(group.count for group in queries.groups if not group.transaction)
    unknown = sum(one.calls for one in done.spans_left_out if not one.kind)
    if count.total > known:
        parts.append(f"the first {known:,} recorded")
    elif unknown:  # up to 0.7 the kind of those wasn't recorded
        parts.append(f"{plural(unknown, 'more span')} not recorded")
    return "  \u00b7  ".join(parts)
