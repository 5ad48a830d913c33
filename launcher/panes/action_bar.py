"""Start, Stop, Restart; the state; the address; GUI thread only."""

from __future__ import annotations

import ipaddress

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from launcher.actions import PageActions
from launcher.core.state import IS_UP, SessionState
from server.events import ServerStarted

from .controls.action_button import ActionButton
from .controls.labels import LinkLabel
from .controls.state_pill import StatePill


class ActionBar(QWidget):
    """The commands for the server and what it is doing now."""

    urlActivated = Signal()  # noqa: N815
    """The address was clicked, or Enter pressed on it."""

    def __init__(self, actions: PageActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.start = ActionButton(actions.start, "startButton", "primary", self)
        self.stop = ActionButton(actions.stop, "stopButton", parent=self)
        self.restart = ActionButton(actions.restart, "restartButton", parent=self)
        self.browser = ActionButton(actions.open_browser, "openBrowserButton", parent=self)
        self.state = StatePill(self)
        self.url = LinkLabel("urlLabel", self)
        self.url.activated.connect(self.urlActivated)
        self.exposure = QLabel("Open to the network", self)
        self.exposure.setTextFormat(Qt.TextFormat.PlainText)
        self.exposure.setObjectName("exposureLabel")
        self.exposure.setToolTip("Other machines can reach this address.")
        self.exposure.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for button in (self.start, self.stop, self.restart):
            button.setMinimumWidth(92)
            layout.addWidget(button)
        layout.addSpacing(8)
        layout.addWidget(self.state)
        layout.addSpacing(4)
        layout.addWidget(self.url)
        layout.addWidget(self.exposure)
        layout.addStretch(1)
        layout.addWidget(self.browser)
        self.show_server(SessionState.STOPPED, None)

    def show_server(self, state: SessionState, server: ServerStarted | None) -> None:
        """Show where the server is, and its address while it has one."""
        self.state.show_state(state)
        if server is None:
            self.url.show_link("", False)
            self.url.setAccessibleName("No address: the server isn't running")
            self.url.setToolTip("")
        else:
            self.url.show_link(server.url, state in IS_UP)
            self.url.setAccessibleName(f"Address {server.url}; press Enter to open it")
            self.url.setToolTip("Open this address in the browser (Ctrl+B)")
        self.exposure.setVisible(server is not None and not _is_local(server.host))


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.startswith(("/", "unix:"))
