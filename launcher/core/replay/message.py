"""A request as it is to be sent, and its bytes. No Qt; pure; any thread.

A request that is sent again keeps its head as it was: the order of the headers, how their names are
written, those without a value and those that come twice. Two things follow from where it goes and
from what is sent, and are put right in their place: ``Host``, and the length of the body. What was
kept of a body is without its chunks, so ``Transfer-Encoding`` becomes ``Content-Length``.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace

from launcher.core.logs.requests import RequestRow
from server.base.values import dataclass
from server.events import Headers, RequestFinished

__all__ = [
    "Message",
    "Refusal",
    "bytes_of",
    "host_for",
    "is_local",
    "message_of",
    "mistake_in",
    "mistake_in_header",
    "put_right",
    "why_not",
]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_TARGET = re.compile(r"[!-~\x80-\xff]+\Z")
_BREAKS = re.compile(r"[\r\n\0]")
_EVENTS = "text/event-stream"


@dataclass(frozen=True)
class Message:
    """A request that can be sent.

    :param target: the request target; its bytes as latin-1 characters, as everywhere in a head
    :param headers: in their order
    :param version: as in the request line
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    version: str = "HTTP/1.1"


class Refusal(ValueError):
    """Why a request can't be sent, in a sentence.

    :ivar field: what is wrong: ``"method"``, ``"url"``, ``"headers"``, ``"body"`` or ""
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def why_not(row: RequestRow | None) -> str:
    """Why a request can't be sent again, in a sentence; "" where it can.

    :param row: with everything that is kept of it; None where nothing is any more
    """
    if row is None:
        return "Nothing is kept of this request any more."
    done = row.finished
    if done is None:
        return "The request isn't over yet." if row.is_running else "Only its first line is known."
    body = done.request_body
    if body.truncated:
        if row.stored and not body.data:
            return "Its body isn't kept any more."
        return f"Its body wasn't kept whole: {len(body.data):,} of {body.size:,} bytes."
    if done.upgrade:
        return f"It became another connection ({done.upgrade}): that can't be sent again."
    if _value(done.response_headers, "content-type").lower().startswith(_EVENTS):
        return "Its answer is a stream of events without an end."
    if not _TOKEN.match(done.method):
        return "It was no HTTP request that could be read."
    return ""


def message_of(done: RequestFinished, authority: str = "") -> Message:
    """A finished request, ready to be sent again.

    :param authority: host and port that it is sent to; "" leaves its Host as it is
    """
    version = "HTTP/1.0" if done.http_version == "HTTP/1.0" else "HTTP/1.1"
    body = done.request_body.data
    return put_right(
        Message(done.method, done.target, done.request_headers, body, version), authority
    )


def put_right(message: Message, authority: str = "") -> Message:
    """The same with the Host and the length that belong to where it goes, and to its body.

    :param authority: as :func:`message_of` has it
    """
    headers = _headers(message.headers, authority, len(message.body))
    return replace(message, headers=headers)


def _headers(headers: Headers, authority: str, size: int) -> Headers:
    kept: list[tuple[str, str]] = []
    chunked = _value(headers, "transfer-encoding")
    sized = False
    for name, value in headers:
        known = name.lower()
        if known == "host" and authority:
            kept.append((name, host_for(value, authority)))
        elif known == "content-length" or known == "transfer-encoding":
            if not sized and (known == "content-length" or chunked):
                kept.append((name if known == "content-length" else "Content-Length", str(size)))
            sized = True
        else:
            kept.append((name, value))
    if size and not sized:
        kept.append(("Content-Length", str(size)))
    return tuple(kept)


def host_for(host: str, authority: str) -> str:
    """The Host of a request that goes to ``authority``.

    A name of this machine stays, since apps distinguish sites by it; with the port of where it
    goes.
    """
    name, _ = _split(host)
    wanted, port = _split(authority)
    if name and is_local(name) and is_local(wanted):
        return f"{name}:{port}" if port else name
    return authority


def _split(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        name, bracket, rest = authority.partition("]")
        return name + bracket, rest.removeprefix(":")
    name, _, port = authority.partition(":")
    return name, port


def is_local(name: str) -> bool:
    """Whether the name of a host, or its address, is of this machine."""
    if name.lower() == "localhost" or name.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def mistake_in(message: Message) -> Refusal | None:
    """What keeps a request from being sent as it is; None where nothing does.

    Much may be sent on purpose that a server refuses, but nothing by which it would become two
    requests.
    """
    if not _TOKEN.match(message.method):
        return Refusal("A method is one word, such as GET or POST.", "method")
    if not _TARGET.match(message.target):
        return Refusal("A URL has no spaces, no line feeds and no control characters.", "url")
    mistakes = (mistake_in_header(*pair, n) for n, pair in enumerate(message.headers, 1))
    return next(filter(None, mistakes), None)


def mistake_in_header(name: str, value: str, line: int) -> Refusal | None:
    """What is wrong with one header; None where nothing is.

    :param line: on which it is written, from 1 on
    """
    if not _TOKEN.match(name):
        shown = ascii(name)[1:-1][:40]
        return Refusal(f"Line {line}: {shown!r} is no name of a header.", "headers")
    if _BREAKS.search(value):
        return Refusal(f"Line {line}: the value of {name} has a line feed in it.", "headers")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        text = f"Line {line}: the value of {name} has characters that no header can have."
        return Refusal(text, "headers")
    return None


def bytes_of(message: Message) -> bytes:
    """What goes over the wire.

    :raises Refusal: see :func:`mistake_in`
    """
    mistake = mistake_in(message)
    if mistake is not None:
        raise mistake
    lines = [f"{message.method} {message.target} {message.version}"]
    lines += [f"{name}: {value}" if value else f"{name}:" for name, value in message.headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + message.body


def _value(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")
