"""What the palette can be asked for: commands, rows, servers, projects, requests, preferences.

GUI thread only. Made from what the window has at the moment; it is loaded with the palette.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from launcher.actions import PageActions, WindowActions, plain_text
from launcher.core.palette.entries import ACTIONS, PROJECTS, SERVERS, Entry
from launcher.core.palette.requests import request_entries
from launcher.core.state import IS_UP
from launcher.main_window import MainWindow
from launcher.models.servers import RecentRow
from launcher.opening.servers import Servers
from launcher.panes.controls.list_keys import ListKeys, native_keys
from launcher.tools.keys import shown_keys
from launcher.window.preferences import Preferences

__all__ = ["all_entries", "row_entries"]


def all_entries(window: MainWindow, servers: Servers, preferences: Preferences) -> list[Entry]:
    """All that can be chosen now."""
    front, page = window.page, window.pages.front_server
    entries: list[Entry] = []
    if page is not None:
        entries += request_entries(page.controller.requests, page.links.show_request)
        entries += _action_entries(page.commands)
    elif front is not None:
        entries += request_entries(front.controller.requests, front.requests.show_request)
    entries += _action_entries(window.commands, without="palette")
    if front is not None:
        entries += row_entries(front.requests if page is None else page.panes.currentWidget())
    entries += _server_entries(window, servers)
    entries += [
        _recent_entry(row, partial(servers.open_path, row.project))
        for row in servers.recent.rows
        if row.is_there
    ]
    return entries + preferences.entries()


def _action_entries(actions: PageActions | WindowActions, without: str = "") -> list[Entry]:
    """The commands that can be carried out now."""
    return [
        Entry(
            f"action:{command.name}",
            ACTIONS,
            command.title or plain_text(action),
            action.trigger,
            detail="" if command.title else command.tip,
            right=shown_keys(action.shortcuts()[:1]),
            icon=command.icon,
            state=action.isChecked() if action.isCheckable() else None,
        )
        for command, action in actions
        if command.name not in ("", without) and action.isEnabled() and action.isVisible()
    ]


def row_entries(pane: QWidget) -> list[Entry]:
    """What can be done with the current row of a pane's lists."""
    return [
        Entry(
            f"row:{keys.title} {command.text}",
            ACTIONS,
            command.text,
            command.run,
            detail=f"Selected row in {keys.title}",
            right=native_keys(command.keys[0]) if command.keys else "",
        )
        for keys in pane.findChildren(ListKeys)
        for command in keys.commands
        if command.in_menu and not command.under and command.is_there()
    ]


def _server_entries(window: MainWindow, servers: Servers) -> list[Entry]:
    entries = []
    pages = zip(window.pages.all, servers.rows, strict=False)
    for number, (page, row) in enumerate(pages):
        word = row.address if row.state in IS_UP or row.is_file else row.state.value.lower()
        entries.append(
            Entry(
                f"server:{row.project} {row.app}",
                SERVERS,
                row.name,
                partial(window.pages.bring_to_front, page),
                detail=word,
                right=f"Ctrl+{number + 1}" if number < 9 else "",
                icon="request" if row.is_file else "server",
            )
        )
    return entries


def _recent_entry(row: RecentRow, run: Callable[[], object]) -> Entry:
    return Entry(
        f"project:{row.project}",
        PROJECTS,
        row.name,
        run,
        detail=row.project,
        right=row.second,
        icon="folder",
    )
