"""What may stand behind a field's colon, and the condition that it makes.

A reader takes the sign in front of a value (``""``, ``"="``, ``"<"``, ``"<="``, ``">"``, ``">="``,
or ``"~"`` for a regular expression) and the value without its quotes. Places in mistakes are those
in the value. Pure, but for the clock, which is read for the day of a time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeGuard

from launcher.core.logs.history.conditions import All, Any_, Compare, Condition, Passes, Text

from .mistakes import FilterError
from .patterns import Pattern

__all__ = [
    "Reader",
    "choice",
    "count",
    "duration",
    "exact",
    "moment",
    "plain",
    "size",
    "status",
    "text",
    "whole",
    "words",
]

Reader = Callable[[str, str], Condition]
Comparison = Literal["=", "<", "<=", ">", ">="]

_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{0,9})?)([a-zµ]*)", re.IGNORECASE | re.ASCII)
_STATUS_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)
_STATUS = re.compile(r"0|[1-9]\d\d", re.ASCII)  # 0 where there was no answer
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_SECONDS = {"": 0.001, "us": 1e-6, "µs": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0}
_BYTES = {
    "": 1, "b": 1, "k": 1024, "kb": 1024, "m": 1024**2, "mb": 1024**2, "g": 1024**3, "gb": 1024**3,
}  # fmt: skip


# Texts


def text(column: str) -> Reader:
    """A text that has the value in it, or is it, behind ``=``."""
    return _text(column, "has")


def exact(column: str) -> Reader:
    """A text that is the value."""
    return _text(column, "is")


def _text(column: str, usual: Literal["has", "is"]) -> Reader:
    def read(sign: str, value: str) -> Condition:
        if sign == "~":
            return Passes(column, Pattern(value))
        if sign in ("", "="):
            return Text(column, "is" if sign else usual, value)
        raise FilterError(f"A text can't be compared by {sign}.", -len(sign), 0)

    return read


def plain(
    make: Callable[[str], Condition], tested: Callable[[Callable[[str], bool]], Condition]
) -> Reader:
    """A text that can only be searched for.

    :param tested: makes the condition of a regular expression
    """

    def read(sign: str, value: str) -> Condition:
        if sign == "~":
            return tested(Pattern(value))
        if sign:
            raise FilterError(f"A text can't be compared by {sign} here.", -len(sign), 0)
        return make(value)

    return read


def words(
    columns: tuple[str, ...], others: Callable[[str], tuple[Condition, ...]]
) -> Callable[[str, str], Condition]:
    """A word without a field: it is in one of some columns.

    :param others: what else a word may mean
    """

    def read(sign: str, value: str) -> Condition:
        if sign == "~":
            test = Pattern(value)
            return Any_(tuple(Passes(column, test) for column in columns))
        return Any_((*(Text(column, "has", value) for column in columns), *others(value)))

    return read


# Numbers


def duration(column: str) -> Reader:
    """A duration; without a unit, in milliseconds; without a sign, at least so long."""
    return _number(column, _SECONDS, ">200ms or >1.5s", ">=")


def size(column: str) -> Reader:
    """A number of bytes; without a sign, at least so many."""
    return _number(column, _BYTES, ">10k or >1.5MB", ">=")


def count(column: str) -> Reader:
    """A number of things; without a sign, at least so many."""
    return _number(column, {"": 1}, ">20", ">=")


def whole(column: str, example: str) -> Reader:
    """A number without a unit."""
    return _number(column, {"": 1}, example, "=")


def _number(column: str, units: Mapping[str, float], example: str, usual: Comparison) -> Reader:
    def read(sign: str, value: str) -> Condition:
        found = _NUMBER.fullmatch(value)
        unit = found[2].lower() if found else ""
        comparison = sign or usual
        if found is None or unit not in units or not _compares(comparison):
            raise FilterError(f"A number such as {example} is expected here.", 0, len(value))
        return Compare(column, comparison, float(found[1]) * units[unit])

    return read


def _compares(sign: str) -> TypeGuard[Comparison]:
    return sign in ("=", "<", "<=", ">", ">=")


def status(sign: str, value: str) -> Condition:
    """A status, a class of them such as ``5xx``, or a comparison with one."""
    found = _STATUS_CLASS.fullmatch(value)
    if found is not None and sign in ("", "="):
        first = int(found[1]) * 100
        return All((Compare("status", ">=", first), Compare("status", "<", first + 100)))
    comparison = sign or "="
    if _STATUS.fullmatch(value) and _compares(comparison):
        return Compare("status", comparison, int(value))
    raise FilterError("A status is a number such as 404, or 5xx for a class.", 0, len(value))


def moment(column: str, comparison: Comparison) -> Reader:
    """A time of day, which is today's, or a date, with a time or without."""

    def read(sign: str, value: str) -> Condition:
        stamp = None if sign else _moment(value)
        if stamp is None:
            raise FilterError(
                "A time such as 10:30 or 2026-11-28T10:30 is expected here.", 0, len(value)
            )
        return Compare(column, comparison, stamp)

    return read


def _moment(value: str) -> float | None:
    day = datetime.fromtimestamp(time.time()).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if value.lower() in ("today", "yesterday"):
            return (day - timedelta(days=value.lower() == "yesterday")).timestamp()
        if found := _CLOCK.fullmatch(value):
            clock = found.groups()
        elif found := _DATE.fullmatch(value):
            day = datetime.fromisoformat(found[1])
            clock = found.groups()[1:]
        else:
            return None
        hour, minute, second = (int(part or 0) for part in clock)
        return day.replace(hour=hour, minute=minute, second=second).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


# Words


def choice(conditions: Mapping[str, Condition]) -> Reader:
    """One of some words."""

    def read(sign: str, value: str) -> Condition:
        found = None if sign else conditions.get(value.lower())
        if found is None:
            names = ", ".join(conditions)
            raise FilterError(f"One of these is expected here: {names}.", 0, len(value))
        return found

    return read
