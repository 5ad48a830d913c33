"""What can be asked for in a filter: one table for requests, one for errors.

A row adds a field: to the grammar, to what is completed, and to the help.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from launcher.core.http_methods import METHODS
from launcher.core.logs.history.conditions import (
    All,
    Any_,
    BodyHas,
    BodyPasses,
    Compare,
    Condition,
    Flag,
    HeadersHave,
    HeadersPass,
    Not,
    Text,
)
from launcher.core.logs.requests import SLOW_SECONDS
from server.base.values import dataclass

from .values import (
    Reader,
    choice,
    count,
    duration,
    exact,
    moment,
    plain,
    size,
    status,
    text,
    whole,
    words,
)

__all__ = ["ERRORS", "FAILED", "LOOPED", "REQUESTS", "SLOW", "Field", "Fields"]

FAILED: Condition = Any_(
    (
        Flag("error"),
        All(
            (
                Not(Flag("aborted")),
                Any_((Compare("status", ">=", 500), Compare("status", "=", 0))),
            )
        ),
    )
)
"""A request that the app, or the server, could not answer as it should; also where its client, or
the process, was gone by then."""
SLOW: Condition = Compare("duration", ">=", SLOW_SECONDS)
"""A request that took longer than one should."""
LOOPED: Condition = Compare("sql_looped", ">", 0)
"""A request that makes queries in a loop, one by one: N+1 of them instead of two."""


@dataclass(frozen=True)
class Field:
    """What may stand in front of a colon.

    :param name: without the colon
    :param about: what it asks for, in a few words
    :param example: of a value
    :param read: makes the condition
    :param values: what is proposed, beside what was seen
    :param seen: the column whose values are proposed as they were seen; or ""
    """

    name: str
    about: str
    example: str
    read: Reader
    values: tuple[str, ...] = ()
    seen: str = ""


@dataclass(frozen=True)
class Fields:
    """What can be asked for of one kind of row.

    :param kind: one of ``launcher.core.logs.history.schema.KINDS``
    :param fields: by their names
    :param word: makes the condition of a word without a field
    """

    kind: str
    fields: Mapping[str, Field] = field(hash=False)
    word: Callable[[str, str], Condition]


def _table(kind: str, word: Callable[[str, str], Condition], *rows: Field) -> Fields:
    return Fields(kind, {row.name: row for row in rows}, word)


def _word_of_request(value: str) -> tuple[Condition, ...]:
    """A word is also a method, a status, or a class of them."""
    others: tuple[Condition, ...] = (Text("method", "is", value),)
    if value.isascii() and value.isdecimal() and len(value) == 3:
        others += (Compare("status", "=", int(value)),)
    return others


_IS: dict[str, Condition] = {
    "failed": FAILED,
    "slow": SLOW,
    "running": Flag("pending"),
    "aborted": Flag("aborted"),
    "lost": Flag("lost"),
    "replayed": Flag("replayed"),
    "n+1": LOOPED,
}
_HAS: dict[str, Condition] = {
    "error": Flag("error"),
    "problem": Flag("problem"),
    "query": Not(Text("query", "is", "")),
    "body": Compare("request_size", ">", 0),
}

REQUESTS = _table(
    "request",
    words(("path", "query"), _word_of_request),
    Field("method", "the method", "POST", exact("method"), METHODS),
    Field("status", "the status, or a class of them", "5xx", status,
          ("2xx", "3xx", "4xx", "5xx", ">=400"), "status"),
    Field("path", "a part of the path; all of it after =", "/api", text("path"), (), "path"),
    Field("query", "a part of the query string", "page=2", text("query")),
    Field("dur", "the duration", ">200ms", duration("duration"),
          (">100ms", ">500ms", ">1s")),
    Field("sql", "the number of SQL queries", ">20", count("sql_total"), (">20", ">100")),
    Field("dup", "queries whose statement ran more than once", ">5", count("sql_duplicates"),
          (">5", ">20")),
    Field("sqltime", "the time of all queries", ">50ms", duration("sql_time"),
          (">50ms", ">200ms")),
    Field("size", "the size of the answer's body", ">10k", size("response_size"),
          (">10k", ">100k", ">1MB")),
    Field("type", "a part of the answer's type", "json", text("type"),
          ("json", "html", "css", "javascript", "image"), "type"),
    Field("header", "a part of a header of either side", "X-Id", plain(HeadersHave, HeadersPass)),
    Field("body", "a part of a body of either side", "text", plain(BodyHas, BodyPasses)),
    Field("has", "something is there", "error", choice(_HAS), tuple(_HAS)),
    Field("is", "how it went", "slow", choice(_IS), tuple(_IS)),
    Field("endpoint", "a part of the view's name", "shop.index", text("endpoint"), (),
          "endpoint"),
    Field("host", "a part of the Host header", "localhost", text("host"), (), "host"),
    Field("client", "a part of the client's address", "127.0.0.1", text("client"), (), "client"),
    Field("thread", "a part of the thread's name", "worker-2", text("thread"), (), "thread"),
    Field("pid", "the process that answered", "4711", whole("pid", "4711"), (), "pid"),
    Field("after", "began at that time or later", "10:30", moment("started", ">="),
          ("today", "yesterday")),
    Field("before", "began before that time", "10:30", moment("started", "<"),
          ("today", "yesterday")),
)  # fmt: skip
"""Of requests."""

ERRORS = _table(
    "error",
    words(("type", "message", "file"), lambda _value: ()),
    Field("type", "a part of the exception's class", "ValueError", text("type"), (), "type"),
    Field("message", "a part of the message", "invalid", text("message")),
    Field("file", "a part of the file's path", "views.py", text("file"), (), "file"),
    Field("line", "the line in the file", "12", whole("line", "12")),
    Field("after", "occurred at that time or later", "10:30", moment("time", ">="),
          ("today", "yesterday")),
    Field("before", "occurred before that time", "10:30", moment("time", "<"),
          ("today", "yesterday")),
)  # fmt: skip
"""Of errors."""
