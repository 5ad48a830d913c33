"""The recent projects: in the sidebar, on the start page and in the menu. GUI thread only.

Whether a project's folder is there is found out on a thread of Qt's pool: it may be on a disk that
takes its time.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from launcher.core import resources
from launcher.core.display import day, one_line
from launcher.core.messages import Undo
from launcher.core.profiles import Profiles, RecentProject, project_key
from launcher.core.project.frameworks import BY_KIND
from launcher.main_window import MainWindow
from launcher.models.servers import RecentRow
from launcher.pool import Background

__all__ = ["RecentProjects"]

_GONE = "not there any more"


class RecentProjects(QObject):
    """Lists them everywhere, without those that are open, and without the examples.

    :ivar rows: as they are listed
    """

    chosen = Signal(str)
    """This project is to be opened."""

    def __init__(self, window: MainWindow, profiles: Profiles) -> None:
        super().__init__(window)
        self._window = window
        self._profiles = profiles
        self._open: set[str] = set()
        self.rows: Sequence[RecentRow] = ()
        self._looker = Background(self)
        self._looker.finished.connect(self._show)
        for recent in (window.sidebar.recent, window.pages.start.recent):
            recent.projectRequested.connect(self.chosen)
            recent.forgetRequested.connect(self.forget)

    def set_open(self, projects: set[str]) -> None:
        """These are open now."""
        if projects != self._open:
            self._open = projects
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """List them anew."""
        examples = project_key(str(resources.resource("examples")))
        recent = [
            project
            for project in self._profiles.recent()
            if project.project not in self._open
            and not Path(project.project).is_relative_to(examples)
        ]
        self._looker.run(partial(_recent_rows, recent))

    @Slot(object)
    def _show(self, rows: Sequence[RecentRow] | None) -> None:
        self.rows = rows = rows or []
        for recent in (self._window.sidebar.recent, self._window.pages.start.recent):
            recent.rows.set_rows(rows)
        menu = self._window.menus.recent
        menu.clear()
        for row in rows[:20]:
            action = menu.addAction(row.project.replace("&", "&&"))
            action.setEnabled(row.is_there)
            action.triggered.connect(partial(self._choose, row.project))
        menu.setEnabled(bool(rows))

    def _choose(self, project: str, _checked: bool = False) -> None:
        self.chosen.emit(project)

    @Slot(str)
    def forget(self, project: str) -> None:
        """Take a project off the list of recent ones; what is filled in stays."""
        self._profiles.set_listed(project, False)
        self.refresh()
        text = f"{one_line(Path(project).name, 80)} was taken off the list"
        self._window.undoOffered.emit(Undo(text, partial(self._list_again, project)))

    def _list_again(self, project: str) -> None:
        self._profiles.set_listed(project, True)
        self.refresh()


def _recent_rows(recent: Sequence[RecentProject]) -> list[RecentRow]:
    """On a pool thread: a folder may be on a disk that takes its time."""
    rows = []
    names = Counter(project.name for project in recent)
    for project in recent:
        is_there = project.is_there
        known = BY_KIND.get(project.framework)
        second = "" if known is None else known.name
        used = day(project.used, time.time()) if project.used else ""
        rows.append(
            RecentRow(
                _name(project, is_only=names[project.name] == 1),
                second if is_there else _GONE,
                project.project,
                is_there,
                used,
                second,
                _short(project.project),
            )
        )
    return rows


def _name(project: RecentProject, *, is_only: bool) -> str:
    """What a project is called; where others have the name of its folder, as the servers are."""
    return project.name if is_only else f"{project.name} ({Path(project.project).parent.name})"


def _short(path: str) -> str:
    """A folder, with ``~`` for the user's own."""
    home = str(Path.home())
    short = path.replace(home, "~", 1) if path == home or path.startswith(home + os.sep) else path
    return one_line(short, 300)
