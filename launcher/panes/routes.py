"""The app's URL rules, and how the requests of each went; GUI thread only.

What is shown changes at most once a second, and only while the pane can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import plural
from launcher.core.filters.routes import filter_of
from launcher.core.logs.routes import RouteLog, RouteRow
from launcher.models.routes import (
    COUNT,
    DEFINED,
    ENDPOINT,
    ERRORS,
    LONGEST,
    MEDIAN,
    METHODS,
    NUMBERS,
    QUERIES,
    ROW_ROLE,
    RULE,
    SENT,
    RoutesModel,
)
from launcher.panes.controls.list_keys import ListCommand, ListKeys
from launcher.panes.controls.log_table import LogTable
from launcher.panes.controls.pace import Pace
from launcher.panes.controls.sorting import Order, next_order, show_order
from launcher.panes.filter_bar.chip import Chip
from launcher.theme.fonts import text_size

__all__ = ["PACE_MS", "RoutesPane"]

PACE_MS = 1000
"""Between two looks at numbers that keep changing."""
_AS_THE_APP: Order = (-1, False)
_ROW = 25
_MARK = 7.0
_WIDTHS = (0, 10, 16, 18, 8, 6, 8, 8, 8, 7, 8)
_LEAVING = (
    (SENT, 1150), (LONGEST, 1070), (MEDIAN, 990), (DEFINED, 930), (QUERIES, 720), (ENDPOINT, 640),
)  # fmt: skip
"""Columns that leave a narrow pane, with the width that they need, the first one first."""


class _RouteDelegate(QStyledItemDelegate):
    """Rules in monospace, what is yours in violet, failures in red; a ring before a rule that was
    never asked for."""

    def __init__(self, model: RoutesModel, view: QWidget) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        # The style sheet would give all of a selected row one colour; paint() has its ground.
        option.state &= ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected)
        row: RouteRow | None = index.data(ROW_ROLE)
        if row is None:
            return
        column = index.column()
        tone = self._tone(row, column, own=self._model.is_own(row))
        option.palette.setColor(QPalette.ColorRole.Text, theme.colour(option.palette, tone))
        if column in (RULE, ENDPOINT, DEFINED):
            option.font = theme.font("datum" if column == RULE else "mono")
            option.textElideMode = (
                Qt.TextElideMode.ElideMiddle if column != RULE else Qt.TextElideMode.ElideRight
            )

    def _tone(self, row: RouteRow, column: int, *, own: bool) -> str:
        if column == ERRORS:
            return "danger"
        if row.route is None:
            return "text" if column == COUNT else "muted"
        if column in (ENDPOINT, DEFINED):
            return "yours" if own else "muted"
        if column == RULE:
            return "text" if row.count else "soft"
        if column == COUNT:
            return "link" if row.count else "muted"
        return "muted" if column == METHODS else "soft"

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            focused = self._view.hasFocus()
            ground = "selection" if focused else "selection_blurred"
            painter.fillRect(option.rect, theme.colour(option.palette, ground))
        super().paint(painter, option, index)
        row: RouteRow | None = index.data(ROW_ROLE)
        if row is None or row.route is None or row.count or index.column() != COUNT:
            return
        words = QFontMetrics(option.font).horizontalAdvance(index.data())
        middle = QPointF(option.rect.right() - words - 19, option.rect.center().y() + 0.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour(option.palette, "muted"), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = _MARK / 2
        painter.drawEllipse(QRectF(middle.x() - half, middle.y() - half, _MARK, _MARK))
        painter.restore()


class RoutesPane(QWidget):
    """The rules, their numbers, and the ways from one to its code and its requests."""

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    requestsRequested = Signal(str)  # noqa: N815
    """The user wants to see the requests that fit this filter."""
    composeRequested = Signal(object)  # noqa: N815
    """The user wants to write a request for this ``Route``."""

    def __init__(self, log: RouteLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._version = -1
        self._order = _AS_THE_APP
        self.model = RoutesModel(log, self)
        self.view = LogTable("routesView", _WIDTHS, self, margin=6, least=_ROW)
        self.view.setAccessibleName("URL rules")
        self.view.setModel(self.model)
        self.view.arrange_columns()
        self._delegate = _RouteDelegate(self.model, self.view)
        self.view.setItemDelegate(self._delegate)
        header = self.view.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.filter = QLineEdit(self)
        self.filter.setObjectName("routesFilter")
        self.filter.setPlaceholderText("Filter by rule, method, endpoint or file")
        self.filter.setAccessibleName("Filter the rules")
        self.filter.setClearButtonEnabled(True)
        self.unasked = Chip("unaskedChip", "Never asked for", parent=self)
        self.unasked.setToolTip("Only rules that no request has come to")
        self.shown = QLabel(self)
        self.shown.setObjectName("muted")
        self.shown.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.shown, "second")
        self.again = QPushButton("Start over", self)
        self.again.setObjectName("routesStartOverButton")
        self.again.setToolTip("Forget these numbers and count from now on")
        self._pace = Pace(PACE_MS, self._look, self)
        self._lay_out()
        self.keys = ListKeys(
            self.view,
            "Routes",
            ListCommand("Open in editor", self.open_source, ("F4", "Return"),
                        is_there=self._has_place),
            ListCommand("New request\u2026", self.compose, ("E",), is_there=self._has_rule),
            ListCommand("Only this route", self.show_requests, is_there=self._has_rule),
            ListCommand("Only its errors", self.show_errors, is_there=self._has_errors),
            ListCommand("Copy rule", self.copy_rule, ("Ctrl+C",), "copy", self._has_rule),
            ListCommand("Filter", self._focus_filter, ("/", "Ctrl+F"), in_menu=False),
        )  # fmt: skip
        self.keys.open_menus()
        self.view.doubleClicked.connect(self.open_source)
        self.view.clicked.connect(self._clicked)
        self.filter.textChanged.connect(self._filter)
        self.unasked.toggled.connect(self._filter)
        self.again.clicked.connect(self._start_over)

    def set_project(self, folder: str) -> None:
        """The app's folder, from which places are shown."""
        self.model.set_project(folder)

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """The text of the empty list."""
        self.view.set_hint(title, text, actions)

    @Slot()
    def refresh(self) -> None:
        """Something was counted, or there are other rules: show it soon."""
        if self.isVisible():
            self._pace.ask()

    @Slot()
    def catch_up(self) -> None:
        """Show the log as it is now."""
        self._version = -1
        self._look()

    @Slot()
    def open_source(self) -> None:
        """Open the current rule's code."""
        row = self.current()
        if row is not None and row.route is not None and row.route.file:
            self.sourceRequested.emit(row.route.file, row.route.line)

    @Slot()
    def compose(self) -> None:
        """Write a request for the current rule."""
        row = self.current()
        if row is not None and row.route is not None:
            self.composeRequested.emit(row.route)

    @Slot()
    def show_requests(self) -> None:
        """Show the current rule's requests alone."""
        row = self.current()
        if row is not None and row.route is not None:
            self.requestsRequested.emit(filter_of(row.route, self._log.routes))

    @Slot()
    def show_errors(self) -> None:
        """Show those of the current rule's requests that failed."""
        row = self.current()
        if row is not None and row.route is not None:
            text = filter_of(row.route, self._log.routes)
            self.requestsRequested.emit(f"{text} is:failed")

    @Slot()
    def copy_rule(self) -> None:
        """Put the current rule on the clipboard."""
        row = self.current()
        if row is not None and row.route is not None:
            QGuiApplication.clipboard().setText(row.route.rule)

    def current(self) -> RouteRow | None:
        """What the current row shows."""
        row: RouteRow | None = self.view.currentIndex().data(ROW_ROLE)
        return row

    # Qt's own

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._look()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_columns()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "view"):
            self._fit_columns()

    # Internal

    def _fit_columns(self) -> None:
        """Those that can be done without leave where the rules need the room."""
        width = self.width() / text_size()  # in pixels of the usual text size
        for column, least in _LEAVING:
            self.view.setColumnHidden(column, width < least)

    def _has_rule(self) -> bool:
        row = self.current()
        return row is not None and row.route is not None

    def _has_errors(self) -> bool:
        row = self.current()
        return row is not None and row.route is not None and row.errors > 0

    def _has_place(self) -> bool:
        row = self.current()
        return row is not None and row.route is not None and bool(row.route.file)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        """A number leads to its requests."""
        row: RouteRow | None = index.data(ROW_ROLE)
        if row is None or row.route is None:
            return
        self.view.setCurrentIndex(index)
        if index.column() == COUNT and row.count:
            self.show_requests()
        elif index.column() == ERRORS and row.errors:
            self.show_errors()

    @Slot()
    def _look(self) -> None:
        if self._version == self._log.version or not self.isVisible():
            return
        self._version = self._log.version
        current = self.current()
        self.model.refresh()
        row = -1 if current is None else self.model.row_of(current)
        if row >= 0 and row != self.view.currentIndex().row():
            self.view.setCurrentIndex(self.model.index(row, 0))
        count = self._log.count
        self.unasked.show_count(self.model.unasked)
        self.unasked.setVisible(bool(self.model.unasked) or self.unasked.isChecked())
        shown = sum(row.route is not None for row in self.model.rows)
        words = plural(count, "rule")
        self.shown.setText(
            "" if not count else words if shown == count else f"{shown:,} of {words}"
        )
        self.again.setEnabled(self.model.unasked < count or len(self.model.rows) > shown)

    @Slot()
    def _filter(self) -> None:
        self.model.needle = self.filter.text().strip()
        self.model.unasked_only = self.unasked.isChecked()
        self.catch_up()

    @Slot(int)
    def _sort(self, column: int) -> None:
        """By this column; again: the other way round; once more: in the app's order."""
        self._order = next_order(
            self._order, column, largest_first=column in NUMBERS, unsorted=_AS_THE_APP
        )
        show_order(self.view.horizontalHeader(), self._order)
        self.model.order(*self._order)

    @Slot()
    def _start_over(self) -> None:
        self._log.start_over()
        self.catch_up()

    @Slot()
    def _focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 3, 10, 3)
        bar.setSpacing(8)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.unasked)
        bar.addWidget(self.shown)
        bar.addWidget(self.again)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view, 1)
