"""The requests of a log as entries of the palette: each path once, the newest first. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from launcher.core.display import clock, duration, one_line
from launcher.core.logs.requests import RequestLog, RequestRow

from .entries import REQUESTS, Entry

__all__ = ["request_entries"]

_LOOKED_AT = 2000  # of the newest rows
_MOST = 200
_SHOWN = 300  # characters of a path
_DURATION = len("10.4 ms")  # characters: so that times and states stand below each other


def request_entries(log: RequestLog, open_request: Callable[[int], object]) -> list[Entry]:
    """The newest request of each method and path.

    :param open_request: shows the request with a number
    """
    found: dict[tuple[str, str], Entry] = {}
    for number in range(log.end - 1, max(log.first, log.end - _LOOKED_AT) - 1, -1):
        row = log.get(number)
        if row is None:
            continue
        path = row.finished.path if row.finished is not None else row.target.partition("?")[0]
        if (row.method, path) not in found:
            found[row.method, path] = _entry(row, path, partial(open_request, number))
            if len(found) == _MOST:
                break
    return list(found.values())


def _entry(row: RequestRow, path: str, run: Callable[[], object]) -> Entry:
    done = row.finished
    facts = [clock(row.started)[:8]]
    if done is not None:
        facts += [str(done.status), f"{duration(done.duration):>{_DURATION}}"]
    return Entry(
        f"request:{row.method} {path}"[:_SHOWN],
        REQUESTS,
        one_line(path[:_SHOWN], _SHOWN)[:_SHOWN],
        run,
        right="   ".join(facts),
        badge=one_line(row.method, 12),
        is_code=True,
    )
