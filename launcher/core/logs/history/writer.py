"""The one thread that writes a history, and what it does when it can't.

Everything is handed over by :meth:`Writer.put`, which returns at once. The thread gathers what
comes in within :data:`DELAY` and writes it as one transaction, so what a kill of the process takes
along is the last half second at most. Where writing takes long, since the machine is busy, it
gathers for a shorter time. When there is nothing to write it lets the oldest go, fills the index,
and moves into the file what is in the write-ahead log; in a flood none of this is done, but for the
first where the history is larger than it may be, and the last where the log is.

What can go wrong is in :data:`_SENTENCES`. Each kind is reported once, and then what happens is
only in memory: places are counted on, so that rows keep their numbers, and after
:data:`RETRY_SECONDS` a new run is begun in the history. A locked file is waited for. A damaged one
is put aside and a new one begun. One that isn't ours, or a newer version's, is left alone for good.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from server.events import Event

from . import files
from .limits import Limits
from .recording import Batch, OwnLine, Recording, UserMark
from .schema import Refused
from .store import RunGone, Store

__all__ = ["DELAY", "LEAST_DELAY", "Trouble", "Writer", "delay_after", "trouble_in_reading"]

DELAY = 0.2
"""Seconds in which what comes in is gathered, where writing it takes no time."""

LEAST_DELAY = 0.05
"""Likewise, where it takes long."""

RETRY_SECONDS = 30.0
"""How long nothing is tried after the history could not be written."""

LOCKED_SECONDS = 10.0
"""How long a file may stay locked by another program."""

WAITING = 200_000
"""Events that may wait to be written."""

_FORGETTING = 0.9  # of how long the slowest of late has taken, with each batch
_QUIET = 1.0  # seconds without anything to write, after which the index is filled
_CHECK_EVERY = 60.0
_TRIM_SECONDS = 0.1
_CHECK_ROWS = 10_000
_FOREVER = float("inf")
_log = logging.getLogger(__name__)

Item = Event | OwnLine | UserMark
Action = Callable[[Store], Any]


class Trouble(NamedTuple):
    """Why the history isn't kept, or not as it should be.

    :ivar kind: a stable word: a key of the sentences
    :ivar message: a sentence or two for the user
    :ivar file: the history
    """

    kind: str
    message: str
    file: Path


_MEMORY = "What happens now is kept in memory only."
_SENTENCES = {
    "full": f"The history can't be written, since the disk is full. {_MEMORY}",
    "denied": f"The history can't be written: {{reason}}. {_MEMORY}",
    "locked": f"The history is locked by another program. {_MEMORY}",
    "slow": f"The disk is too slow for the history. {_MEMORY}",
    "damaged": "The history was damaged: it is kept as {aside}, and a new one was begun.",
    "unreadable": "The history is damaged, so not all of what was before can be shown.",
    "newer": f"The history can't be used: {{reason}}. It is left as it is. {_MEMORY}",
    "foreign": f"{{file}} isn't a history of ServeDeck: {{reason}}. It is left as it is. {_MEMORY}",
    "no-wal": "The history is in a folder without a write-ahead log, so writing it is slower.",
    "no-locks": f"The history can't be written: its folder can't lock files. {_MEMORY}",
    "failed": f"The history can't be written: {{reason}}. {_MEMORY}",
}
_WITHOUT_LOCKS = frozenset(
    f"SQLITE_IOERR_{name}" for name in ("LOCK", "UNLOCK", "RDLOCK", "CHECKRESERVEDLOCK")
)


def trouble_in_reading(error: BaseException, file: Path) -> Trouble | None:
    """What reading has found out that the user has to know, whether anything is written or not.

    :param error: what a reader has raised
    :param file: the history
    :returns: None for what passes, such as a search that was ended
    """
    if isinstance(error, Refused):
        return _trouble(error.kind, file, reason=_reason(error))
    cause = error.__cause__ if isinstance(error, files.Damaged) else error
    is_damaged = cause is not None and files.is_damage(cause)
    return _trouble("unreadable", file) if is_damaged else None


def _trouble(kind: str, file: Path, **facts: object) -> Trouble:
    return Trouble(kind, _SENTENCES[kind].format(file=file, **facts), file)


def delay_after(took: float) -> float:
    """How long to gather, so that the oldest isn't half a second old when it is written.

    What comes in while a batch is written waits for its end, and then is written itself.

    :param took: how long batches of late have taken to write, the slowest of them, in seconds
    """
    return max(LEAST_DELAY, DELAY - 2 * took)


class Writer:
    """Writes a project's history on a thread of its own, until it is closed.

    :param file: where the history is
    :param project: the folder it belongs to
    :ivar limits: how much of it is kept; may be changed on any thread
    :param on_trouble: takes each kind of trouble once, on the writer's thread
    :param paused: begin without writing; see :meth:`pause`
    """

    def __init__(
        self,
        file: Path,
        project: str,
        limits: Limits,
        on_trouble: Callable[[Trouble], None],
        *,
        paused: bool = False,
    ) -> None:
        self._file = file
        self._project = project
        self.limits = limits
        self._on_trouble = on_trouble
        self._changed = threading.Condition()
        self._queue: deque[tuple[Recording | None, Any]] = deque()
        self._since = 0.0
        self._waiting = 0
        self._hurry = False
        self._closing = False
        # From here on: the writer's thread only.
        self._store: Store | None = None
        self._live: list[Recording] = []
        self._unwritten: list[tuple[Recording, Batch]] = []
        self._reported: set[str] = set()
        self._off_until = _FOREVER if paused else 0.0
        self._locked_since: float | None = None
        self._took = 0.0
        self._rows = 0
        self._checked = 0.0
        self._quiet_since = 0.0
        self._idle_work = True
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    # Any thread

    def put(self, recording: Recording, items: Sequence[Item]) -> None:
        """Have something written."""
        with self._changed:
            if not self._queue:
                self._since = time.monotonic()
                self._changed.notify_all()
            self._queue.append((recording, items))
            self._waiting += len(items)

    def call(self, action: Action) -> Future[Any]:
        """Have something done with the open history, after all that was put before.

        :returns: its result; ``OSError`` where the history can't be opened
        """
        future: Future[Any] = Future()
        with self._changed:
            if self._closing:
                future.set_exception(OSError("the history is closed"))
                return future
            self._queue.append((None, (action, future)))
            self._hurry = True
            self._changed.notify_all()
        return future

    def pause(self, *, paused: bool) -> None:
        """Write nothing from now on, or do so again."""
        self._command(lambda: self._set_paused(paused))

    def delete(self) -> Future[Any]:
        """Delete the history; a new one is begun with what comes next."""
        return self._command(self._delete)

    def flush(self, timeout: float) -> bool:
        """Wait until all that was put is written; returns whether it was in time."""
        try:
            self._command(lambda: None).result(timeout)
        except TimeoutError:
            return False
        return True

    def close(self, timeout: float) -> bool:
        """Write what is left and end the thread; returns whether it was in time."""
        with self._changed:
            self._closing = self._hurry = True
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _command(self, action: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        with self._changed:
            if self._closing:
                future.set_result(None)
                return future
            self._queue.append((None, (action, future, True)))
            self._hurry = True
            self._changed.notify_all()
        return future

    # The writer's thread

    def _run(self) -> None:
        while True:
            taken, closing = self._wait()
            if taken:
                self._quiet_since = time.monotonic()
                self._idle_work = True
            batches: list[tuple[Recording, Batch]] = []
            for recording, group in groupby(taken, itemgetter(0)):
                items = [item for _, item in group]
                if recording is not None:
                    self._gather(batches, recording, list(chain.from_iterable(items)))
                    continue
                for item in items:
                    self._keep(batches)
                    self._write_all()
                    self._perform(*item)
            if closing:
                self._end_live(batches)
            self._keep(batches)
            began = time.monotonic()
            self._write_all()
            self._took = max(time.monotonic() - began, _FORGETTING * self._took)
            if closing:
                self._close_store()
                self._drain()
                return
            self._tidy()

    def _wait(self) -> tuple[list[tuple[Recording | None, Any]], bool]:
        """What has come in; waits for it, and for more, unless there is other work or hurry."""
        with self._changed:
            if not self._queue and not self._hurry:
                self._changed.wait(self._patience())
            if self._queue and not self._hurry:
                # What came in while a batch was written has waited for that time already.
                left = self._since + delay_after(self._took) - time.monotonic()
                self._changed.wait_for(lambda: self._hurry, max(0.0, left))
            taken = list(self._queue)
            self._queue.clear()
            self._waiting = 0
            self._hurry = False
            return taken, self._closing

    def _patience(self) -> float:
        if self._unwritten:
            return 0.5
        if not self._idle_work:
            return _CHECK_EVERY
        quiet = time.monotonic() - self._quiet_since
        return max(0.0, _QUIET - quiet)

    def _gather(
        self, batches: list[tuple[Recording, Batch]], recording: Recording, items: Sequence[Item]
    ) -> None:
        if recording not in self._live and not recording.over:
            self._live.append(recording)
        batch = next((old for known, old in batches if known is recording), None)
        if batch is None:
            batch = recording.batch()
            batches.append((recording, batch))
        recording.add(batch, items)
        self._rows += len(items)
        if recording.over and recording in self._live:
            self._live.remove(recording)

    def _keep(self, batches: list[tuple[Recording, Batch]]) -> None:
        """Let batches wait for their turn, if they are to be written at all."""
        if time.monotonic() >= self._off_until:
            self._unwritten += [pair for pair in batches if pair[1]]
        batches.clear()

    def _end_live(self, batches: list[tuple[Recording, Batch]]) -> None:
        """The window is closed: its runs are over."""
        for recording in list(self._live):
            batch = next((old for known, old in batches if known is recording), None)
            if batch is None:
                batch = recording.batch()
                batches.append((recording, batch))
            recording.end(batch, time.time(), "closed")
        self._live.clear()

    def _write_all(self) -> None:
        damaged = 0
        while self._unwritten:
            recording, batch = self._unwritten[0]
            try:
                store = self._opened()
                if not store.is_there():  # deleted, or put aside, by somebody else
                    self._reset()
                    store = self._opened()
                store.write(recording, batch, self._project)
            except RunGone:
                recording.id = None
                continue
            except (sqlite3.Error, OSError, Refused) as error:
                if files.is_locked(error) and self._may_wait():
                    return
                if files.is_damage(error) and not damaged and self._put_aside():
                    damaged += 1
                    continue
                self._give_up(error)
                return
            except Exception as error:  # a fault of ours must not end the thread
                _log.exception("The history can't be written")
                self._give_up(error)
                return
            self._locked_since = None
            del self._unwritten[0]

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store(self._file)
            if not self._store.wal:
                self._report("no-wal")
        return self._store

    def _may_wait(self) -> bool:
        now = time.monotonic()
        if self._locked_since is None:
            self._locked_since = now
        return now - self._locked_since < LOCKED_SECONDS and len(self._unwritten) < 1000

    def _put_aside(self) -> bool:
        self._reset()
        try:
            aside = files.put_aside(self._file)
        except OSError:
            return False
        self._report("damaged", aside=aside)
        return True

    def _give_up(self, error: Exception) -> None:
        kind = _kind_of(error)
        self._report(kind, reason=_reason(error))
        self._unwritten.clear()
        self._locked_since = None
        self._reset()
        for_good = isinstance(error, Refused)
        self._off_until = _FOREVER if for_good else time.monotonic() + RETRY_SECONDS

    def _reset(self) -> None:
        """Close the file; what goes on begins a new run in the next one."""
        self._close_store()
        for recording in (*self._live, *(recording for recording, _ in self._unwritten)):
            recording.id = None

    def _close_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with contextlib.suppress(sqlite3.Error):
                store.close()

    def _report(self, kind: str, **facts: object) -> None:
        if kind in self._reported:
            return
        self._reported.add(kind)
        with contextlib.suppress(Exception):  # what shows it must not end the thread
            self._on_trouble(_trouble(kind, self._file, **facts))

    def _perform(self, action: Any, future: Future[Any], own: bool = False) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(action() if own else action(self._opened()))
        except Exception as error:
            future.set_exception(error)

    def _drain(self) -> None:
        with self._changed:
            left = list(self._queue)
            self._queue.clear()
        for recording, item in left:
            if recording is None:
                item[1].set_exception(OSError("the history is closed"))

    def _set_paused(self, paused: bool) -> None:
        if paused:
            self._reset()
        self._off_until = _FOREVER if paused else 0.0

    def _delete(self) -> None:
        self._reset()
        for recording in self._live:
            recording.run.drop_parts()
        files.delete(self._file)

    def _tidy(self) -> None:
        """Let the oldest go and fill the index, a step at a time, while nothing waits."""
        now = time.monotonic()
        store = self._store
        if store is None or self._unwritten:
            self._idle_work = bool(self._unwritten)  # without a file there is nothing to tidy
            return
        if self._waiting > WAITING:
            self._give_up(_TooSlow())
            return
        live = {recording.id for recording in self._live if recording.id is not None}
        try:
            if self._rows >= _CHECK_ROWS or now - self._checked > _CHECK_EVERY:
                # A flood must not outrun it: a part of the time is spent on it also then.
                while store.trim(self.limits, time.time(), live):
                    if self._queue and time.monotonic() - now > _TRIM_SECONDS:
                        return
                self._rows, self._checked = 0, now
            if now - self._quiet_since < _QUIET:
                return
            settled = {
                recording.id: recording.settled_lines
                for recording in self._live
                if recording.id is not None
            }
            while not self._queue and not self._closing:
                if not store.fill_index(settled):
                    store.settle()
                    self._idle_work = False
                    return
        except sqlite3.Error as error:
            if files.is_locked(error):
                self._quiet_since = now  # not at once again
                return
            if not (files.is_damage(error) and self._put_aside()):
                self._give_up(error)


class _TooSlow(Exception):
    pass


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _kind_of(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.kind
    if isinstance(error, _TooSlow):
        return "slow"
    text = str(error)
    if getattr(error, "sqlite_errorname", "") in _WITHOUT_LOCKS:  # Python 3.11 and later
        return "no-locks"
    if files.is_locked(error):
        return "locked"
    if "full" in text or "No space" in text or "quota" in text:
        return "full"
    is_denied = isinstance(error, OSError) and error.errno in (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
    )
    if is_denied or "readonly" in text or "unable to open" in text:
        return "denied"
    return "failed"
