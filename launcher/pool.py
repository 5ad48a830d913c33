"""Work that must not hold up the window, as that with a disk, and the way back from it.

:meth:`Background.run` is called on the GUI thread; the function runs on a thread of its own and
must not touch a widget; its result comes back on the GUI thread. Where there is more to it, a
:class:`Lane` is the thread, and :class:`GuiCalls` the way back.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, SignalInstance, Slot

_log = logging.getLogger(__name__)


class Lane:
    """Runs functions one after the other, on a thread that is there only while there are some.

    Not one of Qt's pools: the end of a ``QThreadPool`` waits for what runs in it, and where that
    comes with the end of a Python object, it waits with the interpreter's lock, which what runs
    needs. The end of this one waits for nothing; :meth:`wait` does. Any thread may call.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_running = False

    def start(self, function: Callable[[], None]) -> None:
        """Run it after what was started before. What it raises is printed."""
        with self._changed:
            self._waiting.append(function)
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="ServeDeck: beside the window", daemon=True).start()

    def clear(self) -> None:
        """Drop what waits; what runs goes on."""
        with self._changed:
            self._waiting.clear()

    def wait(self, timeout: int) -> bool:
        """Wait at most ``timeout`` milliseconds until nothing runs and nothing waits."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_running, timeout / 1000)

    def _run(self) -> None:
        while function := self._next():
            try:
                function()
            except Exception:
                _log.exception("Work beside the window has failed")
            del function  # what it holds is let go of before the next one, not after it

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            if self._waiting:
                return self._waiting.popleft()
            self._is_running = False
            self._changed.notify_all()
            return None


class _Bell(QObject):
    """What a :class:`Waker` rings: it lives in the GUI thread, and is deleted nowhere else."""

    rung = Signal()


class Waker:
    """Wakes an object of the GUI thread from any other, also while that object is being deleted.

    A thread that emits a signal of an object which another thread deletes crashes the process; so
    does a thread that deletes the object while the other one deletes what is connected to it. The
    object with the signal therefore belongs to the application, and is no part of what is deleted
    with a window. Whichever thread has the waker last only asks for its deletion (``deleteLater``
    may be called from any thread), and the GUI thread does it.

    Made in the GUI thread. What it wakes is connected by a queued connection, which Qt takes away
    by itself.
    """

    def __init__(self) -> None:
        self._bell = _Bell(QCoreApplication.instance())

    def __del__(self) -> None:
        if shiboken6.isValid(self._bell):
            self._bell.deleteLater()

    @property
    def woken(self) -> SignalInstance:
        """What is connected to it is called in the GUI thread, once for each :meth:`wake`."""
        return self._bell.rung

    def wake(self) -> None:
        """Any thread. Nothing happens once the application has ended."""
        if shiboken6.isValid(self._bell):
            self._bell.rung.emit()


class GuiCalls(QObject):
    """Has functions called in the GUI thread, in the order in which they were posted.

    Made in the GUI thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._posted: deque[Callable[[], None]] = deque()
        self._is_closed = False
        self._waker = Waker()
        self._waker.woken.connect(self.run_posted, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Have a function called soon. Any thread; nothing happens once this is closed or gone."""
        self._posted.append(function)
        self._waker.wake()

    @Slot()
    def run_posted(self) -> None:
        """Call at once what was posted so far. The GUI thread."""
        while self._posted and not self._is_closed:
            self._posted.popleft()()

    def close(self) -> None:
        """Nothing is called any more. The GUI thread."""
        self._is_closed = True
        self._posted.clear()


class Background(QObject):
    """Runs functions one by one beside the GUI thread, and reports the newest one's result.

    A result that is overtaken by a later :meth:`run` is dropped: the user has moved on.
    """

    finished = Signal(object)
    """The result of the last function, or None where it raised; emitted in the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls = GuiCalls(self)
        self._lane = Lane()
        self._ticket = 0
        self._is_closed = False

    def run(self, function: Callable[[], Any]) -> None:
        """Run it soon; what was still waiting is not run any more. Nothing is, once closed."""
        if self._is_closed:
            return
        self._ticket += 1
        self._lane.clear()
        ticket = self._ticket
        self._lane.start(lambda: self._run(ticket, function))

    def wait(self, timeout: int) -> bool:
        """Wait at most ``timeout`` milliseconds for what runs, and report its result at once.

        It holds up the GUI thread: only for what is done in a moment and needed now.
        """
        done = self._lane.wait(timeout)
        self._calls.run_posted()
        return done

    def close(self, timeout: int = 2000) -> bool:
        """Drop what waits, and wait at most ``timeout`` milliseconds for what runs."""
        self._is_closed = True
        self._ticket += 1
        self._lane.clear()
        return self._lane.wait(timeout)

    def _run(self, ticket: int, function: Callable[[], Any]) -> None:
        result = None
        try:
            result = function()
        except Exception:
            _log.exception("Work beside the window has failed")
        self._calls.post(lambda: self._report(ticket, result))

    def _report(self, ticket: int, result: Any) -> None:
        if ticket == self._ticket:
            self.finished.emit(result)
