"""Reports when an app's files have changed, once for each burst of changes.

Notices from the system are where to look (``notices.py``); what has changed is only ever decided by
how the files look (``files.py``). So a lost notice makes a change late, never lost, and a notice
about nothing starts nothing. Where the system gives no notices, the files are looked at again and
again.

Runs on a thread of its own, named ``watcher``. No Qt.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from launcher.core.sentences import watching
from server.events import Reason

from .files import MAX_FILES, MAX_FOLDERS, WatchedFiles
from .notices import Notices, NoticesRefused, remote_file_system
from .rules import WatchRules

__all__ = ["Debounce", "Watcher"]

_log = logging.getLogger(__name__)

_STOP_SECONDS = 2.0
_BEGIN_SECONDS = 1.0
_ARM_TRIES = 3
_SWEEP_SECONDS = 5.0  # between two looks everywhere, although notices are given
_SWEEP_SHARE = 200  # a look everywhere takes at most one part in so many of the time
_POLL_SECONDS = 0.25  # the same where there are no notices
_POLL_SHARE = 50
_SOON_SHARE = 10  # where a notice has shown that a look is needed


class Debounce:
    """Holds changes back until those that belong together, a burst, are complete.

    A single file that is there and not empty was saved in one go, and is reported at once. Several
    files, or one that is gone or empty, as it is for a moment in the midst of some ways of saving,
    wait until nothing more has come for a moment, or for :data:`LONGEST` seconds in all. Without
    notices, which gather for a moment by themselves, a single file waits like several.

    :param is_unsettled: whether a file is gone or empty
    """

    QUIET_FOR_SEVERAL = 0.020
    QUIET_FOR_UNSETTLED = 0.050
    LONGEST = 0.150

    def __init__(self, is_unsettled: Callable[[str], bool]) -> None:
        self._is_unsettled = is_unsettled
        self._paths: dict[str, None] = {}  # in order
        self._first = 0.0
        self._last = 0.0

    def add(self, paths: Iterable[str], now: float) -> None:
        """Take changes.

        :param now: seconds of a clock that never goes back
        """
        fresh = dict.fromkeys(paths)
        if fresh and not self._paths:
            self._first = now
        if fresh:
            self._last = now
        self._paths |= fresh

    def wait(self, now: float, noticed: bool = True) -> float | None:
        """Seconds until the burst is complete, 0 when it is, None where there is none.

        :param noticed: whether the changes were found through notices
        """
        if not self._paths:
            return None
        if any(map(self._is_unsettled, self._paths)):
            quiet = self.QUIET_FOR_UNSETTLED
        elif len(self._paths) > 1 or not noticed:
            quiet = self.QUIET_FOR_SEVERAL
        else:
            return 0.0
        return max(0.0, min(self._last + quiet, self._first + self.LONGEST) - now)

    def take(self) -> tuple[str, ...]:
        """The paths, first noticed first; those of one notice by name. Begins a new burst."""
        paths, self._paths = tuple(self._paths), {}
        return paths


class Watcher:
    """Watches a project's files from :meth:`start` to :meth:`stop`.

    Reported are changes of Python sources, compiled modules and environment files in the project,
    of the extra files, of all files in the extra folders, and of the packages that the app imports
    from elsewhere (:meth:`watch_modules`). A change is another time, size or inode, so a file that
    is saved unchanged counts, and one that is only read does not.

    :param project: the project's folder
    :param on_change: takes the absolute paths of each burst of changes, the first noticed first;
        called on the watcher's thread
    :param extra_files: further files and folders, relative to the project; they may be missing
    :param exclude_patterns: shell patterns for what is left out, see ``WatchRules``
    :param python_prefixes: ``sys.prefix`` and ``sys.base_prefix`` of the app's interpreter, beside
        those of this one
    :param on_status: called on the watcher's thread when :attr:`count` or :attr:`reason` differs
        from before
    """

    def __init__(
        self,
        project: Path,
        on_change: Callable[[tuple[str, ...]], None],
        *,
        extra_files: Sequence[str] = (),
        exclude_patterns: Sequence[str] = (),
        python_prefixes: Sequence[str] = (),
        on_status: Callable[[], None] | None = None,
    ) -> None:
        folder = os.path.abspath(project)  # noqa: PTH100 - a link stays one: it may be changed
        pythons = [*python_prefixes, sys.prefix, sys.base_prefix]
        prefixes = {form for p in pythons for form in (p, os.path.realpath(p)) if p}
        rules = WatchRules(folder, exclude_patterns, sorted(prefixes))
        extra = [os.path.normpath(os.path.join(folder, name)) for name in extra_files]  # noqa: PTH118
        self._folder = folder
        self._on_change = on_change
        self._on_status = on_status
        self._lock = threading.Lock()  # guards _files
        self._files = WatchedFiles(rules, folder, extra)
        self._notices = Notices()
        self._armed_for = -1
        self._refused: Reason | None = None
        self._failed = False
        self._remote = ""
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._begun = threading.Event()
        self._thread: threading.Thread | None = None
        self._swept = 0.0
        self._sweep_cost = 0.0

    @property
    def count(self) -> int:
        """How many files are watched. Any thread."""
        return self._files.count

    @property
    def problem(self) -> str:
        """:attr:`reason` as a sentence, with what to do; "" where there is none."""
        return watching(self.reason)

    @property
    def reason(self) -> Reason | None:
        """Why changes may be seen late or not at all; None where they are seen at once.

        Any thread. Waits, a second at most, until the watching has begun; may come or go later.
        """
        if self._thread not in (None, threading.current_thread()):
            self._begun.wait(_BEGIN_SECONDS)
        if self._failed:
            return Reason("ended")
        if self._refused is not None:
            return self._refused
        if self._remote:
            return Reason.of("remote", file_system=self._remote)
        if self._files.truncated:
            return Reason.of("too-many", files=MAX_FILES, folders=MAX_FOLDERS)
        return None

    def start(self) -> None:
        """Begin to watch: what changes from now on is reported. To be called once.

        Blocks for the first look at the files, 70 ms for 10,000 of them. Notices are asked for on
        the watcher's thread, so that a server can start meanwhile.
        """
        self._remote = remote_file_system(self._folder)
        with self._lock:
            self._look()
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watching. Any thread, at any time, also twice; waits two seconds at most.

        Nothing is reported afterwards, unless this is called by ``on_change`` itself, or that one
        takes longer than two seconds.
        """
        self._stopping.set()
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_STOP_SECONDS)

    def watch_modules(self, files: Iterable[str]) -> None:
        """Watch the modules that the app has imported, too. Any thread.

        Those in the project are watched already, and those in ``site-packages`` and the standard
        library are passed over; of the others, the whole package is watched: what changes in it
        from this call on is reported.

        :param files: the modules' source files
        """
        with self._lock:
            if self._files.add_modules(files):
                self._wake.set()

    def _work(self) -> None:
        """The watcher's thread, and its one guard: whatever ends it is logged and shown."""
        try:
            self._watch()
        except BaseException:
            _log.exception("The watcher has ended")
            self._failed = True
        finally:
            self._begun.set()
            self._notices.close()
        if self._failed and self._on_status is not None:
            self._on_status()

    def _watch(self) -> None:
        pending = Debounce(self._files.is_unsettled)
        reported = (self.count, self.reason)
        hints: set[str] | None = set()
        while not self._stopping.is_set():
            with self._lock:
                changed = self._changes(hints)
                changed += self._rearm()
            self._begun.set()
            pending.add(changed, time.monotonic())
            left = pending.wait(time.monotonic(), self._notices.armed)
            if left == 0.0 and not self._stopping.is_set():
                self._on_change(pending.take())
                left = None
            if self._on_status is not None and reported != (self.count, self.reason):
                reported = (self.count, self.reason)
                self._on_status()
            until_sweep = self._swept + self._pause() - time.monotonic()
            hints = self._notices.wait(
                max(0.0, until_sweep if left is None else min(left, until_sweep)), self._wake
            )
            self._wake.clear()
            if left is not None and not self._notices.armed:
                hints = None  # no notice shows what else belongs to the burst

    def _changes(self, hints: set[str] | None) -> list[str]:
        """What differs where the hints point to, or everywhere."""
        if hints is None or time.monotonic() >= self._swept + self._pause():
            return self._look()
        return self._files.look_at(hints)

    def _look(self) -> list[str]:
        """What differs anywhere."""
        begun = time.monotonic()
        changed = self._files.look()
        self._swept = time.monotonic()
        self._sweep_cost = self._swept - begun
        return changed

    def _pause(self) -> float:
        """Seconds between two looks everywhere."""
        if self._files.lost:
            return _SOON_SHARE * self._sweep_cost
        if self._notices.armed and not self._remote:
            return max(_SWEEP_SECONDS, _SWEEP_SHARE * self._sweep_cost)
        return max(_POLL_SECONDS, _POLL_SHARE * self._sweep_cost)

    def _rearm(self) -> list[str]:
        """Ask for notices about the folders as they are now, where they are others than before.

        :returns: what has changed before the notices were there
        """
        changed: list[str] = []
        if not self._notices.armed and self._refused is None:
            self._armed_for = -1  # they broke off
        for _ in range(_ARM_TRIES):
            if self._armed_for == self._files.generation:
                break
            self._arm()
            changed += self._look()
        return changed

    def _arm(self) -> None:
        """Ask for notices; do without where they are refused."""
        self._armed_for, self._refused = self._files.generation, None
        try:
            self._notices.arm(self._files.folders)
        except FileNotFoundError:  # a folder has gone since it was seen: once more
            self._armed_for = -1
        except NoticesRefused as refused:
            self._refused = refused.reason
