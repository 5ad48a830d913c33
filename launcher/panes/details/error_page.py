"""The Error tab: what went wrong in a request; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from launcher import theme
from launcher.core import display
from launcher.core.logs.errors import ErrorRow
from launcher.core.logs.requests import RequestRow
from launcher.models.error_groups import class_name
from launcher.panes.console import FramesView
from launcher.panes.controls.labels import ElidedLabel

__all__ = ["ErrorPage"]


class ErrorPage(QWidget):
    """The error of a request from its innermost own line, or why the request was refused.

    :ivar title: what it is
    :ivar message: what it says, on one line
    :ivar text: its frames
    """

    errorRequested = Signal(int)  # noqa: N815
    """The user wants to see this error in its list."""
    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    seen = Signal(str)
    """The user has looked at an error; the key of its group."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._error: ErrorRow | None = None
        self.title = QLabel(self)
        self.title.setObjectName("requestErrorTitle")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_font(self.title, "error")
        self.module = ElidedLabel("muted", self)
        theme.set_font(self.module, "mono")
        self.message = ElidedLabel("requestErrorMessage", self)
        theme.set_font(self.message, "strong")
        self.frames = FramesView("requestError", self)
        self.text = self.frames.text
        self.text.setAccessibleName("The error of this request")
        self.frames.sourceRequested.connect(self.sourceRequested)
        self.show_error = QPushButton("Show in Errors", self)
        self.show_error.setObjectName("showErrorButton")
        self.show_error.clicked.connect(self._wanted)
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 10, 0)
        top.setSpacing(10)
        top.addWidget(self.title)
        top.addWidget(self.module, 1)
        top.addWidget(self.show_error)
        self.message.setContentsMargins(16, 2, 10, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.message)
        layout.addWidget(self.frames)
        self.recolour()

    def recolour(self) -> None:
        """Take the theme's colours, after a change of it."""
        self.title.setStyleSheet(f"color: {theme.colours(self.palette()).danger}")
        self.frames.recolour()

    def show_request(self, row: RequestRow, error: ErrorRow | None) -> bool:
        """Show what went wrong in a request; returns whether anything did."""
        problem = row.finished.problem if row.finished is not None else ""
        self._error = error
        self.show_error.setVisible(error is not None)
        if error is not None:
            name, module = class_name(error.type)
            self._show(name, module, error.message)
            self.frames.show_error(error)
            if self.isVisible():
                self.seen.emit(error.key)
        elif row.error is not None or problem:
            owner = "No error" if row.error is None else "An error"
            sentence = problem[:1].upper() + problem[1:]
            self._show(f"{owner} of the app", "", sentence)
            kept = "" if row.error is None else "The traceback is no longer kept."
            more = "" if sentence == self.message.text() else display.shown(problem)
            self.frames.show_error(None)
            self.text.set_hint("", "")
            self.text.show_text(kept or more)
        return error is not None or row.error is not None or bool(problem)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if self._error is not None:
            self.seen.emit(self._error.key)

    def _show(self, title: str, module: str, message: str) -> None:
        self.title.setText(display.one_line(title, 60))
        self.module.setText(display.one_line(module, 200))
        self.message.setText(display.one_line(" ".join(message[:1000].split()), 500))
        self.message.setToolTip(theme.plain_tooltip(display.shown(message[:2000])))

    @Slot()
    def _wanted(self) -> None:
        if self._error is not None:
            self.errorRequested.emit(self._error.number)
