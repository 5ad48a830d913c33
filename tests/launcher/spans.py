"""Spans of requests, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.facts.span import Span

ITEM = "SELECT * FROM item WHERE id = ?"


def sql(label: str, parameters: str = "", line: int = 31, start: int = 0, **more: Any) -> Span:
    """A statement of ``/srv/catalog.py`` that took 100 microseconds."""
    known = {"file": "/srv/catalog.py", "function": "index", "duration": 100}
    return Span("sql", label, start, line=line, parameters=parameters, **{**known, **more})


def items(numbers: Iterable[int], **more: Any) -> list[Span]:
    """The same statement for each of some numbers, one soon after the other."""
    start = more.pop("start", 0)
    return [
        sql(ITEM, f"({number},)", start=start + 150 * at, **more)
        for at, number in enumerate(numbers)
    ]
