"""Small forms of text that belong to HTTP and to its log. Pure functions; any thread."""

from __future__ import annotations

import email.utils

__all__ = ["http_date", "printable"]

_CONTROL = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]}


def printable(text: str) -> str:
    """Text from outside for a log line: no control character reaches the terminal."""
    return text.translate(_CONTROL)


def http_date(seconds: float) -> str:
    """A time as the Date header gives it (RFC 9110 section 5.6.7)."""
    return email.utils.formatdate(seconds, usegmt=True)
