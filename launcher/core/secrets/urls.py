"""Secrets in URLs, and in forms that are encoded like them. Pure; any thread."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from ..piecewise import blocks, end_of, replaced
from .names import LONGEST_WRITTEN, MASK, Verdicts, is_secret_name

__all__ = ["mask_query", "mask_target", "mask_user_info"]

_USER = re.compile(r"://[^/?#\s:@]{0,1000}(?=:)")
_PASSWORD = re.compile(r"[^/?#\s@]*")
_SEPARATOR = re.compile("([&;])")


def mask_query(query: str) -> str:
    """A query string or a form in URL encoding, with the values of secret names masked."""
    if "=" not in query:
        return query
    may_be_secret = Verdicts(_may_be_secret)
    return "".join([_mask_fields(block, may_be_secret) for block in blocks(query, "&;")])


def _may_be_secret(name: str) -> bool:
    """Whether a field may have a secret: by its name as it is written, or having no proper one."""
    return not 0 < len(name) <= LONGEST_WRITTEN or is_secret_name(unquote_plus(name))


def _mask_fields(block: str, may_be_secret: Verdicts) -> str:
    """Some fields of a form."""
    parts = _SEPARATOR.split(block) if ";" in block else block.split("&")
    for at, part in enumerate(parts):
        name = part.partition("=")[0]
        if may_be_secret[name] and len(part) > len(name) + 1:  # there is a value
            parts[at] = _mask_field(part)
    return ("" if ";" in block else "&").join(parts)


def _mask_field(part: str) -> str:
    """A field; what has no name, or too long a one, has the next one."""
    start = 0
    while (end := part.find("=", start)) >= 0:
        name = part[start : min(end, start + LONGEST_WRITTEN + 1)]
        start = end + 1
        if 0 < len(name) <= LONGEST_WRITTEN:
            is_secret = start < len(part) and is_secret_name(unquote_plus(name))
            return part[:start] + MASK if is_secret else part
    return part


def mask_user_info(text: str) -> str:
    """The passwords before hosts: ``http://ada:***@example.com``."""

    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        start = found.end() + 1
        end = end_of(_PASSWORD, text, start)
        return (start, end, MASK) if text[end : end + 1] == "@" else None

    return replaced(_USER, text, 1004, mask)


def mask_target(target: str) -> str:
    """A request target or URL: its query, its fragment and the password before its host masked."""
    if "@" in target:
        target = mask_user_info(target)
    path, mark, rest = target.partition("?")
    if not mark:
        path, mark, rest = target.partition("#")
    if not mark:
        return target
    query, hash_, fragment = rest.partition("#")
    return f"{path}{mark}{mask_query(query)}{hash_}{mask_query(fragment)}"
