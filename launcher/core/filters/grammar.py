"""The grammar of the filters, and the sentences for what is not in it.

::

    method:POST status:5xx -path:/static dur:>200ms (json or ~"^/v[12]/") not has:error

Lark's LALR parser reports where a text goes wrong and what could stand there instead; both the
sentence under the field and the completion are made of that. Its lexer is a contextual one: what
stands behind a field's colon is a value, whatever it would be elsewhere.

Building a parser takes some 30 ms, so it is done for the first filter that isn't empty, and this
module is imported only then. Pure; any thread.
"""

from __future__ import annotations

import difflib
from functools import lru_cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from .fields import ERRORS, REQUESTS, Fields
from .mistakes import FilterError

__all__ = ["DEEPEST", "accepted", "parse"]

DEEPEST = 50
"""Of parentheses in each other."""

_GRAMMAR = r"""
start: any?
any: all (OR all)*
all: negation (AND? negation)*
negation: (NOT | MINUS)* (LPAR any RPAR | term | word)
term: FIELD SIGN? (VALUE | QUOTED) | FIELD PATTERN
word: WORD | QUOTED | PATTERN

FIELD.4: /(?:%s):(?=[^\s)])/i
OR.3: /or(?![^\s()"])/i
AND.3: /and(?![^\s()"])/i
NOT.3: /not(?![^\s()"])/i
MINUS.2: /-(?=[^\s)])/
SIGN.2: /[<>]=?|=/
LPAR: "("
RPAR: ")"
QUOTED: /"(?:[^"\\]|\\.)*"/s
PATTERN.2: /~(?:"(?:[^"\\]|\\.)*"|(?:[^\s()"\\]|\\\S|\((?:[^\s()"\\]|\\\S|\([^\s()"]*\))*\))+)/s
VALUE.1: /[^\s()"~=<>][^\s()"]*/
WORD: /(?!(?:and|or|not)(?![^\s()"]))[^\s()":~-][^\s()":]*/i

%%ignore /\s+/
"""
# In a pattern without quotes, parentheses belong to it as long as they are in pairs.

_VALUES = frozenset(("VALUE", "QUOTED"))


def parse(text: str, fields: Fields) -> Tree[Token]:
    """The tree of a filter.

    :raises FilterError: it can't be understood, or isn't complete
    """
    _check_depth(text)
    try:
        return _parser(fields.kind).parse(text)
    except UnexpectedInput as error:
        raise _mistake(text, error, fields) from None


def accepted(text: str, fields: Fields) -> frozenset[str]:
    """The names of the terminals that may follow a text; none where it has a mistake already."""
    try:
        state = _parser(fields.kind).parse_interactive(text)
        state.exhaust_lexer()
        return frozenset(state.accepts())  # type: ignore[no-untyped-call]
    except UnexpectedInput:
        return frozenset()


@lru_cache(maxsize=2)
def _parser(kind: str) -> Lark:
    fields = next(table for table in (REQUESTS, ERRORS) if table.kind == kind)
    return Lark(_GRAMMAR % "|".join(fields.fields), parser="lalr", maybe_placeholders=False)


def _check_depth(text: str) -> None:
    depth, quoted = 0, False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if depth > DEEPEST:
                raise FilterError(f"More than {DEEPEST} parentheses are in each other.", at, at + 1)


def _mistake(text: str, error: UnexpectedInput, fields: Fields) -> FilterError:
    expected: frozenset[str] = frozenset()
    at = len(text)
    if isinstance(error, UnexpectedToken):
        expected = frozenset(error.expected)
        if error.token.start_pos is not None and error.token.type != "$END":
            at = error.token.start_pos
    elif isinstance(error, UnexpectedCharacters):
        expected = frozenset(error.allowed or ())
        at = error.pos_in_stream or 0
    sign = text[at : at + 1]
    if sign == '"':
        return FilterError("The other quotation mark is missing.", at, len(text))
    if sign == "~" and "PATTERN" in expected:
        return FilterError("A regular expression is expected after ~.", at, at + 1)
    if expected >= _VALUES and "WORD" not in expected:
        return _value_missing(text, at, fields)
    if sign == ":":
        return _no_field(text, at, fields)
    if sign == ")" and text.count(")", 0, at) >= text.count("(", 0, at):
        return FilterError("There is no ( before this ).", at, at + 1)
    if not sign and "RPAR" in expected:
        return FilterError("A ) is missing.", at)
    length = len(sign)
    if isinstance(error, UnexpectedToken) and error.token.type in ("AND", "OR"):
        length = len(error.token)
    before = [sign] if sign == "-" else text[:at].split()[-1:]
    where = f"after {before[0]}" if before and len(before[0]) <= 20 else "here"
    return FilterError(f"Something to look for is expected {where}.", at, at + length)


def _value_missing(text: str, at: int, fields: Fields) -> FilterError:
    name = _last_letters(text[:at].rstrip("<>=:"))
    field = fields.fields.get(name.lower())
    such = f", such as {field.example}" if field else ""
    return FilterError(f"A value is expected right after {name}:{such}.", at)


def _no_field(text: str, at: int, fields: Fields) -> FilterError:
    name = _last_letters(text[:at])
    if not name:
        return FilterError("A : stands only behind a field's name.", at, at + 1)
    if name.lower() in fields.fields:
        return _value_missing(text, at + 1, fields)
    near = difflib.get_close_matches(name.lower(), fields.fields, 1)
    hint = f"Is it {near[0]}:?" if near else "Put a text with a colon in quotes."
    return FilterError(f"There is no field {name}. {hint}", at - len(name), at + 1)


def _last_letters(text: str) -> str:
    start = len(text)
    while start and not text[start - 1].isspace() and text[start - 1] not in '()":~-':
        start -= 1
    return text[start:]
