"""A condition as a function of a row in memory.

Its result is that of :func:`~launcher.core.logs.history.conditions.matches`, but the condition is
made ready once instead of walked through for each of twenty thousand rows: columns are looked up,
texts put in lower case and parts put in the order of their cost beforehand. What costs most,
masking the secrets of headers and bodies, is done only where the text may be found at all.

A predicate belongs to the thread of its log, which in the window is the GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar

from launcher.core.logs.history import index
from launcher.core.logs.history.conditions import (
    COMPARISONS,
    All,
    Any_,
    BodyHas,
    BodyPasses,
    Compare,
    Condition,
    EndsWith,
    Flag,
    HeadersHave,
    HeadersPass,
    Not,
    Passes,
    Side,
    Text,
    body_passes,
    headers_pass,
    sides,
    text_test,
)
from launcher.core.logs.history.rows import header_value, media_type
from launcher.core.logs.queries import QueryCount
from launcher.core.logs.requests import RequestRow
from launcher.core.secrets import mask_query
from server.events import Exchange, Headers, RequestFinished

__all__ = ["NUMBERS", "TEXTS", "Predicate", "predicate"]

Predicate = Callable[[RequestRow], bool]

T = TypeVar("T")

_VERDICTS = 50_000
_EXCHANGES = 32
"""Exchanges whose verdict is remembered."""


def predicate(condition: Condition) -> Predicate:
    """Whether a row is as asked for."""
    made = _predicate(condition)
    composite = isinstance(condition, All | Any_ | Not)
    return _remembered(made) if composite and _asks_for_the_exchange(condition) else made


def _asks_for_the_exchange(condition: Condition) -> bool:
    """Whether nothing is asked for that differs between requests that share an exchange, as long as
    they have no error of their own."""
    match condition:
        case All(parts) | Any_(parts):
            return all(map(_asks_for_the_exchange, parts))
        case Not(part):
            return _asks_for_the_exchange(part)
        case Compare(column, _, _):
            return column == "status"
        case Text(column, _, _) | Passes(column, _) | EndsWith(column, _):
            return column in ("method", "path", "query", "endpoint")
        case Flag(name):
            return name in ("error", "aborted")
        case HeadersHave():
            return True
    return False


def _remembered(test: Predicate) -> Predicate:
    """Ask once for all requests that share an exchange, as those of a flood do."""
    known: dict[int, tuple[Exchange, bool]] = {}

    def holds(row: RequestRow) -> bool:
        done = row.finished
        if done is None or row.error is not None or not done.exchange.repeats:
            return test(row)
        exchange = done.exchange
        found = known.get(id(exchange))
        if found is None:  # what is in there stays alive, so its number is its own
            if len(known) >= _EXCHANGES:
                known.clear()
            found = known[id(exchange)] = (exchange, test(row))
        return found[1]

    return holds


def _predicate(condition: Condition) -> Predicate:
    match condition:
        case All(parts):
            return _all([predicate(part) for part in sorted(parts, key=_cost)])
        case Any_(parts):
            return _any(_alternatives(sorted(parts, key=_cost)))
        case Not(part):
            inner = predicate(part)
            return lambda row: not inner(row)
        case Compare(column, sign, wanted):
            return _compare(NUMBERS[column], COMPARISONS[sign], wanted)
        case Text(column, way, text):
            return _test(column, text_test(way, text))
        case Passes(column, test):
            return _test(column, test)
        case EndsWith(column, endings):
            return _test(column, lambda text: text.lower().endswith(endings))
        case Flag(name):
            return _FLAGS[name]
        case HeadersHave(text, side):
            return _headers(text.lower(), side)
        case BodyHas(text, side):
            return _bodies(text.lower(), side)
        case HeadersPass(test, side):
            return _any_side(_HEADERS, side, lambda headers: headers_pass(test, headers))
        case BodyPasses(test, side):
            return _any_side(_BODIES, side, _once(lambda data: body_passes(test, data)))


def _all(parts: list[Predicate]) -> Predicate:
    match parts:
        case [one]:
            return one
        case [one, other]:
            return lambda row: one(row) and other(row)

    def every(row: RequestRow) -> bool:
        for part in parts:  # noqa: SIM110 - three times as quick as all() with a generator
            if not part(row):
                return False
        return True

    return every


def _any(parts: list[Predicate]) -> Predicate:
    match parts:
        case [one]:
            return one
        case [one, other]:
            return lambda row: one(row) or other(row)

    def some(row: RequestRow) -> bool:
        for part in parts:  # noqa: SIM110
            if part(row):
                return True
        return False

    return some


def _alternatives(parts: list[Condition]) -> list[Predicate]:
    """Predicates of which one is to be met; texts of one column are looked for in one go."""
    equal: dict[str, set[str]] = {}
    starts: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    others: list[Predicate] = []
    for part in parts:
        match part:
            case Text(column, "is", text):
                equal.setdefault(column, set()).add(text.lower())
            case Text(column, "starts", text):
                starts.setdefault(column, []).append(text.lower())
            case Text(column, "ends", text):
                ends.setdefault(column, []).append(text.lower())
            case EndsWith(column, endings):
                ends.setdefault(column, []).extend(endings)
            case _:
                others.append(predicate(part))
    together = [
        _text_is(column, frozenset(equal.get(column, ())), tuple(starts.get(column, ())),
                 tuple(ends.get(column, ())))
        for column in {**equal, **starts, **ends}
    ]  # fmt: skip
    return [*together, *others]


def _text_is(
    column: str, equal: frozenset[str], starts: tuple[str, ...], ends: tuple[str, ...]
) -> Predicate:
    """Whether a text is one of some, or begins or ends with one."""
    read = TEXTS[column]

    def holds(row: RequestRow) -> bool:
        text = read(row).lower()
        return text in equal or text.startswith(starts) or text.endswith(ends)

    return holds


def _cost(condition: Condition) -> int:
    match condition:
        case All(parts) | Any_(parts):
            return max(map(_cost, parts), default=0)
        case Not(part):
            return _cost(part)
        case Compare() | Flag():
            return 0
        case Text() | Passes() | EndsWith():
            return 1
        case HeadersHave() | HeadersPass():
            return 2
        case BodyHas() | BodyPasses():
            return 3


# Columns. As in the history, a request that is running has a method, a path and a query.


def _finished(
    read: Callable[[RequestFinished], Any], none: Any = None
) -> Callable[[RequestRow], Any]:
    return lambda row: none if row.finished is None else read(row.finished)


def _counted(read: Callable[[QueryCount], float]) -> Callable[[RequestRow], Any]:
    return lambda row: None if row.finished is None else read(row.queries)


NUMBERS: Mapping[str, Callable[[RequestRow], Any]] = {
    "id": lambda row: row.id,
    "started": lambda row: row.started if row.finished is None else row.finished.started,
    "status": _finished(attrgetter("status")),
    "duration": _finished(lambda done: round(done.duration * 1e9) / 1e9),
    "app_duration": _finished(lambda done: round(done.app_duration * 1e9) / 1e9),
    "received": _finished(attrgetter("bytes_received")),
    "sent": _finished(attrgetter("bytes_sent")),
    "request_size": _finished(lambda done: done.request_body.size),
    "response_size": _finished(lambda done: done.response_body.size),
    "pid": _finished(attrgetter("pid")),
    "sql_total": _counted(attrgetter("total")),
    "sql_duplicates": _counted(attrgetter("duplicates")),
    "sql_time": _counted(lambda queries: queries.time / 1e6),
    "sql_looped": _counted(attrgetter("looped")),
    "run": lambda row: None,
}
"""The columns that are numbers."""

TEXTS: Mapping[str, Callable[[RequestRow], str]] = {
    "method": lambda row: row.method if row.finished is None else row.finished.method,
    "path": lambda row: row.target.partition("?")[0] if row.finished is None else row.finished.path,
    "query": lambda row: mask_query(
        row.target.partition("?")[2] if row.finished is None else row.finished.query
    ),
    "type": _finished(lambda done: media_type(done.response_headers), ""),
    "host": _finished(lambda done: header_value(done.request_headers, "host"), ""),
    "endpoint": _finished(attrgetter("endpoint"), ""),
    "thread": _finished(attrgetter("thread"), ""),
    "client": _finished(attrgetter("remote_addr"), ""),
    "app": lambda row: "",
}
"""The columns that are texts, with their secrets masked, as they are compared and shown."""

_FLAGS: Mapping[str, Predicate] = {
    "error": lambda row: row.error is not None,
    "aborted": _finished(attrgetter("aborted"), False),
    "problem": _finished(lambda done: bool(done.problem), False),
    "lost": lambda row: row.lost,
    "replayed": _finished(lambda done: bool(done.replay), False),
    "pending": lambda row: row.finished is None and not row.lost,
}


def _compare(
    read: Callable[[RequestRow], Any], compare: Callable[[Any, Any], bool], wanted: float
) -> Predicate:
    def holds(row: RequestRow) -> bool:
        found = read(row)
        return found is not None and compare(found, wanted)

    return holds


def _test(column: str, test: Callable[[str], bool]) -> Predicate:
    read = TEXTS[column]
    return lambda row: test(read(row))


# Headers and bodies


def _headers(text: str, side: Side) -> Predicate:
    if not text:  # in the line that isn't there, too
        return lambda row: True
    raw = index.raw_part(text)

    def has(headers: Headers) -> bool:
        if not any(raw in f"{name}: {value}".lower() for name, value in headers):
            return False
        return any(text in line for line in index.header_lines(headers).split("\n"))

    return _any_side(_HEADERS, side, has)


def _bodies(text: str, side: Side) -> Predicate:
    if not text:
        return lambda row: True
    raw = index.raw_part(text)
    # Most bodies aren't decoded at all: what is ASCII can be looked for in bytes.
    needle = raw.encode("ascii") if raw.isascii() and not _folds_into_ascii(raw) else b""

    has_text = _once(lambda data: text in index.body_text(data))

    def has(data: bytes) -> bool:
        if not data or needle not in data.lower():
            return False
        if not needle and raw not in data.decode("utf-8", "replace").lower():
            return False
        return has_text(data)

    return _any_side(_BODIES, side, has)


def _once(test: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    """The same test, done once for each body: many answers are the same, and to mask one takes
    long."""
    known: dict[bytes, bool] = {}

    def tested(data: bytes) -> bool:
        if not data:
            return False
        key = blake2b(data, digest_size=16).digest()
        found = known.get(key)
        if found is None:
            if len(known) >= _VERDICTS:
                known.clear()
            found = known[key] = test(data)
        return found

    return tested


def _any_side(
    ways: Mapping[str, Callable[[RequestFinished], T]], side: Side, test: Callable[[T], bool]
) -> Predicate:
    """Of a request that is over: whether what one of its sides has passes."""
    read = tuple(ways[one] for one in sides(side))
    return lambda row: row.finished is not None and any(test(way(row.finished)) for way in read)


def _folds_into_ascii(text: str) -> bool:
    """Whether a letter that isn't ASCII becomes one of these in lower case: K as in kelvin, and
    the dotted capital I."""
    return "k" in text or "i" in text


_HEADERS: Mapping[str, Callable[[RequestFinished], Headers]] = {
    "request": lambda done: done.request_headers,
    "response": lambda done: done.response_headers,
}
_BODIES: Mapping[str, Callable[[RequestFinished], bytes]] = {
    "request": lambda done: done.request_body.data,
    "response": lambda done: done.response_body.data,
}
