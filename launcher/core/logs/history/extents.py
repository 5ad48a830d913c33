"""Which rows there are, without a list of them: runs of numbers, and where each row stands.

Pure; any thread.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from .numbers import number_of, place_of, run_of

__all__ = ["Extent", "Segment"]


class Segment(NamedTuple):
    """The rows of one run, by their places: from ``first`` up to ``end``, without it."""

    run: int
    first: int
    end: int


class Extent:
    """The rows of some runs, in their order, as one list that takes no room.

    :param segments: in the order of their runs, none of them empty
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)
        self._ends = list(accumulate(segment.end - segment.first for segment in segments))
        self._runs = [segment.run for segment in segments]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def number(self, position: int) -> int:
        """The number of the row at a position.

        :raises IndexError: there is no such position
        """
        if not 0 <= position < len(self):
            raise IndexError(position)
        at = bisect_right(self._ends, position)
        segment = self.segments[at]
        start = self._ends[at] - (segment.end - segment.first)
        return number_of(segment.run, segment.first + position - start)

    def position(self, number: int) -> int | None:
        """Where the row with that number stands, or None where it isn't among them."""
        at = bisect_right(self._runs, run_of(number)) - 1
        if at < 0 or self._runs[at] != run_of(number):
            return None
        segment = self.segments[at]
        place = place_of(number)
        if not segment.first <= place < segment.end:
            return None
        return self._ends[at] - (segment.end - place)

    def part(self, start: int, stop: int) -> Extent:
        """The rows at some positions."""
        return Extent(
            [
                Segment(run_of(low), place_of(low), place_of(low) + high - low)
                for low, high in self.spans(start, stop)
            ]
        )

    def spans(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The numbers of the rows at some positions: from the first of each pair up to the second,
        without it."""
        found = []
        for segment, end in zip(self.segments, self._ends, strict=True):
            begin = end - (segment.end - segment.first)
            low, high = max(start, begin), min(stop, end)
            if low < high:
                offset = number_of(segment.run, segment.first) - begin
                found.append((low + offset, high + offset))
        return found
