"""What SQL statements have in common, and how one is shown in few words.

Statements are compared by their *shape*: without the values in them, without comments, and with
lists of values of any length as one. So the same query of a loop is one shape, whether the driver
got its values beside it or in it. No SQL is understood beyond that: a statement that isn't SQL has
a shape as well. Pure functions, in time linear in the length; any thread.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_select", "is_transaction", "short_form", "statement_shape"]

_TOKENS = re.compile(
    r"""
    (?P<keep> "[^"]*(?:""[^"]*)*(?:"|\Z) | `[^`]*(?:`|\Z) | \[[A-Za-z_][\w ]*\]
            | ::\s*\w+ | [^\W\d]\w* )
  | (?P<comment> --[^\n]* | /\*(?:.*?\*/|.*) | \#[^\n]* )
  | (?P<value> '[^']*(?:''[^']*)*(?:'|\Z) | \$\d+ | %\(\w{1,100}\)s | %s | :\w+ | \?\d*
             | (?<![\w.])\d[\w.]* )
  | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_LIST = re.compile(r"\(\s?\?(?:\s?,\s?\?)+\s?\)")
_ROWS = re.compile(r"(\((?:\?|\?, \u2026)\))(?:\s?,\s?\((?:\?|\?, \u2026)\))+")
_TRANSACTION = re.compile(
    r"\s*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK(?:\s+TO)?|SAVEPOINT|RELEASE|END|ABORT|CONNECT)\b",
    re.IGNORECASE,
)
_SELECT = re.compile(r"[\s(]*(?:SELECT|WITH|VALUES)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def statement_shape(statement: str) -> str:
    """A statement on one line, without its values; of a transaction, what it does."""
    transaction = _TRANSACTION.match(statement)
    if transaction is not None:
        return " ".join(transaction[1].upper().split())
    text = _TOKENS.sub(_replaced, statement).strip()
    text = _LIST.sub("(?, \u2026)", text)
    return _ROWS.sub("\\1, \u2026", text)


def _replaced(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "keep":
            return found.group()
        case "value":
            return "?"
        case "space":
            return " "
        case _:
            return ""


def is_transaction(statement: str) -> bool:
    """Whether it is of a transaction, or opens a connection, and so is no query."""
    return _TRANSACTION.match(statement) is not None


def is_select(statement: str) -> bool:
    """Whether it begins as one does that only reads."""
    return _SELECT.match(statement) is not None


# In few words

_NAME = r'((?:["`\[]?[\w$]+["`\]]?\.)*["`\[]?[\w$]+["`\]]?)'
_FORMS = tuple(
    (verb, re.compile(pattern, re.IGNORECASE))
    for verb, pattern in (
        ("SELECT", rf"[\s(]*(?:SELECT|WITH)\b.*?\bFROM\s+{_NAME}"),
        ("INSERT", rf"(?:INSERT|REPLACE)\b.*?\bINTO\s+{_NAME}"),
        ("UPDATE", rf"UPDATE\s+(?:ONLY\s+)?{_NAME}"),
        ("DELETE", rf"DELETE\s+FROM\s+{_NAME}"),
    )
)
_WHERE = re.compile(
    r"\bWHERE\s+(.*?)(?=\s(?:ORDER\s+BY|GROUP\s+BY|HAVING|LIMIT|OFFSET|RETURNING|FOR|UNION)\b|;|\Z)",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\bLIMIT\s+(\S+)", re.IGNORECASE)
_QUALIFIED = re.compile(r'(?<![\w$])["`\[]?[\w$]{1,128}["`\]]?\.(?=["`\[]?[A-Za-z_])')
_BRACKET = re.compile(r"[()]")
_BRACKETS = re.compile(r"([()])")
_QUOTES = re.compile(r'["`](\w+)["`]|\[(\w+)\]')


@lru_cache(maxsize=4096)
def short_form(statement: str) -> str:
    """Verb, table and condition: ``SELECT item WHERE id = ?``; else the statement on one line."""
    shape = statement_shape(statement)
    outer = _without_inner(shape)
    for verb, form in _FORMS:
        found = form.match(outer)
        searched = outer
        if found is None:  # all of it is in brackets, or what it selects from is
            found, searched = form.match(shape), shape
        if found is None:
            continue
        words = [verb, _plain(found[1])]
        if verb != "INSERT":
            where, limit = _WHERE.search(searched, found.end()), _LIMIT.search(shape, found.end())
            if where is not None:
                words += ["WHERE", _condition(shape[where.start(1) : where.end(1)])]
            elif limit is not None:
                words += ["LIMIT", limit[1]]
        return " ".join(words)
    return shape


def _without_inner(shape: str) -> str:
    """The same with spaces for all that is in brackets, so that a place in it is one in both."""
    parts: list[str] = []
    depth = 0
    for part in _BRACKETS.split(shape):
        depth -= part == ")"
        parts.append(" " * len(part) if depth > 0 else part)
        depth += part == "("
    return "".join(parts)


def _condition(text: str) -> str:
    """A condition up to a bracket that was open before; with its tables where it is of several."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] == "(" else -1
        if depth < 0:
            text = text[: found.start()].rstrip()
            break
    if len(set(_QUALIFIED.findall(text))) > 1:
        return _QUOTES.sub(lambda found: found[1] or found[2], text)
    return _plain(text)


def _plain(text: str) -> str:
    """Names without their tables and quotes."""
    return _QUOTES.sub(lambda found: found[1] or found[2], _QUALIFIED.sub("", text))
