"""A body as it is read: which views of it there are, and each of them laid out.

Pure functions; any thread. They can take long for a large body (:func:`is_heavy` knows when), so
the window has them called on another thread then.
"""

from __future__ import annotations

import re
from enum import Enum

from launcher.core.display import HEX_LIMIT, hexdump, size
from launcher.core.secrets import mask_bytes
from server.base.values import dataclass
from server.events import Body, Headers

from .decoding import DECODE_LIMIT, Decoded, decode
from .highlighting import language_of
from .json_text import NotJson, indented
from .layout import Page, plain_page

__all__ = [
    "BodyView",
    "Content",
    "Reading",
    "content_of",
    "field_of",
    "is_heavy",
    "picture_type",
    "read",
]

HEAVY = 24 * 1024
"""Bytes from which on a body is read on another thread."""
_HEAVY_CODED = 8 * 1024
_NO_LIMIT = 256 * 1024 * 1024

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # as "surrogateescape" has such bytes
_NAMES = {
    "text/html": "HTML",
    "application/xhtml+xml": "HTML",
    "text/xml": "XML",
    "application/xml": "XML",
    "text/css": "CSS",
    "text/javascript": "JavaScript",
    "application/javascript": "JavaScript",
    "application/x-javascript": "JavaScript",
    "application/sql": "SQL",
    "text/x-sql": "SQL",
    "application/x-www-form-urlencoded": "Form",
    "multipart/form-data": "Form with parts",
    "text/csv": "CSV",
    "text/event-stream": "Events",
}
_PICTURES = (  # by their first bytes
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"\0\0\1\0", "ICO"),
)


class BodyView(Enum):
    """A way to look at a body."""

    PRETTY = "Pretty"
    RAW = "Raw"
    HEX = "Hex"
    PREVIEW = "Preview"


@dataclass(frozen=True)
class Content:
    """A body without its codings, its secrets masked or not.

    :param data: its bytes
    :param media_type: in lower case, without parameters
    :param text: the same as text; None where it isn't text
    :param masked: something in it is a secret and isn't shown
    """

    data: bytes
    media_type: str
    text: str | None
    decoded: Decoded
    masked: bool = False


@dataclass(frozen=True)
class Reading:
    """A view of a body, ready to be shown.

    :param views: those that this body has
    :param view: which one this is
    :param title: what it is, how large, and what was done to it, in one line
    :param problem: why it isn't shown as it claims to be, in a sentence; else ""
    :param language: what Pygments has colours for; "" for none
    :param content: the body itself
    """

    views: tuple[BodyView, ...]
    view: BodyView
    page: Page
    title: str
    problem: str = ""
    language: str = ""
    content: Content = Content(b"", "", "", Decoded(b""))


def field_of(headers: Headers, name: str) -> str:
    """The value of the first header of that name; "" where there is none.

    :param name: in lower case
    """
    return next((value for key, value in headers if key.lower() == name), "")


def is_heavy(body: Body, headers: Headers, everything: bool = False) -> bool:
    """Whether reading it may take longer than the window can be away."""
    most = _HEAVY_CODED if field_of(headers, "content-encoding") else HEAVY
    return len(body.data) > most or (everything and len(body.data) > _HEAVY_CODED)


def content_of(
    body: Body, headers: Headers, *, secrets: bool = False, everything: bool = False
) -> Content:
    """A body without its codings.

    :param secrets: leave them in
    :param everything: undo codings beyond :data:`~.decoding.DECODE_LIMIT`
    """
    limit = _NO_LIMIT if everything else DECODE_LIMIT
    codings = field_of(headers, "content-encoding")
    decoded = decode(body.data, codings, whole=not body.truncated, limit=limit)
    kind = field_of(headers, "content-type")
    data = decoded.data if secrets else mask_bytes(decoded.data, kind)
    media_type = kind.partition(";")[0].strip().lower()
    return Content(
        data=data,
        media_type=media_type,
        text=_text(data, kind, media_type, decoded.complete, is_coded=decoded.is_coded),
        decoded=decoded,
        masked=data != decoded.data,
    )


def read(
    body: Body,
    headers: Headers,
    view: BodyView | None = None,
    *,
    secrets: bool = False,
    everything: bool = False,
) -> Reading:
    """One of the views of a body.

    :param headers: those it came with
    :param view: the one that is wanted; where the body hasn't got it, or for None, its first one
    :param secrets: show them
    :param everything: don't cut it where it is long
    """
    if not body.size:
        return Reading((BodyView.RAW,), BodyView.RAW, Page(), "No body")
    content = content_of(body, headers, secrets=secrets, everything=everything)
    decoded, problem = content.decoded, content.decoded.problem
    views, name, pretty = [BodyView.RAW, BodyView.HEX], _name(content), None
    if content.text is None:
        views = [BodyView.HEX]
    elif _looks_like_json(content):
        try:
            pretty = indented(content.text, whole=decoded.complete, everything=everything)
            name = "JSON"
            views.insert(0, BodyView.PRETTY)
        except NotJson as error:
            if "json" in content.media_type:
                problem = problem or str(error)
    language = language_of(content.media_type) if content.text is not None else ""
    if language:
        views.insert(0, BodyView.PRETTY)
    if picture_type(content.data):
        views.insert(0, BodyView.PREVIEW)
    elif language == "html" or content.media_type == "image/svg+xml":
        views.append(BodyView.PREVIEW)
    chosen = view if view in views else views[0]
    if chosen is BodyView.HEX:
        page = _hex_page(content.data, everything)
    elif chosen is BodyView.PRETTY and pretty is not None:
        page = pretty
    elif chosen is BodyView.PREVIEW:
        page = Page()
    else:
        page = plain_page(content.text or "", everything=everything)
    return Reading(
        views=tuple(views),
        view=chosen,
        page=page,
        title=_title(body, name, content, page),
        problem=problem,
        language=language if chosen is BodyView.PRETTY and pretty is None else "",
        content=content,
    )


def picture_type(data: bytes) -> str:
    """What kind of picture the bytes are, by how they begin; "" where they are none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((name for start, name in _PICTURES if data.startswith(start)), "")


def _title(body: Body, name: str, content: Content, page: Page) -> str:
    facts = [f"{name}, {size(body.size)}"]
    if body.truncated:
        facts.append(f"{len(body.data):,} of {body.size:,} bytes kept")
    decoded = content.decoded
    if decoded.undone:
        much = size(len(decoded.data))
        facts.append(f"{', '.join(decoded.undone)} undone: {much}{'' if decoded.complete else '+'}")
    if content.masked:
        facts.append("secrets masked")
    if page.broken:
        facts.append("long lines broken")
    if page.left_out:
        facts.append("the beginning shown")
    return " \u00b7 ".join(facts)


def _name(content: Content) -> str:
    if picture := picture_type(content.data):
        return picture  # a longer word costs the size its place in the title of a narrow section
    if content.text is None:
        return "binary"
    known = _NAMES.get(content.media_type)
    return known or ("SVG" if content.media_type == "image/svg+xml" else "text")


def _looks_like_json(content: Content) -> bool:
    """By its type, or by how it begins where it has none or another one."""
    beginning = (content.text or "").lstrip()[:1]
    return "json" in content.media_type or (
        beginning in ("{", "[") and not language_of(content.media_type)
    )


def _hex_page(data: bytes, everything: bool) -> Page:
    limit = len(data) if everything else HEX_LIMIT
    left_out = f"{len(data) - limit:,} bytes not shown" if len(data) > limit else ""
    return Page(tuple(hexdump(data, limit).split("\n")), left_out=left_out)


def _text(data: bytes, kind: str, media_type: str, whole: bool, *, is_coded: bool) -> str | None:
    """The bytes as text, by their charset, or as UTF-8; None where they aren't text.

    :param is_coded: their coding couldn't be undone, so how they begin has no meaning
    In what is text by its type, bytes that can't be decoded stay visible: ``\u2039FF\u203a``.
    """
    named = _CHARSET.search(kind)
    is_text = (
        media_type.startswith("text/")
        or media_type.endswith(("json", "xml", "javascript", "urlencoded", "sql"))
        or media_type == "multipart/form-data"
    )
    has_mark = data[:2] in (b"\xff\xfe", b"\xfe\xff") and not is_coded
    if has_mark and (is_text or not media_type):
        return data.decode("utf-16", "replace")
    if picture_type(data):
        return None
    if named is not None and named.group(1).lower() not in ("utf-8", "utf8"):
        try:
            return data.decode(named.group(1), "strict" if whole else "replace")
        except (LookupError, ValueError):
            pass
    if b"\0" in data and not is_text:
        return None
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if not whole and error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
    if not is_text:
        return None
    text = data.decode("utf-8", "surrogateescape")
    return _NOT_UTF_8.sub(lambda found: f"\u2039{ord(found[0]) - 0xDC00:02X}\u203a", text)
