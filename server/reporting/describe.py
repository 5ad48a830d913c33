"""Errors become events here: after the answer, on threads of their own, within a bounded time.

Describing an error asks objects of the app: its message, the ``repr`` of its variables. That is the
app's code: it may take long, run queries, never end, raise anything. So the request's thread only
captures an exception (:mod:`server.reporting.captured`), and goes on with the answer.

The threads. One, *describe*, takes the errors in their order and emits their events. It calls no
code of the app: a second one, *the asker*, does that, in a copy of the context of the request that
the error belongs to, and puts what it learns into a :class:`~server.reporting.app_errors.Known`.
*describe* waits for it for ``ERROR_SECONDS`` at most; then it composes the event of what is known
by then, the rest by type. An asker that is still in the same question when the next error comes is
left, and another one takes its place; when ``ERROR_HANGS`` were left, there is none any more, and
all errors are described by type. Both are made when they are first needed, of the system's own
threads: an app may have replaced those of ``threading``.

The states of an error. *Held*: its request still runs; asking its objects from another thread now
could disturb it. *Released*: the answer is sent, or there is no request, and it is in the queue.
*Done*: its event was emitted. One whose request runs for longer than ``_HELD`` seconds, as a stream
does, is described by type and not held any more. Who takes an error out of the held ones is decided
by a lock of its own, taken once.

The end of a request that had an error is reported after its errors, so the thread passes on that
event, too.

Where the next request must not begin before (a server that answers one at a time, a forked child
which ends after its request), and where an event of ours will refer to the error, the caller waits
for it, within the same bound. An error that is caught while there are ``ERRORS_WAITING`` in the
queue is described by type, at once, by the thread that has caught it: so a flood is slowed down,
and memory is bounded.

A forked child has none of the threads, and nothing waits in it. One of the app's own may end at any
moment, so there an error is printed at once, with its variables described by type.
"""

from __future__ import annotations

import contextvars
import time
from _queue import Empty
from collections import deque
from collections.abc import Callable, Sequence
from typing import Optional, TypeVar, Union

from ..base import limits, native
from ..base.forks import Forked, register
from ..events import AppError, Emit, Event
from .app_errors import Known, compose
from .captured import Captured
from .frames import line_source, locals_of
from .tracebacks import message_of, traceback_text, type_name
from .values import Values

__all__ = ["Described", "Describer", "Following", "Keep", "is_describing", "unreported"]

_HELD = 1.0  # seconds that an error waits for the end of its request
_MORE = 0.1  # seconds beyond ERROR_SECONDS that one who waits for an error gives the thread
_CLOSING = 1.0  # seconds in which what waits is described when a session ends

Keep = Callable[[int, Captured, contextvars.Context], None]
"""Keeps the frames of the error with this number, and the context of its request."""
T = TypeVar("T")

_describing: contextvars.ContextVar[bool] = contextvars.ContextVar("describing", default=False)


def is_describing() -> bool:
    """Whether the running code is asked for the description of an error: what goes wrong with that
    is no error of its own."""
    return _describing.get()


def unreported(function: Callable[[], T]) -> T:
    """Call a function, as one for which :func:`is_describing` holds."""
    token = _describing.set(True)
    try:
        return function()
    finally:
        _describing.reset(token)


class Described:
    """One error on its way to its event.

    :param id: its number in its session
    :param request_id: the request it happened in, or None
    :ivar emitted: whether its event was
    """

    def __init__(self, captured: Captured, id: int, request_id: Optional[int]) -> None:
        self.captured: Optional[Captured] = captured
        self.id = id
        self.request_id = request_id
        self.time = time.time()
        self.context = contextvars.copy_context()
        self.asks = True
        self._claim = native.allocate_lock()
        self.emitted = native.Ending()

    def claim(self) -> bool:
        """Take it out of the held ones; whether nobody else has."""
        return self._claim.acquire(blocking=False)

    def let_go(self) -> None:
        """Its event is made: drop what it held."""
        self.captured = None
        self.context = contextvars.Context()

    def wait(self) -> None:
        """Wait for its event, but not longer than describing may take."""
        self.emitted.wait(limits.ERROR_SECONDS + _MORE)


class Following:
    """An event that comes after those of some errors."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._emitted = native.Ending()

    def emit(self, emit: Emit) -> None:
        """Pass it on. Once."""
        emit(self._event)
        self._emitted.set()

    def wait(self) -> None:
        """Wait for it, but not longer than describing may take."""
        self._emitted.wait(limits.ERROR_SECONDS + _MORE)


class Describer(Forked):
    """Describes the errors of one session.

    :param emit: takes their events, on the thread *describe*
    :param seconds: for the description of one
    :param keep: keeps the frames of those that are described here, before the event comes
    """

    def __init__(
        self,
        emit: Emit,
        seconds: float = limits.ERROR_SECONDS,
        keep: Optional[Keep] = None,
    ) -> None:
        self._emit = emit
        self._seconds = seconds
        self._keep = keep
        self._at_once = False
        self._is_apps_child = False
        self._begin()
        register(self)

    def _begin(self) -> None:
        self._queue: native.SimpleQueue[Union[Described, Following, None]] = native.SimpleQueue()
        self._held: deque[tuple[float, Described]] = deque()
        self._thread_is_mine = native.allocate_lock()  # taken by the one who starts it, for good
        self._asker: Optional[_Asker] = None
        self._left = 0  # askers that hang
        self._closing: Optional[native.Ending] = None

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`."""
        left = self._left
        self._keep = None  # what ends with its request has no frames to offer
        self._begin()
        self._left = left
        self._is_apps_child = self._is_apps_child or not ours
        self._at_once = self._at_once or not ours

    def hold(self, error: Described) -> None:
        """Take an error whose request still runs. Its thread; returns at once."""
        if not self._takes(error):
            return
        self._held.append((native.monotonic() + _HELD, error))
        self._queue.put(None)  # the thread may sleep without a limit

    def follow(self, event: Event, errors: Sequence[Described]) -> Following:
        """Emit an event after those of some errors, which are released. Any thread; returns at
        once."""
        following = Following(event)
        if all(error.emitted.wait(0) for error in errors) or self._at_once:
            following.emit(self._emit)
        else:
            self._queue.put(following)
        return following

    def release(self, error: Described) -> None:
        """Have an error described, which is held or new. Any thread; returns at once."""
        if error.claim() and self._takes(error):
            self._queue.put(error)

    def close(self) -> None:
        """Emit the events of all that wait, within a second; errors that come later are described
        at once, by type."""
        if self._at_once:
            return
        self._at_once = True
        while self._held:
            self.release_held()
        if not self._thread_is_mine.locked():
            return
        self._closing = native.Ending()
        self._queue.put(None)
        self._closing.wait(_CLOSING)

    def release_held(self) -> None:
        """Give up waiting for the request of the one that is held longest."""
        try:
            _, error = self._held.popleft()
        except IndexError:
            return
        if error.claim():
            error.asks = False
            self._queue.put(error)

    def _takes(self, error: Described) -> bool:
        """Whether the thread will describe an error; else that is done by now."""
        if not self._at_once and self._queue.qsize() < limits.ERRORS_WAITING and self._has_thread():
            return True
        error.claim()
        self._describe(error, None)
        return False

    def _has_thread(self) -> bool:
        if self._thread_is_mine.acquire(blocking=False):
            try:
                native.start_thread(self._run)
            except RuntimeError:  # the interpreter is about to end, or the system has no more
                self._at_once = True
                return False
        return True

    # The thread "describe"

    def _run(self) -> None:
        while True:
            item = self._next()
            if isinstance(item, Described):
                self._describe(item, self._free_asker() if item.asks else None)
            elif item is not None:
                item.emit(self._emit)
            del item  # and the frames that it holds
            # Also after an item: one may have come behind what ``close`` has put into the queue.
            if self._closing is not None and self._queue.empty():
                self._leave(self._asker)
                self._closing.set()
                return

    def _next(self) -> Union[Described, Following, None]:
        """The next error, or what follows one; None where there is only something to look at."""
        due = self._held[0][0] - native.monotonic() if self._held else None
        try:
            return self._queue.get(timeout=None if due is None else max(due, 0))
        except Empty:
            self.release_held()
            return None

    def _describe(self, error: Described, asker: Optional[_Asker]) -> None:
        """Emit the event of an error. Never raises.

        :param asker: who may ask objects of the app; None for nobody
        """
        captured = error.captured
        if captured is None:
            return
        known = Known()
        try:
            if self._is_apps_child:
                error.context.run(_ask, captured, known, lambda: True)
            elif asker is not None:
                asker.ask(error.context, captured, known, self._seconds)
            keep = self._keep
            event = compose(
                captured, known, error.id, error.request_id, error.time, kept=keep is not None
            )
            if keep is not None:
                keep(error.id, captured, error.context)
        except BaseException:  # no memory, or a fault of ours: the error is known all the same
            name = type_name(captured.error)
            event = AppError(error.id, error.request_id, name, "", f"{name}\n", time=error.time)
        error.let_go()
        self._emit(event)
        error.emitted.set()

    def _free_asker(self) -> Optional[_Asker]:
        asker = self._asker
        if asker is not None and asker.is_busy:
            self._leave(asker)
            self._left += 1
            asker = self._asker = None
        if asker is None and self._left < limits.ERROR_HANGS:
            asker = _Asker()
            self._asker = asker if asker.start() else None
        return self._asker

    def _leave(self, asker: Optional[_Asker]) -> None:
        if asker is not None:
            asker.end()


class _Asker:
    """A thread on which objects of the app are asked; its methods are for the thread *describe*."""

    def __init__(self) -> None:
        self._queue: native.SimpleQueue[Optional[Callable[[], None]]] = native.SimpleQueue()
        self._answered: Optional[native.Ending] = None

    def start(self) -> bool:
        """Start the thread; whether there is one."""
        try:
            native.start_thread(self._run)
        except RuntimeError:
            return False
        return True

    @property
    def is_busy(self) -> bool:
        """Whether it is still at what it was asked last."""
        return self._answered is not None and not self._answered.wait(0)

    def ask(
        self, context: contextvars.Context, captured: Captured, known: Known, seconds: float
    ) -> None:
        """Learn about an error, for so long at most."""
        ends_at = native.monotonic() + seconds
        answered = native.Ending()

        def run() -> None:
            try:
                context.run(_ask, captured, known, lambda: native.monotonic() >= ends_at)
            finally:
                answered.set()

        self._queue.put(run)
        if answered.wait(seconds):
            self._answered = None
        else:
            self._answered = answered

    def end(self) -> None:
        """Ask nothing more: the thread ends once it is back."""
        self._queue.put(None)

    def _run(self) -> None:
        while True:
            run = self._queue.get()
            if run is None:
                return
            run()
            del run  # and the frames that it holds


def _ask(captured: Captured, known: Known, expired: Callable[[], bool]) -> None:
    """Learn about an error, the most important first: its message and traceback, those of what is
    behind it, then the variables, the innermost first. On the asker's thread, in the context of the
    request. Never raises."""
    _describing.set(True)
    try:
        known.messages[id(captured.error)] = message_of(captured.error)
        known.text = traceback_text(captured.error, captured.traceback)
        for other in captured.all_errors():
            if id(other.error) not in known.messages:
                known.messages[id(other.error)] = message_of(other.error)
        _load_sources(captured)
        values = Values(True, expired)
        for link in captured.all_links():
            for _, value in locals_of(link):
                if id(value) not in known.values:  # each object once, in however many frames
                    known.values[id(value)] = values.text(value)
    except BaseException:  # each question has caught its own; there may be no memory left
        return


def _load_sources(captured: Captured) -> None:
    """Have the modules' loaders asked for their source, which ``linecache`` keeps."""
    for link in captured.all_links():
        line_source(link.frame.f_code.co_filename, link.line, link.frame.f_globals)
