"""What runs in the child in which an import root is tried; see ``trial.py``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from .bytecode import careful_bytecode
from .load import load

__all__ = ["main"]


def main() -> None:
    """Load the app, and end at once with status 0 where that works, else 1."""
    task = json.loads(sys.stdin.buffer.read())
    status = 1
    try:
        with careful_bytecode():
            load(task["app"], Path(task["project"]), task["root"], may_try=False)
        status = 0
    finally:
        os._exit(status)  # whatever it was: nothing of the app is waited for
