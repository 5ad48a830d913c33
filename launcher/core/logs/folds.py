"""The tracebacks among the lines of the output, each of which can be folded to one line.

Pure data, of the thread of the lines. A traceback begins with the line that Python writes above it,
and ends with the exception, with all that it was caused by. Where it was logged, the whole rest of
the record belongs to it, and it folds into the record's line above it.

Lines are looked through as they come, as whole texts: only what stands in a traceback is taken line
by line. Those of before are looked through where they are, in the history, by means of
:func:`fold_at`.

What is folded is kept as spans of hidden lines in their order, so that a million lines need no
list: :class:`Visible` reckons which line stands in which row.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, overload

from .line_store import Block, LineStore, Source
from .rows import Cancel

__all__ = ["TITLE", "Fold", "Folds", "Spans", "Visible", "fold_at"]

TITLE = "Traceback (most recent call last):"
_TITLE_LINE = re.compile(r"[\s|+]*(?:Exception Group )?Traceback \(most recent call last\):\s*\Z")
_IN_GROUP = re.compile(r"\s*\| (?! )(\S.*)")
_OF_GROUP = re.compile(r"\s*[|+]")
_CHAINS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_MOST_LINES = 5_000
_SUMMARY = 1_000


class Fold(NamedTuple):
    """A traceback.

    :param head: the number of the line that it folds into
    :param end: one more than the number of its last line
    :param summary: the exception's type and message; "" where they are yet to come
    :param has_title: the head is the traceback's own first line, and not a record's message
    """

    head: int
    end: int
    summary: str
    has_title: bool


class Spans:
    """Spans of numbers that don't overlap, in their order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []
        self._ranks: list[int] = []

    def push(self, start: int, end: int) -> None:
        """Add a span behind all others."""
        before = self.total
        self._starts.append(start)
        self._ends.append(end)
        self._before.append(before)
        self._ranks.append(start - before)

    def clear(self) -> None:
        """Drop all."""
        for part in (self._starts, self._ends, self._before, self._ranks):
            part.clear()

    def cut(self, start: int) -> None:
        """Drop the spans that begin at a number or above."""
        at = bisect_left(self._starts, start)
        for part in (self._starts, self._ends, self._before, self._ranks):
            del part[at:]

    @property
    def total(self) -> int:
        """How many numbers are in them."""
        return self._before[-1] + self._ends[-1] - self._starts[-1] if self._starts else 0

    def below(self, number: int) -> int:
        """How many numbers in them are below one."""
        at = bisect_right(self._starts, number) - 1
        if at < 0:
            return 0
        return self._before[at] + min(number, self._ends[at]) - self._starts[at]

    def nth_outside(self, rank: int) -> int:
        """The number outside of them that has so many such numbers below it, counted from 0."""
        at = bisect_right(self._ranks, rank)
        return rank + (self._before[at] if at < len(self._before) else self.total)

    def without(self, numbers: Sequence[int]) -> list[int]:
        """Those of some ascending numbers that aren't in any of them."""
        found: list[int] = []
        at = 0
        for start, end in zip(self._starts, self._ends, strict=True):
            stop = bisect_left(numbers, start, at)
            found += numbers[at:stop]
            at = bisect_left(numbers, end, stop)
        found += numbers[at:]
        return found


class Visible(Sequence[int]):
    """The numbers from one up to another that aren't in spans."""

    def __init__(self, first: int, end: int, spans: Spans) -> None:
        self._spans = spans
        self._base = first - spans.below(first)
        self._length = max(0, end - spans.below(end) - self._base)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self._at(at) for at in range(*index.indices(self._length))]
        at = index + self._length if index < 0 else index
        if not 0 <= at < self._length:
            raise IndexError(index)
        return self._at(at)

    def _at(self, at: int) -> int:
        return self._spans.nth_outside(self._base + at)

    def position(self, number: int) -> int:
        """Where a number stands, or would stand."""
        at = number - self._spans.below(number) - self._base
        return min(max(0, at), self._length)


class Folds:
    """The tracebacks of a store, and which of them are folded: all but those that were opened.

    :param lines: where they are
    :param changed: called when tracebacks of before have been found
    :ivar hidden: the lines that aren't seen
    """

    def __init__(self, lines: LineStore, changed: Callable[[], None] = lambda: None) -> None:
        self._lines = lines
        self._changed = changed
        self._epoch = lines.epoch - 1
        self._cancel: Cancel | None = None
        self._older = 0  # so many, the first, are of before
        self._folds: list[Fold] = []
        self._heads: list[int] = []
        self._open: set[int] = set()
        self._seen = 0
        self._scan: _Scan | None = None
        self.hidden = Spans()

    def catch_up(self, changed: Iterable[int] = ()) -> None:
        """Look through what has come since the last call.

        :param changed: the numbers of lines that were replaced
        """
        if self._lines.epoch != self._epoch:
            self._begin_older()
        if self._scan is not None and self._scan.head < self._lines.first:
            self._scan = None  # its head is hidden or gone: what comes stands for itself
        start = min((*changed, self._seen))
        if start < self._seen:
            start = self._forget_from(start)
        start = max(start, self._lines.first)
        for block in self._lines.blocks(start):
            self._look_through(block.plain(), start)
        self._seen = self._lines.end
        if self._scan is not None:
            self._put(self._scan.fold())  # as far as it has come
        if self._heads and self._heads[0] < self._lines.oldest and len(self._heads) > 1_000:
            self._prune()

    def at(self, number: int) -> Fold | None:
        """The traceback that folds into a line."""
        at = bisect_left(self._heads, number)
        found = at < len(self._heads) and self._heads[at] == number
        return self._folds[at] if found else None

    def around(self, number: int) -> Fold | None:
        """The traceback that a line is a part of."""
        at = bisect_right(self._heads, number) - 1
        return self._folds[at] if at >= 0 and number < self._folds[at].end else None

    def is_open(self, fold: Fold) -> bool:
        """Whether its lines are seen."""
        return fold.head in self._open

    def set_open(self, fold: Fold, *, is_open: bool) -> None:
        """Show its lines, or only one."""
        if is_open:
            self._open.add(fold.head)
        else:
            self._open.discard(fold.head)
        self._hide_from(0)

    def whole(self, numbers: Sequence[int]) -> list[int]:
        """Some ascending numbers, and with the first line of a traceback all of its lines."""
        found: list[int] = []
        at = 0
        for fold in self._folds:
            place = bisect_left(numbers, fold.head, at)
            if place < len(numbers) and numbers[place] == fold.head:
                found += numbers[at:place]
                found += range(fold.head, fold.end)
                at = bisect_left(numbers, fold.end, place)
        return found + list(numbers[at:])

    def set_all_open(self, *, is_open: bool) -> None:
        """Show the lines of all that there are now, or only one of each."""
        self._open = set(self._heads) if is_open else set()
        self._hide_from(0)

    def __len__(self) -> int:
        return len(self._folds)

    def _begin_older(self) -> None:
        """There are other lines of before: find the tracebacks among them."""
        self._epoch = self._lines.epoch
        if self._cancel is not None:
            self._cancel()
        self._open = {head for head in self._open if head >= 0}
        self._set_older([])
        self._cancel = self._lines.find_older_tracebacks(self._take_older)

    def _take_older(self, found: Sequence[tuple[int, int, str, bool]]) -> None:
        """Some more have been found; a part of a longer one may be known already."""
        both = sorted([*self._folds[: self._older], *(Fold(*one) for one in found)])
        folds: list[Fold] = []
        for fold in both:
            if not folds or fold.head >= folds[-1].end:
                folds.append(fold)
            elif fold.end > folds[-1].end:
                folds[-1] = folds[-1]._replace(end=fold.end)
        self._set_older(folds)
        self._changed()

    def _set_older(self, folds: list[Fold]) -> None:
        self._folds[: self._older] = folds
        self._heads[: self._older] = [fold.head for fold in folds]
        self._older = len(folds)
        self._hide_from(0)

    def _look_through(self, block: Block, start: int) -> None:
        number = max(start, block.first)
        while number < block.end:
            if self._scan is not None:
                number = self._go_on(block, number)
                continue
            place = block.text.find(TITLE, block.place_of(number))
            if place < 0:
                return
            number = block.number_at(place)
            line = block.line(number)
            number += 1
            if _TITLE_LINE.match(line.text):
                head = number - 1
                above = block.source(head - 1) if head > block.first else None
                logged = line.source if line.source.logged else None
                has_title = logged is None or above is not logged
                first = head if has_title else head - 1
                self._scan = _Scan(first, number, line.text, line.source, has_title)

    def _go_on(self, block: Block, number: int) -> int:
        """Take lines into the traceback that has begun; returns the number of the first one that
        isn't its, or where the block ends."""
        scan = self._scan
        assert scan is not None
        while number < block.end:
            if not scan.take(number, block.line(number).text, block.source(number)):
                self._put(scan.fold())
                self._scan = None
                return max(scan.end, block.first)
            number += 1
        return number

    def _put(self, fold: Fold) -> None:
        if self._heads and self._heads[-1] == fold.head:
            self._folds[-1] = fold
            self.hidden.cut(fold.head + 1)
        else:
            self._heads.append(fold.head)
            self._folds.append(fold)
        self._hide(fold)

    def _hide(self, fold: Fold) -> None:
        if fold.head not in self._open and fold.end > fold.head + 1:
            self.hidden.push(fold.head + 1, fold.end)

    def _hide_from(self, at: int) -> None:
        self.hidden.clear()
        for fold in self._folds[at:]:
            self._hide(fold)

    def _forget_from(self, number: int) -> int:
        """Take back what was found in a line and after it; returns from where to look again."""
        self._scan = None
        at = bisect_right(self._heads, number)
        # A chain may go on some lines below.
        if at > self._older and number < self._folds[at - 1].end + 4:
            at -= 1
            number = min(number, self._heads[at])
        if at < len(self._heads):
            self.hidden.cut(self._heads[at] + 1)
            del self._heads[at:], self._folds[at:]
        return number

    def _prune(self) -> None:
        gone = bisect_left(self._heads, self._lines.oldest)
        if gone > len(self._heads) // 2:
            self._older = max(0, self._older - gone)
            self._open.difference_update(self._heads[:gone])
            del self._heads[:gone], self._folds[:gone]
            self._hide_from(0)


def fold_at(
    title: int,
    above: Source | None,
    text: str,
    source: Source,
    following: Iterable[tuple[str, Source]],
) -> Fold | None:
    """The traceback whose title a line has; None where it has none.

    :param title: the number of the line
    :param above: what the line above comes from, or None
    :param text: the line, which comes from ``source``
    :param following: text and source of the lines below it
    """
    if not _TITLE_LINE.match(text):
        return None
    has_title = not source.logged or above != source
    scan = _Scan(title if has_title else title - 1, title + 1, text, source, has_title)
    for number, (more, its) in enumerate(following, title + 1):
        if not scan.take(number, more, source if its == source else its):
            break
    return scan.fold()


class _Scan:
    """A traceback whose end isn't known yet.

    ``_in_frames`` is true until the exception has come; then empty lines and a sentence may lead to
    another one.

    :param head: see :class:`Fold`
    :param end: one more than the number of its last line
    :param title: its first line
    """

    def __init__(self, head: int, end: int, title: str, source: Source, has_title: bool) -> None:
        self.head = head
        self.end = end
        self._source = source
        self._has_title = has_title
        self._in_frames = True
        self._summary = ""
        self._indent = len(title) - len(title.lstrip())
        self._in_group = title.lstrip()[:1] in "|+"
        self._leads_on = False  # to another one, by a sentence

    def fold(self) -> Fold:
        """It, as far as it is known."""
        return Fold(self.head, self.end, self._summary[:_SUMMARY], self._has_title)

    def take(self, number: int, text: str, source: Source) -> bool:
        """Take another line; returns whether it may belong to this."""
        own = self._source
        if number - self.head >= _MOST_LINES:
            return False
        if own.logged:  # the whole record belongs to it
            if source is not own:
                return False
            self._is_part(text)
            self.end = number + 1
            return True
        if source.logged or (source.stream, source.request) != (own.stream, own.request):
            return False
        if self._is_part(text):
            self.end = number + 1
            return True
        return not text.strip() or text.strip() in _CHAINS

    def _is_part(self, text: str) -> bool:
        """Whether a line is one of a traceback, and not between two of them."""
        if text.strip() in _CHAINS:
            self._leads_on = True
        elif _TITLE_LINE.match(text) and self._is_own_indent(text):
            begins = self._leads_on or not self._summary
            self._in_frames, self._leads_on = True, False
            return begins
        if self._in_group:
            found = _IN_GROUP.match(text)
            if found is not None and not self._summary:
                self._summary = found.group(1)
            return _OF_GROUP.match(text) is not None
        rest = text[self._indent :]
        if text[: self._indent].strip() or not rest:
            return False
        if self._in_frames and not rest[0].isspace():
            self._summary = rest
            self._in_frames = False
            return True
        return rest[0].isspace()

    def _is_own_indent(self, text: str) -> bool:
        return len(text) - len(text.lstrip()) == self._indent
