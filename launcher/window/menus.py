"""The window's one menu, made from the tables of commands; GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from launcher.actions import PageActions, WindowActions

__all__ = ["Menus"]

_LAYOUT = (
    (
        "&File",
        (
            ("open_project", "open_har", "recent", "start_page"),
            ("close_page", "reopen_page"),
            ("preferences", "choose_editor"),
            ("history_off", "delete_history"),
            ("quit",),
        ),
    ),
    (
        "&Server",
        (
            ("start", "stop", "restart", "start_with_window", "keep_run"),
            ("debug_continue", "debug_next", "debug_step", "debug_stop"),
            ("open_browser", "copy_url", "copy_pin", "send_pinned"),
            ("start_all", "stop_all"),
            ("show_servers",),
        ),
    ),
    (
        "&View",
        (
            ("palette",),
            ("show_panes",),
            ("move_details",),
            ("clear", "clear_requests", "clear_errors", "clear_output", "show_cleared", "undo"),
            ("larger_text", "smaller_text", "usual_text"),
            ("appearance",),
        ),
    ),
    ("&Help", (("keys",), ("open_log",), ("about",))),
)
"""Each menu's groups, with a line between them. A name is a command's, or a list's or menu's."""

_OF_A_PAGE = ("&Server",)
"""Menus that are there only while a server's page is in front."""


class Menus:
    """The window's own commands, and those of the page in front.

    :param parent: the window; its keys are those of the menu
    :ivar menu: File, Server, View and Help
    """

    def __init__(self, parent: QWidget, window: WindowActions) -> None:
        self._window = window
        self.menu = QMenu(parent)
        self.menu.setObjectName("windowMenu")
        self.menu.setAccessibleName("Menu")
        # Keys of a menu's commands reach a window only where the menu itself belongs to it.
        parent.addAction(self.menu.menuAction())
        parent.addAction(window.menu)
        self._menus = {title: self.menu.addMenu(title) for title, _ in _LAYOUT}
        self.recent = QMenu("Open &Recent", parent)
        self._appearance = QMenu("&Appearance", parent)
        self._appearance.addActions(window.appearance.actions())
        self.show_page(None)

    def show_page(self, page: PageActions | None, *, closes: bool = False) -> None:
        """Fill the menus for another page, or for none.

        :param closes: there is a page that can be closed
        """
        window, has_page = self._window, page is not None
        window.close_page.setEnabled(closes)
        window.close_page.setVisible(closes)
        for title, groups in _LAYOUT:
            menu = self._menus[title]
            menu.clear()
            menu.menuAction().setVisible(has_page or title not in _OF_A_PAGE)
            for group in groups:
                if not menu.isEmpty() and not menu.actions()[-1].isSeparator():
                    menu.addSeparator()
                for name in group:
                    menu.addActions(self._actions(name, page))

    def show_servers(self, names: Sequence[str], front: int) -> None:
        """Name the servers that can be shown; the first nine have keys."""
        for number, action in enumerate(self._window.show_servers):
            is_there = number < len(names)
            action.setVisible(is_there)
            action.setEnabled(is_there)
            action.setText(names[number].replace("&", "&&") if is_there else "")
            action.setCheckable(is_there)
            action.setChecked(number == front)

    def _actions(self, name: str, page: PageActions | None) -> Sequence[QAction]:
        """What stands in a menu for a name of the layout; nothing where it is a page's, and there
        is none."""
        match name:
            case "recent":
                return [self.recent.menuAction()]
            case "appearance":
                return [self._appearance.menuAction()]
            case "show_servers":
                return self._window.show_servers
            case "show_panes":
                return [] if page is None else page.show_panes
        found = None if page is None else page.find(name)
        action = self._window.find(name) if found is None else found
        return [] if action is None else [action]
