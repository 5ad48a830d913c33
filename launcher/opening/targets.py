"""The servers of the window to which requests from elsewhere can be sent; GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from launcher.main_window import MainWindow
from launcher.panes.targets import Target

if TYPE_CHECKING:
    from launcher.core.logs.requests import RequestRow
    from launcher.server_page import ServerPage

__all__ = ["targets_of"]


def targets_of(window: MainWindow, servers: Iterable[tuple[ServerPage, str]]) -> list[Target]:
    """Those of the servers that run.

    :param servers: pages, with what each is called
    """
    found = []
    for page, name in servers:
        server = page.controller.server
        if server is not None:
            edit, show = partial(_edit, window, page), partial(_show, window, page)
            shown = f"{name} :{server.port}" if server.port else name
            found.append(Target(page, shown, server.url, page.replaying.send_for, edit, show))
    return found


def _edit(window: MainWindow, page: ServerPage, row: RequestRow, base: str) -> None:
    window.pages.bring_to_front(page)
    page.requests.compose_copy(row, base)


def _show(window: MainWindow, page: ServerPage, number: int) -> None:
    window.pages.bring_to_front(page)
    page.links.show_request(number)
