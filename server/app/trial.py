"""Tries in a child whether an app can be loaded from an import root.

An import that fails half-way leaves modules, threads and registries behind, so ways to import an
app are tried in a process of their own. The child is the interpreter that serves, started by path
as ``python _bootstrap.py try``, with what to load as one line of JSON on its standard input; it
runs ``trial_child.py``. On the thread that loads the app.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["works"]

_BOOTSTRAP = str(Path(__file__).resolve().parents[1] / "_bootstrap.py")
_SECONDS = 60.0  # an import that takes longer than this counts as one that doesn't work


def works(app: str, project: Path, root: Path) -> bool:
    """Whether an app can be loaded with a folder in front on ``sys.path``.

    :param app: as the user typed it
    :param project: the project's folder
    """
    options: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
    task = json.dumps({"app": app, "project": str(project), "root": str(root)})
    try:
        child = subprocess.Popen(
            [sys.executable, _BOOTSTRAP, "try"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
    except OSError:
        return False
    try:
        child.communicate(task.encode(), timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(child)
    return child.returncode == 0


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child that still runs, with all that the app has started in it."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
