"""Ends what an app has started, when the launcher is gone and can't do it any more.

All of it is in the worker's process group, but for what has made itself independent; that is found
by a mark in its environment, which children inherit. Linux shows it in ``/proc``; elsewhere the
process group is all there is. Any thread.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

__all__ = ["MARK", "end_everything", "end_group"]

MARK = "SERVEDECK_SERVER"
"""The variable; its value is another one for each server."""


def end_everything() -> None:
    """Kill every process of this app, this one last; it doesn't return."""
    value = os.environ.get(MARK)
    if value:
        for pid in _marked(f"{MARK}={value}".encode()):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    end_group()


def end_group() -> None:
    """Kill this process and what is in its group; the app's other processes go on."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def _marked(variable: bytes) -> list[int]:
    """The other processes with this variable in the environment they were started with."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for process in Path("/proc").iterdir():
            if not process.name.isdigit() or int(process.name) == os.getpid():
                continue
            try:
                environ = (process / "environ").read_bytes()
            except OSError:  # somebody else's, or gone by now
                continue
            if variable in environ.split(b"\0"):
                found.append(int(process.name))
    return found
