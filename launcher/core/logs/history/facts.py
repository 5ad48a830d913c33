"""What a ``RequestFinished`` is made of, as the history sees it.

Any thread; no state.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from server.events import Body, RequestFinished

OWN = ("id", "started", "duration", "app_duration", "thread", "time")

_NEEDED: dict[str, Any] = {
    "method": "-", "target": "-", "path": "", "query": "", "http_version": "HTTP/1.1", "status": 0,
    "reason": "", "bytes_received": 0, "bytes_sent": 0, "remote_addr": "", "pid": 0,
}  # fmt: skip


def _defaults() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in fields(RequestFinished):
        if item.name in OWN:
            continue
        if item.default is not MISSING:
            found[item.name] = item.default
        elif item.default_factory is not MISSING:
            found[item.name] = Body()
        else:
            found[item.name] = _NEEDED[item.name]
    return found


FACTS = _defaults()


def exchange_of(event: RequestFinished) -> Any:
    return event


def repeats(exchange: Any) -> bool:
    return False


def finished(
    *, id: int, started: float, duration: float, app_duration: float, thread: str, **facts: Any
) -> RequestFinished:
    return RequestFinished(
        id=id, started=started, duration=duration, app_duration=app_duration, thread=thread,
        time=started + duration, **{**FACTS, **facts},
    )  # fmt: skip
