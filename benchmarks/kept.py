"""A server as under the window, without one, whose history is switched on and off while it runs.

The newest rows stay in memory in either case. So turns with and without a history are compared
within one server, under one load, half a second apart: what else the machine does hits both alike.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from launcher.core.logs.history.history import History
from launcher.hosts.supervisor import Supervisor
from server.config import ServerConfig
from server.events import RequestFinished
from server.reporting.batch import EventBatch

from .servers import APP_FILE, HOST

__all__ = ["history_clock", "serve"]

_WAIT = 30.0


def history_clock() -> int:
    """The clock of the processor time that the thread of this process's history uses."""
    (thread,) = (one for one in threading.enumerate() if one.name == "history")
    return time.pthread_getcpuclockid(thread.ident or 0)


def serve(port: int, folder: Path, run_in: str) -> None:
    """Serve :mod:`benchmarks.apps`, and answer each line on the standard input with one of JSON.

    ``on`` and ``off`` switch the history, once all that came before is written. The answer has
    ``requests``, how many have been answered since the start, and ``history``, the seconds of
    processor time that its thread has used.

    :param run_in: as in ``ServerConfig``
    """
    out = os.dup(1)  # a server in this process has the standard output for itself
    newest: deque[Any] = deque(maxlen=20_000)
    history = History(folder, str(folder), lambda trouble: print(trouble, file=sys.stderr))
    clock = history_clock()
    is_kept = False
    finished = 0

    def take(events: Sequence[Any]) -> None:
        nonlocal finished
        newest.extend(events)
        if is_kept:
            history.take(list(events))
        finished += sum(isinstance(event, RequestFinished) for event in events)

    history.begin_run("app")
    supervisor = Supervisor(EventBatch(take).emit)
    supervisor.start(
        ServerConfig(app=f"{Path(APP_FILE).name}:app", project=str(Path(APP_FILE).parent),
                     host=HOST, port=port, run_in=run_in)
    )  # fmt: skip
    for word in sys.stdin:
        assert history.flush(_WAIT)
        is_kept = word.strip() == "on"
        answer = {"requests": finished, "history": time.clock_gettime(clock)}
        os.write(out, json.dumps(answer).encode() + b"\n")
