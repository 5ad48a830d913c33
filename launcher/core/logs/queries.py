"""The SQL of a request: how often which statement ran, from which line, and what repeats.

Statements are compared by their shape (:mod:`launcher.core.sql.shapes`). A *duplicate* is each run
of a statement that ran more than once in the request, whatever its values. *In a loop* is what is
certain to be one: a statement that reads, from one line of the user's code, with different values,
:data:`LOOP` times or more, and one soon after the other; rows may refer to the same. What begins
and ends transactions, or opens a connection, is shown and has its time, but is no query.

Pure functions of frozen values; any thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

from launcher.core.sql.shapes import is_select, is_transaction, statement_shape
from server.base import limits
from server.base.values import dataclass
from server.facts.span import SQL, LeftOut, Span

__all__ = [
    "LOOP",
    "NO_QUERIES",
    "Queries",
    "QueryCount",
    "QueryGroup",
    "can_be_opened",
    "count_queries",
    "finding",
    "queries_of",
]

LOOP = 5
"""Runs from which on a statement may count as one of a loop."""
_TEMPLATE = "template"  # stands for the function where the line is a template's
_BETWEEN = 8
"""Other statements that a loop may have between two runs."""


class QueryCount(NamedTuple):
    """A request's queries in numbers, as the list has them.

    :ivar total: queries, without those of transactions
    :ivar duplicates: those whose statement ran more than once
    :ivar time: of all statements, in microseconds
    :ivar looped: those that are certain to be of a loop
    """

    total: int = 0
    duplicates: int = 0
    time: int = 0
    looped: int = 0


NO_QUERIES = QueryCount()


@dataclass(frozen=True, slots=True)
class QueryGroup:
    """The runs of one statement from one line.

    :param shape: the statement without its values
    :param spans: its runs, in their order
    :param file: of the line; "" where the user's code isn't known
    :param time: of all runs, in microseconds
    :param share: that as a part of the time of all statements, 0 to 1
    :param duplicate: the statement ran more than once, here or from another line
    :param looped: it is certain that a loop makes these queries one by one
    :param transaction: it is no query
    """

    shape: str
    spans: tuple[Span, ...]
    file: str
    line: int
    function: str
    time: int
    share: float
    duplicate: bool
    looped: bool
    transaction: bool

    @property
    def count(self) -> int:
        """How often it ran."""
        return len(self.spans)

    @property
    def opens(self) -> bool:
        """Whether the line can be looked at."""
        return can_be_opened(self.file)

    @property
    def place(self) -> str:
        """The line for people, such as ``catalog.py:31``; or ""."""
        return f"{PurePath(self.file).name}:{self.line}" if self.file else ""


@dataclass(frozen=True, slots=True)
class Queries:
    """All SQL of one request.

    :param groups: what takes most time first
    :param count: see :class:`QueryCount`
    """

    groups: tuple[QueryGroup, ...] = ()
    count: QueryCount = NO_QUERIES

    @property
    def looped(self) -> tuple[QueryGroup, ...]:
        """The groups that are of a loop, the largest first."""
        found = [group for group in self.groups if group.looped]
        return tuple(sorted(found, key=lambda group: -group.count))


def can_be_opened(file: str) -> bool:
    """Whether code is in a file; a template that is a string is in none: ``<template>``."""
    return bool(file) and not file.startswith("<")


def count_queries(spans: Sequence[Span] | None, left_out: Sequence[LeftOut] = ()) -> QueryCount:
    """The numbers of :func:`queries_of`, for a list."""
    if not left_out and not any(span.kind == SQL for span in spans or ()):
        return NO_QUERIES
    return queries_of(spans, left_out).count


def queries_of(spans: Sequence[Span] | None, left_out: Sequence[LeftOut] = ()) -> Queries:
    """Group the SQL of a request.

    :param spans: all that the request has, of any kind; None where that wasn't recorded
    :param left_out: what there was beyond those: its SQL is counted, and its time is of the whole
    """
    found = [span for span in spans or () if span.kind == SQL]
    beyond = _sql_left_out(spans or (), left_out)
    if not found and not beyond:
        return Queries()
    keys = [(statement_shape(span.label), span.file, span.line) for span in found]
    places: dict[tuple[str, str, int], list[int]] = {}
    runs: Counter[str] = Counter()
    for number, key in enumerate(keys):
        places.setdefault(key, []).append(number)
        runs[key[0]] += 1
    whole = sum(span.duration for span in found) + sum(one.duration for one in beyond)
    groups = []
    for (shape, file, line), at in places.items():
        spans_here = tuple(found[n] for n in at)
        transaction = is_transaction(spans_here[0].label)
        time = sum(span.duration for span in spans_here)
        groups.append(
            QueryGroup(
                shape=shape,
                spans=spans_here,
                file=file,
                line=line,
                function=spans_here[0].function,
                time=time,
                share=time / whole if whole else 0.0,
                duplicate=not transaction and runs[shape] > 1,
                looped=_is_loop(spans_here, at),
                transaction=transaction,
            )
        )
    groups.sort(key=lambda group: (group.transaction, -group.time))
    count = QueryCount(
        total=sum(group.count for group in groups if not group.transaction)
        + sum(one.calls for one in beyond),
        duplicates=sum(group.count for group in groups if group.duplicate),
        time=whole,
        looped=sum(group.count for group in groups if group.looped),
    )
    return Queries(tuple(groups), count)


def _sql_left_out(spans: Sequence[Span], left_out: Sequence[LeftOut]) -> list[LeftOut]:
    return [one for one in left_out if one.kind == SQL or (not one.kind and _only_sql(spans))]


def _only_sql(spans: Sequence[Span]) -> bool:
    """Whether SQL alone has reached the bound, where what was left out has no kind."""
    counts = Counter(span.kind for span in spans).items()
    return [kind for kind, count in counts if count >= limits.SPANS_OF_A_KIND] == [SQL]


def _is_loop(spans: tuple[Span, ...], places: Sequence[int]) -> bool:
    """Whether the runs are certain to be those of a loop.

    :param places: where each stands among the statements of the request
    """
    if len(spans) < LOOP or not spans[0].file or not is_select(spans[0].label):
        return False
    if len({(span.parameters, span.label) for span in spans}) < 2:  # else a cache would help
        return False
    return all(after - before <= _BETWEEN + 1 for before, after in pairwise(places))


def finding(group: QueryGroup) -> str:
    """What is worth to be known of a group, in a sentence; "" where nothing is."""
    where = f" from {group.place}" if group.place else ""
    if group.looped:
        if group.function == _TEMPLATE:
            inside = "a loop of the template"
        elif group.function and not group.function.startswith("<"):  # a comprehension has no name
            inside = f"the loop of {group.function}"
        else:
            inside = "a loop"
        return (
            f"The same statement {group.count:,} times{where}, in {inside}: "
            "a join (select_related, joinedload) may help"
        )
    if group.duplicate and group.count > 1:
        same = len({(span.parameters, span.label) for span in group.spans}) == 1
        values = ", with the same values each time" if same else ""
        return f"The same statement {group.count:,} times{where}{values}"
    return "The same statement also ran from another line" if group.duplicate else ""
