"""One pause at a time: who waits for input, where, and with which variables. The app's threads.

A pause begins when code of the app is about to wait for a person, and ends when it goes on:

* a debugger's prompts, from the first to the command that goes on (``cmd.Cmd.cmdloop`` of a
  ``bdb.Bdb``; so of pdb, and of whatever is derived from it). The place is the debugger's own: the
  frame that it stands in, also after ``up`` and ``down``;
* a console, from its banner to its end (``code.InteractiveConsole.interact``);
* any other read of standard input, as ``input()`` does it.

These are nested in each other, and the outermost counts. One thread has the pause; another that
comes to one is reported as waiting, and waits, until the first goes on: there is one input, and two
debuggers at it would each get half of the commands. The lock is one of ``threading``, as the app
has it, so that it is a greenlet's where the app runs in greenlets.

Each prompt reports the place anew, where it is another one by then. The variables are asked for
their texts on a thread of the system's, and for a tenth of a second, as those of an error: a
``repr`` that hangs leaves the prompt as it is. The thread of the pause waits meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, Optional

from ..base import limits, native
from ..base.limits import cut
from ..events import Emit, Frame, Paused, Resumed
from ..reporting.captured import Link, is_library, is_ours
from ..reporting.frames import line_source, locals_of
from ..reporting.scope import scope_of
from ..reporting.values import Values
from .sources import Source

__all__ = ["Pauses", "is_debugger"]


class Pauses:
    """See the module. Its methods are called on the app's threads, but for :meth:`end`.

    :param source: what is read from
    :param emit: takes ``Paused`` and ``Resumed``
    :param first: the number of the first pause
    """

    def __init__(self, source: Source, emit: Emit, first: int) -> None:
        self._source = source
        self._emit = emit
        self._ids = itertools.count(first)
        self._making = native.allocate_lock()
        self._lock: Any = None  # of threading; made when it is first needed
        self._depth = 0
        self._number = first
        self._debugger: Any = None
        self._last: Optional[Paused] = None
        self._was_ended = False
        self._is_closed = False
        self._hangs = 0

    @contextlib.contextmanager
    def pause(self, debugger: object = None) -> Iterator[None]:
        """The block waits for a person.

        :param debugger: the ``bdb.Bdb`` whose prompts these are, or None
        """
        lock = self._its_lock()
        number = next(self._ids)
        if not lock.acquire(blocking=False):
            waiting = self._paused(number, debugger, waits=True)
            self._emit(waiting)
            lock.acquire()
        else:
            waiting = None
        try:
            if not self._depth:
                self._last, self._debugger, self._was_ended = waiting, debugger, False
                self._number = number
            self._depth += 1
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._leave()
            lock.release()

    def _leave(self) -> None:
        """The outermost is over; with the lock."""
        last, self._last, self._debugger = self._last, None, None
        if self._was_ended:
            if not self._is_closed:
                self._source.begin_again()
            scope = scope_of(self._emit)
            if scope is not None:
                scope.debugging_ended = True
        if last is not None:
            self._emit(Resumed(last.id, last.request_id))

    def prompt(self) -> None:
        """Something is about to be read, within a pause: report where."""
        paused = self._paused(self._number, self._debugger)
        last = self._last
        if last is None or _facts(last) != _facts(paused):
            self._last = paused
            self._emit(paused)

    def end(self) -> None:
        """End the pause, if there is one: what it reads is at its end. Any thread."""
        if self._depth:
            self._was_ended = True
            self._source.end()

    def close(self) -> None:
        """End the pause, and each that comes. Any thread."""
        self._is_closed = True
        self.end()

    def _its_lock(self) -> Any:
        with self._making:
            if self._lock is None:
                self._lock = threading.RLock()
            return self._lock

    def _paused(self, number: int, debugger: Any, *, waits: bool = False) -> Paused:
        frame, line = _of_debugger(debugger) if debugger is not None else _of_reader()
        scope = scope_of(self._emit)
        place = Frame("", 0, "")
        if frame is not None:
            code = frame.f_code
            line = line or frame.f_lineno or 0
            place = Frame(
                cut(code.co_filename, limits.ERROR_NAME),
                line,
                cut(code.co_name, limits.ERROR_NAME),
                *line_source(code.co_filename, line),
                locals=() if waits else self._locals(Link(frame, line, frame.f_lasti)),
            )
        return Paused(
            number,
            scope.id if scope is not None else None,
            threading.current_thread().name,
            place.file,
            place.line,
            place.function,
            place.locals,
            debugger is not None,
            waits,
            place.source,
            place.first_line,
            _asks_for_secret(),
        )

    def _locals(self, link: Link) -> tuple[tuple[str, str], ...]:
        """Name and text of a frame's variables; see the module."""
        found = locals_of(link)
        deadline = native.monotonic() + limits.ERROR_SECONDS
        texts: list[str] = []

        def ask() -> None:
            values = Values(asks=True, expired=lambda: native.monotonic() >= deadline)
            for _, value in found:
                texts.append(values.text(value))  # what is known by then counts

        if self._hangs < limits.ERROR_HANGS:
            with contextlib.suppress(RuntimeError):  # the system has no more threads
                if not native.start_thread(ask).wait(limits.ERROR_SECONDS):
                    self._hangs += 1
        known = list(texts)
        rest = Values(asks=False)
        known += [rest.text(value) for _, value in found[len(known) :]]
        return tuple((cut(name, limits.ERROR_NAME), text) for (name, _), text in zip(found, known))


def is_debugger(value: object) -> bool:
    """Whether something is a debugger of the standard library's kind."""
    bdb: Any = sys.modules.get("bdb")
    return bdb is not None and isinstance(value, bdb.Bdb)


def _facts(paused: Paused) -> tuple[Any, ...]:
    place = paused.file, paused.line, paused.function
    return (*place, paused.locals, paused.waits, paused.secret)


def _of_debugger(debugger: Any) -> tuple[Optional[FrameType], int]:
    """The frame that a debugger stands in, and the line."""
    try:
        frame, line = debugger.stack[debugger.curindex]
    except Exception:  # one that keeps no stack
        frame, line = getattr(debugger, "curframe", None), 0
    return (frame, line) if isinstance(frame, FrameType) else _of_reader()


def _asks_for_secret() -> bool:
    """Whether it is ``getpass`` that reads, which would switch a terminal's echo off."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "getpass":
            return True
        frame = frame.f_back
    return False


def _of_reader() -> tuple[Optional[FrameType], int]:
    """The app's own code that waits, innermost; else whatever waits."""
    frame: Optional[FrameType] = sys._getframe(1)
    first: Optional[FrameType] = None
    while frame is not None:
        file = frame.f_code.co_filename
        if not is_ours(file):
            first = first or frame
            if not is_library(file):
                return frame, frame.f_lineno or 0
        frame = frame.f_back
    return first, first.f_lineno or 0 if first is not None else 0
