"""How a request has failed, in one line above its time line; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from launcher.core.display import one_line
from launcher.core.logs.errors import ErrorRow
from launcher.panes.controls.labels import ElidedLabel

__all__ = ["FailureStrip", "failure_words"]


class FailureStrip(QFrame):
    """Hidden where nothing has failed.

    :ivar text: what happened
    :ivar to_error: leads to the error, where there is one
    """

    errorWanted = Signal()  # noqa: N815
    """The error is to be shown in its list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("flowFailure")
        self.text = ElidedLabel("flowFailureText", self)
        self.to_error = QPushButton("Show traceback", self)
        self.to_error.setObjectName("flowTracebackButton")
        self.to_error.setProperty("look", "line")
        self.to_error.setAutoDefault(False)
        self.to_error.clicked.connect(self.errorWanted)
        strip = QHBoxLayout(self)
        strip.setContentsMargins(13, 3, 8, 3)
        strip.addWidget(self.text, 1)
        strip.addWidget(self.to_error)
        self.hide()

    def show_failure(self, words: str, tone: str, *, has_error: bool) -> None:
        """Show what happened.

        :param words: of the app's, perhaps, and so of any length
        :param tone: the colour of failures in the time line
        """
        self.text.setText(one_line(words, 400))
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            for part in (self, self.text):
                part.style().unpolish(part)
                part.style().polish(part)
        self.to_error.setVisible(has_error)


def failure_words(error: ErrorRow | None, status: int, step: str) -> str:
    """What happened to a request.

    :param error: what its app has raised, where that is known
    :param status: of its answer; 0 for none
    :param step: the label of the innermost step that has failed; or ""
    """
    where = f" in {step}" if step else ""
    if error is not None:
        return f"{error.type}{where}: {error.message}" if error.message else error.type + where
    end = f"was answered with {status}" if status else "ended the request"
    return f"An exception{where} {end}"
