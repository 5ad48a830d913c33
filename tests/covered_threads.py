"""A plugin of coverage: it measures threads of the system's, too, which the server starts without
``threading`` (server/base/native.py). Loaded in each process that is measured, before the server.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any


def coverage_init(_registry: object, _options: object) -> None:
    """Have coverage's own function for new threads run first in such a thread."""
    start: Callable[..., int] = _thread.start_new_thread

    def start_traced(function: Callable[..., object], *arguments: Any) -> int:
        def run(*args: Any, **kwargs: Any) -> None:
            sys.settrace(threading.gettrace())
            function(*args, **kwargs)

        return start(run, *arguments)

    setattr(_thread, start.__name__, start_traced)
