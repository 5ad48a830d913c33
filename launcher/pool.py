"""The one helper for disk work that must not hold up the window.

:meth:`Background.run` is called on the GUI thread; the function runs on a thread of Qt's pool and
must not touch a widget; its result comes back on the GUI thread.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot


class _Job(QRunnable):
    def __init__(self, owner: Background, ticket: int, function: Callable[[], Any]) -> None:
        super().__init__()
        self.owner, self.ticket, self.function = owner, ticket, function

    def run(self) -> None:
        try:
            result = self.function()
        except Exception:
            traceback.print_exc()
            result = None
        self.owner._deliver(self.ticket, result)


class Background(QObject):
    """Runs functions one after the other on a pool thread, and reports the newest one's result.

    A result that is overtaken by a later :meth:`run` is dropped: the user has moved on.
    """

    finished = Signal(object)
    """The result of the last function, or None where it raised; emitted in the GUI thread."""

    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._ticket = 0
        self._is_closed = False
        self._done: deque[tuple[int, Any]] = deque()
        self._wake.connect(self._collect, Qt.ConnectionType.QueuedConnection)

    def run(self, function: Callable[[], Any]) -> None:
        """Run it soon; what was still waiting is not run any more. Nothing is, once closed."""
        if self._is_closed:
            return
        self._ticket += 1
        self._pool.clear()
        self._pool.start(_Job(self, self._ticket, function))

    def wait(self, timeout: int) -> bool:
        """Wait at most ``timeout`` milliseconds for what runs, and report its result at once.

        It holds up the GUI thread: only for what is done in a moment and needed now.
        """
        done = self._pool.waitForDone(timeout)
        self._collect()
        return done

    def close(self, timeout: int = 2000) -> bool:
        """Drop what waits, and wait at most ``timeout`` milliseconds for what runs."""
        self._is_closed = True
        self._ticket += 1
        self._pool.clear()
        return self._pool.waitForDone(timeout)

    def _deliver(self, ticket: int, result: Any) -> None:
        self._done.append((ticket, result))
        with suppress(RuntimeError):  # it took longer than close() waits: nobody is there any more
            self._wake.emit()

    @Slot()
    def _collect(self) -> None:
        while self._done:
            ticket, result = self._done.popleft()
            if ticket == self._ticket:
                self.finished.emit(result)
