"""From the text of a filter to what it asks for.

Free words and ``method:POST status:5xx -path:/static dur:>200ms``, with ``and``, which may be left
out, ``or``, ``not`` and ``-``, parentheses, quotes, and ``~`` for a regular expression. The same
text is used by the field in the window and by ``--filter``. Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from launcher.core.logs.history.conditions import (
    All,
    Any_,
    BodyPasses,
    Condition,
    HeadersPass,
    Not,
    Passes,
)
from server.base.values import dataclass

from .fields import Fields
from .mistakes import FilterError
from .patterns import Pattern

if TYPE_CHECKING:
    from lark import Token, Tree

__all__ = ["EVERYTHING", "LONGEST", "MOST", "WrittenFilter", "quoted", "read_filter"]

LONGEST = 10_000
"""Characters of a filter."""
MOST = 1_000
"""Words and fields of a filter."""

EVERYTHING = All(())
"""The condition that every row meets."""

_ESCAPED = re.compile(r'\\(["\\])')
_BARE = re.compile(r'[^\s()"~=<>:-][^\s()":]*')
_KEYWORDS = frozenset(("and", "or", "not"))


@dataclass(frozen=True)
class WrittenFilter:
    """A filter that can be used.

    :param text: as it was written
    :param condition: what it asks for
    """

    text: str = ""
    condition: Condition = EVERYTHING

    @property
    def gave_up(self) -> bool:
        """Whether a regular expression of it took too long, so that rows may be missing."""
        return any(pattern.gave_up for pattern in _patterns(self.condition))


def read_filter(text: str, fields: Fields) -> WrittenFilter:
    """What a text asks for; an empty one asks for everything.

    :raises FilterError: it can't be understood, or isn't complete
    """
    if len(text) > LONGEST:
        raise FilterError(f"The filter is longer than {LONGEST:,} characters.", LONGEST, len(text))
    if not text.strip():
        return WrittenFilter(text)
    from .grammar import parse  # with the parser; many windows never need it

    reading = _Reading(fields)
    parts = [reading.condition(child) for child in parse(text, fields).children]
    return WrittenFilter(text, parts[0])


def quoted(text: str) -> str:
    """A text as a value in a filter: in quotes where it needs them."""
    if _BARE.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reading:
    """Makes conditions of a tree; it is as deep as its parentheses, at most."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._terms = 0

    def condition(self, tree: Tree[Token] | Token) -> Condition:
        assert not isinstance(tree, str)
        children = tree.children
        if tree.data == "any":
            return _joined(Any_, [self.condition(c) for c in children if not _is(c, "OR")])
        if tree.data == "all":
            return _joined(All, [self.condition(c) for c in children if not _is(c, "AND")])
        if tree.data == "negation":
            signs = sum(_is(child, "NOT") or _is(child, "MINUS") for child in children)
            inner = next(child for child in children if not isinstance(child, str))
            condition = self.condition(inner)
            return Not(condition) if signs % 2 else condition
        return self._term([child for child in children if isinstance(child, str)])

    def _term(self, tokens: list[Token]) -> Condition:
        self._terms += 1
        start = tokens[0].start_pos or 0
        if self._terms > MOST:
            raise FilterError(f"The filter has more than {MOST:,} words.", start)
        read = self._fields.word
        if tokens[0].type == "FIELD":
            read = self._fields.fields[tokens[0][:-1].lower()].read
            tokens = tokens[1:]
        sign = str(tokens.pop(0)) if tokens[0].type == "SIGN" else ""
        token = tokens[0]
        at = token.start_pos or 0
        value = str(token)
        if token.type == "PATTERN":
            sign, value, at = "~", value[1:], at + 1
        if value.startswith('"') and token.type in ("QUOTED", "PATTERN"):
            value, at = value[1:-1], at + 1
            # In a regular expression, a backslash is its own.
            value = value.replace('\\"', '"') if sign == "~" else _ESCAPED.sub(r"\1", value)
        try:
            return read(sign, value)
        except FilterError as error:
            raise error.moved(at) from None


def _is(child: object, kind: str) -> bool:
    return isinstance(child, str) and getattr(child, "type", "") == kind


def _joined(kind: type[All | Any_], parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _patterns(condition: Condition) -> Iterator[Pattern]:
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from _patterns(part)
        case Not(part):
            yield from _patterns(part)
        case Passes(test=test) | HeadersPass(test=test) | BodyPasses(test=test):
            if isinstance(test, Pattern):
                yield test
        case _:
            pass
