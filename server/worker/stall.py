"""Sees that the interpreter's lock isn't given back, while the app is imported.

Code in C that holds the lock for long (a regular expression that explores millions of ways, a
library that waits without releasing it) stops every thread of the process, also that which would
report where the import stands. What still runs then is the thread that ``faulthandler`` has in C:
it is to print all stacks unless the channel's thread puts that off, which does so about each
second. The launcher finds them in the output and reports them.

They are printed into a descriptor of this module's own, which is looked at before each time, since
the app may close it. An app that wants the same of ``faulthandler`` gets it, and this here steps
aside. Forked children must not have the thread's locks without the thread: their interpreter would
wait for it at its end; so around a fork there is none. The channel's thread and the app's.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
from typing import Any

from ..base import native
from .descriptors import OwnDescriptor

__all__ = ["SECONDS", "StallWatch"]

SECONDS = 3.0
"""Without a word from the channel's thread, after which stacks are printed, again and again."""

_PRINT_LATER = "dump_traceback_later"


class StallWatch:
    """See the module. It begins with the first :meth:`put_off`."""

    def __init__(self) -> None:
        self._lock = native.allocate_lock()
        self._is_over = not hasattr(os, "register_at_fork")
        if self._is_over:
            return
        self._print_later = faulthandler.dump_traceback_later
        self._cancel = faulthandler.cancel_dump_traceback_later
        self._descriptor = OwnDescriptor(os.dup(2))
        setattr(faulthandler, _PRINT_LATER, self._give_way)
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._lock.release,
            after_in_child=self._begin_in_child,
        )

    def put_off(self) -> None:
        """The process is alive, as this thread runs. The channel's thread."""
        with self._lock:
            if self._is_over:
                return
            try:
                self._print_later(SECONDS, True, self._descriptor.number)
            except (OSError, RuntimeError, ValueError):  # it is lost, or there is no further thread
                self._end()

    def end(self) -> None:
        """The import is over. Once is enough, twice does no harm."""
        with self._lock:
            if not self._is_over:
                self._end()

    def _end(self) -> None:
        self._is_over = True
        self._cancel()
        self._descriptor.close()
        if vars(faulthandler)[_PRINT_LATER] == self._give_way:
            setattr(faulthandler, _PRINT_LATER, self._print_later)

    def _give_way(self, *args: Any, **options: Any) -> None:
        """Called by the app in place of what it means."""
        self.end()
        self._print_later(*args, **options)

    def _before_fork(self) -> None:
        self._lock.acquire()
        if not self._is_over:
            with contextlib.suppress(Exception):
                self._cancel()

    def _begin_in_child(self) -> None:
        self._is_over = True
        self._lock.release()
