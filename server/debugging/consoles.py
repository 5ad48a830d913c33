"""Consoles in the frames of errors: which frames are kept, for how long, and who evaluates there.

A frame that is kept holds all that its variables hold: memory, open transactions, locks. So only
the frames of the newest ``_ERRORS`` errors are kept, only in debug mode, and only until one of
these comes first: a reload, the end of the session, Clear in the window, ``_SECONDS`` after the
error. Errors of a forked child are not kept: the child ends with its request.

What is typed comes by the launcher's own channel to this process, or by a call in the window's own
process; nothing that listens takes it.

The threads. Questions come on the channel's, or the host's, which must never wait for code of the
app. One thread of the system's evaluates, one input after the other, each in a copy of the context
of the request in which the error happened, so that ``flask.request`` and the like are there. It is
made when it is first needed, and ends when nothing is kept any more, and with it what libraries
keep for each thread. While it is at one input, another one is refused. *Leaving* gives an input up:
its answer comes at once; it is interrupted, as by Ctrl+C, where it runs Python; and another thread
takes its place. When ``ERROR_HANGS`` threads were left that are still at it, nothing more is
evaluated in this process.

A lock guards what is kept and who evaluates; nothing of the app runs with it held.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Optional

from ..base import limits, native
from ..base.forks import Forked, register
from ..events import ConsoleAnswered, ConsoleQuestion, Emit
from ..reporting.captured import Captured
from ..reporting.describe import unreported
from .evaluation import FrameConsole, Output

__all__ = ["Consoles"]

_ERRORS = 3
_SECONDS = 600.0
_REMEMBERED = 200  # errors of which is known why their frames are gone

_Answer = tuple[str, str, tuple[str, ...]]
"""Kind, text and names of an answer."""


class _Kept:
    """The frames of one error.

    :ivar context: of its request, as it was when the error was caught
    """

    def __init__(
        self, frames: list[FrameType], context: contextvars.Context, expires: float
    ) -> None:
        self._frames = frames
        self.context = context
        self.expires = expires
        self._consoles: dict[int, FrameConsole] = {}
        self._is_used = False
        self._is_dropped = False

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """An input runs: what it uses stays until it is over. The console's thread."""
        self._is_used = True
        try:
            yield
        finally:
            self._is_used = False
            if self._is_dropped:
                self._close()

    def console(self, frame: int) -> Optional[FrameConsole]:
        """The console of a frame; None where there is no such frame. The console's thread."""
        if not 1 <= frame <= len(self._frames):
            return None
        if frame not in self._consoles:
            self._consoles[frame] = FrameConsole(self._frames[frame - 1])
        return self._consoles[frame]

    def drop(self) -> None:
        """Let go of all of it; see :meth:`used`."""
        self._is_dropped = True
        if not self._is_used:
            self._close()

    def _close(self) -> None:
        self._frames = []
        self.context = contextvars.Context()
        consoles, self._consoles = list(self._consoles.values()), {}
        for console in consoles:
            console.close()


class Consoles(Forked):
    """See the module. Methods may be called on any thread, and return at once.

    :param emit: takes the answers, on the console's thread or the caller's
    :param first_error: the number of the first error in this session
    :param clock: seconds that only grow
    """

    def __init__(
        self, emit: Emit, first_error: int = 1, clock: Callable[[], float] = native.monotonic
    ) -> None:
        self._emit = emit
        self._first_error = first_error
        self._clock = clock
        self._begin()
        register(self)

    def _begin(self) -> None:
        self._lock = native.allocate_lock()
        self._kept: dict[int, _Kept] = {}
        self._why_gone: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)
        self._evaluator: Optional[_Evaluator] = None
        self._left: list[_Evaluator] = []
        self._closed_by = ""

    def begin_in_child(self, ours: bool) -> None:
        """See :class:`~server.base.forks.Forked`: they stay the parent's."""
        self._begin()
        self._closed_by = "ended"

    def keep(self, error_id: int, captured: Captured, context: contextvars.Context) -> None:
        """Keep the frames of an error that is about to be reported.

        :param context: of its request; it is not run in
        """
        frames = [link.frame for link in captured.all_links()]
        kept = _Kept(frames, context, self._clock() + _SECONDS)
        gone: list[_Kept] = []
        with self._lock:
            if self._closed_by:
                return
            self._kept[error_id] = kept
            while len(self._kept) > _ERRORS:
                gone.append(self._take_out(next(iter(self._kept)), "newer"))
        for old in gone:
            old.drop()

    def look(self) -> None:
        """Drop what has been kept for long enough. To be called every second or so."""
        now = self._clock()
        if any(kept.expires <= now for kept in list(self._kept.values())):
            self._forget("expired", lambda kept: kept.expires <= now)

    def forget(self, why: str) -> None:
        """Drop all frames.

        :param why: ``"cleared"`` or ``"reloaded"``
        """
        self._forget(why, lambda kept: True)

    def close(self, why: str) -> None:
        """Drop all frames, and keep none any more.

        :param why: ``"reloaded"`` or ``"ended"``
        """
        self._closed_by = self._closed_by or why
        self._forget(why, lambda kept: True)

    def _forget(self, why: str, is_meant: Callable[[_Kept], bool]) -> None:
        with self._lock:
            meant = [number for number, kept in self._kept.items() if is_meant(kept)]
            gone = [self._take_out(number, why) for number in meant]
            ended = None
            if not self._kept:
                ended, self._evaluator = self._evaluator, None
        for kept in gone:
            kept.drop()
        if ended is not None:
            ended.end()

    def _take_out(self, number: int, why: str) -> _Kept:
        self._why_gone.append((number, why))
        return self._kept.pop(number)

    def ask(self, question: ConsoleQuestion) -> None:
        """Have an input evaluated, or completed. Answered by ``ConsoleAnswered``."""
        kind, text = "", ""
        evaluator = None
        with self._lock:
            kept = self._kept.get(question.error_id)
            if kept is None:
                kind, text = "gone", self._reason(question.error_id)
            elif self._evaluator is not None and self._evaluator.is_busy:
                kind = "busy"
            else:
                evaluator = self._ready()
                kind = "" if evaluator is not None else "hung"
            if evaluator is not None and kept is not None:
                evaluator.take(_Input(question, kept, self._emit))
        if kind:
            self._emit(ConsoleAnswered(question.number, kind, text))

    def leave(self) -> None:
        """Give up what is being evaluated, if anything is: see the module."""
        with self._lock:
            evaluator = self._evaluator
            if evaluator is None or not evaluator.is_busy:
                return
            self._evaluator = None
            self._left.append(evaluator)
        evaluator.leave()

    def _reason(self, error_id: int) -> str:
        """Why an error's frames are not kept; with the lock."""
        for number, why in self._why_gone:
            if number == error_id:
                return why
        if self._closed_by:
            return self._closed_by
        return "reloaded" if error_id < self._first_error else "unknown"

    def _ready(self) -> Optional[_Evaluator]:
        """Who evaluates; None where nobody can any more. With the lock."""
        if self._evaluator is None:
            self._left = [left for left in self._left if left.is_busy]
            if len(self._left) >= limits.ERROR_HANGS:
                return None
            evaluator = _Evaluator()
            try:
                native.start_thread(evaluator.run)
            except RuntimeError:  # the system has no more
                return None
            self._evaluator = evaluator
        return self._evaluator


class _Input:
    """One input, which is answered once: by its end, or by being left."""

    def __init__(self, question: ConsoleQuestion, kept: _Kept, emit: Emit) -> None:
        self._question = question
        self._kept = kept
        self._emit = emit
        self._output = Output()
        self._began = native.monotonic()
        self._claim = native.allocate_lock()

    def evaluate(self) -> Callable[[], None]:
        """Run it. The console's thread.

        :returns: what answers
        """
        kept = self._kept
        with kept.used():
            try:
                # A copy each time: one that is left stays entered for ever.
                answer = kept.context.copy().run(unreported, self._evaluated)
            except BaseException as error:  # no memory, or an interruption
                answer = "failed", f"{type(error).__name__}\n", ()
        return functools.partial(self._answer, *answer)

    def _evaluated(self) -> _Answer:
        question = self._question
        console = self._kept.console(question.frame)
        if console is None:
            return "gone", "unknown", ()
        if question.completes:
            return "names", "", console.complete(question.text)
        kind, text = console.run(question.text, self._output)
        return kind, text, ()

    def leave(self) -> None:
        """Nobody waits any more. Any thread."""
        text = self._output.text()
        self._output.is_open = False
        self._answer("left", text, ())

    def _answer(self, kind: str, text: str, names: tuple[str, ...]) -> None:
        if self._claim.acquire(blocking=False):
            seconds = round(native.monotonic() - self._began, 6)
            self._emit(ConsoleAnswered(self._question.number, kind, text, names, seconds))


class _Evaluator:
    """The thread that evaluates."""

    def __init__(self) -> None:
        self._queue: native.SimpleQueue[Optional[_Input]] = native.SimpleQueue()
        self._current: Optional[_Input] = None
        self._thread = 0

    @property
    def is_busy(self) -> bool:
        """Whether it is at an input."""
        return self._current is not None

    def take(self, item: _Input) -> None:
        """Evaluate an input; only while it isn't busy."""
        self._current = item
        self._queue.put(item)

    def end(self) -> None:
        """Nothing more comes."""
        self._queue.put(None)

    def leave(self) -> None:
        """Give up the input that it is at, and end."""
        item = self._current
        if item is not None:
            item.leave()
        self.end()
        if self.is_busy and self._thread:
            _interrupt(self._thread)

    def run(self) -> None:
        """The thread."""
        self._thread = native.get_ident()
        with contextlib.suppress(KeyboardInterrupt):  # one that came too late
            while True:
                item = self._queue.get()
                if item is None:
                    break
                answer = item.evaluate()
                # First: who gets the answer may ask at once. And nothing may hold the frames.
                del item
                self._current = None
                answer()
                del answer
        self._thread, self._current = 0, None


def _interrupt(thread: int) -> None:
    """Raise KeyboardInterrupt in a thread that runs Python; where it waits in code that isn't
    Python's, nothing happens until it is back.

    Not in Python 3.11 while a debugger, coverage or a profiler is at work, as far as one can see:
    until the exception is taken, its interpreter has each thread that is traced or profiled wait,
    at full speed, at the beginning of the function or the step of a generator that comes next.
    """
    if sys.version_info[:2] == (3, 11) and _is_traced():
        return
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt)
        )


def _is_traced() -> bool:
    """Whether a thread of this process is traced, or this one or a new one is so or profiled. A
    profiler that another thread has for itself can't be seen."""
    names = ("gettrace", "getprofile")  # of threading, from Python 3.10 on
    hooks = [getattr(module, name, None) for module in (sys, threading) for name in names]
    if any(hook is not None and hook() is not None for hook in hooks):
        return True
    return any(frame.f_trace is not None for frame in sys._current_frames().values())
