"""Secrets in the links of a mail: to confirm an address, to choose a new password.

They have no name that shows what they are (``/reset/MQ/c8o2lm-5f0b…/``), so they are known by their
looks: long, with letters and digits in turns as no word has them. A short one, one of letters or of
digits alone, stays. Pure functions; any thread.
"""

from __future__ import annotations

import re

from launcher.core.secrets import MASK

__all__ = ["mask_links"]

_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")
_PIECE = re.compile(r"[^/?&=#;,()]+")
_SHORTEST = 20
_TURN = re.compile(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])")
_FEWEST_TURNS = 3


def mask_links(text: str) -> str:
    """A mail's text with what looks like a token masked in each of its links."""
    return _LINK.sub(_masked_link, text)


def _masked_link(found: re.Match[str]) -> str:
    link = found[0]
    host, slash, rest = link[8:].partition("/")
    if not slash:
        return link
    return f"{link[:8]}{host}/{_PIECE.sub(_masked_piece, rest)}"


def _masked_piece(found: re.Match[str]) -> str:
    piece = found[0]
    return MASK if _is_token(piece) else piece


def _is_token(piece: str) -> bool:
    return len(piece) >= _SHORTEST and len(_TURN.findall(piece)) >= _FEWEST_TURNS
