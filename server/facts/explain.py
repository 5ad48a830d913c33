"""How a database would answer a query: what is asked, and what comes back.

Everything in here is immutable, and may be used on any thread. Readers and writers of events import
it from :mod:`server.events`.
"""

from __future__ import annotations

import time as _time
from dataclasses import asdict, field
from typing import Any

from ..base.values import dataclass

__all__ = ["ExplainQuestion", "Explained"]


@dataclass(frozen=True)
class ExplainQuestion:
    """A query whose plan is asked for.

    :param number: comes back with the answer
    :param connection: that the query was sent through, as in ``Span.connection``
    :param statement: one SELECT with its values in it
    """

    number: int
    connection: str
    statement: str

    def to_json(self) -> dict[str, Any]:
        """The question as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ExplainQuestion:
        """Read what :meth:`to_json` wrote."""
        return cls(**value)


@dataclass(frozen=True)
class Explained:
    """The plan of a query, or why there is none. It is for who has asked, and is kept nowhere.

    :param number: that of the question
    :param plan: its lines, indented
    :param problem: ``""``, ``"unknown"`` (how the connection was made isn't known), ``"forked"``
        (it was made in a process of its own, which has ended), ``"memory"`` (its database is in the
        memory of that connection), ``"statement"`` (it is not one SELECT), or ``"failed"``
        (``message`` is the database's)
    """

    number: int
    plan: tuple[str, ...] = ()
    problem: str = ""
    message: str = ""
    time: float = field(default_factory=_time.time)
