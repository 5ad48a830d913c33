"""What is listed of each server of the window: name, state, how busy it is; GUI thread only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.core.profiles import project_key
from launcher.core.state import CAN_START, SessionState
from launcher.models.servers import ServerRow

if TYPE_CHECKING:
    from launcher.server_page import ServerPage

__all__ = ["ServerRows", "server_names"]


class ServerRows:
    """Makes the rows; what is remembered in between is how many requests each server had."""

    def __init__(self) -> None:
        self._totals: dict[ServerPage, int] = {}
        self._rates: dict[ServerPage, int] = {}

    def of(self, pages: Sequence[ServerPage]) -> list[ServerRow]:
        """A row for each page, in their order."""
        return [
            self._row(page, name) for page, name in zip(pages, server_names(pages), strict=True)
        ]

    def count(self, pages: Sequence[ServerPage]) -> None:
        """Find out how many requests each has had since the last call, a second ago."""
        for page in pages:
            total = page.controller.requests.end
            self._rates[page] = max(0, total - self._totals.get(page, total))
            self._totals[page] = total

    def forget(self, page: ServerPage) -> None:
        """A page is gone."""
        self._totals.pop(page, None)
        self._rates.pop(page, None)

    def _row(self, page: ServerPage, name: str) -> ServerRow:
        controller = page.controller
        server, state = controller.server, controller.state
        word = (SessionState.CRASHED if controller.crash else state).value
        second = "" if state in CAN_START else word.lower()
        if state is SessionState.RUNNING:
            second = f"{self._rates.get(page, 0):,}/s"
        return ServerRow(
            name,
            state,
            f":{server.port}" if server is not None and server.port else "",
            second,
            controller.errors.groups.unseen,
            page.project,
            page.app,
            word=word,
        )


def server_names(pages: Sequence[ServerPage]) -> list[str]:
    """What the servers are called: their projects' folders, with more where that is the same."""
    titles = Counter(page.title for page in pages)
    projects = Counter((page.title, project_key(page.project)) for page in pages)
    names = []
    for page in pages:
        name = page.title or page.app or "New server"
        if page.title and projects[page.title, project_key(page.project)] > 1:
            name = f"{name} \u00b7 {page.app}" if page.app else name
        elif page.title and titles[page.title] > 1:
            name = f"{name} ({Path(page.project).parent.name})"
        names.append(name)
    return names
