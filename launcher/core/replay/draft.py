"""A request while it is written, as the texts of its fields, and the request that they make.

No Qt; pure; any thread. A head is bytes, its fields are text: what isn't ASCII in it is shown as
UTF-8 where it is that, and written as UTF-8.
"""

from __future__ import annotations

from server.base.values import dataclass

from .curl import target_of_url
from .message import Message, Refusal, mistake_in, mistake_in_header, put_right

__all__ = ["Draft", "Made", "draft_of", "make"]

_OF_BODY = frozenset(("content-length", "transfer-encoding"))


@dataclass(frozen=True)
class Draft:
    """The texts of the fields.

    :param headers: one on each line, without those of the body's length
    :param body: as text; "" where it isn't text
    :param data: the body that the text was made of; it stays as long as the text does
    """

    method: str = "GET"
    url: str = ""
    headers: str = ""
    body: str = ""
    data: bytes = b""
    version: str = "HTTP/1.1"

    @property
    def is_text(self) -> bool:
        """Whether the body can be edited as text."""
        return _text_of(self.data) is not None


@dataclass(frozen=True)
class Made:
    """A request, ready to be sent.

    :param replaced: the host that it would have gone to, had it not been replaced; "" for none
    """

    message: Message
    replaced: str = ""


def draft_of(message: Message, base: str) -> Draft:
    """The texts of a request's fields.

    :param base: the address of the server that it goes to, as ``http://127.0.0.1:5000``
    """
    lines = [
        f"{name}: {_shown(value)}".rstrip()
        for name, value in message.headers
        if name.lower() not in _OF_BODY
    ]
    return Draft(
        message.method,
        f"{base.rstrip('/')}{message.target}" if message.target.startswith("/") else message.target,
        "\n".join(lines),
        _text_of(message.body) or "",
        message.body,
        message.version,
    )


def make(draft: Draft, authority: str) -> Made:
    """The request that the fields make.

    :param authority: host and port of the server that it goes to; "" for a Unix socket
    :raises Refusal: a field can't be so; its ``field`` names which
    """
    url = draft.url.strip()
    if not url:
        raise Refusal("Write a URL, or a path such as /orders.", "url")
    if any(char.isspace() or char < " " for char in url):
        raise Refusal("A URL has no spaces and no line feeds: write %20.", "url")
    host, target = ("", "*") if url == "*" else target_of_url(_latin(url))
    headers: list[tuple[str, str]] = []
    for number, line in enumerate(draft.headers.split("\n"), 1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise Refusal(f"Line {number} is no header: it has no colon.", "headers")
        pair = (name, _latin(value.strip(" \t")))
        wrong = mistake_in_header(*pair, number)
        if wrong is not None:
            raise wrong
        headers.append(pair)
    if draft.version == "HTTP/1.1" and not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", authority or "localhost"))
    message = Message(
        draft.method.strip().upper() if draft.method.islower() else draft.method.strip(),
        target,
        tuple(headers),
        _body(draft),
        draft.version,
    )
    mistake = mistake_in(message)
    if mistake is not None:
        raise mistake
    is_elsewhere = bool(host and authority and host.lower() != authority.lower())
    return Made(put_right(message, authority), host if is_elsewhere else "")


def _body(draft: Draft) -> bytes:
    text = _text_of(draft.data)
    if text is None or text.replace("\r\n", "\n") == draft.body.replace("\r\n", "\n"):
        return draft.data
    body = draft.body
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):  # a field of text has none
        body = body.replace("\r\n", "\n").replace("\n", "\r\n")
    return body.encode("utf-8", "surrogateescape")


def _text_of(data: bytes) -> str | None:
    """A body as a field of text can have it; None where it can't."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    plain = text.replace("\r\n", "\n")
    if any(sign in plain for sign in ("\0", "\r", "\u2028", "\u2029", "\x0b", "\x0c")):
        return None
    return text


def _shown(value: str) -> str:
    try:
        return value.encode("latin-1").decode("utf-8")
    except ValueError:
        return value


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
