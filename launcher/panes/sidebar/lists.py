"""Lists of servers and of recent projects, for mouse and keyboard; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QWidget,
)

from launcher.core.state import CAN_RESTART, CAN_START, CAN_STOP
from launcher.models.servers import ROW, RecentModel, RecentRow, ServerRow, ServersModel

from .painting import RecentDelegate, ServerDelegate

__all__ = ["RecentList", "ServersList"]

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _List(QListView):
    """A list whose rows are chosen by the mouse's release or by Enter."""

    chosen = Signal(int)
    """This row was chosen."""
    deleteRequested = Signal(int)  # noqa: N815
    """Delete was pressed on this row."""

    def __init__(
        self, name: str, model: QAbstractListModel, delegate: QStyledItemDelegate, parent: QWidget
    ) -> None:
        super().__init__(parent)
        # One of our own: to find the class of Qt's, PySide makes those of all widgets there are.
        ground = QWidget(self)
        ground.setAutoFillBackground(False)
        self.setViewport(ground)
        self.setObjectName(name)
        self.setProperty("look", "sidebar")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(model)
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._choose)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        index = self.currentIndex()
        if event.key() in _ENTER and index.isValid():
            self.chosen.emit(index.row())
        elif event.key() == Qt.Key.Key_Delete and index.isValid():
            self.deleteRequested.emit(index.row())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Entering the list chooses nothing (Qt would make its first row the current one)."""
        QWidget.focusInEvent(self, event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        index = self.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
        if index.isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._fill(menu, index)
            menu.popup(event.globalPos())

    def _fill(self, menu: QMenu, index: QModelIndex) -> None:
        """Put what can be done with a row into a menu."""

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())


class ServersList(_List):
    """The servers of the window.

    :ivar rows: its model
    """

    commandRequested = Signal(int, str)  # noqa: N815
    """What is to be done with a server: start, stop, restart or close."""

    def __init__(self, parent: QWidget) -> None:
        self.rows = ServersModel()
        super().__init__("serversList", self.rows, ServerDelegate(), parent)
        self.rows.setParent(self)
        self.setAccessibleName("Servers")
        self.deleteRequested.connect(self._close)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as all rows: Qt's own hint is the same for two servers and for twenty."""
        heights = (self.sizeHintForRow(row) for row in range(self.rows.rowCount()))
        return QSize(super().sizeHint().width(), sum(heights) + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The server in front stays in sight, also where the recent projects take some height."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    @Slot(int)
    def _close(self, row: int) -> None:
        self.commandRequested.emit(row, "close")

    def _fill(self, menu: QMenu, index: QModelIndex) -> None:
        row: ServerRow = index.data(ROW)
        number = index.row()
        for text, command, states in (
            ()
            if row.is_file
            else (
                ("&Start", "start", CAN_START),
                ("S&top", "stop", CAN_STOP),
                ("&Restart", "restart", CAN_RESTART),
            )
        ):
            action = menu.addAction(text)
            action.setEnabled(row.state in states)
            action.triggered.connect(lambda _=False, c=command: self._ask(number, c))
        if not row.is_file:
            menu.addSeparator()
        close = menu.addAction("&Close")
        close.triggered.connect(lambda _=False: self._ask(number, "close"))

    def _ask(self, number: int, command: str) -> None:
        self.commandRequested.emit(number, command)


class RecentList(_List):
    """The projects that were used lately.

    :ivar rows: its model
    """

    projectRequested = Signal(str)  # noqa: N815
    """This project is to be opened."""
    forgetRequested = Signal(str)  # noqa: N815
    """This project is to be taken off the list."""

    def __init__(self, name: str, parent: QWidget) -> None:
        self.rows = RecentModel()
        super().__init__(name, self.rows, RecentDelegate(), parent)
        self.rows.setParent(self)
        self.setAccessibleName("Recent projects")
        self.chosen.connect(self._open)
        self.deleteRequested.connect(self._forget)

    def _row(self, number: int) -> RecentRow:
        row: RecentRow = self.rows.index(number).data(ROW)
        return row

    @Slot(int)
    def _open(self, number: int) -> None:
        row = self._row(number)
        if row.is_there:
            self.projectRequested.emit(row.project)

    @Slot(int)
    def _forget(self, number: int) -> None:
        self.forgetRequested.emit(self._row(number).project)

    def _fill(self, menu: QMenu, index: QModelIndex) -> None:
        number = index.row()
        opening = menu.addAction("&Open")
        opening.setEnabled(self._row(number).is_there)
        opening.triggered.connect(lambda _=False: self._open(number))
        forget = menu.addAction("&Take Off the List")
        forget.triggered.connect(lambda _=False: self._forget(number))
