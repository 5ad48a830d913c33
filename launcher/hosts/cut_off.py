"""The report of a request whose process has ended, as nobody else is left to make it. A pure
function, for any thread.
"""

from __future__ import annotations

import time

from server.events import RequestFinished, RequestStarted
from server.facts.exchange import readable_path


def cut_off(started: RequestStarted, pid: int, problem: str) -> RequestFinished:
    """A request that was running when its process ended.

    :param pid: the process's number
    :param problem: why it has no answer, a part of a sentence
    """
    now = time.time()
    duration = max(0.0, now - started.time)
    path, _, query = started.target.partition("?")
    return RequestFinished.of(
        id=started.id, started=started.time, duration=duration, app_duration=duration,
        method=started.method, target=started.target, path=readable_path(path), raw_path=path,
        query=query, pid=pid, aborted=True, problem=problem,
    )  # fmt: skip
