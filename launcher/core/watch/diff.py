"""Two texts, line beside line or one below the other, with the words that differ. Pure; any thread.

:func:`beside` is for two answers: each line has a partner or a gap. :func:`below` is for a file
that was saved: what was removed above what was added, with some lines around.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from launcher.core.bodies.layout import Page, Run
from launcher.core.display import printable
from server.base.values import dataclass

__all__ = ["Line", "Pair", "below", "beside", "count_lines", "differing"]

_MOST_LINES = 600
"""Lines that are matched, of each side: matching takes the square of that."""
_MOST_WORDS = 400
_CONTEXT = 3
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """A line of a text.

    :param number: from 1 on
    :param runs: the parts that have a colour
    :param differing: the parts that the other side hasn't got: start and length
    """

    number: int
    text: str
    runs: tuple[Run, ...] = ()
    differing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two lines that belong together; None for a gap. Both None: lines were left out here.

    :param differs: they aren't the same
    """

    before: Line | None
    after: Line | None
    differs: bool = False

    @property
    def is_gap(self) -> bool:
        """Lines were left out here."""
        return self.before is None and self.after is None


def beside(before: Page, after: Page) -> tuple[Pair, ...]:
    """Two pages line beside line."""
    first, second = before.lines, after.lines
    made: list[Pair] = []
    for tag, a, b, c, d in _blocks(first, second):
        for offset in range(max(b - a, d - c)):
            one = _line(before, a + offset) if a + offset < b else None
            other = _line(after, c + offset) if c + offset < d else None
            if tag != "equal" and one is not None and other is not None:
                one, other = _marked(one, other)
            made.append(Pair(one, other, tag != "equal"))
    return tuple(made)


def differing(pairs: Sequence[Pair], around: int = 1) -> tuple[Pair, ...]:
    """Only what differs, with some lines around, and a gap where lines between were left out."""
    near = {
        number
        for at, pair in enumerate(pairs)
        if pair.differs
        for number in range(at - around, at + around + 1)
    }
    made: list[Pair] = []
    for at, pair in enumerate(pairs):
        if at in near:
            made.append(pair)
        elif made and not made[-1].is_gap:
            made.append(Pair(None, None))
    return tuple(made[:-1] if made and made[-1].is_gap else made)


def below(before: str | None, after: str | None) -> tuple[Pair, ...]:
    """What differs in a file: each line on one side only, but for those around, which have both."""
    first, second = _lines(before), _lines(after)
    one, other = Page(tuple(first)), Page(tuple(second))
    made: list[Pair] = []
    for tag, a, b, c, d in _blocks(first, second):
        if tag == "equal":
            made += [Pair(_line(one, a + n), _line(other, c + n)) for n in range(b - a)]
        else:
            made += [Pair(_line(one, n), None, True) for n in range(a, b)]
            made += [Pair(None, _line(other, n), True) for n in range(c, d)]
    return differing(made, _CONTEXT) if made else ()


def count_lines(before: str | None, after: str | None) -> tuple[int, int]:
    """How many lines were added and removed."""
    added = removed = 0
    for tag, a, b, c, d in _blocks(_lines(before), _lines(after)):
        if tag != "equal":
            added, removed = added + d - c, removed + b - a
    return added, removed


def _lines(text: str | None) -> list[str]:
    if text is None:
        return []
    return printable(text.removesuffix("\n")).split("\n")


def _line(page: Page, index: int) -> Line:
    runs = page.runs[index] if index < len(page.runs) else ()
    return Line(index + 1, page.lines[index], runs)


_Block = tuple[str, int, int, int, int]


def _blocks(first: Sequence[str], second: Sequence[str]) -> Iterator[_Block]:
    """As ``SequenceMatcher.get_opcodes``, without looking at what is the same at both ends."""
    start, least = 0, min(len(first), len(second))
    while start < least and first[start] == second[start]:
        start += 1
    end = 0
    while end < least - start and first[-1 - end] == second[-1 - end]:
        end += 1
    if start:
        yield "equal", 0, start, 0, start
    a, b = len(first) - end, len(second) - end
    middle, other = first[start:a], second[start:b]
    if max(len(middle), len(other)) > _MOST_LINES:
        yield "replace", start, a, start, b
    elif middle or other:
        matcher = difflib.SequenceMatcher(None, middle, other, autojunk=False)
        for tag, i, j, k, m in matcher.get_opcodes():
            yield tag, start + i, start + j, start + k, start + m
    if end:
        yield "equal", a, len(first), b, len(second)


def _marked(one: Line, other: Line) -> tuple[Line, Line]:
    """Two lines with the words that differ, where that is less than all of them."""
    first, second = _WORD.findall(one.text), _WORD.findall(other.text)
    if max(len(first), len(second)) > _MOST_WORDS:
        return one, other
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() < 0.3:
        return one, other
    left: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            left += _span(first, a, b)
            right += _span(second, c, d)
    return (
        Line(one.number, one.text, one.runs, _joined(left)),
        Line(other.number, other.text, other.runs, _joined(right)),
    )


def _span(words: Sequence[str], first: int, end: int) -> list[tuple[int, int]]:
    start = sum(map(len, words[:first]))
    length = sum(map(len, words[first:end]))
    return [(start, length)] if length else []


def _joined(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Those that have at most two characters in between become one."""
    made: list[tuple[int, int]] = []
    for start, length in spans:
        if made and start - (made[-1][0] + made[-1][1]) <= 2:
            begin = made[-1][0]
            made[-1] = (begin, start + length - begin)
        else:
            made.append((start, length))
    return tuple(made)
