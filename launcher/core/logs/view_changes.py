"""What a view of a log reports of itself: its changes, and how far it is. Frozen values."""

from __future__ import annotations

import enum
from collections.abc import Callable

from server.base.values import dataclass

__all__ = ["Change", "Kind", "Listener", "Progress", "ranges_of"]


class Kind(enum.Enum):
    """What can happen to a view."""

    ADDED = enum.auto()
    REMOVED = enum.auto()
    CHANGED = enum.auto()
    RESET = enum.auto()


@dataclass(frozen=True, slots=True)
class Change:
    """A range of positions that something happens to.

    :param start: the first position: of rows added, where they are afterwards; of rows removed,
        where they were
    :param stop: one more than the last position
    """

    kind: Kind
    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many positions there are."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a filter or a sort is.

    :param done: rows that have been gone through
    :param total: rows that there are to go through
    """

    done: int
    total: int


Listener = Callable[[Change], None]


def ranges_of(indexes: list[int]) -> list[list[int]]:
    """Ascending indexes as ranges of what lies side by side."""
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index:
            ranges[-1][1] += 1
        else:
            ranges.append([index, index + 1])
    return ranges
