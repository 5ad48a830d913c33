"""The Error tab: what went wrong in a request; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from launcher.core import display
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.requests import RequestRow
from launcher.panes.controls.labels import ElidedLabel
from launcher.panes.controls.plain_view import PlainView

__all__ = ["ErrorPage"]


class ErrorPage(QWidget):
    """The error of a request as its traceback, or why the request was refused.

    :ivar title: what it is, in one line
    :ivar text: the traceback
    """

    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see this error in its list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._error: ErrorRow | None = None
        self.title = ElidedLabel("requestErrorTitle", self)
        self.title.setForegroundRole(self.title.foregroundRole().BrightText)
        self.text = PlainView("requestError", "Traceback of this request")
        self.show_error = QPushButton("Show in Errors", self)
        self.show_error.setObjectName("showErrorButton")
        self.show_error.clicked.connect(self._wanted)
        top = QHBoxLayout()
        top.setContentsMargins(16, 6, 10, 4)
        top.addWidget(self.title, 1)
        top.addWidget(self.show_error)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.text)

    def show_request(self, row: RequestRow, error: ErrorRow | None) -> bool:
        """Show what went wrong in a request; returns whether anything did."""
        problem = row.finished.problem if row.finished is not None else ""
        self._error = error
        self.show_error.setVisible(error is not None)
        if error is not None:
            head = f"{error.type}: {error.message}" if error.message else error.type
            self.title.setText(display.one_line(head, 500))
            self.text.show_traceback(display.shown(error.text, middle=True))
        elif row.error is not None or problem:
            self.title.setText(display.one_line(problem, 500) or "An error of the app")
            kept = "" if row.error is None else "The traceback is no longer kept."
            self.text.show_traceback(kept or display.shown(problem))
        return error is not None or row.error is not None or bool(problem)

    @Slot()
    def _wanted(self) -> None:
        if self._error is not None:
            self.errorRequested.emit(self._error.number)
