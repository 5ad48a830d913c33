"""HAR files: opens them, each in a page of its own, and closes those pages. GUI thread.

A file is read on a thread of the pool, one after the other; from 0.3 s on a line at the foot of the
window shows how far that is, and ends it. The pages aren't there any more at the next start: such a
file is something that is looked into, not worked on for days, it may be somewhere else by then, and
to read 200 MB again would hold up the start for nothing. Closing one keeps it among what can be
reopened.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from launcher.core.display import one_line
from launcher.core.har_entries import NotHar
from launcher.core.messages import Action
from launcher.core.state import SessionState
from launcher.main_window import MainWindow
from launcher.models.servers import ServerRow
from launcher.panes.targets import Target
from launcher.pool import Background
from launcher.window.preferences import Preferences
from server.base.values import dataclass
from server.errors import why_refused

if TYPE_CHECKING:
    from launcher.core.har_contents import HarContents
    from launcher.panes.wait_line import WaitLine

__all__ = ["HarFiles", "is_har"]

_KEY = "har"
_LOOK_MS = 100


def is_har(path: str) -> bool:
    """Whether a path names a HAR file, as far as its name shows."""
    return path.lower().endswith(".har")


@dataclass
class _Reading:
    """A file that is being read; its numbers are set on the thread that reads.

    :ivar done: how much of it, of how much
    """

    path: Path
    done: tuple[int, int] = (0, 1)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def run(self) -> HarContents | str:
        """Read it; returns what it has, or why it can't be read; "" where it was cancelled."""
        from launcher.core.har_contents import contents_of  # not at the top: see ``_show``

        try:
            return contents_of(self.path, self._progress, self.cancelled.is_set)
        except NotHar as error:
            return "" if self.cancelled.is_set() else str(error)
        except OSError as error:
            return f"{self.path.name} can't be read: {why_refused(error)}."
        except MemoryError:
            return f"{self.path.name} doesn't fit into the memory that is free."

    def _progress(self, done: int, of: int) -> None:
        self.done = (done, max(1, of))


class HarFiles(QObject):
    """See the module."""

    changed = Signal()
    """There is a page more or less."""
    closed = Signal(str)
    """The page of the file with this path was closed."""

    def __init__(self, window: MainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._preferences = window, preferences
        self._waiting: deque[Path] = deque()
        self._reading: _Reading | None = None
        self._reader = Background(self)
        self._reader.finished.connect(self._was_read)
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOK_MS)
        self._looks.timeout.connect(self._show_progress)
        window.commands.open_har.triggered.connect(self.choose)

    @cached_property
    def wait_line(self) -> WaitLine:
        """The line at the foot of the window, made for the first file."""
        from launcher.panes.wait_line import WaitLine

        line = WaitLine(self._window.centralWidget())
        line.setAccessibleDescription("A file is being read")
        self._window.foot.addWidget(line)
        return line

    @property
    def rows(self) -> list[ServerRow]:
        """The pages as they are listed behind the servers."""
        return [
            ServerRow(
                page.title,
                SessionState.STOPPED,
                f"{len(page.contents.requests):,}",
                project=str(page.contents.path),
                is_file=True,
            )
            for page in self._window.pages.files
        ]

    @Slot()
    def choose(self) -> None:
        """Choose a file in a dialog."""
        dialog = QFileDialog(
            self._window, "HAR File", "", "HAR files (*.har);;JSON (*.json);;All (*)"
        )
        dialog.setObjectName("harDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def open(self, path: str) -> None:
        """Open a file soon; what is wrong with it is shown as a message."""
        self._waiting.append(Path(path).absolute())
        self._go_on()

    def close_page(self, number: int) -> None:
        """Close a page.

        :param number: among those of files
        """
        page = self._window.pages.files[number]
        path, name = str(page.contents.path), page.title
        self._window.pages.remove_file(page)
        self.closed.emit(path)
        self.changed.emit()
        undo = (Action("Open again", partial(self.open, path), "Ctrl+Shift+T"),)
        self._window.pages.line.show_message(
            f"{name} was closed.", tone="info", key=_KEY, actions=undo
        )

    def show_targets(self, targets: Sequence[Target]) -> None:
        """These servers run now; requests of files can be sent to them."""
        for page in self._window.pages.files:
            page.show_targets(targets)

    @Slot()
    def cancel(self) -> None:
        """Read no more of the file that is being read."""
        if self._reading is not None:
            self._reading.cancelled.set()

    def _go_on(self) -> None:
        if self._reading is not None or not self._waiting:
            return
        self._reading = reading = _Reading(self._waiting.popleft())
        name = one_line(reading.path.name, 80)
        self.wait_line.begin(_KEY, f"Reading {name}", "Cancel", self.cancel)
        self._looks.start()
        self._reader.run(reading.run)

    @Slot()
    def _show_progress(self) -> None:
        if self._reading is not None:
            done, of = self._reading.done
            self.wait_line.show_detail(_KEY, f"{min(99, done * 100 // of)} %")

    @Slot(object)
    def _was_read(self, found: HarContents | str | None) -> None:
        self._reading = None
        self._looks.stop()
        self.wait_line.end(_KEY)
        if found is None:
            self._window.pages.line.show_message("The file can't be read.", key=_KEY)
        elif not isinstance(found, str):
            self._show(found)
        elif found:
            self._window.pages.line.show_message(found, key=_KEY)
        self._go_on()

    def _show(self, contents: HarContents) -> None:
        # Not at the top: the start page is there at once.
        from launcher.page.har_page import HarPage

        window = self._window
        for line in (window.pages.start.line, *(page.line for page in window.pages.all)):
            line.clear_key(_KEY)
        before = [page for page in window.pages.files if page.contents.path == contents.path]
        page = HarPage(contents, window.pages)
        page.apply(self._preferences.values)
        self._preferences.changed.connect(page.apply)
        window.add_file(page)
        for old in before:  # it was read anew
            window.pages.remove_file(old)
        window.pages.bring_to_front(page)
        self.changed.emit()
