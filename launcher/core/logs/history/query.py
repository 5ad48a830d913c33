"""What ``--filter`` takes, translated into a condition: a few words, and three names.

``method:POST``, ``status:404`` or ``status:5xx``, ``path:/api`` (a part of the path), and free
words, which may stand anywhere in the method, the path, the query or the status. All of them must
be met. A word with spaces is put in quotes.

Pure; any thread.
"""

from __future__ import annotations

import re

from launcher.core.logs.history.conditions import All, Any_, Compare, Condition, Text

__all__ = ["QueryError", "read_query"]

LONGEST = 10_000
"""Characters of a filter."""

MOST = 1_000
"""Terms of a filter."""

_NAMES = ("method", "status", "path")
_TERM = re.compile(r'((?:[^\s"]|"[^"]*("|\Z))+)')
_STATUS = re.compile(r"([1-5])xx|(\d{1,3})", re.IGNORECASE)


class QueryError(ValueError):
    """A filter that can't be understood; the message is what is wrong, in one sentence."""


def read_query(text: str) -> Condition:
    """The condition that a filter asks for; an empty one asks for everything.

    :raises QueryError: it can't be understood
    """
    if len(text) > LONGEST:
        raise QueryError(f"The filter is longer than {LONGEST:,} characters.")
    terms = [found.group(1) for found in _TERM.finditer(text)]
    if len(terms) > MOST:
        raise QueryError(f"The filter has more than {MOST:,} words.")
    if text.count('"') % 2:
        raise QueryError('The filter has a quotation mark (") without its other half.')
    return All(tuple(map(_term, terms)))


def _term(term: str) -> Condition:
    name, colon, value = term.partition(":")
    value = value.replace('"', "")
    match name.lower() if colon else "":
        case "method":
            return Text("method", "is", _needed(name, value))
        case "path":
            return Text("path", "has", _needed(name, value))
        case "status":
            return _status(_needed(name, value))
        case _:
            return _word(term.replace('"', ""))


def _needed(name: str, value: str) -> str:
    if not value:
        raise QueryError(f"There is nothing behind {name}: in the filter.")
    return value


def _status(value: str) -> Condition:
    found = _STATUS.fullmatch(value)
    if found is None:
        raise QueryError(f"A status is a number such as 404, or 5xx for a class, not {value!r}.")
    if found.group(1):
        first = int(found.group(1)) * 100
        return All((Compare("status", ">=", first), Compare("status", "<", first + 100)))
    return Compare("status", "=", int(found.group(2)))


def _word(word: str) -> Condition:
    parts: list[Condition] = [Text(column, "has", word) for column in ("path", "query")]
    parts.append(Text("method", "is", word))
    if word.isdecimal() and len(word) == 3:
        parts.append(Compare("status", "=", int(word)))
    return Any_(tuple(parts))
