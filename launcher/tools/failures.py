"""Faults of ServeDeck itself, in the window: one quiet message, with what to do about it.

GUI thread only, but for :meth:`Failures.post`.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

import PySide6
from PySide6.QtCore import QObject, Qt, QUrl, Slot, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication

from launcher.core.display import one_line
from launcher.core.failures import Failure, FailureLog
from launcher.core.messages import Action
from launcher.main_window import MainWindow
from launcher.pool import Waker

__all__ = ["Failures"]

_KEY = "failure"
_WAITING = 100


class Failures(QObject):
    """Has faults written into the log file, and shows the newest one.

    :ivar log: hears of them; :meth:`~launcher.core.failures.FailureLog.installed` switches it on
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: deque[Failure] = deque(maxlen=_WAITING)
        self._newest: Failure | None = None
        self._count = 0
        self.log = FailureLog(folder, self.post)
        self._waker = Waker()
        self._waker.woken.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.commands.open_log.triggered.connect(self.open_log)

    def post(self, failure: Failure) -> None:
        """Have a fault shown. Any thread; never raises."""
        self._waiting.append(failure)
        self._waker.wake()

    @Slot()
    def _show(self) -> None:
        """One message for all of them: the newest, and how many there were."""
        while self._waiting:
            self._newest = self._waiting.popleft()
            self._count += 1
        page = self._window.page
        if self._newest is None or page is None:
            return
        times = f" ({self._count} times)" if self._count > 1 else ""
        page.line.show_message(
            f"ServeDeck itself has failed at something{times}. Your server goes on.",
            detail=one_line(self._newest.what, 300),
            tone="warning",
            key=_KEY,
            actions=(Action("Copy report", self.copy_report), Action("Open log", self.open_log)),
        )

    @Slot()
    def copy_report(self) -> None:
        """Copy the newest one for an issue: without secrets."""
        if self._newest is not None:
            facts = (
                f"PySide6 {PySide6.__version__}, Qt {qVersion()}, {QGuiApplication.platformName()}",
            )
            QGuiApplication.clipboard().setText(self._newest.report(facts))

    @Slot()
    def open_log(self) -> None:
        """Open the file with what has failed so far."""
        file, page = self.log.file, self._window.page
        if file.is_file():
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))) and page is not None:
                page.warn(f"Nothing could be found to open {file}: open it yourself.")
        elif page is not None:
            page.line.show_message("Nothing of ServeDeck itself has failed so far.", tone="info")
