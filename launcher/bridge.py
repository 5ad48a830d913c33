"""The one place where a server's events enter the GUI thread.

Servers call :meth:`EventBridge.post` on their own threads. It puts the event into a queue and, if
no wake-up is under way, emits one argument-less signal; the GUI thread then takes what has
gathered, in batches. So the cost of an event is an append, and a flood of them becomes a few large
batches instead of many small interruptions; none so large that the window would be away while it is
taken.

What costs most where little comes is each time that the GUI thread wakes up and paints. So the
common events wait: the first after a pause for a moment (:data:`GATHER`), which brings a request's
end together with its start, the next ones five times a second (:data:`CALM`). Where many wait, or
one that isn't common, such as a change of the server's state, they are taken every 30 ms.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from server.events import AppError, Event, OutputWritten, RequestFinished, RequestStarted

TEXT = 256 * 1024
"""Characters of output in one batch, about: so much is made into lines in a few milliseconds."""
RECORD = 200
"""What a log record counts beyond its text: each stays an event, with its own time and place."""
GATHER = 0.04
"""Seconds for which the first of the common events after a pause waits for more."""
CALM = 0.2
"""Seconds between two batches of a few common events."""
MANY = 32
"""Events from which on they are many, and wait no longer than the interval."""
MUCH = 64 * 1024
"""The same of what :func:`_weight` counts."""
_COMMON = (RequestFinished, RequestStarted, OutputWritten, AppError)


class _Text:
    """Output of one stream and request that is still waiting, gathered without copying it."""

    __slots__ = ("length", "parts", "request_id", "stream", "time")

    def __init__(self, event: OutputWritten) -> None:
        self.stream = event.stream
        self.request_id = event.request_id
        self.time = event.time
        self.parts = [event.text]
        self.length = len(event.text)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def event(self) -> OutputWritten:
        return OutputWritten(
            stream=self.stream,
            text="".join(self.parts),
            request_id=self.request_id,
            time=self.time,
        )


class EventBridge(QObject):
    """Carries events from any thread to the thread it lives in.

    :param interval: milliseconds between two batches while many events come
    :param batch: how many events are handed over at most at one go, and fewer where they have much
        text (:data:`TEXT`); the event loop gets its turn before the next
    :param max_pending: characters of output and bytes of bodies that may wait; beyond it
        :meth:`post` holds the posting thread back
    :param max_wait: seconds it is held back at most; then the event is taken all the same
    """

    events = Signal(list)
    """A batch, in the order of posting; emitted in the GUI thread."""

    _wake = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        interval: int = 30,
        batch: int = 600,
        max_pending: int = 8 * 1024 * 1024,
        max_wait: float = 5.0,
    ) -> None:
        super().__init__(parent)
        self._interval = interval / 1000
        self._batch = batch
        self._max_pending = max_pending
        self._max_wait = max_wait
        self._home = threading.get_ident()
        self._changed = threading.Condition()
        self._pending: deque[Event | _Text] = deque()
        self._weight = 0
        self._awake = False
        self._hurry = False
        self._closed = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._drain)
        self._wake.connect(self._schedule, Qt.ConnectionType.QueuedConnection)

    def post(self, event: Event) -> None:
        """Hand an event over; callable from any thread, and after :meth:`close` without effect.

        Returns at once, unless so much output is waiting that the sender must be slowed down:
        then it waits for the GUI to catch up, a bounded time, and never on the GUI thread itself.
        """
        weight = _weight(event)
        with self._changed:
            if self._closed:
                return
            if (
                weight
                and self._weight + weight > self._max_pending
                and self._weight
                and threading.get_ident() != self._home
            ):
                self._changed.wait_for(
                    lambda: self._closed or self._weight + weight <= self._max_pending,
                    self._max_wait,
                )
                if self._closed:
                    return
            self._weight += weight
            self._append(event)
            hurry = not self._hurry and self._is_urgent(event)
            if self._awake and not hurry:
                return
            self._awake = True
            self._hurry = self._hurry or hurry
        try:
            self._wake.emit()
        except RuntimeError:  # the window is gone, and this object with it
            self.close()

    def close(self) -> None:
        """Take no more events, drop those that wait, and release every held-back sender."""
        with self._changed:
            self._closed = True
            self._pending.clear()
            self._weight = 0
            self._changed.notify_all()

    def flush(self) -> None:
        """Hand over now all that has been posted. GUI thread only."""
        while self._take_and_emit():
            pass

    def _append(self, event: Event) -> None:
        if isinstance(event, OutputWritten) and not (event.level or event.logger):
            last = self._pending[-1] if self._pending else None
            if (
                isinstance(last, _Text)
                and last.stream == event.stream
                and last.request_id == event.request_id
                and last.length < TEXT
            ):
                last.add(event.text)
            else:
                self._pending.append(_Text(event))
        else:
            self._pending.append(event)

    def _is_urgent(self, event: Event) -> bool:
        """Whether what waits is to be taken as soon as the interval is over. With the lock."""
        return (
            len(self._pending) >= MANY
            or self._weight >= min(MUCH, self._max_pending)
            or not isinstance(event, _COMMON)
        )

    @Slot()
    def _schedule(self) -> None:
        """Something has been posted, or what waits has become urgent."""
        now = monotonic()
        if self._hurry:
            due = self._last + self._interval
        else:
            due = max(self._last + CALM, now + GATHER)
        wait = int((due - now) * 1000) + 1
        if due <= now:
            self._timer.stop()
            self._drain()
        elif not self._timer.isActive() or self._timer.remainingTime() > wait:
            self._timer.start(wait)

    @Slot()
    def _drain(self) -> None:
        if self._take_and_emit():
            self._timer.start(0)

    def _take_and_emit(self) -> bool:
        """Hand over one batch; returns whether more is waiting."""
        assert QThread.currentThread() is self.thread(), "events are drained on the GUI thread"
        with self._changed:
            pending = self._pending
            taken: list[Event | _Text] = []
            text = 0
            while pending and len(taken) < self._batch and text < TEXT:
                item = pending.popleft()
                if isinstance(item, _Text):
                    text += item.length
                elif isinstance(item, OutputWritten):
                    text += len(item.text) + RECORD
                taken.append(item)
            batch = [item.event() if isinstance(item, _Text) else item for item in taken]
            more = bool(pending)
            self._weight = self._weight - sum(map(_weight, batch)) if more else 0
            self._awake = self._hurry = more
            self._changed.notify_all()
        if batch:
            self._last = monotonic()
            self.events.emit(batch)
        return more


def _weight(event: Event) -> int:
    """What an event adds to the memory that waits; 0 for the small ones."""
    if isinstance(event, OutputWritten):
        return len(event.text)
    if isinstance(event, RequestFinished):
        return len(event.request_body.data) + len(event.response_body.data)
    return 0
