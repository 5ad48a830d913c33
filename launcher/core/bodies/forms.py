"""Queries, forms and cookies as names and values. Pure functions; any thread.

Names and values are decoded as UTF-8; bytes that aren't UTF-8 stay visible as ``%XX``. What doesn't
keep to the rules is taken as far as it can be: this is for looking, not for judging.
"""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote_to_bytes

from server.base.values import dataclass

__all__ = [
    "Cookie",
    "Part",
    "Parts",
    "cookies",
    "parts",
    "query_pairs",
    "readable",
    "readable_query",
    "set_cookie",
]

_NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # as "surrogateescape" has such bytes
_ESCAPES = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
_MOST_PARTS = 1_000


def readable(text: str) -> str:
    """A value with its escapes undone; bytes that aren't UTF-8 stay, or become, ``%XX``.

    :param text: as it was sent, its bytes as latin-1 characters
    """
    if "%" not in text and text.isascii():
        return text
    raw = unquote_to_bytes(text.encode("latin-1", "replace"))
    decoded = raw.decode("utf-8", "surrogateescape")
    return _NOT_UTF_8.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", decoded)


def readable_query(query: str) -> str:
    """A query with its escapes of UTF-8 undone; those of plain characters stay, as they may be
    escaped for a reason: ``%26`` is no ``&``."""
    text = header_text(query)
    return _ESCAPES.sub(_unescaped, text) if "%" in text else text


def _unescaped(found: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(found[0]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def query_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """The names and values of a query, or of a form in URL encoding, in their order.

    :param query: as it was sent, its bytes as latin-1 characters
    """
    pairs = []
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((readable(name.replace("+", " ")), readable(value.replace("+", " "))))
    return tuple(pairs)


def header_text(value: str) -> str:
    """A header's value as UTF-8 where it is that; else as it came, its bytes as latin-1."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


@dataclass(frozen=True)
class Cookie:
    """A cookie; ``attributes`` as they were sent: ``("Path", "/")``, ``("HttpOnly", "")``."""

    name: str
    value: str
    attributes: tuple[tuple[str, str], ...] = ()


def cookies(value: str) -> tuple[Cookie, ...]:
    """What a ``Cookie`` header holds; see RFC 6265, section 5.4."""
    found = []
    for piece in value.split(";"):
        name, mark, content = piece.strip().partition("=")
        if name or mark:
            found.append(Cookie(name.strip(), content.strip()))
    return tuple(found)


def set_cookie(value: str) -> Cookie:
    """What a ``Set-Cookie`` header sets; see RFC 6265, section 5.2."""
    first, *rest = value.split(";")
    name, _, content = first.partition("=")
    attributes = []
    for piece in rest:
        key, _, setting = piece.strip().partition("=")
        if key:
            attributes.append((key.strip(), setting.strip()))
    return Cookie(name.strip(), content.strip(), tuple(attributes))


@dataclass(frozen=True)
class Part:
    """One part of a multipart form.

    :param filename: what the client calls the file; None for a plain field
    :param data: its content as far as it was kept
    :param complete: nothing of it is missing
    """

    name: str
    filename: str | None
    content_type: str
    data: bytes
    complete: bool = True

    @property
    def is_file(self) -> bool:
        """Whether it is a file rather than a field."""
        return self.filename is not None


Parts = tuple[Part, ...]


def parts(data: bytes, content_type: str) -> Parts:
    """The parts of a multipart body; () where it isn't one. See RFC 7578.

    :param content_type: the value of ``Content-Type``, which has the boundary
    """
    boundary = _parameter("Content-Type", content_type, "boundary")
    if boundary is None or not content_type.lower().lstrip().startswith("multipart/"):
        return ()
    mark = b"\r\n--" + boundary.encode("latin-1", "replace")
    pieces = (b"\r\n" + data).split(mark, _MOST_PARTS + 1)
    found = []
    for number, piece in enumerate(pieces[1 : _MOST_PARTS + 1], start=2):
        if piece.startswith(b"--"):
            break
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            continue
        found.append(_part(head, content, complete=number < len(pieces)))
    return tuple(found)


def _part(head: bytes, content: bytes, complete: bool) -> Part:
    fields = {}
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            fields[name.strip().lower()] = value.strip().decode("utf-8", "backslashreplace")
    disposition = fields.get(b"content-disposition", "")
    return Part(
        name=_parameter("Content-Disposition", disposition, "name") or "",
        filename=_parameter("Content-Disposition", disposition, "filename"),
        content_type=fields.get(b"content-type", ""),
        data=content,
        complete=complete,
    )


def _parameter(header: str, value: str, name: str) -> str | None:
    """One of a header's parameters, whether quoted, or in the form of RFC 2231."""
    message = Message()
    message[header] = " ".join(value.split())
    found = message.get_param(name, header=header)
    if isinstance(found, tuple):
        charset, _, text = found
        try:
            return text.encode("latin-1").decode(charset or "utf-8", "backslashreplace")
        except (LookupError, UnicodeError):
            return text
    return found if found is None else str(found)
