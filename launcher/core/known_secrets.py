"""The secrets that a request has carried, wherever else they occur. No Qt; pure; any thread.

An exception's message may have a secret in it of which nothing shows that it is one: ``invalid
literal for int(): 'hunter2'``. But the request that raised it has carried that value under a name
that shows it, as a cookie, a password of a form or a key of JSON. So such values are masked in the
texts of its error, too. The shorter one is, the more often the same letters mean something else, so
the more has to stand around them (decision 0136).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from server.events import AppError, Cause, Frame, RequestFinished

from .bodies.fields import request_groups
from .secrets import MASK, is_secret_name

__all__ = ["secret_values", "without_secrets"]

_LEAST = 2  # characters of a value that is looked for
_WORD = 4  # and of one that is masked where it is a word
_LONG = 6  # and of one that may be a part of a name such as a_b, or of a path
_PLAIN = frozenset(("true", "false", "null", "none"))
_LONGEST_BODY = 64 * 1024  # bytes of JSON that is read for it
_MOST = 50  # values


def secret_values(done: RequestFinished) -> tuple[str, ...]:
    """The values that a request has carried under names of secrets, the longest first."""
    found = dict.fromkeys(
        value for value in _values(done) if len(value) >= _LEAST and value.lower() not in _PLAIN
    )
    return tuple(sorted(found, key=len, reverse=True)[:_MOST])


def without_secrets(event: AppError, values: tuple[str, ...]) -> AppError:
    """An error with these values masked in its messages, its traceback and its variables.

    :param values: see :func:`secret_values`
    """
    if not values:
        return event
    masked = _Masked(values)
    return replace(
        event,
        message=masked.text(event.message),
        text=masked.text(event.text),
        frames=masked.frames(event.frames),
        causes=masked.causes(event.causes),
    )


class _Masked:
    def __init__(self, values: tuple[str, ...]) -> None:
        long = _any_of(value for value in values if len(value) >= _LONG)
        word = _any_of(value for value in values if _WORD <= len(value) < _LONG)
        short = _any_of(value for value in values if len(value) < _WORD)
        # The line of a traceback that names a file stays as it is, but for long values.
        self._pattern = re.compile(
            rf"(?<![0-9A-Za-z]){long}(?![0-9A-Za-z])"
            rf"|(?P<place>^ *File \"(?:(?!(?<![0-9A-Za-z]){long}(?![0-9A-Za-z])).)*)"
            rf"|(?<!\w){word}(?!\w)"
            rf"|(?<=['\"]){short}(?=['\"])",
            re.MULTILINE,
        )

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda found: found["place"] or MASK, text)

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


def _any_of(values: Iterable[str]) -> str:
    """An expression for one of them; without any, one that nothing fits."""
    return f"(?:{'|'.join(map(re.escape, values)) or '(?!)'})"


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
