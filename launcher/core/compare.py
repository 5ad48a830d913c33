"""Two answers compared: status, headers, body, time. No Qt; pure; any thread.

Bodies that are JSON are compared by their structure: the order of keys and white space mean
nothing, and what differs is named by its path (``order.lines[0].sku``). Other texts are compared by
their lines, and what is no text by its bytes. Headers that are new with each answer are listed
where they differ (:data:`VARYING`), but make no difference of their own.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from launcher.core.bodies.reading import content_of
from server.base.values import dataclass
from server.events import Body, Headers

__all__ = [
    "VARYING",
    "BodyChange",
    "Comparison",
    "HeaderChange",
    "Side",
    "compare",
    "is_ignored",
    "json_changes",
]

VARYING = frozenset(
    ("date", "content-length", "etag", "last-modified", "expires", "age", "set-cookie",
     "x-request-id", "request-id", "traceparent", "x-runtime", "server-timing", "server",
     "connection", "keep-alive", "transfer-encoding", "content-encoding")
)  # fmt: skip
"""Headers that say nothing about whether an answer is the same."""
MOST_CHANGES = 1_000
_MOST_LINES = 3_000
_SHOWN = 2_000  # characters of one value
_NUMBER = re.compile(r'"\\u0000([^"\\]*)\\u0000"')  # as _shown marks them

Missing = object()
"""In place of a value that is on the other side only."""


class Side(Protocol):
    """An answer, as ``RequestFinished`` has it."""

    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def response_headers(self) -> Headers: ...
    @property
    def response_body(self) -> Body: ...
    @property
    def duration(self) -> float: ...


@dataclass(frozen=True)
class HeaderChange:
    """A header that isn't the same; None where a side hasn't got it.

    :param varies: it is expected to be another each time
    """

    name: str
    before: str | None
    after: str | None
    varies: bool


@dataclass(frozen=True)
class BodyChange:
    """A part of a body that isn't the same; None where a side hasn't got it.

    :param place: a path within JSON, or a line such as ``line 3``
    """

    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Comparison:
    """How two answers differ.

    :param kind: how the bodies were compared: ``"json"``, ``"text"`` or ``"bytes"``
    :param sizes: of the bodies, in bytes
    :param durations: in seconds
    :param cut: a body wasn't kept whole: what is behind isn't compared
    :param more: there are more changes of the body than are listed
    """

    status: tuple[int, int]
    headers: tuple[HeaderChange, ...]
    body: tuple[BodyChange, ...]
    sizes: tuple[int, int]
    durations: tuple[float, float]
    kind: str
    cut: bool = False
    more: bool = False

    @property
    def difference(self) -> str:
        """What differs most: ``"status"``, ``"body"`` or ``"headers"``; "" where nothing does."""
        if self.status[0] != self.status[1]:
            return "status"
        if self.body:
            return "body"
        return "headers" if any(not change.varies for change in self.headers) else ""

    @property
    def verdict(self) -> str:
        """The same in a few words, for the list."""
        return f"\u2260 {self.difference}" if self.difference else "same"


def compare(before: Side, after: Side, ignored: frozenset[str] = frozenset()) -> Comparison:
    """Compare two answers.

    :param ignored: paths within JSON bodies that may differ: ``order.id``, or ``lines[].id`` for
        each of a list; with all that is below
    """
    body, kind, more = _bodies(before, after, ignored)
    first, second = before.response_body, after.response_body
    return Comparison(
        status=(before.status, after.status),
        headers=tuple(_headers(before.response_headers, after.response_headers)),
        body=body,
        sizes=(first.size, second.size),
        durations=(before.duration, after.duration),
        kind=kind,
        cut=first.truncated or second.truncated,
        more=more,
    )


def _headers(before: Headers, after: Headers) -> Iterator[HeaderChange]:
    first, second = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*first, *second)):
        one, other = first.get(name), second.get(name)
        if one is None or other is None or one[1] != other[1]:
            yield HeaderChange(
                (one or other or ("", ""))[0],
                None if one is None else one[1],
                None if other is None else other[1],
                name in VARYING,
            )


def _by_name(headers: Headers) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        known = name.lower()
        before = found.get(known)
        found[known] = (name, value) if before is None else (before[0], f"{before[1]}, {value}")
    return found


def _bodies(
    before: Side, after: Side, ignored: frozenset[str]
) -> tuple[tuple[BodyChange, ...], str, bool]:
    first, second = before.response_body, after.response_body
    if first == second and before.response_headers == after.response_headers:
        return (), "bytes", False
    one, other = (
        content_of(side.response_body, side.response_headers, secrets=True)
        for side in (before, after)
    )
    if one.text is None or other.text is None:
        if one.data == other.data and first.size == second.size:
            return (), "bytes", False
        return (_bytes_change(one.data, other.data, first.size, second.size),), "bytes", False
    if one.text == other.text and first.truncated == second.truncated:
        same = not first.truncated or first.size == second.size
        change = BodyChange("size", f"{first.size:,} bytes", f"{second.size:,} bytes")
        return (() if same else (change,)), "text", False
    trees = _trees(one.text, other.text)
    if trees is not None:
        try:
            changes = _first(json_changes(*trees, ignored=ignored))
        except RecursionError:
            pass
        else:
            return (*changes[:MOST_CHANGES],), "json", len(changes) > MOST_CHANGES
    changes = _first(_line_changes(one.text, other.text))
    return (*changes[:MOST_CHANGES],), "text", len(changes) > MOST_CHANGES


def _first(changes: Iterator[BodyChange]) -> list[BodyChange]:
    return list(itertools.islice(changes, MOST_CHANGES + 1))


def _bytes_change(one: bytes, other: bytes, first: int, second: int) -> BodyChange:
    pairs = enumerate(zip(one, other, strict=False))
    at = next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))
    place = f"byte {at + 1:,}"
    return BodyChange(place, f"{first:,} bytes", f"{second:,} bytes")


# JSON


def _trees(one: str, other: str) -> tuple[Any, Any] | None:
    try:
        return _parsed(one), _parsed(other)
    except (ValueError, RecursionError, ArithmeticError):
        return None


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        raise ValueError("no object and no list")
    return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=str)


def _number(text: str) -> Decimal:
    """A number as it is written: nothing is rounded, and 1.10 is 1.1."""
    return Decimal(text)


def json_changes(
    before: Any, after: Any, path: str = "", ignored: frozenset[str] = frozenset()
) -> Iterator[BodyChange]:
    """What differs in two trees of JSON, in the order of the first one.

    :param path: where they stand
    :param ignored: see :func:`compare`
    :raises RecursionError: they are too deep
    """
    if path and is_ignored(path, ignored):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            place = f"{path}.{key}" if path else str(key)
            yield from json_changes(
                before.get(key, Missing), after.get(key, Missing), place, ignored
            )
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            one = before[index] if index < len(before) else Missing
            other = after[index] if index < len(after) else Missing
            yield from json_changes(one, other, f"{path}[{index}]", ignored)
    elif type(before) is not type(after) or before != after:
        yield BodyChange(path or "(all)", _shown(before), _shown(after))


def is_ignored(path: str, ignored: frozenset[str]) -> bool:
    """Whether a path, or what it is below, is among those that may differ."""
    return bool(ignored) and (path in ignored or _any_index(path) in ignored)


def _any_index(path: str) -> str:
    parts = path.split("[")
    return parts[0] + "".join(f"[{part[part.index(']'):]}" if "]" in part else f"[{part}"
                              for part in parts[1:])  # fmt: skip


def _shown(value: Any) -> str | None:
    if value is Missing:
        return None
    text = json.dumps(value, ensure_ascii=False, default=lambda number: f"\0{number}\0")
    text = _NUMBER.sub(r"\1", text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"


# Other texts


def _line_changes(one: str, other: str) -> Iterator[BodyChange]:
    first, second = one.splitlines(), other.splitlines()
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    first, second = first[start:], second[start:]
    while first and second and first[-1] == second[-1]:
        first.pop()
        second.pop()
    if max(len(first), len(second)) > _MOST_LINES:  # matching takes the square of that
        blocks = [("replace", 0, len(first), 0, len(second))]
    else:
        blocks = difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes()  # type: ignore[assignment]
    for tag, begin, end, begins, ends in blocks:
        if tag == "equal":
            continue
        for offset in range(max(end - begin, ends - begins)):
            before = first[begin + offset] if begin + offset < end else None
            after = second[begins + offset] if begins + offset < ends else None
            number = start + (begin + offset if before is not None else begins + offset) + 1
            yield BodyChange(f"line {number:,}", _cut(before), _cut(after))


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}\u2026"
