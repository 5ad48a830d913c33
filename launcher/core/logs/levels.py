"""How serious a line of output is, by its own words. Pure functions, for any thread.

Where a program doesn't log through ``logging``, or through another process, all that is there is
the line. Nearly every logger writes the level in capitals, behind nothing but times, numbers and
names.
"""

from __future__ import annotations

import re

__all__ = ["LEVELS", "level_named", "level_of"]

LEVELS = ("debug", "info", "warning", "error", "critical")
"""From the least to the most serious."""

_WORDS = {
    "TRACE": "debug", "DEBUG": "debug", "INFO": "info", "NOTICE": "info", "SUCCESS": "info",
    "WARN": "warning", "WARNING": "warning", "ERR": "error", "ERROR": "error",
    "SEVERE": "error", "CRITICAL": "critical", "FATAL": "critical", "PANIC": "critical",
}  # fmt: skip
_TRACEBACK = "Traceback (most recent call last):"
_HEAD = 120
"""Characters at the beginning of a line in which its level can stand."""
_JSON_HEAD = 2_000
"""The same, of a line that is a JSON object: its members have any order."""

# What may stand before it: dates, times, process numbers, dotted names, names between dashes.
_BEFORE = r"(?:[\[(]?[\w.:,/+-]*\d[\w.:,/+-]*[\])]?|[-|]+|[\w]+(?:\.\w+)+|- \w+ -|\[[\w.]+\])\s+"
_LEVEL = re.compile(rf"(?:{_BEFORE}){{0,5}}[\[(<|]*({'|'.join(_WORDS)})(?=[\s\]\)>:|,-]|$)")
_PAIR = re.compile(r"""["']?(?:level|levelname|lvl|severity)["']?\s*[=:]\s*["']?([A-Za-z]+)""")


def level_of(text: str) -> str:
    """One of :data:`LEVELS`, or "" where the line doesn't say. The line above a traceback does."""
    if text.startswith(_TRACEBACK):
        return "error"
    head = text[: _JSON_HEAD if text.startswith("{") else _HEAD]
    found = _LEVEL.match(head.lstrip()) or _PAIR.search(head)
    return level_named(found.group(1)) if found else ""


def level_named(word: str) -> str:
    """The level that a logger's word for it is; "" where it is none."""
    return _WORDS.get(word.upper(), "")
