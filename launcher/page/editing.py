"""Opens sources in the user's editor, beside the GUI thread.

:meth:`Editing.open` is called on the GUI thread; looking for the editor and starting it happen on a
thread of Qt's pool.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from launcher.core.editors import EditorOpener
from launcher.pool import Background


class Editing(Background):
    """The user's editor. :attr:`finished` carries, in a sentence, why it didn't open; or ""."""

    def __init__(self, opener: EditorOpener, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opener = opener
        self._newest = 0

    @Slot(str, int, str, str)
    def open(self, file: str, line: int, command: str, folder: str) -> None:
        """Open a file at a line; see :meth:`launcher.core.editors.EditorOpener.open`."""
        self._newest += 1
        number = self._newest  # one before it may still wait for its editor's end: it goes on
        self.run(
            lambda: self.opener.open(file, line, command, folder, lambda: number == self._newest)
        )

    def close(self, timeout: int = 2000) -> bool:
        """Wait for no editor any more; see :meth:`Background.close`."""
        self._newest += 1
        return super().close(timeout)
