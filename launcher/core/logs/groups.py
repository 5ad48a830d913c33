"""Errors that are the same one: of one type, from one place in the user's own code.

Pure data without locks: filled and read on the GUI thread. A group counts also the errors whose
rows the log has dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

MAX_GROUPS = 500
"""How many are kept; the one that has not occurred for the longest time is dropped first."""

Place = tuple[str, int] | None
"""File and line, or None where they aren't known."""


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """What is known of one error, however often it occurs.

    :param type: the exception's class
    :param place: where in the user's own code it is raised
    :param count: how often it has occurred
    :param first: when it occurred first, in seconds since the epoch
    :param last: when it occurred last
    :param newest: the number of its newest row in the error log
    :param unseen: how often it has occurred since the user last looked
    """

    type: str
    place: Place
    count: int
    first: float
    last: float
    newest: int
    unseen: int


class ErrorGroups:
    """All errors by type and place.

    :ivar total: how many errors there have been, in all groups and in those that were dropped
    :ivar unseen: how many of them since the user last looked
    """

    def __init__(self, limit: int = MAX_GROUPS) -> None:
        self._limit = limit
        # In the order of their newest errors: one that occurs again goes to the end.
        self._groups: dict[tuple[str, Place], ErrorGroup] = {}
        self.total = 0
        self.unseen = 0

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[ErrorGroup]:
        """The groups, the one that occurred last in front."""
        return reversed(self._groups.values())

    def add(self, number: int, time: float, type: str, place: Place) -> None:
        """Count an error.

        :param number: its row in the error log
        """
        self.total += 1
        self.unseen += 1
        old = self._groups.pop((type, place), None)
        self._groups[type, place] = ErrorGroup(
            type=type,
            place=place,
            count=1 if old is None else old.count + 1,
            first=time if old is None else old.first,
            last=time,
            newest=number,
            unseen=1 if old is None else old.unseen + 1,
        )
        if len(self._groups) > self._limit:
            del self._groups[next(iter(self._groups))]

    def mark_seen(self) -> None:
        """The user has looked at the errors."""
        if self.unseen:
            self.unseen = 0
            for key, group in self._groups.items():
                self._groups[key] = replace(group, unseen=0)

    def clear(self) -> None:
        """Start anew."""
        self._groups.clear()
        self.total = self.unseen = 0
