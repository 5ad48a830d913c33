"""The table in which the panes list rows; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from launcher.theme.fonts import text_size

from .hint_buttons import HintButtons
from .placeholder import Placeholder

HEAD = "Columns"
"""What the head of a table is called, for those who have it read to them."""

_PADDING = 18  # pixels of a column beside its digits


def list_rows(view: QTableView) -> None:
    """Have a table list rows, one of which can be selected: nothing of a spreadsheet."""
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.horizontalHeader().setAccessibleName(HEAD)
    rows = view.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(1)  # else it depends on a font that may be the one of before


class LogTable(QTableView):
    """A list of rows as the logs have them, with a hint while it is empty.

    :param name: the object name
    :param widths: each column's width in digits; 0 for the one that stretches
    :param margin: pixels of a row's height above and below its text together
    :param least: pixels that a row has at the usual text size at least
    """

    opened = Signal()
    """Enter or a double click on the current row."""
    left = Signal()
    """Escape."""

    def __init__(
        self,
        name: str,
        widths: tuple[int, ...],
        parent: QWidget | None = None,
        *,
        margin: int = 10,
        least: int = 0,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.hint = Placeholder("", "")
        self._hint_buttons = HintButtons(self)
        self._widths = widths
        list_rows(self)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._margin, self._least = margin, least
        self._fit_rows()
        self._unit = self.digit_width()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(40)

    def digit_width(self) -> int:
        """The width of a digit, in pixels: in some fonts more than that of an average character,
        and times, sizes and shares are made of digits."""
        metrics = self.fontMetrics()
        return max(metrics.averageCharWidth(), metrics.horizontalAdvance("0"))

    def arrange_columns(self) -> None:
        """Give the columns their widths; call it once the model is set."""
        header = self.horizontalHeader()
        unit = self.digit_width()
        for column, width in enumerate(self._widths):
            if width:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(column, width * unit + _PADDING)
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _fit_rows(self) -> None:
        height = max(round(self._least * text_size()), self.fontMetrics().height() + self._margin)
        self.verticalHeader().setDefaultSectionSize(height)

    def _fit_columns(self) -> None:
        """They keep their widths in digits, also those that the user has chosen."""
        unit, header = self.digit_width(), self.horizontalHeader()
        before, self._unit = self._unit, unit
        if unit == before:
            return
        for column, digits in enumerate(self._widths[: header.count()]):
            width = header.sectionSize(column)
            if header.isSectionHidden(column):  # Qt doesn't say how wide it was
                header.resizeSection(column, digits * unit + _PADDING)
            elif header.sectionResizeMode(column) != QHeaderView.ResizeMode.Stretch:
                padding = min(_PADDING, width)
                header.resizeSection(column, round((width - padding) * unit / before) + padding)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_unit"):
            self._fit_rows()
            self._fit_columns()

    @property
    def row_height(self) -> int:
        """The height of each row, in pixels."""
        return self.verticalHeader().defaultSectionSize()

    def drop_current(self) -> None:
        """Have no current row, without a signal: the row is about to go, not the user.

        Otherwise Qt would make the row that takes its place the current one.
        """
        selection = self.selectionModel()
        with QSignalBlocker(selection):
            selection.clear()
        self.viewport().update()

    def set_hint(self, title: str, text: str, actions: Sequence[QAction] = ()) -> None:
        """Show something else while there are no rows.

        :param actions: what the text says that can be done, as buttons
        """
        self.hint = Placeholder(title, text)
        self._hint_buttons.show_actions(actions)
        self.setAccessibleDescription(f"{title}. {text}")
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        model = self.model()
        is_empty = model is None or model.rowCount() == 0
        self._hint_buttons.follow(self.hint.paint(self) if is_empty else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.model().rowCount():
            # QTableView would only move along the row.
            last = self.model().rowCount() - 1
            self.setCurrentIndex(self.model().index(0 if key == Qt.Key.Key_Home else last, 0))
        else:
            super().keyPressEvent(event)
