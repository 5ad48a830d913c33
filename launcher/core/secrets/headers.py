"""Secrets in headers: known by the header, the cookie's name, or a URL within. Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..piecewise import PIECE, blocks
from .names import MASK, is_secret_name
from .urls import mask_target

__all__ = ["mask_cookies", "mask_header", "mask_headers"]

_COOKIE_VALUE = re.compile(r"=[^;]*")
_SCHEME = re.compile(r"[A-Za-z][\w-]*(?=\s+\S)")
_URL_HEADERS = frozenset(("location", "referer", "content-location", "refresh", "link", "origin"))


def mask_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers, in their order, with what is secret in them masked."""
    return tuple((name, mask_header(name, value)) for name, value in headers)


def mask_header(name: str, value: str) -> str:
    """A header's value, masked where the header is secret.

    The scheme of ``Authorization``, the names of cookies and the attributes of ``Set-Cookie`` stay.
    """
    known = name.lower()
    if known == "cookie":
        return mask_cookies(value) if "=" in value else MASK
    if known == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        if "=" not in pair:
            return MASK + semicolon + attributes
        return f"{pair.partition('=')[0]}={MASK}{semicolon}{attributes}"
    if known in ("authorization", "proxy-authorization"):
        scheme = _SCHEME.match(value)
        return f"{scheme.group()} {MASK}" if scheme else MASK
    if known in ("www-authenticate", "proxy-authenticate"):
        return value
    if known in _URL_HEADERS:
        return mask_target(value)
    if is_secret_name(name) and not known.startswith(("access-control-", "sec-websocket-")):
        return MASK
    return value


def mask_cookies(value: str) -> str:
    """``name=value; name=value`` without the values."""
    if len(value) < PIECE:
        return _COOKIE_VALUE.sub(f"={MASK}", value)
    return "".join([_COOKIE_VALUE.sub(f"={MASK}", block) for block in blocks(value, ";")])
