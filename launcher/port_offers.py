"""Where two servers of the window would have one port, one is offered another. GUI thread."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Slot

from launcher.core.messages import PORT_KEY, Action
from launcher.main_window import MainWindow
from server.net.ports import next_free_port

if TYPE_CHECKING:
    from launcher.server_page import ServerPage

__all__ = ["PortOffers"]


class PortOffers(QObject):
    """Looks at the ports that are filled in, before Start."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._offered: WeakKeyDictionary[ServerPage, int] = (
            WeakKeyDictionary()
        )  # the port filled in

    @Slot()
    def check(self) -> None:
        """Where the port that is filled in is one of ours already, offer another before Start."""
        taken: dict[int, ServerPage] = {}
        for page in self._window.pages:
            server = page.controller.server
            if server is not None and server.port:
                taken[server.port] = page
        for page in self._window.pages:
            port = page.form.port.value()
            holder = taken.get(port)
            if holder is None or holder is page or not page.is_stopped:
                self._withdraw(page)
            elif self._offered.get(page) != port:
                self._offer(page, port, holder)

    def _offer(self, page: ServerPage, port: int, holder: ServerPage) -> None:
        free = next_free_port("127.0.0.1", port, socket.AF_INET)
        if free is not None:
            text = f"Port {port} is used by {holder.title or holder.app}, which runs here."
            action = Action(f"Use port {free}", lambda: page.form.set_port(free))
            page.line.show_message(text, tone="warning", key=PORT_KEY, actions=(action,))
            self._offered[page] = port

    def _withdraw(self, page: ServerPage) -> None:
        if self._offered.pop(page, 0):
            page.line.clear_key(PORT_KEY)
