"""What rows are looked for, as a tree of frozen values: what a filter's text is translated into.

The same tree is evaluated in memory (:func:`matches`) and in the history (``search.py``), with the
same result. Upper and lower case don't matter. What isn't known yet, as the status of a request
that is running, meets no comparison. Texts are searched as ``index.py`` has them: with secrets
masked.

Pure; any thread.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from launcher.core.secrets import mask_query, mask_text
from server.base.values import dataclass

from .index import body_text, header_lines

__all__ = [
    "MASKED",
    "NUMBERS",
    "TEXTS",
    "All",
    "Any_",
    "BodyHas",
    "BodyPasses",
    "Compare",
    "Condition",
    "EndsWith",
    "Flag",
    "HeadersHave",
    "HeadersPass",
    "Not",
    "Passes",
    "Text",
    "body_passes",
    "headers_pass",
    "matches",
    "text_test",
]

Side = Literal["request", "response", "either"]
Operator = Literal["=", "<", "<=", ">", ">="]

NUMBERS: Mapping[str, frozenset[str]] = {
    "request": frozenset(
        ("id", "status", "started", "duration", "app_duration", "received", "sent",
         "request_size", "response_size", "pid", "run", "sql_total", "sql_duplicates", "sql_time",
         "sql_looped")
    ),
    "line": frozenset(("time", "level", "request", "run", "own")),
    "error": frozenset(("time", "line", "run")),
}  # fmt: skip
"""By kind of row: the columns that :class:`Compare` may name. Times are seconds."""

TEXTS: Mapping[str, frozenset[str]] = {
    "request": frozenset(
        ("method", "path", "query", "type", "host", "endpoint", "thread", "client", "app")
    ),
    "line": frozenset(("stream", "logger", "text", "app")),
    "error": frozenset(("type", "message", "file", "app")),
}
"""By kind of row: the columns that :class:`Text` and :class:`Passes` may name."""


MASKED: Mapping[str, Callable[[str], str]] = {
    "query": mask_query,
    "text": mask_text,
    "message": mask_text,
}
"""By column: what masks the secrets of a text before it is compared."""


@dataclass(frozen=True)
class All:
    """Every part is met."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:  # noqa: N801 - ``Any`` is taken
    """At least one part is met."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part isn't met."""

    part: Condition


@dataclass(frozen=True)
class Compare:
    """A number is as asked for; one that isn't known isn't."""

    column: str
    operator: Operator
    value: float


@dataclass(frozen=True)
class Text:
    """A text is, has, starts or ends with another."""

    column: str
    way: Literal["is", "has", "starts", "ends"]
    text: str


@dataclass(frozen=True)
class Passes:
    """A text passes a test of the caller's, such as a regular expression; see ``body`` in TEXTS.

    :param test: takes the text as it is; called on the thread that searches
    """

    column: str
    test: Callable[[str], bool]


@dataclass(frozen=True)
class EndsWith:
    """A text ends with one of these; quicker than a :class:`Text` for each.

    :param endings: in lower case
    """

    column: str
    endings: tuple[str, ...]


@dataclass(frozen=True)
class Flag:
    """Something is the case: ``error``, ``aborted``, ``problem``, ``lost``, ``pending`` or
    ``replayed``."""

    name: Literal["error", "aborted", "problem", "lost", "pending", "replayed"]


@dataclass(frozen=True)
class HeadersHave:
    """A line ``name: value`` of the headers has a text in it."""

    text: str
    side: Side = "either"


@dataclass(frozen=True)
class BodyHas:
    """A body has a text in it."""

    text: str
    side: Side = "either"


@dataclass(frozen=True)
class HeadersPass:
    """A line ``name: value`` of the headers passes a test, such as a regular expression.

    :param test: as :class:`Passes` has it; it gets lines in lower case
    """

    test: Callable[[str], bool]
    side: Side = "either"


@dataclass(frozen=True)
class BodyPasses:
    """A body that is text passes a test; it gets the text in lower case."""

    test: Callable[[str], bool]
    side: Side = "either"


Condition = (
    All
    | Any_
    | Not
    | Compare
    | Text
    | Passes
    | EndsWith
    | Flag
    | HeadersHave
    | BodyHas
    | HeadersPass
    | BodyPasses
)

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Facts(Protocol):
    """What :func:`matches` needs to know of a row."""

    def value(self, column: str) -> Any:
        """A number, None where it isn't known, or a text."""

    def flag(self, name: str) -> bool:
        """See :class:`Flag`."""

    def headers(self, side: Literal["request", "response"]) -> tuple[tuple[str, str], ...]:
        """As they were sent."""

    def body(self, side: Literal["request", "response"]) -> bytes:
        """What was kept of it."""


def matches(condition: Condition, row: Facts) -> bool:
    """Whether a row is as asked for; the history finds what this returns."""
    match condition:
        case All(parts):
            return all(matches(part, row) for part in parts)
        case Any_(parts):
            return any(matches(part, row) for part in parts)
        case Not(part):
            return not matches(part, row)
        case Compare(column, sign, wanted):
            found = row.value(column)
            return found is not None and COMPARISONS[sign](found, wanted)
        case Text(column, way, text):
            return text_test(way, text)(_text(row, column))
        case Passes(column, test):
            return test(_text(row, column))
        case EndsWith(column, endings):
            return _text(row, column).lower().endswith(endings)
        case Flag(name):
            return row.flag(name)
        case HeadersHave(text, side):
            return any(
                text.lower() in line
                for one in sides(side)
                for line in header_lines(row.headers(one)).split("\n")
            )
        case BodyHas(text, side):
            return any(text.lower() in body_text(row.body(one)) for one in sides(side))
        case HeadersPass(test, side):
            return any(headers_pass(test, row.headers(one)) for one in sides(side))
        case BodyPasses(test, side):
            return any(body_passes(test, row.body(one)) for one in sides(side))


def _text(row: Facts, column: str) -> str:
    found = row.value(column)
    text = "" if found is None else str(found)
    mask = MASKED.get(column)
    return text if mask is None else mask(text)


def headers_pass(test: Callable[[str], bool], headers: tuple[tuple[str, str], ...]) -> bool:
    """Whether a header's line passes; there is none where there are no headers."""
    return any(test(line) for line in header_lines(headers).split("\n") if line)


def body_passes(test: Callable[[str], bool], data: bytes) -> bool:
    """Whether a body passes that is there, and is text."""
    text = body_text(data)
    return bool(text) and test(text)


def sides(side: Side) -> tuple[Literal["request", "response"], ...]:
    """Both, or the one."""
    return ("request", "response") if side == "either" else (side,)


def text_test(way: str, text: str) -> Callable[[str], bool]:
    """The test that a :class:`Text` asks for."""
    wanted = text.lower()
    match way:
        case "is":
            return lambda found: found.lower() == wanted
        case "has":
            return lambda found: wanted in found.lower()
        case "starts":
            return lambda found: found.lower().startswith(wanted)
        case _:
            return lambda found: found.lower().endswith(wanted)
