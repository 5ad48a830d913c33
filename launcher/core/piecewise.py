"""Patterns looked for in long texts piece by piece, so that other threads get their turn.

One call of ``re`` keeps the interpreter to itself until it is through: for ten megabytes without a
match that is a good part of a second, in which the window stands still. Here each call looks at
:data:`PIECE` characters at the most; between two of them the interpreter can go on elsewhere. What
is found is what one call would find. Pure functions; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import AnyStr

__all__ = ["PIECE", "blocks", "end_of", "matches", "replaced"]

PIECE = 64 * 1024
"""Characters, or bytes, that are looked at in one call."""


def matches(
    pattern: re.Pattern[AnyStr], text: AnyStr, longest: int, start: int = 0
) -> Iterator[re.Match[AnyStr]]:
    """As ``pattern.finditer(text, start)``.

    :param longest: characters of the longest match, with what the pattern looks at behind it. A
        match is never empty.
    """
    at, length = start, len(text)
    piece = max(PIECE, 2 * longest)
    while True:
        end = min(at + piece, length)
        safe = length if end == length else end - longest
        for found in pattern.finditer(text, at, end):
            if found.start() > safe:
                at = found.start()  # it may go on behind this piece
                break
            yield found
            at = found.end()
        else:
            if end == length:
                return
            at = max(at, safe)


def blocks(text: str, separators: str) -> Iterator[str]:
    """The text in blocks, each of which ends with a separator, but for the last.

    :param separators: characters; a block is longer than :data:`PIECE` only where none of them
        comes earlier
    """
    at = 0
    while len(text) - at > PIECE:
        end = max(text.rfind(one, at, at + PIECE) for one in separators) + 1
        if not end:
            ends = [text.find(one, at + PIECE) + 1 for one in separators]
            end = min(filter(None, ends), default=len(text))
        yield text[at:end]
        at = end
    if at < len(text):
        yield text[at:]


def end_of(pattern: re.Pattern[AnyStr], text: AnyStr, start: int) -> int:
    """Where what repeats ends, such as ``[^;]*`` or ``(?:[^"\\\\]+|\\\\.)*``.

    :param pattern: matches any number of its parts, and none; a part has two characters at the most
    :returns: ``start`` where there is none
    """
    at = start
    while found := pattern.match(text, at, at + PIECE):
        whole = found.end() < at + PIECE - 1
        if whole or found.end() == at:
            return found.end()
        at = found.end()
    return at


def replaced(
    pattern: re.Pattern[str],
    text: str,
    longest: int,
    replace: Callable[[re.Match[str]], tuple[int, int, str] | None],
    *,
    within: bool = False,
) -> str:
    """The text with other words in place of what is found.

    :param longest: as :func:`matches` has it
    :param replace: returns the span of what is replaced, which may be behind the match, and the
        words that take its place; None to leave it
    :param within: a match may begin within what was replaced, and end behind it
    """
    parts: list[str] = []
    done = 0
    for found in matches(pattern, text, longest):
        if (found.end() if within else found.start()) < done:
            continue
        other = replace(found)
        if other is not None and other[0] >= done:
            parts += (text[done : other[0]], other[2])
            done = other[1]
    parts.append(text[done:])
    return "".join(parts)
