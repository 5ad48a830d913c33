"""What of an answer may be another each time, as the user has chosen for a pin. Pure; any thread.

A JSON field is named by its path (``order.id``, or ``lines[].id`` for each of a list), a header by
its name. A line of any other text is known by how it begins and ends, so that one with a token in
its middle is ignored whatever the token is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from launcher.core.compare import BodyChange, Comparison, HeaderChange
from launcher.core.secrets import mask_text
from server.base.values import dataclass

__all__ = ["MOST", "Ignored", "choices", "paths", "without"]

MOST = 100
"""How much is ignored of one pin."""
_LONGEST = 1_000
_INDEX = re.compile(r"\[\d+\]")
_KINDS = ("json", "header", "line", "body")
_WORD = re.compile(r"[\w+/=-]*")
_LAST_WORD = re.compile(r"[\w+/=-]*\Z")


@dataclass(frozen=True)
class Ignored:
    """One thing that may be another each time.

    :param kind: ``"json"``, ``"header"``, ``"line"``, or ``"body"`` for all of it
    :param name: the path, the name of the header in lower case, or how the line begins
    :param end: how the line ends
    """

    kind: str
    name: str = ""
    end: str = ""

    @property
    def title(self) -> str:
        """What it is called in a menu and in a sentence."""
        match self.kind:
            case "json":
                return f"\u201c{self.name}\u201d"
            case "header":
                return f"header {self.name}"
            case "line":
                shown = mask_text(f"{self.name}\u2026{self.end}")
                return f"lines like \u201c{shown}\u201d"
            case _:
                return "the body"

    def to_json(self) -> dict[str, str]:
        """For a file."""
        return {"kind": self.kind, "name": self.name, "end": self.end}

    @classmethod
    def from_json(cls, value: Any) -> Ignored | None:
        """The other way round; None where it makes no sense."""
        if not isinstance(value, Mapping) or value.get("kind") not in _KINDS:
            return None
        texts = [value.get(key, "") for key in ("kind", "name", "end")]
        if not all(isinstance(text, str) and len(text) <= _LONGEST for text in texts):
            return None
        return cls(*texts)


def paths(ignored: Iterable[Ignored]) -> frozenset[str]:
    """The paths among them, as :func:`launcher.core.compare.compare` takes them."""
    return frozenset(one.name for one in ignored if one.kind == "json")


def without(comparison: Comparison, ignored: Iterable[Ignored]) -> Comparison:
    """A comparison without the differences that are ignored."""
    ignored = tuple(ignored)
    if not ignored:
        return comparison
    headers = {one.name for one in ignored if one.kind == "header"}
    kept = tuple(
        replace(change, varies=change.varies or change.name.lower() in headers)
        for change in comparison.headers
    )
    body = comparison.body
    if any(one.kind == "body" for one in ignored):
        body = ()
    lines = [one for one in ignored if one.kind == "line"]
    if lines and comparison.kind == "text":
        body = tuple(change for change in body if not _is_like(change, lines))
    return replace(comparison, headers=kept, body=body, more=comparison.more and bool(body))


def choices(comparison: Comparison, most: int = 20) -> tuple[Ignored, ...]:
    """What could be ignored of the differences that there are, the most likely first.

    :param most: how many of them
    """
    found: dict[Ignored, None] = {}
    for change in comparison.body:
        if len(found) >= most:
            break
        one = _of_change(change, comparison.kind)
        if one is not None:
            found[one] = None
    found |= {_of_header(change): None for change in comparison.headers if not change.varies}
    if comparison.body:
        found[Ignored("body")] = None
    return tuple(found)


def _of_header(change: HeaderChange) -> Ignored:
    return Ignored("header", change.name.lower()[:_LONGEST])


def _of_change(change: BodyChange, kind: str) -> Ignored | None:
    if kind == "json":
        if change.place == "(all)" or len(change.place) > _LONGEST:
            return None
        return Ignored("json", _INDEX.sub("[]", change.place))
    if kind != "text" or change.before is None or change.after is None:
        return None
    first, second = change.before, change.after
    begin = _common(first, second)
    end = _common(first[len(begin) :][::-1], second[len(begin) :][::-1])[::-1]
    # A token that happens to begin or end alike is one word all the same.
    begin = _LAST_WORD.sub("", begin)
    end = end[_WORD.match(end).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    if len(begin.strip()) + len(end.strip()) < 4 or max(len(begin), len(end)) > _LONGEST:
        return None
    return Ignored("line", begin, end)


def _common(one: str, other: str) -> str:
    """How both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))]


def _is_like(change: BodyChange, lines: Iterable[Ignored]) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    return any(_text_is_like(before, one) and _text_is_like(after, one) for one in lines)


def _text_is_like(text: str, one: Ignored) -> bool:
    return (
        len(text) >= len(one.name) + len(one.end)
        and text.startswith(one.name)
        and text.endswith(one.end)
    )
