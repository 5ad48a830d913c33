"""Masks secrets in what a request, its answer or the app's output holds.

The one place that decides what a secret is and how it is masked: for headers, URLs, forms, JSON and
plain text. What is kept is kept as it was sent, so that it can be sent again; everything that
leaves ServeDeck (the commands' output, copies, exports) and everything that is indexed goes through
here.

A secret is known by its name (``names``): ``Authorization``, ``Cookie``, ``Set-Cookie``, and
whatever is named like a password, a token or a key. Masking replaces the value and nothing else, so
that the rest stays readable byte by byte, also where a body was cut in the middle. Long texts are
gone through piece by piece (see :mod:`~launcher.core.piecewise`), and each character of them a few
times, whatever they hold. Pure functions; any thread.
"""

from __future__ import annotations

from .bodies import OMITTED, mask_body, mask_bytes
from .headers import mask_header, mask_headers
from .names import MASK, is_secret_name
from .texts import mask_text
from .urls import mask_query, mask_target

__all__ = [
    "MASK",
    "OMITTED",
    "is_secret_name",
    "mask_body",
    "mask_bytes",
    "mask_header",
    "mask_headers",
    "mask_query",
    "mask_target",
    "mask_text",
]
