"""Lines by the million: numbered for life, in blocks of text, bounded by their size in memory.

A line that is an object of its own takes three times the memory of its text, and what looks for
garbage has to go past each of them. So lines that came together are one :class:`Block`: one
string, and where in it each line begins. A block never changes. Where a line of it does, another
block takes its place; so a search on another thread can go through the blocks that were there when
it began. Where room becomes short, older blocks are packed, which takes a fifth of it or less; only
where all of them are do the oldest go.

The store belongs to one thread, which in the window is the GUI thread; blocks may be read by any.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple, Protocol

from launcher.core.ansi import Run
from server.base.values import dataclass

from .history.conditions import Condition
from .rows import Cancel, Part

__all__ = ["MAX_BYTES", "MAX_LINE", "Block", "Line", "LineStore", "Older", "Source"]

MAX_LINE = 64 * 1024
"""Characters of a line that are shown in its place."""
MAX_BYTES = 48 * 1024 * 1024
"""What is kept, in bytes as they are in memory."""

_LINES, _CHARS = 512, 32 * 1024
"""Lines and characters of a block, about: to change a line, so much is copied."""
_PLAIN_BLOCKS = 200
"""The newest blocks, which are never packed: some megabytes."""
_PACKING = 1
"""How hard it is tried: 1 is the quickest."""
_UNPACKED = 16
_BLOCK = 500
"""Bytes of a block without its text."""
_RUN = 120
_SOURCE = 200


class Source(NamedTuple):
    """Where lines come from that came together.

    :param time: unix seconds
    :param stream: ``"stdout"``, ``"stderr"`` or ``"servedeck"``
    :param request: the number of the row of the request during which they were written, or None
    :param level: of the log record, in lower case; "" where it is none
    :param logger: of the log record; "" where it is none
    :param file: the code that logged, and ``line`` in it; "" and 0 where that isn't known
    :param own: that code is the project's
    """

    time: float
    stream: str
    request: int | None = None
    level: str = ""
    logger: str = ""
    file: str = ""
    line: int = 0
    own: bool = False

    @property
    def logged(self) -> bool:
        """Whether it is a log record, or a warning."""
        return bool(self.level or self.logger)


class Line(NamedTuple):
    """One line.

    :param text: at most :data:`MAX_LINE` characters of it, without codes
    :param length: of the whole line, in characters
    :param head: it isn't a further line of the same log record
    """

    text: str
    source: Source
    runs: tuple[Run, ...]
    length: int
    head: bool = True


@dataclass(frozen=True)
class Block:
    """Lines that follow one another.

    :param first: the number of the first one
    :param sources: what each of them comes from
    :param content: all of them, each with a newline behind it; as bytes, they are packed
    :param starts: where in it each line begins
    :param runs: by the number of a line, of those that have any
    :param lengths: by the number of a line, of those that are longer than what is shown
    :param beside: bytes that it takes beside its text, about
    """

    first: int
    sources: Sequence[Source]
    content: str | bytes
    starts: array[int]
    runs: Mapping[int, tuple[Run, ...]]
    lengths: Mapping[int, int]
    beside: int

    @property
    def end(self) -> int:
        """One more than the number of the last line."""
        return self.first + len(self.starts)

    @property
    def weight(self) -> int:
        """The bytes that it takes, about."""
        content = self.content
        double = isinstance(content, str) and not content.isascii()
        return self.beside + len(content) * (2 if double else 1)

    @property
    def text(self) -> str:
        """All lines, each with a newline behind it."""
        content = self.content
        if isinstance(content, str):
            return content
        return zlib.decompress(content).decode("utf-8", "surrogatepass")

    def plain(self) -> Block:
        """The same block, not packed: for who needs its text more than once."""
        return self if isinstance(self.content, str) else replace(self, content=self.text)

    def packed(self) -> Block:
        """The same block, packed."""
        if isinstance(self.content, bytes):
            return self
        text = self.content.encode("utf-8", "surrogatepass")
        return replace(self, content=zlib.compress(text, _PACKING))

    def texts(self) -> list[str]:
        """The texts of all lines."""
        return self.text[:-1].split("\n")

    def line(self, number: int) -> Line:
        """One of its lines."""
        text = self._text(number - self.first)
        length = self.lengths.get(number, len(text))
        index = number - self.first
        source = self.sources[index]
        head = not source.logged or index == 0 or self.sources[index - 1] is not source
        return Line(text, source, self.runs.get(number, ()), length, head)

    def source(self, number: int) -> Source:
        """What one of its lines comes from."""
        return self.sources[number - self.first]

    def place_of(self, number: int) -> int:
        """Where in the text one of its lines begins."""
        return self.starts[number - self.first]

    def number_at(self, place: int) -> int:
        """The number of the line that a place in the text belongs to."""
        return self.first + bisect_right(self.starts, place) - 1

    def _text(self, index: int) -> str:
        text = self.text
        last = index + 1 == len(self.starts)
        return text[self.starts[index] : (len(text) if last else self.starts[index + 1]) - 1]


def _block(
    first: int,
    sources: Sequence[Source],
    texts: Sequence[str],
    runs: Mapping[int, tuple[Run, ...]],
    lengths: Mapping[int, int],
) -> Block:
    starts = _starts(0, texts)
    beside = _BLOCK + _beside(sources, runs)
    return Block(first, sources, _joined(texts), starts, runs, lengths, beside)


def _grown(
    block: Block,
    sources: Sequence[Source],
    texts: Sequence[str],
    runs: Mapping[int, tuple[Run, ...]],
    lengths: Mapping[int, int],
) -> Block:
    """A block with more lines; of what it has, nothing is gone through again, as a flood of log
    records comes line by line."""
    return Block(
        block.first,
        [*block.sources, *sources],
        f"{block.text}{_joined(texts)}",
        block.starts + _starts(len(block.text), texts),
        {**block.runs, **runs} if runs else block.runs,
        {**block.lengths, **lengths} if lengths else block.lengths,
        block.beside + _beside(sources, runs),
    )


def _joined(texts: Sequence[str]) -> str:
    return "\n".join(texts) + "\n"


def _starts(at: int, texts: Sequence[str]) -> array[int]:
    starts = array("I", accumulate((len(text) + 1 for text in texts), initial=at))
    starts.pop()
    return starts


def _beside(sources: Sequence[Source], runs: Mapping[int, tuple[Run, ...]]) -> int:
    """What lines take beside their text. Those that came together have one source."""
    styles = sum(len(found) + 1 for found in runs.values()) * _RUN
    return len(sources) * 12 + len(set(map(id, sources))) * _SOURCE + styles


TakeTracebacks = Callable[[Sequence[tuple[int, int, str, bool]]], None]
"""Takes some more of them, each as a :class:`~.folds.Fold` has it."""


class Older(Protocol):
    """Lines from before those of a store, with numbers below 0; of the store's thread."""

    @property
    def oldest(self) -> int:
        """The number of the oldest one; 0 where there is none."""

    def get(self, number: int) -> Line | None:
        """A line; None while it is being read, and where it isn't kept any more."""

    def find(self, condition: Condition, low: int, part: Part) -> Cancel:
        """Look for lines from a number up to 0, without it, the newest first."""

    def find_tracebacks(self, low: int, take: TakeTracebacks) -> Cancel:
        """Look for tracebacks from a number up to 0, without it, the newest first."""


class LineStore:
    """The newest lines of an endless series.

    Lines of before may stand in front of them, as long as none of its own had to make room: what is
    shown has no gap.

    :param max_bytes: how much is kept; the newest block always is
    :ivar epoch: how often there were others of before
    :ivar dropped: lines that came and had to make room since the store was last cleared
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.dropped = 0
        self.epoch = 0
        self._end = 0
        self._weight = 0
        self._blocks: list[Block] = []
        self._firsts: list[int] = []
        self._floors: list[int] = []
        self._older: Older | None = None
        self._whole: dict[int, list[str]] = {}
        self._changed: set[int] = set()
        self._packed = 0  # so many blocks, the oldest, have had their turn
        self._unpacked: dict[int, tuple[Block, Block]] = {}

    @property
    def first(self) -> int:
        """The number of the oldest line that is in memory and not hidden."""
        return max(self._kept, self._floors[-1]) if self._floors else self._kept

    @property
    def oldest(self) -> int:
        """The number of the oldest line that is shown: of before, or else :attr:`first`."""
        return max(self._bottom, self._floors[-1]) if self._floors else self._bottom

    @property
    def _kept(self) -> int:
        return self._firsts[0] if self._firsts else self._end

    @property
    def _bottom(self) -> int:
        """The number of the oldest line that there is, hidden or not."""
        kept = self._kept
        return kept if kept or self._older is None else self._older.oldest

    @property
    def hidden(self) -> int:
        """How many lines are kept and hidden."""
        return self.oldest - self._bottom

    def attach(self, older: Older | None, hidden: Iterable[int] = ()) -> None:
        """Show lines of before in front of these; or no longer.

        :param hidden: up to which numbers Clear has hidden them, ascending
        """
        self._older = older
        self.epoch += 1
        own = [floor for floor in self._floors if floor > 0]
        self._floors = [floor for floor in hidden if floor <= 0] + own

    def hide(self) -> int:
        """Hide all lines that are there now, so that it can be taken back; returns how many."""
        count = self._end - self.oldest
        if count:
            self._floors.append(self._end)
        return count

    def unhide(self) -> None:
        """Show again what the last :meth:`hide` has hidden, as far as it is still kept."""
        if self._floors:
            self._floors.pop()

    @property
    def end(self) -> int:
        """The number that the next line gets."""
        return self._end

    def __len__(self) -> int:
        return self._end - self.first

    def blocks(self, since: int = 0) -> list[Block]:
        """The blocks with lines of that number and above; for any thread from then on."""
        return self._blocks[max(0, bisect_right(self._firsts, since) - 1) :]

    def get(self, number: int) -> Line | None:
        """The line with that number; None where it was dropped or never was."""
        if not self.oldest <= number < self._end:
            return None
        if number < self._kept:
            return None if self._older is None else self._older.get(number)
        return self._plain(self._blocks[bisect_right(self._firsts, number) - 1]).line(number)

    def _plain(self, block: Block) -> Block:
        """A block that isn't packed; who sees a line of it goes on to the next."""
        if isinstance(block.content, str):
            return block
        known = self._unpacked.get(block.first)
        if known is not None and known[0] is block:
            return known[1]
        if len(self._unpacked) >= _UNPACKED:
            self._unpacked.clear()
        plain = block.plain()
        self._unpacked[block.first] = block, plain
        return plain

    def find_older(self, condition: Condition, part: Part) -> Cancel | None:
        """Look for lines of before among those that are shown, the newest first.

        :returns: what ends the search; None where there are no such lines
        """
        if self._older is None or self.oldest >= 0:
            return None
        return self._older.find(condition, self.oldest, part)

    def find_older_tracebacks(self, take: TakeTracebacks) -> Cancel | None:
        """Look for tracebacks among the lines of before, the newest first; see
        :meth:`find_older`."""
        if self._older is None or self.oldest >= 0:
            return None
        return self._older.find_tracebacks(self.oldest, take)

    def texts(self, start: int, end: int) -> list[str]:
        """The texts of the lines from ``start`` up to ``end``, as far as they are kept; of those of
        before, as far as they have been read."""
        found: list[str] = []
        for number in range(max(start, self.oldest), min(end, self._kept)):
            line = self.get(number)
            if line is not None:
                found.append(line.text)
        for block in self.blocks(start):
            if block.first >= end:
                break
            found += block.texts()[max(0, start - block.first) : max(0, end - block.first)]
        return found

    def whole(self, number: int) -> str:
        """All that is kept of a line that is longer than what is shown of it."""
        parts = self._whole.get(number)
        if parts is not None:
            return "".join(parts)
        line = self.get(number)
        return "" if line is None else line.text

    def whole_lines(self) -> dict[int, tuple[str, ...]]:
        """All that is kept of the lines that are longer than what is shown, in pieces."""
        return {number: tuple(parts) for number, parts in self._whole.items()}

    def take_changed(self) -> set[int]:
        """The numbers of the lines that have been replaced since the last call; for one reader."""
        changed, self._changed = self._changed, set()
        return changed

    def extend(
        self,
        source: Source,
        texts: Sequence[str],
        runs: Mapping[int, tuple[Run, ...]] | None = None,
    ) -> None:
        """Add lines, the newest last.

        :param texts: without newlines
        :param runs: by the index of a line in ``texts``, of those that have any
        """
        start = 0
        while start < len(texts):
            stop, size = start, 0
            while stop < len(texts) and stop - start < _LINES and size < _CHARS:
                size += len(texts[stop])
                stop += 1
            self._add(source, texts[start:stop], start, runs or {})
            start = stop
        self._make_room()

    def _add(
        self,
        source: Source,
        texts: Sequence[str],
        offset: int,
        runs: Mapping[int, tuple[Run, ...]],
    ) -> None:
        first, lengths = self._end, {}
        shown, sources = list(texts), [source] * len(texts)
        for index, text in enumerate(texts):
            if len(text) > MAX_LINE:
                shown[index] = text[:MAX_LINE]
                lengths[first + index] = len(text)
                self._keep_whole(first + index, [text])
        placed = {}
        if runs:
            placed = {
                first + index: runs[offset + index]
                for index in range(len(texts))
                if offset + index in runs
            }
        last = self._blocks[-1] if self._blocks else None
        joins = last is not None and len(last.starts) < _LINES // 2 and len(last.text) < _CHARS // 2
        if last is not None and joins:
            self._weight -= last.weight
            block = _grown(last, sources, shown, placed, lengths)
            self._blocks[-1] = block
        else:
            block = _block(first, sources, shown, placed, lengths)
            self._blocks.append(block)
            self._firsts.append(first)
        self._weight += block.weight
        self._end = block.end

    def replace(self, number: int, text: str, runs: tuple[Run, ...] = ()) -> None:
        """Put another text in place of a line; does nothing where the line is gone."""
        if self.get(number) is None:
            return
        at = bisect_right(self._firsts, number) - 1
        old = self._plain(self._blocks[at])
        texts, placed, lengths = old.texts(), dict(old.runs), dict(old.lengths)
        texts[number - old.first] = text[:MAX_LINE]
        placed.pop(number, None)
        if runs:
            placed[number] = runs
        lengths.pop(number, None)
        self._drop_whole(number)
        if len(text) > MAX_LINE:
            lengths[number] = len(text)
            self._keep_whole(number, [text])
        self._put(at, _block(old.first, old.sources, texts, placed, lengths))
        self._changed.add(number)

    def lengthen(self, number: int, more: str) -> None:
        """Add to a line that is longer than what is shown of it already."""
        line = self.get(number)
        if line is None:
            return
        at = bisect_right(self._firsts, number) - 1
        old = self._blocks[at]
        lengths = {**old.lengths, number: line.length + len(more)}
        self._put(at, replace(old, lengths=lengths))
        parts = self._whole.get(number)
        if parts is not None and line.length + len(more) <= self.max_bytes // 4:
            parts.append(more)
            self._weight += len(more)
        self._changed.add(number)
        self._make_room()

    def clear(self) -> None:
        """Drop all lines, without counting them as dropped. Their numbers are not used again."""
        self._blocks.clear()
        self._firsts.clear()
        self._floors.clear()
        self._whole.clear()
        self._changed.clear()
        self._unpacked.clear()
        self._weight = self.dropped = self._packed = 0

    def _put(self, at: int, block: Block) -> None:
        self._weight += block.weight - self._blocks[at].weight
        self._blocks[at] = block

    def _keep_whole(self, number: int, parts: list[str]) -> None:
        room = self.max_bytes // 4
        self._whole[number] = [part[:room] for part in parts]
        self._weight += sum(map(len, self._whole[number]))

    def _drop_whole(self, number: int) -> None:
        self._weight -= sum(map(len, self._whole.pop(number, ())))

    def _make_room(self) -> None:
        while self._weight > self.max_bytes and self._packed < len(self._blocks) - _PLAIN_BLOCKS:
            self._put(self._packed, self._blocks[self._packed].packed())
            self._packed += 1
        gone = 0
        while self._weight > self.max_bytes and gone < len(self._blocks) - 1:
            block = self._blocks[gone]
            self._weight -= block.weight
            for number in block.lengths:
                self._drop_whole(number)
            self.dropped += len(block.starts)
            gone += 1
        if gone:
            del self._blocks[:gone]
            del self._firsts[:gone]
            self._packed = max(0, self._packed - gone)
