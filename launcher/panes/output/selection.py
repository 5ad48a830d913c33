"""What is selected in the output: from one character of a line to one of another. Any thread."""

from __future__ import annotations

from typing import NamedTuple

from server.base.values import dataclass

__all__ = ["Place", "Selection"]


class Place(NamedTuple):
    """Before a character.

    :param number: of the line
    :param column: how many characters of it are before
    """

    number: int
    column: int


@dataclass(frozen=True)
class Selection:
    """From where it was begun to where it has been drawn, in either direction."""

    anchor: Place
    cursor: Place

    @property
    def start(self) -> Place:
        """The earlier end."""
        return min(self.anchor, self.cursor)

    @property
    def end(self) -> Place:
        """The later end."""
        return max(self.anchor, self.cursor)

    @property
    def empty(self) -> bool:
        """Whether nothing is selected."""
        return self.anchor == self.cursor

    def columns(self, number: int, length: int) -> tuple[int, int] | None:
        """What of a line of that length is selected; None where nothing is."""
        start, end = self.start, self.end
        if self.empty or not start.number <= number <= end.number:
            return None
        left = start.column if number == start.number else 0
        right = end.column if number == end.number else length
        return min(left, length), min(right, length)
