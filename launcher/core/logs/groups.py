"""Errors that are the same one: of one type, from one place in the user's own code.

Pure data without locks: filled and read on the GUI thread. A group counts also the errors whose
rows the log has dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from server.base.values import dataclass

MAX_GROUPS = 500
"""How many are kept; the one that has not occurred for the longest time is dropped first."""

RECENT = 40
"""How many times of its occurrences a group keeps, for its small time line."""

Place = tuple[str, int] | None
"""File and line, or None where they aren't known."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One error, as its group counts it.

    :param number: its row in the error log
    :param key: the same for all errors of a group
    :param type: the exception's class
    :param place: where in the user's own code it was raised
    :param function: the function there, or ""
    :param origin: the request, or what else it happened in
    """

    number: int
    time: float
    key: str
    type: str
    message: str = ""
    place: Place = None
    function: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """What is known of one error, however often it occurs.

    :param newest: its newest occurrence
    :param count: how often it has occurred
    :param first: when it occurred first, in seconds since the epoch
    :param unseen: how often it has occurred since the user last looked
    :param times: when it occurred of late, the newest last
    """

    newest: Occurrence
    count: int
    first: float
    unseen: int
    times: tuple[float, ...]

    @property
    def key(self) -> str:
        """The same as of its errors."""
        return self.newest.key

    @property
    def last(self) -> float:
        """When it occurred last."""
        return self.newest.time


class ErrorGroups:
    """All errors by type and place.

    :ivar total: how many errors there have been, in all groups and in those that were dropped
    :ivar older: the groups of before, from the history, the one that occurred last in front; all of
        them seen
    """

    older: tuple[ErrorGroup, ...] = ()

    def __init__(self, limit: int = MAX_GROUPS) -> None:
        self._limit = limit
        # In the order of their newest errors: one that occurs again goes to the end.
        self._groups: dict[str, ErrorGroup] = {}
        self._unseen: set[str] = set()
        self.total = 0
        self._hidden: list[tuple[dict[str, ErrorGroup], int]] = []

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[ErrorGroup]:
        """The groups, the one that occurred last in front."""
        return reversed(self._groups.values())

    @property
    def unseen(self) -> int:
        """In how many groups something has occurred since the user last looked."""
        return len(self._unseen)

    def get(self, key: str) -> ErrorGroup | None:
        """The group with that key."""
        found = self._groups.get(key)
        return found or next((group for group in self.older if group.key == key), None)

    def all_of_them(self) -> list[ErrorGroup]:
        """The groups, the one that occurred last in front, and behind them those of before that
        are not among them."""
        found = list(self)
        known = {(group.newest.type, group.newest.place) for group in found}
        older = [g for g in self.older if (g.newest.type, g.newest.place) not in known]
        return found + older

    def newest_unseen(self) -> ErrorGroup | None:
        """The group that occurred last, of those the user hasn't looked at."""
        if not self._unseen:
            return None
        return next(group for group in self if group.unseen)

    def add(self, error: Occurrence) -> None:
        """Count an error."""
        self.total += 1
        old = self._groups.pop(error.key, None)
        self._groups[error.key] = ErrorGroup(
            newest=error,
            count=1 if old is None else old.count + 1,
            first=error.time if old is None else old.first,
            unseen=1 if old is None else old.unseen + 1,
            times=(*(() if old is None else old.times[1 - RECENT :]), error.time),
        )
        self._unseen.add(error.key)
        if len(self._groups) > self._limit:
            oldest = next(iter(self._groups))
            del self._groups[oldest]
            self._unseen.discard(oldest)

    def mark_seen(self, key: str | None = None) -> None:
        """The user has looked at a group; without a key, at all of them."""
        for name in tuple(self._unseen) if key is None else (key,):
            group = self._groups.get(name)
            if group is not None and group.unseen:
                self._groups[name] = replace(group, unseen=0)
            self._unseen.discard(name)

    def hide(self) -> None:
        """Start anew, so that it can be taken back."""
        self._hidden.append((self._groups, self.total))
        self._groups = {}
        self._unseen.clear()
        self.total = 0

    def unhide(self) -> None:
        """Take the last :meth:`hide` back; what has come since is added to what there was."""
        if not self._hidden:
            return
        newer, (self._groups, total) = self._groups, self._hidden.pop()
        self.total += total
        for key, group in newer.items():
            old = self._groups.pop(key, None)
            if old is not None:
                times = (*old.times, *group.times)[-RECENT:]
                count = group.count + old.count
                group = replace(group, count=count, first=old.first, times=times)
            self._groups[key] = group
        for key in list(self._groups)[: -self._limit]:
            del self._groups[key]
        self._unseen = {key for key, group in self._groups.items() if group.unseen}

    def clear(self) -> None:
        """Start anew."""
        self._hidden.clear()
        self._groups.clear()
        self._unseen.clear()
        self.older = ()
        self.total = 0
