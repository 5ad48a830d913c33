"""The tab Compare: two answers side by side; GUI thread only. Plain text throughout."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.compare import Comparison, compare
from launcher.core.comparison import rows_of, summary
from launcher.core.display import clock
from launcher.core.logs.requests import RequestRow

__all__ = ["ComparePage"]

_NAME = 150


class ComparePage(QWidget):
    """What is the same in the answers to two requests, and what isn't.

    :ivar title: how they compare, in a sentence
    :ivar view: one row for each thing, the first answer beside the second
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestCompare")
        self._pair: tuple[RequestRow, RequestRow] | None = None
        self._secrets = False
        self._comparison: Comparison | None = None
        self.title = QLabel(self)
        self.title.setObjectName("compareTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.title, "strong")
        self.title.setContentsMargins(16, 10, 16, 8)
        self.view = QTableWidget(0, 3, self)
        self.view.setObjectName("compareView")
        self.view.setAccessibleName("Two answers side by side")
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(25)
        header = self.view.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, _NAME)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.view, 1)

    def show_pair(self, first: RequestRow, second: RequestRow, *, secrets: bool = False) -> None:
        """Show two requests that are over; does nothing where they are shown already.

        :param secrets: show those in them
        """
        if self._pair is not None and self._pair[0] is first and self._pair[1] is second:
            if secrets == self._secrets:
                return
        elif first.finished is not None and second.finished is not None:
            self._comparison = compare(first.finished, second.finished)
        self._pair, self._secrets = (first, second), secrets
        self._fill()

    def _fill(self) -> None:
        if self._comparison is None or self._pair is None:
            return
        self.title.setText(summary(self._comparison))
        rows = rows_of(self._comparison, secrets=self._secrets)
        names = ["", *(f"{clock(row.started)}  #{row.number + 1:,}" for row in self._pair)]
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

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._fill()
