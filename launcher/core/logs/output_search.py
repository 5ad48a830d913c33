"""Searching the output: for a text or a regular expression, on any thread.

A block of lines is searched as one text where that can't change what is found, and line by line
otherwise: an expression of the user's is about one line, so ``^``, ``$`` and ``\\s`` must not reach
beyond it. It is the user's own, and may take for ever: each search of a block has a time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any

from launcher.core import ansi, expressions
from server.base.values import dataclass

from .history.conditions import All, Any_, Compare, Condition, Not, Passes, Text
from .levels import LEVELS, level_of
from .line_store import Block
from .output_filter import EVERYTHING, LineFilter, passing

__all__ = ["Pattern", "Query", "QueryError", "TooSlow", "compiled", "condition", "hits", "spans"]

Pattern = Any
"""A compiled expression of the ``regex`` library, which has no type for it."""

BLOCK_SECONDS = 0.5
"""What the search of one block may take."""
LINE_SECONDS = 0.02
"""What marking the hits in one line may take, where it's done while it is painted."""
_MARKS = 200


class QueryError(ValueError):
    """What is searched for isn't a regular expression; its text is for the user."""


class TooSlow(Exception):
    """The expression takes too long."""


@dataclass(frozen=True)
class Query:
    """What is searched for.

    :param is_regex: the text is a regular expression
    :param case: capitals and small letters differ
    :param filter: which lines are looked at; without a text, all of these are hits
    """

    text: str
    is_regex: bool = False
    case: bool = False
    filter: LineFilter = EVERYTHING

    @property
    def active(self) -> bool:
        """Whether it is about some lines only."""
        return bool(self.text) or self.filter.active


def compiled(query: Query) -> Pattern:
    """Make a query ready; None where it has no text.

    :raises QueryError: it is no regular expression
    """
    if not query.text:
        return None
    import regex  # when it is first needed: it takes a tenth of the window's start

    text = query.text if query.is_regex else regex.escape(query.text, special_only=True)
    flags = regex.MULTILINE | (0 if query.case else regex.IGNORECASE)
    try:
        return expressions.compiled(text, flags)
    except expressions.ExpressionError as error:
        place = error.place + 1
        raise QueryError(f"Not a regular expression: {error} at character {place}.") from None


def condition(query: Query, pattern: Pattern) -> Condition | None:
    """The same query for the lines of before, which are in the history; None where none of them can
    be a hit.

    :param pattern: the query's, made ready
    """
    wanted = query.filter
    if wanted.request is not None:  # its row is one of this window
        return None
    parts: list[Condition] = []
    if wanted.own:
        parts.append(Compare("own", "=", 1))
    if wanted.logger:
        name = wanted.logger
        parts.append(Any_((Text("logger", "is", name), Text("logger", "starts", f"{name}."))))
    if wanted.level:
        least = LEVELS.index(wanted.level)
        by_words = Passes("text", lambda text: level_of(_plain(text)) in LEVELS[least:])
        parts.append(
            Any_((
                Compare("level", ">=", 10 * least + 10),
                All((Not(Compare("level", ">=", 0)), by_words)),
            ))
        )  # fmt: skip
    if query.text and not query.is_regex:
        parts.append(Text("text", "has", query.text))
    if query.text and (query.is_regex or query.case):
        parts.append(Passes("text", lambda text: _has(pattern, text)))
    return All(tuple(parts))


def _has(pattern: Pattern, text: str) -> bool:
    try:
        return pattern.search(_plain(text), timeout=LINE_SECONDS, concurrent=True) is not None
    except TimeoutError:
        return False


def _plain(text: str) -> str:
    """A line of before as it is shown; the history has it as it came."""
    return ansi.styled(text)[0]


def hits(
    query: Query, pattern: Pattern, blocks: Iterable[Block], stopped: Callable[[], bool]
) -> Iterator[list[int]]:
    """The numbers of the lines that have a hit, block by block.

    :param stopped: asked between blocks; the search ends when it is true
    :raises TooSlow: the expression takes too long
    """
    whole = not query.is_regex
    for block in blocks:
        if stopped():
            return
        passed = passing(query.filter, block) if query.filter.active else None
        if pattern is None:
            yield passed or []
            continue
        plain = block.plain()
        try:
            found = _in_text(pattern, plain) if whole else _in_lines(pattern, plain)
        except TimeoutError:
            raise TooSlow from None
        yield found if passed is None else sorted({*found}.intersection(passed))


def _in_text(pattern: Pattern, block: Block) -> list[int]:
    found: list[int] = []
    at = 0
    while True:
        match = pattern.search(block.text, at, timeout=BLOCK_SECONDS, concurrent=True)
        if match is None:
            return found
        number = block.number_at(match.start())
        found.append(number)
        index = number + 1 - block.first
        if index >= len(block.starts):
            return found
        at = block.starts[index]


def _in_lines(pattern: Pattern, block: Block) -> list[int]:
    found, left = [], BLOCK_SECONDS
    for index, text in enumerate(block.texts()):
        begun = monotonic()
        if pattern.search(text, timeout=left, concurrent=True) is not None:
            found.append(block.first + index)
        left -= monotonic() - begun
        if left <= 0:
            raise TimeoutError
    return found


def spans(pattern: Pattern, text: str) -> list[tuple[int, int]]:
    """Where in a line the hits are, in characters; of very many the first ones."""
    found: list[tuple[int, int]] = []
    try:
        for match in pattern.finditer(text, timeout=LINE_SECONDS):
            if match.end() > match.start():
                found.append(match.span())
            if len(found) >= _MARKS:
                break
    except TimeoutError:
        pass
    return found
