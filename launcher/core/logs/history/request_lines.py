"""What one request of the history has printed; for the thread of a reader.

Lines have no index by request: it would cost each of them when it is written. They are in the order
of their numbers nearly in that of time, though, so those of a request are looked for in the part of
its run that was written meanwhile.
"""

from __future__ import annotations

import sqlite3

from .numbers import number_of, run_of

__all__ = ["output_of"]

_MARGIN = 2.0
"""Seconds: output is reported in portions, and so may come after the request has ended."""
_MOST_LINES = 500_000
"""That are looked at."""


def output_of(connection: sqlite3.Connection, number: int, most: int) -> str:
    """The lines that a request has printed, the first ones.

    :param number: its number in the history
    :param most: characters, about
    """
    run = run_of(number)
    request = connection.execute(
        "SELECT id, started, coalesce(duration, 0) FROM request WHERE number = ?", (number,)
    ).fetchone()
    places = connection.execute(
        "SELECT first_line, next_line FROM run WHERE id = ?", (run,)
    ).fetchone()
    if request is None or places is None:
        return ""
    id, started, duration = request
    first, last = (number_of(run, place) for place in places)
    low = _at(connection, first, last, started - _MARGIN)
    high = min(_at(connection, low, last, started + duration + _MARGIN), low + _MOST_LINES)
    parts: list[str] = []
    room = most
    for (text,) in connection.execute(
        "SELECT substr(text, 1, ?) FROM line "
        "WHERE number >= ? AND number < ? AND request = ? ORDER BY number",
        (most, low, high, id),
    ):
        parts.append(f"{text}\n")
        room -= len(text) + 1
        if room <= 0:
            break
    return "".join(parts)


def _at(connection: sqlite3.Connection, low: int, high: int, moment: float) -> int:
    """The number of the first line that was written at a time or later, about."""
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            "SELECT time FROM line WHERE number >= ? AND number < ? ORDER BY number LIMIT 1",
            (middle, high),
        ).fetchone()
        if found is not None and found[0] < moment:
            low = middle + 1
        else:
            high = middle
    return low
