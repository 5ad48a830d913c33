"""The values that a driver got beside a statement: which names they go by, and as SQL.

They come as the ``repr`` of what the app has given, perhaps cut, so nothing in here evaluates them:
the text is divided at its commas. A value is secret by the name of its parameter, of the column it
is compared with or of the column it is put into. Pure functions; any thread.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from launcher.core.secrets import MASK, is_secret_name, mask_text
from server.base.values import dataclass

__all__ = [
    "Value", "masked_statement", "runnable", "secrets_of", "values_of", "without", "written_out",
]  # fmt: skip

_SLOTS = re.compile(
    r"(?P<literal>'[^']*(?:''[^']*)*(?:'|\Z)|(?<![\w.$])\d[\w.]*)"
    r"|\"[^\"]*(?:\"|\Z)|--[^\n]*|/\*(?:.*?\*/|.*)|::"
    r"|(?P<place>%s|\?\d*|\$\d+|%\((?P<percent>\w{1,100})\)s|:(?P<colon>\w+))",
    re.DOTALL,
)
"""Where values stand in a statement, or are to stand."""
_COLUMN_BEFORE = re.compile(
    r"(?<!\w)(\w{1,100})[\"`\]]?\s*(?:=|<>|!=|<=|>=|<|>|\b(?:NOT\s+)?(?:LIKE|ILIKE|IN)\b)\s*\(?\s*\Z",
    re.IGNORECASE,
)
_BEFORE = 130  # characters before a value in which its column's name stands
_INSERT = re.compile(
    r"\s*(?:INSERT|REPLACE)\b[^(]{1,500}?\(([^()]{1,8000})\)\s*VALUES\s*\(", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
_WRAPPED = re.compile(r"(?:Decimal|UUID)\(('[^'\\]*')\)")
_DATE = re.compile(r"datetime\.date(?:time)?\((\d+(?:, \d+){2,6})\)")
_WORDS = {"None": "NULL", "True": "TRUE", "False": "FALSE"}


@dataclass(frozen=True)
class Value:
    """A value of a statement.

    :param name: of its parameter or column; "" where it isn't known
    :param text: its ``repr``
    :param secret: it is masked
    """

    name: str
    text: str
    secret: bool = False

    @property
    def shown(self) -> str:
        """The value for people, masked where it is secret."""
        return MASK if self.secret else mask_text(self.text)


def masked_statement(statement: str) -> str:
    """A statement with the values masked that are written in it and are secret."""
    pieces: list[str] = []
    at = 0
    for slot in _slots(statement):
        if slot.literal and is_secret_name(slot.name):
            pieces += [statement[at : slot.start], f"'{MASK}'"]
            at = slot.end
    return "".join(pieces) + statement[at:]


def values_of(statement: str, parameters: str) -> tuple[Value, ...]:
    """The values of a statement in their order.

    Where they can't be distinguished, as those of several rows, they are one value, which is secret
    as soon as one of them may be.

    :param statement: as the driver got it
    :param parameters: the ``repr`` of its parameters; "" where there are none
    """
    text = parameters.strip()
    if text in ("", "None", "()", "[]", "{}"):
        return ()
    places = [slot for slot in _slots(statement) if not slot.literal]
    names = [slot.name for slot in places]
    parts = _parts(text)
    if parts and text[0] != "{" and all(part[:1] in ("(", "[", "{") for part in parts):
        parts = None  # several rows
    if parts is not None and text[0] == "{":
        pairs = [_pair(part) for part in parts]
        secret = {slot.key for slot in places if is_secret_name(slot.name)}
        return tuple(Value(n, value, n in secret or is_secret_name(n)) for n, value in pairs)
    if parts is not None and (len(parts) == len(names) or not names):
        named = zip(names or [""] * len(parts), parts, strict=True)
        return tuple(Value(name, part, is_secret_name(name)) for name, part in named)
    return (Value("", text, any(map(is_secret_name, names))),)


def secrets_of(statement: str, parameters: str) -> tuple[str, ...]:
    """The values of a statement that are masked, each as SQL has it between its quotes."""
    found: dict[str, None] = {}
    for slot in _slots(statement):
        if slot.literal and is_secret_name(slot.name):
            found[statement[slot.start : slot.end].strip("'")] = None
    for value in values_of(statement, parameters):
        if value.secret:
            texts = _TEXT.findall(value.text) + _NUMBER.findall(_TEXT.sub(" ", value.text))
            for text in texts or [value.text]:  # those of a list, each
                found[(_literal(text) or text).strip("'")] = None
    return tuple(sorted(filter(None, found), key=len, reverse=True))


def without(secrets: Sequence[str], text: str) -> str:
    """What a database has to report of a statement, without values of it.

    :param secrets: see :func:`secrets_of`
    """
    for secret in secrets:
        for one in dict.fromkeys((secret, secret.replace("''", "'"))):
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", MASK, text)
    return masked_statement(text)


def written_out(statement: str, parameters: str, *, secrets: bool = False) -> str:
    """A statement that can be run by itself: with its values in it, where that is possible.

    Values for which SQL has no plain form are named in a comment behind it.

    :param secrets: show those; a masked value is a text in place of what it was
    """
    values = values_of(statement, parameters)
    text = statement if secrets else masked_statement(statement)
    if not values:
        return text
    found = [value.text if secrets else value.shown for value in values]
    filled = _filled(text, values, found)
    if filled is not None:
        return filled
    named = ", ".join(
        f"{value.name}={one}" if value.name else one
        for value, one in zip(values, found, strict=True)
    )
    return f"{text}\n-- {' '.join(named.split())}"


def runnable(statement: str, parameters: str) -> str | None:
    """A statement with all of its values in it, also the secret ones; None where SQL has no plain
    form for one of them, or where one is missing."""
    values = values_of(statement, parameters)
    if not values:
        return None if any(not slot.literal for slot in _slots(statement)) else statement
    return _filled(statement, values, [value.text for value in values])


def _filled(text: str, values: Sequence[Value], found: Sequence[str]) -> str | None:
    """A statement with values in its places; None where there isn't one for each.

    :param found: the values as they are put in, as Python writes them
    """
    literals = [_literal(one) for one in found]
    by_name = {value.name: literal for value, literal in zip(values, literals, strict=True)}
    places = [slot for slot in _slots(text) if not slot.literal]
    pieces: list[str] = []
    at = 0
    for number, slot in enumerate(places):
        if slot.key:
            literal = by_name.get(slot.key) or _numbered(literals, slot.key)
        else:
            literal = literals[number] if len(literals) == len(places) else None
        if literal is None:
            return None
        pieces += [text[at : slot.start], literal]
        at = slot.end
    return "".join(pieces) + text[at:] if places else None


def _numbered(literals: list[str | None], number: str) -> str | None:
    at = int(number) - 1 if number.isdecimal() else -1
    return literals[at] if 0 <= at < len(literals) else None


def _literal(text: str) -> str | None:
    """A value in SQL; None where there is no plain way to write it."""
    if text == MASK:
        return f"'{MASK}'"
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return text
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped is not None:
        return wrapped[1]
    dated = _DATE.fullmatch(text)
    if dated is not None:
        return f"'{_moment([int(part) for part in dated[1].split(', ')])}'"
    if not _TEXT.fullmatch(text):
        return None
    try:
        value = ast.literal_eval(text)  # a string's own repr, and nothing else
    except (ValueError, SyntaxError):
        return None
    return None if "\0" in value else "'" + value.replace("'", "''") + "'"


def _moment(parts: list[int]) -> str:
    """A date, or a date with a time, as SQL has it."""
    day = "-".join((f"{parts[0]:04}", *(f"{part:02}" for part in parts[1:3])))
    if len(parts) == 3:
        return day
    clock = ":".join(f"{part:02}" for part in [*parts[3:6], 0, 0][:3])
    return f"{day} {clock}" + (f".{parts[6]:06}" if len(parts) > 6 else "")


class _Slot(NamedTuple):
    """A place for a value in a statement.

    :ivar name: of its parameter, or of its column where that is a secret's; "" where it isn't known
    :ivar key: what its value is found by, a name or a number; "" for its place
    :ivar literal: the value is written there
    """

    start: int
    end: int
    name: str
    key: str
    literal: bool


def _slots(statement: str) -> list[_Slot]:
    found = [one for one in _SLOTS.finditer(statement) if one["literal"] or one["place"]]
    insert = _INSERT.match(statement)
    columns = [] if insert is None else [_unquoted(one) for one in insert[1].split(",")]
    put = [] if insert is None else [one.start() for one in found if one.start() >= insert.end()]
    if columns and len(put) % len(columns):  # not each value has a place: any may be the secret
        secret = next(filter(is_secret_name, columns), "")
        columns = [secret] if secret else [""]
    by_place = {start: columns[number % len(columns)] for number, start in enumerate(put)}
    slots: list[_Slot] = []
    for one in found:
        place = one["place"] or ""
        key = one["percent"] or one["colon"] or (place[1:] if place[:1] in ("$", "?") else "")
        last = slots[-1] if slots else None
        if one.start() in by_place:
            column = by_place[one.start()]
        elif last and last.name != last.key and statement[last.end : one.start()].strip() == ",":
            column = last.name  # of a list
        else:
            column = _column_of(statement, one.start())
        by_key = key and not key.isdecimal() and not is_secret_name(column)
        name = key if by_key else column  # both may have the name of a secret
        slots.append(_Slot(one.start(), one.end(), name, key, one["literal"] is not None))
    return slots


def _column_of(statement: str, at: int) -> str:
    """The column that is compared with the value at a place; "" for none."""
    before = _COLUMN_BEFORE.search(statement[max(0, at - _BEFORE) : at])
    return "" if before is None else before[1]


def _unquoted(name: str) -> str:
    return name.strip().strip('"`[]')


def _pair(part: str) -> tuple[str, str]:
    """``'name': value`` as name and value."""
    found = _TEXT.match(part)
    if found is None or not part[found.end() :].lstrip().startswith(":"):
        return "", part
    return found.group()[1:-1], part[found.end() :].lstrip()[1:].strip()


def _parts(text: str) -> list[str] | None:
    """What stands between the commas of a tuple, list or dict; None where it is none, or cut."""
    if text[0] + text[-1] not in ("()", "[]", "{}") or len(text) < 2:
        return None
    parts, at = [], 1
    for comma in _commas(text):
        if comma < 0:
            return None
        parts.append(text[at:comma].strip())
        at = comma + 1
    last = text[at:-1].strip()
    return [*parts, last] if last else parts


def _commas(text: str) -> Iterator[int]:
    """The places of the outermost commas; -1 where brackets don't match."""
    depth = 0
    at = 0
    while at < len(text):
        character = text[at]
        if character in "'\"":
            found = _TEXT.match(text, at)
            if found is None:
                yield -1
                return
            at = found.end()
            continue
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 1:
            yield at
        at += 1
    if depth:
        yield -1
