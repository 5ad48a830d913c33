"""The secrets that a request has carried, wherever else they occur. No Qt; pure; any thread.

An exception's message may have a secret in it of which nothing shows that it is one: ``invalid
literal for int(): 'hunter2'``. But the request that raised it has carried that value under a name
that shows it, as a cookie, a password of a form or a key of JSON. So such values are masked in the
texts of its error, too. Short ones are left: they would be found in words that mean something else.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from server.events import AppError, Cause, Frame, RequestFinished

from .bodies.fields import request_groups
from .secrets import MASK, is_secret_name

__all__ = ["secret_values", "without_secrets"]

_LEAST = 6  # characters of a value that is looked for
_LONGEST_BODY = 64 * 1024  # bytes of JSON that is read for it
_MOST = 50  # values


def secret_values(done: RequestFinished) -> tuple[str, ...]:
    """The values that a request has carried under names of secrets, the longest first."""
    found = dict.fromkeys(value for value in _values(done) if len(value) >= _LEAST)
    return tuple(sorted(found, key=len, reverse=True)[:_MOST])


def without_secrets(event: AppError, values: tuple[str, ...]) -> AppError:
    """An error with these values masked in its messages, its traceback and its variables.

    :param values: see :func:`secret_values`
    """
    if not values:
        return event
    edge = r"[0-9A-Za-z]"
    known = "|".join(map(re.escape, values))
    pattern = re.compile(f"(?<!{edge})(?:{known})(?!{edge})")
    masked = _Masked(pattern)
    return replace(
        event,
        message=masked.text(event.message),
        text=masked.text(event.text),
        frames=masked.frames(event.frames),
        causes=masked.causes(event.causes),
    )


class _Masked:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def text(self, text: str) -> str:
        return self._pattern.sub(MASK, text)

    def frames(self, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        return tuple(
            replace(frame, locals=tuple((name, self.text(text)) for name, text in frame.locals))
            for frame in frames
        )

    def causes(self, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
        return tuple(
            replace(
                cause,
                message=self.text(cause.message),
                frames=self.frames(cause.frames),
                causes=self.causes(cause.causes),
            )
            for cause in causes
        )


def _values(done: RequestFinished) -> Iterator[str]:
    for group in request_groups(done, secrets=True):
        for field in group.fields:
            if field.is_secret and group.key != "headers":
                yield field.value
    for name, value in done.request_headers:
        known = name.lower()
        if known in ("authorization", "proxy-authorization"):
            yield from _credentials(value)
        elif known != "cookie" and is_secret_name(name):
            yield value
    body = done.request_body.data
    if len(body) <= _LONGEST_BODY and body.lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError, RecursionError):
            yield from _of_json(json.loads(body), secret=False)


def _credentials(value: str) -> Iterator[str]:
    scheme, _, rest = value.strip().partition(" ")
    secret = rest.strip() or scheme
    yield secret
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, ValueError):
            yield base64.b64decode(secret).decode().partition(":")[2]


def _of_json(value: Any, *, secret: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _of_json(inner, secret=secret or is_secret_name(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _of_json(inner, secret=secret)
    elif secret and isinstance(value, str):
        yield value
