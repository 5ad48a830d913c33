"""The list of errors and the traceback of the selected one; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.display import one_line, shown
from launcher.core.logs.errors import ErrorLog, ErrorRow
from launcher.core.logs.view import View
from launcher.models.errors import TYPE, ErrorModel

from .controls.labels import ElidedLabel
from .controls.list_keys import ListCommand, ListKeys
from .controls.plain_view import PlainView
from .error_rows import COLUMNS, ErrorPainter
from .table.view import PaintedTable


class ErrorsPane(QWidget):
    """Every error of the app, with the request that caused it."""

    requestRequested = Signal(int)  # noqa: N815
    """The user wants to see the request with this number."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""

    def __init__(self, log: ErrorLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = log
        self.model = ErrorModel(View[ErrorRow](log), self)
        self.view = PaintedTable(
            "errorsView", self.model, COLUMNS, ErrorPainter(), "error", TYPE, self
        )
        self.view.setAccessibleName("Errors")
        self.keys = ListKeys(
            self.view,
            "Errors",
            ListCommand(
                "Open in editor",
                self._source_wanted,
                ("F4", "Return"),
                is_there=self._has_place,
            ),
            ListCommand("Show request", self._request_wanted, is_there=self._has_request),
            ListCommand("Copy traceback", self._copy, ("Ctrl+C",), "copy", self._has_error),
        )
        self.follower = self.view.follower
        self._wanted: int | None = None
        self._place: tuple[str, int] | None = None

        self.title = ElidedLabel("errorTitle")
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(font)
        self.text = PlainView("errorDetails", "Traceback of the selected error")
        self.to_request = QPushButton("Show request")
        self.to_request.setObjectName("showRequestButton")
        self.to_request.clicked.connect(self._request_wanted)
        self.to_editor = QPushButton("Open in Editor")
        self.to_editor.setObjectName("openEditorButton")
        self.to_editor.clicked.connect(self._source_wanted)
        self.copy = QPushButton("Copy")
        self.copy.setObjectName("copyErrorButton")
        self.copy.setToolTip("Copy the traceback")
        self.copy.clicked.connect(self._copy)

        bar = QWidget()
        bar.setObjectName("detailsBar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top = QHBoxLayout(bar)
        top.setContentsMargins(10, 4, 6, 4)
        top.addWidget(self.title, 1)
        top.addWidget(self.to_editor)
        top.addWidget(self.to_request)
        top.addWidget(self.copy)
        self.panel = QWidget()
        self.panel.setObjectName("errorPanel")
        below = QVBoxLayout(self.panel)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(bar)
        below.addWidget(self.text)
        self.panel.hide()

        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setObjectName("errorsSplitter")
        self.splitter.addWidget(self.view)
        self.splitter.addWidget(self.panel)
        self.splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

        self.view.chosen.connect(self._open)
        self.view.left.connect(self.close_details)
        self.view.menuWanted.connect(self.keys.fill)
        self.model.modelReset.connect(self._reset)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.copy.setIcon(theme.icon("copy", self.palette()))
        self.to_request.setIcon(theme.icon("request", self.palette()))
        self.to_editor.setIcon(theme.icon("editor", self.palette()))

    @Slot()
    def refresh(self) -> None:
        """Something has been recorded since the last call: show it within a frame."""
        self.view.refresh()

    def set_hint(self, title: str, text: str) -> None:
        """The text of the empty list."""
        self.view.set_hint(title, text)

    def show_error(self, number: int) -> bool:
        """Select an error and show its traceback; False where it isn't kept any more."""
        if not self.model.index_of(number).isValid():
            self.view.catch_up()
        index = self.model.index_of(number)
        if not index.isValid():
            return False
        self.view.setCurrentIndex(index)
        self._open(number)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    @Slot()
    def close_details(self) -> None:
        """Give all the room back to the list."""
        self._reset()
        self.view.setCurrentIndex(QModelIndex())

    @Slot(int)
    def _open(self, number: int) -> None:
        row = self._log.get(number)
        if row is None:
            return
        self._wanted, self._place = row.request, row.place
        self.to_editor.setEnabled(row.place is not None)
        where = "" if row.place is None else f"Open {row.place[0]} at line {row.place[1]}"
        self.to_editor.setToolTip(theme.plain_tooltip(one_line(where, 400)))
        head = f"{row.type}: {row.message}" if row.message else row.type
        self.title.setText(one_line(f"{head}  \u00b7  {row.origin}", 600))
        self.text.show_traceback(shown(row.text, middle=True))
        self.to_request.setVisible(row.request is not None)
        if self.panel.isHidden():
            self.panel.show()
            sizes = self.splitter.sizes()
            if sizes[1] < 120:
                self.splitter.setSizes([sum(sizes) * 4 // 10, sum(sizes) * 6 // 10])
        self.view.scrollTo(self.view.currentIndex())
        # The panel has its final size only now.
        QTimer.singleShot(0, self.text.ensureCursorVisible)

    @Slot()
    def _reset(self) -> None:
        self._wanted = None
        self.panel.hide()
        self.follower.reset()

    def _has_error(self) -> bool:
        return self.panel.isVisibleTo(self)

    def _has_place(self) -> bool:
        return self._has_error() and self._place is not None

    def _has_request(self) -> bool:
        return self._has_error() and self._wanted is not None

    @Slot()
    def _request_wanted(self) -> None:
        if self._wanted is not None:
            self.requestRequested.emit(self._wanted)

    @Slot()
    def _source_wanted(self) -> None:
        if self._place is not None:
            self.sourceRequested.emit(*self._place)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
