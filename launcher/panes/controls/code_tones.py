"""The colours of code and of JSON; GUI thread only."""

from __future__ import annotations

__all__ = ["CODE_TONES"]

CODE_TONES = {
    "key": "text",
    "string": "link",
    "number": "info",
    "word": "yours",
    "comment": "muted",
    "tag": "info",
    "mark": "soft",
}
"""By the kind of a ``Run`` of :mod:`launcher.core.bodies.layout`: a colour of the theme."""
