"""Where two servers of the window would have one port, one is given another. GUI thread."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Slot

from launcher.core.messages import PORT_KEY, Action
from launcher.core.sentences import port_of_ours
from launcher.core.state import SessionState
from launcher.main_window import MainWindow
from server.net.ports import next_free_port

if TYPE_CHECKING:
    from launcher.server_page import ServerPage
    from server.config import ServerConfig
    from server.events import ServerStarted

__all__ = ["PortOffers"]


class PortOffers(QObject):
    """Looks at the ports that are filled in, before Start.

    :param name_of: what a page's server is called in the window
    """

    def __init__(self, window: MainWindow, name_of: Callable[[ServerPage], str]) -> None:
        super().__init__(window)
        self._window = window
        self._name_of = name_of
        self._offered: WeakKeyDictionary[ServerPage, tuple[int, str]] = (
            WeakKeyDictionary()
        )  # the port filled in, and who has it

    @Slot()
    def check(self) -> None:
        """Where the port that is filled in is one of ours already, offer another before Start."""
        taken = self._holders()
        for page in self._window.pages.servers:
            port = page.form.port.value()
            holder = taken.get(port)
            if holder is None or holder is page or not page.is_stopped:
                self._withdraw(page)
            else:
                self._offer(page, port, self._name_of(holder))

    def holder(self, wants: ServerPage, port: int) -> str:
        """The name of another server of the window that has a port; "" where none has it.

        :param wants: the page whose server can't have it
        """
        page = self._holders(wants).get(port)
        return "" if page is None else self._name_of(page)

    def proposal(self, port: int) -> int:
        """The port to fill in for an app that is opened for the first time: this one, or a free one
        where a server of the window has it."""
        return port if port not in self._holders() else _next_free(port) or port

    def _holders(self, without: ServerPage | None = None) -> dict[int, ServerPage]:
        """Which pages' servers have which ports now, or take them at this moment."""
        taken = {}
        for page in self._window.pages.servers:
            if page is without:
                continue
            facts = page.controller
            at: ServerStarted | ServerConfig | None = facts.server
            if at is None and facts.state is SessionState.STARTING:
                at = facts.config
            if at is not None and at.port:
                taken[at.port] = page
        return taken

    def _offer(self, page: ServerPage, port: int, holder: str) -> None:
        if self._offered.get(page) == (port, holder):
            return
        free = _next_free(port)
        if free is not None:
            text = port_of_ours(port, holder)
            action = Action(f"Use port {free}", lambda: page.form.set_port(free))
            page.line.show_message(text, tone="warning", key=PORT_KEY, actions=(action,))
            self._offered[page] = port, holder

    def _withdraw(self, page: ServerPage) -> None:
        if self._offered.pop(page, None):
            page.line.clear_key(PORT_KEY)


def _next_free(port: int) -> int | None:
    return next_free_port("127.0.0.1", port, socket.AF_INET)
