"""A pinned request: what is sent, and what is expected to come back. Pure; any thread.

A pin is one ``RequestFinished``: its request is what is sent, its answer what is expected. What
failed when it was pinned is expected to be answered well one day, so any answer without a failure
is good then. Pins are equal by what they ask for (method, target and body), not by their headers,
in which cookies come and go: so pressing P at any of the same requests means the same pin.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from launcher.core.http_methods import SAFE
from launcher.core.logs.queries import count_queries
from server.base.values import dataclass
from server.events import RequestFinished, event_from_values

from .ignoring import MOST, Ignored

__all__ = ["MOST_PINS", "Pin", "failed", "key_of", "pin_of", "query_count"]

MOST_PINS = 50

_KEPT = (
    "method", "target", "path", "query", "raw_path", "http_version", "request_headers",
    "request_body", "status", "reason", "response_headers", "response_body", "error_id", "endpoint",
)  # fmt: skip
_TEXTS = ("method", "target", "path", "query", "raw_path", "http_version", "reason", "endpoint")
_ANSWER = ("status", "reason", "response_headers", "response_body", "error_id")


@dataclass(frozen=True)
class Pin:
    """A pinned request.

    :param key: see :func:`key_of`
    :param request: what is sent, with the answer that is expected; without its flow
    :param queries: how many SQL queries it made; None where that isn't known
    :param ignored: what may be another each time
    :param base: the address of the server that it was pinned from; "" where that isn't known
    :param agreed: the user has agreed that it is sent by itself, though it may change something;
        None where that was never asked
    """

    key: str
    request: RequestFinished
    queries: int | None = None
    ignored: tuple[Ignored, ...] = ()
    agreed: bool | None = None
    base: str = ""

    @property
    def name(self) -> str:
        """Method and target, as sent."""
        return f"{self.request.method} {self.request.target}"

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing by its method, so that it needs no agreement."""
        return self.request.method in SAFE

    @property
    def awaits_success(self) -> bool:
        """It failed when it was pinned: any answer without a failure is good."""
        return failed(self.request)

    def expecting(self, done: RequestFinished) -> Pin:
        """The same, with another answer that is expected from now on."""
        facts = {name: getattr(done, name) for name in _ANSWER}
        request = self.request.replace(started=done.started, duration=done.duration, **facts)
        return replace(self, request=request, queries=query_count(done))

    def ignoring(self, one: Ignored, *, on: bool = True) -> Pin:
        """The same, with one thing more that is ignored, or one less."""
        others = tuple(known for known in self.ignored if known != one)
        return replace(self, ignored=(*others, one)[-MOST:] if on else others)

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "key": self.key,
            "request": json.loads(self.request.line()),
            "queries": self.queries,
            "ignored": [one.to_json() for one in self.ignored],
            "agreed": self.agreed,
            "base": self.base,
        }

    @classmethod
    def from_json(cls, value: Any) -> Pin | None:
        """The other way round; None where it can't be used."""
        if not isinstance(value, Mapping):
            return None
        try:
            request = event_from_values(dict(value["request"]))
        except (KeyError, TypeError, ValueError):
            return None
        if not isinstance(request, RequestFinished) or not _is_usable(request):
            return None
        found = value.get("ignored")
        ignored = [Ignored.from_json(one) for one in found] if isinstance(found, list) else []
        queries, agreed, base = (value.get(key) for key in ("queries", "agreed", "base"))
        return cls(
            key=key_of(request),
            request=_bare(request),
            queries=queries if type(queries) is int else None,
            ignored=tuple(one for one in ignored if one is not None)[-MOST:],
            agreed=agreed if isinstance(agreed, bool) else None,
            base=base if isinstance(base, str) else "",
        )


def pin_of(done: RequestFinished, base: str = "") -> Pin:
    """A request, pinned.

    :param base: the address of its server
    """
    return Pin(key_of(done), _bare(done), query_count(done), base=base)


def key_of(done: RequestFinished) -> str:
    """The same for requests that ask for the same."""
    parts = (done.method, done.target, hashlib.sha256(done.request_body.data).hexdigest())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _is_usable(request: RequestFinished) -> bool:
    """Whether what a file has is of the types that it should be: reading it looks at some only."""
    return (
        all(isinstance(getattr(request, name), str) for name in _TEXTS)
        and type(request.status) is int
        and type(request.error_id) in (int, type(None))
    )


def failed(done: RequestFinished) -> bool:
    """Whether an answer is a failure of the app, or there was none."""
    return done.status >= 500 or not done.status or done.error_id is not None


def query_count(done: RequestFinished) -> int | None:
    """How many SQL queries a request made; None where that wasn't recorded."""
    return None if done.spans is None else count_queries(done.spans, done.spans_left_out).total


def _bare(done: RequestFinished) -> RequestFinished:
    """What is needed of a request to send it again and to compare its answer."""
    facts = {name: getattr(done, name) for name in _KEPT}
    return RequestFinished.of(id=0, started=done.started, duration=done.duration, **facts)
