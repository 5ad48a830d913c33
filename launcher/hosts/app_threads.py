"""Which threads an app has left behind in the launcher's own process, where nothing can end them.

A thread is the app's where it wasn't there when the server started, and no code of ours runs on it.
Any thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from pathlib import Path

from launcher.core.display import one_line

_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(f"{_ROOT / name}/" for name in ("launcher", "server", "framework"))
_MOST = 20
_NAME = 80  # characters


def threads_left(before: Collection[threading.Thread]) -> tuple[tuple[str, ...], int]:
    """The names of the app's threads that still run, at most :data:`_MOST`; and how many more.

    :param before: the threads that were there when the server was started
    """
    frames = sys._current_frames()
    names: list[str] = []
    for thread in threading.enumerate():
        if thread in before or thread.ident not in frames or thread is threading.current_thread():
            continue
        frame = frames[thread.ident]
        files = set()
        while frame is not None:
            files.add(frame.f_code.co_filename)
            frame = frame.f_back  # type: ignore[assignment]
        if not any(file.startswith(_OURS) for file in files):
            names.append(one_line(thread.name, _NAME))
    return tuple(sorted(names)[:_MOST]), max(0, len(names) - _MOST)
