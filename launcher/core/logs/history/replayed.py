"""Which requests of a history belong together: one that was sent again, and its original.

A request that was sent again has in ``extra`` when its original began. Nothing is indexed for that:
it is looked for among the rows that are next to it, a bounded number of them. The reader's thread.
"""

from __future__ import annotations

import json
import sqlite3

from .rows import REPLAYED

__all__ = ["partner_of"]

_BEFORE = 200_000
_BEHIND = 20_000
"""Rows that are looked at: before one that was sent again, and behind one that may have been."""


def partner_of(connection: sqlite3.Connection, number: int) -> int | None:
    """The original of a request that was sent again, or the newest that repeats this one.

    :param number: of the request
    :returns: the number of the other one; None where there is none
    """
    found = connection.execute(
        "SELECT started, flags, extra FROM whole_request WHERE number = ?", (number,)
    ).fetchone()
    if found is None:
        return None
    started, flags, extra = found
    if flags & REPLAYED:
        row = connection.execute(
            "SELECT number FROM (SELECT number, started FROM request WHERE number < ? "
            f"ORDER BY number DESC LIMIT {_BEFORE}) WHERE started = ? LIMIT 1",
            (number, _original_start(extra)),
        ).fetchone()
        return None if row is None else int(row[0])
    rows = connection.execute(
        "SELECT number, extra FROM "
        "(SELECT number, flags, extra FROM whole_request WHERE number > ? "
        f"ORDER BY number LIMIT {_BEHIND}) WHERE flags & {REPLAYED} ORDER BY number DESC",
        (number,),
    )
    return next((int(again) for again, facts in rows if _original_start(facts) == started), None)


def _original_start(extra: str | None) -> float:
    facts = json.loads(extra) if extra else {}
    return float(facts.get("replay_of", 0.0))
