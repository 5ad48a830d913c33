"""What becomes of a server in a process that is forked off it; the one place that is called then.

Two kinds of children. *Ours* is made by :func:`fork`, to answer a request or to become a worker: it
goes on as a part of the server. Any other is the *app's*, as each worker of a ``multiprocessing``
pool is. It has copies of all that the server has, and must use none of it: a signal meant for the
child would stop the server, a line of its would end up among the events, and a listening socket
that it holds would keep the port. So there, whatever registered itself lets go of what it has, the
signals that the server handles do again what they do by default, and code of the app that returns
to the server in such a child ends it.

What belongs to one server registers itself as long as it lives. The hooks run on the thread that
forks, in the child the only one; what they call must not wait for anything, since locks may be held
by threads that are gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NoReturn, Optional

from . import native

__all__ = ["Forked", "end_child_of_app", "fork", "handle_signal", "register", "set_wakeup_fd"]

_CHILD_RETURNED = 1  # the exit status of a child of the app's that has come back to the server


class Forked:
    """What takes part in forks: subclasses override what they need."""

    def begin_in_child(self, ours: bool) -> None:
        """In the child, before anything else runs there.

        :param ours: it is a part of the server; else let go of everything
        """

    def app_has_forked(self) -> None:
        """In the parent: the app has made a process."""


class _Process:
    """What this process knows of forks; there is one, as the interpreter has one list of hooks."""

    def __init__(self) -> None:
        self.members: weakref.WeakSet[Forked] = weakref.WeakSet()
        self.handlers: dict[int, Any] = {}
        self.masks: dict[int, set[int]] = {}  # by the thread that forks
        self.owns_wakeup_fd = False
        self.forks_for_us: Optional[int] = None  # the thread that does
        self.is_apps_child = False

    def hold_signals_back(self) -> None:
        """Before a fork: a signal that comes in its midst is for the handlers that are there after
        it. Else the interpreter would lose it, when the handler is taken away."""
        if self.handlers:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, self.handlers)
            self.masks[native.get_ident()] = mask

    def let_signals_come(self) -> None:
        mask = self.masks.pop(native.get_ident(), None)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def begin_child(self) -> None:
        try:
            self._begin_child()
        finally:
            self.let_signals_come()

    def _begin_child(self) -> None:
        ours = self.forks_for_us == native.get_ident() and not self.is_apps_child
        self.forks_for_us = None
        self.is_apps_child = not ours
        if ours:  # one that reaches the whole group is for the parent, which waits for its children
            if signal.SIGTERM in self.handlers:
                handle_signal(signal.SIGTERM, _ignore)
        else:
            self._reset_signals(*self.handlers)
            if self.owns_wakeup_fd:
                self.owns_wakeup_fd = False
                signal.set_wakeup_fd(-1)
        for member in list(self.members):
            # What one can't let go of must not keep the others from it.
            with contextlib.suppress(Exception):
                member.begin_in_child(ours)

    def go_on_in_parent(self) -> None:
        self.let_signals_come()
        if self.forks_for_us == native.get_ident() or self.is_apps_child:
            return
        for member in list(self.members):
            with contextlib.suppress(Exception):
                member.app_has_forked()

    def _reset_signals(self, *numbers: int) -> None:
        for number in numbers:
            handler = self.handlers.pop(number, None)
            with contextlib.suppress(Exception):
                # Else the app has put its own there.
                if handler is not None and signal.getsignal(number) is handler:
                    is_interrupt = number == signal.SIGINT
                    default = signal.default_int_handler if is_interrupt else signal.SIG_DFL
                    signal.signal(number, default)


_process = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_process.hold_signals_back,
        after_in_child=_process.begin_child,
        after_in_parent=_process.go_on_in_parent,
    )


def _ignore(*unused: Any) -> None:
    """A handler that does nothing; unlike SIG_IGN, it isn't inherited by programs."""


def register(member: Forked) -> None:
    """Have a member called at each fork, as long as it lives. Any thread."""
    _process.members.add(member)


def handle_signal(number: int, handler: Callable[..., Any]) -> Any:
    """``signal.signal`` for a handler of the server's or the launcher's: in children of the app
    the signal does what it does by default. The main thread only.

    :returns: the handler before
    """
    before = signal.signal(number, handler)
    _process.handlers[number] = handler
    return before


def set_wakeup_fd(number: int) -> int:
    """``signal.set_wakeup_fd`` for a socket of the launcher's: children of the app write nothing
    into it. The main thread only.

    :returns: the descriptor before
    """
    before = signal.set_wakeup_fd(number, warn_on_full_buffer=False)
    _process.owns_wakeup_fd = True
    return before


def fork() -> int:
    """``os.fork`` for a child that is a part of the server, without its warning.

    From Python 3.12 on it warns of other threads. A worker's own hold no lock for long that a child
    needs; an app's may, which is what its choice of forking means.
    """
    _process.forks_for_us = native.get_ident()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return os.fork()
    finally:
        _process.forks_for_us = None


def end_child_of_app() -> Optional[NoReturn]:
    """End this process where it is a child that the app has forked, and that has returned from the
    app's code: it has nothing to go on with. Its output was written as it came."""
    if _process.is_apps_child:
        os._exit(_CHILD_RETURNED)
    return None
