"""How an exchange lies in its table, and a request in the view: from event to columns, and back.

Most of what is in a request and its answer is the same for many requests (see
:class:`server.events.Exchange`): it is made into a :class:`Part` once, which is a row for all of
them.

Of a set of headers, the values that are new with each answer (:data:`VARYING`) are taken out and
lie in that row, so that the rest is the same set again and again. A flow is taken apart likewise:
stages and places are its shape, the times an array in the row. The spans are JSON, compressed; what
a list shows of them is in columns of its own.

What is mostly the same isn't written: ``version`` is NULL for HTTP/1.1, ``reason`` for the phrase
that belongs to the status, ``target`` where it is the path and the query, sizes where there is no
body. Facts that have no column of their own are in ``extra``, as JSON.

Pure functions; any thread.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from server.events import Body, Exchange, Headers, RequestFinished, RequestStarted, Span
from server.facts.exchange import FACTS
from server.facts.span import left_out_from_json

from ..queries import count_queries
from .contents import storable

__all__ = [
    "ABORTED",
    "COLUMNS",
    "EXCHANGE",
    "LOST",
    "OTHER_FACTS",
    "PROBLEM",
    "REFERENCES",
    "REPLAYED",
    "Part",
    "RowValues",
    "event_of",
    "headers_of",
    "part_of",
    "replay_of_flags",
    "started_part",
]

ABORTED = 1
"""Flag: the client went away before the answer was complete."""
PROBLEM = 2
"""Flag: the server refused it, or the app did something wrong; which, is in ``extra``."""
LOST = 4
"""Flag: it was unfinished when the server ended."""
REPLAYED = 8
"""Flag: it was sent again by the window; how its answer compares is in the bits above."""
_REPLAYS = {"same": 0, "status": 16, "body": 32, "headers": 64, "edited": 128}

VARYING = frozenset(
    ("date", "content-length", "etag", "last-modified", "expires", "age", "set-cookie",
     "x-request-id", "request-id", "traceparent", "x-runtime", "server-timing", "if-none-match",
     "if-modified-since")
)  # fmt: skip
"""Headers whose values lie in the row."""

_PLAIN = (
    "method", "path", "query", "target", "status", "flags", "received", "sent", "pid",
    "request_values", "response_values", "request_size", "response_size", "flow", "extra",
    "sql_total", "sql_duplicates", "sql_time", "sql_looped", "spans",
)  # fmt: skip

REFERENCES: Mapping[str, str] = {
    "version": "word",
    "reason": "word",
    "client": "word",
    "host": "word",
    "type": "word",
    "endpoint": "word",
    "request_headers": "headers",
    "response_headers": "headers",
    "request_body": "body",
    "response_body": "body",
    "shape": "shape",
}
"""By column: the table of contents it refers to."""

EXCHANGE = (*_PLAIN, *REFERENCES)
"""The columns of an exchange, in the order of a :class:`Part`."""

COLUMNS = ("number", "id", "started", "duration", "app_duration", "thread", "error", *EXCHANGE)
"""The columns of a request in the view, which :func:`event_of` needs."""

_COLUMN_FACTS = frozenset(
    ("method", "target", "path", "query", "http_version", "status", "reason", "bytes_received",
     "bytes_sent", "remote_addr", "pid", "request_headers", "response_headers", "request_body",
     "response_body", "aborted", "flow", "flow_places", "flow_failed", "endpoint",
     "spans")
)  # fmt: skip
_FLOW = {name: FACTS[name] for name in ("flow", "flow_places", "flow_failed")}
OTHER_FACTS = {name: default for name, default in FACTS.items() if name not in _COLUMN_FACTS}
"""Those that have no column of their own, and their defaults, which aren't written."""
_READERS: dict[str, Callable[[Any], Any]] = {"spans_left_out": left_out_from_json}
"""How one of those is made of its JSON, where it isn't of tuples alone."""
_REASONS = {int(status): status.phrase for status in HTTPStatus}
_SWAP = sys.byteorder == "big"

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Part(NamedTuple):
    """A row of an exchange, but for its number.

    :ivar plain: the values of the columns without a table of contents
    :ivar references: the contents of the others, None where there is none
    """

    plain: tuple[Any, ...]
    references: tuple[str | bytes | None, ...]


def started_part(event: RequestStarted) -> Part:
    """Of a request that isn't over: all that is known is what was asked for."""
    path, _, query = event.target.partition("?")
    values = dict.fromkeys(_PLAIN)
    values |= {"method": storable(event.method), "path": storable(path),
               "query": storable(query), "flags": 0}  # fmt: skip
    return Part(tuple(values.values()), (None,) * len(REFERENCES))


def part_of(exchange: Exchange) -> Part:
    """Of a request that is over."""
    request_set, request_values = _split(exchange.request_headers)
    response_set, response_values = _split(exchange.response_headers)
    shape, times = _split_flow(exchange)
    others = OTHER_FACTS if shape is not None else OTHER_FACTS | _FLOW
    extra = {
        name: value
        for name, default in others.items()
        if (value := getattr(exchange, name)) != default
    }
    path, query, target = exchange.path, exchange.query, exchange.target
    status = exchange.status
    flags = (ABORTED if exchange.aborted else 0) | (PROBLEM if exchange.problem else 0)
    if exchange.replay:
        flags |= REPLAYED | _REPLAYS.get(exchange.replay, 0)
    plain = (
        storable(exchange.method),
        storable(path),
        storable(query),
        None if target == (f"{path}?{query}" if query else path) else storable(target),
        status,
        flags,
        exchange.bytes_received,
        exchange.bytes_sent,
        exchange.pid,
        request_values,
        response_values,
        exchange.request_body.size or None,
        exchange.response_body.size or None,
        times,
        storable(_dumps(extra)) if extra else None,
        *(number or None for number in count_queries(exchange.spans, exchange.spans_left_out)),
        _packed_spans(exchange.spans),
    )
    references = (
        None if exchange.http_version == "HTTP/1.1" else storable(exchange.http_version),
        None if exchange.reason == _REASONS.get(status, "") else storable(exchange.reason),
        storable(exchange.remote_addr) or None,
        storable(header_value(exchange.request_headers, "host")) or None,
        storable(media_type(exchange.response_headers)) or None,
        storable(exchange.endpoint) or None,
        request_set,
        response_set,
        exchange.request_body.data or None,
        exchange.response_body.data or None,
        shape,
    )  # fmt: skip
    return Part(plain, references)


def replay_of_flags(flags: int) -> str:
    """How the answer to a request compares that was sent again; "" for any other request."""
    if not flags & REPLAYED:
        return ""
    return next((name for name, bit in _REPLAYS.items() if flags & bit), "same")


RowValues = Mapping[str, Any]
"""A row's columns by name, the contents in place of their ids."""


def event_of(row: RowValues) -> RequestFinished:
    """The event of a row whose request is over, as it was recorded."""
    status = row["status"]
    facts: dict[str, Any] = {
        "method": row["method"],
        "path": row["path"],
        "query": row["query"],
        "target": target_of(row["target"], row["path"], row["query"]),
        "http_version": "HTTP/1.1" if row["version"] is None else row["version"],
        "status": status,
        "reason": _REASONS.get(status, "") if row["reason"] is None else row["reason"],
        "bytes_received": row["received"],
        "bytes_sent": row["sent"],
        "remote_addr": row["client"] or "",
        "pid": row["pid"],
        "request_headers": headers_of(row["request_headers"], row["request_values"]),
        "response_headers": headers_of(row["response_headers"], row["response_values"]),
        "request_body": Body(row["request_size"] or 0, row["request_body"] or b""),
        "response_body": Body(row["response_size"] or 0, row["response_body"] or b""),
        "aborted": bool(row["flags"] & ABORTED),
        "endpoint": row["endpoint"] or "",
    }
    if row["shape"] is not None:
        stages, depths, places, failed = json.loads(row["shape"])
        times = array("I", row["flow"])
        if _SWAP:
            times.byteswap()
        count = len(stages)
        facts["flow"] = tuple(zip(stages, times[:count], times[count:], depths, strict=True))
        facts["flow_places"] = tuple(map(tuple, places))
        facts["flow_failed"] = failed
    if row["spans"] is not None:
        facts["spans"] = _spans_of(row["spans"])
    for name, value in json.loads(row["extra"]).items() if row["extra"] else ():
        if name in FACTS:  # a newer program may have known more
            facts[name] = _READERS.get(name, _frozen)(value)
    return RequestFinished.of(
        id=row["id"],
        started=row["started"],
        duration=row["duration"],
        app_duration=row["app_duration"],
        thread=row["thread"] or "",
        **facts,
    )


def target_of(target: str | None, path: str, query: str) -> str:
    """The request target as it was sent."""
    if target is not None:
        return target
    return f"{path}?{query}" if query else path


def headers_of(
    stored: str | None, values: str | None, change: Callable[[str, str], str] | None = None
) -> Headers:
    """The headers as they were sent, from the set and the values that were taken out of it.

    :param change: makes the value of a header by its name and value
    """
    if stored is None:
        return ()
    left = iter(json.loads(values)) if values else iter(())
    found = [
        (name, next(left, "") if value is None else value) for name, value in json.loads(stored)
    ]
    if change is None:
        return tuple(found)
    return tuple((name, change(name, value)) for name, value in found)


@lru_cache(maxsize=512)
def _split(headers: Headers) -> tuple[str | None, str | None]:
    if not headers:
        return None, None
    values: list[str] = []
    kept: list[tuple[str, str | None]] = []
    for name, value in headers:
        if name.lower() in VARYING:
            kept.append((name, None))
            values.append(value)
        else:
            kept.append((name, value))
    return storable(_dumps(kept)), storable(_dumps(values)) if values else None


def _split_flow(exchange: Exchange) -> tuple[str | None, bytes | None]:
    flow = exchange.flow
    if not flow:
        return None, None
    stages, starts, durations, depths = zip(*flow, strict=True)
    try:
        packed = array("I", (*starts, *durations))
    except (OverflowError, TypeError):
        return None, None
    if _SWAP:
        packed.byteswap()
    shape = _shape(stages, depths, exchange.flow_places, exchange.flow_failed)
    return shape, packed.tobytes()


@lru_cache(maxsize=512)
def _shape(*parts: Any) -> str:
    return storable(_dumps(parts))


def _packed_spans(spans: tuple[Span, ...] | None) -> bytes | None:
    if not spans:
        return None if spans is None else b""
    text = _dumps([span.to_json() for span in spans])
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _spans_of(packed: bytes) -> tuple[Span, ...]:
    """The spans as they were; none where the file is damaged there."""
    if not packed:
        return ()
    try:
        found = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
        return tuple(map(Span.from_json, found))
    except (zlib.error, ValueError, TypeError, KeyError):
        return ()


def media_type(headers: Headers) -> str:
    """What kind of body the headers report, in small letters and without its parameters; or ""."""
    return header_value(headers, "content-type").partition(";")[0].strip().lower()


def header_value(headers: Headers, name: str) -> str:
    """The first value of a header; "" where there is none.

    :param name: in small letters
    """
    for known, value in headers:
        if known.lower() == name:
            return value
    return ""


def _frozen(value: Any) -> Any:
    """What JSON made lists of is tuples again."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
