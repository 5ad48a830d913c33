"""The methods of HTTP by name, for all that offers or judges them. Any thread.

What a client sends under another name is shown and sent again like these.
"""

from __future__ import annotations

__all__ = ["METHODS", "SAFE"]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
"""Those that are offered where one is typed, the most usual first."""

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
"""Those by which a client asks for nothing to be changed (RFC 9110, section 9.2.1): they may be
sent without being asked for."""
