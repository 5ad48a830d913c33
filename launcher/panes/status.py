"""The status bar: how much has happened, and what the server runs on; GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from launcher import APP_NAME, __version__
from launcher.core.display import one_line, plural
from server.config import ServerConfig
from server.events import ServerStarted
from server.state import SessionState


class StatusBar(QStatusBar):
    """Counts at the left, facts at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.counts = _label("countsLabel")
        self.facts = _label("factsLabel")
        self.addWidget(self.counts)
        self.addPermanentWidget(self.facts)
        self.show_counts(0, 0)
        self.show_facts(SessionState.STOPPED, None, None)

    def show_counts(self, requests: int, errors: int) -> None:
        """How many there have been."""
        self.counts.setText(f"{plural(requests, 'request')}  \u00b7  {plural(errors, 'error')}")

    def show_facts(
        self, state: SessionState, config: ServerConfig | None, server: ServerStarted | None
    ) -> None:
        """What the server runs on, or what is going on instead."""
        if server is None or config is None:
            idle = state in (SessionState.STOPPED, SessionState.FAILED)
            text = f"{APP_NAME} {__version__}" if idle else f"{state.value}\u2026"
        else:
            facts = [server.mode.capitalize(), f"Python {server.python}", f"port {server.port}"]
            if config.debug:
                facts.append("debug")
            text = "  \u00b7  ".join([*facts, f"pid {server.pid}"])
        self.facts.setText(one_line(text, 200))


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
