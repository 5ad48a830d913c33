"""Reads what the files of a project have in them, so that pins can show what changed in between.

GUI thread only; the files are read on a thread beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from launcher.core.watch.code import CodeMemory, Texts, read_texts
from launcher.hosts.watching.files import WatchedFiles
from launcher.hosts.watching.rules import WatchRules
from launcher.pool import GuiCalls, Lane
from server.config import ServerConfig

__all__ = ["WatchedCode"]


class WatchedCode(QObject):
    """The watched files of one server at a time.

    :ivar memory: what they had in them, as far as that was read
    """

    changed = Signal()
    """More is known."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.memory = CodeMemory()
        self._has_looked = False
        self._project = 0  # counts them: what is read of one before is of no use
        self._lane, self._calls = Lane(), GuiCalls(self)

    def look(self, config: ServerConfig) -> None:
        """Read all of them, once for each project, so that it is known later what they had."""
        if not self._has_looked:
            self._has_looked = True
            self._read(lambda: _texts_of(config), self.memory.begin)

    def save(self, moment: float, paths: Sequence[str]) -> None:
        """Read what was saved.

        :param moment: when, in unix seconds
        """
        self._read(lambda: read_texts(paths), lambda texts: self.memory.save(moment, texts))

    def forget(self) -> None:
        """Another project is watched."""
        self._project += 1
        self._has_looked = False
        self._lane.clear()
        self.memory.clear()

    def close(self, timeout: int) -> bool:
        """Drop what waits, and wait for what runs at most ``timeout`` milliseconds."""
        self._lane.clear()
        return self._lane.wait(timeout)

    def _read(self, read: Callable[[], Texts], take: Callable[[Texts], None]) -> None:
        project = self._project

        def use(texts: Texts) -> None:
            if project == self._project:
                take(texts)
                self.changed.emit()

        def run() -> None:
            texts = read()
            self._calls.post(lambda: use(texts))

        self._lane.start(run)


def _texts_of(config: ServerConfig) -> Texts:
    """The texts of the files that a server is reloaded for. A thread for such work."""
    folder = os.path.abspath(config.project or ".")  # noqa: PTH100 - as the watcher has it
    extra = [os.path.normpath(os.path.join(folder, name)) for name in config.extra_files]  # noqa: PTH118
    files = WatchedFiles(WatchRules(folder, config.exclude_patterns), folder, extra)
    files.look()
    return read_texts(files.paths)
