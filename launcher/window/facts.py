"""What title and status bar show of the page in front; GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from launcher import APP_NAME
from launcher.panes.status import StatusBar

if TYPE_CHECKING:
    from launcher.page.har_page import HarPage
    from launcher.server_page import ServerPage

__all__ = ["show_counts", "show_facts"]


def show_facts(
    window: QMainWindow,
    status: StatusBar,
    page: ServerPage | HarPage | None,
    server: ServerPage | None,
    running: int,
) -> None:
    """Show what the page is, and what its server runs on.

    :param page: None for the start page
    :param server: the same page, where it is a server's
    :param running: how many servers of the window run
    """
    title = "" if page is None else page.title.replace("[*]", "[*][*]")
    window.setWindowTitle(f"{APP_NAME} \u2013 {title}" if title else APP_NAME)
    if server is None:
        status.show_file("" if page is None else page.title)
        if page is None:
            status.show_servers(running)
        return
    facts = server.controller
    status.show_facts(facts.state, facts.config, facts.server, facts.last_end)
    status.show_reloads(facts.reloads)


def show_counts(
    status: StatusBar, page: ServerPage | HarPage | None, server: ServerPage | None
) -> None:
    """Show how many requests and errors the page has; of a file, nothing is known of errors.

    :param server: the same page, where it is a server's
    """
    if page is not None:
        groups = None if server is None else server.controller.errors.groups
        log = page.controller.requests
        status.show_counts(log.total, groups, max(0, -log.oldest))
