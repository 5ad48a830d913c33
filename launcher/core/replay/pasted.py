"""Whatever is pasted as a request: a line for curl, raw HTTP, an entry of a HAR file, a URL.

No Qt; pure; any thread. Nothing of it is run, and no file is read.
"""

from __future__ import annotations

import json
import re
from typing import Any

from launcher.core.har import message_of_entry

from .curl import Pasted, is_curl, read_curl, target_of_url
from .message import Message, Refusal

__all__ = ["LONGEST", "is_request", "read_pasted"]

LONGEST = 8 * 1024 * 1024
"""Characters that are looked at."""
_FIRST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]+(\S+)[ \t]+HTTP/(\d\.\d|2|3)[ \t]*\Z")
_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE)


def is_request(text: str) -> bool:
    """Whether a text looks like a whole request, more than a part of a URL that is pasted."""
    start = text.lstrip()
    first = start.partition("\n")[0].rstrip("\r")
    return is_curl(text) or start.startswith("{") or bool(_FIRST_LINE.match(first))


def read_pasted(text: str) -> Pasted:
    """The request of a text.

    :raises Refusal: it is none that can be understood
    """
    if len(text) > LONGEST:
        raise Refusal("The text is too long for a request.")
    start = text.strip()
    if not start:
        raise Refusal("There is no text on the clipboard.")
    if is_curl(start):
        return read_curl(start)
    if start.startswith("{"):
        return _har(start)
    if _FIRST_LINE.match(start.partition("\n")[0].rstrip("\r")):
        return _raw(text.lstrip())
    if _URL.match(start):
        host, target = target_of_url(_latin(start))
        return Pasted(Message("GET", target, (("Host", host), ("Accept", "*/*"))), host)
    raise Refusal("This is no line for curl, no HTTP, no entry of a HAR file and no URL.")


def _raw(text: str) -> Pasted:
    head, blank, body = _head_and_rest(text)
    first, *lines = head
    found = _FIRST_LINE.match(first)
    assert found is not None
    method, target, version = found.groups()
    headers: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 2):
        name, colon, value = line.partition(":")
        if not colon:
            raise Refusal(f"Line {number} is no header: it has no colon.", "headers")
        if name.startswith(":"):
            continue
        headers.append((_latin(name.strip()), _latin(value.strip(" \t"))))
    host = next((value for name, value in headers if name.lower() == "host"), "")
    target = _latin(target)
    if not target.startswith("/") and target != "*":
        host, target = target_of_url(target)
    data = body.encode("utf-8", "surrogateescape") if blank else b""
    version = "HTTP/1.0" if version == "1.0" else "HTTP/1.1"
    return Pasted(Message(method, target, tuple(headers), _cut(data, headers), version), host)


def _head_and_rest(text: str) -> tuple[list[str], bool, str]:
    """The lines of the head, whether it has an end, and what follows."""
    end = re.search(r"\r?\n[ \t]*\r?\n", text)
    head = text if end is None else text[: end.start()]
    lines = [line.rstrip("\r") for line in head.rstrip("\r\n").split("\n")]
    return lines, end is not None, "" if end is None else text[end.end() :]


def _cut(data: bytes, headers: list[tuple[str, str]]) -> bytes:
    """Without the line's end that a text has behind it, where the length shows that it is one."""
    length = next((value for name, value in headers if name.lower() == "content-length"), "")
    if length.isdecimal() and len(length) < 12 and data[int(length) :].strip() == b"":
        return data[: int(length)]
    return data


def _har(text: str) -> Pasted:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("This looks like JSON, but isn't.") from None
    left_out: tuple[str, ...] = ()
    entry = found
    if isinstance(found.get("log"), dict):
        entries = found["log"].get("entries")
        if not isinstance(entries, list) or not entries:
            raise Refusal("This is a HAR file without an entry.")
        entry = entries[0]
        left_out = (f"{len(entries) - 1:,} more entries",) if len(entries) > 1 else ()
    elif "request" not in found and "url" in found:
        entry = {"request": found}
    try:
        message = message_of_entry(entry)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal("This is JSON, but no entry of a HAR file.") from None
    host = next((value for name, value in message.headers if name.lower() == "host"), "")
    return Pasted(message, host, left_out)


def _latin(text: str) -> str:
    """The bytes of a text as latin-1 characters, as a head has them."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
