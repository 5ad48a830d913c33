"""Secrets in JSON, also in what is none quite, or was cut. Pure; any thread."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..piecewise import PIECE, end_of
from .names import LONGEST_NAME, LONGEST_WRITTEN, MASK, Verdicts, is_secret_name

__all__ = ["mask_json"]

_CHARACTERS = re.compile(r'(?:[^"\\]+|\\.)*', re.DOTALL)
_BETWEEN = re.compile(r"[\s:]*")
# A string, also one without an end, and the colon behind it where it is a key.
_STRING = re.compile(r'"((?:[^"\\]+|\\.)*)"?\s*(:\s*)?', re.DOTALL)
_SCALAR = re.compile(r'[^\s,\]}\[{"]*')
_MARK = re.compile(r'"(?:[^"\\]+|\\.)*"?|[\[{]+|[\]}]+', re.DOTALL)


def mask_json(text: str) -> str:
    """JSON, token by token: whatever is not a secret stays as it is written.

    The values of keys that name secrets are masked whatever they are, objects and lists whole.
    Works on what is no valid JSON, or was cut, as far as its strings can be found.
    """
    parts: list[str] = []
    done = 0
    is_secret = Verdicts(lambda key: is_secret_name(_key(key)))
    for key, at in _keys(text):
        if at <= done or not is_secret[key]:  # within what was masked, or none
            continue
        end = _value_end(text, at)
        if end > at and text[at : min(end, at + 6)] not in _NO_SECRETS:
            parts += (text[done:at], f'"{MASK}"')
            done = end
    parts.append(text[done:])
    return "".join(parts)


def _keys(text: str) -> Iterator[tuple[str, int]]:
    """Each key, as it is written, and where its value begins; but for those that are too long."""
    at, length = 0, len(text)
    while (at := text.find('"', at)) >= 0:
        stop, cut = min(at + PIECE, length), -1
        for found in _STRING.finditer(text, at, stop):
            if found.end() >= stop - 1 and stop < length:
                cut = found.start()  # it may go on behind this piece
                break
            if found[2] and len(found[1]) <= LONGEST_WRITTEN:
                yield found[1], found.end()
        at = stop
        if cut >= 0:
            end = _string_end(text, cut)
            at = end_of(_BETWEEN, text, end)
            if end - cut < LONGEST_WRITTEN and ":" in text[end:at]:
                yield text[cut + 1 : end - 1], at


_NO_SECRETS = ("null", "true", "false", '""')


def _key(key: str) -> str:
    if "\\" not in key:
        return key
    try:
        return str(json.loads(f'"{key}"'))
    except ValueError:
        return key


def _string_end(text: str, start: int) -> int:
    """Where a string that begins there ends, or the text where it has no end."""
    end = end_of(_CHARACTERS, text, start + 1)
    return min(end + 1, len(text))


def _value_end(text: str, start: int) -> int:
    first = text[start : start + 1]
    if first == '"':
        return _string_end(text, start)
    if first not in ("{", "["):
        found = _SCALAR.match(text, start, start + LONGEST_NAME)
        at = found.end() if found else start
        return at if at < start + LONGEST_NAME else end_of(_SCALAR, text, start)
    depth, at = 0, start
    while at < len(text):
        stop = min(at + PIECE, len(text))
        for found in _MARK.finditer(text, at, stop):
            mark = found[0]
            if mark[0] == '"':
                if found.end() >= stop - 1 and stop < len(text):
                    at = _string_end(text, found.start())
                    break
            elif mark[0] in "[{":
                depth += len(mark)
            else:
                depth -= len(mark)
                if depth <= 0:
                    return found.end() + depth
        else:
            at = stop
    return len(text)
