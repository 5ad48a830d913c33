"""Colours for HTML, XML, CSS, JavaScript, SQL and Python, by Pygments.

Pygments is imported when the first text is looked at. Its rules can take long for what was made
to be slow, so only the beginning is looked at, long lines are left plain, and a time is kept.
Bodies are for a thread of their own; the few lines around a failure may be looked at anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .layout import Page, Run, with_runs

__all__ = ["LANGUAGES", "highlighted", "language_of", "runs_of"]

LANGUAGES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/xml": "xml",
    "application/xml": "xml",
    "image/svg+xml": "xml",
    "text/css": "css",
    "text/javascript": "javascript",
    "application/javascript": "javascript",
    "application/x-javascript": "javascript",
    "application/sql": "sql",
    "text/x-sql": "sql",
}
_MOST, _LONGEST_LINE, _SECONDS = 64 * 1024, 2_000, 1.0
_KINDS = (  # the first that a token's type is a part of
    ("Comment", "comment"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Keyword", "word"),
    ("Operator.Word", "word"),
    ("Name.Tag", "tag"),
    ("Name.Attribute", "key"),
    ("Name.Builtin", "word"),
    ("Punctuation", "mark"),
)


def language_of(content_type: str) -> str:
    """The language of a body of that type, as Pygments calls it; "" for none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("+xml"):
        return LANGUAGES.get(kind, "xml")
    return LANGUAGES.get(kind, "")


def highlighted(page: Page, language: str) -> Page:
    """The page in colours, as far as that goes within the bounds."""
    return with_runs(page, runs_of(page.lines, language))


def runs_of(lines: Sequence[str], language: str) -> list[list[Run]]:
    """What the parts of each line are, as far as that goes within the bounds.

    :param lines: the lines, without their ends
    :param language: as Pygments calls it
    :returns: at most as many as there are lines
    """
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    text = "\n".join(line if len(line) <= _LONGEST_LINE else "" for line in lines)[:_MOST]
    runs: list[list[Run]] = [[]]
    column, until = 0, time.monotonic() + _SECONDS
    for token, value in lexer.get_tokens(text):
        kind = _kind(token)
        for number, piece in enumerate(value.split("\n")):
            if number:
                runs.append([])
                column = 0
            if piece and kind:
                runs[-1].append(Run(column, len(piece), kind))
            column += len(piece)
        if time.monotonic() > until:
            break
    return runs[: len(lines)]


def _kind(token: Any) -> str:
    name = str(token).removeprefix("Token.")
    return next((kind for start, kind in _KINDS if name.startswith(start)), "")
