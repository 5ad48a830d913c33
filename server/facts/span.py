"""What an app did while it answered a request, one thing at a time: a query, a template, a call.

Spans go with the request's ``RequestFinished``. Everything in here is immutable, and may be used on
any thread. Readers and writers of events import it from :mod:`server.events`.
"""

from __future__ import annotations

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as _text
from sys import intern
from typing import Any, NamedTuple, Optional

__all__ = [
    "CACHE",
    "ERROR",
    "HTTP",
    "KINDS",
    "LOG",
    "MAIL",
    "PROCESS",
    "SQL",
    "TEMPLATE",
    "LeftOut",
    "Span",
    "left_out_from_json",
    "spans_text",
]

SQL = "sql"
TEMPLATE = "template"
HTTP = "http"
CACHE = "cache"
MAIL = "mail"
PROCESS = "process"
LOG = "log"
ERROR = "error"
KINDS = (SQL, TEMPLATE, HTTP, CACHE, MAIL, PROCESS, LOG, ERROR)
"""Each kind of span. Those of ``log`` and ``error`` are points: they have no duration."""


class Span(NamedTuple):
    """A stretch of a request's time, or a point in it.

    :param kind: one of :data:`KINDS`
    :param label: the SQL statement as it was sent; a template's name; ``"GET https://…"`` of an
        outgoing call; ``"get key"`` of a cache; ``"to a@b: Subject"`` of a mail; a command; a log
        record's message; ``"Type: message"`` of an exception
    :param start: microseconds from the request's start, as those of its flow
    :param duration: microseconds; 0 of a point
    :param file: where the user's own code asked for it: the innermost own line; "" where there is
        none, and ``line`` and ``function`` likewise
    :param length: characters of the whole label where it was cut; else 0
    :param parameters: of a statement, a bounded ``repr``; of a mail, the beginning of its text
    :param rows: of a statement, how many it changed or found, where the driver knows; else None
    :param connection: of a statement, which connection of the process, such as ``"sqlite3-2"``
    :param database: of a statement, ``"sqlite"``, ``"postgresql"``, …; "" where that isn't known
    :param status: of an outgoing call's answer; 0 without one
    :param error: ``"Type: message"`` of the exception that it ended by; else ""
    :param level: of a log record, its level's name
    """

    kind: str
    label: str
    start: int
    duration: int = 0
    file: str = ""
    line: int = 0
    function: str = ""
    length: int = 0
    parameters: str = ""
    rows: Optional[int] = None
    connection: str = ""
    database: str = ""
    status: int = 0
    error: str = ""
    level: str = ""

    def to_json(self) -> dict[str, Any]:
        """The span as a JSON object; what is empty is left out."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "label": self.label,
            "start": self.start,
            "duration": self.duration,
        }
        for name, value in zip(_OPTIONAL, self[4:]):
            if value or (value == 0 and name == "rows"):
                found[name] = value
        return found

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Span:
        """Read what :meth:`to_json` wrote. What spans have in common is one object then: they come
        in thousands, of few statements and lines.

        :raises ValueError: it isn't a span; also KeyError and TypeError
        """
        rows = value.get("rows")
        return cls(
            intern(str(value["kind"])),
            intern(str(value["label"])),
            int(value["start"]),
            int(value["duration"]),
            intern(str(value.get("file", ""))),
            int(value.get("line", 0)),
            intern(str(value.get("function", ""))),
            int(value.get("length", 0)),
            str(value.get("parameters", "")),
            None if rows is None else int(rows),
            intern(str(value.get("connection", ""))),
            intern(str(value.get("database", ""))),
            int(value.get("status", 0)),
            str(value.get("error", "")),
            intern(str(value.get("level", ""))),
        )


_OPTIONAL = Span._fields[4:]


class LeftOut(NamedTuple):
    """The spans of a kind that were counted only, beyond those that are kept.

    :param kind: one of :data:`KINDS`; "" where it isn't known
    :param calls: how many there were
    :param start: when the first began: microseconds, as those of a span
    :param end: when the last was over
    :param duration: of all of them together, in microseconds; 0 of templates, which are parts of
        each other, and of points
    """

    kind: str
    calls: int
    start: int = 0
    end: int = 0
    duration: int = 0


def left_out_from_json(value: Any) -> tuple[LeftOut, ...]:
    """Read what :class:`LeftOut` values became. Up to 0.7 there was one number for all kinds.

    :raises ValueError: it isn't that; also TypeError
    """
    if isinstance(value, int):
        return (LeftOut("", value),) if value else ()
    return tuple([LeftOut(str(kind), *map(int, rest)) for kind, *rest in value])


def spans_text(spans: Iterable[Span]) -> str:
    """Spans as a list in JSON, in ASCII, as :meth:`Span.to_json` would have them.

    A request may have a thousand that differ in times and parameters alone, so what they have in
    common becomes text once.
    """
    known: dict[tuple[Any, ...], tuple[str, str]] = {}
    texts = []
    for (
        kind, label, start, duration, file, line, function,
        length, parameters, rows, connection, database, status, error, level,
    ) in spans:  # fmt: skip
        common = (label, line, file, kind, function, connection, database)
        found = known.get(common)
        if found is None:
            found = known[common] = _common_text(*common)
        head, tail = found
        text = f'{head}{start},"duration":{duration}{tail}'
        if parameters:
            text += f',"parameters":{_text(parameters)}'
        if rows is not None:
            text += f',"rows":{rows}'
        if length:
            text += f',"length":{length}'
        if status:
            text += f',"status":{status}'
        if error:
            text += f',"error":{_text(error)}'
        if level:
            text += f',"level":{_text(level)}'
        texts.append(text + "}")
    return f"[{','.join(texts)}]"


def _common_text(
    label: str, line: int, file: str, kind: str, function: str, connection: str, database: str
) -> tuple[str, str]:
    """The members that many spans have in common: those before the times, and those after."""
    parts = []
    if file:
        parts.append(f',"file":{_text(file)}')
    if line:
        parts.append(f',"line":{line}')
    if function:
        parts.append(f',"function":{_text(function)}')
    if connection:
        parts.append(f',"connection":{_text(connection)}')
    if database:
        parts.append(f',"database":{_text(database)}')
    return f'{{"kind":{_text(kind)},"label":{_text(label)},"start":', "".join(parts)
