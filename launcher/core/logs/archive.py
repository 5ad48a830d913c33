"""What of a log isn't in memory: read from the history, by the numbers that the log gives its rows.

Pure data without locks, on the thread of its log, which in the window is the GUI thread. Nothing is
read on it: a job goes to a :class:`Source`, runs elsewhere, and what it has found comes back here.
Until then a row is None, and the table shows that it is on its way.

**Numbers.** A log counts its rows from 0; those of before are counted back from there, so the row
that stands before the first is -1. In the history a row has the number of its run and its place in
it. From one to the other lead the segments of the runs of before, and a list of *stretches*: for
each start in this window the number of its first row, and its :class:`Run`.

**Rows** are read in blocks of neighbours, since who sees one of them scrolls on to the next; and
one by one, where a filter or an order has them far apart. Some thousands are kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import monotonic
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from .history.conditions import Condition
from .history.extents import Extent, Segment
from .history.numbers import number_of, place_of, run_of
from .history.reading import Reader
from .history.recording import Run
from .listed import Keys, keys_of
from .orders import Filter, Order
from .rows import Cancel, Log, Part, Sorted

__all__ = ["HistoryArchive", "Make", "Source"]

T = TypeVar("T")
R = TypeVar("R")

_BLOCK = 64
_MANY = 20_000  # rows that take long to sort
_FIRST = 200  # of those, how many are shown before: some screens
_FEW_BLOCKS = 8
_MOST = 512
_KEPT = 8_192
_SLICE = 0.05  # seconds of a job that is one of many

Make = Callable[[Reader, Sequence[int]], "dict[int, Any]"]
"""Reads rows by their numbers in the history, on the reader's thread; those that are there."""


class Source(Protocol):
    """Runs jobs with an open history, on threads of its own; results come back on the log's."""

    def read(
        self,
        job: Callable[[Reader], R],
        then: Callable[[R | None], None],
        missing: R | None = None,
    ) -> None:
        """Run a short job, after those that were asked for before.

        :param then: takes its result; None where the history can't be read
        :param missing: the result where there is no history yet
        """

    def search(
        self,
        job: Callable[[Reader, Callable[[Any], None]], None],
        take: Callable[[Any], None],
        done: Callable[[], None],
    ) -> Cancel:
        """Run a long job, beside the short ones.

        :param job: gets a function that hands over a part of the result
        :param take: takes a part
        :param done: called when the job has ended, whether it was through or not
        """


class _Stretch(NamedTuple):
    """Rows of one run of this window.

    :ivar start: the number in the log of its first row
    """

    start: int
    run: Run


class _Piece(NamedTuple):
    """A part of a run, with what leads from its numbers in the history to those in the log."""

    segment: Segment
    offset: int


class HistoryArchive(Generic[T]):
    """The rows of one kind of one log.

    :param kind: one of ``schema.KINDS``
    :param make: reads rows
    :param finish: makes a row of the log of what was read, by its number in the log
    :param older: the runs of before
    """

    def __init__(
        self,
        kind: str,
        log: Log[T],
        source: Source,
        make: Make,
        finish: Callable[[int, Any], T],
        older: Extent,
    ) -> None:
        self.kind = kind
        self._log = log
        self._source = source
        self._make = make
        self._finish = finish
        self._older = older
        self._own: list[_Stretch] = []
        self._rows: dict[int, T | None] = {}
        self._wanted: dict[int, None] = {}
        self._reading = False

    @property
    def oldest(self) -> int:
        """The number of the oldest row of before; of this window's first row where it has none."""
        return -len(self._older)

    @property
    def source(self) -> Source:
        """Where it reads."""
        return self._source

    def add_run(self, run: Run, start: int) -> None:
        """A server was started.

        :param start: the number that its first row will get
        """
        self._own.append(_Stretch(start, run))

    @property
    def runs(self) -> set[int]:
        """The ids of this window's runs, as far as they are written."""
        return {
            id for stretch in self._own if isinstance(stretch.run, Run) for id in stretch.run.ids
        }

    # Numbers

    def stored_number(self, number: int) -> int | None:
        """A row's number in the history; None where it isn't written."""
        if number < 0:
            position = number + len(self._older)
            return self._older.number(position) if position >= 0 else None
        at = bisect_right(self._own, number, key=lambda stretch: stretch.start) - 1
        if at < 0:
            return None
        stretch = self._own[at]
        return stretch.run.number(self.kind, number - stretch.start)

    def log_number(self, stored: int | None) -> int | None:
        """The other way round; None where the row isn't among these."""
        if stored is None:
            return None
        position = self._older.position(stored)
        if position is not None:
            return position - len(self._older)
        for stretch in self._own:
            if run_of(stored) in stretch.run.ids:
                return stretch.start + place_of(stored)
        return None

    def pieces(self, low: int, high: int) -> list[_Piece]:
        """Where the rows from a number up to another, without it, are in the history."""
        pieces = []
        start = -len(self._older)
        for segment in self._older.segments:
            stop = start + segment.end - segment.first
            if start < high and stop > low:
                shift = segment.first - start
                part = Segment(segment.run, max(low, start) + shift, min(high, stop) + shift)
                pieces.append(_piece(part, shift))
            start = stop
        ends = [*(stretch.start for stretch in self._own), self._log.end][1:]
        for stretch, end in zip(self._own, ends, strict=True):
            first, last = max(low, stretch.start), min(high, end)
            if first < last:
                shift = -stretch.start
                places = stretch.run.segments(self.kind, first + shift, last + shift)
                pieces += [_piece(part, shift) for part in places]
        return pieces

    # Rows

    def get(self, number: int) -> T | None:
        """A row; None while it is being read, and where it isn't kept any more."""
        row = self._rows.get(number)
        if row is None and number not in self._rows:
            self._wanted[number] = None
            if len(self._wanted) > _MOST:
                del self._wanted[next(iter(self._wanted))]
            self._read()
        return row

    def is_missing(self, number: int) -> bool:
        """Whether it is known that a row isn't kept any more, or never was."""
        return number in self._rows and self._rows[number] is None

    def forget(self) -> None:
        """Read again what is asked for: the history isn't what it was."""
        self._rows.clear()

    def whole(
        self, number: int, read: Callable[[Reader, int], R | None], then: Callable[[R | None], None]
    ) -> None:
        """Read one row with all that belongs to it.

        :param read: gets the row's number in the history; called on the reader's thread
        :param then: takes the result
        """
        stored = self.stored_number(number)
        if stored is None:
            then(None)
        else:
            self._source.read(lambda reader: read(reader, stored), then)

    def _read(self) -> None:
        if self._reading or not self._wanted:
            return
        self._reading = True
        wanted = self._with_neighbours(self._wanted)
        self._wanted.clear()
        stored = {
            number: found
            for number in wanted
            if number not in self._rows and (found := self.stored_number(number)) is not None
        }
        make = self._make

        def take(found: dict[int, Any] | None) -> None:
            self._reading = False
            self._keep(wanted, stored, found or {})
            self._read()

        self._source.read(lambda reader: make(reader, list(stored.values())), take)

    def _with_neighbours(self, numbers: Iterable[int]) -> list[int]:
        """The numbers, and where they lie side by side, those around them."""
        blocks = dict.fromkeys(number // _BLOCK for number in numbers)
        if len(blocks) > _FEW_BLOCKS:
            return list(numbers)
        low, high = self.oldest, self._log.first
        return [
            number
            for block in blocks
            for number in range(max(low, block * _BLOCK), min(high, (block + 1) * _BLOCK))
        ]

    def _keep(self, numbers: Sequence[int], stored: dict[int, int], found: dict[int, Any]) -> None:
        if len(self._rows) > _KEPT:
            self._rows = dict(list(self._rows.items())[_KEPT // 2 :])
        finish = self._finish
        for number in numbers:
            read = found.get(stored.get(number, -1))
            if read is not None:
                self._rows[number] = finish(number, read)
            else:
                self._rows.setdefault(number, None)
        self._log.touch(numbers)

    # Searches

    def find(self, filter: Filter[Any], low: int, high: int, part: Part) -> Cancel:
        """See ``rows.Archive``."""
        pieces = self.pieces(low, high)
        offsets = {piece.segment.run: piece.offset for piece in pieces}
        total, kind = high - low, self.kind
        reported = [0]

        def job(reader: Reader, hand_over: Callable[[Any], None]) -> None:
            extent = Extent([piece.segment for piece in pieces])
            for numbers, done, of in reader.search(kind, filter.condition, extent):
                shifted = array("q", [n + offsets[run_of(n)] for n in numbers])
                hand_over((shifted, done * total // of))

        def take(found: tuple[array[int], int]) -> None:
            numbers, reported[0] = found
            part(numbers, reported[0], total)

        def done() -> None:
            if reported[0] < total:  # there was nothing, or it can't be read
                part(array("q"), total, total)

        return self._source.search(job, take, done)

    def collect(
        self,
        condition: Condition,
        low: int,
        read: Callable[[Reader, int], R | None],
        take: Callable[[list[tuple[int, R]]], None],
        most: int,
    ) -> Cancel:
        """Look for rows from a number up to 0, without it, the newest first, and read something
        with each. It is done in many short jobs: a search of the user's comes between them.

        :param read: gets a row's number in the history; called on the reader's thread
        :param take: takes some more: the row's number in the log, and what was read
        :param most: after so many, the rest is left
        """
        collecting = _Collecting(self, condition, low, read, take, most)
        collecting.go_on()
        return collecting.end

    def sort(
        self,
        filter: Filter[Any] | None,
        order: Order[Any],
        low: int,
        high: int,
        others: list[tuple[Any, int]],
        first: Sorted,
        done: Sorted,
    ) -> Cancel:
        """See ``rows.Archive``."""
        pieces = self.pieces(low, high)
        offsets = {piece.segment.run: piece.offset for piece in pieces}
        condition = None if filter is None else filter.condition
        column = order.column
        result: list[tuple[array[int], Keys]] = []

        def job(reader: Reader, hand_over: Callable[[Any], None]) -> None:
            extent = Extent([piece.segment for piece in pieces])
            if len(extent) >= _MANY:
                keys, numbers = reader.first_requests(
                    column, condition, extent, _FIRST, descending=order.descending
                )
                shifted = array("q", [n + offsets[run_of(n)] for n in numbers])
                hand_over(partial(first, shifted, keys))
            chunks = (
                (keys, [n + offsets[run_of(n)] for n in numbers])
                for keys, numbers in reader.sorted_requests(column, condition, extent)
            )
            hand_over(partial(result.append, _merged(chunks, others)))

        def ended() -> None:
            numbers, keys = result[0] if result else _merged((), others)
            done(numbers, keys)

        return self._source.search(job, lambda report: report(), ended)


class _Collecting(Generic[R]):
    """See :meth:`HistoryArchive.collect`."""

    def __init__(
        self,
        archive: HistoryArchive[Any],
        condition: Condition,
        low: int,
        read: Callable[[Reader, int], R | None],
        take: Callable[[list[tuple[int, R]]], None],
        most: int,
    ) -> None:
        self._archive = archive
        self._condition = condition
        self._low = low
        self._read = read
        self._report = take
        self._left = most
        self._high = 0  # from here on up it is through
        self._known: list[int] = []  # found there, in the history's numbers, and yet to be read
        self._before = 0, 0  # what was left when the job began
        self._cancel: Cancel | None = None

    def end(self) -> None:
        """Nobody wants the rest."""
        self._left = 0
        if self._cancel is not None:
            self._cancel()

    def go_on(self) -> None:
        """Do the next short job, if anything is left."""
        low, high, known = self._low, self._high, self._known
        if self._left <= 0 or not (known or high > low):
            return
        self._before = high, len(known)
        extent = Extent([piece.segment for piece in self._archive.pieces(low, high)])

        def job(reader: Reader, hand_over: Callable[[Any], None]) -> None:
            until = monotonic() + _SLICE
            numbers, reached = known, high
            parts = iter(reader.search(self._archive.kind, self._condition, extent))
            while True:
                found: list[tuple[int, R]] = []
                read = 0
                while read < len(numbers) and monotonic() < until:
                    value = self._read(reader, numbers[read])
                    if value is not None:
                        found.append((numbers[read], value))
                    read += 1
                hand_over((found, numbers[read:], reached))
                part = None if monotonic() >= until else next(parts, None)
                if part is None:
                    return
                more, done, of = part
                numbers, reached = sorted(more, reverse=True), high - done * (high - low) // of

        self._cancel = self._archive.source.search(job, self._take, self._done)

    def _take(self, part: tuple[list[tuple[int, R]], list[int], int]) -> None:
        found, self._known, self._high = part
        self._left -= len(found)
        if found:
            log_number = self._archive.log_number
            self._report([(at, value) for n, value in found if (at := log_number(n)) is not None])

    def _done(self) -> None:
        if (self._high, len(self._known)) != self._before:  # else there is nothing to be read
            self.go_on()


def _piece(segment: Segment, shift: int) -> _Piece:
    return _Piece(segment, -shift - number_of(segment.run, 0))


def _merged(
    chunks: Iterable[tuple[list[Any], list[int]]], others: list[tuple[Any, int]]
) -> tuple[array[int], Keys]:
    """Numbers and keys of both, ascending."""
    numbers: array[int] = array("q")
    keys: Any = []
    at = 0
    for more_keys, more_numbers in chunks:
        last = (more_keys[-1], more_numbers[-1])
        stop = bisect_right(others, last, at)
        if stop > at:
            items = sorted([*zip(more_keys, more_numbers, strict=True), *others[at:stop]])
            more_keys = [key for key, _ in items]
            more_numbers = [number for _, number in items]
            at = stop
        keys = _joined(keys, more_keys)
        numbers.extend(more_numbers)
    keys = _joined(keys, [key for key, _ in others[at:]])
    numbers.extend([number for _, number in others[at:]])
    return numbers, keys


def _joined(keys: Any, more: list[Any]) -> Any:
    """Keys and those behind them, of the same kind; the former list is changed."""
    found: Any = keys_of(more)
    if not keys or not more:
        return keys or found
    keys += found
    return keys
