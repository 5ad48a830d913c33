"""A plugin of coverage: what is measured beyond its own means. Loaded in each process that is
measured, before the server.

Threads of the system's, which the server starts without ``threading`` (server/base/native.py), are
traced, too; and a process that ends itself by a signal keeps what was measured until then.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from coverage import Coverage


def coverage_init(_registry: object, _options: object) -> None:
    """Put functions of ours in front of the system's."""
    _trace_threads()
    _save_before("kill", lambda: {os.getpid(), 0, -os.getpgrp()})
    _save_before("killpg", lambda: {os.getpgrp(), 0})


def _trace_threads() -> None:
    """Have coverage's own function for new threads run first in such a thread."""
    start: Callable[..., int] = _thread.start_new_thread

    def start_traced(function: Callable[..., object], *arguments: Any) -> int:
        def run(*args: Any, **kwargs: Any) -> None:
            sys.settrace(threading.gettrace())
            function(*args, **kwargs)

        return start(run, *arguments)

    setattr(_thread, start.__name__, start_traced)


def _save_before(name: str, ours: Callable[[], set[int]]) -> None:
    """Have what was measured saved before this process ends itself by a function of ``os``.

    :param ours: what it is called with where this process is meant
    """
    send: Callable[[int, int], None] = getattr(os, name)

    def save_and_send(target: int, number: int) -> None:
        if target in ours() and _ends(number) and (coverage := Coverage.current()) is not None:
            coverage.save()
        send(target, number)

    setattr(os, name, save_and_send)


def _ends(number: int) -> bool:
    return number == signal.SIGKILL or (
        number == signal.SIGTERM and signal.getsignal(number) is signal.SIG_DFL
    )
