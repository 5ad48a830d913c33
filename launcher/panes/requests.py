"""The list of requests and, below it, the details of the selected one; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import plural
from launcher.core.logs.errors import ErrorLog
from launcher.core.logs.requests import Outcome, RequestLog
from launcher.core.logs.view import View
from launcher.models.log_model import OUTCOME_ROLE
from launcher.models.requests import STATUS, RequestModel

from .controls.follower import Follower
from .controls.labels import ElidedLabel
from .controls.log_table import LogTable
from .controls.marks import paint_mark
from .request_details import RequestDetails

# How each outcome is marked: a colour and a shape.
MARKS: dict[Outcome, tuple[str, str]] = {
    Outcome.PENDING: ("info", "ring"),
    Outcome.OK: ("good", "dot"),
    Outcome.REDIRECT: ("info", "arrow"),
    Outcome.CLIENT_ERROR: ("warning", "triangle"),
    Outcome.SERVER_ERROR: ("danger", "octagon"),
    Outcome.ABORTED: ("muted", "slash"),
    Outcome.LOST: ("muted", "dash"),
}


class RequestDelegate(QStyledItemDelegate):
    """Tints the rows of failed requests and puts a shape before each status."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        outcome = index.data(OUTCOME_ROLE) or Outcome.LOST
        if outcome is Outcome.SERVER_ERROR and not option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.colour(option.palette, "danger_ground"))
        if index.column() != STATUS:
            super().paint(painter, option, index)
            return
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        text, own.text = own.text, ""
        style = own.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget)
        tone_name, shape = MARKS[outcome]
        tone: QColor = theme.colour(own.palette, tone_name)
        box = own.rect
        ground = own.palette.base().color()
        at = QPointF(box.left() + 13.5, box.center().y() + 0.5)
        paint_mark(painter, at, shape, tone, ground)
        painter.save()
        painter.setFont(own.font)
        painter.setPen(tone)
        painter.drawText(
            box.adjusted(25, 0, -4, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
            own.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width() - 28),
        )
        painter.restore()


class RequestsPane(QWidget):
    """Requests as they come, newest at the bottom.

    :ivar view: the table
    :ivar details: what is known of the selected request
    """

    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see the error with this number in its list."""
    listWanted = Signal()  # noqa: N815
    """A request is to be seen, and not what stands in front of the list."""
    flowRequested = Signal(int)  # noqa: N815
    """The user wants to see the way that the request with this number took."""

    def __init__(self, log: RequestLog, errors: ErrorLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self._errors = errors
        self._wanted: int | None = None
        self.model = RequestModel(View(log), self)
        self.view = LogTable("requestsView", (13, 9, 0, 14, 10, 10, 13), self)
        self.view.setAccessibleName("Requests")
        self.view.setModel(self.model)
        self.view.setItemDelegate(RequestDelegate(self.view))
        self.view.arrange_columns()
        self.follower = Follower(self.view, "request")
        self.details = RequestDetails(self)
        self.details.hide()
        self.dropped = ElidedLabel("requestsDropped", self)
        self.dropped.setForegroundRole(self.dropped.foregroundRole().PlaceholderText)
        self.dropped.setContentsMargins(10, 4, 10, 4)
        self.dropped.hide()
        self._front: QWidget | None = None

        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setObjectName("requestsSplitter")
        self.splitter.addWidget(self.view)
        self.splitter.addWidget(self.details)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.dropped)
        layout.addWidget(self.splitter)

        selection = self.view.selectionModel()
        selection.currentRowChanged.connect(self._selected)
        self.view.left.connect(self.close_details)
        self.view.opened.connect(self._opened)
        self.view.clicked.connect(self._opened)
        self.model.modelReset.connect(self._reset)
        self.details.closed.connect(self.close_details)
        self.details.errorRequested.connect(self.errorRequested)
        self.details.flowRequested.connect(self.flowRequested)

    @property
    def selected(self) -> int | None:
        """The number of the selected request, or None."""
        return self.model.number(self.view.currentIndex())

    @Slot()
    def refresh(self) -> None:
        """Show what has been recorded since the last call."""
        if self.selected is not None and self.selected < self._log.first:
            self.view.drop_current()
        self.follower.take(self.model.sync(), self.view.row_height)
        dropped = self._log.dropped
        self.dropped.setVisible(dropped > 0)
        if dropped:
            kept = f"the newest {len(self._log):,} are kept"
            self.dropped.setText(f"{plural(dropped, 'older request')} dropped; {kept}")
        self._show(self._wanted)

    def set_front(self, front: QWidget) -> None:
        """Have a page that may stand in place of the list and the details."""
        self._front = front
        front.hide()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(front)

    @Slot(bool)
    def show_front(self, shown: bool) -> None:
        """Put that page in front, or go back to the list."""
        if self._front is None or shown != self._front.isHidden():
            return
        had_focus = self.focusWidget() is not None and self.isAncestorOf(self.focusWidget())
        self._front.setVisible(shown)
        self.splitter.setHidden(shown)
        if not shown and had_focus:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_hint(self, title: str, text: str) -> None:
        """What the empty list says."""
        self.view.set_hint(title, text)

    def show_request(self, number: int) -> bool:
        """Select a request and show its details; False where it isn't kept any more."""
        index = self.model.index_of(number)
        if not index.isValid():
            return False
        self.listWanted.emit()
        self.view.setCurrentIndex(index)
        self._open(number)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    @Slot()
    def close_details(self) -> None:
        """Give all the room back to the list."""
        self._wanted = None
        self.details.hide()
        self.view.clearSelection()
        self.view.setCurrentIndex(QModelIndex())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(QModelIndex, QModelIndex)
    def _selected(self, current: QModelIndex, _previous: QModelIndex) -> None:
        number = self.model.number(current)
        if number is not None:
            self._open(number)

    @Slot()
    def _opened(self) -> None:
        number = self.selected
        if number is not None and not self.details.isVisible():
            self._open(number)

    def _open(self, number: int) -> None:
        # The view is about to become smaller: without this, following would scroll the row away.
        index = self.model.index_of(number)
        if index.row() != self.model.rowCount() - 1:
            self.follower.pause()
        self._wanted = number
        self._show(number)
        how = QAbstractItemView.ScrollHint.EnsureVisible
        if self.details.isHidden():
            how = QAbstractItemView.ScrollHint.PositionAtCenter
            self.details.show()
            sizes = self.splitter.sizes()
            if sizes[1] < 120:
                self.splitter.setSizes([sum(sizes) * 45 // 100, sum(sizes) * 55 // 100])
        if index.isValid():
            self.view.scrollTo(index, how)

    def _show(self, number: int | None) -> None:
        """Bring the details up to date; a request that was dropped meanwhile stays shown."""
        row = None if number is None else self._log.get(number)
        if row is not None:
            error = None if row.error is None else self._errors.get(row.error)
            self.details.show_request(row, error)

    @Slot()
    def _reset(self) -> None:
        self._wanted = None
        self.details.hide()
        self.follower.reset()
