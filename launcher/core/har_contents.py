"""A HAR file as it is looked at: its requests in a log of their own. No Qt; any thread.

The log is filled here, where the file is read, and belongs to the GUI thread from then on.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from server.base.values import dataclass
from server.events import RequestFinished

from .display import day, one_line, plural
from .har import read_har
from .logs.requests import RequestLog

__all__ = ["HarContents", "contents_of"]

_HOSTS = 3  # that are named


@dataclass(frozen=True)
class HarContents:
    """What a file has.

    :param requests: all of them, in the file's order; nothing of them is dropped
    :param bases: scheme, host and port of each
    :param left_out: entries that were no requests over HTTP
    """

    path: Path
    requests: RequestLog
    bases: tuple[str, ...]
    left_out: int = 0

    def base_of(self, done: RequestFinished) -> str:
        """Where one of its requests was sent."""
        return self.bases[done.id - 1]

    @property
    def facts(self) -> str:
        """How many requests there are, to how many hosts, and when; in one line."""
        log = self.requests
        parts = [plural(len(log), "request")]
        hosts = Counter(self.bases)
        if len(hosts) > _HOSTS:
            parts.append(plural(len(hosts), "host"))
        elif hosts:
            parts.append(", ".join(one_line(host, 60) for host, _ in hosts.most_common()))
        first = log.get(log.first)
        if first is not None:
            parts.append(day(first.started, time.time()))
        if self.left_out:
            parts.append(f"{self.left_out:,} left out: not HTTP")
        return "  \u00b7  ".join(parts)


def contents_of(
    path: Path,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> HarContents:
    """Read a file.

    :param progress: and the rest: see :func:`~launcher.core.har.read_har`
    """
    skipped: list[None] = []
    found = read_har(path, progress, is_cancelled, lambda: skipped.append(None))
    log = RequestLog(capacity=max(1, len(found)), body_budget=sys.maxsize)
    for _, done in found:
        log.add_finished(done)
    return HarContents(path, log, tuple(base for base, _ in found), len(skipped))
