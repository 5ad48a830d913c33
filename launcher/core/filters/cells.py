"""What a cell of the list asks for, as a part of a filter: "only this" and "all but this".

Pure; any thread.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from launcher.core.logs.requests import RequestRow

from .language import quoted
from .predicates import NUMBERS, TEXTS

__all__ = ["added", "term_of"]


def _exactly(field: str, column: str, sign: str = "=") -> Callable[[RequestRow], str]:
    def term(row: RequestRow) -> str:
        value = TEXTS[column](row)
        return f"{field}:{sign}{quoted(value)}" if value else ""

    return term


def _number(field: str, column: str, sign: str = "") -> Callable[[RequestRow], str]:
    def term(row: RequestRow) -> str:
        value = NUMBERS[column](row)
        return "" if value is None else f"{field}:{sign}{value:g}"

    return term


def _status(row: RequestRow) -> str:
    if row.finished is None:
        return "" if row.lost else "is:running"
    if row.finished.aborted:
        return "is:aborted"
    return f"status:{row.finished.status}"


def _duration(row: RequestRow) -> str:
    done = row.finished
    if done is None:
        return ""
    if done.duration < 0.001:
        return f"dur:>={math.floor(done.duration * 1e6)}us"
    return f"dur:>={math.floor(done.duration * 1e3)}ms"


def _size(field: str, column: str) -> Callable[[RequestRow], str]:
    return _number(field, column, ">=")


def _since(row: RequestRow) -> str:
    return time.strftime("after:%Y-%m-%dT%H:%M:%S", time.localtime(NUMBERS["started"](row)))


_TERMS: Mapping[str, Callable[[RequestRow], str]] = {
    "started": _since,
    "method": _exactly("method", "method", ""),
    "path": _exactly("path", "path"),
    "query": _exactly("query", "query"),
    "status": _status,
    "duration": _duration,
    "queries": _number("sql", "sql_total", ">="),
    "size": _size("size", "response_size"),
    "type": _exactly("type", "type"),
    "endpoint": _exactly("endpoint", "endpoint"),
    "host": _exactly("host", "host"),
    "client": _exactly("client", "client"),
    "thread": _exactly("thread", "thread"),
    "pid": _number("pid", "pid"),
    "error": lambda row: "has:error" if row.error is not None else "",
}


def term_of(column: str, row: RequestRow) -> str:
    """The value of a cell as a term of a filter; "" where there is none to be asked for."""
    make = _TERMS.get(column)
    return "" if make is None else make(row)


def added(text: str, term: str, *, without: bool = False) -> str:
    """A filter's text with one more term: "only this", or with ``without``, "all but this".

    The same thing the other way round is taken out: one wanted it, and doesn't any more.
    """
    wanted = f"-{term}" if without else term
    other = term if without else f"-{term}"
    words = f" {text.strip()} "
    if f" {wanted} " in words:
        return text.strip()
    words = words.replace(f" {other} ", " ")
    kept = words.strip()
    if " or " in words.lower():
        kept = f"({kept})"
    return f"{kept} {wanted}".strip()
