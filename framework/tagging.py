"""JSON that remembers tuple, bytes, Markup, UUID and datetime: what a session cookie holds.

A value of such a type is written as an object with one key, its tag. A real dict that looks like
that is itself written under a tag of its own, so nothing is mistaken for a tag when it is read.
The format is the one that Flask's session cookies have, so an app that changes its import keeps
its users logged in.

Thread: any; functions without state. What is no basic type is written by ``app.json``.
Source: Flask's documentation of "Tagged JSON" (which types, and why).
"""

from __future__ import annotations

import base64
import typing as t
import uuid
from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from . import json

#: tag -> how to read the value that stands behind it.  ``" di"`` is a dict that looks like a tag.
_READERS: dict[str, Callable[[t.Any], t.Any]] = {
    " t": tuple,
    " b": base64.b64decode,
    " m": Markup,
    " u": uuid.UUID,
    " d": parse_date,
    " di": lambda value: {key.removesuffix("__"): item for key, item in value.items()},
}


def tag(value: t.Any) -> t.Any:
    """Return the value with every type that JSON lacks written as a tagged object."""
    if isinstance(value, tuple):
        return {" t": [tag(item) for item in value]}
    if isinstance(value, bytes):
        return {" b": base64.b64encode(value).decode("ascii")}
    if hasattr(value, "__html__"):
        return {" m": str(value.__html__())}
    if isinstance(value, list):
        return [tag(item) for item in value]
    if isinstance(value, uuid.UUID):
        return {" u": value.hex}
    if isinstance(value, datetime):
        return {" d": http_date(value)}
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _READERS:
            return {" di": {f"{key}__": tag(item) for key, item in value.items()}}
        return {key: tag(item) for key, item in value.items()}
    return value


def untag(value: t.Any) -> t.Any:
    """Return the value with every tagged object read back; the reverse of :func:`tag`."""
    if isinstance(value, list):
        return [untag(item) for item in value]
    if isinstance(value, dict):
        plain = {key: untag(item) for key, item in value.items()}
        if len(plain) == 1:
            key, item = next(iter(plain.items()))
            if key in _READERS:
                return _READERS[key](item)
        return plain
    return value


def dumps(value: t.Any) -> str:
    """Write a value as compact tagged JSON."""
    return json.dumps(tag(value), separators=(",", ":"))


def loads(text: str) -> t.Any:
    """Read a value from tagged JSON."""
    return untag(json.loads(text))
