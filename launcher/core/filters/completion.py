"""What may be written next in a filter: from the grammar, and from what was seen.

Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from server.base.values import dataclass

from .fields import Field, Fields
from .language import LONGEST, quoted

__all__ = ["Completion", "Proposal", "complete"]

MOST = 12

_LAST = re.compile(r'(?:[^\s()":]*:(?:[<>]=?|=)?(?:"[^"]*\Z|[^\s()"]*)|[^\s()":]*)\Z')
_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JOINING = {"AND": "and", "OR": "or", "NOT": "not"}


@dataclass(frozen=True)
class Proposal:
    """Something that may be written.

    :param text: as it is put into the filter
    :param about: what it is, in a few words; or ""
    """

    text: str
    about: str = ""


@dataclass(frozen=True)
class Completion:
    """What may be written in a filter in place of what is begun.

    :param start: where that begins
    :param stop: and where it ends
    """

    start: int
    stop: int
    proposals: tuple[Proposal, ...] = ()


def complete(
    text: str, cursor: int, fields: Fields, seen: Mapping[str, Iterable[str]]
) -> Completion:
    """What may be written at a place.

    :param cursor: the place, in characters
    :param seen: by column: values of rows, the most frequent first
    """
    if len(text) > LONGEST:
        return Completion(cursor, cursor)
    before = text[:cursor]
    found = _LAST.search(before)
    assert found is not None  # it may be empty
    start, begun = found.start(), found.group()
    minus = begun.startswith("-")
    start, begun = start + minus, begun[minus:]
    if _is_in_quotes(before[:start]):
        return Completion(cursor, cursor)
    name, colon, value = begun.partition(":")
    if colon:
        field = fields.fields.get(name.lower())
        if field is None:
            return Completion(cursor, cursor)
        proposals = _values(field, value, seen)
        return Completion(start + len(name) + 1, cursor, proposals)
    return Completion(start, cursor, _words(before[: start - minus], begun, minus, fields))


def _is_in_quotes(text: str) -> bool:
    return '"' in _CLOSED.sub("", text)


def _words(before: str, begun: str, minus: bool, fields: Fields) -> tuple[Proposal, ...]:
    from .grammar import accepted  # with the parser

    possible = accepted(before, fields)
    lowered = begun.lower()
    names = [
        Proposal(f"{field.name}:", field.about)
        for field in fields.fields.values()
        if field.name.startswith(lowered) and "FIELD" in possible
    ]
    joining = [
        Proposal(word)
        for terminal, word in _JOINING.items()
        if begun and not minus and terminal in possible and word.startswith(lowered)
    ]
    if any(one.text == lowered for one in joining):
        joining = []
    return tuple(names + joining)[: max(MOST, len(fields.fields))]


def _values(field: Field, begun: str, seen: Mapping[str, Iterable[str]]) -> tuple[Proposal, ...]:
    if begun.startswith("~"):
        return ()
    sign = "=" if begun.startswith("=") else ""
    lowered = begun.removeprefix("=").removeprefix('"').lower()
    values = dict.fromkeys((*field.values, *(seen.get(field.seen, ()) if field.seen else ())))
    fitting = [value for value in values if lowered in value.lower() and value]
    # What begins with it comes first, and otherwise the order stays.
    fitting.sort(key=lambda value: not value.lower().startswith(lowered))
    written = [value if value in field.values else quoted(value) for value in fitting[:MOST]]
    proposals = tuple(Proposal(sign + value) for value in written)
    return () if [p.text.lower() for p in proposals] == [begun.lower()] else proposals
