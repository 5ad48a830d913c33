"""What is shown of two answers that were compared, as rows of text. No Qt; pure; any thread.

Secrets in them are masked unless they are asked for: of headers by their name, in JSON by the names
of the keys, in other texts wherever something is named like one.
"""

from __future__ import annotations

import re

from server.base.values import dataclass

from .compare import BodyChange, Comparison
from .display import duration, one_line, plural, size
from .secrets import MASK, is_secret_name, mask_header, mask_text

__all__ = ["CompareRow", "rows_of", "summary"]

_KEYS = re.compile(r"[^.\[\]]+")
_MOST = 4_000  # characters of a value
_NOTHING = "\u2013"


@dataclass(frozen=True)
class CompareRow:
    """One thing of both answers, side by side; each on one line.

    :param group: what it belongs to; "" as the row before
    :param differs: it counts as a difference
    """

    group: str
    name: str
    before: str
    after: str
    differs: bool = False


def summary(comparison: Comparison) -> str:
    """How the answers compare, in a sentence."""
    match comparison.difference:
        case "":
            return "The same answer."
        case "status":
            return "The status is another: {} before, {} now.".format(*comparison.status)
        case "body":
            count = plural(len(comparison.body), "difference")
            more = " at least" if comparison.more else ""
            return f"The body is another:{more} {count}."
        case _:
            return "The headers are others."


def rows_of(
    comparison: Comparison,
    *,
    secrets: bool = False,
    queries: tuple[int | None, int | None] = (None, None),
) -> tuple[CompareRow, ...]:
    """All that is to be shown, what is the same and what isn't.

    :param secrets: show them
    :param queries: how many SQL queries each request made; None where that isn't known
    """
    first, second = comparison.status
    times = comparison.durations
    sizes = comparison.sizes
    rows = [
        CompareRow("Answer", "Status", _status(first), _status(second), first != second),
        CompareRow("", "Time", duration(times[0]), duration(times[1])),
        CompareRow("", "Size", size(sizes[0]), size(sizes[1])),
    ]
    if queries != (None, None):
        before, after = ("not recorded" if n is None else f"{n:,}" for n in queries)
        rows.append(CompareRow("", "Queries", before, after, queries[0] != queries[1]))
    rows += _body(comparison, secrets)
    rows += _headers(comparison, secrets)
    return tuple(rows)


def _status(status: int) -> str:
    return str(status) if status else "no answer"


def _headers(comparison: Comparison, secrets: bool) -> list[CompareRow]:
    if not comparison.headers:
        return [CompareRow("Headers", "", "the same", "")]
    rows = []
    ordered = sorted(comparison.headers, key=lambda change: change.varies)
    for group, change in zip(["Headers", *[""] * len(ordered)], ordered, strict=False):
        values = [
            _NOTHING if value is None else value if secrets else mask_header(change.name, value)
            for value in (change.before, change.after)
        ]
        before, after = (one_line(value, _MOST) for value in values)
        rows.append(CompareRow(group, one_line(change.name, 200), before, after, not change.varies))
    return rows


def _body(comparison: Comparison, secrets: bool) -> list[CompareRow]:
    title = {"json": "Body, by its JSON", "text": "Body, by its lines"}.get(comparison.kind, "Body")
    cut = ", as far as it was kept" if comparison.cut else ""
    if not comparison.body:
        return [CompareRow(f"Body{cut}", "", "the same", "")]
    rows: list[CompareRow] = []
    for change in comparison.body:
        before, after = (_part(change, value, secrets) for value in (change.before, change.after))
        group = "" if rows else f"{title}{cut}"
        rows.append(CompareRow(group, one_line(change.place, 400), before, after, True))
    if comparison.more:
        rows.append(CompareRow("", "\u2026", "there are more", ""))
    return rows


def _part(change: BodyChange, value: str | None, secrets: bool) -> str:
    if value is None:
        return _NOTHING
    if not secrets:
        if any(map(is_secret_name, _KEYS.findall(change.place))):
            return MASK
        value = mask_text(value)
    return one_line(value, _MOST)
