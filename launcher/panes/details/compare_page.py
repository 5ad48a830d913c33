"""The tab Compare: two answers side by side; GUI thread only. Plain text throughout."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.compare import compare
from launcher.core.comparison import CompareRow, rows_of, summary
from launcher.core.display import clock, one_line
from launcher.core.logs.requests import RequestRow
from launcher.core.watch.pins import query_count
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.log_table import HEAD
from launcher.pool import Background
from launcher.theme.fonts import text_size
from server.events import RequestFinished

__all__ = ["ComparePage"]

_NAME, _ROW = 118, 25  # pixels at the usual text size
_AT_ONCE = 128 * 1024  # bytes of both bodies
_Found = tuple[str, tuple[CompareRow, ...]]  # a sentence, and what is shown


class ComparePage(QWidget):
    """What is the same in the answers to two requests, and what isn't.

    Where their bodies are long, they are compared beside the GUI thread.

    :ivar title: how they compare, in a sentence
    :ivar elsewhere: shows the second answer in the list of the server that gave it
    :ivar view: one row for each thing, the first answer beside the second
    """

    elsewhereRequested = Signal()  # noqa: N815
    """The user wants to see the second answer in the list of the other server."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestCompare")
        self._pair: tuple[RequestRow, RequestRow] | None = None
        self._secrets = False
        self._server = ""
        self._found: _Found | None = None
        self._comparer = Background(self)
        self._comparer.finished.connect(self._show_found)
        self.title = ElidedLabel("compareTitle", self)
        theme.set_font(self.title, "strong")
        self.title.setContentsMargins(16, 10, 16, 8)
        self.elsewhere = QPushButton("Show there", self)
        self.elsewhere.setObjectName("compareElsewhere")
        self.elsewhere.setProperty("look", "line")
        self.elsewhere.setAutoDefault(False)
        self.elsewhere.clicked.connect(self.elsewhereRequested)
        self.elsewhere.hide()
        self.view = QTableWidget(0, 3, self)
        self.view.setObjectName("compareView")
        self.view.setAccessibleName("Two answers side by side")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        # Two values often begin alike, as dates do: their ends have to be seen.
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setMinimumSectionSize(1)
        header = self.view.horizontalHeader()
        header.setAccessibleName(HEAD)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self._fit_sizes()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 10, 0)
        top.addWidget(self.title, 1)
        top.addWidget(self.elsewhere)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)

    def show_pair(
        self, first: RequestRow, second: RequestRow, *, secrets: bool = False, server: str = ""
    ) -> None:
        """Show two requests that are over; does nothing where they are shown already.

        :param secrets: show those in them
        :param server: the name of the other server that gave the second one; "" for the same
        """
        if self._pair is not None and self._pair[0] is first and self._pair[1] is second:
            self.show_secrets(secrets)
            return
        self._pair, self._secrets, self._server = (first, second), secrets, one_line(server, 40)
        self._compare()

    def show_secrets(self, secrets: bool) -> None:
        """Show the secrets in the answers, or mask them."""
        if secrets != self._secrets:
            self._secrets = secrets
            self._compare()

    def _compare(self) -> None:
        one, other = (None, None) if self._pair is None else (row.finished for row in self._pair)
        if one is None or other is None:
            return
        job = partial(_find, one, other, secrets=self._secrets)
        if len(one.response_body.data) + len(other.response_body.data) > _AT_ONCE:
            self._found = None
            self.title.setText("Comparing\u2026")
            self.view.setRowCount(0)
            self._comparer.run(job)
        else:
            self._comparer.run(_nothing)  # what is on its way is of others
            self._show_found(job())

    @Slot(object)
    def _show_found(self, found: _Found | None) -> None:
        if found is not None:
            self._found = found
            self._fill()

    def _fill(self) -> None:
        if self._found is None or self._pair is None:
            return
        title, rows = self._found
        self.title.setText(title)
        names = ["", *(f"{clock(row.started)}  #{row.number + 1:,}" for row in self._pair)]
        if self._server:
            names[2] = f"{self._server}  #{self._pair[1].number + 1:,}"
        self.elsewhere.setToolTip(theme.plain_tooltip(f"Show it in {self._server}"))
        self.elsewhere.setVisible(bool(self._server))
        self.view.setHorizontalHeaderLabels(names)
        self.view.clearSpans()
        self.view.clearContents()
        self.view.setRowCount(len(rows) + sum(bool(row.group) for row in rows))
        number = -1
        for row in rows:
            number += 1
            if row.group:
                heading = QTableWidgetItem(row.group)
                heading.setFont(theme.font("strong"))
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.view.setItem(number, 0, heading)
                self.view.setSpan(number, 0, 1, 3)
                number += 1
            for column, text in enumerate((row.name, row.before, row.after)):
                item = QTableWidgetItem(text)
                item.setToolTip(theme.plain_tooltip(text))
                self.view.setItem(number, column, item)
                if column:
                    item.setFont(theme.font("mono"))
                if not column:
                    item.setForeground(theme.colour(self.palette(), "muted"))
                elif row.differs:
                    tone = "text" if column == 1 else "link"
                    item.setForeground(theme.colour(self.palette(), tone))
                    if column == 2:
                        item.setFont(theme.font("datum"))
                else:
                    item.setForeground(theme.colour(self.palette(), "muted"))

    def _fit_sizes(self) -> None:
        """Rows and names have the room that their text needs."""
        self.view.verticalHeader().setDefaultSectionSize(round(_ROW * text_size()))
        self.view.horizontalHeader().resizeSection(0, round(_NAME * text_size()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "view"):
            self._fit_sizes()
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()


def _nothing() -> None:
    return None


def _find(one: RequestFinished, other: RequestFinished, *, secrets: bool) -> _Found:
    comparison = compare(one, other)
    queries = (query_count(one), query_count(other))
    if not any(queries):  # neither has any
        queries = (None, None)
    return summary(comparison), rows_of(comparison, secrets=secrets, queries=queries)
