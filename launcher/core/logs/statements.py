"""The SQL statements of all recorded requests: how often, how long, from which line.

Bounded: beyond :data:`MOST` statements, that with the least time goes. Pure; one thread at a time
(the GUI thread's).
"""

from __future__ import annotations

from collections.abc import Sequence

from launcher.core.sql.shapes import is_transaction, short_form, statement_shape
from server.base.values import dataclass
from server.facts.span import SQL, Span

__all__ = ["MOST", "StatementLog", "StatementRow"]

MOST = 500
"""Statements that are kept."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement from one line; times in microseconds.

    :param statement: in few words
    :param text: whole, without its values
    :param requests: how many requests have run it
    :param count: how often it ran in them
    :param time: of all runs
    :param longest: of one run
    """

    statement: str
    text: str
    file: str
    line: int
    function: str
    requests: int
    count: int
    time: int
    longest: int


class _Tally:
    __slots__ = ("count", "function", "longest", "requests", "statement", "time")

    def __init__(self, span: Span) -> None:
        self.statement = short_form(span.label)
        self.function = span.function
        self.requests = self.count = self.time = self.longest = 0


class StatementLog:
    """What took how long; see :class:`StatementRow`."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, int], _Tally] = {}

    def add(self, spans: Sequence[Span] | None) -> None:
        """Count a request's statements, without those of transactions."""
        seen: set[tuple[str, str, int]] = set()
        for span in spans or ():
            if span.kind != SQL or is_transaction(span.label):
                continue
            key = (statement_shape(span.label), span.file, span.line)
            tally = self._tallies.get(key)
            if tally is None:
                if len(self._tallies) >= MOST:
                    del self._tallies[min(self._tallies, key=self._time)]
                tally = self._tallies[key] = _Tally(span)
            if key not in seen:
                seen.add(key)
                tally.requests += 1
            tally.count += 1
            tally.time += span.duration
            tally.longest = max(tally.longest, span.duration)

    def clear(self) -> None:
        """Begin anew."""
        self._tallies.clear()

    def rows(self) -> list[StatementRow]:
        """What takes most time first."""
        found = [
            StatementRow(
                one.statement, shape, file, line, one.function, one.requests, one.count, one.time,
                one.longest,
            )
            for (shape, file, line), one in self._tallies.items()
        ]  # fmt: skip
        return sorted(found, key=lambda row: -row.time)

    def _time(self, key: tuple[str, str, int]) -> int:
        return self._tallies[key].time
