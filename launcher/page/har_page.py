"""A page that shows the requests of a HAR file; GUI thread only.

It has no server: nothing comes in and nothing is kept. Its requests can be read, filtered, sorted,
copied, saved and compared as those of a server, and sent to one that runs in the window.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher.core.display import one_line
from launcher.core.har_contents import HarContents
from launcher.core.logs.errors import ErrorLog
from launcher.core.settings import Settings
from launcher.panes.head.file_head import FileHead
from launcher.panes.message_line import MessageLine
from launcher.panes.requests import RequestsPane
from launcher.panes.targets import Target

__all__ = ["HarPage"]


class HarPage(QWidget):
    """See the module.

    :param contents: what was read of the file
    :ivar requests: the list, with the details
    :ivar line: where messages are shown
    """

    menuRequested = Signal(QPoint)  # noqa: N815
    """The menu is to be opened at this point of the screen."""
    searchRequested = Signal()  # noqa: N815
    """The palette is to be opened."""

    def __init__(self, contents: HarContents, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("harPage")
        self.contents = contents
        self.head = FileHead(self.title, str(contents.path), contents.facts, self)
        self.requests = RequestsPane(contents.requests, ErrorLog(), self, live=False)
        self.requests.base_of = contents.base_of
        self.requests.filtering.scope = "file"
        self.requests.filtering.restore({"static": False})  # a file is shown whole
        self.requests.set_hint("No requests", "There are none in this file.")
        self.line = MessageLine(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.requests, 1)
        layout.addWidget(self.line)
        self.head.menuRequested.connect(self.menuRequested)
        self.head.searchRequested.connect(self.searchRequested)
        self.head.targetChosen.connect(self.requests.replays.set_target)
        self.requests.refresh()
        self.requests.replays.refresh()

    @property
    def controller(self) -> HarContents:
        """What has the requests, under the name by which every page has it."""
        return self.contents

    @property
    def title(self) -> str:
        """What the page is called: the name of its file."""
        return one_line(self.contents.path.name, 80)

    def warn(self, text: str) -> None:
        """Show a sentence about something that went wrong."""
        self.line.show_message(text, tone="warning")

    def show_targets(self, targets: Sequence[Target]) -> None:
        """These servers run now."""
        self.head.show_targets(targets)

    @Slot(object)
    def apply(self, settings: Settings) -> None:
        """Follow what is preferred for all pages."""
        self.requests.view.set_compact(settings.rows == "compact")

    def focus_start(self) -> None:
        """Put the focus on what is mostly wanted."""
        self.requests.view.setFocus()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        for part in (self.head, self.requests.details, self.line):
            part.refresh_icons()
