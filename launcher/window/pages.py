"""The window's pages, one of which is in front: servers, files, the start page; GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from launcher.core.resources import examples
from launcher.panes.message_line import MessageLine
from launcher.panes.start import StartPage

if TYPE_CHECKING:
    from launcher.page.har_page import HarPage
    from launcher.server_page import ServerPage  # where no page is shown, it is not loaded

__all__ = ["Pages"]


class Pages(QStackedWidget):
    """Which pages there are, in which order, and which of them is in front.

    It is the parent with which a page is made: one that gets another later is styled anew. Which
    servers are open, and what becomes of them, is decided in :mod:`launcher.opening.servers`.

    :ivar start: the start page, which is always there
    :ivar servers: the servers' pages, in the order in which they were added
    :ivar files: the pages that show files; they stand behind the servers' everywhere
    """

    taken = Signal()
    """There is a page less. That another one is in front is ``currentChanged``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.servers: list[ServerPage] = []
        self.files: list[HarPage] = []
        self.start = StartPage(examples(), self)
        self.addWidget(self.start)
        self.start.left.connect(self._leave_start)

    @property
    def all(self) -> list[ServerPage | HarPage]:
        """The servers' pages, and those of files."""
        return [*self.servers, *self.files]

    @property
    def front(self) -> ServerPage | HarPage | None:
        """The page in front, or None where that is the start page."""
        front = self.currentWidget()
        return None if front is self.start else cast("ServerPage | HarPage", front)

    @property
    def front_server(self) -> ServerPage | None:
        """The page in front, where it is a server's."""
        front = self.front
        return front if front in self.servers else None

    @property
    def line(self) -> MessageLine:
        """Where messages are shown: in the page in front."""
        return self.start.line if self.front is None else self.front.line

    def insert_server(self, at: int, page: ServerPage) -> None:
        """Put a page in its place, which may have been taken out before, and in front."""
        self.servers.insert(at, page)
        self.addWidget(page)
        self.bring_to_front(page)

    def remove_server(self, page: ServerPage) -> None:
        """Take a page out; it isn't deleted, and can be inserted again."""
        at = self.servers.index(page)
        self.servers.remove(page)
        self._take_out(page, at)

    def add_file(self, page: HarPage) -> None:
        """Take the page of a file in, and bring it to the front."""
        self.files.append(page)
        self.addWidget(page)
        self.bring_to_front(page)

    def remove_file(self, page: HarPage) -> None:
        """Take the page of a file out, for good."""
        self.files.remove(page)
        self._take_out(page)
        page.deleteLater()

    def _take_out(self, page: ServerPage | HarPage, at: int = -1) -> None:
        """Take a page out of the stack; one that stood beside it comes to the front."""
        if left := self.all:
            self.bring_to_front(left[min(at, len(left) - 1)])
        self.removeWidget(page)
        page.hide()
        self.taken.emit()

    def bring_to_front(self, page: ServerPage | HarPage) -> None:
        """Show a page, with the focus where work on it begins."""
        self.setCurrentWidget(page)
        page.focus_start()

    @Slot()
    def show_start(self) -> None:
        """Bring the start page to the front."""
        self.setCurrentWidget(self.start)
        self.start.focus_start()

    @Slot()
    def _leave_start(self) -> None:
        if self.all and self.front is None:
            self.bring_to_front(self.all[-1])

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        self.start.refresh_icons()
        for page in self.all:
            page.refresh_icons()
