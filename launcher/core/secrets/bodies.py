"""Secrets in bodies, by their media type, or by their looks where that isn't known. Pure; any
thread."""

from __future__ import annotations

import re

from ..piecewise import PIECE, matches
from .json_text import mask_json
from .names import MASK, is_secret_name
from .texts import mask_text
from .urls import mask_query

__all__ = ["OMITTED", "mask_body", "mask_bytes"]

OMITTED = "(not text)"
"""What stands in place of a part of a form that is no text, and so can't be masked."""


def mask_body(data: bytes, content_type: str = "") -> str | None:
    """The text of a body with its secrets masked.

    :param data: the body as it was sent, or its beginning where it was cut
    :param content_type: the value of its ``Content-Type``; "" where it isn't known: then a form or
        JSON is known by its looks
    :returns: None where it is no text: what can't be read can't be masked either
    """
    if not data:
        return ""
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind.startswith("multipart/") or (not kind and _LOOKS_MULTIPART.match(data, 0, _HEAD)):
        return _mask_multipart(data, parameters)
    text = _decoded(data)
    return None if text is None else _mask_kind(text, kind)


def mask_bytes(data: bytes, content_type: str = "") -> bytes:
    """A body with its secrets masked, and everything else byte by byte as it was sent.

    :param content_type: as :func:`mask_body` has it; a charset that it names is kept to
    """
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind.startswith("multipart/") or (not kind and _LOOKS_MULTIPART.match(data, 0, _HEAD)):
        pieces = _multipart_pieces(data, parameters)
        if pieces is not None:
            boundary, parts = pieces
            return boundary.join(
                head + (MASK.encode() if is_secret else mask_bytes(content, "text/plain")) + end
                if content
                else head + end
                for head, content, end, is_secret in parts
            )
    charset = _CHARSET.search(parameters)
    if charset is not None and charset.group(1).lower() not in ("utf-8", "utf8"):
        try:
            text = data.decode(charset.group(1))
            masked = _mask_kind(text, kind)
            return data if masked == text else masked.encode(charset.group(1))
        except (LookupError, ValueError):
            pass
    if b"\0" in data and kind != "application/x-www-form-urlencoded" and "json" not in kind:
        return data  # no text: what looks like a name in it is none
    text = data.decode("utf-8", "surrogateescape")
    return _mask_kind(text, kind).encode("utf-8", "surrogateescape")


def _mask_kind(text: str, kind: str) -> str:
    """A text masked by the rules of its media type, which is in lower case."""
    looks_form = not kind and _LOOKS_FORM.match(text, 0, PIECE)
    if kind == "application/x-www-form-urlencoded" or looks_form:
        return mask_query(text)
    if "json" in kind or text.lstrip()[:1] in ("{", "["):
        return mask_text(mask_json(text))
    return mask_text(text)


_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)
_HEAD = 64 * 1024
"""Bytes in which the headers of a part of a form are."""
_LOOKS_FORM = re.compile(r"[^\s=&<{]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*\s*\Z")
_LOOKS_MULTIPART = re.compile(rb"--([^\r\n]{1,100})\r?\n[^\r\n]*\bname=", re.IGNORECASE)


def _decoded(data: bytes) -> str | None:
    """UTF-8, but for a character at the end that was cut in two."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
        return None


_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_MOST_PARTS = 10_000
"""Parts of a form that are looked into: ten times as many as frameworks take. What the others have
in them counts as a secret."""
_PART_NAME = re.compile(rb'name\s*=\s*(?:"([^"]*)"|([^\s;]+))', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def _mask_multipart(data: bytes, parameters: str) -> str | None:
    """The parts of a form that are text, secret ones masked; a mark for files that aren't text."""
    pieces = _multipart_pieces(data, parameters)
    if pieces is None:
        text = _decoded(data)
        return None if text is None else mask_text(text)
    boundary, parts = pieces
    shown: list[str] = []
    for head, content, end, is_secret in parts:
        if is_secret:
            text = MASK
        elif not content:
            text = ""
        else:
            decoded = _decoded(content)
            text = OMITTED if decoded is None else mask_text(decoded)
        shown.append(head.decode("utf-8", "replace") + text + end.decode())
    return boundary.decode("utf-8", "replace").join(shown)


_Piece = tuple[bytes, bytes, bytes, bool]  # head, content, line's end, and whether it is a secret


def _multipart_pieces(data: bytes, parameters: str) -> tuple[bytes, list[_Piece]] | None:
    """The boundary, and what stands between; None where there is no boundary."""
    found = _BOUNDARY.search(parameters)
    looks = _LOOKS_MULTIPART.match(data)
    if found is not None:
        boundary = b"--" + (found.group(1) or found.group(2)).encode("utf-8", "replace")
    elif looks is not None:
        boundary = b"--" + looks.group(1)
    else:
        return None
    pieces: list[_Piece] = []
    for part in data.split(boundary):
        if b"\n\n" not in part and b"\n\r\n" not in part:
            pieces.append((part, b"", b"", False))
            continue
        blank = next(matches(_BLANK_LINE, part, 4), None)
        head, content = (part[: blank.end()], part[blank.end() :]) if blank else (part, b"")
        name = _PART_NAME.search(head, 0, _HEAD) if len(pieces) < _MOST_PARTS else None
        field = (name.group(1) or name.group(2) or b"").decode("utf-8", "replace") if name else ""
        end = b"\r\n" if content.endswith(b"\r\n") else b""
        content = content.removesuffix(end)
        is_secret = len(pieces) >= _MOST_PARTS or is_secret_name(field)
        pieces.append((head, content, end, bool(content) and is_secret))
    return boundary, pieces
