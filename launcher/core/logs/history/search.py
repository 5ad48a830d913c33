"""Finds rows in a history, a part at a time, so that the first are there at once.

A condition becomes one SQL expression. Columns are compared by SQLite, without a call of ours for
each row: a million take half a second of processor time. What is searched in headers
and bodies is a function of ours, called with the id of the content: each distinct content is looked
at once, and only if by the index it may match, or doesn't know it yet.

The rows are gone through in parts of some thousands of numbers, the newest first. After each the
caller has what was found and how far it is, and may stop. A part is one row of one statement, since
each row would release the interpreter's lock, and wait for it where the app is busy in the same
process.

A search belongs to its reader, and to the thread that uses it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from array import array
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from . import index
from .conditions import (
    MASKED,
    All,
    Any_,
    BodyHas,
    BodyPasses,
    Compare,
    Condition,
    EndsWith,
    Flag,
    HeadersHave,
    HeadersPass,
    Not,
    Passes,
    Side,
    Text,
    body_passes,
    headers_pass,
    sides,
    text_test,
)
from .extents import Extent
from .files import is_damage
from .lines import STREAMS
from .packing import columns, content_of
from .rows import ABORTED, LOST, PROBLEM, REPLAYED, headers_of
from .schema import ROWS, RUN

__all__ = ["Found", "Search"]

_FIRST_PART, _SMALLEST_PART, _LARGEST_PART = 5_000, 250, 80_000
_SHORT_PART, _LONG_PART = 0.03, 0.1  # seconds

_WORDS = frozenset(("type", "host", "endpoint", "thread", "client", "logger"))
_OR_NONE = frozenset(
    ("request_size", "response_size", "sql_total", "sql_duplicates", "sql_time", "sql_looped")
)
"""Numbers of which NULL also stands for none, once the request is over."""
_FLAGS = {
    "error": "error IS NOT NULL",
    "aborted": f"flags & {ABORTED}",
    "problem": f"flags & {PROBLEM}",
    "lost": f"flags & {LOST}",
    "replayed": f"flags & {REPLAYED}",
    "pending": f"status IS NULL AND NOT flags & {LOST}",
}
_ESCAPES = str.maketrans({"%": "\\%", "_": "\\_", "\\": "\\\\"})


class Found(NamedTuple):
    """What a part of a search has found.

    :ivar numbers: of the rows, ascending; all below those of the parts before
    :ivar done: rows that have been gone through
    :ivar total: rows that there are to go through
    """

    numbers: array[int]
    done: int
    total: int


class Search:
    """One condition, made ready for one connection.

    :param connection: a reader's
    :param contents: another connection to the same file, for what the functions read
    :param kind: one of ``schema.KINDS``
    :ivar expression: what the rows have to meet, in SQL
    :ivar parameters: its values
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        contents: sqlite3.Connection,
        kind: str,
        condition: Condition,
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._kind = kind
        self.parameters: dict[str, Any] = {}
        self._functions = 0
        self.expression = self._compiled(condition)

    def run(self, extent: Extent) -> Iterator[Found]:
        """Go through rows, the newest first.

        :raises sqlite3.OperationalError: it was interrupted
        :raises sqlite3.DatabaseError: the file is damaged; only when the rest was searched
        """
        total = stop = len(extent)
        size = _FIRST_PART
        damage: sqlite3.DatabaseError | None = None
        while stop > 0:
            began = time.monotonic()
            start = max(0, stop - size)
            numbers: array[int] = array("q")
            try:
                for span in extent.spans(start, stop):
                    numbers.extend(self._numbers(*span))
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                damage = error
                if size > _SMALLEST_PART:  # some of these may be whole
                    size = max(size // 4, _SMALLEST_PART)
                    continue
                numbers = array("q")
            took = time.monotonic() - began
            stop = start
            yield Found(numbers, total - stop, total)
            if took < _SHORT_PART:
                size = min(2 * size, _LARGEST_PART)
            elif took > _LONG_PART:
                size = max(size // 2, _SMALLEST_PART)
        if damage is not None:
            raise damage

    def _numbers(self, low: int, high: int) -> array[int]:
        (found,) = self._connection.execute(
            f"SELECT group_concat(number) FROM (SELECT number FROM {ROWS[self._kind]} "
            f"WHERE number >= :low AND number < :high AND {self.expression} ORDER BY number)",
            {**self.parameters, "low": low, "high": high},
        ).fetchone()
        return array("q", map(int, found.split(","))) if found else array("q")

    # From condition to expression. Each is true or false, never NULL: so NOT is the contrary.

    def _compiled(self, condition: Condition) -> str:
        match condition:
            case All(parts):
                return (
                    f"({' AND '.join(map(self._compiled, _cheap_first(parts)))})" if parts else "1"
                )
            case Any_(parts):
                return (
                    f"({' OR '.join(map(self._compiled, _cheap_first(parts)))})" if parts else "0"
                )
            case Not(part):
                return f"(NOT {self._compiled(part)})"
            case Compare(column, sign, value):
                return self._compare(column, sign, value)
            case Text(column, way, text):
                return self._text(column, way, text)
            case Passes(column, test):
                return self._tested(column, test)
            case EndsWith(column, endings):
                return self._ends_with(column, endings)
            case Flag(name):
                return f"ifnull({_FLAGS[name]}, 0)"
            case HeadersHave(text, side):
                return self._headers(text.lower(), side)
            case BodyHas(text, side):
                return self._bodies(text.lower(), side)
            case HeadersPass(test, side):
                return self._headers_pass(test, side)
            case BodyPasses(test, side):
                return self._bodies_pass(test, side)

    def _value(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"

    def _function(self, count: int, function: Callable[..., Any]) -> str:
        """Make a function of ours known; returns its name."""
        self._functions += 1
        name = f"f{id(self)}_{self._functions}"
        self._connection.create_function(name, count, function, deterministic=True)
        return name

    def _compare(self, column: str, sign: str, value: float) -> str:
        if column == "run":
            column = f"number / {RUN}"
        elif column in _OR_NONE:
            number = f"{column} / 1e6" if column == "sql_time" else column
            column = f"iif(status IS NULL, NULL, ifnull({number}, 0))"
        return f"ifnull({column} {sign} {self._value(value)}, 0)"

    def _text(self, column: str, way: str, text: str) -> str:
        test = text_test(way, text)
        if self._kind == "line" and column == "text" and way == "has":
            return self._lines(text.lower())
        if column in MASKED:
            return self._masked(column, way, text.lower(), test)
        if column in ("method", "path", "query", "message", "file", "type") and column not in (
            _WORDS if self._kind == "request" else ()
        ):
            return self._plain(_never_null(column), way, text.lower(), test)
        return self._tested(column, test)

    def _plain(self, column: str, way: str, text: str, test: Callable[[str], bool]) -> str:
        """SQLite knows the case of ASCII only; where a text has more, and that may matter, it is
        left to Python."""
        function = self._function(1, lambda found: test(found))
        if not text.isascii() or "\0" in text:
            return f"{function}({column})"
        if way == "has":
            folded = column if text.upper() == text else f"lower({column})"
            quick = f"instr({folded}, {self._value(text)})"
        elif way == "is":
            quick = f"({column} = {self._value(text)} COLLATE NOCASE)"
        else:
            pattern = text.translate(_ESCAPES)
            pattern = pattern + "%" if way == "starts" else "%" + pattern
            quick = f"({column} LIKE {self._value(pattern)} ESCAPE '\\')"
        if not _needs_python(way, text):
            return quick
        return (
            f"iif(length({column}) = length(CAST({column} AS BLOB)), {quick}, {function}({column}))"
        )

    def _masked(self, column: str, way: str, text: str, test: Callable[[str], bool]) -> str:
        """With its secrets masked, which is left out where the text isn't even there unmasked."""
        tested = self._tested(column, test)
        if "*" in text or '"' in text:  # masking may have put it there
            return tested
        return f"({self._plain(column, way, text, test)} AND {tested})"

    def _ends_with(self, column: str, endings: tuple[str, ...]) -> str:
        """As many ends of the text as there are lengths, each looked up in a set."""
        function = self._function(1, lambda found: found.lower().endswith(endings))
        if (
            self._kind != "request"
            or column not in ("path", "query")
            or not all(one and one.isascii() and "k" not in one for one in endings)
        ):
            return self._tested(column, lambda found: found.lower().endswith(endings))
        by_length: dict[int, list[str]] = {}
        for one in endings:
            by_length.setdefault(len(one), []).append(self._value(one))
        tests = [
            f"lower(substr({column}, -{length})) IN ({','.join(names)})"
            for length, names in sorted(by_length.items(), key=lambda item: -len(item[1]))
        ]
        if not tests:
            return "0"
        # substr() ends at a NUL
        return f"iif(instr({column}, char(0)), {function}({column}), {' OR '.join(tests)})"

    def _tested(self, column: str, test: Callable[[str], bool]) -> str:
        if column == "app":
            function = self._function(1, lambda found: test(found))
            return f"number / {RUN} IN (SELECT id FROM run WHERE {function}(app))"
        if column == "stream":
            streams = [str(at) for at, name in enumerate(STREAMS) if test(name)]
            return f"stream IN ({','.join(streams)})"
        if mask := MASKED.get(column):
            function = self._function(1, lambda found: test(mask(found)))
            return f"{function}({column})"
        if column in _WORDS and self._kind != "error":
            function = self._function(1, lambda found: test(found))
            none = "1" if test("") else "0"
            return (
                f"iif({column} IS NULL, {none}, "
                f"{column} IN (SELECT id FROM word WHERE {function}(data)))"
            )
        function = self._function(1, lambda found: test(found))
        return f"{function}(ifnull({column}, ''))"

    def _headers(self, text: str, side: Side) -> str:
        verdicts = _Verdicts(self._contents, "headers", text)

        varying = _Varying(verdicts, text)

        def has(number: int | None, values: str | None) -> bool:
            if number is None:
                return False
            if verdicts.of(number):
                return True
            return values is not None and varying.has(number, values)

        function = self._function(2, has)
        parts = [f"{function}({one}_headers, {one}_values)" for one in sides(side)]
        if not text:  # in the line that isn't there, too
            return "1"
        return f"({' OR '.join(parts)})"

    def _bodies(self, text: str, side: Side) -> str:
        if not text:
            return "1"
        verdicts = _Verdicts(self._contents, "body", text)
        function = self._function(1, lambda number: number is not None and verdicts.of(number))
        return f"({' OR '.join(f'{function}({one}_body)' for one in sides(side))})"

    def _headers_pass(self, test: Callable[[str], bool], side: Side) -> str:
        read = _Contents(self._contents, "headers")
        sets: dict[int, bool] = {}  # by their ids, those without values in the row

        def passes(number: int | None, values: str | None) -> bool:
            if number is None:
                return False
            if values is not None:
                return headers_pass(test, headers_of(read.data(number), values))
            if number not in sets:
                sets[number] = headers_pass(test, headers_of(read.data(number), None))
            return sets[number]

        function = self._function(2, passes)
        parts = [f"{function}({one}_headers, {one}_values)" for one in sides(side)]
        return f"({' OR '.join(parts)})"

    def _bodies_pass(self, test: Callable[[str], bool], side: Side) -> str:
        read = _Contents(self._contents, "body")
        known: dict[int, bool] = {}

        def passes(number: int | None) -> bool:
            if number is None:
                return False
            if number not in known:
                known[number] = body_passes(test, read.data(number) or b"")
            return known[number]

        function = self._function(1, passes)
        return f"({' OR '.join(f'{function}({one}_body)' for one in sides(side))})"

    def _lines(self, text: str) -> str:
        raw = index.raw_part(text)

        def has(line: str) -> bool:
            return raw in line.lower() and text in index.line_text(line)

        expression = f"{self._function(1, has)}(text)"
        # How far the index goes in each run, before it is asked.
        done = dict(
            self._contents.execute(
                "SELECT id, id * ? + indexed_line FROM run WHERE indexed_line > 0", (RUN,)
            ).fetchall()
        )
        found = index.matching(self._contents, "line", text)
        if found is None or not done:
            return expression
        blocks = found[0]
        maybe = self._function(1, lambda block: block in blocks)
        ends = self._function(1, lambda run: done.get(run, 0))
        return (
            f"iif(number < {ends}(number / {RUN}), {maybe}(number / {index.BLOCK}), 1) "
            f"AND {expression}"
        )


def _never_null(column: str) -> str:
    """Only an error may have no file."""
    return f"ifnull({column}, '')" if column == "file" else column


def _needs_python(way: str, text: str) -> bool:
    """Whether SQLite and Python may differ about a text that is looked for, which is ASCII and in
    lower case.

    Two letters that aren't ASCII have ASCII in lower case: the sign for kelvin is a k, and the
    dotted capital I becomes an i with a dot behind it. ``LIKE`` ends at a NUL.
    """
    if way == "ends":
        return True
    return "k" in text or (way in ("has", "starts") and text.endswith("i"))


class _Contents:
    """Contents of one table, by their ids."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection = connection
        self._table = table

    def data(self, number: int) -> Any:
        """The content with that id; None where it isn't there any more."""
        found = self._connection.execute(
            f"SELECT {columns(self._table)} FROM {self._table} WHERE id = ?", (number,)
        ).fetchone()
        return None if found is None else content_of(*found)


class _Verdicts(_Contents):
    """Whether contents have a text in them; each is looked at once, if at all."""

    def __init__(self, connection: sqlite3.Connection, table: str, text: str) -> None:
        super().__init__(connection, table)
        self._text = text
        found = index.matching(connection, table, text)
        self._maybe, self._indexed = found if found is not None else (set(), 0)
        self._known: dict[int, bool] = {}
        self._raw = index.raw_part(text)

    def of(self, number: int) -> bool:
        """Whether the content with that id has it."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = (
                number > self._indexed or number in self._maybe
            ) and self._has(number)
        return known

    def _has(self, number: int) -> bool:
        data = self.data(number)
        if data is None:
            return False
        if self._table == "headers":
            return any(self._text in line for line in index.header_text(data).split("\n"))
        return self._raw in data.decode("utf-8", "replace").lower() and (
            self._text in index.body_text(data)
        )


class _Varying:
    """Whether the headers whose values lie in the row have a text in them.

    To put the lines together for every row would take long, and most don't have it: so the values
    are first looked at as they are, for the text or for what is left of it behind a header's name.
    """

    def __init__(self, verdicts: _Verdicts, text: str) -> None:
        self._verdicts = verdicts
        self._text = text
        self._sure = not text.isprintable() or any(mark in text for mark in '*"\\')
        self._parts: dict[int, tuple[str, ...]] = {}

    def has(self, number: int, values: str) -> bool:
        """Whether a row has it: with this set of headers, and these values."""
        if not self._sure:
            parts = self._parts.get(number)
            if parts is None:
                parts = self._parts[number] = self._possible(number)
            lowered = values.lower()
            if not any(part in lowered for part in parts):
                return False
        lines = index.header_lines(headers_of(self._verdicts.data(number), values))
        return any(self._text in line for line in lines.split("\n"))

    def _possible(self, number: int) -> tuple[str, ...]:
        stored = self._verdicts.data(number)
        names = [name for name, value in json.loads(stored or "[]") if value is None]
        found = {self._text}
        for name in names:
            start = f"{name}: ".lower()
            if self._text in start:
                return ("",)
            found |= {
                self._text[at:]
                for at in range(1, len(self._text))
                if start.endswith(self._text[:at])
            }
        return tuple(found)


_DEAR = (HeadersHave, BodyHas, HeadersPass, BodyPasses, Passes)


def _cheap_first(parts: tuple[Condition, ...]) -> list[Condition]:
    """SQLite looks at them in this order, and no further than it must."""
    return sorted(parts, key=_is_dear)


def _is_dear(condition: Condition) -> bool:
    match condition:
        case All(parts) | Any_(parts):
            return any(map(_is_dear, parts))
        case Not(part):
            return _is_dear(part)
        case _:
            return isinstance(condition, _DEAR)
